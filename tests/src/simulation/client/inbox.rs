//! How the client handles the broker's packets.

use broker::wire::{self, ConnAck, Packet, PacketId, Publish, QoS, ReasonCode, Version};

use super::{Answer, Client, Standing};

impl Client {
    /// Takes bytes from the broker. Returns the client's answer to them, and whether it stays connected.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<(Vec<u8>, bool), String> {
        self.inbox.extend_from_slice(bytes);
        let mut out = Vec::new();
        loop {
            let length = match wire::frame(&self.inbox, usize::MAX) {
                Ok(Some(length)) if length <= self.inbox.len() => length,
                Ok(_) => return Ok((out, true)),
                Err(error) => return Err(format!("{} got bytes that are no packet: {error}", self.id)),
            };
            let raw: Vec<u8> = self.inbox.drain(..length).collect();
            let packet =
                wire::decode(self.version, &raw).map_err(|e| format!("{} got a bad packet: {e}", self.id))?;
            match self.packet(&packet)? {
                Some(bytes) => out.extend(bytes),
                None => return Ok((out, false)),
            }
        }
    }

    fn packet(&mut self, packet: &Packet<'_>) -> Result<Option<Vec<u8>>, String> {
        let id = self.id.clone();
        let say = |what: &str| Err(format!("{id}: {what}: {packet}"));
        Ok(Some(match packet {
            Packet::ConnAck(connack) => self.connack(connack)?,
            Packet::Publish(publish) => self.publish_came(publish)?,
            Packet::PubAck(ack) => {
                if !self.done(ack.packet_id.get(), QoS::AtLeastOnce) {
                    return say("an answer to nothing");
                }
                self.pump()
            }
            Packet::PubRec(ack) if ack.reason.is_error() => {
                self.done(ack.packet_id.get(), QoS::ExactlyOnce);
                self.pump()
            }
            Packet::PubRec(ack) => {
                let packet_id = ack.packet_id.get();
                let Some(exchange) = self
                    .exchanges
                    .iter_mut()
                    .find(|e| e.packet_id == packet_id && e.sent)
                else {
                    return say("an answer to nothing");
                };
                exchange.released = true;
                self.ack(Packet::PubRel, packet_id, ReasonCode::SUCCESS)
            }
            Packet::PubComp(ack) => {
                if !self.done(ack.packet_id.get(), QoS::ExactlyOnce) {
                    return say("an answer to nothing");
                }
                self.pump()
            }
            Packet::PubRel(ack) => {
                self.incoming.remove(&ack.packet_id.get());
                self.answers.push(Answer::PubComp(ack.packet_id.get()));
                Vec::new()
            }
            Packet::SubAck(ack) => {
                if !self.requests.remove(&ack.packet_id.get()) {
                    return say("an answer to nothing");
                }
                Vec::new()
            }
            Packet::UnsubAck(ack) => {
                if !self.requests.remove(&ack.packet_id.get()) {
                    return say("an answer to nothing");
                }
                Vec::new()
            }
            Packet::PingResp if self.pings > 0 => {
                self.pings -= 1;
                Vec::new()
            }
            Packet::Disconnect(_) => return Ok(None),
            _ => return say("a server may not send this now"),
        }))
    }

    fn connack(&mut self, connack: &ConnAck<'_>) -> Result<Vec<u8>, String> {
        if connack.reason.is_error() {
            return Err(format!("{} was refused: {}", self.id, connack.reason));
        }
        self.standing = Standing::Connected;
        self.must_clean = false;
        self.receive_maximum = usize::from(connack.properties.receive_maximum.unwrap_or(u16::MAX));
        self.alias_maximum = connack.properties.topic_alias_maximum.unwrap_or(0);
        if !connack.session_present && self.version != Version::V31 {
            // MQTT5-3.2.2-4, -5
            self.forget_session();
        }
        Ok(self.pump())
    }

    /// The broker has no session: neither has the client.
    pub fn forget_session(&mut self) {
        self.exchanges.clear();
        self.incoming.clear();
        self.got.clear();
    }

    fn publish_came(&mut self, publish: &Publish<'_>) -> Result<Vec<u8>, String> {
        match (publish.properties.topic_alias, publish.topic) {
            (Some(alias), "") if !self.aliases_in.contains_key(&alias) => {
                return Err(format!("{}: topic alias {alias} is unset", self.id));
            }
            (Some(_), "") | (None, _) => {}
            (Some(alias), topic) => {
                self.aliases_in.insert(alias, topic.to_owned());
            }
        }
        let Some(packet_id) = publish.packet_id.map(PacketId::get) else {
            return Ok(Vec::new());
        };
        if publish.qos == QoS::AtLeastOnce {
            self.answers.push(Answer::PubAck(packet_id));
            return Ok(Vec::new());
        }
        let new = self
            .incoming
            .insert(packet_id, publish.payload.to_vec())
            .is_none();
        if !new && !publish.dup && !self.twice_allowed {
            return Err(format!(
                "{}: a new message under the identifier {packet_id}, which is in use",
                self.id
            ));
        }
        // Exactly once, from end to end.
        if new && !publish.retain && !publish.payload.is_empty() && !self.got.insert(publish.payload.to_vec())
        {
            let payload = String::from_utf8_lossy(publish.payload).into_owned();
            if !self.twice_allowed {
                return Err(format!("{} got {payload:?} twice at QoS 2", self.id));
            }
        }
        self.answers.push(Answer::PubRec(packet_id));
        Ok(Vec::new())
    }

    fn done(&mut self, packet_id: u16, qos: QoS) -> bool {
        let before = self.exchanges.len();
        self.exchanges
            .retain(|e| e.packet_id != packet_id || e.message.qos != qos || !e.sent);
        self.exchanges.len() < before
    }
}
