//! Whole exchanges: a packet, and all that belongs to it until it is done.

use broker::wire::{
    Ack, FilterRequest, Packet, PacketId, PacketType, Publish, SubAck, Subscribe, SubscriptionOptions,
    UnsubAck, Unsubscribe,
};
use broker::{QoS, ReasonCode};

use super::{Client, ack};

impl Client {
    /// A packet identifier that this client did not use lately.
    pub fn fresh_id(&mut self) -> PacketId {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        PacketId::new(self.last_id).expect("never 0")
    }

    /// Subscribes to one filter; gives the code of SUBACK.
    pub fn subscribe(&mut self, filter: &str, qos: QoS) -> ReasonCode {
        let options = SubscriptionOptions {
            qos,
            ..SubscriptionOptions::default()
        };
        self.subscribe_with(&[FilterRequest { filter, options }], None)
            .reasons[0]
    }

    /// Subscribes to several filters in one SUBSCRIBE; gives SUBACK.
    pub fn subscribe_with(&mut self, filters: &[FilterRequest<'_>], id: Option<u32>) -> SubAck<'static> {
        let packet_id = self.fresh_id();
        self.send(&Packet::Subscribe(Subscribe {
            packet_id,
            subscription_id: id,
            user: Vec::new(),
            filters: filters.to_vec(),
        }));
        self.await_packet("SUBACK", |packet| match packet {
            Packet::SubAck(suback) if suback.packet_id == packet_id => Some(suback.clone()),
            _ => None,
        })
    }

    /// Gives a subscription up; gives UNSUBACK.
    pub fn unsubscribe(&mut self, filter: &str) -> UnsubAck<'static> {
        let packet_id = self.fresh_id();
        let filters = vec![filter];
        self.send(&Packet::Unsubscribe(Unsubscribe {
            packet_id,
            user: Vec::new(),
            filters,
        }));
        self.await_packet("UNSUBACK", |packet| match packet {
            Packet::UnsubAck(unsuback) if unsuback.packet_id == packet_id => Some(unsuback.clone()),
            _ => None,
        })
    }

    /// Sends a message and goes through the whole handshake of its QoS; gives the code of PUBACK or PUBREC. At QoS 0, where
    /// nothing is acknowledged, a PINGRESP shows that the broker has handled it.
    pub fn publish(&mut self, publish: &Publish<'_>) -> ReasonCode {
        let Some(packet_id) = self.start_publish(publish) else {
            self.ping();
            return ReasonCode::SUCCESS;
        };
        if publish.qos == QoS::AtLeastOnce {
            return self.await_ack(PacketType::PubAck, packet_id).reason;
        }
        let reason = self.await_ack(PacketType::PubRec, packet_id).reason;
        if !reason.is_error() {
            self.send(&Packet::PubRel(ack(packet_id)));
            self.await_ack(PacketType::PubComp, packet_id);
        }
        reason
    }

    /// Sends a message and waits for nothing; gives the packet identifier it went under.
    pub fn start_publish(&mut self, publish: &Publish<'_>) -> Option<PacketId> {
        let packet_id = publish
            .packet_id
            .or_else(|| (publish.qos != QoS::AtMostOnce).then(|| self.fresh_id()));
        let publish = Publish {
            packet_id,
            ..publish.clone()
        };
        self.send(&Packet::Publish(publish));
        packet_id
    }

    /// Waits for the acknowledgement of this type and identifier.
    pub fn await_ack(&mut self, packet_type: PacketType, packet_id: PacketId) -> Ack<'static> {
        let what = format!("{packet_type} of {packet_id}");
        self.await_packet(&what, |packet| match packet {
            Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack)
                if packet.packet_type() == packet_type && ack.packet_id == packet_id =>
            {
                Some(ack.clone())
            }
            _ => None,
        })
    }

    /// The next packet, which must be a PUBLISH. It is not acknowledged.
    pub fn publish_packet(&mut self) -> Publish<'static> {
        match self.packet() {
            Packet::Publish(publish) => publish,
            other => panic!("expected PUBLISH, got {other:?}"),
        }
    }

    /// The next packet, which must be a PUBLISH, acknowledged as its QoS asks, to the end of the handshake.
    pub fn receive(&mut self) -> Publish<'static> {
        let publish = self.publish_packet();
        self.acknowledge(&publish);
        publish
    }

    /// Goes through the receiver's side of the handshake for this message.
    pub fn acknowledge(&mut self, publish: &Publish<'_>) {
        let Some(packet_id) = publish.packet_id else {
            return;
        };
        if publish.qos == QoS::AtLeastOnce {
            return self.send(&Packet::PubAck(ack(packet_id)));
        }
        self.send(&Packet::PubRec(ack(packet_id)));
        self.await_ack(PacketType::PubRel, packet_id);
        self.send(&Packet::PubComp(ack(packet_id)));
    }
}
