//! The broker as an instrument for tests: a clock that is stopped and moved, waits without sleeping, and its state.
//!
//! The clients here are blocking and the broker has its own thread, so a test is simply one after the other.

use std::time::{Duration, Instant};

use broker::wire::{Connect, ConnectProperties, Version, Will, WillProperties};
use broker::{Broker, QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, hello, message};

const HOUR: Duration = Duration::from_secs(3600);

fn lasting(client_id: &str, expiry_secs: u32) -> Connect<'_> {
    Connect {
        clean_start: false,
        properties: ConnectProperties {
            session_expiry_secs: Some(expiry_secs),
            ..ConnectProperties::default()
        },
        ..hello(Version::V5, client_id)
    }
}

#[tokio::test]
async fn an_hour_of_session_expiry_passes_at_once_and_to_the_second() {
    let broker = Broker::start().await.expect("it starts");
    broker.clock().freeze().await.expect("it runs");
    let begun = Instant::now();
    Client::connect(broker.addr(), &lasting("c", 3600)).disconnect();
    broker.wait_disconnected("c").await.expect("it said goodbye");

    broker
        .clock()
        .advance(Duration::from_secs(3599))
        .await
        .expect("it runs");
    let (client, connack) = Client::say_hello(broker.addr(), &lasting("c", 3600));
    assert!(connack.session_present, "a second before its end");
    client.disconnect();
    broker.wait_disconnected("c").await.expect("it said goodbye");

    broker.clock().advance(HOUR).await.expect("it runs");
    let (_, connack) = Client::say_hello(broker.addr(), &lasting("c", 3600));
    assert!(!connack.session_present, "at its end");
    assert!(
        begun.elapsed() < HOUR / 60,
        "two hours went by on the broker's clock alone"
    );
}

#[tokio::test]
async fn a_will_comes_after_its_delay_and_not_before() {
    let broker = Broker::start().await.expect("it starts");
    broker.clock().freeze().await.expect("it runs");
    let mut watcher = Client::new(broker.addr(), Version::V5, "watcher");
    watcher.subscribe("will", QoS::AtMostOnce);
    let will = Will {
        topic: "will",
        payload: b"gone",
        qos: QoS::AtMostOnce,
        retain: false,
        properties: WillProperties {
            delay_secs: Some(30),
            ..WillProperties::default()
        },
    };
    let connect = Connect {
        will: Some(will),
        ..lasting("c", 3600)
    };
    Client::connect(broker.addr(), &connect).vanish();
    broker.wait_disconnected("c").await.expect("it is gone");

    broker
        .clock()
        .advance(Duration::from_secs(29))
        .await
        .expect("it runs");
    watcher.nothing_came();
    broker
        .clock()
        .advance(Duration::from_secs(1))
        .await
        .expect("it runs");
    assert_eq!(text(&watcher.receive()), "gone");
}

#[tokio::test]
async fn message_expiry_is_counted_down_by_the_frozen_clock() {
    let broker = Broker::start().await.expect("it starts");
    broker.clock().freeze().await.expect("it runs");
    let mut sleeper = Client::connect(broker.addr(), &lasting("c", 3600));
    sleeper.subscribe("t", QoS::AtLeastOnce);
    sleeper.disconnect();
    broker.wait_disconnected("c").await.expect("it said goodbye");
    let mut publisher = Client::new(broker.addr(), Version::V5, "p");
    for (payload, secs) in [("short", 60), ("long", 120)] {
        let mut publish = message("t", payload, QoS::AtLeastOnce);
        publish.properties.message_expiry_secs = Some(secs);
        publisher.publish(&publish);
    }
    broker
        .clock()
        .advance(Duration::from_secs(100))
        .await
        .expect("it runs");
    let state = broker.state().await.expect("it runs");
    let queued: Vec<_> = state
        .sessions
        .iter()
        .flat_map(|session| &session.queued)
        .collect();
    assert_eq!(queued.len(), 1, "the other one expired at its own instant");

    let mut awake = Client::connect(broker.addr(), &lasting("c", 3600));
    let got = awake.receive();
    assert_eq!(
        (text(&got), got.properties.message_expiry_secs),
        ("long", Some(20))
    );
}

#[tokio::test]
async fn keep_alive_follows_the_clock() {
    let broker = Broker::start().await.expect("it starts");
    broker.clock().freeze().await.expect("it runs");
    let connect = Connect {
        keep_alive_secs: 60,
        ..hello(Version::V5, "c")
    };
    let mut client = Client::connect(broker.addr(), &connect);
    broker
        .clock()
        .advance(Duration::from_secs(89))
        .await
        .expect("it runs");
    client.ping();
    broker.settle().await.expect("nothing is going on");
    broker
        .clock()
        .advance(Duration::from_secs(89))
        .await
        .expect("it runs");
    client.ping();
    broker
        .clock()
        .advance(Duration::from_secs(90))
        .await
        .expect("it runs");
    client.ended_with(ReasonCode::KEEP_ALIVE_TIMEOUT);
}

#[tokio::test]
async fn settle_shows_that_nothing_else_arrives() {
    let broker = Broker::start().await.expect("it starts");
    let mut subscriber = Client::new(broker.addr(), Version::V5, "s");
    subscriber.subscribe("a/#", QoS::AtLeastOnce);
    let mut publisher = Client::new(broker.addr(), Version::V5, "p");
    for n in 0..100 {
        publisher.send(&broker::wire::Packet::Publish(message(
            if n % 2 == 0 { "a/b" } else { "elsewhere" },
            "x",
            QoS::AtMostOnce,
        )));
    }
    broker.settle().await.expect("all of it is handled");
    let stats = broker.stats().await.expect("it runs");
    assert_eq!(
        (stats.publish_received, stats.publish_sent),
        (100, 50),
        "without waiting for a time"
    );
}

#[tokio::test]
async fn settle_names_the_client_that_does_not_acknowledge() {
    let mut broker = Broker::start().await.expect("it starts");
    broker.set_deadline(Duration::from_millis(50));
    let mut subscriber = Client::new(broker.addr(), Version::V5, "silent");
    subscriber.subscribe("t", QoS::AtLeastOnce);
    Client::new(broker.addr(), Version::V5, "p").publish(&message("t", "x", QoS::AtLeastOnce));
    let error = broker.settle().await.expect_err("PUBACK does not come");
    assert!(
        error.is_timeout()
            && error
                .to_string()
                .contains("client \"silent\" has packet 1 (t) without PUBACK"),
        "{error}"
    );
    let got = subscriber.receive();
    subscriber.acknowledge(&got);
    broker.set_deadline(broker::DEFAULT_DEADLINE);
    broker.settle().await.expect("now it has");
    broker.wait_acked("silent").await.expect("now it has");
}

#[tokio::test]
async fn waits_end_when_it_is_so_and_say_what_was_waited_for_when_it_is_not() {
    let mut broker = Broker::start().await.expect("it starts");
    let addr = broker.addr();
    let late = std::thread::spawn(move || {
        let mut client = Client::new(addr, Version::V311, "late");
        client.subscribe("t/#", QoS::AtMostOnce);
        client
    });
    broker.wait_connected("late").await.expect("it comes");
    broker
        .wait_subscribed("late", "t/#")
        .await
        .expect("it subscribes");
    assert_eq!(
        broker.publish(broker::Injected::text("t/1", "x")).await.unwrap(),
        1,
        "subscribed means that messages reach it"
    );
    let mut client = late.join().expect("it subscribed");
    assert_eq!(text(&client.receive()), "x");

    broker.set_deadline(Duration::from_millis(20));
    let error = broker.wait_connected("never").await.expect_err("nobody comes");
    assert!(
        error
            .to_string()
            .contains(r#"for client "never" to be connected"#),
        "{error}"
    );
}

#[tokio::test]
async fn the_state_can_be_read_and_reset() {
    let broker = Broker::start().await.expect("it starts");
    let mut client = Client::connect(broker.addr(), &lasting("c", 60));
    client.subscribe("t", QoS::ExactlyOnce);
    let mut retained = message("kept", "x", QoS::AtLeastOnce);
    retained.retain = true;
    client.publish(&retained);
    client.publish(&message("t", "y", QoS::ExactlyOnce));

    let state = broker.state().await.expect("it runs");
    let session = &state.sessions[0];
    assert_eq!(
        (
            session.client_id.as_str(),
            session.connected,
            session.version.as_str()
        ),
        ("c", true, "5.0")
    );
    assert_eq!(
        (
            session.subscriptions[0].filter.as_str(),
            session.subscriptions[0].qos
        ),
        ("t", 2)
    );
    assert_eq!(session.inflight[0].awaits, "PUBREC");
    assert_eq!(
        (state.retained[0].topic.as_str(), &*state.retained[0].payload),
        ("kept", &b"x"[..])
    );

    broker.reset().await.expect("it runs");
    client.publish_packet();
    client.ended_with(ReasonCode::ADMINISTRATIVE_ACTION);
    let state = broker.state().await.expect("it runs");
    assert!(
        state.sessions.is_empty() && state.retained.is_empty(),
        "{state:?}"
    );
    assert_eq!(broker.stats().await.expect("it runs").publish_received, 0);
    let (_, connack) = Client::say_hello(broker.addr(), &lasting("c", 60));
    assert!(!connack.session_present);
}

#[tokio::test]
async fn a_session_can_be_ended_from_outside() {
    let broker = Broker::start().await.expect("it starts");
    let mut client = Client::connect(broker.addr(), &lasting("c", 60));
    assert!(broker.delete_session("c").await.unwrap());
    client.ended_with(ReasonCode::ADMINISTRATIVE_ACTION);
    assert!(!broker.delete_session("c").await.unwrap());
}
