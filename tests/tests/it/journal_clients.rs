//! The journal of talks with clients that others wrote: rumqttc in both of its versions, and paho-mqtt 2
//! (`tests/data/paho/2/sensor.py`).

use std::process::Command;

use broker::journal::{Decision, Direction, Entry, Ladder, Mermaid, Record};
use broker::pattern::publish;
use broker::wire::{Packet, PacketType, Version};
use broker::{Broker, QoS};
use tests::harness::binaries::workspace;
use tests::harness::peers::{or_skip, paho_2};
use tests::harness::{Client, Program, message};

/// Each packet in a word, whose and which way. Without pings, which clients send when they like.
fn packets(entries: &[Entry]) -> Vec<String> {
    entries
        .iter()
        .filter_map(|entry| {
            let packet = entry.packet_type()?;
            if matches!(packet, PacketType::PingReq | PacketType::PingResp) {
                return None;
            }
            let arrow = match entry.direction()? {
                Direction::In => "→",
                Direction::Out => "←",
            };
            Some(format!("{} {arrow} {}", entry.client_id, packet))
        })
        .collect()
}

#[tokio::test]
async fn each_quality_of_service_has_its_handshake_in_the_journal() {
    for version in [Version::V311, Version::V5] {
        let broker = Broker::start().await.expect("it starts");
        let mut subscriber = Client::new(broker.addr(), version, "sub");
        subscriber.subscribe("test/#", QoS::ExactlyOnce);
        let mut publisher = Client::new(broker.addr(), version, "pub");
        let mut mark = broker.journal().mark().await.expect("it runs");
        for (qos, expected) in [
            (QoS::AtMostOnce, vec!["pub → PUBLISH", "sub ← PUBLISH"]),
            (
                QoS::AtLeastOnce,
                vec!["pub → PUBLISH", "sub ← PUBLISH", "pub ← PUBACK", "sub → PUBACK"],
            ),
            (
                QoS::ExactlyOnce,
                vec![
                    "pub → PUBLISH",
                    "sub ← PUBLISH",
                    "pub ← PUBREC",
                    "pub → PUBREL",
                    "pub ← PUBCOMP",
                    "sub → PUBREC",
                    "sub ← PUBREL",
                    "sub → PUBCOMP",
                ],
            ),
        ] {
            publisher.publish(&message("test/topic", "bar", qos));
            subscriber.receive();
            broker.settle().await.expect("both acknowledge");
            let seen = broker.journal().since(mark).await.expect("it runs");
            mark = seen.until;
            let (mut found, mut expected) = (packets(&seen.entries), expected);
            // The two handshakes go on beside each other: each in its own order, and all that should be.
            for who in ["pub", "sub"] {
                let of = |list: &[String]| -> Vec<String> {
                    list.iter()
                        .filter(|line| line.starts_with(who))
                        .cloned()
                        .collect()
                };
                let wanted: Vec<String> = expected.iter().map(ToString::to_string).collect();
                assert_eq!(of(&found), of(&wanted), "{version:?} {qos:?}");
            }
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{version:?} {qos:?}");
            let Record::Packet { decisions, .. } = &seen.entries[0].record else {
                panic!("not {:?}", seen.entries[0]);
            };
            assert_eq!(decisions, &[Decision::Sent("sub".into())]);
            for entry in &seen.entries {
                assert_eq!(entry.version, version);
                let Some(Ok(packet)) = entry.packet() else {
                    panic!("not {entry:?}");
                };
                if let Packet::Publish(publish) = packet {
                    assert_eq!((publish.topic, publish.payload), ("test/topic", &b"bar"[..]));
                }
            }
        }
    }
}

#[tokio::test]
async fn a_storm_of_messages_is_in_the_journal_whole_and_in_order() {
    const MESSAGES: usize = 5000;
    let broker = Broker::start().await.expect("it starts");
    let tail = broker
        .journal()
        .tail()
        .await
        .expect("it runs")
        .matching(publish("#").to("sub"));
    let mut subscriber = Client::new(broker.addr(), Version::V311, "sub");
    subscriber.subscribe("test/#", QoS::AtMostOnce);
    let mut publisher = Client::new(broker.addr(), Version::V311, "pub");
    for n in 0..MESSAGES {
        publisher.publish(&message("test/topic", &n.to_string(), QoS::AtMostOnce));
    }
    // Many of them took the express lane; the tail tells them apart all the same.
    for n in 0..MESSAGES {
        let entry = tail.next().await.expect("nothing is missed").expect("it runs");
        let Some(Ok(Packet::Publish(publish))) = entry.packet() else {
            panic!("not {entry:?}");
        };
        assert_eq!(publish.payload, n.to_string().as_bytes());
    }
    let seen = broker
        .journal()
        .matching(publish("test/#"))
        .await
        .expect("it runs");
    assert_eq!((seen.entries.len(), seen.missed), (MESSAGES, 0));
    let stats = broker.stats().await.expect("it runs");
    assert_eq!(stats.publish_received, MESSAGES as u64);
}

#[tokio::test]
async fn what_paho_says_is_in_every_form_of_the_journal() {
    let Some(python) = or_skip(paho_2()) else { return };
    let broker = Broker::start().await.expect("it starts");
    let addr = broker.addr();
    let mut command = Command::new(python);
    // `-B`: nothing is written beside the sources.
    command
        .arg("-B")
        .arg(workspace().join("tests/data/paho/2/sensor.py"))
        .args([&addr.ip().to_string(), &addr.port().to_string(), "reports"]);
    Program::start(&mut command).succeed();
    broker.settle().await.expect("it has gone");
    let seen = broker.journal().all().await.expect("it runs").entries;
    assert_eq!(
        packets(&seen),
        [
            "dev-1 → CONNECT",
            "dev-1 ← CONNACK",
            "dev-1 → PUBLISH",
            "dev-1 ← PUBACK",
            "dev-1 → PUBLISH",
            "dev-1 ← PUBACK",
            "dev-1 → PUBLISH",
            "dev-1 ← PUBACK",
            "dev-1 → DISCONNECT",
        ]
    );
    let published = seen
        .iter()
        .find(|entry| entry.packet_type() == Some(PacketType::Publish))
        .expect("it is there");
    let json: serde_json::Value = serde_json::from_str(&published.to_json()).expect("JSON");
    assert_eq!(json["topic_name"], "sensors/kitchen/temp");
    assert_eq!(json["payload"], r#"{"celsius": 20.5, "ok": true}"#);
    assert_eq!(
        json["properties"],
        serde_json::json!({
            "content_type": "application/json",
            "message_expiry_interval": 60,
            "payload_format_indicator": 1,
            "user_property": [{"name": "unit", "value": "celsius"}],
        })
    );
    let ladder = Ladder::new(&seen).to_string();
    let line = ladder
        .lines()
        .find(|line| line.contains("PUBLISH QoS 1 #1 sensors/kitchen/t"));
    assert!(
        line.is_some_and(|line| line.ends_with("│ for nobody: no subscription matches")),
        "{ladder}"
    );
    let diagram = Mermaid::new(&seen).to_string();
    assert!(
        diagram.contains("    c0->>broker: PUBLISH QoS 1 #35;1 sensors/kitchen/temp "),
        "{diagram}"
    );
}
