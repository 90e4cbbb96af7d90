//! The instrument with real clients: rumqttc and Eclipse Paho, whose own time runs on while the broker's stands still.

use std::time::Duration;

use broker::Broker;
use tests::harness::steered::{Peer, Steered, Wish};

const HOUR: Duration = Duration::from_secs(3600);

fn frozen() -> Broker {
    let broker = Broker::start().wait().expect("it starts");
    broker.clock().freeze().wait().expect("it runs");
    broker
}

fn advance(broker: &Broker, secs: u64) {
    broker
        .clock()
        .advance(Duration::from_secs(secs))
        .wait()
        .expect("it runs");
}

/// What the broker sent so far.
fn sent(broker: &Broker) -> u64 {
    broker.settle().wait().expect("nothing is going on");
    broker.stats().wait().expect("it runs").publish_sent
}

fn will_after_its_delay(peer: Peer) -> Option<()> {
    let broker = frozen();
    let (mut watcher, _) = Steered::start(peer, broker.addr(), &Wish::lasting("watcher", 0))?;
    watcher.subscribe("status", 1);
    let wish = Wish {
        will: Some(("status", "gone", 30)),
        ..Wish::lasting("sensor", 3600)
    };
    let (sensor, _) = Steered::start(peer, broker.addr(), &wish)?;
    sensor.vanish();
    broker.wait_disconnected("sensor").wait().expect("it is gone");

    advance(&broker, 29);
    assert_eq!(sent(&broker), 0, "a second too early");
    advance(&broker, 1);
    assert_eq!(watcher.message()["payload"], "gone");
    Some(())
}

#[test]
fn a_will_comes_after_its_delay_to_rumqttc() {
    will_after_its_delay(Peer::Rumqttc);
}

#[test]
fn a_will_comes_after_its_delay_to_paho() {
    will_after_its_delay(Peer::Paho);
}

fn an_hour_of_session_expiry(peer: Peer) -> Option<()> {
    let broker = frozen();
    let wish = Wish::lasting("sleeper", 3600);
    let (client, session_present) = Steered::start(peer, broker.addr(), &wish)?;
    assert!(!session_present);
    client.disconnect();
    broker
        .wait_disconnected("sleeper")
        .wait()
        .expect("it said goodbye");

    advance(&broker, 3599);
    let (client, session_present) = Steered::start(peer, broker.addr(), &wish)?;
    assert!(session_present, "a second before its end");
    client.disconnect();
    broker
        .wait_disconnected("sleeper")
        .wait()
        .expect("it said goodbye");

    broker.clock().advance(HOUR).wait().expect("it runs");
    broker
        .wait_session_ended("sleeper")
        .wait()
        .expect("its hour is over");
    let (_client, session_present) = Steered::start(peer, broker.addr(), &wish)?;
    assert!(!session_present);
    Some(())
}

#[test]
fn an_hour_of_session_expiry_passes_at_once_for_rumqttc() {
    an_hour_of_session_expiry(Peer::Rumqttc);
}

#[test]
fn an_hour_of_session_expiry_passes_at_once_for_paho() {
    an_hour_of_session_expiry(Peer::Paho);
}

fn message_expiry_is_counted_down(peer: Peer) -> Option<()> {
    let broker = frozen();
    let wish = Wish::lasting("sleeper", 3600);
    let (mut sleeper, _) = Steered::start(peer, broker.addr(), &wish)?;
    sleeper.subscribe("news", 1);
    sleeper.disconnect();
    broker
        .wait_disconnected("sleeper")
        .wait()
        .expect("it said goodbye");
    let (mut publisher, _) = Steered::start(peer, broker.addr(), &Wish::lasting("publisher", 0))?;
    publisher.publish("news", "short", Some(60));
    publisher.publish("news", "long", Some(120));

    advance(&broker, 100);
    let (mut sleeper, _) = Steered::start(peer, broker.addr(), &wish)?;
    let got = sleeper.message();
    assert_eq!(
        (&got["payload"], &got["expiry_secs"]),
        (&"long".into(), &20.into())
    );
    assert_eq!(sent(&broker), 1, "the short one is not sent any more");
    Some(())
}

#[test]
fn message_expiry_is_counted_down_for_rumqttc() {
    message_expiry_is_counted_down(Peer::Rumqttc);
}

#[test]
fn message_expiry_is_counted_down_for_paho() {
    message_expiry_is_counted_down(Peer::Paho);
}

fn nothing_arrives(peer: Peer) -> Option<()> {
    let broker = Broker::start().wait().expect("it starts");
    let (mut subscriber, _) = Steered::start(peer, broker.addr(), &Wish::lasting("subscriber", 0))?;
    subscriber.subscribe("alarm/#", 1);
    let (mut publisher, _) = Steered::start(peer, broker.addr(), &Wish::lasting("publisher", 0))?;
    for n in 0..100 {
        publisher.send("weather", &n.to_string(), 0, None);
    }
    // The last one is acknowledged, so that all of them have left the client.
    publisher.publish("weather", "last", None);
    broker.settle().wait().expect("nothing is going on");
    let stats = broker.stats().wait().expect("it runs");
    assert_eq!((stats.publish_received, stats.publish_sent), (101, 0));

    // It would have come.
    publisher.publish("alarm/fire", "!", None);
    assert_eq!(subscriber.message()["topic"], "alarm/fire");
    Some(())
}

#[test]
fn nothing_arrives_at_rumqttc_and_settle_says_so() {
    nothing_arrives(Peer::Rumqttc);
}

#[test]
fn nothing_arrives_at_paho_and_settle_says_so() {
    nothing_arrives(Peer::Paho);
}
