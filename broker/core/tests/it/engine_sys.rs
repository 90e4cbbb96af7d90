//! `$SYS` topics: which there are, what they say when, and who may use them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use broker_core::engine::{ConnId, Engine, Injected, sys_reference};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{
    Connect, Packet, PacketId, Publish, QoS, ReasonCode, Subscribe, UserProperties, Version, Will,
    WillProperties, decode, frame,
};

/// What mosquitto 2.0.11 publishes, seen with `mosquitto_sub -t '$SYS/#'`; but for its heap.
const MOSQUITTO: &str = "
    bytes/received bytes/sent clients/active clients/connected clients/disconnected clients/expired clients/inactive
    clients/maximum clients/total load/bytes/received/15min load/bytes/received/1min load/bytes/received/5min
    load/bytes/sent/15min load/bytes/sent/1min load/bytes/sent/5min load/connections/15min load/connections/1min
    load/connections/5min load/messages/received/15min load/messages/received/1min load/messages/received/5min
    load/messages/sent/15min load/messages/sent/1min load/messages/sent/5min load/publish/dropped/15min
    load/publish/dropped/1min load/publish/dropped/5min load/publish/received/15min load/publish/received/1min
    load/publish/received/5min load/publish/sent/15min load/publish/sent/1min load/publish/sent/5min
    load/sockets/15min load/sockets/1min load/sockets/5min messages/received messages/sent messages/stored
    publish/bytes/received publish/bytes/sent publish/messages/dropped publish/messages/received
    publish/messages/sent retained_messages/count shared_subscriptions/count store/messages/bytes
    store/messages/count subscriptions/count uptime version";

/// What it has besides: named by the manual of mosquitto, or published by its later versions.
const BESIDES: &str = "connections/socket/count messages/inflight packet/out/bytes";

type Values = BTreeMap<String, String>;

struct Bench {
    engine: Engine,
    now: Time,
}

impl Bench {
    fn new(change: impl FnOnce(&mut BrokerSettings)) -> Self {
        let mut settings = BrokerSettings::default();
        change(&mut settings);
        Self {
            engine: Engine::new(Arc::new(settings), 1),
            now: Time::ZERO,
        }
    }

    fn connect(&mut self, client_id: &str) -> ConnId {
        let conn = self.engine.open(self.now, "bench".to_owned());
        self.send(conn, &Packet::Connect(Box::new(connect(client_id, Version::V5))));
        self.received(conn);
        conn
    }

    fn send(&mut self, conn: ConnId, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(Version::V5, &mut bytes);
        assert_eq!(self.engine.receive(self.now, conn, &bytes), bytes.len());
    }

    /// The messages that a new subscription gets at once.
    fn subscribe(&mut self, conn: ConnId, filter: &str) -> Values {
        self.send(conn, &subscribe(filter));
        self.engine.tick(self.now);
        self.received(conn)
    }

    /// The messages that have arrived since the last look, below `$SYS/broker/`.
    fn received(&mut self, conn: ConnId) -> Values {
        let mut values = Values::new();
        self.each_packet(conn, |packet| {
            if let Packet::Publish(publish) = packet {
                let topic = publish
                    .topic
                    .strip_prefix("$SYS/broker/")
                    .unwrap_or(publish.topic);
                let value = String::from_utf8(publish.payload.to_vec()).unwrap();
                assert!(values.insert(topic.to_owned(), value).is_none(), "{topic} twice");
            }
        });
        values
    }

    fn each_packet(&mut self, conn: ConnId, mut each: impl FnMut(&Packet<'_>)) {
        let mut bytes = Vec::new();
        while let Some(front) = self
            .engine
            .outbox(conn)
            .map(|o| o.front().to_vec())
            .filter(|f| !f.is_empty())
        {
            self.engine.wrote(self.now, conn, front.len());
            bytes.extend(front);
        }
        let mut rest = bytes.as_slice();
        while let Some(len) = frame(rest, usize::MAX).unwrap() {
            each(&decode(Version::V5, &rest[..len]).unwrap());
            rest = &rest[len..];
        }
    }

    fn at_secs(&mut self, secs: u64) {
        self.now = Time::from_secs(secs);
        self.engine.tick(self.now);
    }
}

fn connect(client_id: &str, version: Version) -> Connect<'_> {
    Connect::new(version, client_id)
}

fn subscribe(filter: &str) -> Packet<'_> {
    Packet::Subscribe(Subscribe::new(PacketId::MIN, filter, QoS::AtLeastOnce))
}

fn publish<'a>(topic: &'a str, payload: &'a [u8], qos: QoS, retain: bool) -> Packet<'a> {
    Packet::Publish(Publish {
        retain,
        packet_id: (qos != QoS::AtMostOnce).then(|| PacketId::new(7).unwrap()),
        ..Publish::new(topic, payload, qos)
    })
}

#[test]
fn every_topic_of_mosquitto_is_there_at_once() {
    let mut bench = Bench::new(|_| {});
    let conn = bench.connect("c");
    let values = bench.subscribe(conn, "$SYS/#");
    let mut expected: Vec<_> = MOSQUITTO
        .split_whitespace()
        .chain(BESIDES.split_whitespace())
        .map(|name| name.replace("retained_messages", "retained messages"))
        .collect();
    expected.sort();
    assert_eq!(values.keys().cloned().collect::<Vec<_>>(), expected);
    assert_eq!(
        values["version"],
        format!("citronella version {}", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(values["uptime"], "0 seconds");
    let numbers = values
        .iter()
        .filter(|(name, _)| !["version", "uptime"].contains(&name.as_str()));
    for (name, value) in numbers {
        if name.starts_with("load/") {
            assert_eq!(value, "0.00", "{name}");
        } else {
            assert!(value.parse::<u64>().is_ok(), "{name} {value}");
        }
    }
}

#[test]
fn wildcards_at_the_front_do_not_match_them() {
    let mut bench = Bench::new(|_| {});
    let conn = bench.connect("c");
    for filter in ["#", "+/#", "+/broker/uptime", "+/broker/#"] {
        assert_eq!(bench.subscribe(conn, filter), Values::new(), "{filter}");
    }
    bench.at_secs(10);
    assert_eq!(bench.received(conn), Values::new());
    assert_eq!(bench.subscribe(conn, "$SYS/+/uptime").len(), 1);
}

#[test]
fn only_what_changed_is_published_again_and_each_round_at_its_own_instant() {
    let mut bench = Bench::new(|_| {});
    let conn = bench.connect("c");
    // The first values are those of the moment in which somebody asks for them first.
    let first = bench.subscribe(conn, "$SYS/broker/clients/+");
    assert_eq!(first.get("clients/connected").map(String::as_str), Some("1"));
    bench.subscribe(conn, "$SYS/broker/version");
    bench.subscribe(conn, "$SYS/broker/uptime");
    bench.at_secs(9);
    assert_eq!(bench.received(conn), Values::new());
    bench.connect("d");
    bench.at_secs(10);
    let round = bench.received(conn);
    let expected = [
        ("clients/active", "2"),
        ("clients/connected", "2"),
        ("clients/maximum", "2"),
        ("clients/total", "2"),
        ("uptime", "10 seconds"),
    ];
    assert_eq!(
        round,
        expected
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    );

    // A clock that jumps makes up for every round; updates come without RETAIN.
    bench.now = Time::from_secs(75);
    bench.engine.tick(bench.now);
    let mut uptimes = Vec::new();
    bench.each_packet(conn, |packet| match packet {
        Packet::Publish(publish) => {
            assert!(!publish.retain && publish.qos == QoS::AtMostOnce);
            uptimes.push(String::from_utf8(publish.payload.to_vec()).unwrap());
        }
        other => panic!("{other:?}"),
    });
    let expected: Vec<_> = [20, 30, 40, 50, 60, 70]
        .map(|secs| format!("{secs} seconds"))
        .into();
    assert_eq!(uptimes, expected);
}

#[test]
fn a_hundred_years_in_which_nothing_happens_are_two_rounds() {
    let secs = 100 * 365 * 24 * 3600;
    let mut bench = Bench::new(|_| {});
    let conn = bench.connect("c");
    bench.subscribe(conn, "$SYS/broker/uptime");
    bench.subscribe(conn, "$SYS/broker/load/connections/15min");
    // One at a time: ten rounds, and one day in one go, come to the same load.
    let mut slow = Bench::new(|_| {});
    let reader = slow.connect("c");
    slow.subscribe(reader, "$SYS/broker/load/connections/15min");
    bench.at_secs(3600);
    for round in 1..=360 {
        slow.at_secs(round * 10);
    }
    let load = |bench: &mut Bench, conn| {
        let mut values = Vec::new();
        bench.each_packet(conn, |packet| {
            if let Packet::Publish(publish) = packet {
                values.push((
                    publish.topic.to_owned(),
                    String::from_utf8(publish.payload.to_vec()).unwrap(),
                ));
            }
        });
        values
    };
    let (jumped, stepped) = (load(&mut bench, conn), load(&mut slow, reader));
    assert_eq!(
        jumped
            .iter()
            .filter(|(topic, _)| topic.ends_with("uptime"))
            .count(),
        2
    );
    assert_eq!(jumped.last(), stepped.last());
    bench.at_secs(secs);
    let uptimes: Vec<_> = load(&mut bench, conn)
        .into_iter()
        .filter(|(topic, _)| topic.ends_with("uptime"))
        .collect();
    assert_eq!(
        uptimes.last().map(|(_, value)| &**value),
        Some(&*format!("{secs} seconds"))
    );
    assert!(uptimes.len() <= 2, "{uptimes:?}");
}

#[test]
fn the_first_subscriber_gets_the_figures_of_now() {
    let mut bench = Bench::new(|_| {});
    let conn = bench.connect("c");
    bench.at_secs(100);
    assert_eq!(
        bench.subscribe(conn, "$SYS/broker/uptime")["uptime"],
        "100 seconds"
    );
    bench.send(conn, &unsubscribe("$SYS/broker/uptime"));
    bench.at_secs(200);
    bench.now = Time::from_secs(205);
    assert_eq!(
        bench.subscribe(conn, "$SYS/broker/uptime")["uptime"],
        "205 seconds"
    );
    bench.at_secs(210);
    assert_eq!(bench.received(conn)["uptime"], "210 seconds");
}

#[test]
fn the_end_of_time_is_no_round_that_never_ends() {
    let mut bench = Bench::new(|_| {});
    let conn = bench.connect("c");
    bench.subscribe(conn, "$SYS/broker/uptime");
    bench.engine.tick(Time::NEVER);
    assert_eq!(bench.engine.next_timeout(), None);
}

#[test]
fn an_interval_of_0_turns_them_off() {
    let mut bench = Bench::new(|settings| settings.sys.interval_secs = 0);
    let conn = bench.connect("c");
    bench.at_secs(100);
    assert_eq!(bench.subscribe(conn, "$SYS/#"), Values::new());
    assert_eq!(bench.engine.next_timeout(), None);
}

#[test]
fn clients_cannot_publish_to_them() {
    let mut bench = Bench::new(|_| {});
    let watcher = bench.connect("watcher");
    bench.subscribe(watcher, "$SYS/broker/version");
    bench.subscribe(watcher, "$SYS/mine");
    let conn = bench.connect("c");
    for topic in ["$SYS", "$SYS/", "$SYS/mine", "$SYS/broker/version"] {
        // Twice: the second time is a shorter way through the broker.
        for _ in 0..2 {
            bench.send(conn, &publish(topic, b"x", QoS::AtMostOnce, false));
            bench.send(conn, &publish(topic, b"", QoS::AtMostOnce, true));
        }
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            bench.send(conn, &publish(topic, b"x", qos, true));
            let mut reasons = Vec::new();
            bench.each_packet(conn, |packet| match packet {
                Packet::PubAck(ack) | Packet::PubRec(ack) => reasons.push(ack.reason),
                other => panic!("{other:?}"),
            });
            assert_eq!(reasons, [ReasonCode::NOT_AUTHORIZED], "{topic}");
        }
    }
    assert_eq!(bench.received(watcher), Values::new());
    assert_eq!(bench.subscribe(conn, "$SYS/mine"), Values::new());
    assert!(bench.subscribe(conn, "$SYS/broker/version")["version"].starts_with("citronella"));
    // $SYSTEM is nobody's.
    bench.send(conn, &publish("$SYSTEM/x", b"x", QoS::AtLeastOnce, false));
    bench.each_packet(conn, |packet| {
        assert!(matches!(packet, Packet::PubAck(ack) if !ack.reason.is_error()));
    });
}

#[test]
fn nor_leave_a_will_there() {
    let mut bench = Bench::new(|_| {});
    let conn = bench.engine.open(bench.now, "bench".to_owned());
    let will = Will {
        qos: QoS::AtMostOnce,
        retain: true,
        topic: "$SYS/broker/version",
        properties: WillProperties::default(),
        payload: b"x",
    };
    bench.send(
        conn,
        &Packet::Connect(Box::new(Connect {
            will: Some(will),
            ..connect("c", Version::V5)
        })),
    );
    let mut reasons = Vec::new();
    bench.each_packet(conn, |packet| match packet {
        Packet::ConnAck(connack) => reasons.push(connack.reason),
        other => panic!("{other:?}"),
    });
    assert_eq!(reasons, [ReasonCode::NOT_AUTHORIZED]);
}

#[test]
fn they_leave_the_bounds_of_the_store_to_others() {
    let mut bench = Bench::new(|settings| {
        settings.limits.max_retained_messages = 2;
        settings.limits.max_retained_bytes = 1000;
    });
    // A thousand rounds, after which the books must still be right.
    bench.at_secs(10_000);
    let message = |topic: &str, payload: Vec<u8>| Injected {
        topic: topic.to_owned(),
        payload: payload.into(),
        qos: QoS::AtMostOnce,
        retain: true,
        ..Injected::default()
    };
    let conn = bench.connect("c");
    for (topic, len, kept) in [
        ("a", 1000, 0),
        ("a", 500, 1),
        ("b", 500, 0),
        ("b", 1, 1),
        ("c", 1, 0),
        ("a", 2, 1),
    ] {
        bench
            .engine
            .publish(bench.now, message(topic, vec![b'x'; len]))
            .unwrap();
        let kept_now = bench.subscribe(conn, topic).len();
        assert_eq!(kept_now, kept, "{topic} {len}");
        bench.send(conn, &unsubscribe(topic));
        bench.received(conn);
    }
    assert_eq!(bench.engine.clear_retained(), 2, "clearing leaves the figures");
    assert!(
        bench
            .subscribe(conn, "$SYS/broker/version")
            .contains_key("version")
    );
    bench.engine.reset(bench.now);
    assert_eq!(bench.engine.clear_retained(), 0);
}

fn unsubscribe(filter: &str) -> Packet<'_> {
    Packet::Unsubscribe(broker_core::wire::Unsubscribe {
        packet_id: PacketId::new(2).unwrap(),
        filters: vec![filter],
        user: UserProperties::default(),
    })
}

#[test]
fn the_figures_count_what_happened() {
    let mut bench = Bench::new(|settings| settings.session.max_queued_messages = 2);
    // One that lasts and is away, one that came and went, one that is there with two subscriptions.
    let away = bench.engine.open(bench.now, "bench".to_owned());
    let mut lasting = connect("away", Version::V5);
    lasting.properties.session_expiry_secs = Some(100);
    bench.send(away, &Packet::Connect(Box::new(lasting)));
    bench.subscribe(away, "t");
    bench.engine.closed(bench.now, away, "cut");
    let gone = bench.connect("gone");
    bench.engine.closed(bench.now, gone, "cut");
    let conn = bench.connect("here");
    bench.subscribe(conn, "t");
    bench.subscribe(conn, "$share/g/t");
    for _ in 0..3 {
        bench.send(conn, &publish("t", b"12345", QoS::AtLeastOnce, true));
    }
    bench.each_packet(conn, |_| {});
    bench.engine.open(bench.now, "says nothing".to_owned());
    bench.at_secs(10);

    let reader = bench.connect("reader");
    // Who asks first counts as well.
    let values = bench.subscribe(reader, "$SYS/#");
    for (name, expected) in [
        ("clients/connected", 2),
        ("clients/active", 2),
        ("clients/disconnected", 1),
        ("clients/inactive", 1),
        ("clients/total", 3),
        ("clients/maximum", 2),
        ("clients/expired", 0),
        ("connections/socket/count", 5),
        ("messages/received", 11),
        ("publish/messages/received", 3),
        ("publish/bytes/received", 15),
        // By the plain subscription and by the shared one.
        ("publish/messages/sent", 6),
        ("publish/bytes/sent", 30),
        ("messages/inflight", 6),
        // The third for `away`, whose queue takes two.
        ("publish/messages/dropped", 1),
        ("subscriptions/count", 3),
        ("shared_subscriptions/count", 1),
        ("retained messages/count", 1),
        ("store/messages/count", 1 + 6 + 2),
        ("messages/stored", 1 + 6 + 2),
        ("packet/out/bytes", 0),
    ] {
        assert_eq!(values[name], expected.to_string(), "{name}");
    }
    let stored_bytes: usize = values["store/messages/bytes"].parse().unwrap();
    assert!(stored_bytes > 9 * "12345".len());

    // Its expiry interval passes, just before the round of the same instant.
    for secs in (20..100).step_by(10) {
        bench.at_secs(secs);
        assert!(!bench.received(reader).contains_key("clients/expired"));
    }
    bench.at_secs(100);
    assert_eq!(bench.received(reader)["clients/expired"], "1");
}

/// What the averages say after `rounds` of 10 seconds with `rate` a minute and then silence for `silence` rounds.
fn average(rate: f64, rounds: u32, silence: u32, span_secs: f64) -> String {
    let kept = |rounds: u32| (-f64::from(rounds) * 10.0 / span_secs).exp();
    format!("{:.2}", rate * (1.0 - kept(rounds)) * kept(silence))
}

#[test]
fn loads_are_moving_averages() {
    let mut bench = Bench::new(|_| {});
    let publisher = bench.connect("publisher");
    let reader = bench.connect("reader");
    let mut latest = bench.subscribe(reader, "$SYS/broker/load/publish/received/+");
    let spans = [("1min", 60.0), ("5min", 300.0), ("15min", 900.0)];
    let mut round = 0;
    let mut check = |bench: &mut Bench, messages: u32, busy: u32, silent: u32| {
        for _ in 0..messages {
            bench.send(publisher, &publish("nobody", b"x", QoS::AtMostOnce, false));
        }
        round += 1;
        bench.at_secs(round * 10);
        latest.extend(bench.received(reader));
        for (span, secs) in spans {
            let said = &latest[&format!("load/publish/received/{span}")];
            assert_eq!(
                *said,
                average(30.0, busy, silent, secs),
                "{span} after {busy} and {silent}"
            );
        }
    };
    for busy in 1..=200 {
        check(&mut bench, 5, busy, 0);
    }
    for silent in 1..=100 {
        check(&mut bench, 0, 200, silent);
    }
    // Worked out by hand once: 30 (1 − e^(−1/6)) is 4.606.
    assert_eq!(average(30.0, 1, 0, 60.0), "4.61");
    assert_eq!(average(30.0, 200, 0, 60.0), "30.00");
}

#[test]
fn a_load_counts_from_the_round_before() {
    let mut bench = Bench::new(|settings| settings.sys.interval_secs = 60);
    bench.at_secs(30);
    let conn = bench.connect("c");
    bench.at_secs(60);
    let values = bench.subscribe(conn, "$SYS/broker/load/#");
    // One connection within a minute: 1 − e^(−1), 1 − e^(−1/5), 1 − e^(−1/15).
    for name in ["sockets", "connections"] {
        for (span, value) in [("1min", "0.63"), ("5min", "0.18"), ("15min", "0.06")] {
            assert_eq!(values[&format!("load/{name}/{span}")], value);
        }
    }
}

#[test]
fn the_page_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/SYS.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, sys_reference()).unwrap();
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        kept == sys_reference(),
        "docs/SYS.md is stale: `UPDATE_DOCS=1 cargo test -p broker` writes it anew"
    );
    for name in MOSQUITTO.split_whitespace().chain(BESIDES.split_whitespace()) {
        let row = format!(
            "`$SYS/broker/{}`",
            name.replace("retained_messages", "retained messages")
        );
        assert!(kept.contains(&row), "{row} is not on the page");
    }
}
