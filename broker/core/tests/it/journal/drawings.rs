//! The journal as people see it, compared with the drawings in `drawings/`. `UPDATE_DOCS=1` draws them anew.

use std::path::Path;

use broker_core::engine::ConnId;
use broker_core::journal::{Entry, Ladder, Mark, Mermaid};
use broker_core::wire::{
    Ack, Disconnect, DisconnectProperties, Packet, PacketId, Publish, QoS, ReasonCode, Version, Will,
    WillProperties,
};

use super::bench::{Bench, publish};

const V5: Version = Version::V5;

/// A morning at home: all three QoS levels, a refusal, a will, a client that is away.
fn story() -> Vec<Entry> {
    let mut bench = Bench::new(|settings| settings.access.deny_publish = vec!["secret/#".to_owned()]);
    let phone = bench.connect("phone", V5);
    bench.subscribe(phone, V5, "home/#", QoS::ExactlyOnce);
    let attic = bench.connect_with("attic", Version::V311, |connect| connect.clean_start = false);
    bench.subscribe(attic, Version::V311, "home/+/temp", QoS::AtLeastOnce);
    bench
        .engine
        .closed(bench.now, attic, "the peer closed the connection");
    bench.at_secs(1);
    let sensor = bench.connect_with("a-sensor-with-a-long-name", V5, |connect| {
        connect.keep_alive_secs = 60;
        connect.username = Some("sensors");
        connect.password = Some(b"a secret");
        connect.will = Some(Will {
            topic: "home/kitchen/state",
            payload: b"lost",
            qos: QoS::AtMostOnce,
            retain: false,
            properties: WillProperties::default(),
        });
    });
    bench.at_secs(2);
    for message in [
        publish("home/kitchen/temp", b"21.5", QoS::AtMostOnce),
        Publish {
            retain: true,
            ..publish(
                "home/kitchen/temp",
                b"{\"celsius\": 21.5, \"humidity\": 40}",
                QoS::AtLeastOnce,
            )
        },
        publish("home/kitchen/window", &[0xFF, 0, 1], QoS::ExactlyOnce),
        publish("secret/1", b"x", QoS::AtLeastOnce),
        publish("nobody/listens", b"x", QoS::AtMostOnce),
    ] {
        bench.send(sensor, V5, &Packet::Publish(message));
    }
    let ack = |id: u16| Ack::new(PacketId::new(id).expect("not 0"));
    bench.send(sensor, V5, &Packet::PubRel(ack(1)));
    bench.send(phone, V5, &Packet::PubAck(ack(1)));
    bench.send(phone, V5, &Packet::PubRec(ack(2)));
    bench.send(phone, V5, &Packet::PubComp(ack(2)));
    bench.at_secs(65);
    bench.send(phone, V5, &Packet::PingReq);
    bench.at_secs(93);
    goodbye(&mut bench, phone);
    bench.since(Mark::START).entries
}

/// They turn, hide or break a line.
pub const HIDDEN: [char; 8] = [
    '\u{202e}',
    '\u{2066}',
    '\u{200b}',
    '\u{2028}',
    '\u{ad}',
    '\u{feff}',
    '\u{200f}',
    '\u{e0041}',
];

fn will() -> Will<'static> {
    Will {
        topic: "gone",
        payload: b"lost",
        qos: QoS::AtMostOnce,
        retain: false,
        properties: WillProperties::default(),
    }
}

fn goodbye(bench: &mut Bench, id: ConnId) {
    goodbye_for(bench, id, ReasonCode::SUCCESS);
}

fn goodbye_for(bench: &mut Bench, id: ConnId, reason: ReasonCode) {
    let goodbye = Disconnect {
        reason,
        properties: DisconnectProperties::default(),
    };
    bench.send(id, V5, &Packet::Disconnect(goodbye));
}

#[track_caller]
fn assert_drawing(name: &str, drawn: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/journal/drawings")
        .join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("it can be made");
        std::fs::write(&path, drawn).expect("it can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(drawn, expected, "{name} differs; UPDATE_DOCS=1 draws it anew");
}

#[test]
fn the_ladder_shows_the_whole_story() {
    let story = story();
    let ladder = Ladder::new(&story).to_string();
    assert!(!ladder.contains("a secret"), "no secret in a diagram");
    assert_drawing("story.txt", &ladder);
}

#[test]
fn a_will_is_spoken_of_where_there_is_one() {
    let mut bench = Bench::new(|_| {});
    let without = bench.connect("without", V5);
    let with = bench.connect_with("with", V5, |connect| connect.will = Some(will()));
    let late = bench.connect_with("late", V5, |connect| connect.will = Some(will()));
    goodbye(&mut bench, without);
    goodbye(&mut bench, with);
    goodbye_for(&mut bench, late, ReasonCode::DISCONNECT_WITH_WILL);
    let entries = bench.since(Mark::START).entries;
    let said = |entries: &[Entry], client: &str| {
        let ladder = Ladder::new(entries).to_string();
        let begin = format!("{client} ── DISCONNECT");
        let line = ladder
            .lines()
            .find(|line| line.contains(&begin))
            .expect("it is there");
        line.split_once("│ ").expect("it has two sides").1.to_owned()
    };
    assert_eq!(said(&entries, "without"), "goodbye");
    assert_eq!(said(&entries, "with"), "goodbye: its will is thrown away");
    assert_eq!(said(&entries, "late"), "goodbye: its will is published");
    // Where the CONNECT is forgotten, nobody knows.
    let last = entries
        .iter()
        .position(|entry| entry.words().ends_with("DISCONNECT"));
    assert_eq!(said(&entries[last.expect("there are some")..], "with"), "goodbye");
}

#[test]
fn nothing_that_a_peer_says_turns_hides_or_fills_a_drawing() {
    for hidden in HIDDEN {
        let mut bench = Bench::new(|_| {});
        let name = format!("a{hidden}b");
        let id = bench.connect(&name, V5);
        bench.subscribe(id, V5, &name, QoS::AtMostOnce);
        bench.send(
            id,
            V5,
            &Packet::Publish(publish(&name, name.as_bytes(), QoS::AtMostOnce)),
        );
        let entries = bench.since(Mark::START).entries;
        let words: String = entries.iter().map(Entry::words).collect();
        for drawn in [
            Ladder::new(&entries).to_string(),
            Mermaid::new(&entries).to_string(),
            words,
            entries
                .iter()
                .filter_map(|entry| entry.packet()?.ok())
                .map(|packet| packet.to_string())
                .collect(),
        ] {
            assert!(!drawn.contains(hidden), "{drawn:?}");
            assert!(drawn.contains(&format!("{:x}", u32::from(hidden))), "{drawn:?}");
        }
    }
    let mut bench = Bench::new(|_| {});
    let long = "x".repeat(60_000);
    let id = bench.connect(&long, V5);
    bench.send(id, V5, &Packet::Publish(publish(&long, b"", QoS::AtMostOnce)));
    for entry in bench.since(Mark::START).entries {
        assert!(entry.words().len() < 300, "{}", entry.words());
    }
}

#[test]
fn a_ladder_keeps_to_its_width_and_its_length() {
    let story = story();
    for width in [60, 80, 100] {
        let ladder = Ladder::new(&story).width(width).lines(10).missed(7).to_string();
        assert!(
            ladder.lines().all(|line| line.chars().count() <= width),
            "{ladder}"
        );
        assert_eq!(ladder.lines().count(), 13, "{ladder}");
        assert!(
            ladder.contains("7 entries before these were forgotten"),
            "{ladder}"
        );
        let left_out = format!("{} entries before these are left out", story.len() - 10);
        assert!(ladder.contains(&left_out), "{ladder}");
    }
    assert_drawing("narrow.txt", &Ladder::new(&story).width(80).lines(10).to_string());
}

#[test]
fn the_sequence_diagram_shows_the_whole_story() {
    let story = story();
    let diagram = Mermaid::new(&story).to_string();
    assert!(!diagram.contains("a secret"), "no secret in a diagram");
    assert_drawing("story.mmd", &diagram);
    let short = Mermaid::new(&story).entries(5).to_string();
    let left_out = format!(
        "Note over broker: {} entries before these are left out",
        story.len() - 5
    );
    assert!(short.contains(&left_out), "{short}");
}

#[test]
fn a_sequence_diagram_takes_no_name_for_a_command() {
    let mut bench = Bench::new(|_| {});
    bench.connect("wrap: a;b", V5);
    bench.connect(" $$ ", V5);
    let diagram = Mermaid::new(&bench.since(Mark::START).entries).to_string();
    assert!(
        diagram.contains("participant c0 as #119;rap: a#59;b\n"),
        "{diagram}"
    );
    assert!(diagram.contains("participant c1 as #32;$#36;#32;\n"), "{diagram}");
}

#[test]
fn json_says_all_of_it_but_the_secrets() {
    let story = story();
    let lines: Vec<String> = story.iter().map(Entry::to_json).collect();
    let lines = lines.join("\n") + "\n";
    assert!(!lines.contains("a secret"), "no secret in a file");
    assert_drawing("story.jsonl", &lines);
}

#[test]
fn json_is_one_object_a_line_whatever_crossed_the_wire() {
    let mut bench = Bench::new(|_| {});
    let http = bench.open();
    bench.receive(http, b"GET / HTTP/1.1\r\n\r\n");
    let id = bench.connect_with("a", V5, |connect| {
        connect.properties.authentication_method = Some("none of ours");
        connect.properties.authentication_data = Some(b"a secret");
        connect.properties.user = vec![("a", "1"), ("a", "2")];
    });
    assert!(bench.engine.close_reason(id).is_some());
    let all = bench.since(Mark::START);
    let objects: Vec<serde_json::Value> = all
        .entries
        .iter()
        .map(|entry| serde_json::from_str(&entry.to_json()).expect("JSON"))
        .collect();
    assert_eq!(objects[0]["packet"], "PUBACK", "as its first byte says");
    assert!(objects[0]["malformed"].is_string());
    assert_eq!(objects[0]["raw_base64"], "R0VUIC8gSFRUUC8xLjENCg0K");
    assert_eq!(objects[2]["packet"], "CONNECT");
    assert_eq!(
        objects[2]["properties"],
        serde_json::json!({
            "authentication_method": "none of ours",
            "user_property": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}],
        })
    );
    assert!(objects[2].get("raw_base64").is_none(), "a secret is in it");
}
