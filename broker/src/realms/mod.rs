//! Who may come in and who may do what, read from the settings and from the files that they name, for each listener.
//!
//! All that is wrong is told at once, each mistake with its file and line. Nothing is half read: with one mistake there are no
//! realms, so that a broker does not start, or goes on as it was.

mod commands;
mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use settings::{Auth, BrokerSettings, ListenerPlan, User};

use crate::access::acl_file::{self, AclFile};
use crate::access::{
    Account, Acl, DynamicSecurity, Password, PasswordFile, PasswordHash, Realm, Realms, Users,
};

use files::Secrecy;

pub(crate) use commands::{Done, carry_out};

/// What was read.
#[derive(Debug)]
pub(crate) struct Access {
    pub realms: Realms,
    /// What may do harm, or may mean something else than was thought.
    pub warnings: Vec<String>,
}

/// All that is wrong with the files, and with hashes in the settings; never empty. Prints one mistake a line.
#[derive(Debug)]
pub(crate) struct Mistakes(Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [mistake] = self.0.as_slice() {
            return f.write_str(mistake);
        }
        write!(
            f,
            "{} problems with users and access control lists:",
            self.0.len()
        )?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl std::error::Error for Mistakes {}

/// Reads all that these settings name.
pub(crate) fn read(settings: &BrokerSettings) -> Result<Access, Mistakes> {
    let mut reader = Reader::default();
    reader.check_users(&settings.auth.users);
    reader.look_at_url(&settings.auth);
    let mut realms = Realms::of(settings);
    let mut filled = BTreeSet::new();
    for plan in settings.listeners() {
        files::look_at_key(&plan.tls.key_file, &mut reader.warnings);
        let id = realms.id(&plan.name);
        if filled.insert(id)
            && let Some(realm) = realms.get_mut(id)
        {
            reader.fill(realm, &plan);
        }
    }
    reader.warnings.sort();
    reader.warnings.dedup();
    if reader.mistakes.is_empty() {
        let warnings = reader.warnings;
        Ok(Access { realms, warnings })
    } else {
        Err(Mistakes(reader.mistakes))
    }
}

/// The first key of those that only our own engine heeds: another one would let in whom they keep out.
pub(crate) fn key_for_native(settings: &BrokerSettings) -> Option<&'static str> {
    let plans = settings.listeners();
    let is_given = |file: fn(&Auth) -> &String| plans.iter().any(|plan| !file(&plan.auth).is_empty());
    if settings
        .auth
        .users
        .iter()
        .any(|user| user.password_hash.is_some())
    {
        Some("auth.users[].password_hash")
    } else if is_given(|auth| &auth.password_file) {
        Some("auth.password_file")
    } else if is_given(|auth| &auth.dynamic_security_file) {
        Some("auth.dynamic_security_file")
    } else if is_given(|auth| &auth.acl_file) {
        Some("auth.acl_file")
    } else if plans.iter().any(|plan| !plan.acl.is_empty()) {
        Some("acl")
    } else {
        None
    }
}

/// A user of a password file.
type Known = (Arc<str>, Arc<PasswordHash>);

/// Reads each file once, however many listeners name it.
#[derive(Default)]
struct Reader {
    passwords: BTreeMap<String, Vec<Known>>,
    acls: BTreeMap<String, AclFile>,
    dynamic_security: BTreeMap<String, DynamicSecurity>,
    mistakes: Vec<String>,
    warnings: Vec<String>,
}

impl Reader {
    /// The hashes that stand in the settings.
    fn check_users(&mut self, users: &[User]) {
        for (index, user) in users.iter().enumerate() {
            if let Err(why) = Password::of(user) {
                let key = format!("`auth.users[{index}].password_hash`");
                self.mistakes
                    .push(format!("{key}: the password of {:?} {why}", user.name));
            }
        }
    }

    /// What may be meant otherwise where a program elsewhere decides.
    fn look_at_url(&mut self, auth: &Auth) {
        for key in auth.unasked() {
            self.warnings.push(format!(
                "`{key}`: nobody is asked for a password of these users but with SCRAM, for `auth.http_url` decides"
            ));
        }
        if let Some(host) = auth.in_the_clear_to() {
            self.warnings.push(format!(
                "`auth.http_url` sends user names and passwords to {host} as they are; with https nobody between can read them"
            ));
        }
    }

    /// Adds to a realm of the settings what the files say that this listener names.
    fn fill(&mut self, realm: &mut Realm, plan: &ListenerPlan) {
        if !plan.auth.password_file.is_empty() {
            self.add_passwords(&plan.auth.password_file, &mut realm.users);
            self.look_for_users(realm, plan);
        }
        if !plan.auth.acl_file.is_empty() {
            realm.acl = self.acl(plan);
        }
        if !plan.auth.dynamic_security_file.is_empty() {
            self.add_dynamic_security(&plan.auth.dynamic_security_file, realm, plan);
        }
    }

    /// Says so where nobody can come in, because a password file is empty.
    fn look_for_users(&mut self, realm: &Realm, plan: &ListenerPlan) {
        let (auth, tls) = (&plan.auth, &plan.tls);
        let others_come_in = auth.allow_anonymous
            || !auth.dynamic_security_file.is_empty()
            || !auth.http_url.is_empty()
            || tls.use_identity_as_username
            || tls.use_subject_as_username;
        if realm.users.is_empty() && !others_come_in && self.mistakes.is_empty() {
            let path = &auth.password_file;
            self.warnings.push(format!(
                "{path}: there is no user in it, and `allow_anonymous` is false: nobody can connect; `broker passwd {path} NAME` adds one"
            ));
        }
    }

    /// The users and the rules of a file of dynamic security.
    fn add_dynamic_security(&mut self, path: &str, realm: &mut Realm, plan: &ListenerPlan) {
        realm.commands = Some(Arc::from(path));
        let others = [
            ("acl", !plan.acl.is_empty()),
            ("auth.acl_file", !plan.auth.acl_file.is_empty()),
        ];
        for (key, is_given) in others {
            if is_given {
                self.mistake(format!(
                    "`{key}` and `auth.dynamic_security_file` both say who may do what; one of the two must go"
                ));
            }
        }
        if !self.dynamic_security.contains_key(path) {
            let read = self
                .bytes(path, Secrecy::Secret)
                .map(|bytes| commands::parse(bytes, path));
            let read = read.unwrap_or_else(|| Ok(DynamicSecurity::default()));
            let read = read.unwrap_or_else(|mistake| {
                self.mistake(mistake);
                DynamicSecurity::default()
            });
            self.dynamic_security.insert(path.to_owned(), read);
        }
        let file = &self.dynamic_security[path];
        realm.acl = file.acl(path);
        let mut twice = Vec::new();
        for (name, account) in file.users().iter() {
            if realm.users.insert(name.clone(), account.clone()).is_some() {
                twice.push(format!(
                    "{path}: the user {name:?} is in another place, too; one of the two must go"
                ));
            }
        }
        for mistake in twice {
            self.mistake(mistake);
        }
    }

    /// One that several listeners share is told once.
    fn mistake(&mut self, mistake: String) {
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }

    /// The access control list of a listener that has a file of it.
    fn acl(&mut self, plan: &ListenerPlan) -> Acl {
        let path = &plan.auth.acl_file;
        if !self.acls.contains_key(path) {
            let read = self.acl_file(path);
            self.acls.insert(path.clone(), read);
        }
        let mut acl = Acl::builder();
        if !plan.acl.is_empty()
            && let Err((index, why)) = acl.lines(&plan.acl)
        {
            self.mistakes.push(format!("`acl[{index}]`: {why}"));
        }
        acl.file(&self.acls[path]);
        acl.build()
    }

    fn acl_file(&mut self, path: &str) -> AclFile {
        let Some(bytes) = self.bytes(path, Secrecy::Known) else {
            return AclFile::default();
        };
        match acl_file::parse(bytes, path) {
            Ok(mut file) => {
                let hints = std::mem::take(&mut file.hints);
                self.warnings.extend(at_lines(path, hints));
                file
            }
            Err(mistakes) => {
                self.mistakes.extend(at_lines(path, mistakes));
                AclFile::default()
            }
        }
    }

    fn add_passwords(&mut self, path: &str, users: &mut Users) {
        if !self.passwords.contains_key(path) {
            let read = self.password_file(path);
            self.passwords.insert(path.to_owned(), read);
        }
        for (name, hash) in &self.passwords[path] {
            let account = Account::with(Some(Password::Hash(hash.clone())));
            if users.insert(name.clone(), account).is_some() {
                let mistake =
                    format!("{path}: the user {name:?} is one of `auth.users`, too; one of the two must go");
                if !self.mistakes.contains(&mistake) {
                    self.mistakes.push(mistake);
                }
            }
        }
    }

    fn password_file(&mut self, path: &str) -> Vec<Known> {
        let Some(bytes) = self.bytes(path, Secrecy::Secret) else {
            return Vec::new();
        };
        match PasswordFile::parse(bytes, path) {
            Ok(file) => {
                self.warnings.extend(at_lines(path, file.hints));
                let users = file.users.into_iter();
                users.map(|(name, hash)| (name, Arc::new(hash))).collect()
            }
            Err(mistakes) => {
                self.mistakes.extend(at_lines(path, mistakes));
                Vec::new()
            }
        }
    }

    /// What a file holds; why it cannot be read is a mistake.
    fn bytes(&mut self, path: &str, secrecy: Secrecy) -> Option<Vec<u8>> {
        match files::read(path, secrecy, &mut self.warnings) {
            Ok(bytes) => Some(bytes),
            Err(why) => {
                self.mistakes.push(format!("{path}: {why}"));
                None
            }
        }
    }
}

fn at_lines(path: &str, lines: Vec<(usize, String)>) -> impl Iterator<Item = String> {
    let said = move |(line, text)| format!("{path}:{line}: {text}");
    lines.into_iter().map(said)
}

#[cfg(test)]
mod tests;
