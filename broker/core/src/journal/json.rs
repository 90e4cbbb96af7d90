//! The journal as JSON: one object an entry, and how its parts are called.
//!
//! The form is described in the documentation of the room. What packets and events have is said in the tables of
//! [fields](super::fields) and of [events](super::event).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

use super::fields::{FIELDS, Of};
use super::value::put;
use super::{Decision, Entry, Event, Record};
use crate::wire::{Packet, PacketType, Property};

/// What an event has as well, and the entry has already.
pub(crate) const OF_THE_ENTRY: [&str; 3] = ["conn", "client_id", "mqtt_version"];

impl Entry {
    /// The entry as one line of JSON, without its end. What is in it is described [here](crate::journal#as-json).
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
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

    /// Its properties as JSON has them: those of MQTT 5.0, by their names in snake case.
    pub fn properties_json(&self) -> Map<String, Json> {
        let packet = self.packet().and_then(Result::ok);
        let row = FIELDS.iter().find(|row| row.field.name == "properties");
        match row
            .and_then(|row| (row.get)(self, packet.as_ref()))
            .map(|value| value.to_json())
        {
            Some(Json::Object(members)) => members,
            _ => Map::new(),
        }
    }

    /// The time in seconds. In whole microseconds: more digits would say nothing.
    pub fn at_secs(&self) -> f64 {
        std::time::Duration::from_micros(self.at.as_nanos() / 1_000).as_secs_f64()
    }

    /// The bytes of a packet, unless a secret is among them or they are not all kept.
    pub(super) fn raw_base64(&self, packet: Option<&Packet<'_>>) -> Option<String> {
        let Record::Packet {
            bytes, omitted: None, ..
        } = &self.record
        else {
            return None;
        };
        let has_secret = match packet {
            Some(packet) => has_secret(packet),
            // A password may be in it, somewhere.
            None => matches!(self.packet_type(), Some(PacketType::Connect | PacketType::Auth)),
        };
        (!has_secret).then(|| BASE64_STANDARD.encode(bytes))
    }
}

fn has_secret(packet: &Packet<'_>) -> bool {
    let mut secret = matches!(packet, Packet::Connect(connect) if connect.password.is_some());
    packet.each_property(&mut |property| secret |= matches!(property, Property::AuthenticationData(_)));
    secret
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("seq", &self.seq)?;
        map.serialize_entry("at_secs", &self.at_secs())?;
        map.serialize_entry("conn", &self.conn.map(crate::session::ConnId::number))?;
        map.serialize_entry("client_id", &*self.client_id)?;
        if self.conn.is_some() {
            map.serialize_entry("version", &self.version.to_string())?;
        }
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
        self.value().to_json().serialize(to)
    }
}

type Fields = Map<String, Json>;

fn packet_fields(entry: &Entry) -> Fields {
    let mut fields = Fields::new();
    fields.insert("direction".to_owned(), json!(entry.direction()));
    fields.insert(
        "packet".to_owned(),
        entry.packet_type().map(PacketType::name).into(),
    );
    let packet = entry.packet().and_then(Result::ok);
    for row in FIELDS.iter().filter(|row| !matches!(row.of, Of::Entries)) {
        if let Some(value) = (row.get)(entry, packet.as_ref()) {
            put(&mut fields, row.field.name, &value);
        }
    }
    fields
}

fn event_fields(event: &Event) -> Fields {
    let mut fields = Fields::new();
    fields.insert("event".to_owned(), event.word().into());
    event.each_json(&mut |name, value| {
        if !OF_THE_ENTRY.contains(&name) {
            fields.insert(name.to_owned(), value);
        }
    });
    fields
}
