//! What clients of others do on a bad line: paho-mqtt, MQTT.js and rumqttc, each as it comes.

use std::collections::BTreeSet;

use broker::expect::{connect, pubrel, rule as rule_named, stub as stub_named};
use broker::recording::{Recording, Speed};
use broker::stub::Stub;
use broker::wire::Version;
use broker::{Broker, Injected, QoS, Restart};
use serde_json::{Value, json};
use tests::harness::folder::Folder;
use tests::harness::raw::text;
use tests::harness::steered::{Peer, Say, Steered, Wish};
use tests::harness::{Client, hello};

use super::ground::{as_json, rule};

/// A connection is cut, and each that comes in its place, for a time.
const OUTAGE: &str = r#"
    name = "outage"
    client = "lamp"
    type = "down"
    to_secs = 0.2
"#;

/// Nothing passes, and nothing is lost.
const PARTITION: &str = r#"
    name = "partition"
    client = "lamp"
    type = "stall"
    stream = "both"
"#;

fn start() -> Broker {
    Broker::start().wait().expect("it starts")
}

/// Every library that is installed here.
fn each(test: impl Fn(Peer) -> Option<()>) {
    for peer in Peer::ALL {
        println!("case: {}", peer.name());
        test(peer);
    }
}

fn add(broker: &Broker, text: &str) {
    let added = broker.faults().add(rule(text)).wait();
    added.unwrap_or_else(|error| panic!("{text}: {error}")).keep();
}

fn publish(broker: &Broker, topic: &str, payload: &str, qos: QoS) {
    let message = Injected::text(topic, payload).qos(qos);
    broker.publish(message).wait().expect("it runs");
}

/// A client of this library that hears "t", whose session lasts.
fn lamp(peer: Peer, broker: &Broker, qos: u8) -> Option<Steered> {
    let (mut client, present) = Steered::start(peer, broker.addr(), &Wish::lasting("lamp", 3600))?;
    assert!(!present);
    client.subscribe("t", qos);
    Some(client)
}

#[test]
fn every_library_hears_speaks_and_comes_back() {
    each(|peer| {
        let broker = start();
        let mut client = lamp(peer, &broker, 2)?;
        for qos in [1, 2] {
            client.say(Say {
                topic: "t",
                payload: "x",
                qos,
                ..Say::default()
            });
            let mut left = 2;
            client.all_until("it hears and is acknowledged", |did| {
                left -= i32::from(did["did"] == "message" || did["did"] == "published");
                left == 0
            });
        }
        broker.settle().wait().expect("all is acknowledged");
        broker.crash(Restart::KeepState).wait().expect("it restarts");
        client.disconnected();
        assert!(client.connected());
        publish(&broker, "t", "again", QoS::AtLeastOnce);
        assert_eq!(client.message()["payload"], "again");
        client.disconnect();
        Some(())
    });
}

#[test]
fn it_comes_back_after_a_reset_at_a_byte_and_nothing_is_lost() {
    each(|peer| {
        // In the header of a packet, in its topic, in its payload.
        for more in [1, 5, 40] {
            let broker = start();
            let guard = broker
                .faults()
                .add(rule(&format!(
                    r#"
                    name = "reset"
                    client = "lamp"
                    type = "limit_data"
                    attributes = {{ bytes = {}, reset = true }}
                    "#,
                    100 + more
                )))
                .wait()
                .expect("it is right");
            let mut client = lamp(peer, &broker, 1)?;
            let wanted: BTreeSet<String> = (10..30).map(|n| format!("message {n}")).collect();
            for payload in &wanted {
                publish(&broker, "t", payload, QoS::AtLeastOnce);
            }
            broker.expect(rule_named("reset").fired(1..)).wait();
            drop(guard);
            let mut heard = BTreeSet::new();
            client.all_until("all messages", |did| {
                if did["did"] == "message" {
                    heard.insert(did["payload"].as_str().expect("it is text").to_owned());
                }
                heard.len() == wanted.len()
            });
            assert_eq!(heard, wanted);
            broker.expect(connect().from("lamp")).times(2..).wait();
        }
        Some(())
    });
}

#[test]
fn a_lost_pubrel_is_sent_again_once_and_the_message_delivered_once() {
    each(|peer| {
        let broker = start();
        let mut ear = Client::new(broker.addr(), Version::V5, "ear");
        ear.subscribe("t", QoS::ExactlyOnce);
        add(
            &broker,
            r#"
            name = "lost PUBREL"
            when = { packet = "PUBREL", direction = "in", client_id = "lamp" }
            nth = 1
            action = "drop"
            "#,
        );
        let (mut client, _) = Steered::start(peer, broker.addr(), &Wish::lasting("lamp", 3600))?;
        client.say(Say {
            topic: "t",
            payload: "once",
            qos: 2,
            ..Say::default()
        });
        // Our engine delivers a message when it comes, and not when it is released: both are allowed.
        assert_eq!(text(&ear.receive()), "once");
        broker.expect(rule_named("lost PUBREL").fired(1)).wait();
        // On one connection nothing is sent twice. So the connection ends, and the client goes on where it was.
        add(&broker, OUTAGE);
        client.all_until("its QoS 2 is over", |did| did["did"] == "published");
        ear.nothing_came();
        broker.settle().wait().expect("nothing is going on");
        broker
            .expect(pubrel().from("lamp"))
            .times(2)
            .check()
            .wait()
            .expect("once more");
        Some(())
    });
}

#[test]
fn a_partition_is_borne_and_what_was_said_meanwhile_comes_when_it_is_healed() {
    each(|peer| {
        let broker = start();
        let mut client = lamp(peer, &broker, 1)?;
        let mut other = Client::new(broker.addr(), Version::V5, "other");
        other.subscribe("t", QoS::AtLeastOnce);
        add(&broker, PARTITION);
        for payload in ["1", "2", "3"] {
            publish(&broker, "t", payload, QoS::AtLeastOnce);
            assert_eq!(text(&other.receive()), payload);
        }
        client.say(Say {
            topic: "t",
            payload: "from behind",
            qos: 1,
            ..Say::default()
        });
        // Cut off, and nobody notices: nothing is on its way.
        broker
            .settle()
            .wait()
            .expect("a partition is nothing to wait for");
        other.nothing_came();
        broker.faults().remove("partition").wait().expect("it is there");
        let heard: Vec<_> = (0..3).map(|_| client.message()["payload"].clone()).collect();
        assert_eq!(heard, ["1", "2", "3"]);
        assert_eq!(text(&other.receive()), "from behind");
        broker
            .expect(connect().from("lamp"))
            .times(1)
            .check()
            .wait()
            .expect("it stayed");
        Some(())
    });
}

#[test]
fn one_of_ten_is_interrupted_for_a_time_and_the_others_notice_nothing() {
    each(|peer| {
        let broker = start();
        let names: Vec<String> = (0..9).map(|n| format!("other {n}")).collect();
        let mut others: Vec<Client> = names
            .iter()
            .map(|name| {
                let mut other = Client::connect(broker.addr(), &hello(Version::V311, name));
                other.subscribe("t", QoS::AtLeastOnce);
                other
            })
            .collect();
        let mut client = lamp(peer, &broker, 1)?;
        add(&broker, OUTAGE);
        client.disconnected();
        publish(&broker, "t", "meanwhile", QoS::AtLeastOnce);
        for other in &mut others {
            assert_eq!(text(&other.receive()), "meanwhile");
        }
        assert_eq!(client.message()["payload"], "meanwhile", "once it is back");
        for name in &names {
            broker
                .expect(connect().from(name.as_str()))
                .times(1)
                .check()
                .wait()
                .expect("it stayed");
        }
        Some(())
    });
}

#[test]
fn a_stub_answers_a_request() {
    let text = r#"
        name = "thermometer"
        when = { packet = "PUBLISH", topic = "ask/+" }
        publish = { topic = "answers", json = { room = "{{ message.levels[1] }}", celsius = 21.5 } }
    "#;
    each(|peer| {
        let broker = start();
        let stub = Stub::from_json(&as_json(text)).expect("it is right");
        broker.stubs().add(stub).wait().expect("it is right").keep();
        let (mut client, _) = Steered::start(peer, broker.addr(), &Wish::lasting("asker", 0))?;
        client.subscribe("answers", 1);
        client.send("ask/kitchen", "?", 1, None);
        let answer = client.message();
        let answer = answer["payload"].as_str().expect("a text");
        let answer: Value = serde_json::from_str(answer).expect("it is JSON");
        assert_eq!(answer, json!({"room": "kitchen", "celsius": 21.5}));
        broker.expect(stub_named("thermometer").answered(1)).wait();
        Some(())
    });
}

#[test]
fn a_stub_answers_where_the_request_says() {
    let text = r#"
        name = "echo"
        when = { packet = "PUBLISH", topic = "echo" }
        publish = { reply = true, payload = "{{ message.payload }}!" }
    "#;
    each(|peer| {
        if !peer.is_v5() {
            return None;
        }
        let broker = start();
        let stub = Stub::from_json(&as_json(text)).expect("it is right");
        broker.stubs().add(stub).wait().expect("it is right").keep();
        let (mut client, _) = Steered::start(peer, broker.addr(), &Wish::lasting("asker", 0))?;
        client.subscribe("answers/asker", 1);
        client.say(Say {
            topic: "echo",
            payload: "hello",
            qos: 1,
            reply_to: Some(("answers/asker", "7")),
            ..Say::default()
        });
        let answer = client.message();
        assert_eq!(
            (&answer["payload"], &answer["correlation"]),
            (&"hello!".into(), &"7".into())
        );
        Some(())
    });
}

#[test]
fn what_was_recorded_of_one_library_is_played_to_the_others() {
    let folder = Folder::new();
    let path = folder.file("session.jsonl");
    {
        let broker = start();
        let recorder = broker.record(&path).wait().expect("it can be written");
        let Some((mut speaker, _)) = Steered::start(Peer::Paho, broker.addr(), &Wish::lasting("sensor", 0))
        else {
            return;
        };
        for payload in ["21.5", "22.0", "22.5"] {
            speaker.publish("t", payload, None);
        }
        speaker.disconnect();
        recorder.stop().wait().expect("it is written");
    }
    let recording = Recording::open(&path).expect("it can be read");
    each(|peer| {
        let broker = start();
        let mut client = lamp(peer, &broker, 1)?;
        let play = recording.clone().play().speed(Speed::Max);
        let played = play.to(&broker.url()).wait().expect("it is there");
        assert_eq!(played.messages, 3);
        let heard: Vec<_> = (0..3).map(|_| client.message()["payload"].clone()).collect();
        assert_eq!(heard, ["21.5", "22.0", "22.5"]);
        Some(())
    });
}
