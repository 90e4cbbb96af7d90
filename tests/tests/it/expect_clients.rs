//! Expectations of clients that others wrote: rumqttc in both of its versions, and paho-mqtt 2
//! (`tests/data/paho/2/sensor.py`).

use std::process::Command;
use std::time::Duration;

use broker::expect::{
    connect, connected, disconnect, disconnected, puback, pubcomp, publish, suback, subscribe, subscribed,
    will_published,
};
use broker::{Broker, Injected};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::{AsyncClient, MqttOptions};
use serde_json::json;
use tests::harness::Program;
use tests::harness::binaries::workspace;
use tests::harness::peers::{or_skip, paho_2};
use tokio::task::JoinHandle;

/// A client of rumqttc that speaks MQTT 5.0, with its event loop running beside the test.
struct Client {
    client: AsyncClient,
    events: JoinHandle<()>,
}

impl Client {
    fn start(broker: &Broker, client_id: &str) -> Self {
        Self::start_with(broker, client_id, |_| {})
    }

    fn start_with(broker: &Broker, client_id: &str, set: impl FnOnce(&mut MqttOptions)) -> Self {
        let addr = broker.addr();
        let mut options = MqttOptions::new(client_id, addr.ip().to_string(), addr.port());
        options.set_keep_alive(Duration::from_secs(30));
        set(&mut options);
        let (client, mut events) = AsyncClient::new(options, 16);
        let events = tokio::spawn(async move { while events.poll().await.is_ok() {} });
        Self { client, events }
    }

    async fn publish(&self, topic: &str, qos: QoS, payload: impl ToString) {
        let sent = self.client.publish(topic, qos, false, payload.to_string());
        sent.await.expect("its event loop runs");
    }

    async fn subscribe(&self, filter: &str, qos: QoS) {
        let sent = self.client.subscribe(filter, qos);
        sent.await.expect("its event loop runs");
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.events.abort();
    }
}

/// One of the clients in `sensor.py`; `None` where there is no paho.
fn paho(broker: &Broker, what: &str) -> Option<Program> {
    let python = or_skip(paho_2())?;
    let addr = broker.addr();
    let mut command = Command::new(python);
    // `-B`: nothing is written beside the sources.
    command
        .arg("-B")
        .arg(workspace().join("tests/data/paho/2/sensor.py"))
        .args([&addr.ip().to_string(), &addr.port().to_string(), what]);
    Some(Program::start(&mut command))
}

#[tokio::test]
async fn readings_of_rumqttc_are_waited_for_and_looked_at() {
    let broker = Broker::start().await.expect("it starts");
    let device = Client::start(&broker, "dev-1");
    for celsius in [20, 21, 22] {
        let reading = json!({"celsius": celsius, "unit": "C"});
        device.publish("sensors/1/temp", QoS::AtLeastOnce, reading).await;
    }
    let reading = publish("sensors/+/temp")
        .from("dev-1")
        .qos(1)
        .json_subset(json!({"unit": "C"}));
    let found = broker.expect(reading).times(3).await;
    let topics: Vec<_> = found.iter().map(|entry| entry.topic()).collect();
    assert_eq!(topics, [Some("sensors/1/temp"); 3]);
    // Each payload is JSON of one form or another; this is what is in it.
    broker
        .expect(publish("#").json(json!({"unit": "C", "celsius": 22.0})))
        .times(1)
        .await;
    broker.expect(publish("#").json_at("/celsius", 21)).times(1).await;
    broker
        .expect(publish("#").matching(r#""celsius":2[0-9]\b"#))
        .times(3)
        .await;
    broker
        .expect(publish("#").test("an even number", |entry| {
            let reading: serde_json::Value = entry
                .payload()
                .and_then(|json| serde_json::from_slice(json).ok())
                .unwrap_or_default();
            reading["celsius"].as_u64().is_some_and(|n| n % 2 == 0)
        }))
        .times(2)
        .await;
    // Each was acknowledged, and nobody else said anything.
    broker.expect(puback().to("dev-1")).times(3).await;
    broker.expect(publish("#").from("dev-2")).never().await;
}

#[tokio::test]
async fn a_delivery_is_told_from_the_message_as_it_came() {
    let broker = Broker::start().await.expect("it starts");
    let subscriber = Client::start(&broker, "sub-1");
    subscriber.subscribe("a/#", QoS::AtMostOnce).await;
    let granted = subscribe()
        .from("sub-1")
        .topic_filter("a/#")
        .then(suback().to("sub-1").reason(broker::ReasonCode(0)));
    broker.expect(granted).await;
    broker.expect(subscribed().of("sub-1").topic_filter("a/#")).await;

    let device = Client::start(&broker, "dev-1");
    device.publish("a/b", QoS::ExactlyOnce, "x").await;
    broker.expect(publish("a/b").from("dev-1").qos(2)).times(1).await;
    broker
        .expect(publish("a/b").to("sub-1").qos(0).text("x"))
        .times(1)
        .await;
    broker.expect(publish("#").outbound()).times(1).await;
    broker.expect(publish("a/b").to("dev-1")).never().await;
}

#[tokio::test]
async fn order_holds_across_clients() {
    let broker = Broker::start().await.expect("it starts");
    let asks = Client::start(&broker, "asks");
    let answers = Client::start(&broker, "answers");
    asks.publish("question", QoS::AtLeastOnce, "?").await;
    broker.expect(publish("question").from("asks")).await;
    answers.publish("answer", QoS::AtLeastOnce, "!").await;

    let (question, answer) = (
        publish("question").from("asks"),
        publish("answer").from("answers"),
    );
    let found = broker
        .expect(connected().of("asks").then(question.clone()).then(answer.clone()))
        .await;
    assert_eq!(found.payloads(), [b"?", b"!"]);
    let turned = broker
        .expect(answer.then(question))
        .within(Duration::from_millis(50))
        .check()
        .await;
    let report = turned.expect_err("the question came first").to_string();
    assert!(
        report.contains("failed at: PUBLISH from \"asks\" on question")
            && report.contains("came too early, before what was to come first: from \"asks\": PUBLISH"),
        "{report}"
    );
}

#[tokio::test]
async fn a_message_that_came_before_its_subscriber_is_called_so() {
    let broker = Broker::start().await.expect("it starts");
    let device = Client::start(&broker, "dev-1");
    device.publish("a/b", QoS::AtLeastOnce, "too early").await;
    broker.expect(puback().to("dev-1")).await;
    let subscriber = Client::start(&broker, "sub-1");
    subscriber.subscribe("a/+", QoS::AtLeastOnce).await;
    broker.expect(subscribed().of("sub-1")).await;

    let delivered = broker
        .expect(publish("a/b").to("sub-1"))
        .within(Duration::from_millis(50))
        .check()
        .await;
    let report = delivered.expect_err("it came too early").to_string();
    assert!(
        report.contains("before \"sub-1\" was subscribed to a/+"),
        "{report}"
    );
}

#[tokio::test]
async fn never_fails_as_soon_as_one_arrives() {
    let broker = Broker::start().await.expect("it starts");
    let mut holds_back = tests::harness::Client::new(broker.addr(), broker::wire::Version::V5, "holds-back");
    holds_back.subscribe("held", broker::QoS::AtLeastOnce);
    broker
        .publish(Injected {
            qos: broker::QoS::AtLeastOnce,
            ..Injected::text("held", "x")
        })
        .await
        .expect("it runs");
    // What it does not acknowledge keeps the broker from settling: only an arrival, or the deadline, can end the wait.
    let device = Client::start(&broker, "dev-1");
    let (verdict, ()) = tokio::join!(
        broker
            .expect(publish("alarm/#").never())
            .within(Duration::from_secs(60))
            .check(),
        device.publish("alarm/1", QoS::AtMostOnce, "fire"),
    );
    let report = verdict.expect_err("one came").to_string();
    assert!(report.contains("it came once, wanted: never"), "{report}");
}

#[tokio::test]
async fn never_is_met_once_the_broker_settles_however_long_that_takes() {
    let mut broker = Broker::start().await.expect("it starts");
    let mut slow = tests::harness::Client::new(broker.addr(), broker::wire::Version::V5, "slow");
    slow.subscribe("held", broker::QoS::AtLeastOnce);
    let held = Injected {
        qos: broker::QoS::AtLeastOnce,
        ..Injected::text("held", "x")
    };
    broker.publish(held).await.expect("it runs");
    let held = slow.publish_packet();
    // The deadline of the broker passes again and again; that of the expectation counts.
    broker.set_deadline(Duration::from_millis(1));
    let acknowledge = async {
        for _ in 0..3 {
            broker.settle().await.expect_err("it waits for PUBACK");
        }
        slow.acknowledge(&held);
    };
    let alarm = broker.expect(publish("alarm/#")).never();
    let alarm = alarm.within(Duration::from_secs(3600)).check();
    let both = async { tokio::join!(alarm, acknowledge) };
    let in_time = tokio::time::timeout(tests::harness::DEADLINE, both).await;
    let (verdict, ()) = in_time.expect("it does not wait for its deadline");
    assert!(verdict.expect("none came").is_empty());
}

#[tokio::test]
async fn a_mark_puts_what_was_before_out_of_sight() {
    let broker = Broker::start().await.expect("it starts");
    let device = Client::start(&broker, "dev-1");
    device.publish("a", QoS::AtLeastOnce, 1).await;
    broker.expect(publish("a").text("1")).await;
    let mark = broker.mark().await.expect("it runs");
    broker.expect(publish("a")).never().await;
    device.publish("a", QoS::AtLeastOnce, 2).await;
    assert_eq!(broker.expect(publish("a")).times(1).await.payloads(), [b"2"]);
    assert_eq!(
        broker.expect(publish("a")).since(mark).times(1).await.payloads(),
        [b"2"]
    );
    let start = broker::journal::Mark::START;
    assert_eq!(
        broker.expect(publish("a")).since(start).times(2).await.payloads(),
        [b"1", b"2"]
    );
}

#[tokio::test]
async fn what_paho_sends_is_seen_with_all_its_properties() {
    let broker = Broker::start().await.expect("it starts");
    let Some(device) = paho(&broker, "reports") else {
        return;
    };
    let reading = publish("sensors/+/temp")
        .from("dev-1")
        .qos(1)
        .content_type("application/json")
        .message_expiry_secs(60)
        .property("payload_format_indicator", 1)
        .user_property("unit", "celsius")
        .json_subset(json!({"ok": true}));
    let whole = connect()
        .from("dev-1")
        .version("5.0")
        .clean_start(true)
        .keep_alive_secs(30)
        .then(reading.clone().times(3))
        .then(disconnect().from("dev-1"));
    broker.expect(whole).within(tests::harness::DEADLINE).await;
    device.succeed();

    let fahrenheit = broker.expect(reading.user_property("unit", "fahrenheit"));
    let report = fahrenheit.within(Duration::from_millis(1)).check().await;
    let report = report.expect_err("it has another unit").to_string();
    assert!(
        report.contains(r#"{"name":"unit","value":"celsius"}"#),
        "{report}"
    );
}

#[tokio::test]
async fn a_will_of_paho_comes_when_its_client_vanishes() {
    let broker = Broker::start().await.expect("it starts");
    let heir = Client::start(&broker, "heir");
    heir.subscribe("wills/+", QoS::AtLeastOnce).await;
    broker.expect(subscribed().of("heir")).await;
    let Some(mortal) = paho(&broker, "vanishes") else {
        return;
    };
    let life = connect()
        .from("mortal")
        .will_topic("wills/mortal")
        .field("will.payload", "gone")
        .then(disconnected().of("mortal"))
        .then(will_published().of("mortal"));
    broker.expect(life).within(tests::harness::DEADLINE).await;
    broker
        .expect(
            publish("wills/mortal")
                .to("heir")
                .qos(1)
                .retain(false)
                .text("gone"),
        )
        .times(1)
        .await;
    broker.expect(puback().from("heir")).await;
    broker.expect(disconnect().from("mortal")).never().await;
    mortal.succeed();
}

#[tokio::test]
async fn a_request_of_paho_is_answered_by_the_test() {
    let broker = Broker::start().await.expect("it starts");
    let Some(asks) = paho(&broker, "asks") else { return };
    let question = publish("questions").from("asks").response_topic("answers/asks");
    let question = question.property("correlation_data", "\u{7}");
    broker
        .expect(question)
        .times(1)
        .within(tests::harness::DEADLINE)
        .await;
    let answer = Injected {
        qos: broker::QoS::AtLeastOnce,
        ..Injected::text("answers/asks", "21 °C")
    };
    broker.publish(answer).await.expect("it runs");
    broker
        .expect(
            publish("answers/#")
                .to("asks")
                .text("21 °C")
                .then(puback().from("asks")),
        )
        .await;
    asks.succeed();
}

#[test]
fn a_plain_test_needs_no_runtime() {
    let broker = broker::Broker::start().wait().expect("it starts");
    let addr = broker.addr();
    let options = rumqttc::MqttOptions::new("old", addr.ip().to_string(), addr.port());
    let (client, mut connection) = rumqttc::Client::new(options, 16);
    let events = std::thread::spawn(move || connection.iter().take_while(Result::is_ok).count());
    let all = broker.expect(publish("a/#").from("old")).times(2).on_drop();
    for n in ["1", "2"] {
        let sent = client.publish("a/b", rumqttc::QoS::ExactlyOnce, false, n);
        sent.expect("its thread runs");
    }
    broker
        .expect(connect().from("old").version("3.1.1"))
        .times(1)
        .wait();
    let taken = broker.expect(pubcomp().to("old")).times(2);
    assert_eq!(taken.wait().len(), 2);
    drop(all);
    broker.mark().wait().expect("it runs");
    broker.expect(publish("#")).never().wait();

    let late = broker
        .expect(publish("a/b"))
        .within(Duration::from_millis(1))
        .check()
        .wait();
    let report = late.expect_err("that was before the mark").to_string();
    assert!(
        report.contains("nothing at all is in the journal since the mark"),
        "{report}"
    );
    assert!(report.contains(file!()), "where it stands: {report}");
    client.disconnect().expect("its thread runs");
    broker.expect(disconnect().from("old")).wait();
    events.join().expect("it ends by itself");
}
