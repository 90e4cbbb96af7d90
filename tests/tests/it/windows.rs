//! Acknowledgements in any order, and how many messages are on their way at once.

use broker::wire::{Connect, ConnectProperties, Packet, PacketType, Publish, Version};
use broker::{QoS, ReasonCode};
use tests::harness::raw::{ack, text};
use tests::harness::{Client, Embedded, PERSISTENT, VERSIONS, hello, message, versions};

/// A subscriber with this CONNECT, and `count` messages "0", "1", … sent to it at this QoS.
fn flooded(broker: &Embedded, connect: &Connect<'_>, qos: QoS, count: usize) -> Client {
    let mut subscriber = Client::connect(broker.addr(), connect);
    let mut publisher = Client::new(broker.addr(), connect.version, "publisher");
    subscriber.subscribe("a", qos);
    for n in 0..count {
        publisher.publish(&message("a", &n.to_string(), qos));
    }
    subscriber
}

#[test]
fn acknowledgements_may_come_in_any_order() {
    let broker = Embedded::start_with(|settings| settings.session.max_inflight = 4);
    for version in versions() {
        for qos in PERSISTENT {
            let mut subscriber = flooded(&broker, &hello(version, "subscriber"), qos, 8);
            // Four at a time; each four are acknowledged backwards.
            for round in 0..2 {
                let got: Vec<Publish<'_>> = (0..4).map(|_| subscriber.publish_packet()).collect();
                let expected: Vec<String> = (0..4).map(|n| (round * 4 + n).to_string()).collect();
                assert_eq!(got.iter().map(text).collect::<Vec<_>>(), expected);
                got.iter()
                    .rev()
                    .for_each(|publish| subscriber.acknowledge(publish));
            }
            subscriber.nothing_came();
        }
    }
}

#[test]
fn the_steps_of_several_qos_2_handshakes_may_mix() {
    let broker = Embedded::start();
    for version in versions() {
        let mut subscriber = flooded(&broker, &hello(version, "subscriber"), QoS::ExactlyOnce, 3);
        let ids: Vec<_> = (0..3)
            .filter_map(|_| subscriber.publish_packet().packet_id)
            .collect();
        for index in [1, 0, 2] {
            subscriber.send(&Packet::PubRec(ack(ids[index])));
        }
        for index in [2, 1, 0] {
            subscriber.await_ack(PacketType::PubRel, ids[index]);
            subscriber.send(&Packet::PubComp(ack(ids[index])));
        }
        subscriber.nothing_came();

        // The same as a publisher.
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        let ids: Vec<_> = (0..3)
            .filter_map(|_| publisher.start_publish(&message("a", "x", QoS::ExactlyOnce)))
            .collect();
        for index in [2, 0, 1] {
            publisher.await_ack(PacketType::PubRec, ids[index]);
            publisher.send(&Packet::PubRel(ack(ids[index])));
        }
        for index in [0, 1, 2] {
            publisher.await_ack(PacketType::PubComp, ids[index]);
        }
    }
}

#[test]
fn no_more_messages_than_the_window_are_on_their_way() {
    let broker = Embedded::start_with(|settings| settings.session.max_inflight = 3);
    for version in VERSIONS {
        for qos in PERSISTENT {
            let mut subscriber = flooded(&broker, &hello(version, "subscriber"), qos, 7);
            walk_through_window(&mut subscriber, qos, 3, 7);
        }
    }
}

#[test]
fn receive_maximum_makes_the_window_smaller() {
    let broker = Embedded::start_with(|settings| settings.session.max_inflight = 3);
    for (receive_maximum, window) in [(1, 1), (2, 2), (3, 3), (100, 3)] {
        for qos in PERSISTENT {
            let mut connect = hello(Version::V5, "subscriber");
            connect.properties = ConnectProperties {
                receive_maximum: Some(receive_maximum),
                ..connect.properties
            };
            let mut subscriber = flooded(&broker, &connect, qos, 7);
            walk_through_window(&mut subscriber, qos, window, 7);
        }
    }
}

/// Takes `count` messages: `window` at once, then one for each that is acknowledged.
fn walk_through_window(subscriber: &mut Client, qos: QoS, window: usize, count: usize) {
    let mut open: Vec<Publish<'_>> = Vec::new();
    for n in 0..count {
        if open.len() == window {
            subscriber.nothing_came();
            subscriber.acknowledge(&open.remove(0));
        }
        let got = subscriber.publish_packet();
        assert_eq!((text(&got), got.qos), (&*n.to_string(), qos));
        open.push(got);
    }
    subscriber.nothing_came();
}

#[test]
fn at_qos_2_a_place_in_the_window_is_free_only_with_pubcomp() {
    let broker = Embedded::start_with(|settings| settings.session.max_inflight = 1);
    for version in versions() {
        let mut subscriber = flooded(&broker, &hello(version, "subscriber"), QoS::ExactlyOnce, 2);
        let first = subscriber.publish_packet().packet_id.expect("QoS 2 has one");
        subscriber.send(&Packet::PubRec(ack(first)));
        subscriber.await_ack(PacketType::PubRel, first);
        subscriber.nothing_came();
        subscriber.send(&Packet::PubComp(ack(first)));
        assert_eq!(text(&subscriber.receive()), "1");
    }
}

#[test]
fn qos_0_does_not_wait_for_the_window() {
    let broker = Embedded::start_with(|settings| settings.session.max_inflight = 1);
    for version in versions() {
        let mut subscriber = flooded(&broker, &hello(version, "subscriber"), QoS::AtLeastOnce, 2);
        let mut publisher = Client::new(broker.addr(), version, "other");
        publisher.publish(&message("a", "at once", QoS::AtMostOnce));
        let (first, next) = (subscriber.publish_packet(), subscriber.publish_packet());
        assert_eq!((text(&first), text(&next)), ("0", "at once"));
        subscriber.nothing_came();
    }
}

#[test]
fn a_publisher_above_our_receive_maximum_is_told_so() {
    let broker = Embedded::start_with(|settings| settings.session.receive_maximum = 2);
    let (mut publisher, connack) = Client::say_hello(broker.addr(), &hello(Version::V5, "publisher"));
    assert_eq!(connack.properties.receive_maximum, Some(2));
    let open: Vec<_> = (0..2)
        .filter_map(|_| publisher.start_publish(&message("a", "x", QoS::ExactlyOnce)))
        .collect();
    for id in &open {
        publisher.await_ack(PacketType::PubRec, *id);
    }
    publisher.start_publish(&message("a", "one too many", QoS::ExactlyOnce));
    publisher.ended_with(ReasonCode::RECEIVE_MAXIMUM_EXCEEDED);
}
