//! A recorded broker answers clients.

use std::fs;
use std::time::Duration;

use broker::expect::publish;
use broker::{Broker, Injected, pattern};
use packets::Client;

use super::{Scratch, start};

/// A broker that answers as the recorded one did.
fn answering(file: &Scratch) -> Broker {
    let builder = Broker::builder().upstream(&format!("recording:{}", file.0.display()));
    builder
        .configure(|settings| "max".clone_into(&mut settings.upstream.speed))
        .start()
        .wait()
        .expect("it starts")
}

#[test]
fn what_a_broker_answered_is_played_to_another_client() {
    let (file, broker) = (Scratch::new("answers"), start());
    broker
        .publish(Injected::text("home/state", "on").retained())
        .wait()
        .unwrap();
    let recorder = broker.record(&file.0).wait().unwrap();
    let mut lamp = Client::connect(broker.addr(), "lamp");
    lamp.subscribe("home/#", 1);
    assert_eq!(lamp.packet()[0] >> 4, 3, "the retained message");
    lamp.send(&packets::publish("said", 1, false, 7, b"one"));
    assert_eq!(lamp.packet(), b"\x40\x02\0\x07");
    recorder.stop().wait().unwrap();
    drop(broker);

    let played = answering(&file);
    let mut other = Client::connect(played.addr(), "another");
    other.subscribe("home/#", 1);
    assert!(other.packet().ends_with(b"home/stateon"));
    other.send(&packets::publish("said", 1, false, 99, b"two"));
    assert_eq!(other.packet(), b"\x40\x02\0\x63", "under its own identifier");
    // Journal and expectations work as with any broker behind a relay.
    played
        .expect(publish("home/state").to("another").text("on"))
        .wait();

    // What was not recorded is told, with what was.
    other.send(&packets::publish("never/said", 1, false, 3, b""));
    assert_eq!(other.packet(), b"\x40\x02\0\x03", "it can go on");
    let differs = pattern::event("not_recorded").field("client_id", "another");
    let found = played.expect(differs).wait();
    assert!(found[0].words().contains("never/said"), "{}", found[0].words());
}

#[test]
fn a_recording_that_no_broker_wrote_cannot_answer() {
    let file = Scratch::new("subscribers");
    fs::write(
        &file.0,
        "{\"event\":\"recording\",\"version\":1}\n{\"event\":\"message\",\"topic\":\"a\"}\n",
    )
    .unwrap();
    let url = format!("recording:{}", file.0.display());
    let error = Broker::builder()
        .upstream(&url)
        .start()
        .wait()
        .unwrap_err()
        .to_string();
    assert!(error.contains("broker --record"), "{error}");
    let error = Broker::builder()
        .upstream("recording:/nowhere")
        .start()
        .wait()
        .unwrap_err()
        .to_string();
    assert!(error.contains("/nowhere"), "{error}");
    let error = Broker::builder()
        .upstream("recording:")
        .start()
        .wait()
        .unwrap_err();
    assert!(error.is_invalid(), "{error}");
}

#[test]
fn answers_come_when_they_were_recorded_to_come_on_the_brokers_clock() {
    let file = Scratch::new("delays");
    let connack = r#""event":"packet","conn":1,"client_id":"lamp","direction":"out","packet":"CONNACK","raw_base64":"IAIAAA==""#;
    let text = format!(
        "{{\"at_secs\":0,\"event\":\"connect\",\"conn\":1,\"client_id\":\"lamp\",\"mqtt_version\":\"3.1.1\"}}\n\
         {{\"at_secs\":0,{connack}}}\n\
         {{\"at_secs\":3600,\"event\":\"delivery\",\"conn\":1,\"client_id\":\"lamp\",\"topic\":\"hour\",\"payload\":\"1\"}}\n"
    );
    fs::write(&file.0, text).unwrap();
    let url = format!("recording:{}", file.0.display());
    let broker = Broker::builder().upstream(&url).start().wait().unwrap();
    broker.clock().freeze().wait().unwrap();
    let mut lamp = Client::connect(broker.addr(), "lamp");
    broker.clock().advance(Duration::from_secs(3599)).wait().unwrap();
    let sent = broker
        .journal()
        .matching(pattern::publish("hour").to("lamp"))
        .wait()
        .unwrap();
    assert_eq!(sent.entries, []);
    broker.clock().advance(Duration::from_secs(1)).wait().unwrap();
    assert!(lamp.packet().ends_with(b"hour1"));
}
