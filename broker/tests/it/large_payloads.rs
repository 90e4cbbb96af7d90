//! Payloads that are larger than the journal keeps can be expected all the same, as they came and as they were delivered.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use broker::Broker;
use broker::expect::{Is, publish};
use broker::journal::Record;

/// A client of 3.1.1 with this name of one letter.
fn client(broker: &Broker, name: u8) -> TcpStream {
    let mut client = TcpStream::connect(broker.addr()).expect("it connects");
    let packet = [b"\x10\x0D\0\x04MQTT\x04\x02\0\0\0\x01".as_slice(), &[name]].concat();
    client.write_all(&packet).expect("it writes");
    client.read_exact(&mut [0; 4]).expect("CONNACK");
    client
}

#[test]
fn they_are_expected_by_topic_length_and_digest() {
    const BYTES: usize = 1_000_000;
    let small = broker::Broker::builder().configure(|settings| settings.journal.bytes = 65_536);
    let broker = small.start().wait().expect("it starts");
    let readers = [b's', b't'].map(|name| {
        let mut reader = client(&broker, name);
        reader
            .write_all(b"\x82\x06\0\x01\0\x01a\x01")
            .expect("it subscribes");
        reader.read_exact(&mut [0; 5]).expect("SUBACK");
        std::thread::spawn(move || {
            let mut packet = vec![0; BYTES + 9];
            reader.read_exact(&mut packet).expect("PUBLISH");
            assert!(
                packet.iter().rev().take(BYTES).all(|byte| *byte == 7),
                "it arrived whole"
            );
            let acknowledgement = [0x40, 2, packet[7], packet[8]];
            reader.write_all(&acknowledgement).expect("it writes");
            reader
        })
    });
    let mut device = client(&broker, b'd');
    let remaining = BYTES + 5;
    let mut packet = vec![0x32];
    packet
        .extend([remaining & 127 | 128, remaining >> 7 & 127 | 128, remaining >> 14].map(|part| part as u8));
    packet.extend(b"\0\x01a\0\x01");
    packet.resize(packet.len() + BYTES, 7);
    device.write_all(&packet).expect("it writes");

    let whole = vec![7; BYTES];
    for pattern in [publish("a").from("d"), publish("a").to("s"), publish("a").to("t")] {
        let found = broker.expect(pattern.clone().qos(1)).times(1).wait();
        let Record::Packet {
            omitted: Some(omitted),
            ..
        } = &found[0].record
        else {
            panic!("{}", found[0].words());
        };
        assert_eq!(omitted.bytes, BYTES);
        let digest = Is::sha256(omitted.digest());
        broker
            .expect(pattern.clone().payload(Is::len_bytes(BYTES)).payload(digest))
            .wait();
        broker.expect(pattern.clone().bytes(whole.clone())).wait();
        broker
            .expect(pattern.clone().field("payload_bytes", BYTES))
            .wait();
        for other in [
            pattern.clone().bytes(vec![8; BYTES]),
            pattern.clone().bytes(Vec::new()),
            pattern.clone().empty(),
            pattern.clone().payload(Is::sha256("0".repeat(64))),
            pattern.clone().containing(""),
        ] {
            let checked = broker.expect(other).within(Duration::ZERO).check().wait();
            let report = checked.expect_err("it is another one").to_string();
            assert!(
                report.contains("payload (1000000 bytes, not kept), not "),
                "{report}"
            );
        }
    }
    broker.settle().wait().expect("all is acknowledged");
    let seen = broker.journal().all().wait().expect("it runs");
    assert_eq!(seen.missed, 0, "nothing else had to go for it");
    drop(readers.map(|reader| reader.join().expect("it got all of it")));
}
