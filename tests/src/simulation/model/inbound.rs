//! What the broker must do after a client's packets.

use std::rc::Rc;
use std::time::Duration;

use broker::wire::{
    Connect, Disconnect, Packet, Publish, QoS, ReasonCode, RetainHandling, Subscribe, Unsubscribe, Version,
};

use super::{Check, Form, Model, Msg, Owed, Phase, Session, Sub, Tell, Will};
use crate::simulation::message::{Props, shared_filter};

/// Session Expiry Interval that means "never".
pub(super) const NEVER: u32 = u32::MAX;

impl Model {
    /// The engine took a packet on connection `number`; `None` is one that cannot be decoded.
    pub fn inbound(&mut self, number: u32, packet: Option<&Packet<'_>>) -> Check {
        let now = self.now;
        self.inbound_count += 1;
        let conn = self.conn(number)?;
        conn.heard = now;
        let (phase, v5) = (conn.phase, conn.version.is_v5());
        match (phase, packet) {
            (Phase::Closing, _) => Err(format!("a packet was taken on {number}, which should be closed")),
            (Phase::Fresh, Some(Packet::Connect(connect))) => self.connect(number, connect),
            (Phase::Fresh, _) => {
                Err("the simulated client began with something else than CONNECT".to_owned())
            }
            (Phase::Connected, None | Some(Packet::Connect(_))) => {
                self.end_connection(number, Tell::AnyError, false)
            }
            (Phase::Connected, Some(packet)) => {
                let client = self.client_of(number)?;
                let plain = |reason| if v5 { reason } else { ReasonCode::SUCCESS };
                let session = self.session(&client)?;
                let owed = match packet {
                    Packet::Publish(publish) => self.publish(number, &client, publish)?,
                    Packet::PubAck(ack) => {
                        session.finish(ack.packet_id.get(), |exchange| {
                            exchange.expect.qos == QoS::AtLeastOnce && !exchange.released
                        });
                        None
                    }
                    Packet::PubRec(ack) => session
                        .pubrec(ack.packet_id.get(), ack.reason)
                        .map(|reason| Owed::PubRel(ack.packet_id.get(), plain(reason))),
                    Packet::PubRel(ack) => {
                        let known = session.incoming.remove(&ack.packet_id.get());
                        let reason = if known {
                            ReasonCode::SUCCESS
                        } else {
                            ReasonCode::PACKET_IDENTIFIER_NOT_FOUND
                        };
                        Some(Owed::PubComp(ack.packet_id.get(), plain(reason)))
                    }
                    Packet::PubComp(ack) => {
                        session.finish(ack.packet_id.get(), |exchange| exchange.released);
                        None
                    }
                    Packet::Subscribe(subscribe) => {
                        // SUBACK first: retained messages come after it.
                        let owed = Owed::SubAck(
                            subscribe.packet_id.get(),
                            subscribe
                                .filters
                                .iter()
                                .map(|f| ReasonCode(f.options.qos.bits()))
                                .collect(),
                        );
                        self.subscribe(&client, subscribe)?;
                        Some(owed)
                    }
                    Packet::Unsubscribe(unsubscribe) => {
                        let reasons = self.unsubscribe(&client, unsubscribe)?;
                        Some(Owed::UnsubAck(
                            unsubscribe.packet_id.get(),
                            if v5 { reasons } else { Vec::new() },
                        ))
                    }
                    Packet::PingReq => Some(Owed::PingResp),
                    Packet::Disconnect(disconnect) => return self.disconnect(number, &client, disconnect),
                    _ => return Err("the simulated client sent what only a server may".to_owned()),
                };
                // A client that its own packet just closed would be owed nothing; there is no such packet.
                self.conn(number)?.owed.extend(owed);
                Ok(())
            }
        }
    }

    fn connect(&mut self, number: u32, connect: &Connect<'_>) -> Check {
        let client = connect.client_id.to_owned();
        // Takeover (MQTT5-3.1.4-3, MQTT311-3.1.4-2).
        if let Some(older) = self.sessions.get(&client).and_then(|session| session.conn) {
            self.end_connection(older, Tell::Reason(ReasonCode::SESSION_TAKEN_OVER), false)?;
        }
        // Clean Start (MQTT5-3.1.2-4 to -6, MQTT311-3.1.2-4, -6).
        if connect.clean_start && self.sessions.contains_key(&client) {
            self.end_session(&client)?;
        }
        let session_present = self.sessions.contains_key(&client);
        let settings = self.settings.clone();
        let p = &connect.properties;
        let v5 = connect.version.is_v5();
        let session = self.sessions.entry(client.clone()).or_default();
        session.conn = Some(number);
        session.will_due = None; // MQTT5-3.1.3-9
        session.expires_at = None;
        session.expiry_secs = match (v5, connect.clean_start) {
            (true, _) => p.session_expiry_secs.unwrap_or(0),
            (false, true) => 0,
            (false, false) => settings.session.session_expiry_3x_secs,
        }
        .min(settings.session.max_session_expiry_secs);
        session.will = connect.will.as_ref().map(|will| Will {
            msg: Msg {
                topic: will.topic.to_owned(),
                payload: will.payload.to_vec(),
                qos: will.qos,
                retain: will.retain,
                expires_at: None,
                props: Props::of_will(&will.properties),
                publisher: client.clone(),
            },
            delay_secs: will.properties.delay_secs.unwrap_or(0),
            expiry_secs: will.properties.message_expiry_secs,
        });
        let most = settings.session.max_keep_alive_secs;
        let asked = connect.keep_alive_secs;
        let keep_alive = if v5 && most < u16::MAX && (asked == 0 || asked > most) {
            most
        } else {
            asked
        };
        let conn = self.conn(number)?;
        conn.phase = Phase::Connected;
        conn.client = client;
        conn.version = connect.version;
        conn.window = usize::from(
            p.receive_maximum
                .unwrap_or(u16::MAX)
                .min(settings.session.max_inflight),
        );
        conn.packet_bytes = p.maximum_packet_size.map_or(usize::MAX, |most| most as usize);
        conn.alias_maximum = p.topic_alias_maximum.unwrap_or(0);
        conn.connect_expiry_secs = p.session_expiry_secs.unwrap_or(0);
        conn.silence_allowed = (keep_alive > 0).then(|| Duration::from_millis(u64::from(keep_alive) * 1500));
        let told = session_present && conn.version != Version::V31;
        conn.owed.push(Owed::ConnAck {
            session_present: told,
        });
        Ok(())
    }

    fn publish(&mut self, number: u32, client: &str, publish: &Publish<'_>) -> Result<Option<Owed>, String> {
        let now = self.now;
        let conn = self.conn(number)?;
        let v5 = conn.version.is_v5();
        let topic = match (publish.properties.topic_alias, publish.topic) {
            (None, topic) => topic.to_owned(),
            (Some(alias), "") => conn
                .aliases_in
                .get(&alias)
                .cloned()
                .ok_or("the simulated client's alias is unset")?,
            (Some(alias), topic) => {
                conn.aliases_in.insert(alias, topic.to_owned());
                topic.to_owned()
            }
        };
        let packet_id = publish.packet_id.map_or(0, std::num::NonZero::get);
        // MQTT5-4.3.3-10, MQTT311-4.3.3-2: exactly once.
        if publish.qos == QoS::ExactlyOnce && self.session(client)?.incoming.contains(&packet_id) {
            return Ok(Some(Owed::PubRec(packet_id, ReasonCode::SUCCESS)));
        }
        let msg = Rc::new(Msg::of(now, &topic, publish, client));
        if msg.retain {
            self.retain(&msg);
        }
        let reason = self.route(&msg)?;
        let told = if v5 { reason } else { ReasonCode::SUCCESS };
        Ok(match publish.qos {
            QoS::AtMostOnce => None,
            QoS::AtLeastOnce => Some(Owed::PubAck(packet_id, told)),
            QoS::ExactlyOnce => {
                if !told.is_error() {
                    self.session(client)?.incoming.insert(packet_id);
                }
                Some(Owed::PubRec(packet_id, told))
            }
        })
    }

    /// MQTT5-3.3.1-5 to -7, MQTT311-3.3.1-5, -10, -11: the last one stays, an empty one clears.
    pub(super) fn retain(&mut self, msg: &Rc<Msg>) {
        if msg.payload.is_empty() {
            self.retained.remove(&msg.topic);
        } else {
            self.retained.insert(msg.topic.clone(), msg.clone());
        }
    }

    fn subscribe(&mut self, client: &str, subscribe: &Subscribe<'_>) -> Check {
        let mut wanted = Vec::new();
        let count = self.inbound_count;
        for request in &subscribe.filters {
            let (sub, retain_handling) = Sub::of(request.options, subscribe.subscription_id);
            let session = self.session(client)?;
            let is_new = session.subs.insert(request.filter.to_owned(), sub).is_none();
            if shared_filter(request.filter).is_some() {
                let forms = session.shared_forms.entry(request.filter.to_owned()).or_default();
                if let Some(last) = forms.first_mut() {
                    last.until = count;
                }
                forms.insert(
                    0,
                    Form {
                        sub,
                        from: count,
                        until: u64::MAX,
                    },
                );
                continue;
            }
            let due = match retain_handling {
                RetainHandling::Always => true,
                RetainHandling::IfNew => is_new,
                RetainHandling::Never => false,
            };
            if due {
                wanted.push((request.filter, sub));
            }
        }
        for (filter, sub) in wanted {
            self.expect_retained(client, filter, sub)?;
        }
        Ok(())
    }

    fn unsubscribe(
        &mut self,
        client: &str,
        unsubscribe: &Unsubscribe<'_>,
    ) -> Result<Vec<ReasonCode>, String> {
        let mut reasons = Vec::new();
        for filter in &unsubscribe.filters {
            let session = self.session(client)?;
            if session.subs.remove(*filter).is_some() {
                reasons.push(ReasonCode::SUCCESS);
                if shared_filter(filter).is_some() {
                    session.shared_forms.remove(*filter);
                    self.member_left(filter);
                }
            } else {
                reasons.push(ReasonCode::NO_SUBSCRIPTION_EXISTED);
            }
        }
        Ok(reasons)
    }

    fn disconnect(&mut self, number: u32, client: &str, disconnect: &Disconnect<'_>) -> Check {
        let conn = self.conn(number)?;
        if let Some(secs) = disconnect.properties.session_expiry_secs {
            if conn.connect_expiry_secs == 0 && secs != 0 {
                return Err("the simulated client raised Session Expiry Interval from 0".to_owned());
            }
            let most = self.settings.session.max_session_expiry_secs;
            self.session(client)?.expiry_secs = secs.min(most);
        }
        self.end_connection(number, Tell::Nothing, disconnect.reason == ReasonCode::SUCCESS)
    }
}

impl Session {
    fn finish(&mut self, packet_id: u16, fits: impl Fn(&super::Exchange) -> bool) {
        self.inflight
            .retain(|exchange| exchange.packet_id != packet_id || !exchange.sent || !fits(exchange));
    }

    /// PUBRELs are sent again in the order of the PUBRECs (MQTT311-4.6.0-6): what was just released comes behind those that
    /// were before, and all of them before PUBLISH.
    fn behind_released(&mut self, packet_id: u16) {
        let is_it = |exchange: &super::Exchange| exchange.packet_id == packet_id;
        if let Some(at) = self.inflight.iter().position(is_it) {
            let exchange = self.inflight.remove(at);
            let before = self.inflight.iter().filter(|exchange| exchange.released).count();
            self.inflight.insert(before, exchange);
        }
    }

    /// Takes note of PUBREC; says with which reason PUBREL must follow, if it must.
    fn pubrec(&mut self, packet_id: u16, reason: ReasonCode) -> Option<ReasonCode> {
        let open = self
            .inflight
            .iter_mut()
            .find(|exchange| exchange.packet_id == packet_id && exchange.sent);
        match open {
            Some(_) if reason.is_error() => {
                self.finish(packet_id, |_| true);
                None
            }
            Some(exchange) => {
                if !std::mem::replace(&mut exchange.released, true) {
                    self.behind_released(packet_id);
                }
                Some(ReasonCode::SUCCESS)
            }
            None if reason.is_error() => None,
            None => Some(ReasonCode::PACKET_IDENTIFIER_NOT_FOUND),
        }
    }
}
