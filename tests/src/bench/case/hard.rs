//! The hard cases: large messages, many publishers, a subscriber that does not read.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::throughput::{self, PEAK, TOPIC};
use super::{Case, Scale, any};
use crate::bench::check::Checker;
use crate::bench::feed::Feed;
use crate::bench::flood::flood;
use crate::bench::measure::{Measure, Metric, Unit};
use crate::bench::process::{Process, allow_open_files};
use crate::bench::target::Target;
use crate::bench::{client, packet};
use crate::harness::way::Way;

const THROUGHPUT: Metric = Metric {
    id: "bytes",
    title: "payload",
    unit: Unit::BytesPerSecond,
};
const ALONE: Metric = Metric {
    id: "alone",
    title: "deliveries, without the slow one",
    unit: Unit::PerSecond,
};
const BESIDE: Metric = Metric {
    id: "beside",
    title: "deliveries to the fast ones",
    unit: Unit::PerSecond,
};
const MISSED: Metric = Metric {
    id: "missed",
    title: "messages the slow one missed",
    unit: Unit::Messages,
};

const MB: usize = 1_000_000;
/// Fast subscribers beside the slow one.
const FAST: usize = 4;

const GROUP: &str = "Hard cases";

pub(super) const CASES: [Case; 4] = [
    Case {
        group: GROUP,
        name: "large-1mb",
        title: "1 → 1, QoS 0, payloads of 1 MB",
        metrics: &[THROUGHPUT, PEAK],
        suits: takes_large,
        run: |target, scale| large(target, MB, if scale.quick { 100 } else { 500 }),
    },
    Case {
        group: GROUP,
        name: "large-64mb",
        title: "1 → 1, QoS 0, payloads of 64 MB",
        metrics: &[THROUGHPUT, PEAK],
        suits: takes_large,
        run: |target, scale| large(target, 64 * MB, if scale.quick { 2 } else { 8 }),
    },
    Case {
        group: GROUP,
        name: "crowd",
        title: "1,000 → 1, QoS 0",
        metrics: throughput::ALL,
        suits: any,
        run: |target, scale| {
            allow_open_files(4096);
            throughput::many(target, scale, Way::Tcp, 1000, 1)
        },
    },
    Case {
        group: GROUP,
        name: "slow",
        title: "1 → 4, QoS 0, beside a subscriber that reads nothing",
        metrics: &[BESIDE, ALONE, PEAK, MISSED],
        // The relay waits for everybody.
        suits: |target| target != &Target::Relay,
        run: slow,
    },
];

/// Stock rumqttd takes payloads of 20 kB.
fn takes_large(target: &Target) -> bool {
    target != &Target::Rumqttd
}

fn large(target: &Target, bytes: usize, count: usize) -> io::Result<Vec<Measure>> {
    let running = target.start()?;
    let mut subscriber = client::subscriber(running.addr, "bench-sub", &[TOPIC], 0)?;
    let mut publisher = client::connect(running.addr, "bench-pub")?;
    let payload: Vec<u8> = (0..bytes).map(|n| (n % 251) as u8).collect();
    let message = packet::publish(TOPIC, 0, false, 0, &payload);
    let begin = Instant::now();
    let (sent, got) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| read_copies(&mut subscriber, &message, count));
        let sent = (0..count).try_for_each(|_| publisher.write_all(&message));
        (sent, reader.join())
    });
    let elapsed = begin.elapsed();
    sent?;
    got.map_err(|_| io::Error::other("the reading thread panicked"))??;
    let mut measures = vec![THROUGHPUT.is((bytes * count) as f64 / elapsed.as_secs_f64())];
    measures.extend(
        running
            .process
            .and_then(Process::peak_bytes)
            .map(|peak| PEAK.is(peak as f64)),
    );
    Ok(measures)
}

/// Reads `count` copies of `message`, and nothing else.
fn read_copies(stream: &mut TcpStream, message: &[u8], count: usize) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    for _ in 0..count {
        let mut at = 0;
        while at < message.len() {
            let most = buffer.len().min(message.len() - at);
            let n = stream.read(&mut buffer[..most])?;
            if n == 0 {
                return Err(io::Error::other("the subscriber's connection was closed"));
            }
            if buffer[..n] != message[at..at + n] {
                return Err(io::Error::other("other bytes arrived than were sent"));
            }
            at += n;
        }
    }
    Ok(())
}

fn slow(target: &Target, scale: Scale) -> io::Result<Vec<Measure>> {
    let mut measures = Vec::new();
    for with_slow in [false, true] {
        let running = target.start()?;
        let mut slow = client::subscriber(
            running.addr,
            "bench-slow",
            &[if with_slow { TOPIC } else { "-" }],
            0,
        )?;
        let subscribers = throughput::subscribers(&running, FAST, 1)?;
        let publisher = client::connect(running.addr, "bench-pub")?;
        let feed = Feed::new(0, &[TOPIC.to_owned()], 1024);
        let flooded = flood(vec![(publisher, feed)], subscribers, scale.time)?;
        let mut rate = if with_slow { BESIDE } else { ALONE }.is(flooded.rate());
        rate.lost = flooded.lost();
        measures.push(rate);
        if with_slow {
            measures.extend(
                running
                    .process
                    .and_then(Process::peak_bytes)
                    .map(|peak| PEAK.is(peak as f64)),
            );
            let got = count_rest(&mut slow)?;
            measures.push(MISSED.is(flooded.sent.saturating_sub(got) as f64));
        }
    }
    Ok(measures)
}

/// What a subscriber gets that begins to read at last.
fn count_rest(stream: &mut TcpStream) -> io::Result<u64> {
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut checker = Checker::new(1, TOPIC, TOPIC.len(), 0);
    let mut buffer = vec![0; 1 << 20];
    let mut tail = 0;
    loop {
        let n = match stream.read(&mut buffer[tail..]) {
            // Cut off for being slow: what came before counts.
            Ok(0) | Err(_) => return Ok(checker.seen.messages),
            Ok(n) => n,
        };
        let filled = tail + n;
        let taken = checker.take(&buffer[..filled]);
        buffer.copy_within(taken..filled, 0);
        tail = filled - taken;
    }
}
