//! Does a client survive a broker that crashes?
//!
//! ```text
//! cargo run -p broker --example restart
//! ```
//!
//! The broker resets every connection, is away for a while, and comes back on the same port with its sessions. The client
//! (rumqttc, which connects again when it is polled) must get the message that came while it was away.
//!
//! It prints:
//!
//! ```text
//! connected, session present: false
//! the broker is away
//! connected, session present: true
//! got "on"
//! ```

use broker::{Broker, Cut, Injected, Restart};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let broker = Broker::start().await?;
    let mut options = MqttOptions::new("lamp", broker.addr().ip().to_string(), broker.addr().port());
    options.set_clean_session(false);
    let (client, mut events) = AsyncClient::new(options, 10);
    client.subscribe("lamp/set", QoS::AtLeastOnce).await?;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(connack))) => {
                    let _ = tell.send(format!("connected, session present: {}", connack.session_present));
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    let _ = tell.send(format!("got {:?}", String::from_utf8_lossy(&publish.payload)));
                }
                Ok(_) => {}
                Err(_) => tokio::task::yield_now().await, // polling again connects again
            }
        }
    });
    println!("{}", told.recv().await.ok_or("the client ended")?);
    broker.wait_subscribed("lamp", "lamp/set").await?;

    let outage = broker.outage(Restart::KeepState, Cut::Reset).await?;
    println!("the broker is away");
    let message = Injected::text("lamp/set", "on").qos(broker::QoS::AtLeastOnce);
    broker.publish(message).await?;
    outage.end().await?;

    println!("{}", told.recv().await.ok_or("the client ended")?);
    println!("{}", told.recv().await.ok_or("the client ended")?);
    broker.wait_acked("lamp").await?;
    Ok(())
}
