//! What waits for a client that may not read it any more: it is neither sent nor sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use broker_core::access::Action;
use broker_core::auth::Authenticators;
use broker_core::wire::{PacketType, QoS, Version};

use super::bench::{Bench, Client, Coming, realms};

const ACL: &str = "topic write #\nuser ann\ntopic read for/#\nuser bob\ntopic read for/bob\n";
/// Ann may read less than before.
const LESS: &str = "topic write #\nuser ann\ntopic read for/bob\n";
const ACKNOWLEDGED: [QoS; 2] = [QoS::AtLeastOnce, QoS::ExactlyOnce];
const HIDDEN: &str = "dropped for/ann may_not_read";

/// A client that stays, and takes one message at a time.
fn coming(user: &str) -> Coming<'_> {
    Coming {
        stays: true,
        window: Some(1),
        ..Coming::new(Version::V5, "c", user)
    }
}

/// Ann was sent `for/ann`; behind it there wait another one and then `for/bob`.
fn one_is_sent_and_two_wait(bench: &mut Bench, qos: QoS) -> Client {
    let (client, _) = bench.come(coming("ann"));
    bench.subscribe(client, &["#"]);
    let writer = bench.connect(Version::V5, "w", "");
    for topic in ["for/ann", "for/ann", "for/bob"] {
        bench.publish(writer, topic, qos);
    }
    assert_eq!(bench.said(client), ["PUBLISH for/ann"]);
    bench.events();
    client
}

/// How many messages are in flight to the client, and how many wait.
fn waiting(bench: &Bench) -> (usize, usize) {
    let state = bench.engine.state(bench.now);
    let session = state.session("c").expect("it is there");
    (session.inflight.len(), session.queued.len())
}

/// The client finishes the exchange; what it is sent then.
fn finish(bench: &mut Bench, client: Client, qos: QoS, packet_id: u16) -> Vec<String> {
    if qos == QoS::AtLeastOnce {
        return bench.answer(client, PacketType::PubAck, packet_id);
    }
    let mut said = bench.answer(client, PacketType::PubRec, packet_id);
    assert_eq!(said.remove(0), "PUBREL");
    said.extend(bench.answer(client, PacketType::PubComp, packet_id));
    said
}

#[test]
fn what_waits_for_one_user_is_not_given_to_another() {
    let mut bench = Bench::new("topic write #\nuser ann\ntopic read for/#\nuser bob\ntopic read for/bob\n");
    let coming = |user| Coming {
        stays: true,
        ..Coming::new(Version::V311, "c", user)
    };
    let (client, _) = bench.come(coming("ann"));
    bench.subscribe(client, &["#"]);
    bench.lose(client);
    let writer = bench.connect(Version::V311, "w", "");
    bench.publish(writer, "for/ann", QoS::AtLeastOnce);
    bench.publish(writer, "for/bob", QoS::AtLeastOnce);
    bench.events();
    let (_, said) = bench.come(coming("bob"));
    assert_eq!(said, ["CONNACK 0x00", "PUBLISH for/bob"]);
    assert_eq!(bench.events(), ["dropped for/ann may_not_read"]);
}

#[test]
fn what_was_sent_to_one_user_is_not_sent_again_to_another() {
    let mut bench = Bench::new("topic write #\nuser ann\ntopic read for/#\nuser bob\ntopic read for/bob\n");
    let coming = |user| Coming {
        stays: true,
        ..Coming::new(Version::V311, "c", user)
    };
    let (client, _) = bench.come(coming("ann"));
    bench.subscribe(client, &["#"]);
    let writer = bench.connect(Version::V311, "w", "");
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        bench.publish(writer, "for/ann", qos);
        bench.publish(writer, "for/bob", qos);
    }
    assert_eq!(bench.said(client).len(), 4);
    let (client, said) = bench.come(coming("bob"));
    assert_eq!(said, ["CONNACK 0x00", "PUBLISH for/bob", "PUBLISH for/bob"]);
    // What was revoked while the client was away is not given to it, either.
    bench.lose(client);
    bench.engine.set_realms(bench.now, realms("topic write #\n"));
    assert_eq!(bench.come(coming("bob")).1, ["CONNACK 0x00"]);
}

#[test]
fn a_session_that_another_user_resumes_holds_no_place_for_what_that_one_may_not_read() {
    for qos in ACKNOWLEDGED {
        for takes_over in [false, true] {
            let mut bench = Bench::new(ACL);
            let client = one_is_sent_and_two_wait(&mut bench, qos);
            if !takes_over {
                bench.lose(client);
            }
            let (client, said) = bench.come(coming("bob"));
            assert_eq!(said, ["CONNACK 0x00", "PUBLISH for/bob"], "{qos} {takes_over}");
            assert_eq!(bench.events(), [HIDDEN, HIDDEN]);
            // Its identifier is free: nothing of it is left in the session.
            assert_eq!(waiting(&bench), (1, 0));
            assert_eq!(finish(&mut bench, client, qos, 2), [""; 0]);
            assert_eq!(waiting(&bench), (0, 0));
        }
    }
}

#[test]
fn a_right_that_was_taken_while_the_client_was_away_counts_when_it_is_back() {
    for qos in ACKNOWLEDGED {
        let mut bench = Bench::new(ACL);
        let client = one_is_sent_and_two_wait(&mut bench, qos);
        bench.lose(client);
        bench.engine.set_realms(bench.now, realms(LESS));
        let (client, said) = bench.come(coming("ann"));
        assert_eq!(said, ["CONNACK 0x00", "PUBLISH for/bob"], "{qos}");
        assert_eq!(bench.events(), [HIDDEN, HIDDEN]);
        assert_eq!(finish(&mut bench, client, qos, 2), [""; 0]);
        assert_eq!(waiting(&bench), (0, 0));
    }
}

#[test]
fn a_message_that_the_client_has_already_only_finishes_its_handshake() {
    let mut bench = Bench::new(ACL);
    let client = one_is_sent_and_two_wait(&mut bench, QoS::ExactlyOnce);
    assert_eq!(bench.answer(client, PacketType::PubRec, 1), ["PUBREL"]);
    bench.lose(client);
    let (client, said) = bench.come(coming("bob"));
    assert_eq!(said, ["CONNACK 0x00", "PUBREL", "PUBLISH for/bob"]);
    assert_eq!(bench.events(), [HIDDEN]);
    assert_eq!(bench.answer(client, PacketType::PubComp, 1), [""; 0]);
    assert_eq!(waiting(&bench), (1, 0));
}

#[test]
fn what_is_queued_for_a_connected_client_is_decided_about_anew() {
    for qos in ACKNOWLEDGED {
        let mut bench = Bench::new(ACL);
        let client = one_is_sent_and_two_wait(&mut bench, qos);
        bench.engine.set_realms(bench.now, realms(LESS));
        // What was sent was allowed, and is acknowledged as always.
        assert_eq!(bench.events(), [HIDDEN]);
        assert_eq!(waiting(&bench), (1, 1));
        assert_eq!(finish(&mut bench, client, qos, 1), ["PUBLISH for/bob"], "{qos}");
    }
}

#[test]
fn what_was_not_sent_again_yet_is_decided_about_anew() {
    for qos in ACKNOWLEDGED {
        let mut bench = Bench::new(ACL);
        let all_at_once = Coming {
            window: None,
            ..coming("ann")
        };
        let (client, _) = bench.come(all_at_once);
        bench.subscribe(client, &["#"]);
        let writer = bench.connect(Version::V5, "w", "");
        for topic in ["for/bob", "for/ann", "for/bob"] {
            bench.publish(writer, topic, qos);
        }
        bench.lose(client);
        let (client, said) = bench.come(coming("ann"));
        assert_eq!(said, ["CONNACK 0x00", "PUBLISH for/bob"]);
        bench.events();
        bench.engine.set_realms(bench.now, realms(LESS));
        assert_eq!(bench.events(), [HIDDEN]);
        assert_eq!(waiting(&bench), (2, 0));
        assert_eq!(finish(&mut bench, client, qos, 1), ["PUBLISH for/bob"], "{qos}");
        assert_eq!(finish(&mut bench, client, qos, 3), [""; 0]);
        assert_eq!(waiting(&bench), (0, 0));
    }
}

#[test]
fn a_hook_that_answers_otherwise_now_counts_for_what_is_queued() {
    let mut bench = Bench::new(ACL);
    let open = Arc::new(AtomicBool::new(true));
    let mut authenticators = Authenticators::default();
    let is_open = open.clone();
    authenticators.set_access(Arc::new(move |access| {
        let shut =
            access.action == Action::Receive && access.topic == "for/ann" && !is_open.load(Ordering::Relaxed);
        if shut {
            Err("it is shut".to_owned())
        } else {
            Ok(())
        }
    }));
    bench.engine.set_authenticators(authenticators);
    let client = one_is_sent_and_two_wait(&mut bench, QoS::AtLeastOnce);
    open.store(false, Ordering::Relaxed);
    bench.engine.access_changed(bench.now);
    assert_eq!(bench.events(), [HIDDEN]);
    assert_eq!(
        finish(&mut bench, client, QoS::AtLeastOnce, 1),
        ["PUBLISH for/bob"]
    );
}
