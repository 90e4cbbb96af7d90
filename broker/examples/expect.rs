//! A test of a sensor: what is expected of it, in order, and what a failing expectation says.
//!
//! ```text
//! cargo run -p broker --example expect
//! ```

use std::time::Duration;

use broker::Broker;
use broker::expect::{connect, disconnect, puback, publish, subscribed};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::{AsyncClient, MqttOptions};
use serde_json::json;

/// The program under test: reads a temperature three times and says goodbye.
async fn sensor(host: String, port: u16) {
    let (client, mut events) = AsyncClient::new(MqttOptions::new("sensor", host, port), 8);
    let connection = tokio::spawn(async move { while events.poll().await.is_ok() {} });
    for celsius in [20.5, 21.0, 21.5] {
        let reading = json!({"celsius": celsius, "at": "kitchen"}).to_string();
        let sent = client.publish("home/kitchen/temperature", QoS::AtLeastOnce, false, reading);
        sent.await.expect("its connection is up");
    }
    client.disconnect().await.expect("its connection is up");
    connection.await.expect("it ends by itself");
}

/// Another client, which listens.
async fn display(broker: &Broker) -> tokio::task::JoinHandle<()> {
    let addr = broker.addr();
    let options = MqttOptions::new("display", addr.ip().to_string(), addr.port());
    let (client, mut events) = AsyncClient::new(options, 8);
    client
        .subscribe("home/+/temperature", QoS::AtMostOnce)
        .await
        .expect("there is room");
    let connection = tokio::spawn(async move { while events.poll().await.is_ok() {} });
    // Routable, not merely sent: from here on nothing is missed.
    broker.expect(subscribed().of("display")).await;
    connection
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let broker = Broker::start().await?;
    let display = display(&broker).await;
    let addr = broker.addr();
    tokio::spawn(sensor(addr.ip().to_string(), addr.port()));

    // One after the other, and at most so often. What has come already counts as well as what is still to come.
    let reading = publish("home/+/temperature").from("sensor").qos(1);
    let whole = connect()
        .from("sensor")
        .then(reading.clone().json_subset(json!({"at": "kitchen"})).times(3))
        .then(disconnect().from("sensor"));
    let found = broker.expect(whole).within(Duration::from_secs(10)).await;
    println!("the sensor sent {} packets that were expected", found.len());

    // What the broker sent has `to`. The display subscribed with QoS 0, so that it has nothing to acknowledge: that
    // nothing came is known at once, for the broker knows that nothing is on its way.
    broker
        .expect(publish("home/kitchen/temperature").to("display").qos(0))
        .times(3)
        .await;
    broker.expect(puback().from("display")).never().await;

    // `.await` fails a test with the report; `check` returns it.
    let wrong = reading.json_at("/celsius", 22);
    let report = broker
        .expect(wrong)
        .within(Duration::from_millis(20))
        .check()
        .await;
    println!("\n{}", report.expect_err("it never was that warm"));
    display.abort();
    Ok(())
}
