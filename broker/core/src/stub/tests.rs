use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

mod saying;
mod timing;

use super::*;
use crate::journal::{Decision, Direction, Entry, Event, Record, Side, Wanted};
use crate::pattern::{event, publish};
use crate::scenario::Scenarios;
use crate::template::{Content, Feed, Files};
use crate::time::Time;
use crate::wire::{Packet, Publish, QoS, ReasonCode, Version};

fn encoded(publish: Publish<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    Packet::Publish(publish).encode(Version::V5, &mut bytes);
    bytes
}

fn entry(client: &str, bytes: Vec<u8>) -> Entry {
    Entry {
        seq: 0,
        at: Time::ZERO,
        conn: None,
        client_id: client.into(),
        version: Version::V5,
        record: Record::Packet {
            direction: Direction::In,
            side: Side::Both,
            bytes: bytes.into(),
            omitted: None,
            aliased_topic: None,
            decisions: Vec::new(),
        },
    }
}

fn message(client: &str, topic: &str, payload: &str) -> Entry {
    entry(
        client,
        encoded(Publish::new(topic, payload.as_bytes(), QoS::AtMostOnce)),
    )
}

/// Stubs, and what they are shown.
struct Bench {
    stubs: Stubs,
    scenarios: Scenarios,
    now: Time,
}

impl Bench {
    fn with(stubs: impl IntoIterator<Item = Stub>) -> Self {
        let mut bench = Self {
            stubs: Stubs::new(7, Feed::new(Duration::from_secs(1_767_225_600))),
            scenarios: Scenarios::default(),
            now: Time::ZERO,
        };
        for stub in stubs {
            bench.stubs.add(Time::ZERO, stub, false).unwrap();
        }
        bench
    }

    fn of(json: Json) -> Self {
        Self::with([Stub::from_json(&json).unwrap()])
    }

    fn taken(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.stubs.next_out())
            .map(|out| format!("{} {}", out.topic, String::from_utf8_lossy(&out.payload)))
            .collect()
    }

    fn shown(&mut self, entry: &Entry) -> Vec<String> {
        if Wanted::fits(&self.stubs, entry) {
            self.stubs.saw(self.now, entry, &mut self.scenarios, |client| {
                Some(Arc::from(format!("user of {client}")))
            });
        }
        self.taken()
    }

    fn sent(&mut self, topic: &str, payload: &str) -> Vec<String> {
        self.shown(&message("dev", topic, payload))
    }

    fn at_secs(&mut self, secs: u64) -> Vec<String> {
        self.now = Time::from_secs(secs);
        self.stubs.tick(self.now, &mut self.scenarios);
        self.taken()
    }

    fn events(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.stubs.next_event())
            .map(|event| event.words())
            .collect()
    }
}

#[test]
fn a_message_is_answered_from_its_parts() {
    let mut bench = Bench::of(json!({
        "name": "lamp",
        "when": {"packet": "PUBLISH", "topic": "cmd/+"},
        "publish": [
            {"topic": "state/{{ message.wildcards[0] }}", "payload": "{{ message.json.on }}", "retain": true},
            {"topic": "log", "json": {"by": "{{ client.user }}", "nth": "{{ stub.nth }}", "in": "{{ entry.packet }}", "list": [1, "{{ now() }}"]}},
        ],
    }));
    assert_eq!(
        bench.sent("cmd/lamp", r#"{"on": true}"#),
        [
            "state/lamp true",
            r#"log {"by":"user of dev","in":"PUBLISH","list":[1,"2026-01-01T00:00:00Z"],"nth":1}"#
        ]
    );
    assert_eq!(bench.sent("other", ""), [""; 0]);
    assert_eq!(bench.events(), ["stub lamp publishes 2 messages for dev"]);
}

#[test]
fn a_request_is_answered_on_its_response_topic_with_its_correlation_data() {
    let mut bench =
        Bench::with([Stub::on(publish("ask/#")).publishes(Publication::reply().text("yes").qos(1))]);
    let mut request = Publish::new("ask/this", b"?", QoS::AtMostOnce);
    request.properties.response_topic = Some("answers/7");
    request.properties.correlation_data = Some(b"\xFF7");
    let request = entry("dev", encoded(request));
    bench
        .stubs
        .saw(Time::ZERO, &request, &mut bench.scenarios, |_| None);
    let out = bench.stubs.next_out().unwrap();
    assert_eq!((&*out.topic, out.qos), ("answers/7", QoS::AtLeastOnce));
    assert_eq!(out.correlation_data.as_deref(), Some(&b"\xFF7"[..]));

    assert_eq!(bench.sent("ask/that", "?"), [""; 0]);
    assert!(bench.events()[1].ends_with("publish.reply: the message has no Response Topic"));
    let mut bench =
        Bench::with([Stub::on(publish("ask/#")).publishes(Publication::reply().or_to("all").text("yes"))]);
    assert_eq!(bench.sent("ask/that", "?"), ["all yes"]);
}

#[test]
fn what_was_refused_or_lost_or_came_before_is_not_answered() {
    let mut bench = Bench::with([Stub::on(publish("a")).publish("b", "{{ message.payload }}")]);
    let with = |decisions: Vec<Decision>, side: Side| {
        let mut entry = message("dev", "a", "x");
        if let Record::Packet {
            decisions: of,
            side: on,
            ..
        } = &mut entry.record
        {
            (*of, *on) = (decisions, side);
        }
        entry
    };
    assert_eq!(
        bench.shown(&with(
            vec![Decision::Refused(ReasonCode::NOT_AUTHORIZED, None)],
            Side::Both
        )),
        [""; 0]
    );
    assert_eq!(bench.shown(&with(vec![Decision::Duplicate], Side::Both)), [""; 0]);
    assert_eq!(bench.shown(&with(vec![], Side::Client)), [""; 0]);
    assert_eq!(
        bench.shown(&with(vec![Decision::Retained(true)], Side::Both)),
        ["b x"]
    );
    assert_eq!(bench.shown(&with(vec![], Side::Engine)), ["b x"]);
    assert_eq!(bench.shown(&entry("dev", b"\x30\x01\0".to_vec())), [""; 0]);
}

#[test]
fn the_lowest_priority_answers_and_of_a_tie_the_newest() {
    let on = |name: &str| Stub::on(publish("a")).named(name).publish(name, "");
    let mut bench = Bench::with([on("old"), on("new"), on("late").priority(6)]);
    assert_eq!(bench.sent("a", ""), ["new "]);
    bench
        .stubs
        .add(
            Time::ZERO,
            on("first").priority(1).continues().max_times(1),
            false,
        )
        .unwrap();
    assert_eq!(bench.sent("a", ""), ["first ", "new "]);
    assert_eq!(bench.sent("a", ""), ["new "]);
    assert!(bench.stubs.remove("new"));
    assert_eq!(bench.sent("a", ""), ["old "]);
    let counted: Vec<(String, u64, u64)> = bench
        .stubs
        .list()
        .into_iter()
        .map(|it| (it.name, it.matched, it.answered))
        .collect();
    assert_eq!(
        counted,
        [
            ("old".into(), 1, 1),
            ("late".into(), 0, 0),
            ("first".into(), 3, 1)
        ]
    );
}

#[test]
fn counts_are_of_each_client_apart() {
    let counted = |stub: Stub| {
        let mut bench = Bench::with([stub.publish("{{ client.id }}", "")]);
        let mut all = Vec::new();
        for nth in 1..=4 {
            all.extend(
                bench
                    .shown(&message("x", "a", ""))
                    .iter()
                    .map(|out| format!("{out}{nth}")),
            );
            if nth < 3 {
                all.extend(
                    bench
                        .shown(&message("y", "a", ""))
                        .iter()
                        .map(|out| format!("{out}{nth}")),
                );
            }
        }
        all.concat()
    };
    assert_eq!(counted(Stub::on(publish("a")).nth(2)), "x 2y 2");
    assert_eq!(counted(Stub::on(publish("a")).every_nth(2)), "x 2y 2x 4");
    assert_eq!(counted(Stub::on(publish("a")).first(1)), "x 1y 1");
    assert_eq!(counted(Stub::on(publish("a")).after_first(1)), "x 2y 2x 3x 4");
    assert_eq!(counted(Stub::on(publish("a")).after_first(1).first(1)), "x 2y 2");
    assert_eq!(counted(Stub::on(publish("a")).max_times(3)), "x 1y 1x 2");
}

#[test]
fn a_scenario_moves_from_state_to_state_and_a_cycle_takes_turns() {
    let door = |state: &str, next: &str| {
        Stub::on(publish("door"))
            .in_scenario("door")
            .when_state(state)
            .then_state(next)
            .publish("is", format!("{{{{ state.door }}}} to {next}"))
    };
    let mut bench = Bench::with([
        door("Started", "open"),
        door("open", "closed"),
        door("closed", "Started"),
    ]);
    assert_eq!(bench.sent("door", ""), ["is Started to open"]);
    assert_eq!(bench.sent("door", ""), ["is open to closed"]);
    assert_eq!(bench.scenarios.state("door"), "closed");
    assert_eq!(bench.sent("door", ""), ["is closed to Started"]);

    let mut bench = Bench::with([Stub::on(publish("a")).cycle().publish("b", "1").publish("b", "2")]);
    let turns: Vec<String> = (0..3).flat_map(|_| bench.sent("a", "")).collect();
    assert_eq!(turns, ["b 1", "b 2", "b 1"]);
}

#[test]
fn what_cannot_be_made_is_told_and_nothing_is_published() {
    let mut bench = Bench::with([Stub::on(publish("a/#"))
        .named("x")
        .in_scenario("s")
        .then_state("moved")
        .publish("b", "fine")
        .publish("{{ message.levels[1] }}", "{{ message.json.on }}")]);
    assert_eq!(bench.sent("a/c", "{}"), [""; 0]);
    assert_eq!(bench.sent("a/+", r#"{"on": 1}"#), [""; 0]);
    assert_eq!(
        bench.events(),
        [
            r#"stub "x" cannot answer dev: publish[1].payload: line 1, column 4: `message.json.on` is undefined"#,
        ]
    );
    assert_eq!(bench.scenarios.state("s"), "Started");
    assert_eq!(bench.stubs.list()[0].failed, 1);
    assert_eq!(bench.sent("a/", r#"{"on": 1}"#), [""; 0]);
    assert!(bench.events()[0].contains("publish[1].topic: \"\" is no topic name"));
}

#[test]
fn events_are_answered_and_files_are_read() {
    let stub = Stub::on(event("connected"))
        .publish(
            "hello/{{ client.id }}",
            "{{ item('names.txt', stub.nth) }} {{ entry.listener }}",
        )
        .publishes(Publication::to("page").file("page.bin"));
    assert_eq!(stub.files().unwrap(), ["names.txt", "page.bin"]);
    let mut stubs = Stubs::default();
    let error = stubs.add(Time::ZERO, stub.clone(), false).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"stub "stub-1": the file "names.txt" was not read"#
    );
    let files = Files::default()
        .with("names.txt", Content::Text("ann\nbob\n".into()))
        .with("page.bin", Content::Bytes(b"page".to_vec().into()));
    let mut bench = Bench::with([stub.with_files(files)]);
    let connected = Event::Connected {
        conn: crate::session::ConnId { slot: 0, serial: 1 },
        client_id: "dev".into(),
        peer: String::new(),
        version: Version::V5,
        user: None,
        clean_start: true,
        session_present: false,
        keep_alive_secs: 0,
        way: crate::arrival::Way::default(),
        listener: "main".into(),
        tls: None,
    };
    let connected = Entry {
        record: Record::Event(connected),
        ..message("dev", "", "")
    };
    assert_eq!(bench.shown(&connected), ["hello/dev bob main", "page page"]);
}

#[test]
fn reset_restores_what_stays_and_counts_anew() {
    let mut bench = Bench::with([Stub::on(publish("a")).named("added").publish("b", "")]);
    for name in ["kept", "lost"] {
        let stub = Stub::on(publish("k"))
            .named(name)
            .publish("c", "{{ counter() }}")
            .max_times(1);
        bench.stubs.add(Time::ZERO, stub, true).unwrap();
    }
    assert!(bench.stubs.remove("lost"));
    assert_eq!(bench.sent("k", ""), ["c 1"]);
    assert_eq!(bench.sent("k", ""), [""; 0]);
    bench.stubs.reset(Time::ZERO);
    let names: Vec<String> = bench.stubs.list().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["kept", "lost"]);
    assert_eq!(bench.sent("k", ""), ["c 1"]);
    bench.stubs.clear();
    assert!(bench.stubs.is_empty() && !bench.stubs.remove("kept"));
}
