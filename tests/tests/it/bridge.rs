//! Our broker as a bridge to brokers of others, on a line that is cut at any byte.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex};
use std::thread;

use broker::settings::{Bridge, BridgeStart, MqttVersion};
use broker::wire::{Packet, Publish, Version};
use broker::{Event, QoS};
use tests::harness::api::Api;
use tests::harness::cuts::Cutter;
use tests::harness::folder::Folder;
use tests::harness::nats::Nats;
use tests::harness::page::blocks;
use tests::harness::raw::{ack, text};
use tests::harness::{Client, DEADLINE, Embedded, Mosquitto, message};

/// What mosquitto holds back for a bridge that is away is not to be bounded.
const UNBOUNDED: &str = "max_queued_messages 0";

/// A bridge that comes back at once.
fn quick(addr: SocketAddr, topics: &[&str]) -> Bridge {
    Bridge {
        topics: topics.iter().map(|line| (*line).to_owned()).collect(),
        client_id: "house".to_owned(),
        restart_min_millis: 1,
        restart_max_millis: 10,
        ..Bridge::new("up", format!("mqtt://{addr}"), "")
    }
}

fn until_connected(broker: &Embedded) {
    broker.until("the bridge is connected", |event| {
        matches!(
            event,
            Event::Bridge {
                state: "connected",
                ..
            }
        )
    });
}

/// How many messages have arrived: who publishes does not run far ahead.
#[derive(Default)]
struct Arrived(Mutex<usize>, Condvar);

impl Arrived {
    fn add(&self) {
        *self.0.lock().expect("nobody panics with it") += 1;
        self.1.notify_all();
    }

    /// Waits until all but a few of `sent` have arrived, or nothing more is to be sent.
    fn until_near(&self, sent: usize, stop: &AtomicBool) {
        let far = |arrived: &mut usize| *arrived + 100 < sent && !stop.load(Ordering::Relaxed);
        let arrived = self.0.lock().expect("nobody panics with it");
        let waited = self
            .1
            .wait_timeout_while(arrived, DEADLINE, far)
            .expect("nobody panics with it");
        assert!(!waited.1.timed_out(), "nothing arrives any more");
    }
}

/// Publishes numbered messages of QoS 1 and 2 until it is told to stop, and then that these are all; how many of each.
fn publish(client: &mut Client, topic: &str, arrived: &Arrived, stop: &AtomicBool) -> usize {
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        for (qos, letter) in [(QoS::AtLeastOnce, 'a'), (QoS::ExactlyOnce, 'b')] {
            client.publish(&message(topic, &format!("{letter}{n}"), qos));
        }
        n += 1;
        arrived.until_near(2 * n, stop);
    }
    let all = format!("all {n}");
    client.publish(&message(topic, &all, QoS::ExactlyOnce));
    n
}

/// All messages, also where some of them come behind the one that says how many they are.
fn receive(client: &mut Client, arrived: &Arrived) -> Vec<String> {
    let (mut got, mut different, mut all) = (Vec::new(), BTreeSet::new(), None);
    while all != Some(different.len()) {
        match client.packet() {
            Packet::Publish(publish) => {
                let payload = text(&publish).to_owned();
                match (publish.qos, publish.packet_id) {
                    (QoS::AtLeastOnce, Some(id)) => client.send(&Packet::PubAck(ack(id))),
                    (QoS::ExactlyOnce, Some(id)) => client.send(&Packet::PubRec(ack(id))),
                    _ => {}
                }
                if let Some(n) = payload.strip_prefix("all ") {
                    all = Some(2 * n.parse::<usize>().expect("a number"));
                    continue;
                }
                if different.insert(payload.clone()) {
                    arrived.add();
                }
                got.push(payload);
            }
            Packet::PubRel(release) => client.send(&Packet::PubComp(ack(release.packet_id))),
            other => panic!("{other:?}"),
        }
    }
    got
}

fn check(got: &[String], sent: usize, way: &str) {
    let of = |letter| got.iter().filter(move |it| it.starts_with(letter));
    for letter in ['a', 'b'] {
        let found: BTreeSet<&String> = of(letter).collect();
        let all = (0..sent).map(|n| format!("{letter}{n}"));
        let lost: Vec<String> = all.filter(|it| !found.contains(it)).collect();
        assert!(lost.is_empty(), "{way}: lost {lost:?}");
    }
    let twos: Vec<&String> = of('b').collect();
    let once: BTreeSet<&&String> = twos.iter().collect();
    assert_eq!(twos.len(), once.len(), "{way}: nothing comes twice at QoS 2");
}

/// Messages flow both ways between the brokers `near` and `far` while the line between them is cut so often.
fn flows_through(near: SocketAddr, far: SocketAddr, cutter: &Cutter, cuts: usize) {
    let mut near_hears = Client::new(near, Version::V311, "near-hears");
    near_hears.subscribe("in/#", QoS::ExactlyOnce);
    let mut far_hears = Client::new(far, Version::V311, "far-hears");
    far_hears.subscribe("out/#", QoS::ExactlyOnce);
    let mut near_says = Client::new(near, Version::V311, "near-says");
    let mut far_says = Client::new(far, Version::V311, "far-says");
    cutter.cut(cuts, 8_000);
    let stop = AtomicBool::new(false);
    let (out, into) = (Arrived::default(), Arrived::default());
    thread::scope(|scope| {
        let got_out = scope.spawn(|| receive(&mut far_hears, &out));
        let got_in = scope.spawn(|| receive(&mut near_hears, &into));
        let sent_out = scope.spawn(|| publish(&mut near_says, "out/x", &out, &stop));
        let sent_in = scope.spawn(|| publish(&mut far_says, "in/x", &into, &stop));
        cutter.until_whole();
        stop.store(true, Ordering::Relaxed);
        let sent_out = sent_out.join().expect("it publishes");
        let sent_in = sent_in.join().expect("it publishes");
        check(&got_out.join().expect("all of it comes"), sent_out, "out");
        check(&got_in.join().expect("all of it comes"), sent_in, "in");
        println!(
            "{sent_out} out and {sent_in} in, of each QoS, over {} cuts",
            cutter.cuts()
        );
    });
}

/// In 3.1.1. In 5.0 mosquitto 2.0.11 may send PUBLISH again for a message of QoS 2 of which it has sent PUBREL already: that is
/// another message to whoever has answered with PUBCOMP.
#[test]
fn a_line_to_mosquitto_is_cut_a_hundred_times() {
    let Some(far) = Mosquitto::start(UNBOUNDED) else {
        return;
    };
    let cutter = Cutter::to(far.addr(), 1);
    let bridge = quick(cutter.addr(), &["out/# out 2", "in/# in 2"]);
    let near = Embedded::start_with(|settings| settings.bridge.push(bridge));
    until_connected(&near);
    flows_through(near.addr(), far.addr(), &cutter, 100);
    let status = &near.block_on(near.bridges()).expect("it is ours")[0];
    assert!(status.connects > 30 && status.refused == 0, "{status:?}");
}

/// In 5.0, to a broker of ours.
#[test]
fn a_line_to_another_of_ours_is_cut_a_hundred_times() {
    let far = Embedded::start();
    let cutter = Cutter::to(far.addr(), 2);
    let bridge = Bridge {
        version: MqttVersion::V5,
        ..quick(cutter.addr(), &["out/# out 2", "in/# in 2"])
    };
    let near = Embedded::start_with(|settings| settings.bridge.push(bridge));
    until_connected(&near);
    flows_through(near.addr(), far.addr(), &cutter, 100);
}

/// mosquitto waits a second before it comes again, so this is done less often.
#[test]
fn a_line_from_mosquitto_is_cut() {
    // It closes the connection where more are under way to it.
    let far = Embedded::start_with(|settings| settings.session.max_inflight = 20);
    let cutter = Cutter::to(far.addr(), 3);
    let lines = format!(
        "{UNBOUNDED}\nconnection up\naddress {}\nremote_clientid house\ntopic out/# out 2\ntopic in/# in 2\nrestart_timeout 1",
        cutter.addr()
    );
    let Some(near) = Mosquitto::start(&lines) else {
        return;
    };
    far.block_on(far.wait_subscribed("house", "in/#"))
        .expect("it subscribes");
    flows_through(near.addr(), far.addr(), &cutter, 4);
}

/// NATS speaks 3.1.1, and refuses a client that says that it is a bridge.
#[test]
fn a_line_to_nats_is_cut_a_hundred_times() {
    let Some(far) = Nats::start() else { return };
    let cutter = Cutter::to(far.addr(), 4);
    let bridge = quick(cutter.addr(), &["out/# out 2", "in/# in 2"]);
    let near = Embedded::start_with(|settings| settings.bridge.push(bridge));
    until_connected(&near);
    flows_through(near.addr(), far.addr(), &cutter, 100);
}

/// Nothing goes round where both sides say what they brought, and prefixes give way to each other.
#[test]
fn both_ways_with_prefixes() {
    for version in [MqttVersion::V31, MqttVersion::V311, MqttVersion::V5] {
        let Some(far) = Mosquitto::start("") else { return };
        let bridge = Bridge {
            version,
            ..quick(far.addr(), &["# both 2 here/ there/"])
        };
        let near = Embedded::start_with(|settings| settings.bridge.push(bridge));
        until_connected(&near);
        let mut here = Client::new(near.addr(), Version::V311, "here");
        here.subscribe("here/#", QoS::ExactlyOnce);
        here.subscribe("$SYS/broker/connection/house/state", QoS::AtLeastOnce);
        let state = here.receive();
        assert_eq!((text(&state), state.retain), ("1", true));
        let mut there = Client::new(far.addr(), Version::V311, "there");
        there.subscribe("there/#", QoS::ExactlyOnce);
        there.subscribe("$SYS/broker/connection/house/state", QoS::AtLeastOnce);
        assert_eq!(text(&there.receive()), "1");
        for (qos, retain) in [
            (QoS::AtMostOnce, false),
            (QoS::AtLeastOnce, true),
            (QoS::ExactlyOnce, false),
        ] {
            let of = |topic, payload| Publish {
                retain,
                ..message(topic, payload, qos)
            };
            here.publish(&of("here/a", "out"));
            assert_eq!(here.receive().topic, "here/a");
            assert_eq!(there.receive().topic, "there/a");
            there.publish(&of("there/b", "in"));
            assert_eq!(there.receive().topic, "there/b");
            assert_eq!(here.receive().topic, "here/b");
        }
        here.publish(&message("here/last", "out", QoS::ExactlyOnce));
        assert_eq!(here.receive().topic, "here/last", "nothing came round before");
        assert_eq!(there.receive().topic, "there/last");
        // The other broker is gone, which is said here.
        drop((there, far));
        assert_eq!(text(&here.receive()), "0");
    }
}

/// A mosquitto.conf brings its bridge along.
#[test]
fn a_mosquitto_conf_has_a_bridge() {
    let Some(far) = Mosquitto::start("") else { return };
    let folder = Folder::new();
    let conf = format!(
        "listener 0 127.0.0.1\nallow_anonymous true\nconnection up\naddress {}\nremote_clientid house\ntopic # both 1 near/ far/\n",
        far.addr()
    );
    let path = folder.write("bridge.conf", &conf);
    let loaded = broker::settings::Loader::new()
        .file(&path)
        .load()
        .expect("it can be read");
    let near = Embedded::start_with(|settings| settings.bridge.clone_from(&loaded.settings.bridge));
    until_connected(&near);
    let mut there = Client::new(far.addr(), Version::V311, "there");
    there.subscribe("far/#", QoS::AtLeastOnce);
    let mut here = Client::new(near.addr(), Version::V5, "here");
    here.publish(&message("near/x", "1", QoS::AtLeastOnce));
    assert_eq!(there.receive().topic, "far/x");
}

/// Over TLS, with a certificate that the bridge trusts by its CA, and not without.
#[test]
fn over_tls() {
    let far = Embedded::start();
    let folder = Folder::new();
    let ca = folder.write("ca.pem", &far.ca_pem().expect("it has one"));
    let port = far.addr().port();
    let bridge = |host: &str, insecure: bool| Bridge {
        ca_file: ca.to_string_lossy().into_owned(),
        insecure,
        topics: vec!["# out 1".to_owned()],
        client_id: "house".to_owned(),
        start: BridgeStart::Once,
        ..Bridge::new("up", format!("mqtts://{host}:{port}"), "")
    };
    for (bridge, state) in [
        (bridge("localhost", false), "connected"),
        (bridge("127.0.0.1", true), "connected"),
        (
            Bridge {
                ca_file: String::new(),
                ..bridge("localhost", false)
            },
            "lost",
        ),
    ] {
        let near = Embedded::start_with(|settings| settings.bridge.push(bridge));
        let event = near.until("the bridge is connected, or not", |event| {
            matches!(
                event,
                Event::Bridge {
                    state: "connected" | "lost",
                    ..
                }
            )
        });
        assert!(
            matches!(&event, Event::Bridge { state: is, why, .. } if *is == state && (state == "connected") != why.contains("TLS")),
            "{event:?}"
        );
    }
}

/// A bridge that waits for enough messages; and what is said of one, over HTTP.
#[test]
fn a_lazy_one_is_asleep_until_enough_waits() {
    let far = Embedded::start();
    let bridge = Bridge {
        start: BridgeStart::Lazy,
        threshold: 3,
        ..quick(far.addr(), &["# out 1"])
    };
    let near = Embedded::start_with(|settings| settings.bridge.push(bridge));
    near.until("it is asleep", |event| {
        matches!(event, Event::Bridge { state: "asleep", .. })
    });
    let mut here = Client::new(near.addr(), Version::V5, "here");
    let mut there = Client::new(far.addr(), Version::V5, "there");
    there.subscribe("#", QoS::AtLeastOnce);
    for n in 1..=3 {
        let status = &near.block_on(near.bridges()).expect("it is ours")[0];
        assert_eq!((status.state, status.connects), ("asleep", 0));
        here.publish(&message("x", &n.to_string(), QoS::AtLeastOnce));
    }
    for n in 1..=3 {
        assert_eq!(text(&there.receive()), n.to_string());
    }
    let status = &near.block_on(near.bridges()).expect("it is ours")[0];
    assert_eq!(
        (status.state, &*status.local_client_id),
        ("connected", "local.house")
    );
    let said = Api::of(&near).get("bridges").json(200);
    let bridge = &said["bridges"][0];
    assert_eq!(
        (&bridge["name"], &bridge["state"]),
        (&"up".into(), &"connected".into())
    );
}

/// docs/BRIDGE.md: its TOML and its mosquitto.conf can be read, and mean the same. (Its Rust is a documentation test.)
#[test]
fn what_the_page_shows_can_be_read() {
    let folder = Folder::new();
    let read = |language: &str, name: &str| {
        let all = blocks("docs/BRIDGE.md");
        let block = all
            .into_iter()
            .find(|block| block.language == language)
            .expect("it is on the page");
        let path = folder.write(name, &block.text);
        let loaded = broker::settings::Loader::new().file(&path).load();
        let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
        loaded.settings.bridge[0].clone()
    };
    let (toml, conf) = (read("toml", "page.toml"), read("conf", "page.conf"));
    assert_eq!(
        (&toml.name, &toml.addresses, &toml.client_id),
        (&conf.name, &conf.addresses, &conf.client_id)
    );
    assert_eq!(toml.topics[..2], conf.topics);
    assert_eq!(toml.topics.len(), 3);
}
