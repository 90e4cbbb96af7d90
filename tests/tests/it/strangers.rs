//! Clients of other protocols on a port of MQTT: what they are told is nothing, what a person is told is what came, and
//! what to do instead.

use broker::Event;
use broker::journal::Ladder;
use broker::wire::Version;
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
