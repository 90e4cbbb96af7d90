//! A session is recorded, read, and played: to another broker, on the clock of this one.

mod answers;
mod figures;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use broker::expect::{connect, publish, will_published};
use broker::pattern;
use broker::recording::{Recording, Speed, What};
use broker::{Broker, Injected, QoS};
use packets::{Client, Connect};

/// A file that is gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("recordings-{}-{name}.jsonl", std::process::id())))
    }

    fn read(&self) -> Recording {
        let recording = Recording::open(&self.0).expect("it is there");
        assert_eq!(recording.notes, [], "all of it is read");
        recording
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn start() -> Broker {
    Broker::start().wait().expect("it starts")
}

/// A sensor with a login and a will publishes what a lamp is subscribed to; the sensor's connection breaks.
fn session(broker: &Broker) {
    let mut lamp = Client::connect(broker.addr(), "lamp");
    lamp.subscribe("home/#", 1);
    let hello = Connect {
        login: Some(("anna", "a secret")),
        will: Some(("home/gone", "sensor")),
        ..Connect::new(4, "sensor")
    };
    let mut sensor = Client::with(broker.addr(), &hello);
    sensor.send(&packets::publish("home/temp", 0, true, 0, b"21.5"));
    sensor.ping(1);
    drop(sensor);
    broker.expect(publish("home/gone").to("lamp")).wait();
}

fn what(recording: &Recording) -> Vec<String> {
    recording
        .steps
        .iter()
        .map(|step| match &step.what {
            What::Connect(_) => format!("{} CONNECT", step.client_id),
            What::Message(message) => format!("{} says {}", step.client_id, message.topic),
            What::Delivery { message, .. } => format!("{} gets {}", step.client_id, message.topic),
            What::Subscribe(subscription) => {
                format!("{} wants {}", step.client_id, subscription.filters[0].filter)
            }
            What::Packet(packet) => format!("{} {}", step.client_id, packet.packet),
            other => format!("{} {other:?}", step.client_id),
        })
        .collect()
}

#[test]
fn a_session_is_recorded_and_played_to_another_broker() {
    let (file, broker) = (Scratch::new("session"), start());
    let recorder = broker.record(&file.0).wait().expect("it begins");
    session(&broker);
    let recorded = recorder.stop().wait().expect("it is written");
    assert_eq!(recorded.missed, 0);

    let text = fs::read_to_string(&file.0).unwrap();
    assert!(
        !text.contains("a secret") && !text.contains("YSBzZWNyZXQ"),
        "{text}"
    );
    let recording = file.read();
    assert_eq!(recording.steps.len() as u64, recorded.lines);
    let happened = what(&recording);
    let expected = [
        "lamp CONNECT",
        "lamp CONNACK",
        "lamp wants home/#",
        "lamp SUBACK",
        "sensor CONNECT",
        "sensor CONNACK",
        "sensor says home/temp",
        "lamp gets home/temp",
    ];
    assert_eq!(happened[..expected.len()], expected);

    let second = start();
    let play = recording
        .clone()
        .play()
        .speed(Speed::Max)
        .rewrite("home/# => test/#".parse().unwrap());
    let played = play.to(&second.url()).wait().expect("it is played");
    assert_eq!(
        (played.messages, played.connections, played.left_out),
        (1, 2, 0),
        "{:?}",
        played.notes
    );
    second
        .expect(
            connect()
                .from("sensor")
                .field("user_name", "anna")
                .field("keep_alive", 0),
        )
        .wait();
    second
        .expect(publish("test/temp").from("sensor").retain(true).text("21.5"))
        .wait();
    second.expect(publish("test/temp").to("lamp")).wait();
    // Both connections broke at once: which of the two the broker sees first is nobody's to say.
    second.expect(will_published().topic("test/gone")).wait();

    // One client for all, of one of them.
    let third = start();
    let play = recording
        .play()
        .speed(Speed::Max)
        .one_client("one")
        .qos(QoS::AtLeastOnce)
        .retain(false);
    let played = play
        .client("sens*")
        .to(&third.url())
        .wait()
        .expect("it is played");
    assert_eq!((played.messages, played.acknowledged), (1, 1));
    third
        .expect(publish("home/temp").from("one").qos(1).retain(false))
        .wait();
}

#[test]
fn what_was_before_the_recording_is_in_it_as_far_as_it_counts() {
    let (file, broker) = (Scratch::new("before"), start());
    let mut sensor = Client::connect(broker.addr(), "sensor");
    sensor.send(&packets::publish("temp", 0, true, 0, b"20"));
    sensor.ping(1);
    let mut lamp = Client::connect(broker.addr(), "lamp");
    lamp.ping(1);

    let recorder = broker.record(&file.0).wait().expect("it begins");
    lamp.subscribe("temp", 0);
    broker.expect(publish("temp").to("lamp")).wait();
    sensor.send(&packets::publish("temp", 0, true, 0, b"21"));
    broker.expect(publish("temp").to("lamp").text("21")).wait();
    recorder.stop().wait().expect("it is written");

    let recording = file.read();
    // How the clients connected that were there is known, and not what they said before.
    let happened = what(&recording);
    assert_eq!(
        happened[..4],
        ["sensor CONNECT", "sensor CONNACK", "lamp CONNECT", "lamp CONNACK"]
    );
    let deliveries: Vec<_> = recording
        .steps
        .iter()
        .filter_map(|step| match &step.what {
            What::Delivery {
                message,
                published_at_secs,
            } => Some((message.retain, *published_at_secs)),
            _ => None,
        })
        .collect();
    let [(true, Some(published)), (false, None)] = deliveries[..] else {
        panic!("the retained message says when it was published: {deliveries:?}");
    };
    assert!(published < 0.0, "{published}");
}

#[test]
fn two_recordings_at_once_have_what_each_asks_for() {
    let (all, part, broker) = (Scratch::new("all"), Scratch::new("part"), start());
    let first = broker.record(&all.0).wait().unwrap();
    let second = broker
        .record_matching(&part.0, pattern::publish("b"))
        .wait()
        .unwrap();
    let mut client = Client::connect(broker.addr(), "c");
    client.send(&packets::publish("a", 0, false, 0, b"1"));
    client.send(&packets::publish("b", 0, false, 0, b"2"));
    client.ping(1);
    first.stop().wait().unwrap();
    drop(client);
    broker.shutdown().wait().unwrap();
    second.stop().wait().unwrap();
    assert_eq!(
        what(&all.read()),
        ["c CONNECT", "c CONNACK", "c says a", "c says b"]
    );
    let happened = what(&part.read());
    assert_eq!(happened[..3], ["c CONNECT", "c CONNACK", "c says b"]);
    assert!(happened[3].contains("Closed"), "{happened:?}");
}

#[test]
fn a_day_is_played_on_the_clock_of_the_broker() {
    let line = |hour: u32| {
        let at_secs = hour * 3600;
        format!("{{\"at_secs\":{at_secs},\"topic\":\"hour\",\"payload\":\"{hour}\",\"retain\":true}}\n")
    };
    let lines: Vec<String> = (0..24).map(line).collect();
    let lines = lines.concat();
    let recording = Recording::read(lines.as_bytes()).unwrap();
    let broker = start();
    broker.clock().freeze().wait().unwrap();
    let playing = broker.play(recording.clone().play());
    broker
        .clock()
        .advance(Duration::from_secs(3 * 3600))
        .wait()
        .unwrap();
    let hour = || {
        broker
            .state()
            .wait()
            .unwrap()
            .retained_message("hour")
            .and_then(|it| it.text().map(ToOwned::to_owned))
    };
    assert_eq!(hour().as_deref(), Some("3"));
    broker
        .clock()
        .advance(Duration::from_secs(20 * 3600))
        .wait()
        .unwrap();
    assert_eq!(playing.wait().unwrap().messages, 24);
    assert_eq!(hour().as_deref(), Some("23"));

    // A reset ends it.
    let playing = broker.play(recording.clone().play());
    broker.reset().wait().unwrap();
    let played = playing.wait().unwrap();
    assert_eq!((played.messages, played.left_out), (1, 23));

    // Twice as fast, and as fast as possible.
    let playing = broker.play(recording.clone().play().speed(Speed::Times(2.0)));
    broker
        .clock()
        .advance(Duration::from_secs(23 * 1800))
        .wait()
        .unwrap();
    assert_eq!(playing.wait().unwrap().messages, 24);
    assert_eq!(
        broker
            .play(recording.play().speed(Speed::Max))
            .wait()
            .unwrap()
            .messages,
        24
    );
}

#[test]
fn through_a_relay_the_same_is_recorded() {
    let (file, real) = (Scratch::new("relay"), start());
    let relay = Broker::builder()
        .upstream(&real.url())
        .start()
        .wait()
        .expect("it starts");
    let recorder = relay.record(&file.0).wait().unwrap();
    session(&relay);
    recorder.stop().wait().unwrap();
    let recording = file.read();
    assert_eq!(recording.head.engine, "relay");
    let happened = what(&recording);
    for line in [
        "sensor CONNECT",
        "sensor says home/temp",
        "lamp gets home/temp",
        "lamp gets home/gone",
    ] {
        assert!(happened.iter().any(|it| it == line), "{line}: {happened:?}");
    }
    // It has no messages of its own.
    assert!(relay.play(recording.play()).wait().unwrap_err().is_unsupported());
}

#[test]
fn a_broker_that_is_not_there_is_told() {
    let gone = start();
    let url = gone.url();
    drop(gone);
    let recording = Recording::read(&br#"{"topic":"a"}"#[..]).unwrap();
    let played = recording.clone().play().to(&url).wait().unwrap();
    assert_eq!((played.messages, played.left_out), (0, 1));
    assert!(played.notes[0].contains("cannot connect"), "{:?}", played.notes);
    let error = recording.play().to("localhost").wait().unwrap_err();
    assert!(
        error.is_invalid() && error.to_string().contains("mqtt://HOST:PORT"),
        "{error}"
    );
    let broker = start();
    broker.publish(Injected::text("a", "b")).wait().unwrap();
    let error = broker.record("/nowhere/at/all").wait().unwrap_err();
    assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
}

#[test]
fn what_the_journal_forgot_before_the_beginning_is_not_missing() {
    let file = Scratch::new("forgot");
    let small = Broker::builder().configure(|settings| settings.journal.entries = 10);
    let broker = small.start().wait().unwrap();
    // At one instant, so that time alone does not say what was before.
    broker.clock().freeze().wait().unwrap();
    let mut client = Client::connect(broker.addr(), "c");
    for _ in 0..50 {
        client.send(&packets::publish("before", 0, false, 0, b""));
    }
    client.ping(1);
    let recorder = broker.record(&file.0).wait().unwrap();
    client.send(&packets::publish("after", 0, false, 0, b""));
    client.ping(1);
    let recorded = recorder.stop().wait().unwrap();
    assert_eq!((recorded.lines, recorded.missed), (1, 0));
    assert_eq!(what(&file.read()), ["c says after"]);
}
