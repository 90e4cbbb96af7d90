//! Payloads that are larger than the journal keeps can be expected all the same, as they came and as they were delivered.

use std::time::Duration;

use broker::Broker;
use broker::expect::{Is, publish};
use broker::journal::Record;
use packets::Client;

#[test]
fn they_are_expected_by_topic_length_and_digest() {
    const BYTES: usize = 1_000_000;
    let small = Broker::builder().configure(|settings| settings.journal.bytes = 65_536);
    let broker = small.start().wait().expect("it starts");
    let whole = vec![7; BYTES];
    let readers = ["s", "t"].map(|name| {
        let mut reader = Client::connect(broker.addr(), name);
        reader.subscribe("a", 1);
        let whole = whole.clone();
        std::thread::spawn(move || {
            let packet = reader.packet();
            assert!(packet.ends_with(&whole), "it arrived whole");
            let acknowledgement = [0x40, 2, packet[7], packet[8]];
            reader.send(&acknowledgement);
            reader
        })
    });
    let mut device = Client::connect(broker.addr(), "d");
    device.send(&packets::publish("a", 1, false, 1, &whole));

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
