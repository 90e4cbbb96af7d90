//! Simulated devices through the handle: clock, settle, outages, reset, pressure.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use broker::device::{Device, DeviceAnswer, DeviceWill, Every, Say, Stage, Telemetry};
use broker::expect::{publish, template_failed};
use broker::{Broker, Cut, Injected, QoS, Restart};

fn frozen(device: Device) -> Broker {
    let broker = Broker::builder().device(device).start().wait().unwrap();
    broker.clock().freeze().wait().unwrap();
    broker
}

/// A client that reads all below this filter, at QoS 0.
fn reader(broker: &Broker, filter: &str) -> TcpStream {
    let mut client = TcpStream::connect(broker.addr()).unwrap();
    client
        .write_all(b"\x10\x12\0\x04MQTT\x04\x02\0\0\0\x06reader")
        .unwrap();
    let length = filter.len() as u8;
    let subscribe = [&[0x82, length + 5, 0, 1, 0, length], filter.as_bytes(), &[0]].concat();
    client.write_all(&subscribe).unwrap();
    client.read_exact(&mut [0; 9]).unwrap(); // CONNACK, SUBACK
    client
}

#[test]
fn all_telemetry_of_a_day_reaches_a_reader_in_order() {
    let lamps = Device::new("lamp").count(5).telemetry(
        "l/{{ n }}",
        Every::minutes(1).jitter(Duration::from_secs(9)),
        "{{ floor(t / 60) }}",
    );
    let mut broker = Broker::builder().start().wait().unwrap();
    broker.set_deadline(Duration::from_secs(60));
    broker.clock().freeze().wait().unwrap();
    let mut reader = reader(&broker, "l/#");
    let reads = std::thread::spawn(move || {
        let (mut all, mut last) = (0, [None; 5]);
        let mut header = [0; 2];
        while reader.read_exact(&mut header).is_ok() {
            let mut rest = vec![0; header[1].into()];
            reader.read_exact(&mut rest).unwrap();
            let text = String::from_utf8(rest[2..].to_vec()).unwrap();
            let (n, minute) = (
                text[2..3].parse::<usize>().unwrap(),
                text[3..].parse::<u32>().unwrap(),
            );
            assert!(
                last[n - 1].is_none_or(|last| last + 1 == minute),
                "{text} after {last:?}"
            );
            last[n - 1] = Some(minute);
            all += 1;
        }
        all
    });
    broker.devices().add(lamps).wait().unwrap().keep();
    broker
        .clock()
        .advance(Duration::from_secs(86_400))
        .wait()
        .unwrap();
    broker.settle().wait().unwrap();
    let list = broker.devices().list().wait().unwrap();
    let published: u64 = list.iter().map(|lamp| lamp.published).sum();
    assert!((5 * 1440..=5 * 1441).contains(&published), "{published}");
    assert_eq!(broker.stats().wait().unwrap().dropped(), 0);
    drop(broker);
    assert_eq!(reads.join().unwrap(), published);
}

#[test]
fn what_is_due_later_does_not_keep_settle_waiting_and_an_answer_does() {
    let device = Device::new("d")
        .telemetry("t", Every::secs(5), "x")
        .answers(DeviceAnswer::to("cmd").with(Say::new("done", "{{ message.payload }}").qos(2)));
    let broker = frozen(device);
    broker.settle().wait().unwrap();
    let command = Injected::text("cmd", "go").qos(QoS::ExactlyOnce);
    broker.publish(command).wait().unwrap();
    broker.settle().wait().unwrap();
    broker
        .expect(publish("done").from("d").text("go"))
        .times(1)
        .wait();
}

#[test]
fn an_outage_keeps_devices_out_and_they_come_back_with_their_sessions() {
    let device = Device::new("d")
        .session_expiry_secs(3600)
        .publishes(Telemetry::new("t", Every::secs(10), "{{ t }}").qos(1));
    let broker = frozen(device);
    broker.settle().wait().unwrap();
    let outage = broker.outage(Restart::KeepState, Cut::Reset).wait().unwrap();
    broker.clock().advance(Duration::from_secs(60)).wait().unwrap();
    assert!(!broker.devices().list().wait().unwrap()[0].connected);
    outage.end().wait().unwrap();
    broker.clock().advance(Duration::from_secs(61)).wait().unwrap();
    let status = &broker.devices().list().wait().unwrap()[0];
    assert!(status.connected, "{status:?}");
    assert_eq!((status.connects, status.acknowledged), (2, status.published));
}

#[test]
fn a_reset_brings_back_the_devices_of_the_start_and_no_others() {
    let broker = frozen(Device::new("mine").telemetry("t", Every::secs(1), "x"));
    broker
        .devices()
        .add(Device::new("other").will(DeviceWill::new("w", "x")))
        .wait()
        .unwrap()
        .keep();
    broker.clock().advance(Duration::from_secs(10)).wait().unwrap();
    broker.reset().wait().unwrap();
    broker.settle().wait().unwrap();
    let list = broker.devices().list().wait().unwrap();
    assert_eq!((list.len(), &*list[0].name, list[0].published), (1, "mine", 1));
    assert_eq!(broker.stats().wait().unwrap().clients_connected, 1);
}

#[test]
fn a_taken_name_a_missing_file_and_another_engine_are_told() {
    let broker = frozen(Device::new("lamp"));
    let taken = broker.devices().add(Device::new("lamp")).wait().unwrap_err();
    assert!(
        taken.is_invalid() && taken.to_string().contains("one of this name already"),
        "{taken}"
    );
    let missing = Device::new("x").telemetry("t", Every::secs(1), "{{ pick('no/such.txt') }}");
    let missing = broker.devices().add(missing).wait().unwrap_err().to_string();
    assert!(
        missing.starts_with(r#"device "x": "#) && missing.contains("no/such.txt"),
        "{missing}"
    );
    let twice = Broker::builder()
        .device(Device::new("a"))
        .device(Device::new("a"));
    assert!(twice.start().wait().unwrap_err().is_invalid());
    let relayed = Broker::builder()
        .upstream("mqtt://127.0.0.1:1")
        .device(Device::new("a"));
    let relayed = relayed.start().wait().unwrap_err().to_string();
    assert!(relayed.contains("simulated devices"), "{relayed}");
}

#[test]
fn a_storm_is_seen_by_others_as_lost_clients() {
    let stages = [
        Stage::connect_secs(1.0),
        Stage::run_secs(9.0),
        Stage::storm_secs(5.0),
    ];
    let lamps = Device::new("lamp")
        .count(20)
        .will(DeviceWill::new("lost/{{ n }}", "x"))
        .stages(stages);
    let broker = frozen(lamps);
    broker.clock().advance(Duration::from_secs(16)).wait().unwrap();
    broker.settle().wait().unwrap();
    let state = broker.state().wait().unwrap();
    assert_eq!(
        state.sessions.iter().filter(|session| session.connected).count(),
        20
    );
    let list = broker.devices().list().wait().unwrap();
    assert!(list.iter().all(|lamp| lamp.reconnects() == 1));
}

#[test]
fn a_template_that_fails_is_an_event() {
    let broker = frozen(Device::new("lamp").telemetry("t", Every::secs(1), "{{ 1 / (n - 1) }}"));
    broker.clock().advance(Duration::from_secs(2)).wait().unwrap();
    broker
        .expect(template_failed().field("of", r#"device "lamp""#))
        .times(3)
        .wait();
    broker.expect(publish("t")).never().wait();
}

#[test]
fn devices_that_keep_each_other_busy_leave_the_others_their_turn_and_the_broker_its_end() {
    let answers = |name: &str, to: &str, topic: &str| {
        let twice = DeviceAnswer::to(to)
            .with(Say::new(topic, "1"))
            .with(Say::new(topic, "1"));
        Device::new(name).answers(twice)
    };
    let broker = Broker::builder()
        .device(answers("ping", "ping", "pong"))
        .device(answers("pong", "pong", "ping"))
        .start()
        .wait()
        .unwrap();
    broker.wait_subscribed("ping", "ping").wait().unwrap();
    broker.wait_subscribed("pong", "pong").wait().unwrap();
    let mut other = reader(&broker, "other");
    other.write_all(b"\x30\x07\0\x04ping1").unwrap();
    broker.expect(publish("pong").from("ping").times(1_000..)).wait();
    // Two messages become four, and so on; there would be no end to it in one turn.
    for _ in 0..3 {
        other.write_all(b"\xC0\0").unwrap(); // PINGREQ
        other.read_exact(&mut [0; 2]).unwrap();
    }
    drop(broker);
    assert_eq!(other.read(&mut [0; 16]).unwrap(), 0);
}
