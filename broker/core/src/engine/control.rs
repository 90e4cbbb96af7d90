//! Commands to the broker: what clients publish below `$CONTROL/`, as mosquitto's dynamic security plugin has it. Such a message
//! goes to no subscriber. If the ACL lets its client publish there, and the client's realm takes commands, the caller of the
//! engine gets it, carries it out, and publishes the answer. In any other realm it is refused.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::policy::Denial;
use super::{CloseReason, ConnId, Engine};
use crate::session::SessionKey;
use crate::time::Time;
use crate::wire::ReasonCode;

/// The topic of commands about users, groups and roles.
pub const DYNAMIC_SECURITY_TOPIC: &str = "$CONTROL/dynamic-security/v1";
/// The topic of commands about the broker.
pub const BROKER_TOPIC: &str = "$CONTROL/broker/v1";

/// So many messages may wait to be carried out, with so many bytes.
const MOST: usize = 64;
const MOST_BYTES: usize = 1024 * 1024;

/// A message with commands, from a client that may send them.
#[derive(Clone, PartialEq, Eq)]
pub struct ControlMessage {
    /// The client identifier.
    pub client_id: Arc<str>,
    /// The file of dynamic security that its realm has.
    pub file: Arc<str>,
    /// [`DYNAMIC_SECURITY_TOPIC`] or [`BROKER_TOPIC`].
    pub topic: Arc<str>,
    /// The commands, in JSON.
    pub payload: Bytes,
}

impl std::fmt::Debug for ControlMessage {
    /// Leaves the payload out: it may have passwords in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ControlMessage({} from {})", self.topic, self.client_id)
    }
}

/// The messages that the caller has not taken yet.
#[derive(Debug, Default)]
pub(super) struct Control {
    waiting: VecDeque<ControlMessage>,
    bytes: usize,
}

impl Engine {
    /// The next message with commands that somebody has to carry out; call it after each input. The answer is published to its
    /// topic with `/response` behind it.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::access::{Realm, Realms};
    ///
    /// let realm = Realm { allow_anonymous: true, commands: Some("ds.json".into()), ..Realm::default() };
    /// engine.set_realms(Time::ZERO, Realms::one(realm));
    /// let admin = engine.open(Time::ZERO, "an admin".to_owned());
    /// engine.receive(Time::ZERO, admin, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05admin"); // CONNECT
    /// engine.receive(Time::ZERO, admin, b"\x30\x20\0\x1C$CONTROL/dynamic-security/v1{}"); // PUBLISH
    /// let message = engine.next_control().expect("there is one");
    /// assert_eq!((&*message.file, &message.payload[..]), ("ds.json", &b"{}"[..]));
    /// ```
    pub fn next_control(&mut self) -> Option<ControlMessage> {
        let next = self.control.waiting.pop_front()?;
        self.control.bytes -= next.payload.len();
        Some(next)
    }

    /// Whether there is one.
    pub fn has_control(&self) -> bool {
        !self.control.waiting.is_empty()
    }

    /// A client publishes commands, and its ACL allows that.
    pub(super) fn take_commands(
        &mut self,
        key: SessionKey,
        topic: &str,
        payload: &[u8],
    ) -> Result<(), Denial> {
        let refused = |reason, words: &'static str| Err(Denial::refused(reason, words));
        let Some(session) = self.sessions.get(key) else {
            return refused(ReasonCode::UNSPECIFIED_ERROR, "the session is gone");
        };
        let Some(file) = &self.policy.realms().get(session.realm).commands else {
            let words = "no commands are taken here: there is no auth.dynamic_security_file";
            return refused(ReasonCode::NOT_AUTHORIZED, words);
        };
        if topic != DYNAMIC_SECURITY_TOPIC && topic != BROKER_TOPIC {
            let words = "commands go to $CONTROL/dynamic-security/v1 or to $CONTROL/broker/v1";
            return refused(ReasonCode::NOT_AUTHORIZED, words);
        }
        let control = &mut self.control;
        if control.waiting.len() >= MOST || control.bytes + payload.len() > MOST_BYTES {
            let words = "too many commands are waiting to be carried out";
            return refused(ReasonCode::QUOTA_EXCEEDED, words);
        }
        control.bytes += payload.len();
        control.waiting.push_back(ControlMessage {
            client_id: session.client_id.clone(),
            file: file.clone(),
            topic: Arc::from(topic),
            payload: Bytes::copy_from_slice(payload),
        });
        Ok(())
    }

    /// Disconnects the clients of these users, `None` for those without a name, where this file of dynamic security is in force:
    /// they come in again by what holds now. Returns how many there were.
    pub fn disconnect_users(
        &mut self,
        now: Time,
        file: &str,
        concerned: impl Fn(Option<&str>) -> bool,
    ) -> usize {
        let realms = self.policy.realms();
        let clients = self.sessions.values().filter_map(|session| {
            let is_here = realms.get(session.realm).commands.as_deref() == Some(file);
            session
                .conn
                .filter(|_| is_here && concerned(session.user.as_deref()))
        });
        let clients: Vec<ConnId> = clients.collect();
        for id in &clients {
            self.close(
                now,
                *id,
                CloseReason::Administrative(ReasonCode::ADMINISTRATIVE_ACTION),
            );
        }
        clients.len()
    }
}
