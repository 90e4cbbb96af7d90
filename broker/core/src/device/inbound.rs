//! What comes to a client, packet by packet.

use super::client::{Client, Failure, Link};
use crate::template::{Feed, Message};
use crate::time::Time;
use crate::topic::{self, Share};
use crate::wire::{self, Ack, ConnAck, Packet, Publish, QoS, ReasonCode};

impl Client {
    /// Takes bytes that came on its connection.
    pub fn receive(&mut self, now: Time, bytes: &[u8], feed: &mut Feed, failures: &mut Vec<Failure>) {
        if self.closing || self.conn.is_none() {
            return;
        }
        if self.partial.is_empty() {
            let taken = self.packets(now, bytes, feed, failures);
            self.partial
                .extend_from_slice(bytes.get(taken..).unwrap_or_default());
            return;
        }
        let mut all = std::mem::take(&mut self.partial);
        all.extend_from_slice(bytes);
        let taken = self.packets(now, &all, feed, failures);
        all.drain(..taken);
        self.partial = all;
    }

    /// Takes whole packets; says how many bytes they have.
    fn packets(&mut self, now: Time, bytes: &[u8], feed: &mut Feed, failures: &mut Vec<Failure>) -> usize {
        let mut taken = 0;
        while !self.closing {
            let rest = bytes.get(taken..).unwrap_or_default();
            let length = match wire::frame(rest, usize::MAX) {
                Ok(Some(length)) if length <= rest.len() => length,
                Ok(_) => return taken,
                Err(error) => {
                    self.is_deceived(&error.to_string());
                    break;
                }
            };
            match wire::decode(self.plan.version, &rest[..length]) {
                Ok(packet) => self.packet(now, &packet, feed, failures),
                Err(error) => self.is_deceived(&error.to_string()),
            }
            taken += length;
        }
        bytes.len()
    }

    /// A broker said what none may say: the client goes, as every client does.
    fn is_deceived(&mut self, why: &str) {
        self.status.last_end = Some(format!("the broker sent what is no packet for a client: {why}"));
        self.leave(false);
    }

    fn packet(&mut self, now: Time, packet: &Packet<'_>, feed: &mut Feed, failures: &mut Vec<Failure>) {
        if self.link == Link::Connecting && !matches!(packet, Packet::ConnAck(_)) {
            return self.is_deceived("the first one is not CONNACK");
        }
        match packet {
            Packet::ConnAck(connack) => self.on_connack(now, connack, feed, failures),
            Packet::Publish(publish) => self.on_publish(now, publish, feed, failures),
            Packet::PubAck(ack) | Packet::PubComp(ack) => self.on_end(ack),
            Packet::PubRec(ack) if ack.reason.is_error() => self.on_end(ack),
            Packet::PubRec(ack) => {
                self.exchanges
                    .received(ack.packet_id, self.plan.version, &mut self.out);
            }
            Packet::PubRel(ack) => {
                self.exchanges.released(ack.packet_id);
                Packet::PubComp(Ack::new(ack.packet_id)).encode(self.plan.version, &mut self.out);
            }
            Packet::PingResp => self.life.awaits_pong = false,
            Packet::Disconnect(disconnect) => {
                self.status.last_end = Some(format!("DISCONNECT: {}", disconnect.reason));
            }
            Packet::SubAck(_) | Packet::UnsubAck(_) => {}
            _ => self.is_deceived("a packet that only a client sends"),
        }
    }

    fn on_connack(&mut self, now: Time, connack: &ConnAck<'_>, feed: &mut Feed, failures: &mut Vec<Failure>) {
        if self.link == Link::Live {
            return self.is_deceived("a second CONNACK");
        }
        if connack.reason != ReasonCode::SUCCESS {
            self.status.last_end = Some(format!("CONNACK: {}", connack.reason));
            return self.leave(false);
        }
        self.link = Link::Live;
        self.status.connected = true;
        self.status.connects += 1;
        self.status.last_end = None;
        let given = &connack.properties;
        if let Some(assigned) = given.assigned_client_id {
            assigned.clone_into(&mut self.status.client_id);
        }
        self.window = given.receive_maximum.unwrap_or(u16::MAX);
        let keep_alive = given.server_keep_alive_secs;
        self.let_in(now, keep_alive.unwrap_or(self.plan.device.keep_alive_secs));
        if !connack.session_present
            && let Err(failure) = self.subscribe(now, feed)
        {
            failures.push(failure);
        }
        let (version, window) = (self.plan.version, self.window);
        self.exchanges
            .resume(connack.session_present, window, version, &mut self.out);
    }

    fn on_end(&mut self, ack: &Ack<'_>) {
        if self.exchanges.ended(ack.packet_id, self.window, &mut self.out) && !ack.reason.is_error() {
            self.status.acknowledged += 1;
        }
    }

    fn on_publish(&mut self, now: Time, publish: &Publish<'_>, feed: &mut Feed, failures: &mut Vec<Failure>) {
        let version = self.plan.version;
        match (publish.qos, publish.packet_id) {
            (QoS::AtLeastOnce, Some(id)) => Packet::PubAck(Ack::new(id)).encode(version, &mut self.out),
            (QoS::ExactlyOnce, Some(id)) => {
                Packet::PubRec(Ack::new(id)).encode(version, &mut self.out);
                if !self.exchanges.comes(id) {
                    return;
                }
            }
            _ => {}
        }
        self.status.received += 1;
        let plan = self.plan.clone();
        let correlation = publish.properties.correlation_data;
        for (at, answer) in plan.answers.iter().enumerate() {
            let Ok(to) = answer.to_of(self, now, feed) else {
                continue;
            };
            let filter = match Share::parse(&to) {
                Ok(Some(share)) => share.filter,
                _ => &to,
            };
            if answer.publish.is_empty() || !topic::matches(filter, publish.topic) {
                continue;
            }
            let message = Message::of_publish(publish.topic, publish).under(filter);
            for (nth, say) in answer.publish.iter().enumerate() {
                if let Err((what, error)) = self.say(now, say, &message, correlation, feed) {
                    self.status.failed += 1;
                    failures.push((format!("answer[{at}].publish[{nth}].{what}"), error));
                }
            }
        }
    }
}
