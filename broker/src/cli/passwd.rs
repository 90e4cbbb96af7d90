//! `broker passwd`: password files, as `mosquitto_passwd` keeps them.

use std::fs;
use std::io::{self, BufRead, ErrorKind, IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::command::Failure;
use super::log::remark;
use crate::access::{Line, PasswordHash, Scheme, is_plain};
use crate::{plain_file, private_file};

/// In place of a file: stdout.
const STDOUT: &str = "-";

// `--help` prints these comments.
#[allow(clippy::doc_markdown)]
#[derive(Debug, Args)]
pub(super) struct Passwd {
    /// Make a new file; one that is there is written over. `-` prints the line instead
    #[arg(short, long, conflicts_with_all = ["delete", "update"])]
    create: bool,

    /// Remove the user
    #[arg(short = 'D', long, conflicts_with_all = ["update", "batch"])]
    delete: bool,

    /// Hash the passwords of a file in plain text; what is hashed stays
    #[arg(short = 'U', long)]
    update: bool,

    /// Take the password from the command line, where other users of this machine may see it
    #[arg(short, long)]
    batch: bool,

    /// How to hash; mosquitto before 2.1 knows no argon2id
    #[arg(short = 'H', long, value_name = "HASH", value_enum, default_value_t = Hash::Argon2id)]
    hash: Hash,

    /// Iterations of sha512-pbkdf2 [default: 210000]
    #[arg(short = 'I', long, value_name = "N")]
    iterations: Option<u32>,

    /// The password file
    file: PathBuf,

    /// The user
    #[arg(required_unless_present = "update")]
    name: Option<String>,

    /// With -b, the password; else it is asked for, or read from stdin
    password: Option<String>,
}

/// How to hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Hash {
    Argon2id,
    Sha512Pbkdf2,
    Sha512,
}

impl Passwd {
    /// What to print.
    pub(super) fn run(self) -> Result<String, Failure> {
        let scheme = self.scheme()?;
        if self.update {
            return self.hash_all(scheme);
        }
        let name = self.name.as_deref().unwrap_or_default();
        check_name(name)?;
        if self.delete {
            return self.remove(name);
        }
        // The file is looked at before a password is asked for.
        let is_stdout = self.create && self.file == Path::new(STDOUT);
        let before = if self.create { String::new() } else { self.text()? };
        if self.create && !is_stdout && self.file.exists() {
            remark(&format!("{} is there, and is written over", self.file.display()));
        }
        let line = format!("{name}:{}", hashed(scheme, self.password()?.as_bytes())?);
        if is_stdout {
            return Ok(format!("{line}\n"));
        }
        let (after, found) = with_line(&before, name, Some(&line));
        self.write(&after)?;
        let verb = if found { "changed" } else { "added" };
        Ok(format!("{verb} {name}\n"))
    }

    fn scheme(&self) -> Result<Scheme, Failure> {
        match (self.hash, self.iterations) {
            (Hash::Sha512Pbkdf2, Some(iterations)) => Ok(Scheme::Sha512Pbkdf2 { iterations }),
            (_, Some(_)) => Err(Failure::Usage(
                "flag -I: iterations are for `-H sha512-pbkdf2`".to_owned(),
            )),
            (Hash::Argon2id, None) => Ok(Scheme::ARGON2ID),
            (Hash::Sha512Pbkdf2, None) => Ok(Scheme::SHA512_PBKDF2),
            (Hash::Sha512, None) => Ok(Scheme::Sha512),
        }
    }

    fn password(&self) -> Result<String, Failure> {
        let password = match (&self.password, self.batch) {
            (Some(password), true) => password.clone(),
            (None, false) => ask()?,
            (None, true) => {
                let words = "flag -b: the password is missing: `broker passwd -b FILE NAME PASSWORD`";
                return Err(Failure::Usage(words.to_owned()));
            }
            (Some(_), false) => {
                let words =
                    "a password on the command line needs -b, for other users of this machine may see it";
                return Err(Failure::Usage(words.to_owned()));
            }
        };
        if password.is_empty() {
            return Err(Failure::Other(
                "the password is empty; nothing is changed".to_owned(),
            ));
        }
        Ok(password)
    }

    fn remove(&self, name: &str) -> Result<String, Failure> {
        let (after, found) = with_line(&self.text()?, name, None);
        if !found {
            let file = self.file.display();
            return Err(Failure::Other(format!(
                "{file} has no user {name:?}; nothing is changed"
            )));
        }
        self.write(&after)?;
        Ok(format!("removed {name}\n"))
    }

    fn hash_all(&self, scheme: Scheme) -> Result<String, Failure> {
        if self.name.is_some() || self.batch {
            return Err(Failure::Usage(
                "flag -U: it takes a file alone: `broker passwd -U FILE`".to_owned(),
            ));
        }
        let before = self.text()?;
        let (mut after, mut count) = (String::new(), 0);
        for (index, whole) in before.split_inclusive('\n').enumerate() {
            let line = whole.trim_end_matches(['\r', '\n']);
            let at = |what: &str| Failure::Other(format!("{}:{}: {what}", self.file.display(), index + 1));
            match Line::of(line) {
                Line::User { name, secret } if is_plain(secret) => {
                    if secret.is_empty() {
                        return Err(at("has no password; nothing is changed"));
                    }
                    let hash = hashed(scheme, secret.as_bytes())?;
                    let end = whole.get(line.len()..).unwrap_or_default();
                    after.extend([name, ":", &hash, end]);
                    count += 1;
                }
                Line::User { secret, .. } => {
                    if let Err(why) = PasswordHash::parse(secret.split(':').next().unwrap_or_default()) {
                        return Err(at(&format!(
                            "begins with `$` as a hash does, and {why}; nothing is changed"
                        )));
                    }
                    after.push_str(whole);
                }
                Line::Nothing => after.push_str(whole),
                Line::NoColon => {
                    return Err(at("has no colon; a user is `NAME:PASSWORD`. Nothing is changed"));
                }
            }
        }
        if count > 0 {
            self.write(&after)?;
        }
        Ok(format!(
            "hashed {count} password{}\n",
            if count == 1 { "" } else { "s" }
        ))
    }

    fn text(&self) -> Result<String, Failure> {
        let file = self.file.display();
        let bytes = plain_file::read(&self.file).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Failure::Other(format!("there is no file {file}; -c makes one")),
            _ => Failure::Other(format!("cannot read {file}: {error}")),
        })?;
        String::from_utf8(bytes).map_err(|_| Failure::Other(format!("{file} is not text in UTF-8")))
    }

    /// Whole or not at all. A link stays, and points to the new file.
    fn write(&self, text: &str) -> Result<(), Failure> {
        let path = fs::canonicalize(&self.file).unwrap_or_else(|_| self.file.clone());
        let mut beside = path.clone().into_os_string();
        beside.push(format!(".{}.tmp", std::process::id()));
        let beside = Path::new(&beside);
        let written = private_file::create(beside)
            .and_then(|mut file| {
                keep_owner(&path, &file);
                file.write_all(text.as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(beside, &path));
        written.map_err(|error| {
            let _ = fs::remove_file(beside);
            Failure::Other(format!(
                "cannot write {}: {error}; it is as it was",
                self.file.display()
            ))
        })
    }
}

/// A broker that may read the old file as its owner, or by its group, may read the new one, too. Others may not.
#[cfg(unix)]
fn keep_owner(old: &Path, new: &fs::File) {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let Ok(old) = fs::metadata(old) else { return };
    if fchown(new, Some(old.uid()), Some(old.gid())).is_ok() {
        let _ = new.set_permissions(fs::Permissions::from_mode(old.mode() & 0o640 | 0o600));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &fs::File) {}

fn check_name(name: &str) -> Result<(), Failure> {
    let why = if name.is_empty() {
        "is empty"
    } else if name.contains(':') {
        "has a colon, which ends a name in the file"
    } else if name.starts_with('#') {
        "begins with `#`, as a comment does"
    } else if name.chars().any(char::is_control) {
        "has a control character"
    } else if name.trim() != name {
        "begins or ends with a space, which is not kept"
    } else if name.len() > 65_535 {
        "is longer than MQTT has room for"
    } else {
        return Ok(());
    };
    Err(Failure::Usage(format!("the name of the user {why}")))
}

fn hashed(scheme: Scheme, password: &[u8]) -> Result<String, Failure> {
    let mut salt = vec![0; scheme.salt_bytes()];
    getrandom::fill(&mut salt)
        .map_err(|error| Failure::Other(format!("the system gives no random numbers: {error}")))?;
    let hash = scheme.hash(password, &salt);
    hash.map(|hash| hash.encode())
        .map_err(|why| Failure::Usage(format!("such a hash {why}")))
}

/// A password that is typed, or comes by stdin, for others than this command.
pub(super) fn password() -> Result<String, String> {
    let password = ask().map_err(|failure| match failure {
        Failure::Usage(what) | Failure::Other(what) => what,
    })?;
    if password.is_empty() {
        return Err("the password is empty; nothing is changed".to_owned());
    }
    Ok(password)
}

/// Twice from a terminal, unseen. From a pipe once; a second line has to be the same.
fn ask() -> Result<String, Failure> {
    let failed = |error: io::Error| Failure::Other(format!("cannot read the password: {error}"));
    let (first, again) = if io::stdin().is_terminal() {
        let first = rpassword::prompt_password("Password: ").map_err(failed)?;
        (
            first,
            Some(rpassword::prompt_password("The same again: ").map_err(failed)?),
        )
    } else {
        let mut lines = io::stdin().lock().lines();
        let first = lines.next().transpose().map_err(failed)?.unwrap_or_default();
        (
            first,
            lines
                .next()
                .transpose()
                .map_err(failed)?
                .filter(|line| !line.is_empty()),
        )
    };
    match again {
        Some(again) if again != first => Err(Failure::Other(
            "the two passwords are not the same; nothing is changed".to_owned(),
        )),
        _ => Ok(first),
    }
}

/// The text with this line in place of the user's, or without it; and whether there was one. All other lines stay.
fn with_line(text: &str, name: &str, new: Option<&str>) -> (String, bool) {
    let (mut after, mut found) = (String::new(), false);
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end_matches(['\r', '\n']);
        match Line::of(line) {
            Line::User { name: there, .. } if there == name => {
                // A user who is there twice is there once from now on.
                if let Some(new) = new.filter(|_| !found) {
                    after.push_str(new);
                    after.push_str(&whole[line.len()..]);
                }
                found = true;
            }
            _ => after.push_str(whole),
        }
    }
    if let Some(new) = new.filter(|_| !found) {
        if !after.is_empty() && !after.ends_with('\n') {
            after.push('\n');
        }
        after.push_str(new);
        after.push('\n');
    }
    (after, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_other_lines_stay_as_they_are() {
        let text = "# users\r\n\nann:x\r\nnobody\nbob:y";
        let changed = with_line(text, "ann", Some("ann:z"));
        assert_eq!(changed, ("# users\r\n\nann:z\r\nnobody\nbob:y".to_owned(), true));
        let added = with_line(text, "carol", Some("carol:z"));
        assert_eq!(added, (format!("{text}\ncarol:z\n"), false));
        let removed = with_line(text, "bob", None);
        assert_eq!(removed, ("# users\r\n\nann:x\r\nnobody\n".to_owned(), true));
        assert_eq!(with_line(text, "eve", None), (text.to_owned(), false));
        assert_eq!(with_line("", "ann", Some("ann:z")), ("ann:z\n".to_owned(), false));
        assert_eq!(with_line("ann:1\nann:2\n", "ann", Some("ann:z")).0, "ann:z\n");
    }

    #[test]
    fn a_name_that_a_file_cannot_hold_is_refused() {
        for name in ["", "a:b", "#a", "a\nb", " a", "a "] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        for name in ["ann", "zoë", "a b", "a#"] {
            assert!(check_name(name).is_ok(), "{name:?}");
        }
    }
}
