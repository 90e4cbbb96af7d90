//! What a broker costs a test: to have one, to empty it, to know that nothing else comes. A broker in the test's own
//! process beside a process that is started for it, which is what there is otherwise.

use std::io::{self, Write as _};
use std::process::Command;
use std::time::Instant;

use broker::Broker;
use broker::{Injected, QoS};

use super::{Case, Scale};
use crate::bench::client;
use crate::bench::measure::{Measure, Metric, Unit, quantile};
use crate::bench::packet;
use crate::bench::process::{Process, allow_open_files};
use crate::bench::target::Target;

const START: Metric = seconds("start", "to the first CONNACK");
const STOP: Metric = seconds("stop", "until it is gone");
const RESET: Metric = seconds("reset", "until it is as new");
const SETTLE: Metric = seconds("settle", "time");
const START_EACH: Metric = seconds("start-each", "start of each");
const STOP_EACH: Metric = seconds("stop-each", "end of each");
const EACH: Metric = Metric {
    id: "each",
    title: "resident memory of each",
    unit: Unit::Bytes,
};

const GROUP: &str = "A broker for a test (citronella in the test's process, others in one of their own)";

/// Processes that are started where brokers cannot share one.
const PROCESSES: usize = 20;
/// Open files of an idle broker, and some to spare.
const FILES_EACH: u64 = 8;

pub(super) const CASES: [Case; 4] = [
    Case {
        group: GROUP,
        name: "test-broker",
        title: "Started and stopped",
        metrics: &[START, STOP],
        suits: comparable,
        run: start_and_stop,
    },
    Case {
        group: GROUP,
        name: "test-reset",
        title: "Emptied for the next test: 10 sessions, 100 retained messages (others: started anew)",
        metrics: &[RESET],
        suits: comparable,
        run: reset,
    },
    Case {
        group: GROUP,
        name: "test-settle",
        title: "\"Nothing else arrives\" shown, after 100 messages of QoS 0",
        metrics: &[SETTLE],
        suits: |target| target == &Target::Ours,
        run: settle,
    },
    Case {
        group: GROUP,
        name: "test-thousand",
        title: "1,000 at once (others: 20 processes)",
        metrics: &[START_EACH, EACH, STOP_EACH],
        suits: comparable,
        run: thousand,
    },
];

const fn seconds(id: &'static str, title: &'static str) -> Metric {
    Metric {
        id,
        title,
        unit: Unit::Seconds,
    }
}

fn comparable(target: &Target) -> bool {
    matches!(target, Target::Ours | Target::Mosquitto)
}

fn repeats(scale: Scale) -> usize {
    if scale.quick { 10 } else { 50 }
}

fn broker() -> io::Result<Broker> {
    Broker::start().wait().map_err(io::Error::other)
}

/// The median of each column.
fn medians<const N: usize>(metrics: [Metric; N], rows: &[[f64; N]]) -> Vec<Measure> {
    let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
    let median = |(at, metric): (usize, Metric)| Some(metric.is(quantile(&column(at), 0.5)?));
    metrics.into_iter().enumerate().filter_map(median).collect()
}

fn start_and_stop(target: &Target, scale: Scale) -> io::Result<Vec<Measure>> {
    let once = || -> io::Result<[f64; 2]> {
        let begin = Instant::now();
        if target == &Target::Ours {
            let broker = broker()?;
            drop(client::connect(broker.addr(), "bench-first")?);
            let started = begin.elapsed();
            let begin = Instant::now();
            drop(broker);
            return Ok([started.as_secs_f64(), begin.elapsed().as_secs_f64()]);
        }
        let running = target.start()?;
        let started = begin.elapsed();
        let begin = Instant::now();
        drop(running);
        Ok([started.as_secs_f64(), begin.elapsed().as_secs_f64()])
    };
    let rows = (0..repeats(scale))
        .map(|_| once())
        .collect::<io::Result<Vec<_>>>()?;
    Ok(medians([START, STOP], &rows))
}

fn reset(target: &Target, scale: Scale) -> io::Result<Vec<Measure>> {
    if target != &Target::Ours {
        let rows = (0..repeats(scale))
            .map(|_| {
                let running = target.start()?;
                let begin = Instant::now();
                drop(running);
                drop(target.start()?);
                Ok([begin.elapsed().as_secs_f64()])
            })
            .collect::<io::Result<Vec<_>>>()?;
        return Ok(medians([RESET], &rows));
    }
    let broker = broker()?;
    let rows = (0..repeats(scale))
        .map(|_| {
            let clients = (0..10)
                .map(|n| client::subscriber(broker.addr(), &format!("bench-{n}"), &["a/+"], 1))
                .collect::<io::Result<Vec<_>>>()?;
            for n in 0..100 {
                let message = Injected::text(format!("a/{n}"), "x")
                    .qos(QoS::AtLeastOnce)
                    .retained();
                broker.publish(message).wait().map_err(io::Error::other)?;
            }
            let begin = Instant::now();
            broker.reset().wait().map_err(io::Error::other)?;
            let elapsed = begin.elapsed();
            drop(clients);
            Ok([elapsed.as_secs_f64()])
        })
        .collect::<io::Result<Vec<_>>>()?;
    Ok(medians([RESET], &rows))
}

fn settle(_: &Target, scale: Scale) -> io::Result<Vec<Measure>> {
    let broker = broker()?;
    let mut publisher = client::connect(broker.addr(), "bench-publisher")?;
    let message = packet::publish("a", 0, false, 0, b"x");
    let batch = message.repeat(100);
    let rows = (1..=repeats(scale))
        .map(|n| {
            publisher.write_all(&batch)?;
            let begin = Instant::now();
            broker.settle().wait().map_err(io::Error::other)?;
            let elapsed = begin.elapsed();
            let stats = broker.stats().wait().map_err(io::Error::other)?;
            if stats.publish_received != n as u64 * 100 {
                return Err(io::Error::other(format!(
                    "settled, and only {} of {} messages were there",
                    stats.publish_received,
                    n * 100
                )));
            }
            Ok([elapsed.as_secs_f64()])
        })
        .collect::<io::Result<Vec<_>>>()?;
    Ok(medians([SETTLE], &rows))
}

fn thousand(target: &Target, scale: Scale) -> io::Result<Vec<Measure>> {
    if target != &Target::Ours {
        let begin = Instant::now();
        let running = (0..PROCESSES)
            .map(|_| target.start())
            .collect::<io::Result<Vec<_>>>()?;
        let started = begin.elapsed().as_secs_f64();
        let bytes: u64 = running
            .iter()
            .filter_map(|running| running.process?.resident_bytes())
            .sum();
        let begin = Instant::now();
        drop(running);
        let stopped = begin.elapsed().as_secs_f64();
        let count = PROCESSES as f64;
        return Ok(medians(
            [START_EACH, EACH, STOP_EACH],
            &[[started / count, bytes as f64 / count, stopped / count]],
        ));
    }
    // In a process that has done nothing else: memory that was freed before would be used again and not counted.
    let count = if scale.quick { "100" } else { "1000" };
    let output = Command::new(std::env::current_exe()?)
        .args(["many", count])
        .output()?;
    let figures: Vec<f64> = String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .filter_map(|figure| figure.parse().ok())
        .collect();
    let row = <[f64; 3]>::try_from(figures)
        .map_err(|_| io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))?;
    Ok(medians([START_EACH, EACH, STOP_EACH], &[row]))
}

/// Starts many brokers here and prints, for each of them: seconds to start, bytes, seconds to stop.
pub fn many(count: usize) -> io::Result<()> {
    let files = count as u64 * FILES_EACH + 100;
    let allowed = allow_open_files(files);
    if allowed < files {
        return Err(io::Error::other(format!(
            "only {allowed} open files are allowed here (`ulimit -n`), too few for {count} brokers"
        )));
    }
    let own = Process(std::process::id());
    let resident = || own.resident_bytes().unwrap_or(0) as f64;
    // What the first one sets up for the whole process is not the others' cost.
    drop(broker()?);
    let before = resident();
    let begin = Instant::now();
    let brokers = (0..count).map(|_| broker()).collect::<io::Result<Vec<_>>>()?;
    let started = begin.elapsed().as_secs_f64();
    let held = resident() - before;
    let begin = Instant::now();
    drop(brokers);
    let stopped = begin.elapsed().as_secs_f64();
    let count = count as f64;
    println!("{} {} {}", started / count, held / count, stopped / count);
    Ok(())
}
