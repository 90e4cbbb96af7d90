//! Patterns, and the reports when they do not fit.

use std::time::Duration;

use broker::Broker;
use broker::expect::{Expectation, Failure, connect, connected, puback, publish, suback};
use packets::{Client, Connect, PINGREQ};

use super::client;
use broker::journal::Mermaid;

fn failure(broker: &Broker, expected: impl Into<Expectation>) -> Failure {
    let wanted = broker.expect(expected).within(Duration::from_millis(1));
    let error = wanted.check().wait().expect_err("it fails");
    error.failure().expect("it was not met").clone()
}

#[test]
fn what_comes_closest_stands_first() {
    let broker = Broker::start().wait().expect("it starts");
    // Another topic; two differences; the same topic and one difference, twice; and a topic far away.
    let messages = [
        &b"\x30\x06\0\x01uyes"[..],
        b"\x31\x05\0\x01tno",
        b"\x30\x05\0\x01tn1",
        b"\x30\x05\0\x01tn2",
        b"\x30\x06\0\x01vnot",
    ];
    let _client = client(&broker, &messages.concat());
    let failure = failure(&broker, publish("t").text("yes").retain(false));
    let nearest: Vec<(&str, &[u8])> = failure
        .nearest
        .iter()
        .map(|miss| {
            (
                miss.entry.topic().unwrap_or_default(),
                miss.entry.payload().unwrap_or_default(),
            )
        })
        .collect();
    // The later of two that are as close comes first.
    assert_eq!(nearest, [("t", &b"n2"[..]), ("t", b"n1"), ("t", b"no")]);
}

#[test]
fn what_stands_at_the_mark_is_what_came_closest_and_what_stood_before_it_is_not() {
    let broker = Broker::start().wait().expect("it starts");
    let mut client = client(&broker, b"\x30\x05\0\x01tn1");
    let mark = broker.mark().wait().expect("it runs");
    client.send(&packets::publish("t", 0, false, 0, b"n2"));
    client.ping(1);
    let wanted = broker.expect(publish("t").text("yes")).since(mark);
    let error = wanted
        .within(Duration::from_millis(1))
        .check()
        .wait()
        .unwrap_err();
    let failure = error.failure().expect("it came before");
    let payloads: Vec<_> = failure.nearest.iter().map(|miss| miss.entry.payload()).collect();
    assert_eq!(payloads, [Some(&b"n2"[..])]);
}

#[test]
fn what_is_expected_once_is_looked_for_no_further() {
    let broker = Broker::start().wait().expect("it starts");
    let _client = client(&broker, b"\x30\x05\0\x01tn1\x30\x05\0\x01tn2");
    let matched = broker.expect(publish("t")).check().wait().expect("it came twice");
    assert_eq!(matched.payloads(), [b"n1"]);
}

#[test]
fn a_pattern_for_a_packet_without_a_topic_has_none() {
    let broker = Broker::start().wait().expect("it starts");
    for pattern in [connect().topic("t"), puback().topic("t"), suback().topic("t")] {
        let error = broker
            .expect(pattern)
            .check()
            .wait()
            .expect_err("it can fit nothing")
            .to_string();
        assert!(error.contains("topic"), "{error}");
    }
}

#[test]
fn a_pattern_for_a_packet_without_a_payload_has_none() {
    let broker = Broker::start().wait().expect("it starts");
    for pattern in [connect().text("x"), puback().text("x"), connected().text("x")] {
        let error = broker.expect(pattern).check().wait().unwrap_err();
        assert!(error.is_invalid(), "it can fit nothing: {error}");
        let error = error.to_string();
        assert!(error.contains("payload"), "{error}");
    }
}

#[test]
fn what_another_client_did_does_not_fit() {
    let broker = Broker::start().wait().expect("it starts");
    let _client = client(&broker, b"");
    assert!(broker.expect(connected().of("a")).check().wait().is_ok());
    assert_eq!(failure(&broker, connected().of("b")).found, 0);
}

#[test]
fn a_message_that_was_dropped_for_the_client_says_so() {
    let settings = |settings: &mut broker::settings::BrokerSettings| settings.session.max_queued_messages = 0;
    let broker = broker::Broker::builder()
        .configure(settings)
        .start()
        .wait()
        .expect("it starts");
    // `away` is subscribed at QoS 1, and goes.
    let lasting = Connect {
        clean: false,
        ..Connect::new(4, "away")
    };
    let mut away = Client::with(broker.addr(), &lasting);
    away.subscribe("t", 1);
    drop(away);
    broker.wait_disconnected("away").wait().expect("it goes");
    let _client = client(&broker, b"\x32\x06\0\x01t\0\x01x\x30\x04\0\x01uy");
    let failure = failure(&broker, publish("t").to("away"));
    let notes = failure.notes.join("\n");
    assert!(notes.contains("dropped for \"away\""), "{notes}");
    // The message to another topic has nothing to do with it.
    assert!(!notes.contains(" on u "), "{notes}");
}

#[test]
fn a_session_says_whether_it_has_a_will() {
    let broker = Broker::start().wait().expect("it starts");
    let _without = client(&broker, b"");
    let will = Connect {
        will: Some(("w", "x")),
        ..Connect::new(4, "b")
    };
    let _with = Client::with(broker.addr(), &will);
    let state = broker.state().wait().expect("it runs");
    let has_will = |client: &str| state.session(client).map(|session| session.has_will);
    assert_eq!((has_will("a"), has_will("b")), (Some(false), Some(true)));
}

#[test]
fn a_drawing_names_a_connection_that_never_said_who_it_is() {
    let broker = Broker::start().wait().expect("it starts");
    let mut stranger = Client::open(broker.addr());
    stranger.send(&PINGREQ);
    stranger.expect_end();
    broker.settle().wait().expect("nothing more comes");
    let seen = broker.journal().all().wait().expect("it runs");
    let drawing = Mermaid::new(&seen.entries).to_string();
    assert!(drawing.contains("participant c0 as connection"), "{drawing}");
}
