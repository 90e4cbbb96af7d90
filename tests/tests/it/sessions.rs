//! The state that outlives a connection: subscriptions, messages in flight, queued messages.

use broker::wire::{
    ConnAck, Connect, ConnectProperties, Disconnect, DisconnectProperties, Packet, PacketType, Publish,
    Version,
};
use broker::{QoS, ReasonCode};
use tests::harness::raw::{ack, text};
use tests::harness::{Client, Embedded, PERSISTENT, hello, message, resume, versions, versions_and_qos};

/// Says `connect`; the session must have been there before, where the version can say so, or must not.
fn come_back(broker: &Embedded, connect: &Connect<'_>, present: bool) -> Client {
    let (client, connack): (Client, ConnAck<'_>) = Client::say_hello(broker.addr(), connect);
    assert_eq!(connack.reason, ReasonCode::SUCCESS);
    // 3.1 has no Session Present.
    assert_eq!(
        connack.session_present,
        present && connect.version != Version::V31,
        "Session Present"
    );
    client
}

#[test]
fn what_was_queued_and_what_was_in_flight_comes_in_order() {
    let broker = Embedded::start_with(|settings| settings.session.max_inflight = 2);
    for version in versions() {
        for qos in PERSISTENT {
            Client::new(broker.addr(), version, "subscriber").disconnect();
            let mut subscriber = come_back(&broker, &resume(version, "subscriber"), false);
            let mut publisher = Client::new(broker.addr(), version, "publisher");
            subscriber.subscribe("a/#", qos);
            for payload in ["0", "1", "2"] {
                publisher.publish(&message("a", payload, qos));
            }
            // Two are in flight, not acknowledged; one waits for them. Three more come while it is away.
            let seen = [subscriber.publish_packet(), subscriber.publish_packet()];
            assert!(seen.iter().all(|publish| !publish.dup));
            subscriber.vanish();
            for payload in ["3", "4", "5"] {
                publisher.publish(&message("a", payload, qos));
            }

            let mut subscriber = come_back(&broker, &resume(version, "subscriber"), true);
            let got: Vec<Publish<'_>> = (0..2).map(|_| subscriber.publish_packet()).collect();
            for (again, first) in got.iter().zip(&seen) {
                assert!(again.dup, "{again:?}");
                assert_eq!(
                    (again.packet_id, text(again), again.qos),
                    (first.packet_id, text(first), qos)
                );
            }
            for publish in &got {
                subscriber.acknowledge(publish);
            }
            for payload in ["2", "3", "4", "5"] {
                let got = subscriber.receive();
                assert_eq!((text(&got), got.dup, got.retain), (payload, false, false));
            }
            subscriber.nothing_came();
            // All acknowledged: nothing comes a second time.
            subscriber.vanish();
            come_back(&broker, &resume(version, "subscriber"), true).nothing_came();
        }
    }
}

#[test]
fn the_subscriptions_are_still_there() {
    let broker = Embedded::start();
    for (version, qos) in versions_and_qos() {
        Client::new(broker.addr(), version, "subscriber").disconnect();
        let mut subscriber = come_back(&broker, &resume(version, "subscriber"), false);
        subscriber.subscribe("a/+", qos);
        subscriber.disconnect();
        let mut subscriber = come_back(&broker, &resume(version, "subscriber"), true);
        Client::new(broker.addr(), version, "publisher").publish(&message("a/b", "x", qos));
        assert_eq!(subscriber.receive().qos, qos);
    }
}

#[test]
fn qos_0_waits_only_where_the_settings_say_so() {
    for queue_qos0 in [false, true] {
        let broker = Embedded::start_with(|settings| settings.session.queue_qos0 = queue_qos0);
        for version in versions() {
            let mut subscriber = Client::connect(broker.addr(), &resume(version, "subscriber"));
            subscriber.subscribe("a", QoS::ExactlyOnce);
            subscriber.disconnect();
            let mut publisher = Client::new(broker.addr(), version, "publisher");
            publisher.publish(&message("a", "zero", QoS::AtMostOnce));
            publisher.publish(&message("a", "one", QoS::AtLeastOnce));
            let mut subscriber = Client::connect(broker.addr(), &resume(version, "subscriber"));
            if queue_qos0 {
                let got = subscriber.receive();
                assert_eq!((text(&got), got.qos), ("zero", QoS::AtMostOnce));
            }
            assert_eq!(text(&subscriber.receive()), "one");
            subscriber.nothing_came();
        }
    }
}

#[test]
fn a_qos_2_handshake_goes_on_where_it_was() {
    let broker = Embedded::start();
    for version in versions() {
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        let mut subscriber = Client::connect(broker.addr(), &resume(version, "subscriber"));
        subscriber.subscribe("a", QoS::ExactlyOnce);
        publisher.publish(&message("a", "x", QoS::ExactlyOnce));
        // After PUBREC it is PUBREL that comes again, and never the message.
        let id = subscriber.publish_packet().packet_id.expect("QoS 2 has one");
        subscriber.send(&Packet::PubRec(ack(id)));
        subscriber.await_ack(PacketType::PubRel, id);
        subscriber.vanish();
        let mut subscriber = Client::connect(broker.addr(), &resume(version, "subscriber"));
        match subscriber.packet() {
            Packet::PubRel(pubrel) => assert_eq!(pubrel.packet_id, id),
            other => panic!("expected PUBREL, got {other:?}"),
        }
        subscriber.send(&Packet::PubComp(ack(id)));
        subscriber.nothing_came();
    }
}

#[test]
fn the_broker_remembers_what_it_has_received_at_qos_2() {
    let broker = Embedded::start();
    for version in versions() {
        let mut subscriber = Client::new(broker.addr(), version, "subscriber");
        subscriber.subscribe("a", QoS::AtMostOnce);
        let mut publisher = Client::connect(broker.addr(), &resume(version, "publisher"));
        let publish = message("a", "x", QoS::ExactlyOnce);
        let id = publisher.start_publish(&publish).expect("QoS 2 has one");
        publisher.await_ack(PacketType::PubRec, id);
        publisher.vanish();
        // It comes again on the next connection, as if PUBREC had been lost.
        let mut publisher = Client::connect(broker.addr(), &resume(version, "publisher"));
        publisher.publish(&Publish {
            dup: true,
            packet_id: Some(id),
            ..publish
        });
        assert_eq!(text(&subscriber.receive()), "x");
        subscriber.nothing_came();
        publisher.disconnect();
    }
}

#[test]
fn a_clean_start_begins_anew() {
    let broker = Embedded::start();
    for version in versions() {
        let mut subscriber = Client::connect(broker.addr(), &resume(version, "subscriber"));
        subscriber.subscribe("a", QoS::AtLeastOnce);
        subscriber.disconnect();
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        publisher.publish(&message("a", "queued", QoS::AtLeastOnce));
        let mut subscriber = come_back(&broker, &hello(version, "subscriber"), false);
        publisher.publish(&message("a", "x", QoS::AtLeastOnce));
        subscriber.nothing_came();
        subscriber.disconnect();
        // That session was to end with its connection.
        come_back(&broker, &resume(version, "subscriber"), false).nothing_came();
    }
}

#[test]
fn a_session_without_expiry_interval_ends_with_its_connection() {
    let broker = Embedded::start();
    let brief = Connect {
        clean_start: false,
        ..hello(Version::V5, "brief")
    };
    let mut client = come_back(&broker, &brief, false);
    client.subscribe("a", QoS::AtLeastOnce);
    client.vanish();
    broker.until_gone("brief");
    come_back(&broker, &brief, false);
}

#[test]
fn the_expiry_interval_is_counted_from_the_end_of_the_connection() {
    let broker = Embedded::start();
    let with_expiry = |secs| {
        let properties = ConnectProperties {
            session_expiry_secs: Some(secs),
            ..ConnectProperties::default()
        };
        Connect {
            properties,
            ..resume(Version::V5, "client")
        }
    };
    come_back(&broker, &with_expiry(1), false).disconnect();
    come_back(&broker, &with_expiry(1), true).disconnect();
    broker.until("the session expired", |event| {
        matches!(event, broker::Event::SessionEnded { expired: true, .. })
    });
    come_back(&broker, &with_expiry(1), false).disconnect();
    assert_eq!(broker.stats().sessions_expired, 1);
}

#[test]
fn disconnect_may_change_the_expiry_interval() {
    let broker = Embedded::start();
    let mut client = come_back(&broker, &resume(Version::V5, "client"), false);
    let properties = DisconnectProperties {
        session_expiry_secs: Some(0),
        ..DisconnectProperties::default()
    };
    client.send(&Packet::Disconnect(Disconnect {
        reason: ReasonCode::SUCCESS,
        properties,
    }));
    client.closed();
    come_back(&broker, &resume(Version::V5, "client"), false);
}

#[test]
fn a_session_may_go_on_in_another_version() {
    let broker = Embedded::start();
    let mut subscriber = come_back(&broker, &resume(Version::V311, "client"), false);
    subscriber.subscribe("a", QoS::AtLeastOnce);
    subscriber.disconnect();
    let mut publisher = Client::new(broker.addr(), Version::V5, "publisher");
    publisher.publish(&message("a", "x", QoS::AtLeastOnce));
    let mut subscriber = come_back(&broker, &resume(Version::V5, "client"), true);
    assert_eq!(text(&subscriber.receive()), "x");
}

#[test]
fn nothing_is_kept_for_clients_that_never_come_back() {
    let broker = Embedded::start();
    for (version, qos) in versions_and_qos() {
        let mut subscriber = Client::new(broker.addr(), version, "subscriber");
        subscriber.subscribe("a", qos);
        subscriber.vanish();
        broker.until_gone("subscriber");
    }
    let mut publisher = Client::new(broker.addr(), Version::V5, "publisher");
    let reason = publisher.publish(&message("a", "x", QoS::AtLeastOnce));
    assert_eq!(reason, ReasonCode::NO_MATCHING_SUBSCRIBERS);
}
