//! The one decision about a message: may it be published, and who gets it.
//!
//! [`Policy::decide`] is asked on every way into the broker: for a PUBLISH (`publish.rs`), by the lanes (`lane/`), for a
//! will, for a message of the embedding program. It alone gives [`Targets`], and nothing is delivered without them. So a
//! rule that stands in `rules.rs` holds on every way.
//!
//! The answer depends on the client, on the packet without its payload, and on the topic. A lane remembers it together with
//! the [`Generations`] for which it holds. What depends on the time, on a count or on the payload cannot be remembered:
//! `decide` calls such a message special, and [`Policy::examine`] looks at each.

mod acl;
mod listeners;
mod routing;
mod rules;
mod targets;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use settings::{BrokerSettings, ClientRules};

use super::Engine;
use super::contract::Contract;
use super::sessions::Sessions;
use super::work::Work;
use crate::access::{Acl, Action, RealmId, Realms};
use crate::session::{ListenerId, Session, SessionKey};
use crate::wire::{QoS, ReasonCode};

use listeners::Listeners;
pub(super) use routing::Routing;
pub(super) use rules::{is_control, is_own};
pub(super) use targets::{Granted, Targets};

/// Who publishes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who<'a> {
    /// A client: by a PUBLISH, or by its will.
    Client {
        /// Its client identifier.
        client_id: &'a str,
        /// Who it proved to be.
        user: Option<&'a str>,
        /// The listener that it came to.
        listener: ListenerId,
        /// The realm that it came to.
        realm: RealmId,
        /// What it alone may do.
        acl: Option<&'a Acl>,
    },
    /// The embedding program.
    Program,
    /// The broker itself: its figures below `$SYS`.
    Broker,
}

impl<'a> Who<'a> {
    /// The client of this session.
    pub fn of(session: &'a Session) -> Self {
        Self::Client {
            client_id: &session.client_id,
            user: session.user.as_deref(),
            listener: session.listener,
            realm: session.realm,
            acl: session.acl.as_ref(),
        }
    }
}

/// What is published: all that rules may look at, and that holds for the next message, too.
#[derive(Debug, Clone, Copy)]
pub(super) struct What {
    pub qos: QoS,
    pub retain: bool,
    /// Whether it is known to have neither properties nor DUP.
    bare: bool,
}

impl What {
    pub fn new(qos: QoS, retain: bool) -> Self {
        Self {
            qos,
            retain,
            bare: false,
        }
    }

    /// Without RETAIN, DUP and properties: every receiver of the publisher's version can get the same bytes.
    pub fn bare(qos: QoS) -> Self {
        Self {
            qos,
            retain: false,
            bare: true,
        }
    }
}

/// What is decided about a message.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It may not be published.
    Deny(Denial),
    /// These get it, all of them just as it came. So it is with every message like it, while the [`Generations`] stay the
    /// same.
    Plain(Arc<Targets>),
    /// These get it, each in its own way. The next message like it must be decided anew.
    Special(Arc<Targets>),
}

impl Verdict {
    /// Who gets it, where it makes no difference whether it is special.
    pub fn targets(self) -> Result<Arc<Targets>, Denial> {
        match self {
            Self::Deny(denial) => Err(denial),
            Self::Plain(targets) | Self::Special(targets) => Ok(targets),
        }
    }
}

/// A rule that a packet broke, and that ends its connection.
#[derive(Debug)]
pub(super) struct Breach {
    pub what: &'static str,
    pub statement: &'static str,
    pub reason: ReasonCode,
}

/// Why a message may not be published.
#[derive(Debug)]
pub(super) enum Denial {
    /// The client knew, from its CONNACK or from the standard. Its connection ends (`MQTT5-4.13.1-1`).
    Breach(Breach),
    /// The publisher is told why, where its version has a way, and goes on.
    Refused(ReasonCode, Cow<'static, str>),
    /// The same: what was tried is not allowed, by an ACL or by `[access]`.
    NotAllowed {
        action: Action,
        /// The topic, or the topic filter.
        topic: Box<str>,
        /// The line of an ACL that decided; empty for `[access]`.
        why: Box<str>,
    },
}

impl Denial {
    pub fn refused(reason: ReasonCode, words: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(reason, words.into())
    }

    /// By `[access]`.
    pub fn not_allowed(action: Action, topic: &str) -> Self {
        Self::NotAllowed {
            action,
            topic: topic.into(),
            why: Box::default(),
        }
    }

    pub fn reason(&self) -> ReasonCode {
        match self {
            Self::Breach(breach) => breach.reason,
            Self::Refused(reason, _) => *reason,
            Self::NotAllowed { .. } => ReasonCode::NOT_AUTHORIZED,
        }
    }

    /// Whether an ACL said it, or the hook that is asked after it.
    pub fn is_by_acl(&self) -> bool {
        matches!(self, Self::NotAllowed { why, .. } if !why.is_empty())
    }

    pub fn words(self) -> Cow<'static, str> {
        match self {
            Self::Breach(breach) => breach.what.into(),
            Self::Refused(_, words) => words,
            Self::NotAllowed { action, topic, why } => {
                let tried = match action {
                    Action::Publish => "publishing to",
                    Action::Receive => "reading",
                    Action::Subscribe => "subscribing to",
                    Action::Unsubscribe => "unsubscribing from",
                };
                let line = if why.is_empty() {
                    String::new()
                } else {
                    format!(" ({why})")
                };
                format!("{tried} {topic:?} is not allowed{line}").into()
            }
        }
    }

    /// The same of a will.
    pub fn because_of_will(&self) -> String {
        format!("its will: {}", self.because())
            .trim_end_matches(": ")
            .to_owned()
    }

    /// Why, for people who know already what was tried.
    pub fn because(&self) -> Arc<str> {
        match self {
            Self::Breach(breach) => breach.what.into(),
            Self::Refused(_, words) => Arc::from(&**words),
            Self::NotAllowed { why, .. } => Arc::from(&**why),
        }
    }
}

/// What an answer holds for: these rules, and these subscriptions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Generations {
    policy: u64,
    subscriptions: u64,
}

/// The rules in force.
#[derive(Debug)]
pub(super) struct Policy {
    settings: Arc<BrokerSettings>,
    /// Who may come in where, and what they may do.
    realms: Realms,
    listeners: Listeners,
    /// No packet of at most so many bytes has a payload that is too long.
    pub any_payload_fits_bytes: usize,
    /// Whether one of them has an ACL.
    has_acl: bool,
    /// Whether a client ever had one of its own.
    has_own_acl: bool,
    /// Who is asked after every ACL.
    check: acl::Check,
    generation: u64,
    /// What each message of a client is held against.
    contract: Option<Arc<dyn Contract>>,
    /// Rules that a test adds.
    #[cfg(test)]
    added: tests::Added,
}

impl Policy {
    pub fn new(settings: Arc<BrokerSettings>) -> Self {
        let mut policy = Self {
            realms: Realms::of(&settings),
            listeners: Listeners::new(&settings),
            any_payload_fits_bytes: match settings.limits.max_payload_bytes {
                0 => usize::MAX,
                most => most as usize,
            },
            has_acl: false,
            has_own_acl: false,
            check: acl::Check::default(),
            settings,
            generation: 0,
            contract: None,
            #[cfg(test)]
            added: tests::Added::default(),
        };
        policy.set_realms(policy.realms.clone());
        policy
    }

    pub fn realms(&self) -> &Realms {
        &self.realms
    }

    /// The number of the listener that has this name.
    pub fn listener(&self, name: &str) -> ListenerId {
        self.listeners.id(name)
    }

    /// What holds for the clients of this listener.
    #[inline]
    pub fn of_clients(&self, listener: ListenerId) -> &ClientRules {
        self.listeners.rules(listener)
    }

    /// What each message of a client is held against.
    pub fn contract(&self) -> Option<&Arc<dyn Contract>> {
        self.contract.as_ref()
    }

    /// From now on it is this.
    pub fn set_contract(&mut self, contract: Option<Arc<dyn Contract>>) {
        self.contract = contract;
        self.changed();
    }

    /// A rule has changed, or what rules know of a client: what was decided before no longer holds.
    pub fn changed(&mut self) {
        self.generation += 1;
    }

    /// What an answer that is given now holds for.
    #[inline]
    pub fn generations(&self, routing: &Routing) -> Generations {
        Generations {
            policy: self.generation,
            subscriptions: routing.subscriptions().generation(),
        }
    }

    /// Decides about a message to `topic`, of the client that has session `key`, if it is a client's.
    #[inline]
    pub fn decide(
        &self,
        (who, key): (Who<'_>, Option<SessionKey>),
        what: What,
        topic: &str,
        sessions: &Sessions,
        (routing, work): (&mut Routing, &mut Work),
    ) -> Verdict {
        if let Err(denial) = self.rules_allow(who, what, topic) {
            return Verdict::Deny(denial);
        }
        let generations = self.generations(routing);
        let mut targets = None;
        if let Some(key) = key.filter(|_| self.has_any_acl()) {
            // The same client published there before, and nothing has changed since: the ACL says the same again.
            targets = routing.known(topic, generations);
            if !targets.as_ref().is_some_and(|targets| targets.is_allowed(key)) {
                if let Err(denial) = self.permits(who, Action::Publish, topic, work) {
                    return Verdict::Deny(denial);
                }
                let found = targets
                    .unwrap_or_else(|| routing.targets(topic, generations, self.readers(sessions), work));
                found.allow(key);
                targets = Some(found);
            }
        }
        let targets =
            targets.unwrap_or_else(|| routing.targets(topic, generations, self.readers(sessions), work));
        let upgrades = self.settings.session.upgrade_outgoing_qos;
        if self.is_special(what) || !targets.is_plain(what.qos, upgrades) || is_control(topic) {
            Verdict::Special(targets)
        } else {
            Verdict::Plain(targets)
        }
    }

    /// What a publisher or subscriber is told that is refused; no more than `access.tell_why` allows. Where the file of an ACL
    /// stands on this machine is nothing to it.
    pub fn told(&self, mut denial: Denial) -> (ReasonCode, Option<String>) {
        if let Denial::NotAllowed { why, .. } = &mut denial {
            *why = self.without_directories(why);
        }
        match denial.reason() {
            ReasonCode::NOT_AUTHORIZED if !self.settings.access.tell_why => {
                (ReasonCode::UNSPECIFIED_ERROR, None)
            }
            reason => (reason, Some(denial.words().into_owned())),
        }
    }
}

impl Engine {
    /// Decides about a message of the client that has this session.
    pub(super) fn decide(&mut self, key: SessionKey, what: What, topic: &str) -> Verdict {
        let Some(session) = self.sessions.get(key) else {
            let words = "the session is gone";
            return Verdict::Deny(Denial::refused(ReasonCode::UNSPECIFIED_ERROR, words));
        };
        self.policy.decide(
            (Who::of(session), Some(key)),
            what,
            topic,
            &self.sessions,
            (&mut self.routing, &mut self.work),
        )
    }
}
