//! A capture file, read by a reader that shares no code with its writer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use broker_core::engine::Engine;
use broker_core::journal::{Direction, Entry, Mark, Pcapng, Record};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;

/// A 3.1.1 client, its subscription, a message with a large payload that comes back, and its end.
fn entries() -> Vec<Entry> {
    let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 1);
    let large = [&b"\x30\x84\x80\x08\0\x01t"[..], &b"x".repeat(131_073)].concat();
    let other = engine.open(Time::from_secs(1), "192.0.2.2:1000".to_owned());
    engine.receive(
        Time::from_secs(1),
        other,
        b"\x10\x0e\0\x04MQTT\x04\x02\0\0\0\x02o1",
    );
    let lamp = engine.open(Time::from_nanos(1_500_000_000), "192.0.2.1:1000".to_owned());
    for bytes in [
        &b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"[..],
        b"\x82\x06\0\x01\0\x01t\0",
        &large,
        b"\xe0\0",
    ] {
        assert_eq!(engine.receive(Time::from_secs(7), lamp, bytes), bytes.len());
        while let Some(id) = engine.next_touched() {
            while let Some(n) = engine
                .outbox(id)
                .map(|outbox| outbox.front().len())
                .filter(|n| *n > 0)
            {
                engine.wrote(Time::from_secs(7), id, n);
            }
        }
    }
    engine.closed(Time::from_secs(8), lamp, "closed");
    engine.journal().since(Mark::START).entries
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) << 16 | u32::from(u16_at(bytes, at + 2))
}

fn little(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The sum of the Internet's checksums: 0xFFFF over bytes whose checksum is right.
fn sum(bytes: &[u8]) -> u16 {
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)))
        .sum();
    while sum > 0xFFFF {
        sum = (sum >> 16) + (sum & 0xFFFF);
    }
    sum as u16
}

/// The blocks of a file: type and what each holds.
fn blocks(mut file: &[u8]) -> Vec<(u32, &[u8])> {
    let mut blocks = Vec::new();
    while !file.is_empty() {
        let length = little(file, 4) as usize;
        assert_eq!(length % 4, 0);
        assert_eq!(
            little(file, length - 4) as usize,
            length,
            "the length stands at both ends"
        );
        blocks.push((little(file, 0), &file[8..length - 4]));
        file = &file[length..];
    }
    blocks
}

/// The options behind what a block holds; there is an end of them wherever there is one.
fn options(mut rest: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut options = Vec::new();
    while !rest.is_empty() {
        let code = u16::from_le_bytes([rest[0], rest[1]]);
        let length = usize::from(u16::from_le_bytes([rest[2], rest[3]]));
        if code == 0 {
            assert_eq!((length, rest.len()), (0, 4), "nothing follows the end of options");
            return options;
        }
        options.push((code, rest[4..4 + length].to_vec()));
        rest = &rest[4 + length.next_multiple_of(4)..];
    }
    assert!(options.is_empty(), "options have an end");
    options
}

#[test]
fn a_capture_is_a_network_in_which_everything_adds_up() {
    let entries = entries();
    let started_at = Duration::from_secs(1_700_000_000);
    let file = Pcapng::file(started_at, &entries);
    let blocks = blocks(&file);

    let (section, interface) = (blocks[0], blocks[1]);
    assert_eq!(section.0, 0x0A0D_0D0A);
    assert_eq!(
        section.1[..16],
        [
            0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255
        ]
    );
    let program = format!("Citronella {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(options(&section.1[16..]), [(4, program.into_bytes())]);
    assert_eq!(interface.0, 1);
    // Raw IP; no limit to the length of a frame; times in nanoseconds.
    assert_eq!(interface.1[..8], [101, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(
        options(&interface.1[8..]),
        [(2, b"broker".to_vec()), (9, vec![9])]
    );

    // By stream and direction: what comes next, and the bytes so far.
    let mut next: BTreeMap<([u8; 4], [u8; 4]), u32> = BTreeMap::new();
    let mut sent: BTreeMap<([u8; 4], [u8; 4]), Vec<u8>> = BTreeMap::new();
    let mut times = Vec::new();
    let mut flags_seen = Vec::new();
    for (kind, body) in &blocks[2..] {
        assert_eq!(*kind, 6);
        assert_eq!(little(body, 0), 0, "the one interface");
        times.push(u64::from(little(body, 4)) << 32 | u64::from(little(body, 8)));
        let length = little(body, 12) as usize;
        assert_eq!(little(body, 16) as usize, length, "nothing is cut off");
        let packet = &body[20..20 + length];
        for (code, comment) in options(&body[20 + length.next_multiple_of(4)..]) {
            assert_eq!(code, 1);
            assert!(!comment.is_empty());
        }

        let (ip, tcp) = packet.split_at(20);
        assert_eq!((ip[0], ip[8], ip[9]), (0x45, 64, 6));
        assert_eq!(usize::from(u16_at(ip, 2)), length);
        assert_eq!(sum(ip), 0xFFFF, "checksum of the IP header");
        let from: [u8; 4] = ip[12..16].try_into().expect("four bytes");
        let to: [u8; 4] = ip[16..20].try_into().expect("four bytes");
        let tcp_length = (tcp.len() as u16).to_be_bytes();
        let pseudo = [&from[..], &to, &[0, 6], &tcp_length, tcp].concat();
        assert_eq!(sum(&pseudo), 0xFFFF, "checksum of the TCP segment");

        let is_broker = |address: [u8; 4]| address == [10, 255, 255, 254];
        assert!(is_broker(from) != is_broker(to));
        assert!(
            is_broker(from) || from[..3] == [10, 0, 0],
            "a client's address spells its number"
        );
        let port = |address| if is_broker(address) { 1883 } else { 49_152 };
        assert_eq!((u16_at(tcp, 0), u16_at(tcp, 2)), (port(from), port(to)));
        assert_eq!(
            (tcp[12], u16_at(tcp, 14)),
            (5 << 4, 0xFFFF),
            "length of the header, window"
        );
        let (flags, data) = (tcp[13], &tcp[20..]);
        flags_seen.push((is_broker(from), flags));

        let (own, answered) = (next.get(&(from, to)).copied(), next.get(&(to, from)).copied());
        assert_eq!(
            u32_at(tcp, 4),
            own.unwrap_or(0),
            "the sequence goes on where it was"
        );
        let acknowledges = if flags & 0x10 == 0 {
            0
        } else {
            answered.unwrap_or(0)
        };
        assert_eq!(u32_at(tcp, 8), acknowledges, "all that came is acknowledged");
        let counts = u32::from(flags & 0x03 != 0) + data.len() as u32;
        *next.entry((from, to)).or_default() += counts;
        sent.entry((from, to)).or_default().extend(data);
    }

    let base = 1_700_000_000_000_000_000_u64;
    assert_eq!(times[0], base + 1_000_000_000);
    assert_eq!(times.last(), Some(&(base + 7_000_000_000)));
    let opening = [(false, 0x02), (true, 0x12), (false, 0x10), (false, 0x18)];
    assert_eq!(flags_seen[..4], opening, "SYN, SYN ACK, ACK, then data");
    assert!(
        flags_seen[4..]
            .iter()
            .all(|(_, flags)| [0x02, 0x12, 0x10, 0x18, 0x11].contains(flags))
    );
    assert_eq!(
        flags_seen.iter().filter(|(_, flags)| *flags == 0x11).count(),
        2,
        "both sides end"
    );

    // Every byte that crossed the wire is in its stream, and no other.
    let mut wire: BTreeMap<(String, bool), Vec<u8>> = BTreeMap::new();
    for entry in &entries {
        if let Record::Packet { direction, bytes, .. } = &entry.record {
            let place = (entry.client_id.to_string(), *direction == Direction::Out);
            wire.entry(place).or_default().extend_from_slice(bytes);
        }
    }
    let mut expected: Vec<Vec<u8>> = wire.into_values().collect();
    let mut got: Vec<Vec<u8>> = sent.into_values().filter(|bytes| !bytes.is_empty()).collect();
    expected.sort();
    got.sort();
    assert!(expected == got);
}
