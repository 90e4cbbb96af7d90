//! Bounds: a refusal is told and counted, and no other client loses by it.

use broker::journal::DropReason;
use broker::settings::BrokerSettings;
use broker::wire::{Connect, ConnectProperties, Publish, Version};
use broker::{Event, QoS, ReasonCode, Stats};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, PERSISTENT, VERSIONS, hello, message, resume, versions};

/// A session that is away, subscribed to "a" at QoS 2; another one that is there, subscribed to the same.
fn away_and_present(broker: &Embedded, version: Version) -> Client {
    Client::new(broker.addr(), version, "away").disconnect();
    let mut away = Client::connect(broker.addr(), &resume(version, "away"));
    away.subscribe("a", QoS::ExactlyOnce);
    away.disconnect();
    let mut present = Client::new(broker.addr(), version, "present");
    present.subscribe("a", QoS::ExactlyOnce);
    present
}

fn dropped_for(broker: &Embedded, who: &str, reason: DropReason) {
    broker.until("it was told of", |event| {
        matches!(event, Event::Dropped { client_id, why, .. } if &**client_id == who && *why == reason)
    });
}

#[test]
fn messages_of_a_queue() {
    for version in VERSIONS {
        for qos in PERSISTENT {
            let broker = Embedded::start_with(|settings| settings.session.max_queued_messages = 3);
            let mut present = away_and_present(&broker, version);
            let mut publisher = Client::new(broker.addr(), version, "publisher");
            for payload in ["0", "1", "2", "3", "4"] {
                let reason = publisher.publish(&message("a", payload, qos));
                // One of its two receivers got it.
                assert_eq!(reason, ReasonCode::SUCCESS);
                assert_eq!(text(&present.receive()), payload);
            }
            assert_eq!(broker.stats().dropped_queue_full, 2);
            dropped_for(&broker, "away", DropReason::QueueFull);
            // What was there first stays.
            let mut away = Client::connect(broker.addr(), &resume(version, "away"));
            for payload in ["0", "1", "2"] {
                assert_eq!(text(&away.receive()), payload);
            }
            away.nothing_came();
        }
    }
}

#[test]
fn a_publisher_whose_message_found_no_room_anywhere_is_told() {
    let broker = Embedded::start_with(|settings| settings.session.max_queued_messages = 1);
    for version in versions() {
        away_and_present(&broker, version).disconnect();
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        for qos in PERSISTENT {
            publisher.publish(&message("a", "may fit", qos));
            let reason = publisher.publish(&message("a", "does not", qos));
            let told = if version.is_v5() {
                ReasonCode::QUOTA_EXCEEDED
            } else {
                ReasonCode::SUCCESS
            };
            assert_eq!(reason, told);
        }
    }
}

#[test]
fn bytes_of_a_queue() {
    let broker = Embedded::start_with(|settings| settings.session.max_queued_bytes = 10_000);
    for version in versions() {
        let before = broker.stats().dropped_queue_full;
        let _present = away_and_present(&broker, version);
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        let payload = "x".repeat(4_000);
        for _ in 0..5 {
            publisher.publish(&message("a", &payload, QoS::AtLeastOnce));
        }
        assert_eq!(broker.stats().dropped_queue_full - before, 3);
        let mut away = Client::connect(broker.addr(), &resume(version, "away"));
        assert_eq!(
            (away.receive().payload.len(), away.receive().payload.len()),
            (4_000, 4_000)
        );
        away.nothing_came();
    }
}

#[test]
fn subscriptions() {
    let per_session = |settings: &mut BrokerSettings| settings.limits.max_subscriptions_per_session = 2;
    let in_all = |settings: &mut BrokerSettings| settings.limits.max_subscriptions = 2;
    // As long as two and a half of them are more than the least that may be set.
    let [a, b, c] = ["a", "b", "c"].map(|filter| filter.repeat(300));
    let in_bytes = |settings: &mut BrokerSettings| {
        settings.limits.max_subscription_bytes =
            5 * broker_core::router::subscription_cost_bytes(&a) as u64 / 2;
    };
    for version in versions() {
        for broker in [
            Embedded::start_with(per_session),
            Embedded::start_with(in_all),
            Embedded::start_with(in_bytes),
        ] {
            let mut client = Client::new(broker.addr(), version, "client");
            client.subscribe(&a, QoS::AtMostOnce);
            client.subscribe(&b, QoS::AtMostOnce);
            let told = match version {
                Version::V5 => ReasonCode::QUOTA_EXCEEDED,
                Version::V311 => ReasonCode::UNSPECIFIED_ERROR,
                // 3.1 has no way to say it.
                Version::V31 => ReasonCode::SUCCESS,
            };
            assert_eq!(client.subscribe(&c, QoS::AtMostOnce), told);
            client.publish(&message(&c, "x", QoS::AtMostOnce));
            client.nothing_came();
            // A session that exists already is not a new one; a session that ends makes room.
            assert_eq!(client.subscribe(&a, QoS::AtLeastOnce), ReasonCode::GRANTED_QOS_1);
            client.unsubscribe(&b);
            assert_eq!(client.subscribe(&c, QoS::AtMostOnce), ReasonCode::SUCCESS);
        }
    }
}

#[test]
fn retained_messages() {
    let by_count = |settings: &mut BrokerSettings| settings.limits.max_retained_messages = 2;
    let by_bytes = |settings: &mut BrokerSettings| settings.limits.max_retained_bytes = 2_500;
    let payload = "x".repeat(1_000);
    for version in versions() {
        for broker in [Embedded::start_with(by_count), Embedded::start_with(by_bytes)] {
            let mut publisher = Client::new(broker.addr(), version, "publisher");
            let mut retain = |topic, payload: &str| {
                publisher.publish(&Publish {
                    retain: true,
                    ..message(topic, payload, QoS::AtLeastOnce)
                })
            };
            retain("a", &payload);
            retain("b", &payload);
            let told = if version.is_v5() {
                ReasonCode::QUOTA_EXCEEDED
            } else {
                ReasonCode::SUCCESS
            };
            assert_eq!(retain("c", &payload), told);
            // Another one for the same topic takes the place of the first.
            assert_ne!(retain("a", &payload), ReasonCode::QUOTA_EXCEEDED);
            let mut topics: Vec<_> = kept(&broker, version);
            assert_eq!(topics, ["a", "b"]);
            retain("b", "");
            assert_ne!(retain("c", &payload), ReasonCode::QUOTA_EXCEEDED);
            topics = kept(&broker, version);
            assert_eq!(topics, ["a", "c"]);
        }
    }
}

/// The topics of all retained messages, sorted.
fn kept(broker: &Embedded, version: Version) -> Vec<&'static str> {
    let mut reader = Client::new(broker.addr(), version, "reader");
    reader.subscribe("#", QoS::AtMostOnce);
    let mut topics = vec![reader.receive().topic, reader.receive().topic];
    reader.nothing_came();
    topics.sort_unstable();
    topics
}

#[test]
fn a_message_larger_than_the_client_takes_is_not_sent_to_it() {
    let broker = Embedded::start();
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let before = broker.stats().dropped_too_large;
        let properties = ConnectProperties {
            maximum_packet_size: Some(100),
            ..ConnectProperties::default()
        };
        let mut small = Client::connect(
            broker.addr(),
            &Connect {
                properties,
                ..hello(Version::V5, "small")
            },
        );
        let mut large = Client::new(broker.addr(), Version::V5, "large");
        let mut publisher = Client::new(broker.addr(), Version::V5, "publisher");
        small.subscribe("a", qos);
        large.subscribe("a", qos);
        let payload = "x".repeat(100);
        publisher.publish(&message("a", &payload, qos));
        publisher.publish(&message("a", "fits", qos));
        assert_eq!(
            (text(&large.receive()), text(&large.receive())),
            (&*payload, "fits")
        );
        assert_eq!(text(&small.receive()), "fits");
        small.nothing_came();
        assert_eq!(broker.stats().dropped_too_large - before, 1);
        dropped_for(&broker, "small", DropReason::TooLarge);
    }
}

#[test]
fn only_a_client_that_does_not_read_loses_messages_of_qos_0() {
    let broker = Embedded::start_with(|settings| settings.limits.max_outbox_bytes = 100_000);
    let mut stuck = Client::new(broker.addr(), Version::V311, "stuck");
    let mut reader = Client::new(broker.addr(), Version::V311, "reader");
    let mut publisher = Client::new(broker.addr(), Version::V311, "publisher");
    stuck.subscribe("a", QoS::AtMostOnce);
    reader.subscribe("a", QoS::AtMostOnce);
    let payload = "x".repeat(50_000);
    let mut sent = 0;
    // Until what the operating system holds for `stuck` is full, and what the broker holds, too.
    while broker.stats().dropped_outbox_full == 0 {
        publisher.publish(&message("a", &payload, QoS::AtMostOnce));
        sent += 1;
        assert_eq!(reader.receive().payload.len(), payload.len());
        assert!(sent < 10_000, "500 MB and no bound");
    }
    reader.nothing_came();
    dropped_for(&broker, "stuck", DropReason::OutboxFull);
    // It gets the others when it reads again, and is not cut off.
    let Stats {
        dropped_outbox_full, ..
    } = broker.stats();
    for _ in 0..sent - dropped_outbox_full {
        assert_eq!(stuck.receive().payload.len(), payload.len());
    }
    stuck.nothing_came();
}

#[test]
fn a_client_that_takes_nothing_is_cut_off_in_the_end() {
    let broker = Embedded::start_with(|settings| {
        settings.limits.max_outbox_bytes = 100_000;
        settings.limits.write_timeout_secs = 1;
    });
    let mut stuck = Client::new(broker.addr(), Version::V311, "stuck");
    let mut publisher = Client::new(broker.addr(), Version::V311, "publisher");
    stuck.subscribe("a", QoS::AtMostOnce);
    let payload = "x".repeat(50_000);
    while broker.stats().dropped_outbox_full == 0 {
        publisher.publish(&message("a", &payload, QoS::AtMostOnce));
    }
    broker.until_gone("stuck");
    publisher.nothing_came();
    assert_eq!(broker.stats().write_timeouts, 1);
}
