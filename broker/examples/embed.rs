//! A broker inside a program.
//!
//! ```text
//! cargo run -p broker --example embed
//! ```
//!
//! It starts on a free port, is there when `start` returns, and gone when it is dropped. Any MQTT client in any
//! language may connect to `url()` in between; here the program itself publishes, and looks at what is in the broker.
//!
//! It prints:
//!
//! ```text
//! listening: true
//! retained: greenhouse/door = Some("open")
//! dropped messages: 0
//! ```

use broker::{Broker, Injected, QoS};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let broker = Broker::builder()
        .configure(|settings| settings.session.max_inflight = 10) // anything that the settings file can set
        .start()
        .await?;
    println!("listening: {}", broker.url().starts_with("mqtt://127.0.0.1:"));

    let message = Injected::text("greenhouse/door", "open")
        .qos(QoS::AtLeastOnce)
        .retained();
    broker.publish(message).await?;

    for message in broker.state().await?.retained {
        println!("retained: {} = {:?}", message.topic, message.text());
    }
    let report = broker.shutdown().await.expect("it stops");
    println!("dropped messages: {}", report.stats.dropped());
    Ok(())
}
