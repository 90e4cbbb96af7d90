//! What the other broker sends: messages that come in, and answers to messages that went out.

use broker_core::time::Time;
use broker_core::wire::{self, Ack, Packet, PacketId, Publish, QoS, ReasonCode};

use crate::bridge::Bridge;
use crate::leg::Side;
use crate::link::{MOST_HELD_BYTES, Out};

impl Bridge {
    pub(crate) fn remote_says(&mut self, now: Time, packet: Packet<'_>, bytes: &[u8]) {
        match packet {
            Packet::ConnAck(connack) if !self.remote.accepted => self.accepted_there(now, &connack),
            _ if !self.remote.accepted => {
                self.lose(now, format!("it answers CONNECT with {}", packet.packet_type()));
            }
            Packet::SubAck(suback) => self.own_acknowledged(now, suback.packet_id, &suback.reasons),
            Packet::UnsubAck(unsuback) => self.own_acknowledged(now, unsuback.packet_id, &[]),
            Packet::Publish(publish) => {
                self.last_message = now;
                if self.must_wait(&publish) {
                    self.hold(now, bytes);
                } else {
                    self.comes_in(&publish);
                }
            }
            Packet::PubRel(ack) => {
                self.inbound.hear(ack.packet_id.get());
                self.ack(Side::Local, Packet::PubRel, ack.packet_id, ReasonCode::SUCCESS);
            }
            Packet::PubAck(ack) => self.taken_there(&ack, QoS::AtLeastOnce),
            Packet::PubRec(ack) => self.taken_there(&ack, QoS::ExactlyOnce),
            Packet::PubComp(ack) => self.completed_there(&ack),
            Packet::Disconnect(goodbye) => {
                let why = goodbye.properties.reason_string.map(|why| format!(" ({why})"));
                self.lose(
                    now,
                    format!("it says goodbye: {}{}", goodbye.reason, why.unwrap_or_default()),
                );
            }
            _ => {}
        }
    }

    /// Whether our broker has as many messages to acknowledge as it takes, or older ones wait for that.
    fn must_wait(&mut self, publish: &Publish<'_>) -> bool {
        let is_known = |id: PacketId| self.inbound.contains(id.get());
        if publish.dup && publish.qos == QoS::ExactlyOnce && publish.packet_id.is_some_and(is_known) {
            // Our broker has it. The other may send nothing else before this one is answered.
            return false;
        }
        !self.link.held.is_empty() || !self.has_room(publish)
    }

    /// Whether our broker takes one more. Room is made where it is known how.
    fn has_room(&mut self, publish: &Publish<'_>) -> bool {
        let Some(id) = publish.packet_id else {
            return true;
        };
        if self.inbound.contains(id.get()) {
            return true;
        }
        let most = usize::from(self.local_takes.receive_maximum);
        if publish.qos == QoS::ExactlyOnce {
            // One place stays for QoS 1: such a message may have to pass before the other broker says more of those at QoS 2.
            while self.inbound.len() >= most.saturating_sub(1).max(1) {
                // What is sent again comes in the order in which it was sent first. This one came never before, so of those
                // that did, no PUBLISH is behind it: they were released there, or forgotten.
                let Some(over) = self.inbound.oldest_unheard() else {
                    return false;
                };
                self.inbound.remove(over);
                self.release_here(over);
            }
        }
        self.inbound.len() + self.link.incoming.len() < most
    }

    fn hold(&mut self, now: Time, bytes: &[u8]) {
        self.link.held_bytes += bytes.len();
        self.link.held.push_back(bytes.to_owned());
        if self.link.held_bytes > MOST_HELD_BYTES && self.link.held.len() > 1 {
            let most = self.local_takes.receive_maximum;
            self.lose(
                now,
                format!(
                    "it has more than {most} messages under way, and {MOST_HELD_BYTES} bytes beyond them"
                ),
            );
        }
    }

    /// Goes on with what waited.
    pub(crate) fn pass_held(&mut self) {
        while let Some(bytes) = self.link.held.pop_front() {
            let Ok(Packet::Publish(publish)) = wire::decode(self.plan.version, &bytes) else {
                continue;
            };
            if !self.has_room(&publish) {
                self.link.held.push_front(bytes);
                return;
            }
            self.link.held_bytes -= bytes.len();
            self.comes_in(&publish);
        }
    }

    /// A message comes from the other broker.
    fn comes_in(&mut self, publish: &Publish<'_>) {
        let Some(topic) = self
            .plan
            .topics
            .to_local(publish.topic)
            .map(std::borrow::Cow::into_owned)
        else {
            return self.not_in(publish, "no topic line takes it".to_owned());
        };
        let takes = self.local_takes;
        let mut properties = publish.properties.clone();
        properties.topic_alias = None;
        properties.subscription_ids = wire::SubscriptionIds::default();
        let message = Publish {
            retain: publish.retain && takes.retain,
            topic: &topic,
            properties,
            ..publish.clone()
        };
        let len = message.encoded_len(self.version(Side::Local));
        if len > takes.packet_bytes {
            let why = format!(
                "it takes {len} bytes here, and {} is the most",
                takes.packet_bytes
            );
            return self.not_in(publish, why);
        }
        if publish.qos > takes.qos || broker_core::topic::validate_name(&topic).is_err() {
            return self.not_in(publish, "our broker would not take it".to_owned());
        }
        if let Some(id) = publish.packet_id {
            // Not sent again, so another message than the one that had this identifier: that one is over.
            let is_again = publish.dup && publish.qos == QoS::ExactlyOnce;
            if !is_again && self.inbound.remove(id.get()) {
                self.release_here(id.get());
            }
            if publish.qos == QoS::ExactlyOnce {
                self.inbound.insert(id.get());
            } else {
                self.link.incoming.insert(id.get());
            }
        } else {
            self.counts.received += 1;
        }
        self.write(Side::Local, &Packet::Publish(message));
    }

    /// A message does not come in: the other broker need not keep it.
    fn not_in(&mut self, publish: &Publish<'_>, why: String) {
        self.refused(false, publish.topic, why);
        let reason = ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR;
        match (publish.qos, publish.packet_id) {
            (QoS::AtLeastOnce, Some(id)) => self.ack(Side::Remote, Packet::PubAck, id, reason),
            (QoS::ExactlyOnce, Some(id)) => self.ack(Side::Remote, Packet::PubRec, id, reason),
            _ => {}
        }
    }

    /// Our broker is to forget this identifier of QoS 2; the other does not ask for it.
    pub(crate) fn release_here(&mut self, id: u16) {
        let Some(packet_id) = PacketId::new(id) else {
            return;
        };
        *self.link.swallow.entry(id).or_default() += 1;
        self.ack(Side::Local, Packet::PubRel, packet_id, ReasonCode::SUCCESS);
    }

    /// The other broker has a message.
    fn taken_there(&mut self, ack: &Ack<'_>, step: QoS) {
        let id = self.here(ack.packet_id.get());
        let Some(Out::Sent(qos)) = self.link.outbound.get(&id.get()).copied() else {
            return;
        };
        if ack.reason.is_error() {
            let why = ack.properties.reason_string.map(|why| format!(" ({why})"));
            let why = format!("the other broker: {}{}", ack.reason, why.unwrap_or_default());
            self.refused(true, "(a message)", why);
        } else {
            self.counts.sent += 1;
        }
        if step == QoS::AtLeastOnce || ack.reason.is_error() {
            return self.through(id, qos, ack.reason);
        }
        self.ack(Side::Local, Packet::PubRec, id, ack.reason);
    }

    /// The other broker has forgotten the identifier of a message.
    fn completed_there(&mut self, ack: &Ack<'_>) {
        let id = self.here(ack.packet_id.get());
        if self.link.outbound.remove(&id.get()).is_some() {
            self.ack(Side::Local, Packet::PubComp, id, ReasonCode::SUCCESS);
        }
    }
}
