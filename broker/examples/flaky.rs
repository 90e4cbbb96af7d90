//! A flaky test, and the same test rewritten.
//!
//! ```text
//! cargo run -p broker --example flaky
//! ```
//!
//! What is tested: a thermostat switches the heating on below 19 degrees, does nothing at 20, and is reported as lost
//! within a minute when it dies. `before` is how such tests are written against any broker; it is not run, because it is
//! slow and fails now and then. `after` waits for what happens, and for nothing else.
//!
//! It prints:
//!
//! ```text
//! at 20 degrees, heating set: false
//! at 18 degrees, heating set: true
//! a minute of silence, reported as lost: true
//! ```

use std::time::Duration;

use broker::Broker;
use rumqttc::{AsyncClient, Event, LastWill, MqttOptions, Packet, QoS};

/// The program under test.
async fn thermostat(host: String, port: u16) -> Result<(), rumqttc::ConnectionError> {
    let mut options = MqttOptions::new("thermostat", host, port);
    options.set_keep_alive(Duration::from_secs(40));
    options.set_last_will(LastWill::new("thermostat/status", "lost", QoS::AtLeastOnce, true));
    let (client, mut events) = AsyncClient::new(options, 10);
    let _ = client.try_subscribe("room/temperature", QoS::AtLeastOnce);
    loop {
        if let Event::Incoming(Packet::Publish(publish)) = events.poll().await? {
            let celsius: f64 = String::from_utf8_lossy(&publish.payload)
                .parse()
                .unwrap_or(f64::NAN);
            if celsius < 19.0 {
                let _ = client.try_publish("heating/set", QoS::AtLeastOnce, true, "on");
            }
        }
    }
}

/// Before: sleeps, and hopes. 65 seconds, on port 1883, where another test may be.
#[allow(dead_code)]
async fn before() -> Result<(), Box<dyn std::error::Error>> {
    let program = tokio::spawn(thermostat("localhost".to_owned(), 1883));
    tokio::time::sleep(Duration::from_secs(2)).await; // it should have subscribed by now
    let mut options = MqttOptions::new("test", "localhost", 1883);
    options.set_keep_alive(Duration::from_secs(60));
    let (client, mut events) = AsyncClient::new(options, 10);
    let seen = tokio::spawn(async move {
        let mut seen = Vec::new();
        while let Ok(event) = events.poll().await {
            if let Event::Incoming(Packet::Publish(publish)) = event {
                seen.push(publish.topic);
            }
        }
        seen
    });
    client.subscribe("#", QoS::AtLeastOnce).await?;
    client
        .publish("room/temperature", QoS::AtLeastOnce, false, "20")
        .await?;
    tokio::time::sleep(Duration::from_secs(1)).await; // nothing should have happened by now
    client
        .publish("room/temperature", QoS::AtLeastOnce, false, "18")
        .await?;
    tokio::time::sleep(Duration::from_secs(1)).await; // it should be on by now
    program.abort();
    tokio::time::sleep(Duration::from_secs(61)).await; // it should be lost by now
    client.disconnect().await?;
    let seen = seen.await?;
    assert!(seen.iter().any(|topic| topic == "heating/set"));
    assert!(seen.iter().any(|topic| topic == "thermostat/status"));
    Ok(())
}

/// After: milliseconds, on a broker of its own, and it says what is wrong when something is.
async fn after() -> Result<(), Box<dyn std::error::Error>> {
    let broker = Broker::start().await?;
    broker.clock().freeze().await?;
    let program = tokio::spawn(thermostat(broker.addr().ip().to_string(), broker.addr().port()));
    broker.wait_subscribed("thermostat", "room/temperature").await?;

    let temperature =
        |celsius: &str| broker::Injected::text("room/temperature", celsius).qos(broker::QoS::AtLeastOnce);
    broker.publish(temperature("20")).await?;
    broker.wait_acked("thermostat").await?;
    broker.settle().await?;
    println!(
        "at 20 degrees, heating set: {}",
        is_retained(&broker, "heating/set").await?
    );

    broker.publish(temperature("18")).await?;
    broker.wait_retained("heating/set").await?;
    println!(
        "at 18 degrees, heating set: {}",
        is_retained(&broker, "heating/set").await?
    );

    // Silence for 1.5 times Keep Alive, on the broker's clock: it is lost for the broker while it still runs.
    broker.clock().advance(Duration::from_secs(60)).await?;
    broker.wait_retained("thermostat/status").await?;
    println!(
        "a minute of silence, reported as lost: {}",
        is_retained(&broker, "thermostat/status").await?
    );
    program.abort();
    Ok(())
}

async fn is_retained(broker: &Broker, topic: &str) -> Result<bool, Box<dyn std::error::Error>> {
    Ok(broker.state().await?.retained_message(topic).is_some())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    after().await
}
