//! The memory of a target when nothing happens.

use std::io;
use std::net::TcpStream;

use super::{Case, Scale};
use crate::bench::client;
use crate::bench::measure::{Measure, Metric, Unit};
use crate::bench::process::{Process, allow_open_files};
use crate::bench::target::{Running, Target};

const RESIDENT: Metric = Metric {
    id: "resident",
    title: "resident memory",
    unit: Unit::Bytes,
};
const EACH: Metric = Metric {
    id: "each",
    title: "resident memory a connection",
    unit: Unit::Bytes,
};

/// Files that the generator needs besides the connections.
const OTHER_FILES: u64 = 100;

const GROUP: &str = "Memory";

pub(super) const CASES: [Case; 2] = [
    Case {
        group: GROUP,
        name: "start-memory",
        title: "After the start",
        metrics: &[RESIDENT],
        suits: |target| !matches!(target, Target::Relay | Target::Address(_)),
        run: |target, _| {
            let running = target.start()?;
            Ok(vec![RESIDENT.is(resident(&running)?)])
        },
    },
    Case {
        group: GROUP,
        name: "idle",
        title: "10,000 idle connections",
        metrics: &[EACH, RESIDENT],
        suits: |target| !matches!(target, Target::Relay | Target::Address(_)),
        run: idle,
    },
];

fn idle(target: &Target, scale: Scale) -> io::Result<Vec<Measure>> {
    let count = if scale.quick { 1000 } else { 10_000 };
    let allowed = allow_open_files(count + OTHER_FILES);
    if allowed < count + OTHER_FILES {
        return Err(io::Error::other(format!(
            "only {allowed} open files are allowed here (`ulimit -n`), too few for {count} connections"
        )));
    }
    let running = target.start()?;
    let before = resident(&running)?;
    let clients = (0..count)
        .map(|number| client::connect(running.addr, &format!("bench-{number:05}")))
        .collect::<io::Result<Vec<TcpStream>>>()?;
    let after = resident(&running)?;
    drop(clients);
    Ok(vec![EACH.is((after - before) / count as f64), RESIDENT.is(after)])
}

fn resident(running: &Running) -> io::Result<f64> {
    let bytes = running.process.and_then(Process::resident_bytes);
    bytes
        .map(|bytes| bytes as f64)
        .ok_or_else(|| io::Error::other("the system does not tell how much memory a process has"))
}
