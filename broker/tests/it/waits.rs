//! Waits that time out say how things stand instead.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use broker::{Broker, Error, Injected, QoS, ReasonCode};
use packets::{Client, Connect};

/// A broker with one client, "lamp", that is subscribed to `lamp/set` and acknowledges nothing.
fn broker() -> (Broker, Client) {
    let mut broker = Broker::start().wait().expect("it starts");
    let lasting = Connect {
        clean: false,
        ..Connect::new(4, "lamp")
    };
    let mut client = Client::with(broker.addr(), &lasting);
    client.subscribe("lamp/set", 2);
    broker.set_deadline(Duration::from_millis(1));
    (broker, client)
}

#[track_caller]
fn in_vain(result: Result<(), Error>, what: &str, instead: &str) {
    let error = result.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(
        error.to_string(),
        format!("timed out after 1ms, waiting {what}; {instead}")
    );
}

#[test]
fn of_clients() {
    let (broker, client) = broker();
    let peer = client.stream().local_addr().expect("it is connected");
    in_vain(
        broker.wait_connected("lmap").wait(),
        "for client \"lmap\" to be connected",
        "there never was a client \"lmap\"; seen: \"lamp\"",
    );
    in_vain(
        broker.wait_disconnected("lamp").wait(),
        "for client \"lamp\" to be disconnected",
        &format!("client \"lamp\" is connected from {peer}"),
    );
    // A client that never was cannot be gone: a misspelt name is no success.
    in_vain(
        broker.wait_disconnected("lmap").wait(),
        "for client \"lmap\" to be disconnected",
        "there never was a client \"lmap\"; seen: \"lamp\"",
    );
    in_vain(
        broker.wait_session_ended("lmap").wait(),
        "for the session of \"lmap\" to end",
        "there never was a client \"lmap\"; seen: \"lamp\"",
    );
    in_vain(
        broker.wait_acked("lmap").wait(),
        "for client \"lmap\" to acknowledge everything",
        "there never was a client \"lmap\"; seen: \"lamp\"",
    );
    drop(client);
    let mut broker = broker;
    broker.set_deadline(broker::DEFAULT_DEADLINE);
    broker.wait_disconnected("lamp").wait().expect("it is gone");
    broker.set_deadline(Duration::from_millis(1));
    in_vain(
        broker.wait_connected("lamp").wait(),
        "for client \"lamp\" to be connected",
        "client \"lamp\" has a session and is not connected",
    );
}

#[test]
fn of_subscriptions_and_acknowledgements() {
    let (broker, _client) = broker();
    in_vain(
        broker.wait_subscribed("lamp", "lamp/+").wait(),
        "for client \"lamp\" to be subscribed to \"lamp/+\"",
        "client \"lamp\" is subscribed to: \"lamp/set\"",
    );
    broker.wait_subscribed("lamp", "lamp/set").wait().expect("it is");
    broker.wait_acked("lamp").wait().expect("nothing was sent");
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        broker
            .publish(Injected::text("lamp/set", "on").qos(qos))
            .wait()
            .expect("it runs");
    }
    in_vain(
        broker.wait_acked("lamp").wait(),
        "for client \"lamp\" to acknowledge everything",
        "client \"lamp\" has packet 1 (lamp/set) without PUBACK, packet 2 (lamp/set) without PUBREC",
    );
    in_vain(
        broker.wait_acked("lmap").wait(),
        "for client \"lmap\" to acknowledge everything",
        "there never was a client \"lmap\"; seen: \"lamp\"",
    );
}

#[test]
fn of_sessions_and_retained_messages() {
    let (mut broker, client) = broker();
    in_vain(
        broker.wait_retained("lamp/state").wait(),
        "for a retained message of \"lamp/state\"",
        "topics with a retained message: none",
    );
    broker
        .publish(Injected::text("lamp/stat", "on").retained())
        .wait()
        .expect("it runs");
    in_vain(
        broker.wait_retained("lamp/state").wait(),
        "for a retained message of \"lamp/state\"",
        "topics with a retained message: \"lamp/stat\"",
    );
    broker.wait_retained("lamp/stat").wait().expect("it is there");

    broker.set_deadline(broker::DEFAULT_DEADLINE);
    drop(client);
    broker.wait_disconnected("lamp").wait().expect("it is gone");
    broker.set_deadline(Duration::from_millis(1));
    in_vain(
        broker.wait_session_ended("lamp").wait(),
        "for the session of \"lamp\" to end",
        "the session of \"lamp\" never ends",
    );
    assert!(broker.delete_session("lamp").wait().unwrap());
    broker.wait_session_ended("lamp").wait().expect("it was ended");
}

#[test]
fn a_client_that_was_refused_is_not_called_unknown() {
    let refused = Broker::builder().check_login(|_| Err(ReasonCode::BANNED));
    let mut broker = refused.start().wait().expect("it starts");
    broker.set_deadline(Duration::from_millis(1));
    let mut client = TcpStream::connect(broker.addr()).expect("it connects");
    let connect = b"\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01a";
    client.write_all(connect).expect("it can be written");
    client.read_exact(&mut [0; 4]).expect("CONNACK comes");
    in_vain(
        broker.wait_connected("a").wait(),
        "for client \"a\" to be connected",
        "client \"a\" sent CONNECT and was not let in",
    );
}
