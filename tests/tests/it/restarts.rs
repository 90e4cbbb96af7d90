//! Restarts, crashes and outages, as clients see them that come back by themselves; snapshots put into other brokers.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};

use broker::Broker;
use broker::snapshot;
use broker::wire::{Connect, ConnectProperties, Packet, PacketId, Version, Will, WillProperties};
use broker::{Cut, Injected, QoS, ReasonCode, Restart};
use tests::harness::cases::rounds;
use tests::harness::raw::{ack, text};
use tests::harness::steered::{Peer, Steered, Wish};
use tests::harness::{Client, hello, message};

fn lasting(client_id: &str) -> Connect<'_> {
    Connect {
        clean_start: false,
        properties: ConnectProperties {
            session_expiry_secs: Some(3600),
            ..ConnectProperties::default()
        },
        ..hello(Version::V5, client_id)
    }
}

fn pubrel(client: &mut Client) -> PacketId {
    match client.packet() {
        Packet::PubRel(ack) => ack.packet_id,
        other => panic!("{other} instead of PUBREL"),
    }
}

fn start() -> Broker {
    Broker::start().wait().expect("it starts")
}

/// A client that has got a message of QoS 1 and not acknowledged it.
fn owed(peer: Peer, broker: &Broker) -> Option<Steered> {
    let wish = Wish {
        hold_acks: true,
        ..Wish::lasting("owed", 3600)
    };
    let (mut client, session_present) = Steered::start(peer, broker.addr(), &wish)?;
    assert!(!session_present);
    client.subscribe("t", 1);
    broker
        .publish(Injected::text("t", "first").qos(QoS::AtLeastOnce))
        .wait()
        .expect("it runs");
    assert_eq!(client.message()["dup"], false);
    Some(client)
}

fn a_restart_that_keeps_the_state(peer: Peer, go: impl FnOnce(&Broker)) -> Option<()> {
    let broker = start();
    let mut client = owed(peer, &broker)?;
    go(&broker);
    assert!(client.connected(), "its session is still there");
    let again = client.message();
    assert_eq!(
        (&again["payload"], &again["dup"]),
        (&"first".into(), &true.into())
    );
    client.acknowledge();
    broker.wait_acked("owed").wait().expect("it acknowledges");
    // Its subscription is still there, too.
    broker
        .publish(Injected::text("t", "second").qos(QoS::AtLeastOnce))
        .wait()
        .expect("it runs");
    assert_eq!(client.message()["payload"], "second");
    Some(())
}

fn restart(broker: &Broker) {
    broker.restart(Restart::KeepState).wait().expect("it restarts");
}

fn crash(broker: &Broker) {
    broker.crash(Restart::KeepState).wait().expect("it restarts");
}

fn outage(broker: &Broker) {
    let outage = broker
        .outage(Restart::KeepState, Cut::Reset)
        .wait()
        .expect("it goes away");
    let error = TcpStream::connect(broker.addr()).expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    // What comes meanwhile is kept for those who were there.
    broker
        .publish(Injected::text("elsewhere", "x"))
        .wait()
        .expect("it can be asked all the same");
    outage.end().wait().expect("it is there again");
}

#[test]
fn rumqttc_comes_back_after_a_restart_and_gets_what_it_is_owed() {
    a_restart_that_keeps_the_state(Peer::Rumqttc, restart);
}

#[test]
fn paho_comes_back_after_a_restart_and_gets_what_it_is_owed() {
    a_restart_that_keeps_the_state(Peer::Paho, restart);
}

#[test]
fn rumqttc_comes_back_after_a_crash_and_gets_what_it_is_owed() {
    a_restart_that_keeps_the_state(Peer::Rumqttc, crash);
}

#[test]
fn paho_comes_back_after_a_crash_and_gets_what_it_is_owed() {
    a_restart_that_keeps_the_state(Peer::Paho, crash);
}

#[test]
fn rumqttc_comes_back_after_an_outage_and_gets_what_it_is_owed() {
    a_restart_that_keeps_the_state(Peer::Rumqttc, outage);
}

#[test]
fn paho_comes_back_after_an_outage_and_gets_what_it_is_owed() {
    a_restart_that_keeps_the_state(Peer::Paho, outage);
}

fn a_restart_that_loses_the_state(peer: Peer) -> Option<()> {
    let broker = start();
    let mut client = owed(peer, &broker)?;
    broker.restart(Restart::LoseState).wait().expect("it restarts");
    assert!(!client.connected(), "nobody knows it any more");
    broker.settle().wait().expect("nothing is owed");
    assert!(
        broker.state().wait().expect("it runs").sessions[0]
            .subscriptions
            .is_empty()
    );
    Some(())
}

#[test]
fn rumqttc_is_told_that_its_session_is_lost() {
    a_restart_that_loses_the_state(Peer::Rumqttc);
}

#[test]
fn paho_is_told_that_its_session_is_lost() {
    a_restart_that_loses_the_state(Peer::Paho);
}

#[test]
fn in_an_orderly_restart_clients_are_told_and_in_a_crash_they_are_not() {
    let broker = start();
    for version in [Version::V5, Version::V311] {
        let mut client = Client::new(broker.addr(), version, "c");
        broker.restart(Restart::KeepState).wait().expect("it restarts");
        if version == Version::V5 {
            client.ended_with(ReasonCode::SERVER_SHUTTING_DOWN);
        } else {
            client.closed();
        }
        let client = Client::new(broker.addr(), version, "c");
        broker.crash(Restart::KeepState).wait().expect("it restarts");
        let mut byte = [0];
        let mut stream = client.stream();
        let error = stream.read(&mut byte).expect_err("not an orderly end");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{version}");
    }
}

#[test]
fn wills_are_published_once_everybody_is_gone() {
    let broker = start();
    let mut watcher = Client::connect(broker.addr(), &lasting("watcher"));
    watcher.subscribe("will/+", QoS::AtLeastOnce);
    let will = |topic, delay_secs| Will {
        topic,
        payload: b"gone",
        qos: QoS::AtLeastOnce,
        retain: false,
        properties: WillProperties {
            delay_secs: Some(delay_secs),
            ..WillProperties::default()
        },
    };
    broker.clock().freeze().wait().expect("it runs");
    let _clients = [("soon", 0), ("late", 60)].map(|(client_id, delay_secs)| {
        let topic: &str = if delay_secs == 0 { "will/soon" } else { "will/late" };
        let connect = Connect {
            will: Some(will(topic, delay_secs)),
            ..lasting(client_id)
        };
        Client::connect(broker.addr(), &connect)
    });
    broker.restart(Restart::KeepState).wait().expect("it restarts");
    watcher.ended_with(ReasonCode::SERVER_SHUTTING_DOWN);
    let state = broker.state().wait().expect("it runs");
    let queued = &state.session("watcher").expect("it is kept").queued;
    assert_eq!(
        queued
            .iter()
            .map(|message| message.topic.as_str())
            .collect::<Vec<_>>(),
        ["will/soon"],
        "after the cut, and only the one without delay"
    );
    assert_eq!(
        state
            .session("late")
            .and_then(|session| session.will.as_ref()?.due_in_nanos),
        Some(60_000_000_000)
    );
}

#[test]
fn a_snapshot_in_a_file_resumes_in_another_broker_where_each_exchange_stood() {
    let broker = start();
    let mut client = Client::connect(broker.addr(), &lasting("c"));
    client.subscribe("t/#", QoS::ExactlyOnce);
    // Two of QoS 2: one with PUBREC, one without; one of QoS 1 without PUBACK.
    let mut publisher = Client::new(broker.addr(), Version::V5, "p");
    for (topic, qos) in [("t/1", 2), ("t/2", 2), ("t/3", 1)] {
        publisher.publish(&message(topic, topic, QoS::from_bits(qos).expect("a QoS")));
    }
    let got: Vec<_> = (0..3).map(|_| client.publish_packet()).collect();
    let first_id = got[0].packet_id.expect("QoS 2 has one");
    client.send(&Packet::PubRec(ack(first_id)));
    pubrel(&mut client);
    let path = std::env::temp_dir().join(format!("citronella-snapshot-{}.json", std::process::id()));
    snapshot::save(&broker.snapshot().wait().expect("it runs"), &path).expect("it is written");
    drop(broker);

    let snapshot = snapshot::load(&path).expect("it is read");
    std::fs::remove_file(&path).expect("it is there");
    let builder = broker::Broker::builder().restore(snapshot);
    let broker = builder.start().wait().expect("it starts");
    let (mut client, connack) = Client::say_hello(broker.addr(), &lasting("c"));
    assert!(connack.session_present);
    assert_eq!(pubrel(&mut client), first_id, "the first stays released");
    for topic in ["t/2", "t/3"] {
        let again = client.publish_packet();
        assert_eq!((text(&again), again.dup), (topic, true));
        client.acknowledge(&again);
    }
    client.send(&Packet::PubComp(ack(first_id)));
    broker.wait_acked("c").wait().expect("all is done");
}

#[test]
fn restoring_into_a_running_broker_disconnects_everybody_and_leaves_only_the_snapshot() {
    let broker = start();
    let client = Client::connect(broker.addr(), &lasting("before"));
    broker
        .publish(Injected::text("kept", "x").retained())
        .wait()
        .expect("it runs");
    client.disconnect();
    broker
        .wait_disconnected("before")
        .wait()
        .expect("it said goodbye");
    let snapshot = broker.snapshot().wait().expect("it runs");

    let mut late = Client::connect(broker.addr(), &lasting("late"));
    broker
        .publish(Injected::text("late", "x").retained())
        .wait()
        .expect("it runs");
    broker.restore(&snapshot).wait().expect("it fits together");
    late.ended_with(ReasonCode::ADMINISTRATIVE_ACTION);
    let state = broker.state().wait().expect("it runs");
    assert!(state.session("before").is_some() && state.session("late").is_none());
    assert!(state.retained_message("kept").is_some() && state.retained_message("late").is_none());
}

#[test]
fn a_broker_that_is_away_says_so_and_stays_away() {
    let broker = start();
    let away = broker
        .outage(Restart::KeepState, Cut::Reset)
        .wait()
        .expect("it goes away");
    let says_so = |result: Result<(), broker::Error>| {
        let error = result.unwrap_err();
        assert!(error.is_away());
        let error = error.to_string();
        assert_eq!(
            error,
            "the broker is away: end its outage first (in Rust: `Outage::end`)"
        );
        let refused = TcpStream::connect(broker.addr()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "it is still away");
    };
    says_so(broker.restart(Restart::KeepState).wait());
    says_so(broker.crash(Restart::LoseState).wait());
    says_so(broker.outage(Restart::KeepState, Cut::Orderly).wait().map(drop));
    away.end().wait().expect("it comes back");
    TcpStream::connect(broker.addr()).expect("it is there again");
    broker
        .restart(Restart::KeepState)
        .wait()
        .expect("it is there to be restarted");
}

/// A program that is being started has a copy of the listener until its own code runs.
#[test]
#[cfg(unix)]
fn an_outage_keeps_its_port_while_programs_are_started() {
    let broker = start();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let status = std::process::Command::new("true").status();
                assert!(status.expect("there is `true`").success());
            }
        });
        let kept = |_: &usize| {
            let outage = broker.outage(Restart::KeepState, Cut::Orderly).wait();
            outage.is_ok_and(|outage| outage.end().wait().is_ok())
        };
        let times = rounds(100);
        let kept = (0..times).filter(kept).count();
        over.store(true, Ordering::Relaxed);
        assert_eq!(kept, times, "the port is kept");
    });
}

/// An address that a socket holds without listening there can be taken by others, if both say that it may be used again.
#[test]
#[cfg(unix)]
fn nobody_takes_the_port_of_a_broker_that_is_away() {
    let broker = start();
    // Its connection stands in TIME_WAIT at the port afterwards.
    let client = Client::connect(broker.addr(), &hello(Version::V311, "before"));
    let outage = broker.outage(Restart::KeepState, Cut::Orderly).wait();
    let outage = outage.expect("it runs");
    drop(client);
    let thief = std::net::TcpListener::bind(broker.addr()).expect_err("it is taken");
    assert_eq!(thief.kind(), std::io::ErrorKind::AddrInUse);
    let other = Broker::builder().port(broker.addr().port()).start().wait();
    assert!(other.expect_err("it is taken").is_port_taken());
    outage.end().wait().expect("its port is its own");
    drop(Client::connect(broker.addr(), &hello(Version::V311, "after")));
}
