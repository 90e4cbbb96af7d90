//! [`Overrides`]: what the embedding program says of users and rights while the broker runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Account, Acl, Realms};

/// Changes at run time, for every realm. They are laid over what settings and files say, also after the files were read again.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Users; `None` is one who is gone.
    users: BTreeMap<Arc<str>, Option<Account>>,
    acl: Option<Acl>,
    allow_anonymous: Option<bool>,
}

impl Overrides {
    /// Adds or replaces a user, or with `None` removes one.
    pub fn user(&mut self, name: impl Into<Arc<str>>, account: Option<Account>) {
        self.users.insert(name.into(), account);
    }

    /// This ACL in place of any other.
    pub fn acl(&mut self, acl: Acl) {
        self.acl = Some(acl);
    }

    /// Whether clients may come without a user name.
    pub fn allow_anonymous(&mut self, allow: bool) {
        self.allow_anonymous = Some(allow);
    }

    /// Lays them over these realms.
    pub(crate) fn apply(&self, realms: &mut Realms) {
        for realm in realms.iter_mut() {
            for (name, account) in &self.users {
                match account {
                    Some(account) => {
                        realm.any_user_name = false;
                        realm.users.insert(name.clone(), account.clone());
                    }
                    None => drop(realm.users.remove(name)),
                }
            }
            if let Some(acl) = &self.acl {
                realm.acl = acl.clone();
            }
            if let Some(allow) = self.allow_anonymous {
                realm.allow_anonymous = allow;
            }
        }
    }
}
