//! [`Realms`]: for each listener, who may come in there and what they may do.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use settings::{BrokerSettings, ListenerPlan};

use super::{Acl, Users};

/// Who may come in, and who may do what.
#[derive(Debug, Clone, Default)]
pub struct Realm {
    /// Whether a client may come without a user name.
    pub allow_anonymous: bool,
    /// Whether any user name will do, with any password: nobody said who the users are.
    pub any_user_name: bool,
    /// The users.
    pub users: Users,
    /// What they may do.
    pub acl: Acl,
    /// The file of dynamic security, where there is one. Clients may change it by commands, as far as the ACL lets them.
    pub commands: Option<Arc<str>>,
}

impl Realm {
    /// What the settings alone say of this listener.
    pub fn of(plan: &ListenerPlan) -> Self {
        let auth = &plan.auth;
        let no_files = auth.password_file.is_empty() && auth.dynamic_security_file.is_empty();
        Self {
            allow_anonymous: auth.allow_anonymous,
            any_user_name: auth.users.is_empty() && no_files,
            users: auth.users.iter().collect(),
            // The check of the settings lets no bad filter through; if one came by, nothing would be allowed.
            acl: Acl::of_lines(&plan.acl).unwrap_or_else(|_| Acl::builder().build()),
            commands: None,
        }
    }
}

/// Names a realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RealmId(u16);

impl RealmId {
    /// Its number: the same realm has the same one, as long as the settings name the same listeners.
    pub fn number(self) -> u16 {
        self.0
    }

    /// The one of this number.
    pub fn numbered(number: u16) -> Self {
        Self(number)
    }
}

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

    /// What the settings alone say: their users and their ACL, for each listener. Files are for others to read.
    pub fn of(settings: &BrokerSettings) -> Self {
        let plans = settings.listeners();
        let mut realms = Self::one(plans.first().map(Realm::of).unwrap_or_default());
        for (index, plan) in plans.iter().enumerate().skip(1) {
            let same = |other: &&ListenerPlan| (&other.auth, &other.acl) == (&plan.auth, &plan.acl);
            match plans.iter().take(index).find(same) {
                Some(other) => {
                    let id = realms.id(&other.name);
                    realms.by_listener.insert(Arc::from(&*plan.name), id);
                }
                None => realms.set(&*plan.name, Realm::of(plan)),
            }
        }
        realms
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

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: RealmId) -> Option<&mut Realm> {
        self.realms.get_mut(usize::from(id.0))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Realm> {
        self.realms.iter()
    }

    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Realm> {
        self.realms.iter_mut()
    }
}
