//! What the client remembers of a session: packet identifiers in use, messages on their way, QoS 2 messages that
//! have arrived but are not released, topic aliases. No sockets, no clock.

use std::collections::HashMap;

use bytes::Bytes;

use crate::codec::Delivery;
use crate::packet::{Publish, QoS};

/// ```text
/// QoS 1   Published ── PUBACK ──► done
/// QoS 2   Published ── PUBREC ──► Released ── PUBCOMP ──► done
///             └─ PUBREC ≥ 0x80 ─► done (refused)
/// ```
#[derive(Debug)]
enum Stage {
    Published,
    Released,
}

#[derive(Debug)]
struct Outbound {
    order: u64,
    publish: Publish,
    stage: Stage,
}

#[derive(Debug, Default)]
pub(crate) struct Session {
    last_id: u16,
    order: u64,
    outbound: HashMap<u16, Outbound>,
    /// SUBSCRIBE and UNSUBSCRIBE that wait for their acknowledgement.
    requests: Vec<u16>,
    inbound: HashMap<u16, Delivery>,
    aliases: HashMap<u16, Bytes>,
}

impl Session {
    /// How many messages of QoS 1 and 2 are unacknowledged.
    pub(crate) fn inflight(&self) -> usize {
        self.outbound.len()
    }

    /// An identifier that is not in use. The caller keeps the number in use far below 65,535.
    fn free_id(&mut self) -> u16 {
        loop {
            // [MQTT5-2.2.1-3] A packet identifier is not zero and not in use.
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            if !self.outbound.contains_key(&self.last_id) && !self.requests.contains(&self.last_id) {
                return self.last_id;
            }
        }
    }

    /// Gives `publish` an identifier and remembers it if its QoS asks for that. At QoS 0 the wire does not carry the
    /// identifier; only observers see it.
    pub(crate) fn publish(&mut self, publish: &mut Publish) {
        publish.pkid = self.free_id();
        if publish.qos == QoS::AtMostOnce {
            return;
        }
        self.order += 1;
        let outbound = Outbound {
            order: self.order,
            publish: publish.clone(),
            stage: Stage::Published,
        };
        self.outbound.insert(publish.pkid, outbound);
    }

    /// An identifier for SUBSCRIBE or UNSUBSCRIBE.
    pub(crate) fn request(&mut self) -> u16 {
        let id = self.free_id();
        self.requests.push(id);
        id
    }

    /// Whether `id` was waited for.
    pub(crate) fn request_done(&mut self, id: u16) -> bool {
        let before = self.requests.len();
        self.requests.retain(|&waiting| waiting != id);
        self.requests.len() != before
    }

    /// PUBACK, PUBCOMP or a refusing PUBREC: whether `id` was waited for.
    pub(crate) fn published(&mut self, id: u16) -> bool {
        self.outbound.remove(&id).is_some()
    }

    /// PUBREC: whether `id` was waited for. The payload is kept, in case the session is lost before PUBCOMP.
    pub(crate) fn received(&mut self, id: u16) -> bool {
        let Some(outbound) = self.outbound.get_mut(&id) else {
            return false;
        };
        outbound.stage = Stage::Released;
        true
    }

    /// Stores a QoS 2 message until its PUBREL; a second copy is not stored again. [MQTT5-4.3.3-10]
    pub(crate) fn store(&mut self, delivery: Delivery) {
        self.inbound.entry(delivery.publish.pkid).or_insert(delivery);
    }

    /// PUBREL: the message it releases, if this process has it.
    pub(crate) fn release(&mut self, id: u16) -> Option<Delivery> {
        self.inbound.remove(&id)
    }

    /// Puts the topic in place of its alias; false when the alias is unknown. [MQTT5-3.3.2-7]
    pub(crate) fn resolve_alias(&mut self, publish: &mut Publish) -> bool {
        let Some(alias) = publish
            .properties
            .as_ref()
            .and_then(|properties| properties.topic_alias)
        else {
            return !publish.topic.is_empty();
        };
        if publish.topic.is_empty() {
            match self.aliases.get(&alias) {
                Some(topic) => publish.topic = topic.clone(),
                None => return false,
            }
        } else {
            self.aliases.insert(alias, publish.topic.clone());
        }
        true
    }

    /// A new connection: forgets what belonged to the old one, and returns what must be sent again, in order.
    /// `Ok` is a PUBLISH, `Err` the identifier of a PUBREL.
    pub(crate) fn resume(&mut self, session_present: bool) -> Vec<Result<Publish, u16>> {
        self.aliases.clear();
        self.requests.clear();
        if !session_present {
            self.inbound.clear();
        }
        let mut waiting: Vec<&mut Outbound> = self.outbound.values_mut().collect();
        waiting.sort_by_key(|outbound| outbound.order);
        // [MQTT5-4.6.0-1] In the order in which they were first sent.
        let again = waiting.into_iter().map(|outbound| match outbound.stage {
            Stage::Released if session_present => Err(outbound.publish.pkid),
            _ => {
                outbound.stage = Stage::Published;
                // [MQTT5-3.3.1-1] A new session has never seen the message.
                outbound.publish.dup = session_present;
                Ok(outbound.publish.clone())
            }
        });
        again.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(qos: QoS) -> Publish {
        Publish::new("t", qos, "x", None)
    }

    #[test]
    fn identifiers_in_use_are_skipped_and_zero_never_given() {
        let mut session = Session {
            last_id: u16::MAX - 1,
            ..Session::default()
        };
        let mut first = message(QoS::AtLeastOnce);
        session.publish(&mut first);
        assert_eq!(first.pkid, u16::MAX);
        session.last_id = u16::MAX - 1;
        assert_eq!(session.request(), 1);
    }

    #[test]
    fn a_refused_message_frees_its_place() {
        let mut session = Session::default();
        let mut publish = message(QoS::ExactlyOnce);
        session.publish(&mut publish);
        assert!(session.published(publish.pkid));
        assert_eq!(session.inflight(), 0);
        assert!(!session.published(publish.pkid));
    }

    #[test]
    fn resuming_sends_again_in_order() {
        let mut session = Session::default();
        let mut sent: Vec<Publish> = [QoS::AtLeastOnce, QoS::ExactlyOnce, QoS::AtLeastOnce]
            .map(message)
            .into();
        for publish in &mut sent {
            session.publish(publish);
        }
        assert!(session.received(sent[1].pkid));
        let again = session.resume(true);
        assert!(matches!(&again[0], Ok(publish) if publish.pkid == sent[0].pkid && publish.dup));
        assert_eq!(again[1], Err(sent[1].pkid));
        // The session is gone: what was not completed starts over, as new.
        let again = session.resume(false);
        assert!(
            again
                .iter()
                .all(|packet| matches!(packet, Ok(publish) if !publish.dup)),
            "{again:?}"
        );
        assert_eq!(again.len(), 3);
    }

    #[test]
    fn a_second_copy_is_not_delivered_twice() {
        let mut session = Session::default();
        let mut publish = message(QoS::ExactlyOnce);
        publish.pkid = 7;
        let delivery = Delivery {
            publish,
            property_order: Vec::new(),
        };
        session.store(delivery.clone());
        session.store(delivery);
        assert!(session.release(7).is_some());
        assert!(session.release(7).is_none());
    }
}
