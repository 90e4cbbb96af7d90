//! Two connections with the same client identifier: the younger one gets it.

use std::time::Duration;

use broker::journal::Record;
use broker::wire::{Connect, Version, Will, WillProperties};
use broker::{Event, QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, PERSISTENT, VERSIONS, hello, message, resume, versions};

#[test]
fn the_older_connection_is_told_and_closed() {
    let broker = Embedded::start();
    for older in VERSIONS {
        for younger in VERSIONS {
            let mut first = Client::new(broker.addr(), older, "same");
            let mut bystander = Client::new(broker.addr(), older, "another");
            let mut second = Client::new(broker.addr(), younger, "same");
            first.ended_with(ReasonCode::SESSION_TAKEN_OVER);
            second.nothing_came();
            bystander.nothing_came();
        }
    }
}

#[test]
fn two_clients_that_both_insist_take_turns() {
    let broker = Embedded::start();
    for version in versions() {
        let mut holder = Client::new(broker.addr(), version, "same");
        for _ in 0..20 {
            let mut next = Client::new(broker.addr(), version, "same");
            holder.ended_with(ReasonCode::SESSION_TAKEN_OVER);
            next.nothing_came();
            holder = next;
        }
    }
    let stats = broker.stats();
    assert_eq!((stats.clients_maximum, stats.clients_connected), (1, 63));
}

#[test]
fn two_that_fight_over_an_identifier_are_told_once_until_it_begins_anew() {
    let broker = Embedded::start();
    let clock = broker.clock();
    broker.block_on(clock.freeze()).expect("it runs");
    // Each connects when it was thrown out, by turns.
    let fight = |times: usize| {
        let mut holder = Client::new(broker.addr(), Version::V5, "same");
        for _ in 0..times {
            let next = Client::new(broker.addr(), Version::V5, "same");
            holder.ended_with(ReasonCode::SESSION_TAKEN_OVER);
            holder = next;
        }
        holder
    };
    let told = || {
        let entries = broker.block_on(broker.journal().all()).expect("it is on").entries;
        let events = entries.into_iter().filter_map(|entry| match entry.record {
            Record::Event(event @ Event::Contested { .. }) => Some(event),
            _ => None,
        });
        events.collect::<Vec<_>>()
    };
    // A client that comes back after a lost connection is no fight.
    fight(2).disconnect();
    broker.until_gone("same");
    assert_eq!(told(), []);
    let mut winner = fight(20);
    let news = told();
    let [
        Event::Contested {
            client_id,
            peer,
            other_peer,
            takeovers,
            ..
        },
    ] = &news[..]
    else {
        panic!("{news:?}")
    };
    assert_eq!((&**client_id, *takeovers), ("same", 3));
    assert_ne!(peer, other_peer);
    assert!(
        peer.starts_with("127.0.0.1:") && other_peer.starts_with("127.0.0.1:"),
        "{news:?}"
    );
    // After a quiet time it is news again.
    broker
        .block_on(clock.advance(Duration::from_secs(31)))
        .expect("it runs");
    for round in 0..4 {
        let next = Client::new(broker.addr(), Version::V5, "same");
        winner.ended_with(ReasonCode::SESSION_TAKEN_OVER);
        winner = next;
        assert_eq!(told().len(), if round < 2 { 1 } else { 2 });
    }
}

#[test]
fn the_session_goes_over_with_what_was_in_flight() {
    let broker = Embedded::start();
    for version in versions() {
        for qos in PERSISTENT {
            let mut first = Client::connect(broker.addr(), &hello(version, "same"));
            first.disconnect();
            first = Client::connect(broker.addr(), &resume(version, "same"));
            first.subscribe("a", qos);
            let mut publisher = Client::new(broker.addr(), version, "publisher");
            publisher.publish(&message("a", "x", qos));
            let sent = first.publish_packet();

            let (mut second, connack) = Client::say_hello(broker.addr(), &resume(version, "same"));
            assert_eq!(connack.session_present, version != Version::V31);
            first.ended_with(ReasonCode::SESSION_TAKEN_OVER);
            let again = second.receive();
            assert_eq!(
                (text(&again), again.dup, again.packet_id),
                ("x", true, sent.packet_id)
            );
            publisher.publish(&message("a", "y", qos));
            assert_eq!(text(&second.receive()), "y");
            second.nothing_came();
        }
    }
}

#[test]
fn a_younger_clean_start_takes_the_name_but_not_the_session() {
    let broker = Embedded::start();
    for version in versions() {
        let mut first = Client::connect(broker.addr(), &resume(version, "same"));
        first.subscribe("a", QoS::AtLeastOnce);
        let mut second = Client::new(broker.addr(), version, "same");
        first.ended_with(ReasonCode::SESSION_TAKEN_OVER);
        Client::new(broker.addr(), version, "publisher").publish(&message("a", "x", QoS::AtLeastOnce));
        second.nothing_came();
    }
}

#[test]
fn the_will_of_the_older_connection_is_published() {
    let broker = Embedded::start();
    for version in versions() {
        let mut watcher = Client::new(broker.addr(), version, "watcher");
        watcher.subscribe("will", QoS::AtMostOnce);
        let will = Will {
            topic: "will",
            payload: b"gone",
            qos: QoS::AtMostOnce,
            retain: false,
            properties: WillProperties::default(),
        };
        let mut first = Client::connect(
            broker.addr(),
            &Connect {
                will: Some(will),
                ..hello(version, "same")
            },
        );
        let _second = Client::new(broker.addr(), version, "same");
        first.ended_with(ReasonCode::SESSION_TAKEN_OVER);
        assert_eq!(text(&watcher.receive()), "gone");
        watcher.nothing_came();
    }
}
