//! What the entries of a kind can have: a misspelt field is an error, not a pattern that nothing ever fits. Otherwise
//! `never()` would be met by a slip of the pen.

use super::What;
use crate::wire::{self, PacketType};

/// What entries of all kinds have.
const ALL: &[&str] = &["seq", "at_secs", "conn", "client_id", "version", "record"];

/// What packets of all types have.
const PACKET: &[&str] = &["direction", "packet", "raw_base64", "malformed", "properties"];

/// What a will has.
const WILL: &[&str] = &[
    "topic",
    "qos",
    "retain",
    "payload",
    "payload_base64",
    "properties",
];

/// Each event, and what only it has.
const EVENTS: &[(&str, &[&str])] = &[
    (
        "connected",
        &[
            "peer",
            "user",
            "clean_start",
            "session_present",
            "keep_alive_secs",
        ],
    ),
    ("refused", &["peer", "reason_code", "reason"]),
    ("disconnected", &["peer", "cause", "reason_code", "text"]),
    ("subscribed", &["filter", "qos"]),
    ("subscription_refused", &["filter", "reason_code", "reason"]),
    ("unsubscribed", &["filter"]),
    ("session_ended", &["expired"]),
    ("will_published", &["topic"]),
    ("dropped", &["topic", "why"]),
];

/// What only packets of this type have.
const fn of_packet(packet: PacketType) -> &'static [&'static str] {
    match packet {
        PacketType::Connect => &[
            "client_identifier",
            "clean_start",
            "keep_alive",
            "user_name",
            "password",
            "will",
        ],
        PacketType::ConnAck => &["session_present", "reason_code", "reason"],
        PacketType::Publish => &[
            "topic_name",
            "qos",
            "dup",
            "retain",
            "packet_identifier",
            "payload",
            "payload_base64",
            "decisions",
        ],
        PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp => {
            &["packet_identifier", "reason_code", "reason"]
        }
        PacketType::Subscribe | PacketType::Unsubscribe => &["packet_identifier", "topic_filters"],
        PacketType::SubAck | PacketType::UnsubAck => &["packet_identifier", "reason_codes"],
        PacketType::PingReq | PacketType::PingResp => &[],
        PacketType::Disconnect | PacketType::Auth => &["reason_code", "reason"],
    }
}

/// All types.
pub(super) fn packets() -> impl Iterator<Item = PacketType> {
    (1_u8..=15).filter_map(|bits| PacketType::from_first_byte(bits << 4))
}

/// The types that are meant, if it is packets.
fn meant(what: &What) -> Vec<PacketType> {
    packets()
        .filter(|packet| match what {
            What::AnyPacket => true,
            What::Packet(name) => packet.name() == name,
            What::Event(_) => false,
        })
        .collect()
}

/// What is wrong with the kind, if it is none.
pub(super) fn wrong_kind(what: &What) -> Option<String> {
    let (name, known, names): (_, _, Vec<_>) = match what {
        What::AnyPacket => return None,
        What::Packet(name) => (name, "packet", packets().map(PacketType::name).collect()),
        What::Event(name) => (name, "event", EVENTS.iter().map(|(event, _)| *event).collect()),
    };
    let is_known = names.contains(&name.as_str());
    (!is_known).then(|| format!("there is no {known} {name:?}; there are {}", names.join(", ")))
}

/// What is wrong with the path of a field, if entries of this kind cannot have it.
pub(super) fn wrong_field(what: &What, path: &str) -> Option<String> {
    let mut parts = path.split('.');
    let first = parts.next().unwrap_or_default();
    let mut names: Vec<&str> = Vec::new();
    if let What::Event(name) = what {
        let own = EVENTS.iter().find(|(event, _)| event == name);
        names.push("event");
        names.extend(own.map(|(_, own)| *own).unwrap_or_default());
    } else {
        names.extend(meant(what).into_iter().flat_map(of_packet));
        names.extend(PACKET);
    }
    names.extend(ALL);
    if !names.contains(&first) {
        return Some(unknown("field", first, names));
    }
    match (first, parts.next()) {
        (_, None) => None,
        ("properties", Some(name)) => {
            let names = meant(what)
                .into_iter()
                .flat_map(|packet| wire::property_names(packet, false));
            wrong_property(name, names.collect())
        }
        ("will", Some("properties")) => {
            let name = parts.next()?;
            wrong_property(name, wire::property_names(PacketType::Connect, true).collect())
        }
        ("will", Some(part)) => {
            (!WILL.contains(&part)).then(|| unknown("field of a will", part, WILL.to_vec()))
        }
        (_, Some(part)) => Some(format!(
            "the field {first:?} has no part {part:?}; of a list, give what one element is to have: \
             field({first:?}, json!({{{part:?}: …}}))"
        )),
    }
}

fn wrong_property(name: &str, names: Vec<&'static str>) -> Option<String> {
    let snake = |name: &str| name.to_lowercase().replace(' ', "_");
    // Bytes that are no text have a name of their own.
    let plain = name.strip_suffix("_base64").unwrap_or(name);
    let mut names: Vec<String> = names.into_iter().map(snake).collect();
    if names.iter().any(|known| known == plain) {
        return None;
    }
    names.sort_unstable();
    names.dedup();
    Some(unknown(
        "property",
        name,
        names.iter().map(String::as_str).collect(),
    ))
}

fn unknown(kind: &str, name: &str, mut known: Vec<&str>) -> String {
    known.sort_unstable();
    known.dedup();
    if known.is_empty() {
        return format!("there is no {kind} {name:?} here, nor any other");
    }
    format!("there is no {kind} {name:?} here; there are {}", known.join(", "))
}

/// Whether entries of this kind have a topic.
pub(super) fn has_topic(what: &What) -> bool {
    match what {
        What::AnyPacket => true,
        What::Packet(name) => name == PacketType::Publish.name(),
        What::Event(name) => matches!(name.as_str(), "will_published" | "dropped"),
    }
}

/// Whether entries of this kind have a payload.
pub(super) fn has_payload(what: &What) -> bool {
    match what {
        What::AnyPacket => true,
        What::Packet(name) => name == PacketType::Publish.name(),
        What::Event(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;
    use crate::expect::event;
    use crate::journal::{CloseReason, Direction, DropReason, Entry, Event, Record};
    use crate::session::ConnId;
    use crate::time::Time;
    use crate::wire::{QoS, ReasonCode, Version};

    /// One packet of each type, with everything that it can have in its own fields.
    const PACKETS: [&[u8]; 15] = [
        b"\x10\x25\0\x04MQTT\x05\xC6\0\x0A\x05\x11\0\0\0\x01\0\x01c\x05\x18\0\0\0\x01\0\x01w\0\x01x\0\x01u\0\x01p",
        b"\x20\x03\0\0\0",
        b"\x32\x07\0\x01t\0\x01\0x",
        b"\x40\x02\0\x01",
        b"\x50\x02\0\x01",
        b"\x62\x02\0\x01",
        b"\x70\x02\0\x01",
        b"\x82\x07\0\x01\0\0\x01a\0",
        b"\x90\x04\0\x01\0\0",
        b"\xA2\x06\0\x01\0\0\x01a",
        b"\xB0\x04\0\x01\0\0",
        b"\xC0\0",
        b"\xD0\0",
        b"\xE0\0",
        b"\xF0\0",
    ];

    fn entry(record: Record) -> Entry {
        Entry {
            seq: 0,
            at: Time::ZERO,
            conn: None,
            client_id: Arc::from("c"),
            version: Version::V5,
            record,
        }
    }

    fn fields(entry: &Entry) -> Vec<String> {
        match serde_json::to_value(entry).expect("it can be written") {
            Value::Object(fields) => fields.into_iter().map(|(name, _)| name).collect(),
            other => panic!("{other} is no object"),
        }
    }

    /// Each name that an entry has is known, and each that is known an entry has.
    fn agree(what: &What, own: &[&str], entry: &Entry) {
        let fields = fields(entry);
        for field in &fields {
            assert_eq!(wrong_field(what, field), None, "{what:?}");
        }
        let unless_text = ["payload_base64"];
        for name in own.iter().filter(|name| !unless_text.contains(name)) {
            assert!(fields.iter().any(|field| field == name), "{what:?} has no {name}");
        }
    }

    #[test]
    fn the_fields_of_packets_are_those_of_the_journal() {
        for bytes in PACKETS {
            let entry = entry(Record::Packet {
                direction: Direction::In,
                bytes: bytes.to_vec().into(),
                aliased_topic: None,
                decisions: Vec::new(),
            });
            let packet = entry.packet_type().expect("a packet");
            assert!(
                matches!(entry.packet(), Some(Ok(_))),
                "{packet}: {:?}",
                entry.packet()
            );
            agree(&What::Packet(packet.name().to_owned()), of_packet(packet), &entry);
            agree(&What::AnyPacket, of_packet(packet), &entry);
        }
    }

    #[test]
    fn the_fields_of_events_are_those_of_the_journal() {
        let conn = ConnId { slot: 0, serial: 1 };
        let (client_id, filter, topic): (Arc<str>, Arc<str>, Arc<str>) = ("c".into(), "f".into(), "t".into());
        let (peer, reason, qos) = ("peer".to_owned(), ReasonCode::SUCCESS, QoS::AtMostOnce);
        let events = [
            Event::Connected {
                conn,
                client_id: client_id.clone(),
                version: Version::V5,
                peer: peer.clone(),
                user: None,
                clean_start: true,
                session_present: false,
                keep_alive_secs: 0,
            },
            Event::Refused {
                conn,
                client_id: "c".into(),
                peer: peer.clone(),
                reason,
            },
            Event::Disconnected {
                conn,
                client_id: client_id.clone(),
                peer,
                cause: CloseReason::TakenOver,
            },
            Event::Subscribed {
                client_id: client_id.clone(),
                filter: filter.clone(),
                qos,
            },
            Event::SubscriptionRefused {
                client_id: client_id.clone(),
                filter: "f".into(),
                reason,
            },
            Event::Unsubscribed {
                client_id: client_id.clone(),
                filter,
            },
            Event::SessionEnded {
                client_id: client_id.clone(),
                expired: true,
            },
            Event::WillPublished {
                client_id: client_id.clone(),
                topic: topic.clone(),
            },
            Event::Dropped {
                client_id,
                topic,
                why: DropReason::Expired,
            },
        ];
        assert_eq!(events.len(), EVENTS.len());
        for (happened, (name, own)) in events.into_iter().zip(EVENTS) {
            assert_eq!(happened.word(), *name);
            agree(&event(*name).what, own, &entry(Record::Event(happened)));
        }
    }
}
