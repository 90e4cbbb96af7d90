//! What our broker sends: messages that go out, and answers to messages that came in.

use broker_core::engine::UNKEPT;
use broker_core::time::Time;
use broker_core::wire::{Ack, Packet, PacketId, Publish, QoS, ReasonCode};

use crate::bridge::Bridge;
use crate::leg::Side;
use crate::link::Out;
use crate::status::Phase;

impl Bridge {
    pub(crate) fn local_says(&mut self, now: Time, packet: Packet<'_>) {
        match packet {
            Packet::ConnAck(connack) => self.accepted_here(now, &connack),
            Packet::SubAck(suback) => self.subscribed_here(now, &suback.reasons),
            Packet::Disconnect(goodbye) => {
                self.lose(now, format!("our broker disconnects it: {}", goodbye.reason));
            }
            // There is nobody yet whom to ask. All of it is in the session, and is sent again once there is a link.
            _ if self.phase == Phase::Beginning => {}
            Packet::Publish(publish) => {
                self.last_message = now;
                self.goes_out(publish);
            }
            Packet::PubRel(ack) => self.released_here(ack.packet_id),
            Packet::PubAck(ack) => self.taken_here(now, &ack),
            Packet::PubRec(ack) => self.received_here(now, &ack),
            Packet::PubComp(ack) => self.completed_here(&ack),
            _ => {}
        }
    }

    /// A message goes to the other broker.
    fn goes_out(&mut self, publish: Publish<'_>) {
        let id = publish.packet_id;
        let Some(topic) = self
            .plan
            .topics
            .to_remote(publish.topic)
            .map(std::borrow::Cow::into_owned)
        else {
            return self.not_out(&publish, "no topic line takes it".to_owned());
        };
        let takes = self.link.remote;
        let qos = publish.qos.min(takes.qos);
        let mut properties = publish.properties.clone();
        properties.topic_alias = None;
        properties.subscription_ids = broker_core::wire::SubscriptionIds::default();
        let out = Publish {
            dup: publish.dup && qos != QoS::AtMostOnce,
            qos,
            retain: publish.retain && self.plan.outgoing_retain && takes.retain,
            topic: &topic,
            packet_id: id
                .filter(|_| qos != QoS::AtMostOnce)
                .map(|id| self.there(id.get())),
            properties,
            payload: publish.payload,
        };
        let len = out.encoded_len(self.plan.version);
        if len > takes.packet_bytes {
            let why = format!(
                "it takes {len} bytes there, and {} is the most",
                takes.packet_bytes
            );
            return self.not_out(&publish, why);
        }
        if broker_core::topic::validate_name(&topic).is_err() {
            return self.not_out(&publish, "its topic would not be one there".to_owned());
        }
        self.write(Side::Remote, &Packet::Publish(out));
        let Some(id) = id else {
            self.counts.sent += 1;
            return;
        };
        if qos == QoS::AtMostOnce {
            // The other broker takes nothing better, and acknowledges nothing.
            self.counts.sent += 1;
            return self.through(id, publish.qos, ReasonCode::SUCCESS);
        }
        self.link.outbound.insert(id.get(), Out::Sent(publish.qos));
    }

    /// The other broker has the message for good: our broker is told.
    pub(crate) fn through(&mut self, id: PacketId, qos: QoS, reason: ReasonCode) {
        if qos != QoS::ExactlyOnce {
            self.link.outbound.remove(&id.get());
            return self.ack(Side::Local, Packet::PubAck, id, reason);
        }
        if reason.is_error() {
            self.link.outbound.remove(&id.get());
        } else {
            self.link.outbound.insert(id.get(), Out::Through);
        }
        self.ack(Side::Local, Packet::PubRec, id, reason);
    }

    /// A message does not go out: our broker need not keep it.
    fn not_out(&mut self, publish: &Publish<'_>, why: String) {
        self.refused(true, publish.topic, why);
        if let Some(id) = publish.packet_id {
            self.through(id, publish.qos, ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR);
        }
    }

    /// Our broker releases a message of QoS 2.
    fn released_here(&mut self, id: PacketId) {
        let is_known = self.link.outbound.contains_key(&id.get());
        let is_through = self.link.outbound.get(&id.get()) == Some(&Out::Through);
        // A broker that has forgotten the session knows no more of it; nor does one that never took QoS 2.
        let is_forgotten = !is_known && !self.link.resumed;
        if is_through || is_forgotten || self.link.remote.qos != QoS::ExactlyOnce {
            self.link.outbound.remove(&id.get());
            return self.ack(Side::Local, Packet::PubComp, id, ReasonCode::SUCCESS);
        }
        self.link.outbound.insert(id.get(), Out::Released);
        let there = self.there(id.get());
        self.ack(Side::Remote, Packet::PubRel, there, ReasonCode::SUCCESS);
    }

    /// Our broker acknowledges a message of QoS 1.
    fn taken_here(&mut self, now: Time, ack: &Ack<'_>) {
        if !self.link.incoming.remove(&ack.packet_id.get()) || self.is_put_off(now, ack) {
            return;
        }
        self.count_in(ack.reason);
        self.ack(Side::Remote, Packet::PubAck, ack.packet_id, ack.reason);
        self.pass_held();
    }

    /// Our broker has a message of QoS 2.
    fn received_here(&mut self, now: Time, ack: &Ack<'_>) {
        if ack.reason.is_error() {
            self.inbound.remove(ack.packet_id.get());
            if self.is_put_off(now, ack) {
                return;
            }
            self.count_in(ack.reason);
        }
        self.ack(Side::Remote, Packet::PubRec, ack.packet_id, ack.reason);
        self.pass_held();
    }

    /// Whether our broker cannot keep the message now. To acknowledge it would lose it: the other broker keeps it, and sends it again
    /// on the next link.
    fn is_put_off(&mut self, now: Time, ack: &Ack<'_>) -> bool {
        let is_so = ack.properties.reason_string == Some(UNKEPT);
        if is_so {
            self.lose(now, format!("our broker: {UNKEPT}"));
        }
        is_so
    }

    /// Our broker has forgotten the identifier of a message of QoS 2.
    fn completed_here(&mut self, ack: &Ack<'_>) {
        let id = ack.packet_id.get();
        if let Some(left) = self.link.swallow.get_mut(&id) {
            *left -= 1;
            if *left == 0 {
                self.link.swallow.remove(&id);
            }
            return;
        }
        // That our broker knows no more of it says that it was through before.
        if self.inbound.remove(id) {
            self.counts.received += 1;
        }
        self.ack(Side::Remote, Packet::PubComp, ack.packet_id, ack.reason);
        self.pass_held();
    }

    fn count_in(&mut self, reason: ReasonCode) {
        if reason.is_error() {
            self.refused(false, "(a message)", format!("our broker: {reason}"));
        } else {
            self.counts.received += 1;
        }
    }
}
