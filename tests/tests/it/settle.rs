//! "Nothing more is coming" is true: with clients as they are, whose kernel holds small writes back; with half a packet;
//! with clients that are not let in yet. `TEST_ROUNDS=100` runs more of what must go right every time.

use std::path::PathBuf;
use std::time::Duration;

use broker::Broker;
use broker::QoS;
use broker::expect::publish;
use broker::wire::{Packet, Version};
use tests::harness::cases::rounds;
#[cfg(target_os = "linux")]
use tests::harness::namespace::Namespace;
use tests::harness::peers::{Missing, or_skip, paho_1, paho_2};
use tests::harness::steered::paho_as_it_comes;
use tests::harness::{Client, Program, message};

/// A client that has just said three things, each in a write of its own.
fn after_three_small_writes() -> (Broker, Client) {
    let broker = Broker::start().wait().expect("it starts");
    let mut client = Client::new(broker.addr(), Version::V311, "device");
    for topic in ["state", "state", "alarm"] {
        client.send(&Packet::Publish(message(topic, "on", QoS::AtMostOnce)));
    }
    (broker, client)
}

/// This must be right every time.
fn always(mut round: impl FnMut() -> bool) {
    let rounds = rounds(100);
    assert_eq!((0..rounds).filter(|_| round()).count(), rounds);
}

#[test]
fn never_sees_what_the_clients_kernel_holds_back() {
    always(|| {
        let (broker, _client) = after_three_small_writes();
        broker.expect(publish("alarm")).never().check().wait().is_err()
    });
}

#[test]
fn times_sees_what_the_clients_kernel_holds_back() {
    always(|| {
        let (broker, _client) = after_three_small_writes();
        broker.expect(publish("state")).times(1).check().wait().is_err()
    });
}

#[test]
fn settle_waits_for_what_the_clients_kernel_holds_back() {
    always(|| {
        let (broker, _client) = after_three_small_writes();
        broker.settle().wait().expect("nothing is going on");
        broker.stats().wait().expect("it runs").publish_received == 3
    });
}

/// What `settle` says of itself after a while in which the broker did not settle.
fn unsettled(broker: &mut Broker) -> String {
    broker.set_deadline(Duration::from_millis(50));
    let error = broker.settle().wait().expect_err("it does not settle");
    assert!(error.is_timeout(), "{error}");
    let error = error.to_string();
    let (_, instead) = error.split_once("; ").expect("it says how things stand");
    instead.to_owned()
}

#[test]
fn half_a_packet_is_owed_and_named() {
    let mut broker = Broker::start().wait().expect("it starts");
    let mut client = Client::new(broker.addr(), Version::V311, "slow");
    let peer = client.stream().local_addr().expect("it is connected");
    client.send_bytes(b"\x30\x14\x00\x05a");
    let owes = format!(r#""slow" ({peer}) owes the rest of a packet: 5 of 22 bytes came"#);
    assert_eq!(unsettled(&mut broker), owes);

    client.send_bytes(b"bcde0123456789abc");
    broker.set_deadline(broker::DEFAULT_DEADLINE);
    broker.settle().wait().expect("it is whole now");
    assert_eq!(broker.stats().wait().expect("it runs").publish_received, 1);

    client.send_bytes(b"\x30");
    let owes =
        format!(r#""slow" ({peer}) owes the rest of a packet: 1 bytes came, less than a fixed header"#);
    assert_eq!(unsettled(&mut broker), owes);
}

#[test]
fn half_a_connect_is_owed_by_its_address() {
    let mut broker = Broker::start().wait().expect("it starts");
    let mut client = Client::open(broker.addr(), Version::V311);
    let peer = client.stream().local_addr().expect("it is connected");
    client.send_bytes(b"\x10\x10\x00\x04MQ");
    let owes = format!("{peer} owes the rest of a packet: 6 of 18 bytes came");
    assert_eq!(unsettled(&mut broker), owes);
}

/// Paho with its own socket and its own words for "sent": `wait_for_publish()`.
fn paho_is_seen(python: Result<PathBuf, Missing>) {
    let Some(python) = or_skip(python) else { return };
    let broker = Broker::start().wait().expect("it starts");
    let mut paho = paho_as_it_comes(&python, broker.addr());
    let mut say = || {
        broker.mark().wait().expect("it runs");
        paho.input("say device\n");
        assert_eq!(paho.line(), "done");
    };
    let rounds = rounds(5);
    let (mut never, mut times, mut settle) = (0, 0, 0);
    for _ in 0..rounds {
        say();
        never += usize::from(broker.expect(publish("alarm")).never().check().wait().is_err());
        say();
        times += usize::from(broker.expect(publish("state")).times(1).check().wait().is_err());
        let before = broker.stats().wait().expect("it runs").publish_received;
        say();
        broker.settle().wait().expect("nothing is going on");
        settle += usize::from(broker.stats().wait().expect("it runs").publish_received == before + 3);
    }
    assert_eq!((never, times, settle), (rounds, rounds, rounds));
}

#[test]
fn paho_1_is_seen() {
    paho_is_seen(paho_1());
}

#[test]
fn paho_2_is_seen() {
    paho_is_seen(paho_2());
}

/// A client in another network namespace of this machine, which looks like one elsewhere.
#[cfg(target_os = "linux")]
#[test]
fn a_client_in_another_network_namespace_is_seen_and_proves_nothing() {
    let Some(elsewhere) = or_skip(Namespace::new()) else {
        return;
    };
    let broker = broker::Broker::builder()
        .bind(elsewhere.outside())
        .configure(|settings| settings.auth.allow_anonymous_remotely = true)
        .start()
        .wait()
        .expect("it starts");
    // Each `printf` is a write of its own.
    let script = format!(
        "exec 3<>/dev/tcp/{}/{}
        printf '\\x10\\x12\\0\\x04MQTT\\x04\\x02\\0\\0\\0\\x06device' >&3
        head -c 4 <&3 >/dev/null
        printf '\\x30\\x09\\0\\x05stateon' >&3
        printf '\\x30\\x09\\0\\x05stateon' >&3
        printf '\\x30\\x09\\0\\x05alarmon' >&3
        echo said
        read",
        elsewhere.outside(),
        broker.addr().port()
    );
    for _ in 0..rounds(10) {
        let before = broker.stats().wait().expect("it runs").publish_received;
        let mut device = Program::start(elsewhere.command("bash").args(["-c", &script]));
        assert_eq!(device.line(), "said");
        broker.settle().wait().expect("nothing is going on");
        let received = broker.stats().wait().expect("it runs").publish_received;
        assert_eq!(received - before, 3);

        let never = broker
            .expect(publish("nothing"))
            .never()
            .within(Duration::from_millis(20));
        let error = never.check().wait().expect_err("it cannot be proven").to_string();
        assert!(error.contains("another network namespace"), "{error}");
        device.input("\n");
        device.wait();
        broker.wait_disconnected("device").wait().expect("it has gone");
        // Gone with all that it sent.
        broker
            .expect(publish("nothing"))
            .never()
            .check()
            .wait()
            .expect("it is proven");
    }
}
