//! "Nothing more is coming" is true: with clients as they are, whose kernel holds small writes back; with half a packet;
//! with clients that are not let in yet.

use std::time::Duration;

use broker::blocking::Broker;
use broker::expect::publish;
use broker::wire::{Packet, Version};
use broker::{QoS, WaitError};
use tests::harness::{Client, message};

const ROUNDS: usize = 100;

/// A client that has just said three things, each in a write of its own.
fn after_three_small_writes() -> (Broker, Client) {
    let broker = Broker::start().expect("it starts");
    let mut client = Client::new(broker.addr(), Version::V311, "device");
    for topic in ["state", "state", "alarm"] {
        client.send(&Packet::Publish(message(topic, "on", QoS::AtMostOnce)));
    }
    (broker, client)
}

/// How many of all rounds went as they should.
fn right(mut round: impl FnMut() -> bool) -> usize {
    (0..ROUNDS).filter(|_| round()).count()
}

#[test]
fn never_sees_what_the_clients_kernel_holds_back() {
    let right = right(|| {
        let (broker, _client) = after_three_small_writes();
        broker.expect(publish("alarm")).never().check().is_err()
    });
    assert_eq!(right, ROUNDS);
}

#[test]
fn times_sees_what_the_clients_kernel_holds_back() {
    let right = right(|| {
        let (broker, _client) = after_three_small_writes();
        broker.expect(publish("state")).times(1).check().is_err()
    });
    assert_eq!(right, ROUNDS);
}

#[test]
fn settle_waits_for_what_the_clients_kernel_holds_back() {
    let right = right(|| {
        let (broker, _client) = after_three_small_writes();
        broker.settle().expect("nothing is going on");
        broker.stats().expect("it runs").publish_received == 3
    });
    assert_eq!(right, ROUNDS);
}

/// What `settle` says of itself after a while in which the broker did not settle.
fn unsettled(broker: &mut Broker) -> String {
    broker.set_deadline(Duration::from_millis(50));
    match broker.settle() {
        Err(WaitError::Deadline { instead, .. }) => instead,
        other => panic!("it does not settle: {other:?}"),
    }
}

#[test]
fn half_a_packet_is_owed_and_named() {
    let mut broker = Broker::start().expect("it starts");
    let mut client = Client::new(broker.addr(), Version::V311, "slow");
    let peer = client.stream().local_addr().expect("it is connected");
    client.send_bytes(b"\x30\x14\x00\x05a");
    let owes = format!(r#""slow" ({peer}) owes the rest of a packet: 5 of 22 bytes came"#);
    assert_eq!(unsettled(&mut broker), owes);

    client.send_bytes(b"bcde0123456789abc");
    broker.set_deadline(broker::DEFAULT_DEADLINE);
    broker.settle().expect("it is whole now");
    assert_eq!(broker.stats().expect("it runs").publish_received, 1);

    client.send_bytes(b"\x30");
    let owes =
        format!(r#""slow" ({peer}) owes the rest of a packet: 1 bytes came, less than a fixed header"#);
    assert_eq!(unsettled(&mut broker), owes);
}

#[test]
fn half_a_connect_is_owed_by_its_address() {
    let mut broker = Broker::start().expect("it starts");
    let mut client = Client::open(broker.addr(), Version::V311);
    let peer = client.stream().local_addr().expect("it is connected");
    client.send_bytes(b"\x10\x10\x00\x04MQ");
    let owes = format!("{peer} owes the rest of a packet: 6 of 18 bytes came");
    assert_eq!(unsettled(&mut broker), owes);
}
