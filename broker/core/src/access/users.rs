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

/// All users of a realm, by name.
#[derive(Debug, Clone, Default)]
pub struct Users {
    by_name: HashMap<Arc<str>, Account, RandomState>,
}

impl Users {
    /// The user of this name.
    pub fn get(&self, name: &str) -> Option<&Account> {
        self.by_name.get(name)
    }

    /// Adds or replaces a user.
    pub fn insert(&mut self, name: impl Into<Arc<str>>, account: Account) -> Option<Account> {
        self.by_name.insert(name.into(), account)
    }

    /// Removes one.
    pub fn remove(&mut self, name: &str) -> Option<Account> {
        self.by_name.remove(name)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

impl<'a> FromIterator<&'a settings::User> for Users {
    fn from_iter<I: IntoIterator<Item = &'a settings::User>>(users: I) -> Self {
        let mut all = Self::default();
        for user in users {
            let account = Account {
                password: Some(Password::Plain(user.password.clone())),
                disabled: false,
                client_id: None,
            };
            all.insert(&*user.name, account);
        }
        all
    }
}
