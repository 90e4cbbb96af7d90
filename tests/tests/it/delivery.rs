//! Messages from one client to another, for every version and QoS.

use broker::wire::{FilterRequest, Packet, Publish, PublishProperties, SubscriptionOptions, Version};
use broker::{QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, QOS, VERSIONS, hello, message, versions, versions_and_qos};

#[test]
fn a_message_arrives_at_the_lower_of_both_qos() {
    let broker = Embedded::start();
    for (version, qos) in versions_and_qos() {
        for granted in QOS {
            let mut subscriber = Client::new(broker.addr(), version, "subscriber");
            let mut publisher = Client::new(broker.addr(), version, "publisher");
            assert_eq!(subscriber.subscribe("a/b", granted), ReasonCode(granted.bits()));
            assert_eq!(publisher.publish(&message("a/b", "x", qos)), ReasonCode::SUCCESS);
            let got = subscriber.receive();
            assert_eq!((got.topic, text(&got), got.qos), ("a/b", "x", qos.min(granted)));
            assert!(!got.dup && !got.retain, "{got:?}");
            subscriber.nothing_came();
        }
    }
}

#[test]
fn every_version_reaches_every_other() {
    let broker = Embedded::start();
    for (from, qos) in versions_and_qos() {
        for to in VERSIONS {
            let mut subscriber = Client::new(broker.addr(), to, "subscriber");
            let mut publisher = Client::new(broker.addr(), from, "publisher");
            subscriber.subscribe("#", qos);
            // Properties, where the publisher's version has any: the others must not be sent them.
            let properties = PublishProperties {
                content_type: from.is_v5().then_some("text/plain"),
                user: if from.is_v5() {
                    vec![("k", "v"), ("k", "w")]
                } else {
                    Vec::new()
                },
                ..PublishProperties::default()
            };
            publisher.publish(&Publish {
                properties: properties.clone(),
                ..message("a", "x", qos)
            });
            let got = subscriber.receive();
            let expected = if to.is_v5() {
                properties
            } else {
                PublishProperties::default()
            };
            assert_eq!(
                (text(&got), got.qos, got.properties),
                ("x", qos, expected),
                "to MQTT {to}"
            );
        }
    }
}

#[test]
fn the_order_is_kept() {
    let broker = Embedded::start();
    for (version, qos) in versions_and_qos() {
        let mut subscriber = Client::new(broker.addr(), version, "subscriber");
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        subscriber.subscribe("a", qos);
        let sent: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        for payload in &sent {
            publisher.start_publish(&message("a", payload, qos));
        }
        let got: Vec<Publish<'_>> = sent.iter().map(|_| subscriber.publish_packet()).collect();
        assert_eq!(got.iter().map(text).collect::<Vec<_>>(), sent);
    }
}

#[test]
fn payloads_of_any_length_arrive_whole() {
    let broker = Embedded::start();
    // Around the steps of Remaining Length, and beyond what one read takes.
    for length in [0, 1, 110, 127, 128, 16_383, 16_384, 65_536, 1_000_000, 2_097_152] {
        let payload: String = ('a'..='z').cycle().take(length).collect();
        for (version, qos) in VERSIONS.into_iter().zip(QOS) {
            let mut subscriber = Client::new(broker.addr(), version, "subscriber");
            let mut publisher = Client::new(broker.addr(), version, "publisher");
            subscriber.subscribe("a", qos);
            publisher.publish(&message("a", &payload, qos));
            let got = subscriber.receive();
            // No assert_eq: megabytes would be printed.
            assert!(
                text(&got) == payload,
                "{length} bytes to MQTT {version} at QoS {qos}: {} came",
                got.payload.len()
            );
        }
    }
}

#[test]
fn the_publisher_gets_its_own_message_unless_it_said_no_local() {
    let broker = Embedded::start();
    for (version, qos) in versions_and_qos() {
        let mut client = Client::new(broker.addr(), version, "both");
        client.subscribe("a", qos);
        client.publish(&message("a", "mine", qos));
        assert_eq!(text(&client.receive()), "mine");
    }
    let mut client = Client::new(broker.addr(), Version::V5, "no local");
    let options = SubscriptionOptions {
        no_local: true,
        ..SubscriptionOptions::default()
    };
    client.subscribe_with(&[FilterRequest { filter: "a", options }], None);
    client.publish(&message("a", "mine", QoS::AtMostOnce));
    client.nothing_came();
}

#[test]
fn overlapping_subscriptions_give_one_copy_at_the_highest_qos() {
    let broker = Embedded::start();
    for version in versions() {
        let mut subscriber = Client::new(broker.addr(), version, "subscriber");
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        subscriber.subscribe("a/#", QoS::AtMostOnce);
        subscriber.subscribe("a/+", QoS::ExactlyOnce);
        subscriber.subscribe("a/b", QoS::AtLeastOnce);
        publisher.publish(&message("a/b", "x", QoS::ExactlyOnce));
        assert_eq!(subscriber.receive().qos, QoS::ExactlyOnce);
        subscriber.nothing_came();
        // What is left is the highest of those that are left.
        subscriber.unsubscribe("a/+");
        publisher.publish(&message("a/b", "x", QoS::ExactlyOnce));
        assert_eq!(subscriber.receive().qos, QoS::AtLeastOnce);
        subscriber.nothing_came();
    }
}

#[test]
fn one_copy_carries_every_matching_subscription_identifier() {
    let broker = Embedded::start();
    for qos in QOS {
        let mut subscriber = Client::new(broker.addr(), Version::V5, "subscriber");
        let mut publisher = Client::new(broker.addr(), Version::V5, "publisher");
        let options = SubscriptionOptions {
            qos,
            ..SubscriptionOptions::default()
        };
        for (filter, id) in [
            ("a/#", Some(1)),
            ("a/+", Some(268_435_455)),
            ("+/b", None),
            ("a/c", Some(3)),
        ] {
            subscriber.subscribe_with(&[FilterRequest { filter, options }], id);
        }
        publisher.publish(&message("a/b", "x", qos));
        let got = subscriber.receive();
        let mut ids = got.properties.subscription_ids;
        ids.sort_unstable();
        assert_eq!(ids, [1, 268_435_455]);
        subscriber.nothing_came();
    }
}

#[test]
fn wildcards_and_the_dollar_rule() {
    // A filter, what it selects, what it does not select.
    let table: [(&str, &[&str], &[&str]); 11] = [
        ("a/b", &["a/b"], &["a", "a/b/c", "A/b", "a/b/", "/a/b"]),
        ("a/+", &["a/b", "a/"], &["a", "a/b/c", "b/a"]),
        ("a/#", &["a", "a/b", "a/b/c", "a/"], &["ab", "b/a", "$a"]),
        ("+", &["a", " "], &["/a", "a/b", "$a"]),
        ("/+", &["/a", "/"], &["a", "a/b"]),
        ("+/+", &["/a", "a/b", "/"], &["a", "$a/b", "a/b/c"]),
        ("+/b/#", &["a/b", "a/b/c", "/b"], &["$a/b", "$a/b/c", "a/c"]),
        ("#", &["a", "/", "a/b", "a/$b"], &["$a", "$a/b", "$SYS/x"]),
        ("$a/#", &["$a", "$a/b"], &["a", "a/b"]),
        ("$a/+", &["$a/b"], &["$a", "$b/b"]),
        ("a/$b/+", &["a/$b/c"], &["a/b/c"]),
    ];
    let broker = Embedded::start();
    for version in versions() {
        for (filter, selected, others) in table {
            let mut subscriber = Client::new(broker.addr(), version, "subscriber");
            let mut publisher = Client::new(broker.addr(), version, "publisher");
            subscriber.subscribe(filter, QoS::AtMostOnce);
            for topic in others.iter().chain(selected) {
                publisher.publish(&message(topic, "x", QoS::AtMostOnce));
            }
            let got: Vec<_> = selected.iter().map(|_| subscriber.receive().topic).collect();
            assert_eq!(got, selected, "{filter}");
            subscriber.nothing_came();
        }
    }
}

#[test]
fn an_unsubscribed_filter_brings_nothing_more() {
    let broker = Embedded::start();
    for (version, qos) in versions_and_qos() {
        let mut subscriber = Client::new(broker.addr(), version, "subscriber");
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        subscriber.subscribe("a/+", qos);
        // Not the same filter, though it selects the same topic.
        subscriber.unsubscribe("a/b");
        publisher.publish(&message("a/b", "still", qos));
        assert_eq!(text(&subscriber.receive()), "still");
        let unsuback = subscriber.unsubscribe("a/+");
        let reasons: &[ReasonCode] = if version.is_v5() {
            &[ReasonCode::SUCCESS]
        } else {
            &[]
        };
        assert_eq!(unsuback.reasons, reasons);
        publisher.publish(&message("a/b", "gone", qos));
        subscriber.nothing_came();
    }
}

#[test]
fn many_filters_in_one_subscribe_are_answered_one_by_one() {
    let broker = Embedded::start();
    for version in versions() {
        let mut subscriber = Client::new(broker.addr(), version, "subscriber");
        let filters = QOS.map(|qos| FilterRequest {
            filter: ["a", "b/+", "c/#"][usize::from(qos.bits())],
            options: SubscriptionOptions {
                qos,
                ..SubscriptionOptions::default()
            },
        });
        let suback = subscriber.subscribe_with(&filters, None);
        assert_eq!(suback.reasons, [0, 1, 2].map(ReasonCode));
    }
}

#[test]
fn a_message_sent_twice_at_qos_2_is_delivered_once() {
    let broker = Embedded::start();
    for version in versions() {
        let mut subscriber = Client::new(broker.addr(), version, "subscriber");
        let mut publisher = Client::connect(broker.addr(), &hello(version, "publisher"));
        subscriber.subscribe("a", QoS::ExactlyOnce);
        let first = Publish {
            packet_id: Some(publisher.fresh_id()),
            ..message("a", "x", QoS::ExactlyOnce)
        };
        publisher.send(&Packet::Publish(first.clone()));
        publisher.send(&Packet::Publish(Publish {
            dup: true,
            ..first.clone()
        }));
        assert_eq!(text(&subscriber.receive()), "x");
        // Finishes the handshake, after which the same identifier is a new message.
        publisher.publish(&Publish {
            dup: true,
            ..first.clone()
        });
        publisher.publish(&first);
        assert_eq!(text(&subscriber.receive()), "x");
        subscriber.nothing_came();
    }
}

#[test]
fn a_client_that_sends_and_leaves_without_a_word_has_sent() {
    let broker = Embedded::start();
    let mut subscriber = Client::new(broker.addr(), Version::V311, "subscriber");
    subscriber.subscribe("a", QoS::AtMostOnce);
    for version in versions() {
        for n in 0..50 {
            // As the tutorial's publisher does: it does not even wait for CONNACK, which finds nobody.
            let mut publisher = Client::open(broker.addr(), version);
            publisher.send(&Packet::Connect(Box::new(hello(version, "brief"))));
            publisher.start_publish(&message("a", &n.to_string(), QoS::AtMostOnce));
            publisher.vanish();
            assert_eq!(text(&subscriber.receive()), n.to_string());
        }
    }
    subscriber.nothing_came();
}
