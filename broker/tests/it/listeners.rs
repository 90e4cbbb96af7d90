//! What holds for the clients of one listener, where its table says so: seen by clients with real sockets.

use std::io::Read;
use std::net::SocketAddr;

use broker::settings::{Listener, MqttVersion};
use broker::{Broker, expect};
use packets::{Client, Connect, publish};

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

/// The first line of the answer to a request for a WebSocket by a page of this origin.
fn answer_to_page(addr: SocketAddr, origin: &str, more: &str) -> String {
    let mut page = Client::open(addr);
    let request = format!(
        "GET /mqtt HTTP/1.1\r\nHost: broker.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: {origin}\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n{more}\r\n"
    );
    page.send(request.as_bytes());
    let mut line = [0; 12];
    page.stream().read_exact(&mut line).expect("there is an answer");
    String::from_utf8_lossy(&line).into_owned()
}

#[test]
fn pages_and_heads_are_those_of_the_listener() {
    let (broker, addr) = start(Listener {
        origins: Some(vec!["https://app.example".to_owned()]),
        max_header_bytes: Some(512),
        ..Listener::port(0)
    });
    let page = "https://app.example";
    assert_eq!(answer_to_page(addr, page, ""), "HTTP/1.1 101");
    assert_eq!(answer_to_page(broker.addr(), page, ""), "HTTP/1.1 403");
    let long = format!("X-More: {}\r\n", "x".repeat(400));
    assert_eq!(answer_to_page(addr, page, &long), "HTTP/1.1 431");
    let here = "http://localhost";
    assert_eq!(answer_to_page(broker.addr(), here, &long), "HTTP/1.1 101");
}

#[cfg(target_os = "linux")]
#[test]
fn a_listener_may_be_bound_to_an_interface() {
    let on = |interface: &str| {
        let listener = Listener {
            name: "inside".to_owned(),
            bind_interface: interface.to_owned(),
            ..Listener::port(0)
        };
        Broker::builder().listener(listener).start().wait()
    };
    match on("lo") {
        Ok(broker) => {
            let addr = broker.listener("inside").expect("it is there").addrs()[0];
            Client::connect(addr, "c").ping(1);
        }
        // Old kernels ask for a capability.
        Err(error) => assert!(error.to_string().contains("CAP_NET_RAW"), "{error}"),
    }
    let error = on("nothing0").expect_err("there is none").to_string();
    let right =
        "the network interface \"nothing0\" cannot be bound to: this machine has no interface of that name";
    assert!(error.contains(right) || error.contains("CAP_NET_RAW"), "{error}");
}

#[test]
fn a_payload_that_is_too_long_is_refused_in_words() {
    let broker = Broker::builder()
        .configure(|settings| settings.limits.max_payload_bytes = 4)
        .start()
        .wait()
        .expect("it starts");
    let mut client = Client::with(broker.addr(), &Connect::new(5, "c"));
    client.send(b"\x32\x0B\0\x01t\0\x01\0hello");
    let puback = client.packet();
    assert_eq!(&puback[..5], [0x40, puback[1], 0, 1, 0x83]);
    let words = String::from_utf8_lossy(&puback[5..]).into_owned();
    assert!(
        words.contains("the payload has 5 bytes; limits.max_payload_bytes is 4"),
        "{words}"
    );
}

#[test]
fn a_mount_point_is_seen_by_everybody_but_its_clients() {
    let (broker, addr) = start(Listener {
        mount_point: "house/".to_owned(),
        ..Listener::port(0)
    });
    let mut inside = Client::connect(addr, "inside");
    let mut outside = Client::connect(broker.addr(), "outside");
    inside.subscribe("#", 1);
    outside.subscribe("#", 1);
    broker.wait_subscribed("inside", "#").wait().expect("it is");
    inside.send(&publish("lamp", 1, true, 1, b"on"));
    assert_eq!(inside.packet(), publish("lamp", 1, false, 1, b"on"));
    assert_eq!(inside.packet(), [0x40, 2, 0, 1]);
    assert_eq!(outside.packet(), publish("house/lamp", 1, false, 1, b"on"));
    // Expectations see what was on the wire.
    broker.expect(expect::publish("lamp").from("inside")).wait();
    let state = broker.state().wait().expect("it runs");
    assert_eq!(state.retained[0].topic, "house/lamp");
}
