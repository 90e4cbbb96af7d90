//! Clients of other protocols on a port of MQTT: what they are told is nothing, what a person is told is what came, and
//! what to do instead.

use std::io::Write;

use broker::expect::{Is, event};
use broker::journal::Ladder;
use broker::settings::{Accepts, Listener};
use broker::wire::Version;
use broker::{Broker, Event};
use tests::harness::way::{Door, Way};
use tests::harness::{Client, Embedded};

/// First bytes, what the close says of them, and what the journal calls them.
const STRANGERS: [(&[u8], &str, &str); 5] = [
    (
        b"SSH-2.0-OpenSSH_9.6\r\n",
        "a greeting of SSH came",
        "a greeting of SSH, 21 bytes",
    ),
    (
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1000 1883\r\n",
        "a PROXY header came, and this port does not read it",
        "a PROXY header, 42 bytes",
    ),
    (
        b"AMQP\0\0\x09\x01",
        "a header of AMQP came, and this port speaks MQTT",
        "a header of AMQP, 8 bytes",
    ),
    (
        b"CONNECT\naccept-version:1.2\nhost:localhost\n\n\0",
        "a frame of STOMP came, and this port speaks MQTT",
        "a frame of STOMP, 44 bytes",
    ),
    (b"hello", "the first packet was not CONNECT", "PUBREL malformed"),
];

#[test]
fn who_speaks_another_protocol_is_named() {
    for (bytes, advice, name) in STRANGERS {
        let broker = Embedded::start();
        let mut client = Client::open(broker.addr(), Version::V311);
        client.send_bytes(bytes);
        assert!(client.bytes_to_end().is_empty(), "answered {bytes:02X?}");
        let end = broker.until("its end", |event| matches!(event, Event::Disconnected { .. }));
        let Event::Disconnected { cause, .. } = end else {
            panic!("it is one")
        };
        assert!(cause.to_string().contains(advice), "{cause}");
        let entries = broker.block_on(broker.journal().all()).expect("it is on").entries;
        let ladder = Ladder::new(&entries).width(200).to_string();
        assert!(ladder.contains(name), "{ladder}");
        assert!(ladder.contains(advice), "{ladder}");
    }
}

/// What listeners take, what comes there, and what is said of it.
const NOT_THERE: [(Accepts, &[u8], &str); 5] = [
    (
        Accepts::Tcp,
        STRANGE_RECORD,
        "a TLS ClientHello came, and listener \"narrow\" does not take TLS",
    ),
    (
        Accepts::Ws,
        b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp",
        "MQTT without TLS and without WebSocket came, and listener \"narrow\" takes only ws",
    ),
    (
        Accepts::Ws,
        b"SSH-2.0-OpenSSH_9.6\r\n",
        "a greeting of SSH came, and listener \"narrow\" takes only ws",
    ),
    (
        Accepts::Wss,
        b"hello",
        "noise came, and listener \"narrow\" takes only wss",
    ),
    (
        Accepts::Tcp,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "an HTTP request got 403 Forbidden: this port does not accept ws",
    ),
];

#[test]
fn what_a_listener_does_not_take_is_named() {
    for (accepts, bytes, why) in NOT_THERE {
        let narrow = Listener {
            name: "narrow".to_owned(),
            accepts: vec![accepts],
            ..Listener::port(0)
        };
        let broker = Broker::builder()
            .listener(narrow)
            .start()
            .wait()
            .expect("it starts");
        let addr = broker.listener("narrow").expect("it is there").addrs()[0];
        let mut client = Client::open(addr, Version::V311);
        client.send_bytes(bytes);
        client.bytes_to_end();
        broker.expect(event("handshake_failed").field("why", why)).wait();
    }
}

#[test]
fn tls_inside_tls_is_named() {
    let broker = Broker::start().wait().expect("it starts");
    let ca_pem = broker.ca_pem().expect("it makes one");
    let door = Door::new(Way::Tls, broker.addr()).trusting(&ca_pem);
    let mut stream = door.open().expect("TLS is spoken");
    stream.write_all(STRANGE_RECORD).expect("it is taken");
    let why = Is::containing("encrypts twice");
    broker.expect(event("handshake_failed").field("why", why)).wait();
}

/// So a handshake of TLS begins.
const STRANGE_RECORD: &[u8] = b"\x16\x03\x01\x02\0\x01\0\x01\xFC\x03\x03";
