//! What holds for the clients of one listener, where its table says so: seen by clients with real sockets.

use std::net::SocketAddr;

use broker::Broker;
use broker::settings::{Listener, MqttVersion};
use packets::{Client, Connect};

/// A broker with one more listener, and where that is.
fn start(listener: Listener) -> (Broker, SocketAddr) {
    let listener = Listener {
        name: "inside".to_owned(),
        ..listener
    };
    let broker = Broker::builder()
        .listener(listener)
        .start()
        .wait()
        .expect("it starts");
    let addr = broker.listener("inside").expect("it is there").addrs()[0];
    (broker, addr)
}

/// The answer to this CONNECT, after which the connection ends.
fn refusal(addr: SocketAddr, connect: &Connect<'_>) -> Vec<u8> {
    let mut client = Client::open(addr);
    client.send(&connect.bytes());
    let answer = client.packet();
    client.expect_end();
    answer
}

#[test]
fn a_listener_that_is_full_refuses_one_more_until_one_leaves() {
    let (broker, addr) = start(Listener {
        max_connections: Some(1),
        ..Listener::port(0)
    });
    let first = Client::connect(addr, "first");
    assert_eq!(refusal(addr, &Connect::new(4, "second")), [0x20, 2, 0, 3]);
    let _elsewhere = Client::connect(broker.addr(), "second");
    drop(first);
    broker.wait_disconnected("first").wait().expect("it left");
    Client::connect(addr, "third").ping(1);
}

#[test]
fn a_version_that_a_listener_does_not_take_is_named_in_the_refusal() {
    let (broker, addr) = start(Listener {
        mqtt_versions: vec![MqttVersion::V5],
        ..Listener::port(0)
    });
    assert_eq!(refusal(addr, &Connect::new(4, "old")), [0x20, 2, 0, 1]);
    Client::with(addr, &Connect::new(5, "new")).ping(1);
    Client::connect(broker.addr(), "old").ping(1);
}

#[test]
fn the_user_name_counts_as_client_identifier() {
    let (broker, addr) = start(Listener {
        use_username_as_client_id: true,
        ..Listener::port(0)
    });
    assert_eq!(refusal(addr, &Connect::new(4, "lamp")), [0x20, 2, 0, 5]);
    let mut alice = Client::open(addr);
    // CONNECT of 3.1.1 with a clean session, the client identifier `x` and the user name `alice`.
    alice.send(b"\x10\x14\0\x04MQTT\x04\x82\0\0\0\x01x\0\x05alice");
    assert_eq!(alice.packet(), [0x20, 2, 0, 0]);
    broker.wait_connected("alice").wait().expect("it is alice");
}
