//! How the link of a bridge comes, goes and comes back: other addresses, a broker that falls silent, our own that is away, and one
//! that turns out to be our own.

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use broker::settings::{Bridge, BridgeStart, BrokerSettings};
use broker::wire::Version;
use broker::{Cut, Event, Injected, QoS, Restart};
use tests::harness::bridges::{bridged, quick, status, until_connected, until_state};
use tests::harness::cuts::Cutter;
use tests::harness::folder::Folder;
use tests::harness::raw::text;
use tests::harness::{Client, DEADLINE, Embedded, free_port, message};

const STATE: &str = "$SYS/broker/connection/house/state";

/// What is published here at QoS 1 comes there, and this broker knows that it did: it is not sent again.
fn crosses(near: &Embedded, there: &mut Client, payload: &str) {
    near.block_on(near.publish(Injected::text("out/x", payload).qos(QoS::AtLeastOnce)))
        .expect("it is taken");
    let got = there.receive();
    assert_eq!((got.topic, text(&got)), ("out/x", payload));
    near.block_on(near.settle()).expect("it comes to rest");
}

fn listener(far: &Embedded, filter: &str) -> Client {
    let mut there = Client::new(far.addr(), Version::V5, "there");
    there.subscribe(filter, QoS::AtLeastOnce);
    there
}

/// While another address than the first is in use, the first is asked for, and taken again once it answers.
#[test]
fn the_main_address_is_taken_again_once_it_answers() {
    let (main, other) = (free_port(), Embedded::start());
    let bridge = Bridge {
        addresses: vec![format!("mqtt://{main}"), other.url()],
        restart_min_millis: 20,
        ..quick(main, &["out/# out 1"])
    };
    let near = bridged(bridge);
    until_state(&near, "connected", &other.url());
    crosses(&near, &mut listener(&other, "out/#"), "over the other");
    let at_port = |settings: &mut BrokerSettings| settings.port = main.port();
    let far = Embedded::start_with(at_port);
    until_state(&near, "lost", "the main address answers again");
    until_state(&near, "connected", &far.url());
    let now = status(&near);
    assert_eq!((now.address, now.connects), (far.url(), 2));
    assert_eq!(now.last_lost.as_deref(), Some("the main address answers again"));
    crosses(&near, &mut listener(&far, "out/#"), "over the main one");
}

/// A broker that says nothing any more, on a connection that stays.
#[test]
fn a_broker_that_falls_silent_is_left_after_its_keep_alive() {
    let far = Embedded::start();
    let cutter = Cutter::to(far.addr(), 1);
    let bridge = Bridge {
        keep_alive_secs: 1,
        ..quick(cutter.addr(), &["out/# out 1"])
    };
    let near = bridged(bridge);
    until_connected(&near);
    let mut there = listener(&far, "out/#");
    crosses(&near, &mut there, "before");
    cutter.mute(true);
    near.block_on(near.publish(Injected::text("out/x", "meanwhile").qos(QoS::AtLeastOnce)))
        .expect("it is taken");
    let why = until_state(&near, "lost", "PINGREQ");
    assert!(
        why.starts_with("it did not answer PINGREQ within 1 s, again in"),
        "{why}"
    );
    assert_eq!(status(&near).waiting, 1);
    cutter.mute(false);
    assert_eq!(text(&there.receive()), "meanwhile");
    let now = status(&near);
    assert_eq!((now.state, now.connects, now.last_failed), ("connected", 2, None));
    assert_eq!(
        now.last_lost.as_deref(),
        Some("it did not answer PINGREQ within 1 s")
    );
}

/// A certificate of its own lets a bridge in, and says who it is.
#[test]
fn with_a_certificate_of_its_own() {
    let far = Embedded::start_with(|settings| {
        settings.tls.require_certificate = true;
        settings.tls.use_identity_as_username = true;
    });
    let folder = Folder::new();
    let ca = folder.write("ca.pem", &far.ca_pem().expect("it has one"));
    let (certificate, key) = far.client_certificate("plant").expect("it signs");
    let certificate = folder.write("plant.pem", &certificate);
    let key = folder.write("plant-key.pem", &key);
    let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let bridge = Bridge {
        addresses: vec![format!("mqtts://localhost:{}", far.addr().port())],
        ca_file: path(&ca),
        start: BridgeStart::Once,
        ..quick(far.addr(), &["out/# out 1"])
    };
    let known = Bridge {
        cert_file: path(&certificate),
        key_file: path(&key),
        ..bridge.clone()
    };
    let near = bridged(known);
    until_connected(&near);
    crosses(&near, &mut listener_over_plain(&far), "as plant");
    let unknown = bridged(bridge);
    let why = until_state(&unknown, "lost", "");
    assert!(why.contains("TLS"), "{why}");
    assert_eq!(status(&unknown).connects, 0);
}

/// Certificates are for TLS: who comes without it is let in as everybody is.
fn listener_over_plain(far: &Embedded) -> Client {
    let came = far.until(
        "the bridge is there",
        |event| matches!(event, Event::Connected { client_id, .. } if &**client_id == "house"),
    );
    assert!(
        matches!(&came, Event::Connected { user: Some(user), .. } if &**user == "plant"),
        "{came:?}"
    );
    listener(far, "out/#")
}

fn retained(broker: &Embedded, topic: &str) -> Option<String> {
    let state = broker.block_on(broker.state()).expect("it is ours");
    let message = state.retained_message(topic)?;
    message.text().map(ToOwned::to_owned)
}

/// 1 while there is a link and 0 when there is none, retained on both sides, by its will in the other broker.
#[test]
fn whether_it_is_connected_is_said_on_a_topic() {
    let far = Embedded::start();
    let bridge = quick(far.addr(), &["out/# out 1"]);
    for (bridge, topic, here, there) in [
        (bridge.clone(), STATE, true, true),
        (
            Bridge {
                notification_topic: "bridges/house".to_owned(),
                ..bridge.clone()
            },
            "bridges/house",
            true,
            true,
        ),
        (
            Bridge {
                notifications_local_only: true,
                ..bridge.clone()
            },
            "$SYS/broker/connection/house/state",
            true,
            false,
        ),
        (
            Bridge {
                notifications: false,
                ..bridge.clone()
            },
            STATE,
            false,
            false,
        ),
    ] {
        far.block_on(far.reset()).expect("it is ours");
        let cutter = Cutter::to(far.addr(), 1);
        let bridge = Bridge {
            addresses: vec![format!("mqtt://{}", cutter.addr())],
            ..bridge
        };
        let mut watcher = Client::new(far.addr(), Version::V5, "watcher");
        watcher.subscribe(topic, QoS::AtLeastOnce);
        let near = bridged(bridge);
        until_connected(&near);
        let said = |it: bool, text: &str| it.then(|| text.to_owned());
        let mut hears = |wanted: &[&str]| {
            for text_of in wanted.iter().filter(|_| there) {
                assert_eq!(text(&watcher.receive()), *text_of, "{topic}");
            }
        };
        hears(&["1"]);
        assert_eq!(retained(&near, topic), said(here, "1"), "{topic}");
        assert_eq!(retained(&far, topic), said(there, "1"), "{topic}");
        cutter.cut_now();
        // It is back at once; between, it was gone.
        hears(&["0", "1"]);
        assert_eq!(retained(&far, topic), said(there, "1"), "{topic}");
        drop(near);
        hears(&["0"]);
        far.until_gone("house");
        assert_eq!(retained(&far, topic), said(there, "0"), "{topic}");
    }
}

/// Waits until it was connected so often.
fn until_connects(broker: &Embedded, wanted: usize) {
    let count = Cell::new(0);
    broker.until(&format!("the link {wanted}"), |event| {
        let is_one = matches!(
            event,
            Event::Bridge {
                state: "connected",
                ..
            }
        );
        count.set(count.get() + usize::from(is_one));
        count.get() >= wanted
    });
}

/// Ours is made as new, is away, is restarted, with a bridge running: it is there again each time, with what waited for it.
#[test]
fn it_outlives_what_happens_to_our_broker() {
    let far = Embedded::start();
    let near = bridged(quick(far.addr(), &["out/# out 1", "in/# in 1"]));
    until_connected(&near);
    let mut there = listener(&far, "out/#");
    crosses(&near, &mut there, "first");
    near.block_on(near.reset()).expect("it is ours");
    until_connects(&near, 2);
    crosses(&near, &mut there, "after a reset");
    for (nth, restart) in [(3, Restart::KeepState), (4, Restart::LoseState)] {
        near.block_on(near.restart(restart)).expect("it is ours");
        until_connects(&near, nth);
        crosses(&near, &mut there, "after a restart");
    }
    let outage = near
        .block_on(near.outage(Restart::KeepState, Cut::Reset))
        .expect("it is ours");
    far.block_on(far.publish(Injected::text("in/x", "waits there").qos(QoS::AtLeastOnce)))
        .expect("it is taken");
    assert_ne!(status(&near).state, "connected");
    near.block_on(outage.end()).expect("it is ours");
    until_connects(&near, 5);
    let mut here = Client::new(near.addr(), Version::V5, "here");
    here.subscribe("in/#", QoS::AtLeastOnce);
    crosses(&near, &mut there, "after an outage");
    far.block_on(far.publish(Injected::text("in/x", "now").qos(QoS::AtLeastOnce)))
        .expect("it is taken");
    assert_eq!(text(&here.receive()), "now");
    let now = status(&near);
    assert!(now.last_lost.is_some_and(|why| why.starts_with("our broker ")));
    // And the other one is away.
    let outage = far
        .block_on(far.outage(Restart::KeepState, Cut::Orderly))
        .expect("it is ours");
    let text_of = "while the other was away";
    near.block_on(near.publish(Injected::text("out/x", text_of).qos(QoS::AtLeastOnce)))
        .expect("it is taken");
    far.block_on(outage.end()).expect("it is ours");
    let mut again = listener(&far, "out/#");
    assert_eq!(text(&again.receive()), text_of);
}

/// `settle` waits for what a bridge has in hand, and names it.
#[test]
fn what_a_bridge_has_in_hand_is_waited_for() {
    const LONG: usize = 12 << 20;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let bridge = Bridge {
        attempt_unsubscribe: false,
        notifications: false,
        keep_alive_secs: 0,
        ..quick(listener.local_addr().expect("it listens"), &["out/# out 0"])
    };
    let mut near = bridged(bridge);
    // A broker that lets it in, and reads nothing more for now.
    let (mut there, _) = listener.accept().expect("it comes");
    let mut connect = [0; 512];
    assert!(there.read(&mut connect).expect("it says CONNECT") > 10);
    there.write_all(b"\x20\x02\0\0").expect("it is there");
    until_connected(&near);
    near.block_on(near.publish(Injected::text("out/x", "x".repeat(LONG))))
        .expect("it is taken");
    near.set_deadline(Duration::from_millis(50));
    let error = near
        .block_on(near.settle())
        .expect_err("it is not through")
        .to_string();
    assert!(
        error.contains("the bridge \"up\" has") && error.contains("for the other broker"),
        "{error}"
    );
    near.set_deadline(DEADLINE);
    let reader = std::thread::spawn(move || {
        let mut all = vec![0; LONG];
        there.read_exact(&mut all).map(|()| there)
    });
    near.block_on(near.settle()).expect("it comes to rest");
    let _there = reader.join().expect("it reads").expect("all of it came");
}

fn own(topics: &[&str]) -> (Embedded, Client) {
    let own = free_port();
    let bridge = quick(own, topics);
    let near = Embedded::start_with(|settings| {
        settings.port = own.port();
        settings.bridge.push(bridge);
    });
    let mut here = Client::new(near.addr(), Version::V5, "here");
    here.subscribe("#", QoS::AtLeastOnce);
    (near, here)
}

/// A bridge to its own broker would have messages go round without end: it says so and ends.
#[test]
fn a_bridge_to_its_own_broker_ends_where_messages_would_go_round() {
    for topics in [
        &["x/# both 1"][..],
        &["x/# out 0"],
        &["x/# in 2"],
        &["# out 1 a/ b/", "# out 1 b/ a/"],
    ] {
        let (near, mut here) = own(topics);
        let why = until_state(&near, "lost", "leads to this broker itself");
        assert!(
            why.contains(topics[0].split(' ').next().expect("a filter")),
            "{why}"
        );
        here.publish(&message("x/1", "once", QoS::AtLeastOnce));
        assert_eq!(text(&here.receive()), "once");
        near.block_on(near.settle()).expect("it comes to rest");
        here.nothing_came();
        let now = status(&near);
        assert_eq!((now.state, now.connects), ("over", 0));
        assert_eq!(now.last_failed.as_deref(), Some(&*why));
    }
}

/// The same over a proxy, which hides whose connection it is: looked at more than once.
#[test]
fn a_bridge_to_its_own_broker_over_a_proxy_ends_too() {
    let own = free_port();
    let cutter = Cutter::to(own, 1);
    let bridge = quick(cutter.addr(), &["x/# both 1"]);
    let near = Embedded::start_with(|settings| {
        settings.port = own.port();
        settings.bridge.push(bridge);
    });
    until_state(&near, "lost", "may lead to this broker itself");
    until_state(&near, "lost", "leads to this broker itself");
    assert_eq!((status(&near).state, status(&near).connects), ("over", 0));
}

/// Lines between topics that have nothing in common are no circle, and a client of the same name elsewhere is none, either.
#[test]
fn what_goes_round_nowhere_is_let_be() {
    let (near, mut here) = own(&["# out 1 from/ to/"]);
    until_connected(&near);
    here.publish(&message("from/a", "1", QoS::AtLeastOnce));
    let mut got = [here.receive().topic.to_owned(), here.receive().topic.to_owned()];
    got.sort_unstable();
    assert_eq!(got, ["from/a", "to/a"]);
    drop((near, here));

    // Of the same name, and on this broker; but not just now, when the bridge came to the other.
    let far = Embedded::start();
    let cutter = Cutter::to(far.addr(), 1);
    let near = bridged(quick(cutter.addr(), &["x/# both 1"]));
    let _house = Client::new(near.addr(), Version::V311, "house");
    for links in 1..=5 {
        until_connects(&near, links);
        cutter.cut_now();
    }
    until_connects(&near, 6);
    assert_eq!(status(&near).last_failed, None);
}
