//! PUBLISH from a client: what is checked, what is answered (section 3.3 of both standards).

use std::borrow::Cow;
use std::sync::Arc;

use super::keeping::UNKEPT;
use super::policy::{Breach, Denial, Targets, What, Who, is_control, is_own};
use super::room::ALIAS_BYTES;
use super::route::{Incoming, Outcome};
use super::{CloseReason, ConnId, Engine, Event};
use crate::journal::Decision;
use crate::session::{Message, SessionKey};
use crate::time::Time;
use crate::wire::{PacketId, PacketType, Publish, PublishProperties, QoS, ReasonCode};

impl Engine {
    pub(super) fn on_publish(&mut self, now: Time, id: ConnId, key: SessionKey, publish: &Publish<'_>) {
        self.log.stats.publish_received += 1;
        self.log.stats.publish_bytes_received += publish.payload.len() as u64;
        if let Err(breach) = self.check_publish(id, publish) {
            return self.breach(now, id, &breach);
        }
        let names_alias = publish.properties.topic_alias.is_some() && !publish.topic.is_empty();
        if names_alias && !self.make_room(ALIAS_BYTES + publish.topic.len()) {
            let why = CloseReason::BoundPassed("no room for its topic aliases (limits.max_memory_bytes)");
            return self.close(now, id, why);
        }
        let aliased;
        let topic = match self.resolve_alias(id, publish) {
            Ok(None) => publish.topic,
            Ok(Some(topic)) => {
                aliased = topic;
                self.log.journal.alias_was(&aliased);
                &aliased
            }
            Err(breach) => return self.breach(now, id, &breach),
        };

        let packet_id = publish.packet_id.filter(|_| publish.qos != QoS::AtMostOnce);
        if publish.qos == QoS::ExactlyOnce
            && let Some(packet_id) = packet_id
            && !self.is_first(now, id, key, packet_id)
        {
            return;
        }
        let (reason, words) = match self.take_in(now, key, topic, publish) {
            Ok(told) => told,
            Err(breach) => return self.breach(now, id, &breach),
        };
        let Some(packet_id) = packet_id else { return };
        let v5 = self.conns.get(id).is_some_and(super::conn::Conn::is_v5);
        // 3.x has no answer that says so, and to acknowledge it would be a promise.
        if !v5 && words.as_deref() == Some(UNKEPT) {
            return self.close(now, id, CloseReason::BoundPassed(UNKEPT));
        }
        if publish.qos == QoS::ExactlyOnce {
            // MQTT5-4.3.3-9: after an error the identifier is free at once; 3.x cannot say an error.
            if (!reason.is_error() || !v5)
                && let Some(session) = self.sessions.get_mut(key)
            {
                session.incoming.insert(packet_id);
                session.count_incoming();
                self.receiving(id, packet_id);
            }
            self.send_ack(now, id, PacketType::PubRec, packet_id, reason, words.as_deref()); // MQTT5-4.3.3-8
        } else {
            self.send_ack(now, id, PacketType::PubAck, packet_id, reason, words.as_deref()); // MQTT5-4.3.2-4, -5; MQTT311-4.3.2-2
        }
    }

    pub(super) fn breach(&mut self, now: Time, id: ConnId, breach: &Breach) {
        self.violation(now, id, breach.what, breach.statement, breach.reason);
    }

    /// Whether a QoS 2 message comes for the first time and there is room for its exchange; answered where not.
    fn is_first(&mut self, now: Time, id: ConnId, key: SessionKey, packet_id: PacketId) -> bool {
        let session = self.sessions.get(key);
        if session.is_some_and(|session| session.incoming.contains(&packet_id)) {
            // MQTT5-4.3.3-10, MQTT311-4.3.3-2: acknowledged again, delivered only once.
            self.receiving(id, packet_id);
            self.log.journal.begin_decisions();
            self.log.journal.decide(Decision::Duplicate);
            self.log.journal.end_decisions();
            self.send_ack(now, id, PacketType::PubRec, packet_id, ReasonCode::SUCCESS, None);
            return false;
        }
        if self.has_room_for_identifier(key) {
            return true;
        }
        self.log.stats.refused_for_memory += 1;
        if self.conns.get(id).is_some_and(super::conn::Conn::is_v5) {
            let reason = ReasonCode::QUOTA_EXCEEDED;
            self.send_ack(now, id, PacketType::PubRec, packet_id, reason, None);
        } else {
            let why = "no room for more QoS 2 exchanges (limits.max_memory_bytes)";
            self.close(now, id, CloseReason::BoundPassed(why));
        }
        false
    }

    fn receiving(&mut self, id: ConnId, packet_id: PacketId) {
        if let Some(conn) = self.conns.get_mut(id).filter(|conn| conn.is_v5())
            && let Some(live) = conn.live_mut()
        {
            live.receiving.insert(packet_id);
        }
    }

    /// What ends the connection, whatever the policy says of the message.
    fn check_publish(&self, id: ConnId, publish: &Publish<'_>) -> Result<(), Breach> {
        if !publish.properties.subscription_ids.is_empty() {
            return Err(Breach {
                what: "a client's PUBLISH with a Subscription Identifier",
                statement: "MQTT5-3.3.4-6",
                reason: ReasonCode::PROTOCOL_ERROR,
            });
        }
        if publish.qos == QoS::AtMostOnce {
            return Ok(());
        }
        // QoS 1 is acknowledged at once, so only QoS 2 exchanges can be open. Those that an earlier connection left
        // open do not count: the value holds for one connection.
        let Some(live) = self.conns.live(id) else {
            return Ok(());
        };
        if live.receiving.len() >= usize::from(self.settings.session.receive_maximum)
            && publish
                .packet_id
                .is_some_and(|packet_id| !live.receiving.contains(&packet_id))
        {
            return Err(Breach {
                what: "more unacknowledged PUBLISH packets than the Receive Maximum of CONNACK",
                statement: "MQTT5-3.3.4-7",
                reason: ReasonCode::RECEIVE_MAXIMUM_EXCEEDED,
            });
        }
        Ok(())
    }

    /// The topic behind an alias, or `None` where the packet itself names it (section 3.3.2.3.4 of MQTT 5.0).
    fn resolve_alias(&mut self, id: ConnId, publish: &Publish<'_>) -> Result<Option<Arc<str>>, Breach> {
        let Some(alias) = publish.properties.topic_alias else {
            return Ok(None);
        };
        let Some(conn) = self.conns.get_mut(id) else {
            return Ok(None);
        };
        let most = self.policy.of_clients(conn.listener).topic_alias_maximum;
        let Some(live) = conn.live_mut() else {
            return Ok(None);
        };
        if alias == 0 || alias > most {
            return Err(Breach {
                what: "Topic Alias is 0 or above the Topic Alias Maximum of CONNACK",
                statement: "MQTT5-3.3.2-9",
                reason: ReasonCode::TOPIC_ALIAS_INVALID,
            });
        }
        if !publish.topic.is_empty() {
            let old = live.aliases_in.insert(alias, Arc::from(publish.topic)); // MQTT5-3.3.2-12
            if let Some(old) = old {
                live.alias_charge.sub(ALIAS_BYTES + old.len());
            }
            live.count_alias(publish.topic);
            return Ok(None);
        }
        live.aliases_in.get(&alias).cloned().map(Some).ok_or(Breach {
            what: "Topic Alias that no earlier PUBLISH of this connection set",
            statement: "MQTT5 section 3.3.2.3.4",
            reason: ReasonCode::PROTOCOL_ERROR,
        })
    }

    /// Takes the message in, if the policy allows it: stores and routes it. Returns the reason code for the publisher, with
    /// words where the code alone does not tell.
    fn take_in(
        &mut self,
        now: Time,
        key: SessionKey,
        topic: &str,
        publish: &Publish<'_>,
    ) -> Result<(ReasonCode, Option<String>), Breach> {
        let mount_point = self.sessions.get(key).and_then(|it| it.mount_point.as_ref());
        let whole = match mount_point {
            None => Some(Cow::Borrowed(topic)),
            Some(mount_point) => mount_point.topic(topic).map(Cow::Owned),
        };
        let admitted = if let Some(whole) = &whole {
            self.admit(now, key, whole, publish)
        } else {
            let words = "with the mount point of the listener, the topic is too long";
            Err(Denial::refused(ReasonCode::TOPIC_NAME_INVALID, words))
        };
        let whole = whole.unwrap_or(Cow::Borrowed(topic));
        if let Err(Denial::Breach(breach)) = admitted {
            return Err(breach);
        }
        self.log.journal.begin_decisions();
        if let Cow::Owned(whole) = &whole {
            self.log.journal.decide(Decision::Mounted(Arc::from(&**whole)));
        }
        let (told, why) = match admitted {
            Ok(_) if is_control(topic) => ((ReasonCode::SUCCESS, None), None),
            Ok(targets) => {
                let told = self.store_and_route(now, key, &whole, publish, targets);
                let why = told.1.as_deref().map(Arc::from);
                (told, why)
            }
            Err(denial) => {
                let (reason, why) = (denial.reason(), denial.because());
                self.refused_publish(now, key, topic, reason, &why);
                (self.policy.told(denial), Some(why).filter(|why| !why.is_empty()))
            }
        };
        if told.0.is_error() {
            self.log.journal.decide(Decision::Refused(told.0, why));
        }
        self.log.journal.end_decisions();
        if !told.0.is_error() {
            self.retain_by_contract(now, &whole, publish);
        }
        Ok(told)
    }

    /// Tells that a client may not publish this; of one connection not more often than once a second.
    fn refused_publish(
        &mut self,
        now: Time,
        key: SessionKey,
        topic: &str,
        reason: ReasonCode,
        why: &Arc<str>,
    ) {
        let session = self.sessions.get(key);
        let Some(conn) = session.and_then(|session| session.conn) else {
            return;
        };
        let Some(live) = self.conns.live_mut(conn) else {
            return;
        };
        if live.refusal_told.is_some_and(|at| now < at.plus_secs(1)) {
            return;
        }
        live.refusal_told = Some(now);
        let client_id = session.map_or_else(|| Arc::from(""), |session| session.client_id.clone());
        self.event(now, || Event::PublishRefused {
            client_id,
            topic: Arc::from(topic),
            reason,
            why: why.to_string(),
        });
    }

    /// Who gets it, if the policy allows it. Commands are taken here, and go to nobody.
    fn admit(
        &mut self,
        now: Time,
        key: SessionKey,
        topic: &str,
        publish: &Publish<'_>,
    ) -> Result<Arc<Targets>, Denial> {
        let what = What::new(publish.qos, publish.retain);
        let targets = self.decide(key, what, topic).targets()?;
        if self.cannot_keep_message(Some(key), what, &targets) {
            return Err(Denial::refused(ReasonCode::QUOTA_EXCEEDED, UNKEPT));
        }
        if let Some(session) = self.sessions.get(key) {
            let format = publish.properties.payload_format;
            self.policy
                .examine(Who::of(session), what, format, publish.payload)?;
        }
        self.keeps_contract(now, key, topic, publish)?;
        if is_control(topic) {
            self.take_commands(key, topic, publish.payload)?;
        }
        Ok(targets)
    }

    fn store_and_route(
        &mut self,
        now: Time,
        key: SessionKey,
        topic: &str,
        publish: &Publish<'_>,
        targets: Arc<Targets>,
    ) -> (ReasonCode, Option<String>) {
        let Some(session) = self.sessions.get(key) else {
            return (ReasonCode::UNSPECIFIED_ERROR, None);
        };
        let publisher = session.client_id.clone();
        let mut incoming = Incoming::from_wire(now, topic, publish, publisher, key);
        incoming.kept_payload = self.kept(publish.payload);
        if publish.retain {
            if let Err(full) = self.retain(now, &mut incoming) {
                let reason = ReasonCode::QUOTA_EXCEEDED;
                // 3.x has no answer that says so.
                self.refused_publish(now, key, topic, reason, &Arc::from(full));
                return (reason, Some(full.to_owned()));
            }
            self.log
                .journal
                .decide(Decision::Retained(!publish.payload.is_empty()));
        }
        self.route(now, &mut incoming, targets).reason()
    }

    /// Stores and routes a message that no PUBLISH brings: a will, or one of the program's or the broker's own.
    pub(super) fn publish_message(&mut self, now: Time, message: Message, targets: Arc<Targets>) -> Outcome {
        // The broker's own few figures count for nobody.
        let message = if is_own(&message.topic) {
            Arc::new(message)
        } else {
            message.kept(&self.room.held)
        };
        let wire = PublishProperties::default();
        let publisher = self.sessions.key_of(&message.publisher);
        let mut incoming = Incoming::from_message(&message, &wire, publisher);
        if message.retain {
            // A will that finds the store full is still delivered; the store keeps what it has.
            let _ = self.retain(now, &mut incoming);
        }
        self.route(now, &mut incoming, targets)
    }
}

impl Outcome {
    /// What the publisher is told.
    pub(super) fn reason(&self) -> (ReasonCode, Option<String>) {
        match (self.matched, self.refused) {
            (0, _) => (ReasonCode::NO_MATCHING_SUBSCRIBERS, None),
            (_, 0) => (ReasonCode::SUCCESS, None),
            (all, refused) if all == refused => (
                ReasonCode::QUOTA_EXCEEDED,
                Some("the queue of every matching client is full".to_owned()),
            ),
            (all, refused) => (
                ReasonCode::SUCCESS,
                Some(format!(
                    "the queues of {refused} of {all} matching clients are full"
                )),
            ),
        }
    }
}
