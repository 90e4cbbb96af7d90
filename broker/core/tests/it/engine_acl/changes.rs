//! ACLs that change while clients are there, and clients that change while an ACL is in force.

use std::sync::Arc;

use broker_core::access::{Acl, Realm, Realms};
use broker_core::arrival::Arrival;
use broker_core::auth::{Admission, Authenticators};
use broker_core::engine::{Cut, Engine, Restart};
use broker_core::settings::{AclAccess, AclLine, BrokerSettings, Listener};
use broker_core::snapshot::Snapshot;
use broker_core::wire::{Connect, Packet, QoS, Version};

use super::bench::{Bench, Client, Coming, of_acl, realms};

const ALL: &str = "topic readwrite #\n";
const EACH: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

fn reads(bench: &mut Bench, writer: Client, reader: Client, topic: &str, qos: QoS) -> usize {
    bench.publish_run(writer, topic, qos, 3);
    bench
        .said(reader)
        .iter()
        .filter(|it| it.starts_with("PUBLISH"))
        .count()
}

#[test]
fn what_clients_do_next_is_decided_by_the_new_acl() {
    for qos in EACH {
        let mut bench = Bench::new(ALL);
        let reader = bench.connect(Version::V311, "r", "");
        bench.subscribe(reader, &["#"]);
        let writer = bench.connect(Version::V311, "w", "ann");
        bench
            .engine
            .set_realms(bench.now, realms("topic readwrite #\nuser ann\ntopic write #\n"));
        assert_eq!(reads(&mut bench, writer, reader, "a", qos), 3);
        // The reader may not read any more; its subscription stays.
        bench
            .engine
            .set_realms(bench.now, realms("user ann\ntopic write #\n"));
        assert_eq!(reads(&mut bench, writer, reader, "a", qos), 0);
        // The writer may not write any more.
        bench.engine.set_realms(bench.now, realms("topic read #\n"));
        assert_eq!(reads(&mut bench, writer, reader, "a", qos), 0);
        bench.engine.set_realms(bench.now, of_acl(Acl::open()));
        assert_eq!(reads(&mut bench, writer, reader, "a", qos), 3);
    }
}

#[test]
fn a_client_that_is_away_is_decided_about_by_its_last_user() {
    let mut bench = Bench::new("topic write #\nuser ann\ntopic read for/ann\n");
    let coming = Coming {
        stays: true,
        ..Coming::new(Version::V311, "a", "ann")
    };
    let (ann, _) = bench.come(coming);
    bench.subscribe(ann, &["#"]);
    bench.lose(ann);
    let writer = bench.connect(Version::V311, "w", "");
    bench.publish(writer, "for/ann", QoS::AtLeastOnce);
    bench.publish(writer, "else", QoS::AtLeastOnce);
    let (_, said) = bench.come(coming);
    assert_eq!(said, ["CONNACK 0x00", "PUBLISH for/ann"]);
}

#[test]
fn a_session_that_comes_back_as_somebody_else_gets_what_that_one_may_read() {
    for qos in EACH {
        let mut bench =
            Bench::new("topic write #\nuser ann\ntopic read for/ann\nuser bob\ntopic read for/bob\n");
        let coming = |user| Coming {
            stays: true,
            ..Coming::new(Version::V5, "c", user)
        };
        let (mut client, _) = bench.come(coming("ann"));
        bench.subscribe(client, &["#"]);
        let writer = bench.connect(Version::V5, "w", "");
        for (user, mine, other) in [("ann", 3, 0), ("bob", 0, 3), ("ann", 3, 0)] {
            client = bench.come(coming(user)).0;
            assert_eq!(
                reads(&mut bench, writer, client, "for/ann", qos),
                mine,
                "{user} {qos}"
            );
            assert_eq!(
                reads(&mut bench, writer, client, "for/bob", qos),
                other,
                "{user} {qos}"
            );
        }
    }
}

#[test]
fn several_publishers_to_the_same_topics_are_each_asked_about() {
    let mut bench = Bench::new("topic readwrite #\nuser ann\ntopic write a/#\nuser bob\ntopic write b/#\n");
    let reader = bench.connect(Version::V311, "r", "");
    bench.subscribe(reader, &["#", "+/+"]);
    let ann = bench.connect(Version::V311, "ann", "ann");
    let bob = bench.connect(Version::V311, "bob", "bob");
    for _ in 0..10 {
        for (client, topic, gets) in [(ann, "a/1", 1), (bob, "a/1", 0), (ann, "b/1", 0), (bob, "b/1", 1)] {
            bench.publish(client, topic, QoS::AtMostOnce);
            assert_eq!(bench.said(reader).len(), gets, "{topic}");
        }
    }
}

#[test]
fn each_realm_has_an_acl_of_its_own() {
    let mut settings = BrokerSettings::default();
    settings.sys.interval_secs = 0;
    settings.listener = vec![Listener {
        name: "guests".to_owned(),
        ..Listener::port(0)
    }];
    let mut bench = Bench::new("");
    bench.engine = Engine::new(Arc::new(settings.clone()), 7);
    let line = |topic: &str| Acl::of_lines(&[AclLine::new(topic, AclAccess::ReadWrite)]).expect("valid");
    let realm = |topic| Realm {
        allow_anonymous: true,
        acl: line(topic),
        ..Realm::default()
    };
    let mut realms = Realms::one(realm("#"));
    realms.set("guests", realm("lobby/#"));
    bench.engine.set_realms(bench.now, realms);
    let host = bench.connect(Version::V5, "host", "");
    let conn = bench.engine.open(bench.now, "somewhere".to_owned());
    let arrival = Arrival {
        listener: "guests".into(),
        ..Arrival::default()
    };
    bench.engine.arrived(conn, arrival);
    let guest = Client::on(conn, Version::V5);
    let connect = Packet::Connect(Box::new(Connect::new(Version::V5, "guest")));
    assert_eq!(bench.send(guest, &connect), ["CONNACK 0x00"]);
    bench.subscribe(guest, &["#"]);
    assert_eq!(reads(&mut bench, host, guest, "house", QoS::AtMostOnce), 0);
    assert_eq!(reads(&mut bench, host, guest, "lobby/1", QoS::AtMostOnce), 3);
    let said = bench.publish(guest, "house", QoS::AtLeastOnce);
    assert!(
        said[0].contains("0x87") && said[0].contains("the setting acl"),
        "{said:?}"
    );
}

#[test]
fn lines_of_the_settings_are_in_force_from_the_start() {
    let settings = BrokerSettings {
        acl: vec![AclLine::new("home/%c/#", AclAccess::ReadWrite)],
        ..BrokerSettings::default()
    };
    let mut bench = Bench::new("");
    bench.engine = Engine::new(Arc::new(settings), 7);
    let lamp = bench.connect(Version::V5, "lamp", "");
    assert_eq!(
        bench.publish(lamp, "home/lamp/1", QoS::AtLeastOnce),
        ["PUBACK 0x10"]
    );
    let said = bench.publish(lamp, "home/door/1", QoS::AtLeastOnce);
    assert!(
        said[0].contains("(no line of the setting acl allows it)"),
        "{said:?}"
    );
}

fn with_own_acl(bench: &mut Bench, id: &str, topic: &str) -> Client {
    let mut authenticators = Authenticators::default();
    authenticators.ask_later(true);
    bench.engine.set_authenticators(authenticators);
    let coming = Coming {
        stays: true,
        ..Coming::new(Version::V5, id, "")
    };
    let (client, said) = bench.come(coming);
    assert_eq!(said, [""; 0]);
    let check = bench.engine.next_check().expect("a hook is asked");
    let acl = Acl::of_lines(&[AclLine::new(topic, AclAccess::ReadWrite)]).expect("valid");
    let admission = Admission {
        acl: Some(acl),
        ..Admission::default()
    };
    bench.engine.checked(bench.now, check.conn, Ok(admission));
    bench.engine.set_authenticators(Authenticators::default());
    assert_eq!(bench.said(client), ["CONNACK 0x00"]);
    client
}

#[test]
fn a_client_may_have_an_acl_of_its_own() {
    let mut bench = Bench::new("");
    bench.engine.set_realms(bench.now, of_acl(Acl::open()));
    let writer = bench.connect(Version::V5, "w", "");
    let own = with_own_acl(&mut bench, "own", "mine/#");
    bench.subscribe(own, &["#"]);
    assert_eq!(reads(&mut bench, writer, own, "mine/1", QoS::AtMostOnce), 3);
    assert_eq!(reads(&mut bench, writer, own, "else", QoS::AtMostOnce), 0);
    assert!(bench.publish(own, "else", QoS::AtLeastOnce)[0].contains("0x87"));
    // It outlives a restart in this process; another broker does not know it.
    bench.engine.restart(bench.now, Restart::KeepState, Cut::Reset);
    let writer = bench.connect(Version::V5, "w", "");
    bench.publish(writer, "mine/2", QoS::AtLeastOnce);
    bench.publish(writer, "else", QoS::AtLeastOnce);
    let queued = |bench: &Bench| {
        bench
            .engine
            .state(bench.now)
            .session("own")
            .map_or(9, |it| it.queued.len())
    };
    assert_eq!(queued(&bench), 1);
    let snapshot = bench.engine.snapshot(bench.now);
    let mut other = Bench::new("");
    other.engine.set_realms(other.now, of_acl(Acl::open()));
    other.engine.restore(other.now, &snapshot).expect("it is right");
    let writer = other.connect(Version::V5, "w", "");
    other.publish(writer, "mine/3", QoS::AtLeastOnce);
    assert_eq!(queued(&other), 1);
}

#[test]
fn a_restored_session_is_decided_about_by_the_user_in_the_snapshot() {
    let mut bench = Bench::new("topic write #\nuser ann\ntopic read for/ann\n");
    let coming = Coming {
        stays: true,
        ..Coming::new(Version::V311, "a", "ann")
    };
    let (ann, _) = bench.come(coming);
    bench.subscribe(ann, &["#"]);
    let snapshot = Snapshot::from_json(&bench.engine.snapshot(bench.now).to_json()).expect("it is one");
    bench.engine.restore(bench.now, &snapshot).expect("it is right");
    let writer = bench.connect(Version::V311, "w", "");
    bench.publish(writer, "for/ann", QoS::AtLeastOnce);
    bench.publish(writer, "else", QoS::AtLeastOnce);
    let (_, said) = bench.come(coming);
    assert_eq!(said, ["CONNACK 0x00", "PUBLISH for/ann"]);
}

#[test]
fn what_has_changed_is_told_by_the_file_in_which_it_stands() {
    let mut bench = Bench::new("topic read a\nuser ann\ntopic write b\n");
    let mut change = |acl: &str| bench.engine.set_realms(bench.now, realms(acl)).to_string();
    // A comment moves lines, which stay the same.
    assert_eq!(
        change("# new\ntopic read a\nuser ann\ntopic write b\n"),
        "nothing has changed"
    );
    assert_eq!(
        change("topic read a\nuser bob\ntopic write b\ntopic read c\n"),
        "acl.conf: 2 lines added, 1 line removed"
    );
}
