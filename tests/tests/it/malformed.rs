//! Bytes that are no packets, and packets that break a rule: the connection ends, the broker and all others go on.

use std::net::SocketAddr;

use broker::wire::{Packet, Version};
use broker::{QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, hello, message};

use ReasonCode as R;
use Version::{V5, V31, V311};

/// What is sent after CONNACK: what is wrong with it, in which version, the bytes, and the reason that a 5.0 client is
/// told (81 malformed, 82 protocol error, 94 topic alias invalid).
const AFTER_CONNACK: &str = "
    packet type 0                                 | 5     | 00 00                                  | 81
    packet type 0                                 | 3.1.1 | 00 00                                  | 81
    packet type 15                                | 3.1.1 | F0 00                                  | 81
    Remaining Length of five bytes                | 5     | 30 80 80 80 80 01                      | 81
    Remaining Length of five bytes                | 3.1   | 30 80 80 80 80 01                      | 81
    flags of PINGREQ                              | 5     | C1 00                                  | 81
    flags of SUBSCRIBE                            | 3.1.1 | 80 06 00 01 00 01 61 00                | 81
    flags of PUBREL                               | 5     | 60 02 00 01                            | 81
    a body where PINGREQ has none                 | 3.1.1 | C0 01 00                               | 81
    PUBLISH at QoS 3                              | 5     | 36 06 00 01 61 00 01 00                | 81
    PUBLISH at QoS 3                              | 3.1.1 | 36 05 00 01 61 00 01                   | 81
    PUBLISH at QoS 0 with DUP                     | 5     | 38 04 00 01 61 00                      | 81
    PUBLISH whose topic is longer than it         | 5     | 30 03 00 09 61                         | 81
    PUBLISH whose topic is longer than it         | 3.1   | 30 03 00 09 61                         | 81
    PUBLISH to a wildcard                         | 5     | 30 04 00 01 23 00                      | 81
    PUBLISH to a wildcard                         | 3.1.1 | 30 05 00 03 61 2F 2B                   | 81
    PUBLISH to an empty topic                     | 3.1.1 | 30 02 00 00                            | 81
    PUBLISH to no topic and no alias              | 5     | 30 03 00 00 00                         | 82
    PUBLISH with an alias never set               | 5     | 30 06 00 00 03 23 00 01                | 82
    PUBLISH with Topic Alias 0                    | 5     | 30 07 00 01 61 03 23 00 00             | 94
    PUBLISH with packet identifier 0              | 5     | 32 06 00 01 61 00 00 00                | 82
    PUBLISH without packet identifier             | 3.1.1 | 32 03 00 01 61                         | 81
    a topic that is no UTF-8                      | 5     | 30 05 00 02 C3 28 00                   | 81
    a topic with a surrogate                      | 3.1.1 | 30 05 00 03 ED A0 80                   | 81
    a topic with U+0000                           | 5     | 30 06 00 03 61 00 62 00                | 81
    a property that does not exist                | 5     | 30 06 00 01 61 02 7F 00                | 81
    a property that belongs elsewhere             | 5     | 30 07 00 01 61 03 21 00 01             | 81
    a property twice                              | 5     | 30 08 00 01 61 04 01 00 01 00          | 82
    properties longer than the packet             | 5     | 30 05 00 01 61 09 01                   | 81
    Payload Format Indicator 2                    | 5     | 30 06 00 01 61 02 01 02                | 82
    a Subscription Identifier from a client       | 5     | 30 06 00 01 61 02 0B 01                | 82
    Response Topic with a wildcard                | 5     | 30 08 00 01 61 04 08 00 01 23          | 82
    SUBSCRIBE without filter                      | 5     | 82 03 00 01 00                         | 82
    SUBSCRIBE without filter                      | 3.1.1 | 82 02 00 01                            | 82
    SUBSCRIBE with packet identifier 0            | 5     | 82 07 00 00 00 00 01 61 00             | 82
    SUBSCRIBE at QoS 3                            | 5     | 82 07 00 01 00 00 01 61 03             | 82
    SUBSCRIBE at QoS 3                            | 3.1.1 | 82 06 00 01 00 01 61 03                | 81
    reserved bits of SUBSCRIBE                    | 3.1.1 | 82 06 00 01 00 01 61 04                | 81
    Subscription Identifier 0                     | 5     | 82 09 00 01 02 0B 00 00 01 61 00       | 82
    a filter with # in the middle                 | 5     | 82 09 00 01 00 00 03 23 2F 61 00       | 81
    a filter with + within a level                | 3.1.1 | 82 07 00 01 00 02 61 2B 00             | 81
    UNSUBSCRIBE without filter                    | 5     | A2 03 00 01 00                         | 82
    UNSUBSCRIBE without filter                    | 3.1   | A2 02 00 01                            | 82
    PUBACK cut short                              | 3.1.1 | 40 01 00                               | 81
    PUBACK with packet identifier 0               | 5     | 40 02 00 00                            | 82
    PUBACK with a code of another packet          | 5     | 40 03 00 01 8E                         | 82
    CONNACK from a client                         | 5     | 20 03 00 00 00                         | 82
    SUBACK from a client                          | 3.1.1 | 90 03 00 01 00                         | 82
    PINGRESP from a client                        | 3.1   | D0 00                                  | 82
    AUTH without method in CONNECT                | 5     | F0 00                                  | 82
    DISCONNECT with a server's code               | 5     | E0 01 8E                               | 82
    a second CONNECT, of a version unknown        | 5     | 10 0D 00 04 4D 51 54 54 06 02 00 00 00 01 61 | 82
    a body where DISCONNECT has none              | 3.1.1 | E0 01 00                               | 81
";

/// The bytes that a row writes down.
fn bytes_of(hex: &str) -> Vec<u8> {
    let byte = |text| u8::from_str_radix(text, 16).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    hex.split_whitespace().map(byte).collect()
}

#[test]
fn after_connack() {
    let broker = Embedded::start();
    let mut speaker = Client::new(broker.addr(), V5, "speaker");
    let mut listener = Client::new(broker.addr(), V311, "listener");
    listener.subscribe("undisturbed", QoS::AtLeastOnce);
    let rows: Vec<&str> = AFTER_CONNACK
        .lines()
        .filter(|row| !row.trim().is_empty())
        .collect();
    for row in &rows {
        println!("case: {row}");
        let columns: Vec<&str> = row.split('|').map(str::trim).collect();
        let [what, version, bytes, reason] = columns[..] else {
            panic!("four columns")
        };
        let version = [V31, V311, V5]
            .into_iter()
            .find(|known| known.to_string().starts_with(version))
            .expect("a version");
        let mut client = Client::new(broker.addr(), version, "bad");
        client.send_bytes(&bytes_of(bytes));
        client.ended_with(R(bytes_of(reason)[0]));
        speaker.publish(&message("undisturbed", what, QoS::AtLeastOnce));
        assert_eq!(text(&listener.receive()), what);
    }
    listener.nothing_came();
    let stats = broker.stats();
    assert_eq!((stats.violations, stats.panics_caught), (rows.len() as u64, 0));
}

/// A CONNECT of 5.0 with this in the place of its flags, and this after Keep Alive.
fn connect_v5(flags: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![
        0x10,
        (10 + rest.len()) as u8,
        0,
        4,
        b'M',
        b'Q',
        b'T',
        b'T',
        5,
        flags,
        0,
        60,
    ];
    bytes.extend_from_slice(rest);
    bytes
}

#[test]
fn connect_itself_in_5_0() {
    let bad: [(&str, Vec<u8>, R); 12] = [
        (
            "reserved flag",
            connect_v5(0x03, &[0, 0, 1, b'a']),
            R::MALFORMED_PACKET,
        ),
        (
            "flags of the fixed header",
            [&[0x11], &connect_v5(2, &[0, 0, 1, b'a'])[1..]].concat(),
            R::MALFORMED_PACKET,
        ),
        (
            "no client identifier",
            connect_v5(0x02, &[0]),
            R::MALFORMED_PACKET,
        ),
        (
            "client identifier cut short",
            connect_v5(0x02, &[0, 0, 9, b'a']),
            R::MALFORMED_PACKET,
        ),
        (
            "client identifier no UTF-8",
            connect_v5(0x02, &[0, 0, 1, 0xFF]),
            R::MALFORMED_PACKET,
        ),
        (
            "something after the end",
            connect_v5(0x02, &[0, 0, 1, b'a', 7]),
            R::MALFORMED_PACKET,
        ),
        (
            "a will at QoS 3",
            connect_v5(0x1E, &[0, 0, 1, b'a', 0, 0, 1, b'w', 0, 0]),
            R::MALFORMED_PACKET,
        ),
        (
            "Will QoS without a will",
            connect_v5(0x0A, &[0, 0, 1, b'a']),
            R::MALFORMED_PACKET,
        ),
        (
            "Will Retain without a will",
            connect_v5(0x22, &[0, 0, 1, b'a']),
            R::MALFORMED_PACKET,
        ),
        (
            "a will cut short",
            connect_v5(0x06, &[0, 0, 1, b'a', 0, 0, 1]),
            R::MALFORMED_PACKET,
        ),
        (
            "Receive Maximum 0",
            connect_v5(0x02, &[3, 0x21, 0, 0, 0, 1, b'a']),
            R::PROTOCOL_ERROR,
        ),
        (
            "Authentication Data alone",
            connect_v5(0x02, &[3, 0x16, 0, 0, 0, 1, b'a']),
            R::PROTOCOL_ERROR,
        ),
    ];
    let broker = Embedded::start();
    for (what, bytes, reason) in bad {
        println!("case: {what}");
        let mut client = Client::open(broker.addr(), V5);
        client.send_bytes(&bytes);
        match client.packet() {
            Packet::ConnAck(connack) => assert_eq!(connack.reason, reason),
            other => panic!("expected CONNACK, got {other:?}"),
        }
        client.closed();
    }
    well(broker.addr());
}

#[test]
fn connect_itself_in_3_1_1_is_closed_in_silence() {
    let mut good = Vec::new();
    Packet::Connect(Box::new(hello(V311, "abc"))).encode(V311, &mut good);
    let flags = 9;
    let broker = Embedded::start();
    for (what, change) in [
        (
            "reserved flag",
            Box::new(|b: &mut Vec<u8>| b[flags] |= 1) as Box<dyn Fn(&mut Vec<u8>)>,
        ),
        ("Will QoS without a will", Box::new(|b| b[flags] |= 0x08)),
        ("password without a user name", Box::new(|b| b[flags] |= 0x40)),
        (
            "client identifier longer than the packet",
            Box::new(|b| b[13] = 200),
        ),
        (
            "client identifier shorter than the packet",
            Box::new(|b| b[13] = 1),
        ),
    ] {
        println!("case: {what}");
        let mut bytes = good.clone();
        change(&mut bytes);
        let mut client = Client::open(broker.addr(), V311);
        client.send_bytes(&bytes);
        client.closed();
    }
    well(broker.addr());
}

#[test]
fn every_packet_cut_off_anywhere() {
    let broker = Embedded::start();
    for version in [V31, V311, V5] {
        let mut publish = Vec::new();
        Packet::Publish(message("a", "xyz", QoS::AtMostOnce)).encode(version, &mut publish);
        for cut in 1..publish.len() {
            let mut client = Client::new(broker.addr(), version, "cut");
            client.send_bytes(&publish[..cut]);
            client.vanish();
        }
    }
    well(broker.addr());
    assert_eq!(broker.stats().publish_received, 0);
}

#[test]
fn a_packet_may_come_byte_by_byte_and_many_at_once() {
    let broker = Embedded::start();
    for version in [V31, V311, V5] {
        let mut bytes = Vec::new();
        Packet::Connect(Box::new(hello(version, "slow"))).encode(version, &mut bytes);
        let mut client = Client::open(broker.addr(), version);
        for byte in &bytes {
            client.send_bytes(&[*byte]);
        }
        assert!(matches!(client.packet(), Packet::ConnAck(_)));
        // And all in one write, even before CONNACK came.
        for _ in 0..200 {
            Packet::PingReq.encode(version, &mut bytes);
        }
        let mut client = Client::open(broker.addr(), version);
        client.send_bytes(&bytes);
        assert!(matches!(client.packet(), Packet::ConnAck(_)));
        (0..200).for_each(|_| assert_eq!(client.packet(), Packet::PingResp));
    }
}

/// The broker goes on.
fn well(addr: SocketAddr) {
    Client::new(addr, V5, "well").disconnect();
}
