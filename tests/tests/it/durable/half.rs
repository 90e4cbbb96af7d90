//! QoS 2 over the broker's death, with clients that others wrote: what became of the half that they keep. The broker has
//! released a message and is killed before the client hears of it.

use std::net::SocketAddr;
use std::process::Command;

use broker::QoS;
use broker::wire::Version;
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::binaries::workspace;
use tests::harness::folder::Folder;
use tests::harness::peers::{mqtt_js, or_skip, paho_1, paho_2};
use tests::harness::raw::resume;
use tests::harness::{Client, Program, Served};

/// A program that publishes one message of QoS 2, without its address.
type Publisher = fn() -> Option<Command>;

fn paho(python: std::path::PathBuf) -> Command {
    let mut command = Command::new(python);
    command
        .arg("-B")
        .arg(workspace().join("tests/data/paho/any/half.py"));
    command
}

fn paho_1_3_1() -> Option<Command> {
    or_skip(paho_1()).map(paho)
}

fn paho_2_1() -> Option<Command> {
    or_skip(paho_2()).map(paho)
}

fn js() -> Option<Command> {
    let (node, home) = or_skip(mqtt_js())?;
    let mut command = Command::new(node);
    command
        .arg(workspace().join("tests/data/mqttjs/half.mjs"))
        .arg(home);
    Some(command)
}

/// A broker and its publisher, from the broker's death on.
struct Orphaned {
    _folder: Folder,
    state_dir: String,
    addr: SocketAddr,
    publisher: Program,
}

impl Orphaned {
    /// The publisher has said PUBREL, the broker has kept that, and is gone before the publisher got PUBCOMP.
    fn new(publisher: Publisher) -> Option<Self> {
        let mut publisher = publisher()?;
        let folder = Folder::new();
        let state_dir = folder.file("state").display().to_string();
        let mut broker = Served::start(&["--state-dir", &state_dir]);
        let addr = broker.addr();
        Client::connect(addr, &resume(Version::V5, "counter")).subscribe("count", QoS::ExactlyOnce);
        let api = Api::at(addr);
        let rule = json!({"name": "unheard", "when": {"packet": "PUBCOMP"}, "action": "drop"});
        api.post("/api/v1/faults", &rule).json(201);
        publisher.args([addr.ip().to_string(), addr.port().to_string()]);
        let mut publisher = Program::start(&mut publisher);
        broker.until("fault", |event| event["rule"] == "unheard");
        // It is answered once it is kept, and all before it.
        let last = json!({"topic": "last", "payload": "x", "retain": true});
        api.post("/api/v1/publish", &last).json(200);
        broker.kill();
        assert_eq!(publisher.line(), "lost");
        Some(Self {
            _folder: folder,
            state_dir,
            addr,
            publisher,
        })
    }

    /// Lets the publisher try while nobody listens.
    fn refuse(&mut self) {
        self.publisher.input("again\n");
        assert_eq!(self.publisher.line(), "refused");
    }

    /// A new broker on the same port, with what the old one kept.
    fn revive(&mut self) -> Served {
        let port = self.addr.port().to_string();
        let broker = Served::start_exactly(&["-p", &port, "--state-dir", &self.state_dir]);
        self.publisher.input("again\n");
        broker
    }
}

/// How many copies wait for the one who counts.
fn copies(broker: &Served) -> u64 {
    let answer: Value = Api::at(broker.addr()).get("/api/v1/sessions").json(200);
    let mut sessions = answer["sessions"].as_array().expect("a list").iter();
    let counter = sessions.find(|it| it["client_id"] == "counter");
    counter.expect("it is kept")["queued"].as_u64().expect("a number")
}

/// How many copies there are after a publisher came back at once, or after it was refused once.
fn after(publisher: Publisher, refused: bool) -> Option<u64> {
    let mut orphaned = Orphaned::new(publisher)?;
    if refused {
        orphaned.refuse();
    }
    let broker = orphaned.revive();
    orphaned.publisher.until("its end", |line| line == "published");
    Some(copies(&broker))
}

#[test]
fn mqtt_js_keeps_its_half() {
    // It tries by itself, and is refused at least once.
    if let Some(copies) = after(js, true) {
        assert_eq!(copies, 1);
    }
}

/// `MQTT311-4.3.3-1`: a sender must not publish again what it has released. Paho does, without DUP, after a reconnect that failed.
#[test]
fn paho_2_publishes_again_what_it_has_released_if_it_was_refused_meanwhile() {
    for (refused, copies) in [(false, 1), (true, 2)] {
        let Some(found) = after(paho_2_1, refused) else {
            return;
        };
        assert_eq!(found, copies, "refused: {refused}");
    }
}

/// `MQTT311-3.6.1-1`: PUBREL has fixed flags. Paho 1.3.1 sets DUP.
#[test]
fn paho_1_3_1_ends_its_connection_when_it_releases_again() {
    let Some(mut orphaned) = Orphaned::new(paho_1_3_1) else {
        return;
    };
    let mut broker = orphaned.revive();
    broker.until("disconnected", |event| {
        let text = event["text"].as_str();
        event["cause"] == "malformed_packet" && text.is_some_and(|text| text.contains("MQTT311-3.6.1-1"))
    });
    assert_eq!(orphaned.publisher.line(), "lost");
    assert_eq!(copies(&broker), 1);
}
