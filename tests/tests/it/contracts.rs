//! Contracts over real sockets: what passes, what is told, what is refused, and to whom.

use std::path::PathBuf;

use broker::wire::{Connect, Packet, PacketType, Publish, PublishProperties, Version, Will, WillProperties};
use broker::{Broker, Event, QoS, ReasonCode};
use tests::harness::binaries::target_dir;
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, QOS, VERSIONS, hello, message, versions};

const LAMPS: &str = "\
asyncapi: 3.0.0
info: {title: Lamps, version: 1.0.0}
channels:
  state:
    address: lamps/{lampId}/state
    parameters: {lampId: {}}
    messages:
      level: {contentType: application/json, payload: {type: integer, maximum: 100}}
  never: {address: never}
";

/// The document in a file, gone afterwards.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let folder = target_dir().join("tmp");
        std::fs::create_dir_all(&folder).expect("target/ can be written");
        let path = folder.join(format!("{name}-{}.yaml", std::process::id()));
        std::fs::write(&path, text).expect("target/ can be written");
        Self(path)
    }

    fn broker(&self, enforce: bool) -> Embedded {
        let path = self.0.display().to_string();
        Embedded::start_with(|settings| {
            settings.contracts.asyncapi = vec![path];
            settings.contracts.enforce = enforce;
        })
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Waits for the violation of this rule by this client, and gives its sentence.
fn violation(broker: &Embedded, client: &str, of: &str) -> String {
    let event = broker.until(
        &format!("{client:?} breaks {of:?}"),
        |event| matches!(event, Event::Violation { client_id, rule, .. } if &**client_id == client && &**rule == of),
    );
    match event {
        Event::Violation { text, origin, .. } => {
            assert_eq!(origin, "asyncapi");
            text.to_string()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_enforce_everything_passes_and_what_is_broken_is_told() {
    let file = File::new("contracts-told", LAMPS);
    let broker = file.broker(false);
    for version in versions() {
        for qos in QOS {
            let name = format!("p{}{qos}", version.level());
            let mut subscriber = Client::new(broker.addr(), version, "s");
            subscriber.subscribe("#", QoS::ExactlyOnce);
            let mut publisher = Client::new(broker.addr(), version, &name);
            for (topic, payload) in [
                ("lamps/1/state", "7"),
                ("lamps/1/state", "101"),
                ("lamps/1/stat", "7"),
            ] {
                publisher.publish(&message(topic, payload, qos));
                assert_eq!(text(&subscriber.receive()), payload);
            }
            let told = violation(&broker, &name, "payload");
            assert!(
                told.contains("101 is greater than the maximum of 100 (contracts-told-"),
                "{told}"
            );
            assert!(violation(&broker, &name, "topic").contains("no channel"));
            publisher.disconnect();
            subscriber.disconnect();
        }
    }
    let report = broker.contract_report().expect("there is a contract");
    let each = (versions().count() * QOS.len()) as u64;
    assert_eq!((report.messages, report.broken), (3 * each, 2 * each));
    assert_eq!(report.undocumented["lamps/1/stat"], each);
    let used: Vec<(&str, u64, u64)> = report
        .channels
        .iter()
        .map(|one| (&*one.channel, one.messages, one.broken))
        .collect();
    assert_eq!(used, [("never", 0, 0), ("state", 2 * each, each)]);
    broker.reset().wait().expect("it is ours");
    assert_eq!(broker.contract_report().expect("it is still there").messages, 0);
}

#[test]
fn with_enforce_what_is_broken_reaches_nobody_and_5_0_is_told_why() {
    let file = File::new("contracts-enforced", LAMPS);
    let broker = file.broker(true);
    let mut subscriber = Client::new(broker.addr(), Version::V5, "s");
    subscriber.subscribe("#", QoS::ExactlyOnce);
    for version in versions() {
        let mut publisher = Client::new(broker.addr(), version, &format!("p{}", version.level()));
        for qos in QOS {
            let sent = [
                ("lamps/1/state", "101", ReasonCode::PAYLOAD_FORMAT_INVALID),
                ("lamps/1/stat", "7", ReasonCode::NOT_AUTHORIZED),
            ];
            for (topic, payload, reason) in sent {
                let found = publisher.publish(&message(topic, payload, qos));
                let told = version.is_v5() && qos != QoS::AtMostOnce;
                assert_eq!(found.is_error(), told, "{version} {qos}");
                assert!(!told || found == reason, "{found:?}");
            }
            publisher.publish(&message("lamps/1/state", "7", qos));
            assert_eq!(text(&subscriber.receive()), "7");
        }
    }
    // Many in one go, on one topic: those between are held back, too.
    let mut publisher = Client::new(broker.addr(), Version::V311, "many");
    let mut bytes = Vec::new();
    for payload in ["1", "2", "300", "4", "500", "6"] {
        Packet::Publish(message("lamps/1/state", payload, QoS::AtMostOnce)).encode(Version::V311, &mut bytes);
    }
    publisher.send_bytes(&bytes);
    for payload in ["1", "2", "4", "6"] {
        assert_eq!(text(&subscriber.receive()), payload);
    }
    publisher.ping();
    subscriber.nothing_came();
}

#[test]
fn the_topic_behind_an_alias_is_held_against_the_document() {
    let file = File::new("contracts-alias", LAMPS);
    let broker = file.broker(true);
    let mut publisher = Client::new(broker.addr(), Version::V5, "p");
    let aliased = |topic: &'static str, payload: &'static [u8]| Publish {
        properties: PublishProperties {
            topic_alias: Some(1),
            ..PublishProperties::default()
        },
        payload,
        ..message(topic, "", QoS::AtLeastOnce)
    };
    assert!(!publisher.publish(&aliased("lamps/1/state", b"7")).is_error());
    assert_eq!(
        publisher.publish(&aliased("", b"\"x\"")),
        ReasonCode::PAYLOAD_FORMAT_INVALID
    );
}

#[test]
fn a_will_that_breaks_it_is_refused_when_its_client_comes() {
    let file = File::new("contracts-will", LAMPS);
    let will = |payload: &'static [u8]| Will {
        qos: QoS::AtMostOnce,
        retain: false,
        topic: "lamps/1/state",
        payload,
        properties: WillProperties::default(),
    };
    for (enforce, payload, reason) in [
        (true, &b"7"[..], ReasonCode::SUCCESS),
        (true, b"700", ReasonCode::PAYLOAD_FORMAT_INVALID),
        (false, b"700", ReasonCode::SUCCESS),
    ] {
        let broker = file.broker(enforce);
        let connect = Connect {
            will: Some(will(payload)),
            ..hello(Version::V5, "lamp")
        };
        let (_client, connack) = Client::say_hello(broker.addr(), &connect);
        assert_eq!(connack.reason, reason, "{enforce} {payload:?}");
        if payload == b"700" {
            assert!(violation(&broker, "lamp", "payload").contains("700 is greater"));
        }
    }
}

#[test]
fn behind_a_relay_it_is_told_and_not_enforced() {
    let file = File::new("contracts-relay", LAMPS);
    let behind = Embedded::start();
    let url = format!("mqtt://{}", behind.addr());
    let path = file.0.display().to_string();
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url.clone_from(&url);
        settings.contracts.asyncapi = vec![path.clone()];
    });
    for version in VERSIONS {
        let name = format!("p{}", version.level());
        let mut publisher = Client::new(relay.addr(), version, &name);
        assert!(
            !publisher
                .publish(&message("lamps/1/state", "101", QoS::AtLeastOnce))
                .is_error()
        );
        assert!(violation(&relay, &name, "payload").contains("101 is greater"));
    }
    let refused = Broker::builder()
        .configure(|settings| {
            settings.upstream.url = url;
            settings.contracts.asyncapi = vec![path];
            settings.contracts.enforce = true;
        })
        .start()
        .wait();
    let said = refused.expect_err("no relay can do that").to_string();
    assert!(
        said.contains("`contracts.enforce` is for the native engine"),
        "{said}"
    );
}

#[test]
fn a_document_that_is_wrong_keeps_the_broker_from_starting() {
    let file = File::new("contracts-wrong", &LAMPS.replace("payload:", "paylod:"));
    let start = |path: String| {
        let started = Broker::builder()
            .configure(|settings| settings.contracts.asyncapi = vec![path])
            .start();
        started.wait().expect_err("it is wrong").to_string()
    };
    let said = start(file.0.display().to_string());
    assert!(
        said.contains(".yaml:8: `paylod` is not a field of a message; did you mean `payload`?"),
        "{said}"
    );
    assert!(start("no/such.yaml".to_owned()).contains("cannot be read"));
}

#[test]
fn a_retained_message_that_breaks_it_is_not_kept() {
    let file = File::new("contracts-retained", LAMPS);
    let broker = file.broker(true);
    let mut publisher = Client::new(broker.addr(), Version::V5, "p");
    for payload in ["7", "x"] {
        let publish = Publish {
            retain: true,
            ..message("lamps/1/state", payload, QoS::AtLeastOnce)
        };
        let id = publisher.start_publish(&publish).expect("QoS 1 has one");
        let ack = publisher.await_ack(PacketType::PubAck, id);
        assert_eq!(ack.reason.is_error(), payload == "x");
        if payload == "x" {
            let why = ack.properties.reason_string.expect("it says why").to_owned();
            assert!(why.contains("the payload is not JSON"), "{why}");
        }
    }
    assert_eq!(
        broker.state().wait().expect("it is ours").retained[0].payload,
        b"7"[..]
    );
    // Taken back.
    publisher.publish(&Publish {
        retain: true,
        ..message("lamps/1/state", "", QoS::AtLeastOnce)
    });
    assert!(broker.state().wait().expect("it is ours").retained.is_empty());
}
