//! The broker as a library: start, use, stop. Alone in its process: a port that was just given up could go to a test beside
//! it, and a program that is being started has a copy of every socket of its parent for a moment.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};

use broker::wire::{Packet, Version};
use broker::{Broker, Injected, QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, VERSIONS, message, versions};

fn assert_free(addr: SocketAddr) {
    match TcpStream::connect(addr) {
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionRefused),
        Ok(_) => panic!("something still listens on {addr}"),
    }
    TcpListener::bind(addr).unwrap_or_else(|error| panic!("{addr} is not free: {error}"));
}

fn injected(topic: &str) -> Injected {
    Injected {
        topic: topic.to_owned(),
        payload: "x".into(),
        qos: QoS::AtLeastOnce,
        ..Injected::default()
    }
}

#[tokio::test]
async fn a_broker_dropped_inside_an_async_test_frees_its_port_at_once() {
    let broker = Broker::start().await.expect("it starts");
    let addr = broker.addr();
    assert!(addr.ip().is_loopback() && addr.port() != 0);
    let mut client = Client::new(addr, Version::V5, "client");
    drop(broker);
    assert_free(addr);
    client.ended_with(ReasonCode::SERVER_SHUTTING_DOWN);
}

#[tokio::test]
async fn shutdown_tells_the_clients_and_reports() {
    let broker = Broker::start().await.expect("it starts");
    let addr = broker.addr();
    let mut clients = VERSIONS.map(|version| Client::new(addr, version, &format!("client {version}")));
    clients[0].publish(&message("a", "x", QoS::AtLeastOnce));
    let report = broker.shutdown().await.expect("it stops");
    for client in &mut clients {
        client.ended_with(ReasonCode::SERVER_SHUTTING_DOWN);
    }
    assert_eq!(
        (report.stats.clients_connected, report.stats.publish_received),
        (3, 1)
    );
    assert_eq!(report.stats.panics_caught, 0);
    assert_free(addr);
}

#[tokio::test]
async fn a_client_that_reads_nothing_does_not_hold_up_the_end() {
    let broker = Broker::start().await.expect("it starts");
    let mut stuck = Client::new(broker.addr(), Version::V311, "stuck");
    stuck.subscribe("a", QoS::AtMostOnce);
    let payload = bytes_of(1 << 20);
    for _ in 0..64 {
        let message = Injected {
            payload: payload.clone().into(),
            qos: QoS::AtMostOnce,
            ..injected("a")
        };
        broker.publish(message).await.expect("it runs");
    }
    let began = std::time::Instant::now();
    broker.shutdown().await.expect("it stops");
    assert!(began.elapsed().as_millis() < 1000, "took {:?}", began.elapsed());
}

fn bytes_of(length: usize) -> Vec<u8> {
    vec![b'x'; length]
}

#[test]
fn the_handle_without_async() {
    let broker = Broker::start().wait().expect("it starts");
    let addr = broker.addr();
    assert_eq!(broker.url(), format!("mqtt://{addr}"));
    assert_eq!(broker.addrs(), [addr]);
    let mut client = Client::new(addr, Version::V311, "client");
    client.subscribe("a", QoS::AtLeastOnce);
    assert_eq!(broker.publish(injected("a")).wait().unwrap(), 1);
    assert_eq!(text(&client.receive()), "x");
    assert_eq!(broker.publish(injected("nobody")).wait().unwrap(), 0);
    assert_eq!(broker.stats().wait().unwrap().clients_connected, 1);
    let disconnect = |who| broker.disconnect(who, ReasonCode::ADMINISTRATIVE_ACTION).wait();
    assert!(disconnect("client").unwrap());
    assert!(!disconnect("nobody").unwrap());
    client.closed();
    let report = broker.shutdown().wait().expect("it stops");
    assert_eq!(report.stats.clients_connected, 1);
    assert_free(addr);

    let builder = Broker::builder().configure(|settings| settings.limits.max_packet_size_bytes = 1000);
    let broker = builder.start().wait().expect("it starts");
    let addr = broker.addr();
    let (_client, connack) = Client::say_hello(addr, &tests::harness::hello(Version::V5, "client"));
    assert_eq!(connack.properties.maximum_packet_size, Some(1000));
    drop(broker);
    assert_free(addr);
}

#[test]
fn a_message_of_the_program_reaches_its_subscribers() {
    let broker = Embedded::start();
    for version in versions() {
        let mut client = Client::new(broker.addr(), version, "client");
        client.subscribe("a/#", QoS::ExactlyOnce);
        assert_eq!(broker.block_on(broker.publish(injected("a/b"))).unwrap(), 1);
        let got = client.receive();
        assert_eq!((got.topic, text(&got), got.qos), ("a/b", "x", QoS::AtLeastOnce));
        assert_eq!(broker.block_on(broker.publish(injected("b"))).unwrap(), 0);
        client.nothing_came();
    }
}

#[test]
fn a_message_of_the_program_with_an_invalid_topic_is_an_error_that_says_so() {
    let broker = Embedded::start();
    for topic in ["", "a/#", "+", "a\0b"] {
        let error = broker.publish(injected(topic)).wait().unwrap_err();
        assert!(error.is_invalid());
        assert!(error.to_string().contains(&format!("{topic:?}")), "{error}");
    }
    assert_eq!(broker.stats().panics_caught, 0);
}

#[test]
fn retained_messages_can_be_cleared() {
    let broker = Embedded::start();
    for topic in ["a", "b", "$own"] {
        let retained = Injected {
            retain: true,
            ..injected(topic)
        };
        broker.block_on(broker.publish(retained)).expect("it runs");
    }
    assert_eq!(broker.block_on(broker.clear_retained()).unwrap(), 3);
    assert_eq!(broker.block_on(broker.clear_retained()).unwrap(), 0);
    let mut client = Client::new(broker.addr(), Version::V311, "client");
    client.subscribe("#", QoS::AtMostOnce);
    client.nothing_came();
    // The broker's own figures stay.
    client.subscribe("$SYS/broker/version", QoS::AtMostOnce);
    assert!(client.receive().retain);
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_that_names_it() {
    let first = Broker::start().await.expect("it starts");
    let addr = first.addr();
    let error = Broker::builder().port(addr.port()).start().await.unwrap_err();
    assert!(error.is_port_taken());
    assert!(
        error
            .to_string()
            .starts_with(&format!("cannot listen on {addr}: ")),
        "{error}"
    );
    let text = Broker::builder()
        .port(addr.port())
        .start()
        .await
        .expect_err("taken")
        .to_string();
    assert!(
        text.contains(&addr.to_string()) && text.contains("-p 0"),
        "{text}"
    );
    // The first one did not notice.
    Client::new(addr, Version::V5, "client").disconnect();
}

#[tokio::test]
async fn both_loopback_addresses_on_one_port() {
    let v6 = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let broker = Broker::builder().bind(v6).start().await.expect("it starts");
    let port = broker.addr().port();
    let expected = [
        SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        SocketAddr::from((v6, port)),
    ];
    assert!(expected.starts_with(broker.addrs()), "{:?}", broker.addrs());
    // A machine without IPv6 has the first alone, and says what it left out.
    assert_eq!(broker.addrs().len() + broker.skipped().len(), 2);
    for addr in broker.addrs() {
        let mut client = Client::open(*addr, Version::V311);
        client.send(&Packet::Connect(Box::new(tests::harness::hello(
            Version::V311,
            "client",
        ))));
        assert!(matches!(client.packet(), Packet::ConnAck(_)));
    }
}

#[test]
fn brokers_of_one_process_share_nothing() {
    let (one, two) = (Embedded::start(), Embedded::start());
    assert_ne!(one.addr(), two.addr());
    let mut here = Client::new(one.addr(), Version::V5, "same");
    let mut there = Client::new(two.addr(), Version::V5, "same");
    here.subscribe("a", QoS::AtMostOnce);
    there.subscribe("a", QoS::AtMostOnce);
    here.publish(&message("a", "x", QoS::AtMostOnce));
    assert_eq!(text(&here.receive()), "x");
    there.nothing_came();
    one.shutdown();
    there.nothing_came();
}

#[test]
fn one_seed_gives_the_same_again() {
    let assigned = |seed| {
        let broker = Embedded::start_with(|settings| settings.engine.seed = seed);
        assert_eq!(broker.seed(), seed);
        let (_client, connack) = Client::say_hello(broker.addr(), &tests::harness::hello(Version::V5, ""));
        connack
            .properties
            .assigned_client_id
            .expect("one is assigned")
            .to_owned()
    };
    assert_eq!(assigned(7), assigned(7));
    assert_ne!(assigned(7), assigned(8));
    assert_ne!(Embedded::start().seed(), Embedded::start().seed());
}
