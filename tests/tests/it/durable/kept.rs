//! What is kept over an orderly end.

use std::time::Duration;

use broker::wire::{
    Connect, ConnectProperties, Packet, PacketId, Publish, PublishProperties, Subscribe, SubscriptionOptions,
    Version, Will, WillProperties,
};
use broker::{Injected, QoS};
use tests::harness::folder::Folder;
use tests::harness::raw::{ack, resume, text};
use tests::harness::{Client, Served, hello, message};

use super::{lasting, shut_down, start, start_or_say};

fn id(number: u16) -> PacketId {
    PacketId::new(number).expect("not 0")
}

/// A client whose session lasts an hour, with a will that comes ten minutes after it.
fn with_a_will(client_id: &str) -> Connect<'_> {
    Connect {
        clean_start: false,
        will: Some(Will {
            topic: "gone",
            payload: b"for good",
            qos: QoS::AtLeastOnce,
            retain: true,
            properties: WillProperties {
                delay_secs: Some(600),
                ..WillProperties::default()
            },
        }),
        properties: ConnectProperties {
            session_expiry_secs: Some(3600),
            ..ConnectProperties::default()
        },
        ..hello(Version::V5, client_id)
    }
}

#[test]
fn everything_that_outlives_a_connection_outlives_the_broker() {
    let folder = Folder::new();
    let broker = start(&folder);
    let mut lamp = Client::connect(broker.addr(), &with_a_will("lamp"));
    let mut subscribe = Subscribe::new(id(1), "in/#", QoS::ExactlyOnce);
    subscribe.subscription_id = Some(7);
    subscribe.filters[0].options = SubscriptionOptions {
        no_local: true,
        retain_as_published: true,
        ..subscribe.filters[0].options
    };
    lamp.send(&Packet::Subscribe(subscribe));
    assert!(matches!(lamp.packet(), Packet::SubAck(_)));
    lamp.subscribe("$share/g/in/#", QoS::AtLeastOnce);
    // One exchange in each stage towards the client, and one from it.
    for (number, qos) in [
        (1, QoS::AtLeastOnce),
        (2, QoS::ExactlyOnce),
        (3, QoS::ExactlyOnce),
    ] {
        let injected = Injected::text("in/1", format!("message {number}")).qos(qos);
        broker.publish(injected).wait().expect("it runs");
    }
    let mut half = None;
    while half.is_none() {
        let publish = lamp.publish_packet();
        half = (publish.qos == QoS::ExactlyOnce)
            .then_some(publish.packet_id)
            .flatten();
    }
    lamp.send(&Packet::PubRec(ack(half.expect("QoS 2"))));
    lamp.send(&Packet::Publish(Publish {
        packet_id: Some(id(9)),
        ..message("out", "half", QoS::ExactlyOnce)
    }));
    lamp.ping();
    drop(lamp);
    broker.wait_disconnected("lamp").wait().expect("it is gone");
    // What waits, what is retained, and what expires.
    let properties = PublishProperties {
        message_expiry_secs: Some(1000),
        content_type: Some("text/plain"),
        user: vec![("name", "value")],
        ..PublishProperties::default()
    };
    let mut publisher = Client::new(broker.addr(), Version::V5, "publisher");
    for (topic, retain) in [("in/2", false), ("in/3", true), ("kept", true)] {
        publisher.publish(&Publish {
            retain,
            properties: properties.clone(),
            ..message(topic, "waits", QoS::AtLeastOnce)
        });
    }
    publisher.publish(&Publish {
        retain: true,
        ..message("gone again", "x", QoS::AtLeastOnce)
    });
    publisher.publish(&Publish {
        retain: true,
        ..message("gone again", "", QoS::AtLeastOnce)
    });
    drop(publisher);
    broker.wait_session_ended("publisher").wait().expect("it is gone");
    let before = broker.snapshot().wait().expect("it runs");
    assert_eq!((before.sessions.len(), before.retained.len()), (1, 2));
    let lamp = before.session("lamp").expect("it has one");
    assert!(lamp.inflight.iter().any(|exchange| exchange.publish.is_none()));
    assert_eq!((lamp.awaiting_pubrel.len(), lamp.subscriptions.len()), (1, 2));
    shut_down(&broker);

    for _ in 0..2 {
        let broker = start(&folder);
        let after = broker.snapshot().wait().expect("it runs");
        assert_eq!(lasting(after), lasting(before.clone()));
        shut_down(&broker);
    }
}

#[test]
fn sessions_wills_and_messages_grow_old_while_no_broker_is_there() {
    let folder = Folder::new();
    let broker = start(&folder);
    drop(Client::connect(broker.addr(), &with_a_will("lamp")));
    broker.wait_disconnected("lamp").wait().expect("it is gone");
    shut_down(&broker);
    // An hour later, as far as the store can know.
    let broker = start(&folder);
    let left = |broker: &broker::Broker| {
        let snapshot = broker.snapshot().wait().expect("it runs");
        let lamp = snapshot.session("lamp").expect("it has one").clone();
        (
            lamp.ends_in_nanos.expect("it ends"),
            lamp.will.and_then(|will| will.due_in_nanos).expect("it is due"),
        )
    };
    let (ends, due) = left(&broker);
    let hour = 3600 * 1_000_000_000;
    assert!(
        ends < hour && due < 600 * 1_000_000_000,
        "the time between is counted: {ends}, {due}"
    );
    // The will is due by this broker's clock, and is kept as what it is then: a retained message.
    broker.clock().freeze().wait().expect("it stops");
    broker
        .clock()
        .advance(Duration::from_secs(601))
        .wait()
        .expect("it goes on");
    shut_down(&broker);
    let broker = start(&folder);
    let state = broker.state().wait().expect("it runs");
    assert_eq!(
        state.retained_message("gone").and_then(|it| it.text()),
        Some("for good")
    );
    assert!(!state.session("lamp").expect("it has one").has_will);
}

#[test]
fn a_session_that_ends_with_its_connection_is_not_kept() {
    let folder = Folder::new();
    let broker = start(&folder);
    let mut clean = Client::new(broker.addr(), Version::V311, "clean");
    clean.subscribe("a", QoS::AtLeastOnce);
    let mut ended = Client::connect(broker.addr(), &resume(Version::V311, "ended"));
    ended.subscribe("a", QoS::AtLeastOnce);
    drop(ended);
    broker.wait_disconnected("ended").wait().expect("it is gone");
    assert!(broker.delete_session("ended").wait().expect("it runs"));
    let mut stays = Client::connect(broker.addr(), &resume(Version::V311, "stays"));
    stays.subscribe("a", QoS::AtLeastOnce);
    stays.unsubscribe("a");
    shut_down(&broker);
    let snapshot = start(&folder).snapshot().wait().expect("it runs");
    assert_eq!(snapshot.sessions.len(), 1);
    assert!(
        snapshot
            .session("stays")
            .expect("it is there")
            .subscriptions
            .is_empty()
    );
}

#[test]
fn a_reset_and_a_restored_snapshot_are_kept_too() {
    let folder = Folder::new();
    let broker = start(&folder);
    broker
        .publish(Injected::text("one", "1").retained())
        .wait()
        .expect("it runs");
    let snapshot = broker.snapshot().wait().expect("it runs");
    broker.reset().wait().expect("it is reset");
    broker
        .publish(Injected::text("two", "2").retained())
        .wait()
        .expect("it runs");
    shut_down(&broker);
    let broker = start(&folder);
    let topics = |broker: &broker::Broker| {
        let retained = broker.state().wait().expect("it runs").retained;
        retained
            .iter()
            .map(|message| message.topic.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(topics(&broker), ["two"]);
    broker.restore(&snapshot).wait().expect("it is put back");
    shut_down(&broker);
    assert_eq!(topics(&start(&folder)), ["one"]);
}

#[test]
fn a_directory_has_one_broker() {
    let folder = Folder::new();
    let first = start(&folder);
    let why = start_or_say(&folder).expect_err("it is taken");
    assert!(
        why.contains("in use by process") && why.contains("two brokers cannot share a directory"),
        "{why}"
    );
    shut_down(&first);
    shut_down(&start(&folder));
}

#[test]
fn without_a_directory_or_with_durability_off_nothing_is_kept() {
    let folder = Folder::new();
    let state_dir = folder.file("state").display().to_string();
    for _ in 0..2 {
        let settings = |settings: &mut broker::settings::BrokerSettings| {
            settings.state_dir.clone_from(&state_dir);
            settings.durability = broker::settings::Durability::Off;
        };
        let broker = broker::Broker::builder()
            .configure(settings)
            .start()
            .wait()
            .expect("it starts");
        assert!(broker.state().wait().expect("it runs").retained.is_empty());
        broker
            .publish(Injected::text("one", "1").retained())
            .wait()
            .expect("it runs");
    }
    assert!(!folder.file("state").join("store").exists());
}

#[test]
fn a_mosquitto_conf_says_where() {
    let folder = Folder::new();
    let conf = folder.write(
        "mosquitto.conf",
        &format!(
            "allow_anonymous true\npersistence true\npersistence_location {}/\n",
            folder.path().display()
        ),
    );
    let conf = conf.display().to_string();
    let start = || Served::start(&["-c", &conf]);
    let broker = start();
    let mut client = Client::new(broker.addr(), Version::V311, "a");
    client.publish(&Publish {
        retain: true,
        ..message("kept", "here", QoS::AtLeastOnce)
    });
    broker.kill();
    let broker = start();
    let mut client = Client::new(broker.addr(), Version::V311, "b");
    client.subscribe("kept", QoS::AtMostOnce);
    assert_eq!(text(&client.receive()), "here");
    broker.stop("TERM");
    assert!(folder.file("citronella").join("store").is_dir());
}
