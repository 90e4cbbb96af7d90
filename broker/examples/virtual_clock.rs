//! An hour of Session Expiry, and a will after its delay, in no time.
//!
//! ```text
//! cargo run -p broker --example virtual_clock
//! ```
//!
//! The broker's clock is stopped and moved. Clients have their own: a client that waits for a timer of its own waits
//! for it as long as ever.
//!
//! It prints:
//!
//! ```text
//! 29 s later, will published: false
//! 30 s later, will published: true
//! the session ends in Some(3570) s
//! an hour later, session there: false
//! ```

use std::time::Duration;

use broker::Broker;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{LastWill, LastWillProperties};
use rumqttc::v5::{AsyncClient, EventLoop, MqttOptions};

fn sensor(broker: &Broker) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new("sensor", broker.addr().ip().to_string(), broker.addr().port());
    options
        .set_clean_start(false)
        .set_session_expiry_interval(Some(3600));
    let delay = LastWillProperties {
        delay_interval: Some(30),
        payload_format_indicator: None,
        message_expiry_interval: None,
        content_type: None,
        response_topic: None,
        correlation_data: None,
        user_properties: Vec::new(),
    };
    options.set_last_will(LastWill::new(
        "sensor/status",
        "gone",
        QoS::AtLeastOnce,
        true,
        Some(delay),
    ));
    AsyncClient::new(options, 10)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let broker = Broker::start().await?;
    broker.clock().freeze().await?;

    let (client, mut events) = sensor(&broker);
    events.poll().await?; // CONNACK
    drop((client, events)); // gone, without a goodbye
    broker.wait_disconnected("sensor").await?;

    broker.clock().advance(Duration::from_secs(29)).await?;
    let state = broker.state().await?;
    println!(
        "29 s later, will published: {}",
        state.retained_message("sensor/status").is_some()
    );

    broker.clock().advance(Duration::from_secs(1)).await?;
    let state = broker.state().await?;
    println!(
        "30 s later, will published: {}",
        state.retained_message("sensor/status").is_some()
    );
    println!(
        "the session ends in {:?} s",
        state.session("sensor").and_then(|session| session.ends_in_secs)
    );

    broker.clock().advance(Duration::from_secs(3570)).await?;
    println!(
        "an hour later, session there: {}",
        broker.state().await?.session("sensor").is_some()
    );
    Ok(())
}
