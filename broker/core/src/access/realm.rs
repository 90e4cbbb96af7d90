//! [`Realms`]: for each listener, who may come in there and what they may do.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use settings::BrokerSettings;

use super::{Acl, Users};

/// Who may come in, and who may do what.
#[derive(Debug, Clone, Default)]
pub struct Realm {
    /// Whether a client may come without a user name.
    pub allow_anonymous: bool,
    /// The users.
    pub users: Users,
    /// What they may do.
    pub acl: Acl,
}

/// Names a realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RealmId(u16);

/// All realms of a broker. Most have one, which every listener shares.
#[derive(Debug, Clone)]
pub struct Realms {
    realms: Vec<Realm>,
    by_listener: HashMap<Arc<str>, RealmId, RandomState>,
}

impl Realms {
    /// One realm for all listeners.
    pub fn one(realm: Realm) -> Self {
        Self {
            realms: vec![realm],
            by_listener: HashMap::default(),
        }
    }

    /// What the settings alone say: their users and their ACL. Files are for others to read.
    pub fn of(settings: &BrokerSettings) -> Self {
        Self::one(Realm {
            allow_anonymous: settings.auth.allow_anonymous,
            users: settings.auth.users.iter().collect(),
            acl: Acl::open(),
        })
    }

    /// Gives the listener of this name a realm of its own.
    pub fn set(&mut self, listener: impl Into<Arc<str>>, realm: Realm) {
        let id = RealmId(self.realms.len() as u16);
        self.realms.push(realm);
        self.by_listener.insert(listener.into(), id);
    }

    /// The realm of a listener.
    pub fn id(&self, listener: &str) -> RealmId {
        self.by_listener.get(listener).copied().unwrap_or_default()
    }

    /// The realm of this name; the first one, where there is none.
    pub fn get(&self, id: RealmId) -> &Realm {
        self.realms.get(usize::from(id.0)).unwrap_or(&self.realms[0])
    }

    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Realm> {
        self.realms.iter_mut()
    }
}
