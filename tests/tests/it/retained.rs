//! Retained messages.

use broker::wire::{FilterRequest, Publish, RetainHandling, SubscriptionOptions, Version};
use broker::{QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, QOS, message, versions, versions_and_qos};

fn retained<'a>(topic: &'a str, payload: &'a str, qos: QoS) -> Publish<'a> {
    Publish {
        retain: true,
        ..message(topic, payload, qos)
    }
}

#[test]
fn a_new_subscriber_gets_the_last_retained_message_of_each_topic() {
    for (version, qos) in versions_and_qos() {
        let broker = Embedded::start();
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        publisher.publish(&retained("a/1", "old", qos));
        publisher.publish(&retained("a/1", "new", qos));
        publisher.publish(&retained("a/2", "two", qos));
        publisher.publish(&message("a/2", "not retained", qos));
        publisher.publish(&retained("b", "other", qos));
        // It outlives its publisher.
        publisher.disconnect();
        for granted in QOS {
            let mut subscriber = Client::new(broker.addr(), version, "subscriber");
            subscriber.subscribe("a/+", granted);
            let mut got = [subscriber.receive(), subscriber.receive()];
            got.sort_by_key(|publish| publish.topic);
            assert_eq!(got.each_ref().map(text), ["new", "two"]);
            for publish in got {
                assert!(publish.retain, "{publish:?}");
                assert_eq!(publish.qos, qos.min(granted));
            }
            subscriber.nothing_came();
        }
    }
}

#[test]
fn a_long_walk_goes_on_while_the_clock_stands_still() {
    const MESSAGES: usize = 5_000;
    let broker = Embedded::start();
    broker
        .block_on(broker.clock().freeze())
        .expect("the clock can be stopped");
    for (version, qos) in versions_and_qos() {
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        for number in 0..MESSAGES {
            // At QoS 0, so that none of them waits for the one before.
            publisher.publish(&retained(&format!("a/{number}"), "x", QoS::AtMostOnce));
        }
        publisher.ping();
        let mut subscriber = Client::new(broker.addr(), version, "subscriber");
        subscriber.subscribe("#", qos);
        for _ in 0..MESSAGES {
            subscriber.receive();
        }
        subscriber.nothing_came();
        broker
            .block_on(broker.settle())
            .expect("nothing is left for later");
    }
}

#[test]
fn an_existing_subscriber_gets_it_as_any_other_message() {
    let broker = Embedded::start();
    for (version, qos) in versions_and_qos() {
        let mut subscriber = Client::new(broker.addr(), version, "subscriber");
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        // A topic of its own: what an earlier case retained is still there.
        let topic = format!("{version}/{qos}");
        subscriber.subscribe(&topic, qos);
        publisher.publish(&retained(&topic, "x", qos));
        let got = subscriber.receive();
        assert_eq!((text(&got), got.retain), ("x", false));
        // The same subscription again brings it again, as retained.
        subscriber.subscribe(&topic, qos);
        let got = subscriber.receive();
        assert_eq!((text(&got), got.retain), ("x", true));
        subscriber.nothing_came();
    }
}

#[test]
fn an_empty_payload_clears_it_and_is_delivered_itself() {
    let broker = Embedded::start();
    for (version, qos) in versions_and_qos() {
        let mut present = Client::new(broker.addr(), version, "present");
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        present.subscribe("a", qos);
        publisher.publish(&retained("a", "x", qos));
        publisher.publish(&retained("a", "", qos));
        assert_eq!(text(&present.receive()), "x");
        let cleared = present.receive();
        assert_eq!((text(&cleared), cleared.retain), ("", false));
        let mut later = Client::new(broker.addr(), version, "later");
        later.subscribe("a", qos);
        later.nothing_came();
    }
}

#[test]
fn a_publish_without_retain_changes_nothing_that_is_kept() {
    let broker = Embedded::start();
    for (version, qos) in versions_and_qos() {
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        publisher.publish(&retained("a", "kept", qos));
        publisher.publish(&message("a", "", qos));
        let mut subscriber = Client::new(broker.addr(), version, "subscriber");
        subscriber.subscribe("a", qos);
        assert_eq!(text(&subscriber.receive()), "kept");
        subscriber.nothing_came();
    }
}

#[test]
fn the_dollar_rule_holds_for_them_too() {
    let broker = Embedded::start();
    for version in versions() {
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        publisher.publish(&retained("$own/a", "x", QoS::AtLeastOnce));
        publisher.publish(&retained("plain", "y", QoS::AtLeastOnce));
        let mut subscriber = Client::new(broker.addr(), version, "subscriber");
        subscriber.subscribe("#", QoS::AtLeastOnce);
        assert_eq!(subscriber.receive().topic, "plain");
        subscriber.subscribe("+/a", QoS::AtLeastOnce);
        subscriber.nothing_came();
        subscriber.subscribe("$own/#", QoS::AtLeastOnce);
        assert_eq!(subscriber.receive().topic, "$own/a");
    }
}

#[test]
fn retain_handling_and_retain_as_published() {
    let broker = Embedded::start();
    let mut publisher = Client::new(broker.addr(), Version::V5, "publisher");
    publisher.publish(&retained("a", "x", QoS::AtMostOnce));
    let subscribe = |client: &mut Client, retain_handling, retain_as_published| {
        let options = SubscriptionOptions {
            retain_handling,
            retain_as_published,
            ..SubscriptionOptions::default()
        };
        let suback = client.subscribe_with(&[FilterRequest { filter: "a", options }], None);
        assert_eq!(suback.reasons, [ReasonCode::SUCCESS]);
    };
    let mut client = Client::new(broker.addr(), Version::V5, "never");
    subscribe(&mut client, RetainHandling::Never, false);
    client.nothing_came();

    let mut client = Client::new(broker.addr(), Version::V5, "if new");
    subscribe(&mut client, RetainHandling::IfNew, false);
    assert!(client.receive().retain);
    subscribe(&mut client, RetainHandling::IfNew, false);
    client.nothing_came();
    subscribe(&mut client, RetainHandling::Always, true);
    assert!(client.receive().retain);
    publisher.publish(&retained("a", "y", QoS::AtMostOnce));
    publisher.publish(&message("a", "z", QoS::AtMostOnce));
    let (kept, plain) = (client.receive(), client.receive());
    assert_eq!(
        (text(&kept), kept.retain, text(&plain), plain.retain),
        ("y", true, "z", false)
    );
}

#[test]
fn many_of_them_arrive_each_once() {
    let broker = Embedded::start();
    let mut publisher = Client::new(broker.addr(), Version::V311, "publisher");
    for n in 0..5_000 {
        publisher.start_publish(&retained(&format!("many/{n}"), "x", QoS::AtMostOnce));
    }
    publisher.ping();
    for (version, qos) in versions_and_qos() {
        let mut subscriber = Client::new(broker.addr(), version, "subscriber");
        subscriber.subscribe("many/#", qos);
        let mut topics: Vec<_> = (0..5_000).map(|_| subscriber.receive().topic).collect();
        topics.sort_unstable();
        topics.dedup();
        assert_eq!(topics.len(), 5_000);
        subscriber.nothing_came();
    }
}

#[test]
fn what_is_retained_while_others_are_still_being_delivered_comes_once() {
    let payload = "x".repeat(16_384);
    for version in [Version::V311, Version::V5] {
        let broker = Embedded::start();
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        // More than the sockets and the outbox hold: who does not read stops the delivery midway.
        for n in 0..2_000 {
            publisher.start_publish(&retained(&format!("many/{n:04}"), &payload, QoS::AtMostOnce));
        }
        publisher.ping();
        let mut subscriber = Client::new(broker.addr(), version, "subscriber");
        subscriber.subscribe("many/#", QoS::AtMostOnce);
        publisher.publish(&retained("many/1999", "changed", QoS::AtLeastOnce));
        publisher.publish(&retained("many/new", "new", QoS::AtLeastOnce));

        let mut last = Vec::new();
        for _ in 0..2_001 {
            let publish = subscriber.receive();
            if publish.payload.len() < payload.len() {
                last.push((text(&publish).to_owned(), publish.retain));
            }
        }
        subscriber.nothing_came();
        // Live: the subscription was there before them.
        assert_eq!(last, [("changed".to_owned(), false), ("new".to_owned(), false)]);
    }
}
