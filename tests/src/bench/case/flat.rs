//! The cost of one more subscription or retained message should stay flat, from ten to a million.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::throughput::{self, CPU, RATE};
use super::{Case, Scale, any};
use crate::bench::check::Checker;
use crate::bench::client;
use crate::bench::count;
use crate::bench::feed::Feed;
use crate::bench::flood::flood;
use crate::bench::measure::{Measure, Metric, Unit};
use crate::bench::packet;
use crate::bench::ping::Ping;
use crate::bench::target::Target;

/// Topics that are published to in turn: far more than any cache of the last ones would hold. A multiple of ten and
/// a thousand, so that a message's number tells its topic.
const TOPICS: usize = 100_000;
/// Larger than `TOPICS` and sharing no divisor with ten, a thousand or a million: visits filters in no order.
const STRIDE: usize = 618_033;

const STORED: Metric = Metric {
    id: "stored",
    title: "messages retained",
    unit: Unit::PerSecond,
};
const DELIVERED: Metric = Metric {
    id: "delivered",
    title: "delivered after the SUBSCRIBE",
    unit: Unit::PerSecond,
};
const BEFORE: Metric = Metric {
    id: "rtt-before",
    title: "round trip of others before, p50",
    unit: Unit::Seconds,
};
const MEANWHILE: Metric = Metric {
    id: "rtt-during",
    title: "round trip of others meanwhile, p50",
    unit: Unit::Seconds,
};
const WORST: Metric = Metric {
    id: "rtt-worst",
    title: "round trip of others meanwhile, worst",
    unit: Unit::Seconds,
};

const GROUP: &str = "From ten to a million";

pub(super) const CASES: [Case; 6] = [
    Case {
        group: GROUP,
        name: "filters-10",
        title: "1 → 1, QoS 0, one of 10 exact filters",
        metrics: &[RATE, CPU],
        suits: any,
        run: |target, scale| exact(target, scale, 10),
    },
    Case {
        group: GROUP,
        name: "filters-1k",
        title: "1 → 1, QoS 0, one of 1,000 exact filters",
        metrics: &[RATE, CPU],
        suits: any,
        run: |target, scale| exact(target, scale, 1000),
    },
    Case {
        group: GROUP,
        name: "filters-1m",
        title: "1 → 1, QoS 0, one of 1,000,000 exact filters",
        metrics: &[RATE, CPU],
        suits: any,
        run: |target, scale| exact(target, scale, if scale.quick { 100_000 } else { 1_000_000 }),
    },
    Case {
        group: GROUP,
        name: "wild-0",
        title: "1 → 1, QoS 0, 100,000 topics to #",
        metrics: &[RATE, CPU],
        suits: any,
        run: |target, scale| wild(target, scale, 0),
    },
    Case {
        group: GROUP,
        name: "wild-1k",
        title: "1 → 1, QoS 0, 100,000 topics to #, 1,000 other wildcard filters",
        metrics: &[RATE, CPU],
        suits: |target| target != &Target::Relay,
        run: |target, scale| wild(target, scale, 1000),
    },
    Case {
        group: GROUP,
        name: "retained",
        title: "SUBSCRIBE to # over 1,000,000 retained messages",
        metrics: &[DELIVERED, BEFORE, MEANWHILE, WORST, STORED],
        suits: |target| target != &Target::Relay,
        run: retained,
    },
];

/// One subscriber holds all the filters.
fn exact(target: &Target, scale: Scale, filters: usize) -> io::Result<Vec<Measure>> {
    const PREFIX: &str = "bench/f/";
    let running = target.start()?;
    let names: Vec<String> = (0..filters).map(|n| packet::numbered(PREFIX, n)).collect();
    let subscriber = client::subscriber(running.addr, "bench-sub", &names, 0)?;
    let topics: Vec<String> = (0..TOPICS).map(|n| names[n * STRIDE % filters].clone()).collect();
    let publisher = client::connect(running.addr, "bench-pub")?;
    throughput::measure(&running, || {
        let checker = Checker::new(1, PREFIX, topics[0].len(), 0).with_topics(filters.min(TOPICS));
        flood(
            vec![(publisher, Feed::new(0, &topics, 2000))],
            vec![(subscriber, checker)],
            scale.time,
        )
    })
}

/// One subscriber to everything, and another with filters that all have to be looked at and do not match.
fn wild(target: &Target, scale: Scale, others: usize) -> io::Result<Vec<Measure>> {
    const PREFIX: &str = "bench/w/";
    let running = target.start()?;
    let subscriber = client::subscriber(running.addr, "bench-sub", &["#"], 0)?;
    let filters: Vec<String> = (0..others)
        .map(|n| packet::numbered("bench/+/x/", n) + "/#")
        .collect();
    let bystander = client::subscriber(running.addr, "bench-other", &filters, 0)?;
    let topics: Vec<String> = (0..TOPICS)
        .map(|n| packet::numbered(PREFIX, n * STRIDE % TOPICS))
        .collect();
    let publisher = client::connect(running.addr, "bench-pub")?;
    let result = throughput::measure(&running, || {
        let checker = Checker::new(1, PREFIX, topics[0].len(), 0).with_topics(TOPICS);
        flood(
            vec![(publisher, Feed::new(0, &topics, 2000))],
            vec![(subscriber, checker)],
            scale.time,
        )
    });
    drop(bystander);
    result
}

fn retained(target: &Target, scale: Scale) -> io::Result<Vec<Measure>> {
    let count = if scale.quick { 100_000 } else { 1_000_000 };
    let running = target.start()?;
    let mut publisher = client::connect(running.addr, "bench-pub")?;
    let begin = Instant::now();
    let mut bytes = Vec::new();
    for number in 0..count {
        let topic = packet::numbered("bench/r/", number);
        bytes.extend(packet::publish(
            &topic,
            0,
            true,
            0,
            &packet::payload(number as u64),
        ));
        if bytes.len() > 64 * 1024 || number + 1 == count {
            publisher.write_all(&bytes)?;
            bytes.clear();
        }
    }
    client::settle(&mut publisher)?;
    let stored = count as f64 / begin.elapsed().as_secs_f64();

    let mut ping = Ping::new(running.addr, "ping", 0)?;
    let begin = Instant::now();
    let before = ping.repeat(|| begin.elapsed() >= scale.time / 2)?;
    let subscriber = client::connect(running.addr, "bench-sub")?;
    let done = AtomicBool::new(false);
    let (arrived, meanwhile) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let result = read_retained(subscriber, count as u64);
            done.store(true, Ordering::Release);
            result
        });
        let meanwhile = ping.repeat(|| done.load(Ordering::Acquire));
        (reader.join(), meanwhile)
    });
    let (messages, took) = arrived.map_err(|_| io::Error::other("the reading thread panicked"))??;
    let meanwhile = meanwhile?;
    let mut delivered = DELIVERED.is(messages as f64 / took.as_secs_f64());
    delivered.lost = 1.0 - messages as f64 / count as f64;
    Ok(vec![
        delivered,
        BEFORE.is(before.quantile(0.5)),
        MEANWHILE.is(meanwhile.quantile(0.5)),
        WORST.is(meanwhile.quantile(1.0)),
        STORED.is(stored),
    ])
}

/// Subscribes to `#` and counts retained messages until all are there, or no more come.
fn read_retained(mut stream: TcpStream, most: u64) -> io::Result<(u64, Duration)> {
    stream.write_all(&packet::subscribe(1, &["#"], 0))?;
    let begin = Instant::now();
    // Others publish meanwhile; those messages are not marked as retained.
    let retained = packet::PUBLISH | 1;
    let (messages, last) = count::packets(&mut stream, retained, most, count::QUIET, |_| {})?;
    Ok((messages, last.unwrap_or(begin).saturating_duration_since(begin)))
}
