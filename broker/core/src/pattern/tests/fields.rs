//! The fields that patterns know, held against the entries of the journal.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::journal::{Direction, Entry, Event, FIELDS, OF_THE_ENTRY, Record, Side, only_way};
use crate::pattern::what::What;
use crate::pattern::{Is, Pattern, event, packet};
use crate::session::ConnId;
use crate::time::Time;
use crate::wire::{PacketType, Version};

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
        seq: 1,
        at: Time::ZERO,
        conn: Some(ConnId { slot: 0, serial: 1 }),
        client_id: Arc::from("c"),
        version: Version::V5,
        record,
    }
}

/// Everything that the entry has as JSON can be asked for and is found; what it does not have is not.
fn every_field_can_be_asked_for(pattern: &Pattern, entry: &Entry) -> Map<String, Json> {
    let Ok(Json::Object(fields)) = serde_json::to_value(entry) else {
        panic!("an entry is an object");
    };
    for (name, value) in &fields {
        let wanted = pattern.clone().field(name, value.clone());
        wanted.check().unwrap_or_else(|error| panic!("{error}"));
        assert!(wanted.fits(entry), "{wanted}: {}", entry.words());
        if !matches!(&**name, "record" | "packet" | "event" | "direction") && !value.is_null() {
            let absent = pattern.clone().field(name, Is::absent());
            assert!(!absent.fits(entry), "{absent}: {}", entry.words());
            let present = pattern.clone().field(name, Is::present());
            assert!(present.fits(entry), "{present}: {}", entry.words());
        }
    }
    let whole: Pattern = serde_json::from_value(Json::Object(fields.clone())).expect("an entry is a pattern");
    assert!(whole.fits(entry), "{whole}");
    fields
}

#[test]
fn the_fields_of_packets_are_those_of_the_journal() {
    for bytes in PACKETS {
        let kind = PacketType::from_first_byte(bytes[0]).expect("a packet");
        let direction = only_way(kind).unwrap_or(Direction::In);
        let entry = entry(Record::Packet {
            direction,
            side: Side::default(),
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
        let pattern = Pattern::new(What::Packets(vec![kind]), Some(direction));
        let fields = every_field_can_be_asked_for(&pattern, &entry);
        every_field_can_be_asked_for(&packet(), &entry);
        // What is there only where a secret, a wrong packet or a large payload is.
        let sometimes = [
            "raw_base64",
            "side",
            "malformed",
            "properties",
            "payload_bytes",
            "payload_sha256",
        ];
        for row in FIELDS
            .iter()
            .filter(|row| row.is_of(kind) && !sometimes.contains(&row.field.name))
        {
            assert!(
                fields.contains_key(row.field.name),
                "{kind} has no {}",
                row.field.name
            );
        }
    }
}

#[test]
fn the_fields_of_events_are_those_of_the_journal() {
    for happened in Event::samples() {
        let word = happened.word();
        let entry = entry(Record::Event(happened));
        every_field_can_be_asked_for(&event(word), &entry);
        for name in OF_THE_ENTRY.iter().filter(|name| **name == "mqtt_version") {
            event(word)
                .field(name, "5.0")
                .check()
                .expect_err("the entry says it as `version`");
        }
    }
}

#[test]
fn no_member_of_a_field_is_called_as_a_comparison_is() {
    let kinds = super::super::what::packets().flat_map(|packet| {
        let properties = [false, true].map(|of_will| crate::journal::properties_of(packet, of_will));
        properties.into_iter().flatten().map(|(name, _)| name)
    });
    let parts = FIELDS.iter().flat_map(|row| match row.field.kind {
        crate::journal::Kind::Object(parts)
        | crate::journal::Kind::List(&crate::journal::Kind::Object(parts)) => parts,
        _ => &[],
    });
    let names: Vec<String> = kinds
        .chain(parts.map(|part| part.name.to_owned()))
        .chain(["name".into(), "value".into()])
        .collect();
    assert!(names.len() > 30, "{names:?}");
    for (comparison, _) in super::super::read::COMPARISONS {
        assert!(!names.iter().any(|name| name == comparison), "{comparison}");
    }
}
