//! "Nothing else arrives", shown at once and not by waiting.
//!
//! ```text
//! cargo run -p broker --example settle
//! ```
//!
//! A subscriber to `alarm/#` must not be bothered by the weather. A test that sleeps for a second to show it is slow, and
//! proves nothing on a slow machine. `settle` comes back when all that was sent has arrived everywhere.
//!
//! It prints:
//!
//! ```text
//! alarms: false
//! received 2, sent 0
//! ```

use std::time::Duration;

use broker::Broker;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};

/// A client that is driven in the background; what it gets goes to `got`.
fn client(broker: &Broker, id: &str) -> (AsyncClient, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let mut options = MqttOptions::new(id, broker.addr().ip().to_string(), broker.addr().port());
    options.set_keep_alive(Duration::from_secs(60));
    let (client, mut events) = AsyncClient::new(options, 10);
    let (got, receiver) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok(event) = events.poll().await {
            if let Event::Incoming(Packet::Publish(publish)) = event {
                let _ = got.send(publish.topic);
            }
        }
    });
    (client, receiver)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let broker = Broker::start().await?;
    let (guard, mut alarms) = client(&broker, "guard");
    guard.subscribe("alarm/#", QoS::AtLeastOnce).await?;
    broker.wait_subscribed("guard", "alarm/#").await?;

    let (station, _) = client(&broker, "station");
    station
        .publish("weather/wind", QoS::AtLeastOnce, false, "12")
        .await?;
    station
        .publish("weather/rain", QoS::AtLeastOnce, true, "none")
        .await?;
    // What a client still holds back nobody else can know: wait for what the test knows it sends, then settle.
    broker.wait_retained("weather/rain").await?;
    broker.settle().await?;

    println!("alarms: {}", alarms.try_recv().is_ok());
    println!(
        "received {}, sent {}",
        broker.stats().await?.publish_received,
        broker.stats().await?.publish_sent
    );
    Ok(())
}
