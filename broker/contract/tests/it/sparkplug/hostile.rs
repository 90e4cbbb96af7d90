//! Bytes that nobody would send: nothing panics, and what is kept is bounded.

use broker_contract::{Connection, Publication, Sparkplug};

use super::encode::{Message, Metric, bytes, number};

/// Numbers that look random, the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % sides
    }
}

const TOPICS: [&str; 10] = [
    "spBv1.0/g/NBIRTH/n",
    "spBv1.0/g/NDATA/n",
    "spBv1.0/g/NDEATH/n",
    "spBv1.0/g/NCMD/n",
    "spBv1.0/g/DBIRTH/n/d",
    "spBv1.0/g/DDATA/n/d",
    "spBv1.0/g/DDEATH/n/d",
    "spBv1.0/g/DCMD/n/d",
    "spBv1.0/STATE/h",
    "spBv1.0/g",
];

fn send(sparkplug: &mut Sparkplug, topic: &str, payload: &[u8]) -> Vec<String> {
    let seen = Publication {
        client_id: "c",
        topic,
        payload,
        ..Publication::default()
    };
    let _ = sparkplug.connection(&Connection {
        client_id: "will",
        will: Some(seen),
        ..Connection::default()
    });
    sparkplug
        .publication(&seen)
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// A payload with something of everything.
fn rich() -> Vec<u8> {
    let mut metrics = vec![Metric::bdseq(), Metric::new("Temp", Some(1), Some(10)).double()];
    for (value, datatype) in [
        ("dataset=2:2:2:3", 16),
        ("template=1:", 19),
        ("text=x", 12),
        ("bool=1", 11),
    ] {
        let mut metric = Metric::new(value, None, Some(datatype));
        metric.change(value);
        metric.change("property=Quality:3:192");
        metrics.push(metric);
    }
    let message = Message {
        timestamp: Some(u64::MAX),
        seq: Some(0),
        metrics,
    };
    message.encode()
}

#[test]
fn random_and_damaged_payloads_are_answered_with_sentences() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut sparkplug = Sparkplug::default();
    let rich = rich();
    for length in 0..=rich.len() {
        send(&mut sparkplug, TOPICS[0], &rich[..length]);
    }
    for round in 0..20_000 {
        let payload: Vec<u8> = if round % 2 == 0 {
            (0..dice.roll(64)).map(|_| dice.roll(256) as u8).collect()
        } else {
            let mut payload = rich.clone();
            for _ in 0..=dice.roll(4) {
                let at = dice.roll(payload.len());
                payload[at] = dice.roll(256) as u8;
            }
            payload
        };
        let topic = TOPICS[dice.roll(TOPICS.len())];
        for sentence in send(&mut sparkplug, topic, &payload) {
            assert!(sentence.len() < 1000, "{sentence}");
        }
    }
    assert!(sparkplug.report().notes.len() <= 100);
}

#[test]
fn what_lies_in_itself_too_deep_is_refused() {
    let mut inner = Vec::new();
    for _ in 0..200 {
        let mut metric = Vec::new();
        bytes(18, &inner, &mut metric);
        inner.clear();
        bytes(2, &metric, &mut inner);
    }
    let told = send(&mut Sparkplug::default(), TOPICS[1], &inner);
    assert!(
        told.iter()
            .any(|one| one.contains("lie in each other deeper than 16")),
        "{told:?}"
    );
}

#[test]
fn many_metrics_devices_and_nodes_are_bounded_and_told() {
    let mut sparkplug = Sparkplug::default();
    let mut payload = Vec::new();
    number(3, 0, &mut payload);
    for alias in 0..60 {
        let mut metric = Vec::new();
        bytes(1, format!("{alias:065000}").as_bytes(), &mut metric);
        number(2, alias, &mut metric);
        bytes(2, &metric, &mut payload);
    }
    // The names would take more than all that is remembered may.
    for node in 0..20 {
        let told = send(&mut sparkplug, &format!("spBv1.0/g/NBIRTH/n{node}"), &payload);
        assert!(told.len() <= 8, "{told:?}");
    }
    let words = "has more metrics or devices than are remembered";
    let notes = sparkplug.report().notes;
    assert!(notes.iter().any(|note| note.contains(words)), "{notes:?}");
    sparkplug.reset();
    for device in 0..1100 {
        send(&mut sparkplug, &format!("spBv1.0/g/DBIRTH/n1/d{device}"), &[]);
    }
    for node in 0..10_100 {
        send(&mut sparkplug, &format!("spBv1.0/many/NDATA/n{node}"), &[]);
    }
    send(&mut sparkplug, TOPICS[0], &vec![0; 5 * 1024 * 1024]);
    let report = sparkplug.report();
    assert_eq!(report.nodes.len(), 10_000);
    assert!(report.nodes.iter().all(|node| node.devices.len() <= 1000));
    for words in [
        "has more metrics or devices than are remembered",
        "more than 10000 edge nodes, or no room for more",
        "payloads above 4194304 bytes are not read",
    ] {
        assert!(
            report.notes.iter().any(|note| note.contains(words)),
            "{words}: {:?}",
            report.notes
        );
    }
}
