//! Checks the packets that the broker sends: each must be owed, and be right in every field.

use broker::wire::{Packet, Publish, QoS, ReasonCode, Version};

use super::{Check, Exchange, Expect, Model, Msg, Owed};

/// How well a message of a shared subscription fits what was sent: the least fits best.
type Rank = (bool, bool, usize);

impl Model {
    /// The engine sent a packet of `len` bytes on connection `number`.
    pub fn outbound(&mut self, number: u32, packet: &Packet<'_>, len: usize) -> Check {
        let conn = self.conn(number)?;
        if len > conn.packet_bytes {
            return Err(format!(
                "{len} bytes exceed Maximum Packet Size {} (MQTT5-3.1.2-24)",
                conn.packet_bytes
            ));
        }
        let first = !std::mem::replace(&mut conn.greeted, true);
        if first != matches!(packet, Packet::ConnAck(_)) {
            return Err("CONNACK must come first, and once (MQTT5-3.2.0-1, -2)".to_owned());
        }
        let owed = match packet {
            Packet::Publish(publish) => return self.publish_sent(number, publish),
            Packet::ConnAck(connack) if !connack.reason.is_error() => Owed::ConnAck {
                session_present: connack.session_present,
            },
            Packet::PubAck(ack) => Owed::PubAck(ack.packet_id.get(), ack.reason),
            Packet::PubRec(ack) => Owed::PubRec(ack.packet_id.get(), ack.reason),
            Packet::PubRel(ack) => Owed::PubRel(ack.packet_id.get(), ack.reason),
            Packet::PubComp(ack) => Owed::PubComp(ack.packet_id.get(), ack.reason),
            Packet::SubAck(suback) => Owed::SubAck(suback.packet_id.get(), suback.reasons.clone()),
            Packet::UnsubAck(unsuback) => Owed::UnsubAck(unsuback.packet_id.get(), unsuback.reasons.clone()),
            Packet::PingResp => Owed::PingResp,
            Packet::Disconnect(disconnect) => return self.disconnect_sent(number, disconnect.reason),
            _ => return Err("a server has no such thing to say".to_owned()),
        };
        if let Some(at) = conn.owed.iter().position(|other| *other == owed) {
            conn.owed.remove(at);
            return Ok(());
        }
        match owed {
            Owed::PubRel(packet_id, ReasonCode::SUCCESS) => self.pubrel_again(number, packet_id),
            _ => Err(format!("nobody asked for this; owed is {:?}", conn.owed)),
        }
    }

    fn disconnect_sent(&mut self, number: u32, reason: ReasonCode) -> Check {
        let conn = self.conn(number)?;
        let at = conn.owed.iter().position(|owed| match owed {
            Owed::Disconnect(Some(wanted)) => *wanted == reason,
            Owed::Disconnect(None) => reason.is_error(),
            _ => false,
        });
        match at {
            Some(at) if at + 1 == conn.owed.len() => {
                conn.owed.remove(at);
                Ok(())
            }
            _ => Err(format!("DISCONNECT out of place; owed is {:?}", conn.owed)),
        }
    }

    /// PUBREL on a new connection (MQTT5-4.4.0-1, MQTT311-4.4.0-1).
    fn pubrel_again(&mut self, number: u32, packet_id: u16) -> Check {
        let client = self.client_of(number)?;
        self.pass_over_too_large(number, &client, Some(packet_id))?;
        let session = self.session(&client)?;
        match session.inflight.iter_mut().find(|exchange| !exchange.sent) {
            Some(next) if next.released && next.packet_id == packet_id => {
                next.sent = true;
                Ok(())
            }
            next => Err(format!(
                "this PUBREL is not what must be sent again next; that is {next:?}"
            )),
        }
    }

    /// Something is sent: what must be sent again before it, other than `but`, was too large for this connection, if it
    /// can be, and is done with (MQTT5-3.1.2-25).
    fn pass_over_too_large(&mut self, number: u32, client: &str, but: Option<u16>) -> Check {
        loop {
            let session = self.session(client)?;
            let Some(at) = session.inflight.iter().position(|exchange| !exchange.sent) else {
                return Ok(());
            };
            let first = &session.inflight[at];
            if first.released || Some(first.packet_id) == but {
                return Ok(());
            }
            let expect = first.expect.clone();
            if !self.too_large(number, &expect).0 {
                return Ok(());
            }
            self.session(client)?.inflight.remove(at);
        }
    }

    fn publish_sent(&mut self, number: u32, publish: &Publish<'_>) -> Check {
        self.deliveries += 1;
        let now = self.now;
        let client = self
            .client_of(number)
            .map_err(|why| format!("PUBLISH, but {why}"))?;
        let conn = self.conn(number)?;
        let (version, window) = (conn.version, conn.window);
        let topic = match (publish.properties.topic_alias, publish.topic) {
            (None, topic) => topic.to_owned(),
            // MQTT5-3.1.2-26, -27
            (Some(alias), _) if alias > conn.alias_maximum => {
                return Err(format!(
                    "alias {alias} is above Topic Alias Maximum {}",
                    conn.alias_maximum
                ));
            }
            (Some(alias), "") => conn
                .aliases_out
                .get(&alias)
                .cloned()
                .ok_or(format!("alias {alias} is unset"))?,
            (Some(alias), topic) => {
                conn.aliases_out.insert(alias, topic.to_owned());
                topic.to_owned()
            }
        };
        let session = self.session(&client)?;
        let Some(packet_id) = publish.packet_id.map(std::num::NonZero::get) else {
            let expect = self.take_expected(&client, &topic, publish, version)?.0;
            return expect.compare(now, &topic, publish, version);
        };
        if session.counted() >= window {
            return Err(format!("{window} are unacknowledged already (MQTT5-3.3.4-9)"));
        }
        self.pass_over_too_large(number, &client, publish.dup.then_some(packet_id))?;
        let session = self.session(&client)?;
        if publish.dup {
            // MQTT5-3.3.1-1, MQTT5-4.4.0-1: the same again, in the same order, on another connection.
            let Some(next) = session.inflight.iter_mut().find(|exchange| !exchange.sent) else {
                return Err("DUP, but nothing is left to be sent again".to_owned());
            };
            if next.packet_id != packet_id || next.released {
                return Err(format!(
                    "this is not what must be sent again next; that is {next:?}"
                ));
            }
            (next.sent, next.counted) = (true, true);
            return next.expect.compare(now, &topic, publish, version);
        }
        if session
            .inflight
            .iter()
            .any(|exchange| exchange.packet_id == packet_id)
        {
            return Err(format!("packet identifier {packet_id} is in use (MQTT5-2.2.1-4)"));
        }
        if let Some(unsent) = session.first_unsent() {
            return Err(format!(
                "something new before what must be sent again: {unsent:?}"
            ));
        }
        let (expect, shared) = self.take_expected(&client, &topic, publish, version)?;
        expect.compare(now, &topic, publish, version)?;
        let exchange = Exchange {
            packet_id,
            expect,
            shared,
            released: false,
            sent: true,
            counted: true,
        };
        self.session(&client)?.inflight.push(exchange);
        Ok(())
    }

    /// Finds what a first transmission is, among what the client expects, and crosses it out there.
    fn take_expected(
        &mut self,
        client: &str,
        topic: &str,
        publish: &Publish<'_>,
        version: Version,
    ) -> Result<(Expect, Option<String>), String> {
        let is_it = |msg: &Msg| msg.topic == topic && msg.payload == publish.payload;
        let now = self.now;
        let mut reasons: Vec<String> = Vec::new();
        let session = self.session(client)?;
        let direct =
            |expect: &Expect| is_it(&expect.msg) && expect.compare(now, topic, publish, version).is_ok();
        if let Some(at) = session.pending.iter().position(direct) {
            let expect = session.pending.remove(at);
            match self.pass_over(client, at, &expect) {
                Ok(()) => return Ok((expect, None)),
                // A publisher that sends it again makes it two messages that look the same: maybe it is the other one.
                Err(why) => reasons.push(why),
            }
            self.session(client)?.pending.insert(at, expect);
        }
        let session = self.session(client)?;
        for expect in session.pending.iter().filter(|expect| is_it(&expect.msg)) {
            reasons.extend(expect.compare(now, topic, publish, version).err());
        }
        let mut found: Option<(Rank, usize, Expect)> = None;
        for (at, float) in self
            .floats
            .iter()
            .enumerate()
            .filter(|(_, float)| is_it(&float.msg))
        {
            let forms = self
                .sessions
                .get(client)
                .and_then(|session| session.shared_forms.get(&float.filter));
            for (age, form) in forms.into_iter().flatten().enumerate() {
                let expect = Expect::of_shared(&float.msg, &form.sub);
                // The form at the time of the message before later ones: those only if another member left it over.
                let age = if form.from <= float.since { 0 } else { age + 1 };
                // At QoS 0 what came just now before what came earlier and may wait for another member; and what must
                // come before what may be gone.
                let late = publish.qos == QoS::AtMostOnce && float.since != self.inbound_count;
                let rank = (late, float.may_vanish, age);
                match expect.compare(now, topic, publish, version) {
                    _ if form.until < float.since => {}
                    Ok(()) if found.as_ref().is_none_or(|(best, ..)| rank < *best) => {
                        found = Some((rank, at, expect));
                    }
                    Ok(()) => {}
                    Err(reason) => reasons.push(reason),
                }
            }
        }
        if let Some((_, at, expect)) = found {
            // It is not known what stood before it.
            let number = self.session(client)?.conn.unwrap_or_default();
            let mut pending = std::mem::take(&mut self.session(client)?.pending);
            for other in &mut pending {
                other.optional |= self.too_large(number, other).0;
            }
            self.session(client)?.pending = pending;
            let float = self.floats.remove(at);
            return Ok((expect, Some(float.filter)));
        }
        if reasons.is_empty() {
            Err(format!("{client} should not get this (any more)"))
        } else {
            Err(format!(
                "{client} should get this differently: {}",
                reasons.join("; ")
            ))
        }
    }

    /// `expect` was sent, though `before` others stood before it: there must be a reason for each of the same kind.
    fn pass_over(&mut self, client: &str, before: usize, expect: &Expect) -> Check {
        let number = self.session(client)?.conn.unwrap_or_default();
        let others: Vec<Expect> = self.session(client)?.pending[..before].to_vec();
        for (at, other) in others.iter().enumerate().filter(|(_, other)| !other.at_once) {
            let same_stream = other.msg.publisher == expect.msg.publisher
                && other.msg.topic == expect.msg.topic
                && other.qos == expect.qos
                && !other.of_store
                && !expect.of_store;
            if self.too_large(number, other).0 {
                self.session(client)?.pending[at].optional |= !expect.at_once;
            } else if same_stream && !other.optional {
                // MQTT5-4.6.0-5, -6; MQTT311-4.6.0-5, -6
                return Err(format!("out of order: {} should come first", other.msg.name()));
            }
        }
        Ok(())
    }
}
