//! What the page copies is run: as a test in Rust, with pytest and with Node, each of which passes, and as the message again. What it
//! exports is read by others, and a link leads to its packet.

use std::error::Error;
use std::process::Command;

use broker::Broker;
use rumqttc::mqttbytes::QoS;
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::binaries::{program, workspace};
use tests::harness::folder::Folder;
use tests::harness::peers::{mosquitto, or_skip, pytest, tshark};
use tests::harness::tab::Tab;

use super::copies::copied;
use super::{client, is_well, open, shows};

const TOPIC: &str = "power/hall";
const PAYLOAD: &str = r#"{"watt":5,"on":true,"by":null,"of":["aé","it's"]}"#;

/// The program that the tests are about: it connects as `meter`, publishes a message at QoS 1, and says goodbye.
fn publisher(url: &str) -> Command {
    let mut publisher = program("publisher");
    publisher.args(["-L", &format!("{url}/{TOPIC}")]);
    publisher.args(["-i", "meter", "-q", "1", "-m", PAYLOAD]);
    publisher
}

async fn program_under_test(url: String) -> Result<(), Box<dyn Error>> {
    let said = tokio::task::spawn_blocking(move || publisher(&url).output()).await??;
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    Ok(())
}

// The next three hold what the page says, and nothing else: a test below compares them.

#[rustfmt::skip]
async fn message() -> Result<(), Box<dyn Error>> {
    use broker::Broker;
    use broker::expect::*;
    use serde_json::json;

    let broker = Broker::start().await?;
    program_under_test(broker.url()).await?;

    broker
        .expect(
            publish("power/hall")
                .from("meter")
                .qos(1)
                .json_subset(json!({"watt":5,"on":true,"by":null,"of":["aé","it's"]})),
        )
        .await;
    Ok(())
}

#[rustfmt::skip]
async fn packet() -> Result<(), Box<dyn Error>> {
    use broker::Broker;
    use broker::expect::*;

    let broker = Broker::start().await?;
    program_under_test(broker.url()).await?;

    broker
        .expect(
            puback()
                .to("meter"),
        )
        .await;
    Ok(())
}

#[rustfmt::skip]
async fn event() -> Result<(), Box<dyn Error>> {
    use broker::Broker;
    use broker::expect::*;

    let broker = Broker::start().await?;
    program_under_test(broker.url()).await?;

    broker
        .expect(
            event("disconnected")
                .of("meter")
                .field("cause", "client_disconnect"),
        )
        .await;
    Ok(())
}

#[tokio::test]
async fn tests_of_the_page_in_rust_pass() -> Result<(), Box<dyn Error>> {
    message().await?;
    packet().await?;
    event().await
}

/// Selects the row of an entry for which this holds of `entry`, as the API has it.
fn select(broker: &Broker, tab: &mut Tab, holds: impl Fn(&Value) -> bool) -> u64 {
    broker.settle().wait().expect("all is done");
    let all = broker.journal().all().wait().expect("it runs").entries;
    let mut all = all
        .iter()
        .map(|entry| serde_json::from_str(&entry.to_json()).expect("JSON"));
    let entry: Value = all.find(holds).expect("there is such an entry");
    let seq = entry["seq"].as_u64().expect("a number");
    let select = format!(
        "(() => {{ const {{ store, ladder }} = citronella; const n = store.find({seq}); if (!store.has(n) || store.seq(n) !== {seq}) return false; \
         ladder.select(n, 'key'); ladder.reveal(n); return true; }})()"
    );
    tab.until("it is there", &select);
    let shown = format!("document.querySelector('#inspect .no')?.href.endsWith('#{seq}')");
    tab.until("it is shown", &shown);
    seq
}

#[test]
fn tests_of_the_page_are_those_that_pass() {
    let Some((broker, mut tab)) = open() else { return };
    let said = publisher(&broker.url()).output().expect("it runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let folder = Folder::new();
    for name in ["message", "packet", "event"] {
        select(&broker, &mut tab, |entry| match name {
            "message" => entry["packet"] == "PUBLISH",
            "packet" => entry["packet"] == "PUBACK",
            _ => entry["event"] == "disconnected",
        });
        let rust = copied(&mut tab, "Rust");
        let within: String = rust
            .lines()
            .map(|line| {
                if line.is_empty() {
                    "\n".to_owned()
                } else {
                    format!("    {line}\n")
                }
            })
            .collect();
        assert!(
            include_str!("copied.rs").contains(&within),
            "{name} is another: {rust}"
        );
        let node = copied(&mut tab, "Node");
        let file = workspace().join(format!("tests/data/copied/{name}.test.mjs"));
        let known = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(node.trim_end(), known.trim_end(), "{}", file.display());
        folder.write(&format!("test_{name}.py"), &copied(&mut tab, "pytest"));
    }
    is_well(&mut tab);
    let Some(python) = or_skip(pytest()) else { return };
    folder.write(
        "conftest.py",
        "import builtins, json, os, subprocess\n\n\ndef program_under_test(url):\n    program, *words = json.loads(os.environ['PUBLISHER'])\n    \
         subprocess.run([program, '-L', url + words[1], *words[2:]], check=True)\n\n\n\
         builtins.program_under_test = program_under_test\n",
    );
    let publisher = publisher("");
    let words: Vec<_> = std::iter::once(publisher.get_program())
        .chain(publisher.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let said = Command::new(python)
        .args(["-m", "pytest", "-q", "-p", "citronella.pytest.plugin"])
        .current_dir(folder.path())
        .env("PYTHONPATH", workspace().join("packages/python/src"))
        .env("CITRONELLA_BIN", program("broker").get_program())
        .env("PUBLISHER", json!(words).to_string())
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(
        text.contains("3 passed"),
        "{text}{}",
        String::from_utf8_lossy(&said.stderr)
    );
}

#[test]
fn a_message_that_is_sent_again_by_mosquitto_pub_is_the_same() {
    let Some(_) = or_skip(mosquitto("mosquitto_pub")) else {
        return;
    };
    let Some((broker, mut tab)) = open() else { return };
    let properties = [
        "-V",
        "5",
        "-D",
        "publish",
        "user-property",
        "a b",
        "it's",
        "-D",
        "publish",
        "content-type",
        "text/plain",
        "-D",
        "publish",
        "response-topic",
        "answer/me",
        "-D",
        "publish",
        "correlation-data",
        "7 $x",
        "-D",
        "publish",
        "message-expiry-interval",
        "600",
    ];
    let zero: &[u8] = b"\0\xffz";
    for (topic, more, payload) in [
        ("words", &["-q", "2"][..], "it's \"$HOME\" `id` \\ * é".as_bytes()),
        ("lines", &["-q", "1", "-r"][..], b"one\ntwo"),
        ("none", &[][..], b""),
        ("odd/$HOME `id`", &properties[..], zero),
    ] {
        let folder = Folder::new();
        let file = folder.path().join("payload");
        std::fs::write(&file, payload).expect("it can be written");
        let said = program("publisher")
            .args(["-L", &broker.url(), "-i", "meter", "-t", topic, "-f"])
            .arg(&file)
            .args(more)
            .output()
            .expect("it runs");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        select(&broker, &mut tab, |entry| entry["topic_name"] == topic);
        let command = copied(&mut tab, "mosquitto_pub");
        let said = Command::new("sh")
            .args(["-c", &command])
            .output()
            .expect("there is a shell");
        assert!(
            said.status.success(),
            "{command}\n{}",
            String::from_utf8_lossy(&said.stderr)
        );
        broker.settle().wait().expect("all is done");
        let all = Api::of(&broker)
            .get("packets?packet=PUBLISH&direction=in")
            .json(200);
        let all = all["packets"].as_array().expect("a list").iter();
        let ours: Vec<_> = all.filter(|entry| entry["topic_name"] == topic).collect();
        let [first, again] = ours[..] else {
            panic!("{command}: {ours:#?}")
        };
        for key in [
            "version",
            "qos",
            "retain",
            "payload",
            "payload_base64",
            "properties",
        ] {
            assert_eq!(first[key], again[key], "{key} of {command}");
        }
    }
    is_well(&mut tab);
}

#[test]
fn what_is_exported_is_read_by_others_and_a_link_leads_to_its_packet() {
    const MESSAGES: usize = 60;
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "meter");
    for n in 0..MESSAGES {
        speaker
            .publish(TOPIC, QoS::AtLeastOnce, false, n.to_string())
            .expect("it publishes");
    }
    broker.settle().wait().expect("all is done");
    shows(&mut tab, ".row .pl", &(MESSAGES - 1).to_string());
    tab.value(
        "window.made = []; const make = URL.createObjectURL; URL.createObjectURL = file => { made.push(file); return make(file); }",
    );
    let mut export = |name: &str| -> Vec<u8> {
        tab.press("Escape");
        tab.click("#exporting button");
        let press = format!(
            "[...document.querySelectorAll('#exporting .link')].find(one => one.textContent === {name:?}).click()"
        );
        tab.value(&press);
        tab.until(name, "made.length === 1");
        let bytes = tab.value("made.pop().arrayBuffer().then(bytes => [...new Uint8Array(bytes)])");
        serde_json::from_value(bytes).expect("bytes")
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let lines = text(export("JSON lines"));
    let entries: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let messages = entries.iter().filter(|entry| entry["packet"] == "PUBLISH");
    assert_eq!(messages.count(), MESSAGES);
    assert!(
        entries.iter().any(|entry| entry["event"] == "connected"),
        "{lines}"
    );
    let diagram = text(export("Mermaid diagram"));
    assert!(diagram.starts_with("sequenceDiagram\n"), "{diagram}");
    assert_eq!(diagram.matches(TOPIC).count(), MESSAGES, "{diagram}");
    let ladder = text(export("Ladder as text"));
    assert_eq!(ladder.matches(TOPIC).count(), MESSAGES, "{ladder}");
    let capture = export("Capture for Wireshark");

    let seq = select(&broker, &mut tab, |entry| entry["payload"] == "7");
    let link = tab.value("document.querySelector('#inspect .no').href");
    // Opened anew, the page goes there, and not to the end.
    let mut later = tab.beside(link.as_str().expect("an address"));
    later.until(
        "its row",
        &format!("document.querySelector('.row[aria-selected=true]')?.id === 'r{seq}'"),
    );
    shows(&mut later, "#inspect .say", "meter publishes on power/hall");
    is_well(&mut tab);

    let Some(tshark) = or_skip(tshark()) else { return };
    let folder = Folder::new();
    let file = folder.path().join("made.pcapng");
    std::fs::write(&file, capture).expect("it can be written");
    let read = Command::new(tshark)
        .arg("-r")
        .arg(&file)
        .args(["-T", "fields", "-e", "mqtt.topic"])
        .output()
        .expect("it runs");
    let read = String::from_utf8_lossy(&read.stdout).into_owned();
    assert_eq!(read.matches(TOPIC).count(), MESSAGES, "{read}");
}
