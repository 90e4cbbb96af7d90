//! What recording costs, and how true to time a replay is. By command:
//! `cargo test --release -p broker --test it -- --ignored --nocapture recordings::figures`.

use std::time::{Duration, Instant};

use broker::Broker;
use broker::recording::{Recording, Step, What};
use packets::Client;

use super::{Scratch, start};

const MESSAGES: usize = 200_000;

/// Publishes and reads that many messages of QoS 0 with 100 bytes; messages a second.
fn throughput(broker: &Broker) -> f64 {
    let mut subscriber = Client::connect(broker.addr(), "subscriber");
    subscriber.subscribe("load", 0);
    let message = packets::publish("load", 0, false, 0, &[b'x'; 100]);
    let burst = message.repeat(100);
    let addr = broker.addr();
    let began = Instant::now();
    let publisher = std::thread::spawn(move || {
        let mut publisher = Client::connect(addr, "publisher");
        for _ in 0..MESSAGES / 100 {
            publisher.send(&burst);
        }
        publisher.ping(1);
    });
    for _ in 0..MESSAGES {
        assert_eq!(subscriber.packet()[0] >> 4, 3);
    }
    publisher.join().expect("it publishes");
    MESSAGES as f64 / began.elapsed().as_secs_f64()
}

#[test]
#[ignore = "figures"]
fn what_a_recording_costs() {
    for round in 1..=3 {
        let off = throughput(&start());
        let (file, broker) = (Scratch::new("figures"), start());
        let recorder = broker.record(&file.0).wait().expect("it begins");
        let on = throughput(&broker);
        let began = Instant::now();
        let recorded = recorder.stop().wait().expect("it is written");
        println!(
            "round {round}: {off:.0} messages/s without, {on:.0} with ({:.0} %), {:.2} s more to write the rest; {recorded:?}",
            on / off * 100.0,
            began.elapsed().as_secs_f64()
        );
        assert_eq!(recorded.missed, 0);
    }
}

#[test]
#[ignore = "figures"]
fn how_true_to_time_a_replay_is() {
    let lines: Vec<String> = (0..2_000)
        .map(|n| {
            format!(
                "{{\"at_secs\":{},\"client_id\":\"c{}\",\"topic\":\"t\",\"payload\":\"{n}\"}}\n",
                f64::from(n) * 0.005,
                n % 10
            )
        })
        .collect();
    let recording = Recording::read(lines.concat().as_bytes()).expect("it is read");
    let (file, broker) = (Scratch::new("time"), start());
    let recorder = broker.record(&file.0).wait().expect("it begins");
    let played = recording.play().to(&broker.url()).wait().expect("it is played");
    recorder.stop().wait().expect("it is written");
    let again = file.read();
    let late = |step: &Step| match &step.what {
        What::Message(message) => {
            let n: u32 = std::str::from_utf8(&message.payload).ok()?.parse().ok()?;
            step.at.checked_sub(Duration::from_millis(5) * n)
        }
        _ => None,
    };
    let mut off: Vec<Duration> = again.steps.iter().filter_map(late).collect();
    off.sort_unstable();
    // The recording began earlier than the replay.
    let first = off[0];
    for late in &mut off {
        *late -= first;
    }
    let of = |percent: usize| off[(off.len() - 1) * percent / 100];
    println!(
        "{} messages on {} connections: off by {:?} (median), {:?} (99 %), {:?} (all); said to be at most {:?} late",
        played.messages,
        played.connections,
        of(50),
        of(99),
        of(100),
        played.latest
    );
}
