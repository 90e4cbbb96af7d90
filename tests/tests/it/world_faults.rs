//! Faults of the world, over our own engine, rumqttd and a relay: partitions, interruptions, listeners that are down.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use broker::QoS;
use broker::fault::Rule;
use broker::settings::{BrokerSettings, EngineKind, Listener};
use broker::wire::{Connect, Version};
use tests::harness::raw::text;
use tests::harness::{Client, DEADLINE, Embedded, hello, message};

/// CONNECT of 3.1.1 with a Keep Alive, without which rumqttd lets nobody in; and a CONNACK.
fn connect(client_id: &str) -> Vec<u8> {
    let mut bytes = vec![0x10, 12 + client_id.len() as u8];
    bytes.extend_from_slice(b"\0\x04MQTT\x04\x02\0\x3C\0");
    bytes.push(client_id.len() as u8);
    bytes.extend_from_slice(client_id.as_bytes());
    bytes
}
const CONNACK: &[u8] = &[0x20, 2, 0, 0];

/// Does this with each engine. Behind the relay is a broker of ours.
pub(super) fn with_each_engine(change: impl Fn(&mut BrokerSettings), check: impl Fn(&Embedded)) {
    let behind = Embedded::start();
    let url = behind.url();
    for engine in ["native", "rumqttd", "relay"] {
        println!("case: {engine}");
        let broker = Embedded::start_with(|settings| {
            change(settings);
            match engine {
                "rumqttd" => {
                    settings.engine.kind = EngineKind::Rumqttd;
                    settings.rumqttd.next_connection_delay_millis = 0;
                }
                "relay" => settings.upstream.url.clone_from(&url),
                _ => {}
            }
        });
        check(&broker);
    }
}

fn client(addr: SocketAddr, client_id: &str) -> Client {
    let connect = Connect {
        keep_alive_secs: 60,
        ..hello(Version::V311, client_id)
    };
    Client::connect(addr, &connect)
}

pub(super) fn says_connect(addr: SocketAddr, client_id: &str) -> TcpStream {
    let mut stream = TcpStream::connect(addr).expect("the broker listens");
    stream.set_read_timeout(Some(DEADLINE)).expect("it can");
    stream.write_all(&connect(client_id)).expect("the broker reads");
    stream
}

/// Whether the broker accepts this client; otherwise it ends the connection.
fn is_let_in(addr: SocketAddr, client_id: &str) -> bool {
    let mut stream = says_connect(addr, client_id);
    let mut answer = Vec::new();
    match stream.read(&mut [0; 4]).map(|n| answer.resize(n, 0)) {
        Ok(()) => !answer.is_empty(),
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
            false
        }
    }
}

fn is_quiet(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).expect("it can");
    let peeked = stream.peek(&mut [0]);
    stream.set_nonblocking(false).expect("it can");
    peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

#[test]
fn a_partition_lets_nothing_pass_and_loses_nothing() {
    with_each_engine(
        |_| {},
        |broker| {
            let addr = broker.addr();
            let mut lamp = client(addr, "lamp");
            lamp.subscribe("cmd", QoS::AtLeastOnce);
            let mut other = client(addr, "other");
            other.subscribe("#", QoS::AtMostOnce);

            let partition = broker.faults().partition(["lamp", "new"]).wait().unwrap();
            let mut new = says_connect(addr, "new");
            lamp.send_bytes(b"\x30\x05\0\x02upx");
            for payload in ["1", "2"] {
                other.publish(&message("cmd", payload, QoS::AtLeastOnce));
                assert_eq!(text(&other.receive()), payload);
            }
            // Others have what they sent and got; the two have nothing.
            other.nothing_came();
            assert!(is_quiet(lamp.stream()) && is_quiet(&new));

            partition.heal().wait().unwrap();
            let mut connack = [0; 4];
            new.read_exact(&mut connack).expect("it is let in now");
            assert_eq!(connack, CONNACK);
            for payload in ["1", "2"] {
                assert_eq!(text(&lamp.receive()), payload);
            }
            assert_eq!(other.receive().topic, "up");
        },
    );
}

#[test]
fn an_interruption_cuts_one_client_for_a_time_of_the_brokers_clock() {
    with_each_engine(
        |_| {},
        |broker| {
            let addr = broker.addr();
            broker.clock().freeze().wait().unwrap();
            let mut lamp = client(addr, "lamp");
            let mut other = client(addr, "other");
            let seconds = Duration::from_secs;
            broker.faults().interrupt("lamp", seconds(30)).wait().unwrap();
            lamp.closed();
            broker.until_gone("lamp");
            assert!(!is_let_in(addr, "lamp"));
            broker.clock().advance(seconds(29)).wait().unwrap();
            assert!(!is_let_in(addr, "lamp"));
            other.ping();
            assert!(is_let_in(addr, "another"));
            // It begins anew.
            broker.faults().interrupt("lamp", seconds(30)).wait().unwrap();
            broker.clock().advance(seconds(29)).wait().unwrap();
            assert!(!is_let_in(addr, "lamp"));
            broker.clock().advance(seconds(1)).wait().unwrap();
            assert!(is_let_in(addr, "lamp"));
            assert_eq!(broker.faults().list().wait().unwrap().len(), 1);
        },
    );
}

fn two_listeners(settings: &mut BrokerSettings) {
    let mut side = Listener::port(0);
    "side".clone_into(&mut side.name);
    settings.listener.push(side);
}

#[test]
fn a_listener_that_is_down_refuses_and_cuts_and_the_others_go_on() {
    with_each_engine(two_listeners, |broker| {
        let side = broker.listener("side").expect("it is there").addrs()[0];
        let mut here = client(broker.addr(), "here");
        let mut there = client(side, "there");
        let down = broker.faults().listener_down("side").wait().unwrap();
        there.closed();
        broker.until_gone("there");
        let refused = TcpStream::connect(side).expect_err("nobody listens there");
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        // No other program gets the port.
        assert!(TcpListener::bind(side).is_err());
        here.ping();
        assert!(is_let_in(broker.addr(), "another"));
        let again = broker.faults().listener_down("side").wait().unwrap_err();
        assert!(again.is_invalid(), "{again}");
        down.up().wait().unwrap();
        assert!(is_let_in(side, "there"));
    });
}

#[test]
fn a_rule_takes_a_listener_down_for_a_window_of_time() {
    with_each_engine(two_listeners, |broker| {
        let side = broker.listener("side").expect("it is there").addrs()[0];
        broker.clock().freeze().wait().unwrap();
        let rule = r#"{"name": "night", "type": "down", "listener": "side", "from_secs": 10, "to_secs": 20}"#;
        let rule: Rule = serde_json::from_str(rule).unwrap();
        broker.faults().add(rule).wait().unwrap().keep();
        assert!(is_let_in(side, "there"));
        for is_up in [false, true] {
            let by = Duration::from_secs(10);
            broker.clock().advance(by).wait().unwrap();
            assert_eq!(TcpStream::connect(side).is_ok(), is_up);
        }
    });
}

#[test]
fn a_listener_that_nobody_has_is_an_error_that_names_those_there_are() {
    let broker = Embedded::start_with(two_listeners);
    let error = broker.faults().listener_down("sied").wait().unwrap_err();
    let text = error.to_string();
    assert!(
        error.is_invalid() && text.contains("\"sied\"") && text.contains("\"side\""),
        "{text}"
    );
}

#[test]
fn a_reset_heals_the_world() {
    let broker = Embedded::start_with(two_listeners);
    let side = broker.listener("side").expect("it is there").addrs()[0];
    broker.faults().partition(["lamp"]).wait().unwrap().keep();
    broker.faults().listener_down("side").wait().unwrap().keep();
    broker.reset().wait().unwrap();
    assert!(broker.faults().list().wait().unwrap().is_empty());
    assert!(is_let_in(side, "lamp"));
}
