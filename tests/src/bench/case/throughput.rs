//! How many messages go through, and the cost of one.

use std::io;

use super::{Case, Scale, any};
use crate::bench::check::Checker;
use crate::bench::feed::Feed;
use crate::bench::flood::{Flooded, flood};
use crate::bench::measure::{Measure, Metric, Unit};
use crate::bench::process::Process;
use crate::bench::target::{Running, Target};
use crate::bench::{client, window};
use crate::harness::way::Way;
use crate::line::Line;

pub(super) const TOPIC: &str = "bench/t";
/// Unacknowledged messages at QoS 1 and 2.
const WINDOW: usize = 100;

pub(super) const RATE: Metric = Metric {
    id: "rate",
    title: "deliveries",
    unit: Unit::PerSecond,
};
pub(super) const CPU: Metric = Metric {
    id: "cpu",
    title: "broker CPU a delivery",
    unit: Unit::Seconds,
};
pub(super) const PEAK: Metric = Metric {
    id: "peak",
    title: "peak memory",
    unit: Unit::Bytes,
};
pub(super) const ALL: &[Metric] = &[RATE, CPU, PEAK];

const GROUP: &str = "Throughput";

pub(super) const CASES: [Case; 5] = [
    Case {
        group: GROUP,
        name: "1-1-qos0",
        title: "1 → 1, QoS 0",
        metrics: ALL,
        suits: any,
        run: |target, scale| many(target, scale, Way::Tcp, 1, 1),
    },
    Case {
        group: GROUP,
        name: "1-1-qos1",
        title: "1 → 1, QoS 1, window 100",
        metrics: ALL,
        suits: any,
        run: |target, scale| one_to_one(target, scale, Way::Tcp, 1),
    },
    Case {
        group: GROUP,
        name: "1-1-qos2",
        title: "1 → 1, QoS 2, window 100",
        metrics: ALL,
        suits: any,
        run: |target, scale| one_to_one(target, scale, Way::Tcp, 2),
    },
    Case {
        group: GROUP,
        name: "1-50-qos0",
        title: "1 → 50, QoS 0",
        metrics: ALL,
        suits: any,
        run: |target, scale| many(target, scale, Way::Tcp, 1, 50),
    },
    Case {
        group: GROUP,
        name: "20-1-qos0",
        title: "20 → 1, QoS 0",
        metrics: ALL,
        suits: any,
        run: |target, scale| many(target, scale, Way::Tcp, 20, 1),
    },
];

/// Everybody on one topic, at QoS 0.
pub(super) fn many(
    target: &Target,
    scale: Scale,
    way: Way,
    publishers: usize,
    subscribers: usize,
) -> io::Result<Vec<Measure>> {
    let running = target.start_over(way)?;
    let subscribers = self::subscribers(&running, subscribers, publishers)?;
    let topic = [TOPIC.to_owned()];
    let portion = (2048 / publishers).max(64);
    let feeds = (0..publishers)
        .map(|n| {
            let line = client::connect_over(&running.door(), &format!("bench-pub-{n}"))?;
            Ok((line, Feed::new(n, &topic, portion)))
        })
        .collect::<io::Result<Vec<_>>>()?;
    measure(&running, || flood(feeds, subscribers, scale.time))
}

/// So many subscribers to the one topic.
pub(super) fn subscribers(
    running: &Running,
    count: usize,
    publishers: usize,
) -> io::Result<Vec<(Line, Checker)>> {
    (0..count)
        .map(|n| {
            let line = client::subscriber_over(&running.door(), &format!("bench-sub-{n}"), &[TOPIC], 0)?;
            Ok((line, Checker::new(publishers, TOPIC, TOPIC.len(), 0)))
        })
        .collect()
}

pub(super) fn one_to_one(target: &Target, scale: Scale, way: Way, qos: u8) -> io::Result<Vec<Measure>> {
    let running = target.start_over(way)?;
    let subscriber = client::subscriber_over(&running.door(), "bench-sub", &[TOPIC], qos)?;
    let publisher = client::connect_over(&running.door(), "bench-pub")?;
    measure(&running, || {
        window::exchange(publisher, subscriber, TOPIC, qos, WINDOW, scale.time)
    })
}

/// The figures of one flow, with what it cost the target.
pub(super) fn measure(
    running: &Running,
    flow: impl FnOnce() -> io::Result<Flooded>,
) -> io::Result<Vec<Measure>> {
    let before = running.process.and_then(Process::cpu);
    let flooded = flow()?;
    let after = running.process.and_then(Process::cpu);
    let wrong = flooded.seen.disordered + flooded.seen.corrupt;
    let mut measures = vec![Measure {
        metric: RATE,
        value: flooded.rate(),
        lost: flooded.lost(),
        wrong,
        unfinished: false,
    }];
    if let (Some(before), Some(after)) = (before, after) {
        let spent = after.saturating_sub(before).as_secs_f64();
        measures.push(CPU.is(spent / flooded.seen.messages.max(1) as f64));
    }
    if let Some(peak) = running.process.and_then(Process::peak_bytes) {
        measures.push(PEAK.is(peak as f64));
    }
    Ok(measures)
}
