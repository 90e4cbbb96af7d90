//! The names that patterns know, held against the entries of the journal.

use std::sync::Arc;

use serde_json::Value;

use super::table::{of_packet, only_way};
use super::*;
use crate::expect::{event, packet};
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

/// Each name and each value that an entry has can be asked for, and each name that is known an entry has.
fn agree(pattern: &Pattern, own: &[Field], entry: &Entry) {
    let Ok(Value::Object(fields)) = serde_json::to_value(entry) else {
        panic!("an entry is an object");
    };
    for (field, value) in &fields {
        let pattern = pattern.clone().field(field.as_str(), value.clone());
        assert_eq!(wrong_fields(&pattern), None, "{pattern}");
    }
    // In place of `payload`, where it is no text or is not kept.
    let unless_text = ["payload_base64", "payload_bytes", "payload_sha256"];
    for (name, _) in own.iter().filter(|(name, _)| !unless_text.contains(name)) {
        assert!(fields.contains_key(*name), "{pattern} has no {name}");
    }
}

#[test]
fn the_fields_of_packets_are_those_of_the_journal() {
    for bytes in PACKETS {
        let kind = PacketType::from_first_byte(bytes[0]).expect("a packet");
        let entry = entry(Record::Packet {
            direction: only_way(kind).unwrap_or(Direction::In),
            bytes: bytes.to_vec().into(),
            omitted: None,
            aliased_topic: None,
            decisions: Vec::new(),
        });
        assert!(
            matches!(entry.packet(), Some(Ok(_))),
            "{kind}: {:?}",
            entry.packet()
        );
        let direction = only_way(kind).unwrap_or(Direction::In);
        agree(
            &Pattern::new(What::Packet(kind.name().to_owned()), Some(direction)),
            of_packet(kind),
            &entry,
        );
        agree(&packet(), of_packet(kind), &entry);
    }
}

#[test]
fn the_fields_of_events_are_those_of_the_journal() {
    let conn = ConnId { slot: 0, serial: 1 };
    let (client_id, filter, topic): (Arc<str>, Arc<str>, Arc<str>) = ("c".into(), "f".into(), "t".into());
    let (peer, reason, qos) = ("peer".to_owned(), ReasonCode::BANNED, QoS::AtMostOnce);
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
            peer: peer.clone(),
            cause: CloseReason::TakenOver,
        },
        Event::Contested {
            conn,
            client_id: client_id.clone(),
            peer: peer.clone(),
            other_peer: peer,
            takeovers: 3,
            within: std::time::Duration::ZERO,
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
        Event::UpstreamUnavailable {
            conn,
            client_id: "c".into(),
            upstream: "u".into(),
            why: "w".into(),
        },
        Event::PassedThrough {
            conn,
            peer: "peer".into(),
        },
        Event::EngineFailed {
            engine: "e",
            part: "p",
            why: "w".into(),
        },
        Event::EngineRenewed {
            engine: "e",
            part: "p",
            connections_kept: true,
        },
    ];
    assert_eq!(
        EVENTS.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        EVENT_NAMES
    );
    assert_eq!(events.len(), EVENTS.len());
    for (happened, (name, own)) in events.into_iter().zip(EVENTS) {
        assert_eq!(happened.word(), *name);
        agree(&event(*name), own, &entry(Record::Event(happened)));
    }
}
