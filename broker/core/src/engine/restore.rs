//! A snapshot put back, and a restart: all state goes, and what was written down comes in its place.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{CloseReason, ConnId, Engine, Event, Timer};
use crate::access::{Acl, RealmId};
use crate::journal::RESET_BY_BROKER;
use crate::session::{
    Charge, Delivery, Held, Incoming, Inflight, Message, MessageProperties, Number, SessionKey, Subscription,
    Will,
};
use crate::snapshot::{self, Snapshot, SnapshotError};
use crate::time::Time;
use crate::topic::{MountPoint, Share};
use crate::wire::{ReasonCode, SubscriptionOptions};

/// What a restart leaves of the broker's state.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use broker::{Injected, Restart};
///
/// let broker = broker::Broker::start().await?;
/// broker.publish(Injected::text("lamp", "on").retained()).await?;
/// for (restart, left) in [(Restart::KeepState, 1), (Restart::LoseState, 0)] {
///     broker.restart(restart).await?;
///     assert_eq!(broker.state().await?.retained.len(), left);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Restart {
    /// Sessions and retained messages are still there, as in a broker that keeps them on disk.
    KeepState,
    /// Nothing is left, as in a broker that keeps all in memory.
    LoseState,
}

/// How connections end in a restart.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use broker::{Cut, Restart};
/// use broker::expect::disconnected;
///
/// let broker = broker::Broker::start().await?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// broker.wait_connected("lamp").await?;
/// broker.outage(Restart::KeepState, Cut::Orderly).await?.end().await?;
/// broker.expect(disconnected().of("lamp").field("cause", "shutting_down")).await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cut {
    /// As when a broker is stopped: 5.0 clients are told Server shutting down (0x8B), and every connection is closed.
    Orderly,
    /// As when a broker is killed: every connection is reset without a word, and what was not sent yet is lost.
    Reset,
}

impl Engine {
    /// Puts the snapshot in the place of all state. Connected clients are disconnected (Administrative action). What they
    /// leave, wills included, goes with the rest.
    ///
    /// # Errors
    /// The snapshot contradicts itself. Then nothing has changed.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// use broker_core::snapshot::Snapshot;
    ///
    /// engine.restore(Time::ZERO, &Snapshot::empty(7))?;
    /// assert!(!engine.is_connected("lamp")); // its session went with the rest
    /// # Ok::<(), broker_core::snapshot::SnapshotError>(())
    /// ```
    pub fn restore(&mut self, now: Time, snapshot: &Snapshot) -> Result<(), SnapshotError> {
        snapshot.check()?;
        if self.log.wants_event() {
            self.log.event(now, None, Event::Restored {});
        }
        self.replace(
            now,
            snapshot,
            CloseReason::Administrative(ReasonCode::ADMINISTRATIVE_ACTION),
        );
        self.rng.resume(snapshot.chance);
        Ok(())
    }

    /// Ends every connection as a restart does. Sessions stay as if the connections were lost now, or nothing stays.
    /// Counters, the journal and the clock go on.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// use broker_core::engine::{Cut, Restart};
    ///
    /// engine.restart(Time::ZERO, Restart::KeepState, Cut::Reset);
    /// assert!(engine.close_reason(lamp).is_some());
    /// ```
    pub fn restart(&mut self, now: Time, restart: Restart, cut: Cut) {
        let left = match restart {
            Restart::KeepState => self.snapshot(now),
            Restart::LoseState => Snapshot::empty(self.rng.seed()),
        };
        let reason = match cut {
            Cut::Orderly => CloseReason::ShuttingDown,
            Cut::Reset => CloseReason::ConnectionLost(RESET_BY_BROKER.to_owned()),
        };
        self.replace(now, &left, reason);
    }

    /// The connections to listeners for the control API alone that have not said anything yet: they outlast a restart.
    pub fn opening_for_api(&self) -> BTreeSet<ConnId> {
        let listeners = self.settings.listeners();
        let alone = |name: &str| {
            let mut plans = listeners.iter();
            plans.any(|plan| plan.name == name && plan.is_for_http_alone())
        };
        let opening = |id: &ConnId| {
            let conn = self.conns.get(*id);
            conn.is_some_and(|conn| conn.is_opening() && alone(&conn.origin.listener()))
        };
        self.conns.keys().into_iter().filter(opening).collect()
    }

    fn replace(&mut self, now: Time, by: &Snapshot, reason: CloseReason) {
        self.log.happened += 1;
        let own_acls = self.clear_sessions(now, by);
        self.retained.clear(&mut self.timers);
        // The sessions are gone by now, so no will is published, and no client gets what others leave.
        let for_api = self.opening_for_api();
        for id in self.conns.keys() {
            if !for_api.contains(&id) {
                self.close(now, id, reason.clone());
            }
        }
        let messages: Vec<Arc<Message>> = by
            .messages
            .iter()
            .map(|message| read_message(now, message).kept(&self.room.held))
            .collect();
        for place in &by.retained {
            let (Some(written), Some(message)) = (by.messages.get(*place), messages.get(*place)) else {
                continue;
            };
            let age = written.retained_for_nanos.unwrap_or(0);
            self.retained.keep_since(now, age, message, &mut self.timers);
        }
        let keys: Vec<SessionKey> = by
            .sessions
            .iter()
            .map(|written| {
                let key = self.install(now, written, &messages);
                self.identify(key, written, own_acls.get(written.client_id.as_str()));
                key
            })
            .collect();
        self.join_groups(by, &keys);
        self.keep_anew(&keys);
        // Clients that were connected are not any more. This comes last, for a will may go to any of the sessions.
        for (written, key) in by.sessions.iter().zip(keys) {
            if written.connected {
                self.detach(
                    now,
                    key,
                    &CloseReason::ConnectionLost("the broker was restarted".to_owned()),
                );
            }
        }
    }

    /// Who the client of a session is, and what it may do.
    fn identify(&mut self, key: SessionKey, written: &snapshot::Session, own_acl: Option<&Acl>) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        session.user = written.user.as_deref().map(Arc::from);
        session.realm = RealmId::numbered(written.realm);
        if written.had_own_acl {
            let unknown = || Acl::closed("it has an ACL of its own, which is not known until it comes back");
            session.acl = Some(own_acl.cloned().unwrap_or_else(unknown));
            self.policy.came_as(true, true);
        }
    }

    /// Removes every session without a trace. Events tell of those that do not come back. Returns the ACLs that clients had of
    /// their own.
    fn clear_sessions(&mut self, now: Time, by: &Snapshot) -> HashMap<Arc<str>, Acl> {
        let mut own_acls = HashMap::new();
        let staying: HashSet<&str> = by
            .sessions
            .iter()
            .map(|session| session.client_id.as_str())
            .collect();
        for (key, session) in self.sessions.take_all() {
            for (at, timer) in [
                (session.will_due, Timer::Will(key)),
                (session.expires_at, Timer::SessionExpiry(key)),
                (session.queue_timer, Timer::MessageExpiry(key)),
            ] {
                self.timers.cancel(at, timer);
            }
            for filter in session.subscriptions.keys() {
                self.routing.unsubscribe(key, filter);
            }
            if let Some(acl) = session.acl {
                own_acls.insert(session.client_id.clone(), acl);
            }
            if !staying.contains(&*session.client_id) {
                let client_id = session.client_id.clone();
                self.event(now, || Event::SessionEnded {
                    client_id,
                    expired: false,
                });
            }
        }
        own_acls
    }

    fn install(&mut self, now: Time, written: &snapshot::Session, messages: &[Arc<Message>]) -> SessionKey {
        let client_id: Arc<str> = Arc::from(written.client_id.as_str());
        let key = self.sessions.begin(&client_id, written.version, &self.room.held);
        let Some(session) = self.sessions.get_mut(key) else {
            return key;
        };
        let delivery = |written: &snapshot::Delivery| read_delivery(written, messages);
        session.inflight = Inflight::resumed(
            written.next_packet_id,
            written.inflight.iter().filter_map(|exchange| {
                let publish = match &exchange.publish {
                    Some(publish) => Some(delivery(publish)?),
                    None => None,
                };
                Some((exchange.packet_id, publish))
            }),
            &self.room.held,
        );
        for delivery in written.queued.iter().filter_map(delivery) {
            session.queue.push(delivery);
        }
        session.incoming = Incoming::resumed(written.awaiting_pubrel.iter().copied());
        session.count_incoming();
        session.mount_point = MountPoint::new(&written.mount_point);
        session.expiry_secs = written.session_expiry_secs;
        session.memo = written.memo.as_deref().map(Arc::from);
        session.will = written.will.as_ref().map(|will| read_will(will, &self.room.held));
        if !written.connected {
            session.expires_at = written.ends_in_nanos.map(|nanos| after(now, nanos));
            session.will_due = written
                .will
                .as_ref()
                .and_then(|will| will.due_in_nanos)
                .map(|nanos| after(now, nanos));
        }
        session.queue_timer = session.queue.next_expiry();
        for (at, timer) in [
            (session.will_due, Timer::Will(key)),
            (session.expires_at, Timer::SessionExpiry(key)),
            (session.queue_timer, Timer::MessageExpiry(key)),
        ] {
            self.timers.set(at.map(|at| at.max(now)), timer);
        }
        for held in &written.subscriptions {
            let subscription = Subscription {
                options: SubscriptionOptions {
                    qos: held.qos,
                    no_local: held.no_local,
                    retain_as_published: held.retain_as_published,
                    retain_handling: held.retain_handling,
                },
                id: held.id,
            };
            session
                .subscriptions
                .insert(Arc::from(held.filter.as_str()), subscription);
            // Shared subscriptions follow later, in the order in which members joined.
            if !matches!(Share::parse(&held.filter), Ok(Some(_))) {
                self.routing.subscribe(key, &held.filter, subscription);
            }
        }
        key
    }

    /// Lets members join their shared subscriptions. Those that the snapshot does not list come last.
    fn join_groups(&mut self, by: &Snapshot, keys: &[SessionKey]) {
        let listed = by.shared.iter().flat_map(|group| {
            group
                .members
                .iter()
                .map(|member| (member.as_str(), group.filter.as_str()))
        });
        let held = by.sessions.iter().flat_map(|session| {
            session
                .subscriptions
                .iter()
                .map(|held| (session.client_id.as_str(), held.filter.as_str()))
        });
        for (client_id, filter) in listed.chain(held) {
            let Some(key) = self.sessions.key_of(client_id).filter(|key| keys.contains(key)) else {
                continue;
            };
            let Some(session) = self.sessions.get(key) else {
                continue;
            };
            let subscription = session.subscriptions.get(filter).copied();
            if let Some(subscription) = subscription.filter(|_| matches!(Share::parse(filter), Ok(Some(_)))) {
                self.routing.subscribe(key, filter, subscription);
            }
        }
        for group in &by.shared {
            let sticky = group
                .sticky
                .as_deref()
                .and_then(|client_id| self.sessions.key_of(client_id));
            if let Some(joined) = self.routing.group_mut(&group.filter) {
                joined.set_turn(group.turn, sticky);
            }
        }
    }
}

fn after(now: Time, nanos: u64) -> Time {
    Time::from_nanos(now.as_nanos().saturating_add(nanos))
}

fn read_message(now: Time, written: &snapshot::Message) -> Message {
    Message {
        charge: Charge::default(),
        number: Number::default(),
        topic: Arc::from(written.topic.as_str()),
        payload: written.payload.0.clone(),
        qos: written.qos,
        retain: written.retain,
        expires_at: written.expires_in_nanos.map(|nanos| after(now, nanos)),
        properties: read_properties(&written.properties),
        publisher: Arc::from(written.publisher.as_str()),
    }
}

fn read_delivery(written: &snapshot::Delivery, messages: &[Arc<Message>]) -> Option<Delivery> {
    Some(Delivery {
        message: messages.get(written.message)?.clone(),
        qos: written.qos,
        retain: written.retain,
        subscription_ids: written.subscription_ids.clone(),
        shared: written.shared.as_deref().map(Arc::from),
    })
}

fn read_will(written: &snapshot::Will, held: &Held) -> Will {
    Will {
        charge: held.charge(written.topic.len() + written.payload.0.len()),
        topic: Arc::from(written.topic.as_str()),
        payload: written.payload.0.clone(),
        qos: written.qos,
        retain: written.retain,
        delay_secs: written.delay_secs,
        message_expiry_secs: written.message_expiry_secs,
        properties: read_properties(&written.properties),
    }
}

fn read_properties(written: &snapshot::MessageProperties) -> Option<Box<MessageProperties>> {
    (!written.is_empty()).then(|| {
        Box::new(MessageProperties {
            payload_format: written.payload_format,
            response_topic: written.response_topic.as_deref().map(Arc::from),
            correlation_data: written.correlation_data.clone().map(|data| data.0),
            content_type: written.content_type.as_deref().map(Arc::from),
            user: written
                .user
                .iter()
                .map(|(name, value)| (Arc::from(name.as_str()), Arc::from(value.as_str())))
                .collect(),
        })
    })
}
