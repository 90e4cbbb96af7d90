//! [`Users`]: who may come in with which password.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use settings::Secret;

use super::PasswordHash;

/// How a user's password is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Password {
    /// As it is.
    Plain(Secret),
    /// By its hash.
    Hash(Arc<PasswordHash>),
}

impl Password {
    /// That of a user of the settings.
    ///
    /// # Errors
    /// What is wrong with its hash, in words that show none of it.
    pub fn of(user: &settings::User) -> Result<Option<Self>, String> {
        if let Some(hash) = &user.password_hash {
            return PasswordHash::parse(hash.expose()).map(|hash| Some(Self::from(hash)));
        }
        Ok(user.password.clone().map(Self::Plain))
    }
}

impl From<PasswordHash> for Password {
    fn from(hash: PasswordHash) -> Self {
        Self::Hash(Arc::new(hash))
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its password; `None` for a user who cannot log in with one.
    pub password: Option<Password>,
    /// Whether it may not come in.
    pub disabled: bool,
    /// The only client identifier that it may have, if that is said.
    pub client_id: Option<Arc<str>>,
}

impl Account {
    /// One that may come in with this password.
    pub fn with(password: Option<Password>) -> Self {
        Self {
            password,
            disabled: false,
            client_id: None,
        }
    }

    fn hash(&self) -> Option<&PasswordHash> {
        match &self.password {
            Some(Password::Hash(hash)) => Some(hash),
            _ => None,
        }
    }
}

/// All users of a realm, by name.
#[derive(Debug, Clone, Default)]
pub struct Users {
    by_name: HashMap<Arc<str>, Account, RandomState>,
    /// For each way in which passwords are hashed here, how many users have it, and a hash that costs as much.
    kinds: Vec<(usize, Arc<PasswordHash>)>,
}

impl Users {
    /// The user of this name.
    pub fn get(&self, name: &str) -> Option<&Account> {
        self.by_name.get(name)
    }

    /// Adds or replaces a user.
    pub fn insert(&mut self, name: impl Into<Arc<str>>, account: Account) -> Option<Account> {
        if let Some(hash) = account.hash() {
            match self.kind_of(hash) {
                Some(kind) => self.kinds[kind].0 += 1,
                None => self.kinds.push((1, Arc::new(hash.decoy()))),
            }
        }
        let before = self.by_name.insert(name.into(), account);
        self.forget(before.as_ref());
        before
    }

    /// Removes one.
    pub fn remove(&mut self, name: &str) -> Option<Account> {
        let removed = self.by_name.remove(name);
        self.forget(removed.as_ref());
        removed
    }

    /// A hash that no password fits, which costs as much as that of most users here; `None` if no password is hashed. With it a
    /// name that no user has takes as long as one that a user has.
    pub fn decoy(&self) -> Option<&Arc<PasswordHash>> {
        // The first of equally many, so that the answer does not depend on who came last.
        let most = self.kinds.iter().map(|(users, _)| users).max()?;
        self.kinds
            .iter()
            .find(|(users, _)| users == most)
            .map(|(_, decoy)| decoy)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Account)> {
        self.by_name.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    fn kind_of(&self, hash: &PasswordHash) -> Option<usize> {
        self.kinds
            .iter()
            .position(|(_, decoy)| decoy.scheme() == hash.scheme())
    }

    fn forget(&mut self, account: Option<&Account>) {
        let Some(kind) = account
            .and_then(Account::hash)
            .and_then(|hash| self.kind_of(hash))
        else {
            return;
        };
        self.kinds[kind].0 -= 1;
        if self.kinds[kind].0 == 0 {
            self.kinds.remove(kind);
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

impl<'a> FromIterator<&'a settings::User> for Users {
    /// A user whose hash is faulty cannot log in; what is wrong with it is told by those who read the settings.
    fn from_iter<I: IntoIterator<Item = &'a settings::User>>(users: I) -> Self {
        let mut all = Self::default();
        for user in users {
            all.insert(&*user.name, Account::with(Password::of(user).ok().flatten()));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Scheme;

    fn hashed(iterations: u32) -> Account {
        let scheme = Scheme::Sha512Pbkdf2 { iterations };
        Account::with(scheme.hash(b"pw", b"123456789012").ok().map(Password::from))
    }

    #[test]
    fn the_decoy_costs_as_much_as_the_hash_of_most_users() {
        let mut users = Users::default();
        let cost = |users: &Users| users.decoy().map(|decoy| decoy.scheme());
        let of = |iterations| Some(Scheme::Sha512Pbkdf2 { iterations });
        users.insert("plain", Account::with(Some(Password::Plain(Secret::new("pw")))));
        assert_eq!(cost(&users), None);
        users.insert("ann", hashed(2));
        users.insert("bob", hashed(3));
        assert_eq!(cost(&users), of(2));
        users.insert("carol", hashed(3));
        assert_eq!(cost(&users), of(3));
        users.insert("bob", hashed(2));
        assert_eq!(cost(&users), of(2));
        users.remove("ann");
        users.remove("bob");
        assert_eq!(cost(&users), of(3));
        users.remove("carol");
        users.remove("nobody");
        assert_eq!(cost(&users), None);
        assert_eq!(users.len(), 1);
    }

    #[test]
    fn a_faulty_hash_lets_nobody_in() {
        let users: Users = [settings::User::hashed("ann", "$6$oops")].iter().collect();
        assert_eq!(users.get("ann").unwrap().password, None);
    }
}
