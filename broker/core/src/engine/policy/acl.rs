//! Access control lists: what a client may do, once all other rules allow it. Each realm has one, and a client may have one of
//! its own.

use std::sync::Arc;

use super::{Denial, Policy, Who, is_control};
use crate::access::{Access, AccessCheck, Acl, Action, NO_LINE_OF, Realm, Realms, Subject};
use crate::engine::sessions::Sessions;
use crate::engine::work::Work;
use crate::session::{Session, SessionKey};
use crate::topic::Share;

/// So many nodes of an ACL are looked at in one unit of work.
const NODES_A_UNIT: usize = 8;
/// So many readers are looked at in one unit of work.
const READERS_A_UNIT: usize = 2;

/// Whether sessions may read: what the search for targets asks, where there is an ACL.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Readers<'a> {
    policy: &'a Policy,
    sessions: &'a Sessions,
}

impl Readers<'_> {
    /// Whether this session may read a message to `topic`.
    pub fn may_read(&self, key: SessionKey, topic: &str) -> bool {
        self.sessions
            .get(key)
            .is_none_or(|session| self.policy.may_read(session, topic))
    }

    /// The units of work that it takes to look at so many of them.
    pub fn cost(count: usize) -> usize {
        count / READERS_A_UNIT
    }
}

impl Policy {
    /// Other users, other ACLs. Returns those until now.
    pub fn set_realms(&mut self, realms: Realms) -> Realms {
        let is_asked = |realm: &Realm| !realm.acl.is_open() || realm.commands.is_some();
        self.has_acl = realms.iter().any(is_asked);
        self.changed();
        std::mem::replace(&mut self.realms, realms)
    }

    /// A client came, and perhaps is not who it was in its session, or brings an ACL of its own.
    pub fn came_as(&mut self, is_another: bool, has_own_acl: bool) {
        self.has_own_acl |= has_own_acl;
        if is_another && self.has_any_acl() {
            self.changed();
        }
    }

    /// Whether there is an ACL at all.
    #[inline]
    pub fn has_any_acl(&self) -> bool {
        self.has_acl || self.has_own_acl || self.check.0.is_some()
    }

    /// Who may read, where there is an ACL.
    pub fn readers<'a>(&'a self, sessions: &'a Sessions) -> Option<Readers<'a>> {
        self.has_any_acl().then_some(Readers {
            policy: self,
            sessions,
        })
    }

    /// Whether the client of this session may read a message to `topic`.
    #[inline]
    pub fn may_read(&self, session: &Session, topic: &str) -> bool {
        !self.has_any_acl()
            || self
                .permits(Who::of(session), Action::Receive, topic, &mut Work::default())
                .is_ok()
    }

    /// Whether the client may give up a subscription.
    pub fn may_unsubscribe(&self, who: Who<'_>, filter: &str, work: &mut Work) -> Result<(), Denial> {
        self.permits(who, Action::Unsubscribe, without_group(filter), work)
    }

    /// What the ACLs say of it; `topic` is a topic filter where the action is about subscriptions.
    pub(super) fn permits(
        &self,
        who: Who<'_>,
        action: Action,
        topic: &str,
        work: &mut Work,
    ) -> Result<(), Denial> {
        let Who::Client {
            client_id,
            user,
            realm,
            acl,
            ..
        } = who
        else {
            return Ok(());
        };
        if !self.has_any_acl() {
            return Ok(());
        }
        let realm = self.realms.get(realm);
        if action == Action::Receive && is_control(topic) && realm.commands.is_none() {
            return Err(Denial::NotAllowed {
                action,
                topic: topic.into(),
                why: "commands are not taken there, and their answers are for those who send them".into(),
            });
        }
        let subject = Subject { client_id, user };
        let ruling = Acl::ruling_of_both(acl, &realm.acl, action, subject, topic);
        work.spend(ruling.looked_at / NODES_A_UNIT);
        let why = if ruling.allowed {
            let access = Access::new(action, topic, client_id, user);
            match self.check.0.as_ref().map_or(Ok(()), |check| check(&access)) {
                Ok(()) => return Ok(()),
                // Without any words it would look like one of `[access]`.
                Err(words) if words.is_empty() => "the program's hook says so".into(),
                Err(words) => words.into(),
            }
        } else {
            ruling.why().into()
        };
        Err(Denial::NotAllowed {
            action,
            topic: topic.into(),
            why,
        })
    }

    /// What an ACL says, with the names of its files alone.
    pub(super) fn without_directories(&self, why: &str) -> Box<str> {
        let sources = self.realms.iter().flat_map(|realm| realm.acl.sources());
        let (head, mut rest) = match why.strip_prefix(NO_LINE_OF) {
            Some(rest) => (NO_LINE_OF, rest.to_owned()),
            None => ("", why.to_owned()),
        };
        for source in sources {
            let name = source.rsplit(['/', '\\']).next().unwrap_or_default();
            if !head.is_empty() {
                rest = rest.replace(&**source, name);
            } else if let Some(line) = rest.strip_prefix(&**source) {
                return format!("{name}{line}").into();
            }
        }
        format!("{head}{rest}").into()
    }

    /// Who is asked after every ACL.
    pub fn set_check(&mut self, check: Option<Arc<AccessCheck>>) {
        self.check = Check(check);
        self.changed();
    }
}

/// The hook of the embedding program, if there is one.
#[derive(Default)]
pub(super) struct Check(Option<Arc<AccessCheck>>);

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Check({})", self.0.is_some())
    }
}

/// The topic filter of a shared subscription, or of any other.
pub(super) fn without_group(filter: &str) -> &str {
    let share = Share::parse(filter).ok().flatten();
    share.map_or(filter, |share| share.filter)
}
