//! What each library does when a broker lies: docs/LIBRARIES.md. The versions are those that the tests install, so the page
//! is held word by word; `UPDATE_DOCS=1` writes it anew.

mod table;

use std::fmt::Write as _;
use std::fs;

use broker::expect::{event, rule as rule_named};
use broker::journal::{Direction, Entry, Mark, Record};
use broker::wire::PacketType;
use broker::{Broker, Injected, QoS};
use serde_json::Value;
use tests::harness::binaries::workspace;
use tests::harness::steered::{Peer, Say, Steered, Wish};

use super::ground::rule;
use table::{Does, LIES, Lie};

/// What was seen of a client.
#[derive(Debug, Default)]
struct Seen {
    heard: usize,
    published: usize,
    subscribed: usize,
    ended: bool,
    /// What it sent since the lie, but for what keeps it there.
    sent: Vec<&'static str>,
}

fn count(all: &[Value], what: &str) -> usize {
    let is_it = |did: &&Value| did["did"] == what && (what != "message" || did["topic"] == "t");
    all.iter().filter(is_it).count()
}

/// Tells a lie to a client of this library; `None` where that is not installed here.
fn tell(lie: &Lie, peer: Peer) -> Option<Seen> {
    let broker = Broker::start().wait().expect("it starts");
    let text = format!("name = \"lie\"\n{}", lie.rule());
    let added = broker.faults().add(rule(&text)).wait();
    added.unwrap_or_else(|error| panic!("{text}: {error}")).keep();
    let mut client = Steered::begin(peer, broker.addr(), &Wish::lasting("lamp", 3600))?;
    let mut all = Vec::new();
    let mut ended = false;
    if lie.does != Does::Connects {
        client.connected();
    }
    let settle = |broker: &Broker| broker.settle().wait().expect("nothing is going on");
    let publish = |topic: &str, qos| {
        let message = Injected::text(topic, "x").qos(qos);
        broker.publish(message).wait().expect("it runs");
    };
    if lie.does == Does::Connects {
        broker.wait_connected("lamp").wait().expect("it comes");
        settle(&broker);
        client.ask_for("end", 0);
        broker
            .wait_subscribed("lamp", "end")
            .wait()
            .expect("it does, sooner or later");
    } else {
        client.subscribe("end", 0);
    }
    match lie.does {
        Does::Connects => {}
        Does::Subscribes => {
            client.ask_for("t", 1);
            broker.wait_subscribed("lamp", "t").wait().expect("it does");
        }
        Does::Speaks(qos) => client.say(Say {
            topic: "t",
            payload: "x",
            qos,
            ..Say::default()
        }),
        Does::Hears(qos) => {
            client.subscribe("t", qos);
            publish(
                "t",
                [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][usize::from(qos)],
            );
        }
    }
    broker.expect(rule_named("lie").fired(1..)).wait();
    settle(&broker);
    // What was said before this has been heard; or the connection is gone.
    publish("end", QoS::AtMostOnce);
    all.extend(client.all_until("the end", |did| {
        ended |= did["did"] == "disconnected";
        ended || did["topic"] == "end"
    }));
    if !ended {
        // Its answers have come before this. A library may hear all that came with the lie before it ends the connection for it.
        client.ask_for("done", 0);
        client.all_until("what it does next", |did| {
            ended = did["did"] == "disconnected";
            ended || did["did"] == "subscribed"
        });
    }
    if ended {
        let gone = event("disconnected").field("client_id", "lamp");
        broker.expect(gone).wait();
    }
    let entries = broker
        .journal()
        .since(Mark::START)
        .wait()
        .expect("it runs")
        .entries;
    let is_lie = |entry: &&Entry| matches!(&entry.record, Record::Event(broker::Event::Fault { .. }));
    let lie = entries.iter().find(is_lie).expect("it fired");
    let sent = entries.iter().filter(|entry| {
        entry.seq > lie.seq && entry.conn == lie.conn && entry.direction() == Some(Direction::In)
    });
    let sent = sent.filter_map(Entry::packet_type);
    let sent = sent.filter(|sent| !matches!(sent, PacketType::PingReq | PacketType::Subscribe));
    Some(Seen {
        heard: count(&all, "message"),
        published: count(&all, "published"),
        subscribed: count(&all, "subscribed"),
        ended,
        sent: sent.map(PacketType::name).collect(),
    })
}

/// What is told so often.
fn told(n: usize, what: &str) -> String {
    match n {
        0 => format!("does not tell its program {what}; "),
        1 => format!("tells its program {what}; "),
        2 => format!("tells its program twice {what}; "),
        n => format!("tells its program {n} times {what}; "),
    }
}

impl Seen {
    fn words(&self, does: Does) -> String {
        let told = match does {
            Does::Connects | Does::Hears(0) => String::new(),
            Does::Subscribes => told(self.subscribed, "that it is subscribed"),
            Does::Speaks(_) => told(self.published, "that the message arrived"),
            Does::Hears(_) => match self.heard {
                1 => "delivers it once; ".to_owned(),
                2 => "delivers it twice; ".to_owned(),
                n => format!("delivers it {n} times; "),
            },
        };
        let answers = match &self.sent[..] {
            [] => String::new(),
            sent => format!("answers {}; ", sent.join(", ")),
        };
        let end = if self.ended {
            "ends the connection"
        } else {
            "goes on"
        };
        format!("{told}{answers}{end}")
    }
}

/// Words about all libraries: before the tables.
const PREFACE: &str = "# Libraries and brokers that lie

What client libraries do when a broker tells them what is not so, to compare with what yours does. Each lie is a rule, which
stands above its table; [DISTURB.md](DISTURB.md) is about rules. A test tells each lie to each library in every run, and
holds this page; `UPDATE_DOCS=1 cargo test -p tests --test it disturb::lies` writes it anew.

paho-mqtt 1.3.1 speaks MQTT 3.1.1 here, the others 5.0. Each is as it comes, with a session that lasts.
";

/// What each library does, in words, side by side; `None` where one is not installed.
fn each(lie: &'static Lie) -> Vec<Option<String>> {
    let told = Peer::ALL.map(|peer| std::thread::spawn(move || Some(tell(lie, peer)?.words(lie.does))));
    let told = told.into_iter().zip(Peer::ALL);
    told.map(|(thread, peer)| {
        let told = thread.join();
        told.unwrap_or_else(|_| panic!("{}: {}", lie.heading, peer.name()))
    })
    .collect()
}

#[test]
fn the_page_says_what_each_library_does() {
    let mut page = PREFACE.to_owned();
    let mut complete = true;
    for lie in LIES {
        println!("case: {}", lie.heading);
        let (heading, asked, rule) = (lie.heading, lie.asked, lie.rule());
        let _ = writeln!(
            page,
            "\n## {heading}\n\n{asked}\n\n```toml\n{rule}\n```\n\n| library | what it does |\n|---|---|"
        );
        for (peer, words) in Peer::ALL.into_iter().zip(each(lie)) {
            complete &= words.is_some();
            let _ = writeln!(page, "| {} | {} |", peer.name(), words.unwrap_or_default());
        }
    }
    if !complete {
        return;
    }
    let path = workspace().join("docs/LIBRARIES.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, page).expect("docs/ can be written");
        return;
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == page,
        "docs/LIBRARIES.md is not what the libraries do now: UPDATE_DOCS=1 writes it\n{page}"
    );
}
