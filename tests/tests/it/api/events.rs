//! Packets and events as they happen, and as files.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;

use broker::QoS;
use broker::wire::Version;
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::{Client, message};

use super::start;

/// Server-sent events, read one after the other.
struct Events(BufReader<TcpStream>);

#[derive(Debug, PartialEq)]
struct Event {
    id: Option<u64>,
    kind: String,
    data: Value,
}

impl Events {
    fn of(api: Api, path: &str, headers: &[&str]) -> Self {
        let mut reader = BufReader::new(api.begin("GET", path, headers, b"").into_stream());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).expect("a head");
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.contains("content-type: text/event-stream\r\n"), "{head}");
        Self(reader)
    }

    /// The next one; `None` at the end.
    fn next(&mut self) -> Option<Event> {
        let mut event = Event {
            id: None,
            kind: String::new(),
            data: Value::Null,
        };
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).expect("a line in time") == 0 {
                return None;
            }
            // The sizes of chunks stand between the lines.
            match line.trim_end().split_once(": ") {
                Some(("id", id)) => event.id = id.parse().ok(),
                Some(("event", kind)) => kind.clone_into(&mut event.kind),
                Some(("data", data)) => {
                    event.data = serde_json::from_str(data).expect("JSON");
                    return Some(event);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn events_come_as_they_happen_and_go_on_where_a_reader_stopped() {
    let (broker, api) = start();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    let mut all = Events::of(api, "events", &[]);
    let mut messages = Events::of(api, "events?packet=PUBLISH&direction=in&after=0", &[]);
    lamp.publish(&message("lamp/1", "on", QoS::AtLeastOnce));
    let first = all.next().expect("it runs");
    assert_eq!(
        (first.id, &*first.kind, &first.data["payload"]),
        (Some(4), "packet", &json!("on"))
    );
    assert_eq!(all.next().expect("it runs").data["packet"], "PUBACK");
    assert_eq!(messages.next().expect("it runs"), first);
    drop(lamp);
    let gone = all.next().expect("it runs");
    assert_eq!(
        (&*gone.kind, &gone.data["event"]),
        ("event", &json!("disconnected"))
    );

    let mut again = Events::of(api, "events", &["Last-Event-ID: 4"]);
    assert_eq!(again.next().expect("it runs").id, Some(5));
    assert_eq!(again.next().expect("it runs").id, Some(6));
    // A number of before a new start of the program: what is there now is new.
    let mut anew = Events::of(api, "events", &["Last-Event-ID: 4000"]);
    let missed = anew.next().expect("it runs");
    assert_eq!(
        (&*missed.kind, &missed.data["began_anew"]),
        ("missed", &json!(true))
    );
    assert_eq!(anew.next().expect("it runs").id, Some(1));
    let reply = api.ask("GET", "events", &["Last-Event-ID: x"], b"");
    assert!(reply.problem(422).contains("expected the number of an entry"));
    assert!(
        api.get("events?limit=3")
            .problem(422)
            .contains("they come without end")
    );
    assert!(
        api.get("events?topik=a")
            .problem(422)
            .contains("did you mean \"topic\"?")
    );
}

#[test]
fn a_reader_that_fell_behind_is_told_how_much_it_missed() {
    let broker = broker::Broker::builder()
        .configure(|settings| settings.journal.entries = 2)
        .start()
        .wait()
        .expect("it starts");
    let _lamp = Client::new(broker.addr(), Version::V311, "lamp");
    let mut late = Events::of(Api::of(&broker), "events?after=0", &[]);
    let missed = late.next().expect("it runs");
    assert_eq!(
        (missed.id, &*missed.kind, missed.data),
        (None, "missed", json!({"entries": 1}))
    );
    assert_eq!(late.next().expect("it runs").id, Some(2));
}

#[test]
fn a_reader_that_does_not_read_holds_nobody_up() {
    let (broker, api) = start();
    let asleep = api.begin("GET", "events", &[], b"");
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    let long = "x".repeat(100_000);
    for _ in 0..500 {
        lamp.publish(&message("lamp", &long, QoS::AtLeastOnce));
    }
    assert_eq!(api.get("stats").json(200)["publish_received"], 500);
    drop(asleep);
}

#[test]
fn the_journal_is_exported_in_four_formats() {
    let (broker, api) = start();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    lamp.publish(&message("lamp/1", "on", QoS::AtLeastOnce));
    let kind = |reply: &tests::harness::api::Reply| {
        let line = reply
            .head
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with("content-type: "));
        line.map(|line| line[14..].to_owned()).expect("a type")
    };
    let lines = api.get("export?format=jsonl");
    assert_eq!((lines.status, &*kind(&lines)), (200, "application/x-ndjson"));
    let entries: Vec<Value> = lines
        .text()
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let numbers: Vec<u64> = entries.iter().filter_map(|entry| entry["seq"].as_u64()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);

    let ladder = api.get("export?format=ladder&packet=PUBLISH");
    assert_eq!(&*kind(&ladder), "text/plain; charset=utf-8");
    assert!(
        ladder.text().contains("lamp/1 \"on\"") && !ladder.text().contains("CONNACK"),
        "{}",
        ladder.text()
    );
    let mermaid = api.get("export?format=mermaid&limit=2").text();
    assert!(
        mermaid.starts_with("sequenceDiagram\n") && mermaid.contains("PUBACK"),
        "{mermaid}"
    );
    let capture = api.get("export?format=pcapng");
    assert_eq!(&*kind(&capture), "application/x-pcapng");
    assert!(capture.text().contains("lamp/1"));

    let detail = api.get("export?format=json").problem(422);
    assert_eq!(
        detail,
        "`format`: expected one of jsonl, ladder, mermaid, otlp, pcapng; did you mean `jsonl`?"
    );
    assert!(api.get("export").problem(422).contains("expected one of jsonl"));
    assert_eq!(
        api.get("export?format=jsonl&limit=3")
            .text()
            .matches("\"seq\":")
            .count(),
        3
    );
}

#[test]
fn near_misses_say_what_differs() {
    let (broker, api) = start();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    lamp.publish(&message("lamp/1", "on", QoS::AtLeastOnce));
    let asked = json!({"pattern": {"packet": "PUBLISH", "topic": "lamp/1", "payload": "off"}});
    let found = api.post("near-misses", &asked).json(200);
    let near = &found["near_misses"][0];
    assert_eq!(
        (&near["entry"]["seq"], &near["differences"][0]["field"]),
        (&json!(4), &json!("payload"))
    );
    assert!(
        api.post("near-misses", &json!({}))
            .problem(422)
            .contains("missing field `pattern`")
    );
}
