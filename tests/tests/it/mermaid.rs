//! The journal as a sequence diagram, read by mermaid itself: whatever stands in topics, names and payloads, the diagram is
//! one, and shows the same text.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use broker::journal::{Mark, Mermaid};
use broker::settings::BrokerSettings;
use broker::time::Time;
use broker::wire::{Ack, Connect, Packet, PacketId, Publish, QoS, Subscribe, Version, Will, WillProperties};
use broker_core::engine::Engine;
use serde::Deserialize;
use tests::harness::binaries::{target_dir, workspace};
use tests::harness::peers::{mermaid, or_skip};

/// What mermaid made of a diagram.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Read {
    error: Option<String>,
    diagram_type: String,
    actors: Vec<String>,
    texts: Vec<String>,
}

/// A client called `text` subscribes below it, publishes it at every QoS, falls silent, and leaves a will.
fn journal_about(text: &str) -> String {
    let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    let id = engine.open(Time::ZERO, text.to_owned());
    let mut send = |at: u64, packet: &Packet<'_>| {
        let mut bytes = Vec::new();
        packet.encode(Version::V5, &mut bytes);
        engine.tick(Time::from_secs(at));
        engine.receive(Time::from_secs(at), id, &bytes);
    };
    let mut connect = Connect::new(Version::V5, text);
    connect.keep_alive_secs = 60;
    connect.username = Some(text);
    connect.will = Some(Will {
        topic: text,
        payload: text.as_bytes(),
        qos: QoS::AtMostOnce,
        retain: true,
        properties: WillProperties::default(),
    });
    send(0, &Packet::Connect(Box::new(connect)));
    let filter = format!("{text}/#");
    let subscribe = Subscribe::new(PacketId::MIN, &filter, QoS::ExactlyOnce);
    send(1, &Packet::Subscribe(subscribe));
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut publish = Publish::new(text, text.as_bytes(), qos);
        publish.retain = true;
        publish.packet_id = PacketId::new(u16::from(qos.bits()));
        send(2, &Packet::Publish(publish));
    }
    let ack = |id: u16| Ack::new(PacketId::new(id).expect("not 0"));
    for packet in [
        Packet::PubRel(ack(2)),
        Packet::PubAck(ack(1)),
        Packet::PubRec(ack(2)),
        Packet::PubComp(ack(2)),
        Packet::PingReq,
    ] {
        send(3, &packet);
    }
    engine.tick(Time::from_secs(3600));
    // And a client that does not speak MQTT.
    let stranger = engine.open(Time::from_secs(3600), text.to_owned());
    engine.receive(Time::from_secs(3600), stranger, b"GET / HTTP/1.1\r\n\r\n");
    Mermaid::new(&engine.journal().since(Mark::START).entries).to_string()
}

/// What stands in a diagram as text: names of participants, then what arrows and notes say.
fn texts_of(diagram: &str) -> (Vec<String>, Vec<String>) {
    let (mut actors, mut texts) = (Vec::new(), Vec::new());
    for line in diagram.lines().skip(1).map(str::trim_start) {
        if let Some(participant) = line.strip_prefix("participant ") {
            let name = participant
                .split_once(" as ")
                .map_or(participant, |(_, name)| name);
            actors.push(unescaped(name));
        } else {
            let (_, text) = line.split_once(": ").expect("an arrow or a note");
            texts.push(unescaped(text));
        }
    }
    (actors, texts)
}

/// Character codes taken back.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('#');
    let mut plain = parts.next().expect("at least one").to_owned();
    for part in parts {
        let (code, rest) = part.split_once(';').expect("# stands in codes alone");
        let code = code.parse().ok().and_then(char::from_u32);
        plain.push(code.expect("the code of a character"));
        plain.push_str(rest);
    }
    plain
}

#[test]
fn mermaid_reads_every_diagram_as_it_is_meant() {
    let Some((node, home)) = or_skip(mermaid()) else {
        return;
    };
    let words = [
        "lamp",
        "a;b",
        "a#b",
        "#35;",
        "a\"b\"",
        "it's",
        "a\nb",
        "a\\nb",
        "a<br/>b",
        "end",
        "a end b",
        "END",
        "loop",
        "alt else",
        "participant x",
        "x as y",
        "actor",
        "note over broker: x",
        "a: b",
        ":",
        "->>",
        "a->>b: c",
        "-x",
        "%%",
        "%%{init: {}}%%",
        "<script>",
        "&amp;",
        "&",
        "{}",
        "{\"a\": [1]}",
        "@{x}",
        "(b)",
        "[c]",
        "`d`",
        "$$x$$",
        "~",
        "^",
        "|",
        "!",
        "?",
        "=",
        "*",
        ",",
        "--",
        "---",
        "...",
        "ü",
        "温度",
        "🦀",
        "\u{202e}abc",
        "\u{2028}x",
        "\u{feff}x",
        "a\tb",
        " ",
        "  a  ",
        "-",
        "_",
        "/",
        "//",
        "$SYS/x",
        "title x",
        "autonumber",
        "activate c0",
        "sequenceDiagram",
        "create participant y",
        "wrap: x",
        "nowrap:x",
        "links c0: {}",
        "rect rgb(0,0,0)",
        "box x",
        "e",
        "ﬂ°°35¶ß",
        "+",
        "<<->>",
    ];
    let diagrams: Vec<String> = words.iter().map(|word| journal_about(word)).collect();
    let folder = target_dir().join(format!("mermaid-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("it can be made");
    let files: Vec<PathBuf> = (0..diagrams.len())
        .map(|n| folder.join(format!("{n}.mmd")))
        .collect();
    for (file, diagram) in files.iter().zip(&diagrams) {
        fs::write(file, diagram).expect("it can be written");
    }
    let output = Command::new(node)
        .arg(workspace().join("tests/data/mermaid/parse.mjs"))
        .arg(home)
        .args(&files)
        .output()
        .expect("node runs");
    let _ = fs::remove_dir_all(&folder);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let output = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let read: Vec<Read> = output
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(read.len(), diagrams.len());
    let mut wrong = Vec::new();
    for ((word, diagram), read) in words.iter().zip(&diagrams).zip(read) {
        let (actors, texts) = texts_of(diagram);
        if let Some(error) = read.error {
            wrong.push(format!("{word:?}: {error}\n{diagram}"));
        } else if read.diagram_type != "sequence" || read.actors != actors || read.texts != texts {
            let odd = read
                .actors
                .iter()
                .chain(&read.texts)
                .zip(actors.iter().chain(&texts));
            let odd = odd.filter(|(read, meant)| read != meant).collect::<Vec<_>>();
            wrong.push(format!("{word:?} was read otherwise: {odd:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
