//! Messages a second by QoS, size and shape, over each way in; and the time that they take at half of that.

use std::io;

use super::Scale;
use super::flow::{Flowed, Load, flow};
use super::results::Speed;
use crate::bench::client;
use crate::bench::process::{Process, allow_open_files};
use crate::bench::target::{Running, Target};
use crate::harness::way::Way;
use crate::line::Line;

const TOPIC: &str = "bench/t";
/// Unacknowledged messages of all publishers together, and of one at least.
const WINDOW: (usize, usize) = (100, 10);

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// What clients come through.
    pub way: Way,
    /// How many publish.
    pub publishers: usize,
    /// How many get everything.
    pub subscribers: usize,
    /// Of all messages and subscriptions.
    pub qos: u8,
    /// Bytes of a payload.
    pub bytes: usize,
}

impl Case {
    /// Its name on the command line.
    pub fn name(&self) -> String {
        let Self {
            way,
            publishers,
            subscribers,
            qos,
            bytes,
        } = self;
        format!("{way}-{publishers}-{subscribers}-qos{qos}-{bytes}")
    }

    /// Its name for people.
    pub fn title(&self) -> String {
        let Self {
            way,
            publishers,
            subscribers,
            qos,
            bytes,
        } = self;
        format!("{way}, {publishers} → {subscribers}, QoS {qos}, {bytes} B")
    }
}

/// Over TCP with every size, over the others with one.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let ways: [(Way, &[usize]); 3] = [
        (Way::Tcp, &[64, 1024, 65_536]),
        (Way::Tls, &[1024]),
        (Way::Ws, &[1024]),
    ];
    for (way, sizes) in ways {
        for (publishers, subscribers) in [(1, 1), (1, 100), (100, 1)] {
            for qos in 0..3 {
                cases.extend(sizes.iter().map(|bytes| Case {
                    way,
                    publishers,
                    subscribers,
                    qos,
                    bytes: *bytes,
                }));
            }
        }
    }
    cases
}

/// One run of one row: as many messages as go, and then half of that against a broker that was started anew.
pub fn run(case: &Case, target: &Target, scale: Scale) -> io::Result<Speed> {
    allow_open_files(1000);
    let (first, process) = flowed(case, target, scale, None)?;
    let rate = first.received.messages as f64 / first.elapsed.as_secs_f64();
    if first.received.messages == 0 {
        return Err(io::Error::other("nothing arrived"));
    }
    let pace = rate / 2.0 / case.subscribers as f64;
    let (second, _) = flowed(case, target, scale, Some(pace))?;
    Ok(Speed {
        rate,
        lost: (!first.received.is_unfinished)
            .then(|| 1.0 - first.received.messages as f64 / first.expected.max(1) as f64),
        half_secs: second.received.quantile(0.5),
        most_secs: second.received.quantile(0.99),
        ..process
    })
}

/// What came of one flow, and what it cost the broker.
fn flowed(case: &Case, target: &Target, scale: Scale, pace: Option<f64>) -> io::Result<(Flowed, Speed)> {
    let running = target.start_over(case.way)?;
    let mut subscribers = connect(&running, "sub", case.subscribers)?;
    for line in &mut subscribers {
        client::subscribe(line, &[TOPIC], case.qos)?;
    }
    let publishers = connect(&running, "pub", case.publishers)?;
    let (all, least) = WINDOW;
    let load = Load {
        qos: case.qos,
        bytes: case.bytes,
        window: (all / case.publishers).max(least),
        pace,
        time: scale.time,
    };
    let before = running.process.and_then(Process::cpu);
    let flowed = flow(publishers, subscribers, TOPIC, load)?;
    let spent = running.process.and_then(Process::cpu).zip(before);
    let spent = spent.map_or(0.0, |(after, before)| after.saturating_sub(before).as_secs_f64());
    let cost = Speed {
        rate: 0.0,
        lost: None,
        half_secs: 0.0,
        most_secs: 0.0,
        peak_bytes: running.process.and_then(Process::peak_bytes).unwrap_or(0),
        cpu_secs: spent / flowed.received.messages.max(1) as f64,
    };
    Ok((flowed, cost))
}

fn connect(running: &Running, what: &str, count: usize) -> io::Result<Vec<Line>> {
    (0..count)
        .map(|n| client::connect_over(&running.door(), &format!("{what}-{n:03}")))
        .collect()
}
