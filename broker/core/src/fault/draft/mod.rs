//! [`Draft`]: a packet that a rule makes up, and [`Edit`]: what it changes in one. Fields have the names that patterns have.

mod answers;
mod blank;
mod set;
mod value;

use serde_json::{Map, Value as Json};

use super::table::{Table, Wrong, inside};
use crate::wire::{Packet, PacketId, PacketType, QoS, ReasonCode, Version};

use answers::granted;
pub(super) use answers::{answers, goodbye, grant, refusal, renumbered};
use blank::{blank, encode};
pub use value::reason_code;
pub(super) use value::{Value, fields_of};

/// A packet that a rule makes up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    /// As it was said.
    said: Json,
    made: Made,
}

#[derive(Debug, Clone, PartialEq)]
enum Made {
    /// Bytes, which need not be a packet.
    Raw(Vec<u8>),
    Fields(PacketType, Vec<(String, Value)>),
}

impl Draft {
    /// Reads `{"packet": "PUBACK", "reason_code": 16}` or `{"base64": "…"}`.
    pub fn read(path: &str, said: &Json) -> Result<Self, Wrong> {
        let form = || {
            let what = "a packet is an object: {\"packet\": \"PUBACK\", …} with its fields, or {\"base64\": …} with its bytes";
            Wrong::new(path.to_owned(), what)
        };
        let members = said.as_object().ok_or_else(form)?;
        let made = match (members.get("base64"), members.get("packet")) {
            (Some(Json::String(text)), None) if members.len() == 1 => {
                let bytes = value::base64(text).map_err(|what| Wrong::new(inside(path, "base64"), what))?;
                if bytes.is_empty() {
                    return Err(Wrong::new(inside(path, "base64"), "it has no bytes"));
                }
                Made::Raw(bytes)
            }
            (None, Some(Json::String(name))) => {
                let packet = Table::new(path, members).packet_type("packet", name)?;
                let fields = members.iter().filter(|(name, _)| *name != "packet");
                Made::Fields(packet, value::read_fields(packet, path, fields)?)
            }
            _ => return Err(form()),
        };
        let draft = Self {
            said: said.clone(),
            made,
        };
        draft.check(path)?;
        Ok(draft)
    }

    /// What it can never be without.
    fn check(&self, path: &str) -> Result<(), Wrong> {
        let Made::Fields(packet, fields) = &self.made else {
            return Ok(());
        };
        let has = |name: &str| fields.iter().any(|(known, _)| known == name);
        let needs = |name: &str| {
            let what = format!("{} needs {name}", packet.name());
            Err(Wrong::new(path.to_owned(), what))
        };
        match packet {
            PacketType::Subscribe | PacketType::Unsubscribe if !has("topic_filters") => {
                needs("topic_filters")
            }
            _ => Ok(()),
        }
    }

    /// What it needs of the packet that it stands beside: an identifier, a topic.
    pub fn lacks(&self, beside: &[PacketType]) -> Option<String> {
        let Made::Fields(packet, fields) = &self.made else {
            return None;
        };
        let has = |name: &str| fields.iter().any(|(known, _)| known == name);
        let name = packet.name();
        let of = || {
            beside
                .iter()
                .map(|one| one.name())
                .collect::<Vec<_>>()
                .join(" or ")
        };
        let sends = fields
            .iter()
            .any(|(known, value)| known == "qos" && *value != Value::Number(0));
        let is_numbered = match packet {
            PacketType::Publish => sends,
            other => fields_of(*other)
                .iter()
                .any(|(name, _)| *name == "packet_identifier"),
        };
        let numbers = |one: &PacketType| {
            fields_of(*one)
                .iter()
                .any(|(name, _)| *name == "packet_identifier")
        };
        if is_numbered && !has("packet_identifier") && !beside.iter().any(numbers) {
            return Some(format!(
                "{name} needs a packet_identifier, and {} has none that it could take",
                of()
            ));
        }
        if *packet == PacketType::Publish && !has("topic_name") && !beside.contains(&PacketType::Publish) {
            return Some(format!(
                "{name} needs a topic, and {} has none that it could take",
                of()
            ));
        }
        None
    }

    /// As it was said.
    pub fn said(&self) -> &Json {
        &self.said
    }

    /// Its bytes in this version. What it does not say it takes of the packet that it stands beside.
    pub fn bytes(
        &self,
        version: Version,
        beside: Option<&Packet<'_>>,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        let (packet_type, fields) = match &self.made {
            Made::Raw(bytes) => {
                out.extend_from_slice(bytes);
                return Ok(());
            }
            Made::Fields(packet_type, fields) => (*packet_type, fields),
        };
        let id = fields.iter().find_map(|(name, value)| match (&**name, value) {
            ("packet_identifier", Value::Number(id)) => PacketId::new(*id as u16),
            _ => None,
        });
        let id = id.or_else(|| beside?.packet_id());
        let mut packet = blank(packet_type, version, id.unwrap_or(PacketId::MIN));
        match (&mut packet, beside) {
            (Packet::Publish(it), Some(Packet::Publish(of))) => it.topic = of.topic,
            // As many codes as were asked for.
            (Packet::SubAck(it), Some(Packet::Subscribe(of))) => it.reasons = granted(of),
            (Packet::UnsubAck(it), Some(Packet::Unsubscribe(of))) => {
                it.reasons = vec![ReasonCode::SUCCESS; of.filters.len()];
            }
            _ => {}
        }
        for (name, value) in fields {
            set::set(&mut packet, name, value);
        }
        if let Packet::Publish(it) = &mut packet
            && it.qos != QoS::AtMostOnce
        {
            it.packet_id = it.packet_id.or(id);
        }
        if id.is_none() && needs_id(&packet) {
            let beside = beside.map_or("the packet", |one| one.packet_type().name());
            return Err(format!(
                "{} needs a packet_identifier, and {beside} has none",
                packet_type.name()
            ));
        }
        if let Packet::Publish(it) = &packet
            && it.topic.is_empty()
            && it.properties.topic_alias.is_none()
        {
            return Err("PUBLISH needs a topic".to_owned());
        }
        encode(&packet, version, fields.iter().map(|(name, _)| &**name), out)
    }
}

fn needs_id(packet: &Packet<'_>) -> bool {
    match packet {
        Packet::Publish(it) => it.qos != QoS::AtMostOnce,
        other => other.packet_id().is_some(),
    }
}

/// What a rule changes in a packet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edit {
    pub set: Map<String, Json>,
    pub remove: Vec<String>,
    /// Read for each type of packet that may come.
    fields: Vec<(PacketType, Vec<(String, Value)>)>,
}

impl Edit {
    /// Reads what is set and removed. Packets of each of these types must have all of it.
    pub fn read(
        path: &str,
        set: Map<String, Json>,
        remove: Vec<String>,
        of: &[PacketType],
    ) -> Result<Self, Wrong> {
        if set.is_empty() && remove.is_empty() {
            return Err(Wrong::new(
                path.to_owned(),
                "it edits nothing: `set` or `remove` says what",
            ));
        }
        let hint = |mut wrong: Wrong| {
            if of.len() > 1 {
                wrong.what += "; `when` may mean other packets, too: name the one that is meant, as in packet = \"PUBLISH\"";
            }
            wrong
        };
        let mut fields = Vec::new();
        for packet in of {
            let read = value::read_fields(*packet, &inside(path, "set"), set.iter()).map_err(hint)?;
            if let Some(kept) = remove.iter().find(|name| !set::may_remove(*packet, name)) {
                let what = format!("{} cannot be without {kept:?}", packet.name());
                return Err(hint(Wrong::new(inside(path, "remove"), what)));
            }
            fields.push((*packet, read));
        }
        Ok(Self { set, remove, fields })
    }

    /// Appends the packet as it is to be.
    pub fn apply(&self, version: Version, packet: &Packet<'_>, out: &mut Vec<u8>) -> Result<(), String> {
        let packet_type = packet.packet_type();
        let found = self.fields.iter().find(|(one, _)| *one == packet_type);
        let (_, fields) = found.ok_or_else(|| format!("this is not for {}", packet_type.name()))?;
        let mut packet = packet.clone();
        for path in &self.remove {
            set::remove(&mut packet, path);
        }
        for (name, value) in fields {
            set::set(&mut packet, name, value);
        }
        if let Packet::Publish(it) = &packet
            && it.qos != QoS::AtMostOnce
            && it.packet_id.is_none()
        {
            return Err("a PUBLISH of QoS 0 has no packet_identifier: set one, too".to_owned());
        }
        encode(&packet, version, fields.iter().map(|(name, _)| &**name), out)
    }
}
