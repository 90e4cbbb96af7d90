//! The journal as JSON: one object an entry, and how its parts are called.
//!
//! The form is described in the documentation of the room.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::{Decision, Direction, Entry, Event, Omitted, Record};
use crate::wire::{
    Connect, Packet, PacketType, Property, Publish, ReasonCode, RetainHandling, SubAck, Subscribe, UnsubAck,
};

impl Entry {
    /// The entry as one line of JSON, without its end. What is in it is described [here](crate::journal#as-json).
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// // … "dev-1" connects and publishes "hi" to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// let found = broker.expect(broker::expect::publish("a/b")).wait();
    /// let json: serde_json::Value = serde_json::from_str(&found[0].to_json())?;
    /// assert_eq!((&json["packet"], &json["topic_name"], &json["payload"]), (&"PUBLISH".into(), &"a/b".into(), &"hi".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> String {
        // Nothing in an entry can fail to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("seq", &self.seq)?;
        // Whole microseconds: more digits would say nothing.
        let at = std::time::Duration::from_micros(self.at.as_nanos() / 1_000);
        map.serialize_entry("at_secs", &at.as_secs_f64())?;
        map.serialize_entry("conn", &self.conn.map(crate::session::ConnId::number))?;
        map.serialize_entry("client_id", &*self.client_id)?;
        map.serialize_entry("version", &self.version.to_string())?;
        let fields = match &self.record {
            Record::Packet { .. } => {
                map.serialize_entry("record", "packet")?;
                packet_fields(self)
            }
            Record::Event(event) => {
                map.serialize_entry("record", "event")?;
                event_fields(event)
            }
        };
        for (name, value) in &fields {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Serialize for Decision {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Sent(client) => json!({"decision": "sent", "client_id": **client}),
            Self::Queued(client) => json!({"decision": "queued", "client_id": **client}),
            Self::Dropped(client, why) => {
                json!({"decision": "dropped", "client_id": **client, "why": why.word()})
            }
            Self::Retained(true) => json!({"decision": "retained"}),
            Self::Retained(false) => json!({"decision": "retained_removed"}),
            Self::Duplicate => json!({"decision": "duplicate"}),
            Self::Refused(reason) => {
                json!({"decision": "refused", "reason_code": reason.0, "reason": reason.name()})
            }
        }
        .serialize(to)
    }
}

type Fields = Map<String, Value>;

fn packet_fields(entry: &Entry) -> Fields {
    let mut fields = Fields::new();
    let Record::Packet {
        direction,
        bytes,
        decisions,
        ..
    } = &entry.record
    else {
        return fields;
    };
    let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    put("direction", json!(direction));
    put("packet", entry.packet_type().map(PacketType::name).into());
    let mut secret = false;
    match entry.packet() {
        Some(Ok(packet)) => {
            secret = has_secret(&packet);
            decoded(&packet, entry, &mut fields);
            let properties = properties(|visit| packet.each_property(&mut |property| visit(property)));
            if !properties.is_empty() {
                fields.insert("properties".to_owned(), properties.into());
            }
        }
        Some(Err(error)) => {
            // It may hold a password, somewhere.
            secret = matches!(entry.packet_type(), Some(PacketType::Connect | PacketType::Auth));
            put("malformed", error.to_string().into());
        }
        None => {}
    }
    if !secret && entry.omitted().is_none() {
        fields.insert("raw_base64".to_owned(), BASE64_STANDARD.encode(bytes).into());
    }
    if matches!(direction, Direction::In) && fields.get("packet") == Some(&json!("PUBLISH")) {
        fields.insert("decisions".to_owned(), json!(decisions));
    }
    fields
}

fn has_secret(packet: &Packet<'_>) -> bool {
    let mut secret = matches!(packet, Packet::Connect(connect) if connect.password.is_some());
    packet.each_property(&mut |property| secret |= matches!(property, Property::AuthenticationData(_)));
    secret
}

/// The fields of the packet itself.
fn decoded(packet: &Packet<'_>, entry: &Entry, fields: &mut Fields) {
    if let Some(id) = packet.packet_id() {
        fields.insert("packet_identifier".to_owned(), id.get().into());
    }
    match packet {
        Packet::Connect(connect) => connect_fields(connect, fields),
        Packet::ConnAck(connack) => {
            fields.insert("session_present".to_owned(), connack.session_present.into());
            reason(connack.reason, fields);
        }
        Packet::Publish(publish) => {
            publish_fields(
                publish,
                entry.topic().unwrap_or_default(),
                entry.omitted(),
                fields,
            );
        }
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            reason(ack.reason, fields);
        }
        Packet::Subscribe(Subscribe { filters, .. }) => {
            let filters: Vec<Value> = filters
                .iter()
                .map(|asked| {
                    json!({
                        "topic_filter": asked.filter,
                        "qos": asked.options.qos.bits(),
                        "no_local": asked.options.no_local,
                        "retain_as_published": asked.options.retain_as_published,
                        "retain_handling": match asked.options.retain_handling {
                            RetainHandling::Always => 0,
                            RetainHandling::IfNew => 1,
                            RetainHandling::Never => 2,
                        },
                    })
                })
                .collect();
            fields.insert("topic_filters".to_owned(), filters.into());
        }
        Packet::Unsubscribe(unsubscribe) => {
            fields.insert("topic_filters".to_owned(), json!(unsubscribe.filters));
        }
        Packet::SubAck(SubAck { reasons, .. }) | Packet::UnsubAck(UnsubAck { reasons, .. }) => {
            let codes: Vec<u8> = reasons.iter().map(|reason| reason.0).collect();
            fields.insert("reason_codes".to_owned(), codes.into());
        }
        Packet::PingReq | Packet::PingResp => {}
        Packet::Disconnect(disconnect) => reason(disconnect.reason, fields),
        Packet::Auth(auth) => reason(auth.reason, fields),
    }
}

fn reason(reason: ReasonCode, fields: &mut Fields) {
    fields.insert("reason_code".to_owned(), reason.0.into());
    fields.insert("reason".to_owned(), reason.name().into());
}

fn connect_fields(connect: &Connect<'_>, fields: &mut Fields) {
    let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    put("client_identifier", connect.client_id.into());
    put("clean_start", connect.clean_start.into());
    put("keep_alive", connect.keep_alive_secs.into());
    if let Some(name) = connect.username {
        put("user_name", name.into());
    }
    if connect.password.is_some() {
        put("password", true.into());
    }
    if let Some(will) = &connect.will {
        let mut fields = Fields::new();
        fields.insert("topic".to_owned(), will.topic.into());
        fields.insert("qos".to_owned(), will.qos.bits().into());
        fields.insert("retain".to_owned(), will.retain.into());
        bytes("payload", will.payload, &mut fields);
        let properties = properties(|visit| will.properties.each_property(&mut |property| visit(property)));
        if !properties.is_empty() {
            fields.insert("properties".to_owned(), properties.into());
        }
        put("will", fields.into());
    }
}

fn publish_fields(publish: &Publish<'_>, topic: &str, omitted: Option<Omitted>, fields: &mut Fields) {
    fields.insert("topic_name".to_owned(), topic.into());
    fields.insert("qos".to_owned(), publish.qos.bits().into());
    fields.insert("dup".to_owned(), publish.dup.into());
    fields.insert("retain".to_owned(), publish.retain.into());
    match omitted {
        None => bytes("payload", publish.payload, fields),
        Some(omitted) => {
            fields.insert("payload_bytes".to_owned(), omitted.bytes.into());
            fields.insert("payload_sha256".to_owned(), omitted.digest().into());
        }
    }
}

/// Bytes under `name` where they are UTF-8, else under `name_base64`.
fn bytes(name: &str, value: &[u8], fields: &mut Fields) {
    match std::str::from_utf8(value) {
        Ok(text) => fields.insert(name.to_owned(), text.into()),
        Err(_) => fields.insert(format!("{name}_base64"), BASE64_STANDARD.encode(value).into()),
    };
}

/// Properties under their names in the standard, in snake case. `each` visits them.
fn properties(each: impl FnOnce(&mut dyn FnMut(Property<'_>))) -> Fields {
    let mut fields = Fields::new();
    each(&mut |property| {
        let name = property.name().to_lowercase().replace(' ', "_");
        let value: Value = match property {
            Property::PayloadFormatIndicator(text) => u8::from(text).into(),
            Property::MessageExpiryInterval(number)
            | Property::SessionExpiryInterval(number)
            | Property::WillDelayInterval(number)
            | Property::MaximumPacketSize(number) => number.into(),
            Property::SubscriptionIdentifier(number) => {
                // A PUBLISH may carry several.
                let ids = fields.entry(name).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(ids) = ids {
                    ids.push(number.into());
                }
                return;
            }
            Property::ServerKeepAlive(number)
            | Property::ReceiveMaximum(number)
            | Property::TopicAliasMaximum(number)
            | Property::TopicAlias(number) => number.into(),
            Property::MaximumQoS(qos) => qos.bits().into(),
            Property::RequestProblemInformation(yes)
            | Property::RequestResponseInformation(yes)
            | Property::RetainAvailable(yes)
            | Property::WildcardSubscriptionAvailable(yes)
            | Property::SubscriptionIdentifiersAvailable(yes)
            | Property::SharedSubscriptionAvailable(yes) => yes.into(),
            Property::ContentType(text)
            | Property::ResponseTopic(text)
            | Property::AssignedClientIdentifier(text)
            | Property::AuthenticationMethod(text)
            | Property::ResponseInformation(text)
            | Property::ServerReference(text)
            | Property::ReasonString(text) => text.into(),
            Property::CorrelationData(data) => return bytes(&name, data, &mut fields),
            Property::AuthenticationData(_) => return,
            Property::UserProperty((key, value)) => {
                let list = fields.entry(name).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    list.push(json!({"name": key, "value": value}));
                }
                return;
            }
        };
        fields.insert(name, value);
    });
    fields
}

fn event_fields(event: &Event) -> Fields {
    let value = match event {
        Event::Connected {
            peer,
            user,
            clean_start,
            session_present,
            keep_alive_secs,
            ..
        } => json!({
            "event": "connected", "peer": peer, "user": user.as_deref(), "clean_start": clean_start,
            "session_present": session_present, "keep_alive_secs": keep_alive_secs,
        }),
        Event::Refused { peer, reason, .. } => {
            json!({"event": "refused", "peer": peer, "reason_code": reason.0, "reason": reason.name()})
        }
        Event::Disconnected { peer, cause, .. } => json!({
            "event": "disconnected", "peer": peer, "cause": cause.word(),
            "reason_code": cause.reason_code().map(|code| code.0), "text": cause.to_string(),
        }),
        Event::Subscribed { filter, qos, .. } => {
            json!({"event": "subscribed", "filter": **filter, "qos": qos.bits()})
        }
        Event::Contested {
            peer,
            other_peer,
            takeovers,
            within,
            ..
        } => json!({
            "event": "contested", "peer": peer, "other_peer": other_peer, "takeovers": takeovers,
            "within_secs": within.as_secs_f64(),
        }),
        Event::SubscriptionRefused { filter, reason, .. } => json!({
            "event": "subscription_refused", "filter": filter, "reason_code": reason.0, "reason": reason.name(),
        }),
        Event::Unsubscribed { filter, .. } => json!({"event": "unsubscribed", "filter": **filter}),
        Event::SessionEnded { expired, .. } => json!({"event": "session_ended", "expired": expired}),
        Event::WillPublished { topic, .. } => json!({"event": "will_published", "topic": **topic}),
        Event::Dropped { topic, why, .. } => {
            json!({"event": "dropped", "topic": **topic, "why": why.word()})
        }
        Event::UpstreamUnavailable { upstream, why, .. } => {
            json!({"event": "upstream_unavailable", "upstream": upstream, "why": why})
        }
        Event::PassedThrough { peer, .. } => json!({"event": "passed_through", "peer": peer}),
        Event::EngineFailed { engine, part, why } => {
            json!({"event": "engine_failed", "engine": engine, "part": part, "why": why})
        }
        Event::EngineRenewed {
            engine,
            part,
            connections_kept,
        } => json!({
            "event": "engine_renewed", "engine": engine, "part": part, "connections_kept": connections_kept,
        }),
    };
    match value {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}
