//! How long one message takes, how long a start takes, how fast clients come and go.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Case, Scale, any};
use crate::bench::client;
use crate::bench::measure::{Measure, Metric, Unit, quantile};
use crate::bench::packet::{self, DISCONNECT};
use crate::bench::ping::Ping;
use crate::bench::process::Process;
use crate::bench::target::{self, Target};
use crate::harness::way::Way;
use crate::line::tls;

pub(super) const P50: Metric = Metric {
    id: "p50",
    title: "half of them within",
    unit: Unit::Seconds,
};
pub(super) const P99: Metric = Metric {
    id: "p99",
    title: "99 % within",
    unit: Unit::Seconds,
};
const TIME: Metric = Metric {
    id: "time",
    title: "time",
    unit: Unit::Seconds,
};
pub(super) const CONNECTIONS: Metric = Metric {
    id: "rate",
    title: "connections",
    unit: Unit::PerSecond,
};
pub(super) const CPU_EACH: Metric = Metric {
    id: "cpu-each",
    title: "broker CPU a connection",
    unit: Unit::Seconds,
};

/// Round trips before the measured ones.
const WARM_UP: u32 = 200;

/// Clients come and go for so long at most.
const CONNECTING: Duration = Duration::from_secs(10);

const GROUP: &str = "Latency, start, connections";

pub(super) const CASES: [Case; 6] = [
    Case {
        group: GROUP,
        name: "rtt-qos0",
        title: "Round trip, QoS 0",
        metrics: &[P50, P99],
        suits: any,
        run: |target, scale| round_trip(target, scale, Way::Tcp, 0),
    },
    Case {
        group: GROUP,
        name: "rtt-qos1",
        title: "Round trip, QoS 1",
        metrics: &[P50, P99],
        suits: any,
        run: |target, scale| round_trip(target, scale, Way::Tcp, 1),
    },
    Case {
        group: GROUP,
        name: "small-writes",
        title: "Three small writes from a socket with Nagle's algorithm, the last one there",
        metrics: &[P50, P99],
        suits: any,
        run: small_writes,
    },
    Case {
        group: GROUP,
        name: "spawn",
        title: "Process started to CONNACK",
        metrics: &[TIME],
        suits: |target| !matches!(target, Target::Relay | Target::Address(_)),
        run: spawn,
    },
    Case {
        group: GROUP,
        name: "embedded",
        title: "Started in-process to CONNACK",
        metrics: &[TIME],
        suits: |target| target == &Target::Ours,
        run: embedded,
    },
    Case {
        group: GROUP,
        name: "connects",
        title: "Connect and disconnect, one after the other",
        metrics: &[CONNECTIONS, CPU_EACH],
        suits: any,
        run: |target, scale| connects(target, scale, Way::Tcp, false),
    },
];

pub(super) fn round_trip(target: &Target, scale: Scale, way: Way, qos: u8) -> io::Result<Vec<Measure>> {
    let running = target.start_over(way)?;
    let mut ping = Ping::new(running.door(), "bench/ping", qos)?;
    for _ in 0..WARM_UP {
        ping.once()?;
    }
    let begin = Instant::now();
    let times = ping.repeat(|| begin.elapsed() >= scale.time)?;
    Ok(vec![P50.is(times.quantile(0.5)), P99.is(times.quantile(0.99))])
}

/// The socket is as the system makes it: after CONNACK its kernel holds the second write back until the first is
/// acknowledged.
fn small_writes(target: &Target, scale: Scale) -> io::Result<Vec<Measure>> {
    const TOPIC: &str = "bench/small";
    let running = target.start()?;
    let mut subscriber = client::subscriber(running.addr, "bench-small-sub", &[TOPIC], 0)?;
    let message = packet::publish(TOPIC, 0, false, 0, &packet::payload(1));
    let mut times = Vec::new();
    let begin = Instant::now();
    while begin.elapsed() < scale.time {
        let mut publisher = TcpStream::connect(running.addr)?;
        client::handshake(&mut publisher, "bench-small-pub")?;
        let sent = Instant::now();
        for _ in 0..3 {
            publisher.write_all(&message)?;
        }
        for _ in 0..3 {
            packets::read(&mut subscriber)?;
        }
        times.push(sent.elapsed().as_secs_f64());
        publisher.write_all(&DISCONNECT)?;
    }
    let within = |q| quantile(&times, q).unwrap_or(f64::NAN);
    Ok(vec![P50.is(within(0.5)), P99.is(within(0.99))])
}

fn spawn(target: &Target, scale: Scale) -> io::Result<Vec<Measure>> {
    median_of(if scale.quick { 5 } else { 20 }, || {
        target::start_to_connack(target).map(|time| time.as_secs_f64())
    })
}

fn embedded(_: &Target, scale: Scale) -> io::Result<Vec<Measure>> {
    median_of(if scale.quick { 5 } else { 20 }, || {
        let begin = Instant::now();
        let broker = broker::Broker::start().wait().map_err(io::Error::other)?;
        let client = client::connect(broker.addr(), "bench-first")?;
        let elapsed = begin.elapsed().as_secs_f64();
        drop(client);
        Ok(elapsed)
    })
}

fn median_of(times: usize, mut once: impl FnMut() -> io::Result<f64>) -> io::Result<Vec<Measure>> {
    let values = (0..times).map(|_| once()).collect::<io::Result<Vec<_>>>()?;
    Ok(quantile(&values, 0.5)
        .map(|median| TIME.is(median))
        .into_iter()
        .collect())
}

/// `resumed`: each continues the TLS session of the one before.
pub(super) fn connects(target: &Target, scale: Scale, way: Way, resumed: bool) -> io::Result<Vec<Measure>> {
    let running = target.start_over(way)?;
    let mut door = running.door();
    if resumed {
        door.tls = Arc::new(tls::client_with(rustls::DEFAULT_VERSIONS).map_err(io::Error::other)?);
        client::connect_over(&door, "bench-first")?.write_all(&DISCONNECT)?;
    }
    // Few enough that the ports they leave behind do not run out, and no longer than a slow one may keep the others waiting.
    let count = match (way, scale.quick) {
        (Way::Tcp, false) => 4000,
        (_, false) => 2000,
        (_, true) => 500,
    };
    let before = running.process.and_then(Process::cpu);
    let (begin, mut done) = (Instant::now(), 0_u32);
    while done < count && begin.elapsed() < CONNECTING {
        let mut client = client::connect_over(&door, &format!("bench-{done}"))?;
        if client.is_resumed() != resumed {
            return Err(io::Error::other(
                "a TLS session was not resumed, or should not have been",
            ));
        }
        client.write_all(&DISCONNECT)?;
        done += 1;
    }
    let elapsed = begin.elapsed().as_secs_f64();
    let mut measures = vec![CONNECTIONS.is(f64::from(done) / elapsed)];
    if let (Some(before), Some(after)) = (before, running.process.and_then(Process::cpu)) {
        let spent = after.saturating_sub(before).as_secs_f64();
        measures.push(CPU_EACH.is(spent / f64::from(done)));
    }
    Ok(measures)
}
