//! So many things that a broker holds: connections, subscriptions, retained and queued messages, sessions; and what each costs it.

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use super::Scale;
use super::results::Memory;
use crate::bench::process::{Process, allow_open_files};
use crate::bench::target::{Running, Target};
use crate::bench::{client, packet};
use crate::harness::way::Way;
use crate::line::{Door, Line};

/// So many clients come from one address of this machine: an address has some 28,000 ports for them.
const FROM_ONE_ADDRESS: usize = 20_000;
/// So many threads connect.
const AT_ONCE: usize = 16;
/// Files that a process needs besides its connections.
const OTHER_FILES: u64 = 100;
/// Fills our journal to both of its bounds, so that it does not grow meanwhile: so many messages, and so long ones.
const WARMING: (usize, usize) = (80_000, 256);
const PAYLOAD: [u8; 100] = [b'x'; 100];

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its name for people: what is counted.
    pub title: &'static str,
    /// The setting of ours that bounds how many there may be.
    pub setting: &'static str,
    way: Way,
    /// How many.
    count: usize,
    /// Connections that so many of them take.
    connections: fn(usize) -> usize,
    /// What has to be there before they come.
    prepare: fn(&Running, usize) -> io::Result<Vec<Line>>,
    /// Brings them; what it gives stays open until memory was looked at.
    bring: fn(&Running, &mut Vec<Line>, usize) -> io::Result<()>,
}

const IDLE: Case = Case {
    name: "idle-tcp",
    title: "idle connection, TCP",
    setting: "limits.max_connections",
    way: Way::Tcp,
    count: 50_000,
    connections: |count| count,
    prepare: |_, _| Ok(Vec::new()),
    bring: |running, lines, count| connect(running, lines, count),
};

const SUBSCRIPTIONS: Case = Case {
    setting: "limits.max_subscriptions",
    count: 100_000,
    connections: |_| 1,
    prepare: |running, _| Ok(vec![client::connect_over(&running.door(), "one")?]),
    ..IDLE
};

/// So many clients with ten filters each.
const OF_TEN: Case = Case {
    connections: |count| count / 10,
    prepare: |running, count| {
        let mut lines = Vec::new();
        connect(running, &mut lines, count / 10)?;
        Ok(lines)
    },
    ..SUBSCRIPTIONS
};

/// All of them, in the order of the page.
pub const CASES: &[Case] = &[
    IDLE,
    Case {
        name: "idle-tls",
        title: "idle connection, TLS",
        way: Way::Tls,
        count: 5_000,
        ..IDLE
    },
    Case {
        name: "idle-ws",
        title: "idle connection, WebSocket",
        way: Way::Ws,
        count: 10_000,
        ..IDLE
    },
    Case {
        name: "idle-wss",
        title: "idle connection, WebSocket in TLS",
        way: Way::Wss,
        count: 5_000,
        ..IDLE
    },
    Case {
        name: "subscriptions-one-exact",
        title: "subscription, all of one client, `s/N`",
        bring: |_, lines, count| one(lines, count, |n| packet::numbered("s/", n)),
        ..SUBSCRIPTIONS
    },
    Case {
        name: "subscriptions-one-wildcard",
        title: "subscription, all of one client, `s/N/+`",
        bring: |_, lines, count| one(lines, count, |n| packet::numbered("s/", n) + "/+"),
        ..SUBSCRIPTIONS
    },
    Case {
        name: "subscriptions-one-shared",
        title: "subscription, all of one client, `$share/g/s/N`",
        bring: |_, lines, count| one(lines, count, |n| packet::numbered("$share/g/s/", n)),
        ..SUBSCRIPTIONS
    },
    Case {
        name: "subscriptions-many-exact",
        title: "subscription, ten of each client, `s/CLIENT/N`",
        bring: |_, lines, _| {
            ten(lines, |client, n| {
                format!("{}/{n}", packet::numbered("s/", client))
            })
        },
        ..OF_TEN
    },
    Case {
        name: "subscriptions-many-wildcard",
        title: "subscription, ten of each client, `s/CLIENT/N/+`",
        bring: |_, lines, _| {
            ten(lines, |client, n| {
                format!("{}/{n}/+", packet::numbered("s/", client))
            })
        },
        ..OF_TEN
    },
    Case {
        name: "subscriptions-many-shared",
        title: "subscription, ten of each client, `$share/g/s/N`: ten groups",
        bring: |_, lines, _| ten(lines, |_, n| format!("$share/g/s/{n}")),
        ..OF_TEN
    },
    Case {
        name: "retained",
        title: "retained message of 100 bytes",
        setting: "limits.max_retained_messages",
        bring: |_, lines, count| publish(&mut lines[0], count, true, 0, |n| packet::numbered("r/", n)),
        ..SUBSCRIPTIONS
    },
    Case {
        name: "sessions",
        title: "session of a client that is away, with one subscription",
        setting: "limits.max_sessions",
        count: 10_000,
        connections: |_| 1,
        bring: |running, _, count| away(running, count, |n| packet::numbered("a/", n)),
        ..IDLE
    },
    Case {
        name: "queued-one",
        title: "message of 100 bytes, QoS 1, that waits for one session",
        setting: "session.max_queued_messages",
        prepare: |running, _| {
            away(running, 1, |_| "q".to_owned())?;
            Ok(vec![client::connect_over(&running.door(), "one")?])
        },
        bring: |_, lines, count| publish(&mut lines[0], count, false, 1, |_| "q".to_owned()),
        ..SUBSCRIPTIONS
    },
    Case {
        name: "queued-many",
        title: "place in a queue: 100 such messages for each of 1,000 sessions",
        setting: "session.max_queued_messages",
        prepare: |running, count| {
            away(running, count / 100, |_| "q".to_owned())?;
            Ok(vec![client::connect_over(&running.door(), "one")?])
        },
        bring: |_, lines, _| publish(&mut lines[0], 100, false, 1, |_| "q".to_owned()),
        ..SUBSCRIPTIONS
    },
];

/// One run of one row against a broker that is started for it.
pub fn run(case: &Case, target: &Target, scale: Scale) -> io::Result<Memory> {
    let most = if scale.quick { 200 } else { case.count };
    // The broker gets as many files as this process does, and has to find some for other things, too.
    let wanted = (case.connections)(most) as u64 + 2 * OTHER_FILES;
    let missing = wanted.saturating_sub(allow_open_files(wanted));
    let count = if case.setting == IDLE.setting {
        most.saturating_sub(usize::try_from(missing).unwrap_or(usize::MAX))
            .max(1)
    } else if missing == 0 {
        most
    } else {
        return Err(io::Error::other(format!(
            "{wanted} open files are needed (`ulimit -n`)"
        )));
    };
    let running = target.start_over(case.way)?;
    let process = running
        .process
        .ok_or_else(|| io::Error::other("it is not a process of ours"))?;
    if !scale.quick {
        warm(&running)?;
    }
    let mut lines = (case.prepare)(&running, count)?;
    let before_bytes = resident(process)?;
    let began = Instant::now();
    (case.bring)(&running, &mut lines, count)?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(Memory {
        count: count as u64,
        before_bytes,
        after_bytes: resident(process)?,
        peak_bytes: process.peak_bytes().unwrap_or(0),
        seconds,
    })
}

fn resident(process: Process) -> io::Result<u64> {
    process
        .resident_bytes()
        .ok_or_else(|| io::Error::other("the system does not tell how much memory a process has"))
}

fn warm(running: &Running) -> io::Result<()> {
    let mut line = client::connect_over(&running.door(), "warm")?;
    let (count, length) = WARMING;
    let block = packet::publish("warm", 0, false, 0, &vec![0; length]).repeat(100);
    for _ in 0..count / 100 {
        line.write_all(&block)?;
    }
    client::settle(&mut line)
}

/// Several at a time: with TLS some brokers let each wait.
fn connect(running: &Running, lines: &mut Vec<Line>, count: usize) -> io::Result<()> {
    let numbers: Vec<usize> = (0..count).collect();
    let door = running.door();
    let opened = std::thread::scope(|scope| {
        let threads: Vec<_> = numbers
            .chunks(count.div_ceil(AT_ONCE).max(1))
            .map(|some| scope.spawn(|| some.iter().map(|number| open(&door, *number)).collect()))
            .collect();
        let all = threads.into_iter().map(|thread| {
            let panicked = |_| Err(io::Error::other("a connecting thread panicked"));
            thread.join().unwrap_or_else(panicked)
        });
        all.collect::<io::Result<Vec<Vec<Line>>>>()
    })?;
    lines.extend(opened.into_iter().flatten());
    Ok(())
}

fn open(door: &Door, number: usize) -> io::Result<Line> {
    let client_id = packet::numbered("c-", number);
    match u8::try_from(number / FROM_ONE_ADDRESS) {
        Ok(0) | Err(_) => client::connect_over(door, &client_id),
        Ok(other) => client::connect_from(IpAddr::V4(Ipv4Addr::new(127, 0, 1, other)), door, &client_id),
    }
}

fn one(lines: &mut [Line], count: usize, filter: fn(usize) -> String) -> io::Result<()> {
    let filters: Vec<String> = (0..count).map(filter).collect();
    client::subscribe(&mut lines[0], &filters, 0)
}

fn ten(lines: &mut [Line], filter: fn(usize, usize) -> String) -> io::Result<()> {
    for (client, line) in lines.iter_mut().enumerate() {
        let filters: Vec<String> = (0..10).map(|n| filter(client, n)).collect();
        client::subscribe(line, &filters, 0)?;
    }
    Ok(())
}

fn publish(
    line: &mut Line,
    count: usize,
    retain: bool,
    qos: u8,
    topic: fn(usize) -> String,
) -> io::Result<()> {
    let numbers: Vec<usize> = (0..count).collect();
    // So many at once that no broker's bound of unacknowledged messages is met.
    for some in numbers.chunks(100) {
        let mut bytes = Vec::new();
        for n in some {
            let id = (n % 60_000) as u16 + 1;
            bytes.extend(packet::publish(&topic(*n), qos, retain, id, &PAYLOAD));
        }
        line.write_all(&bytes)?;
        if qos > 0 {
            for _ in some {
                packets::read(line)?;
            }
        }
    }
    client::settle(line)
}

/// Sessions that are subscribed at QoS 1, and away.
fn away(running: &Running, count: usize, filter: fn(usize) -> String) -> io::Result<()> {
    for number in 0..count {
        let client_id = packet::numbered("away-", number);
        let connect = packets::Connect {
            clean: false,
            keep_alive_secs: u16::MAX,
            ..packets::Connect::new(4, &client_id)
        };
        let mut line = running.door().open()?;
        line.write_all(&connect.bytes())?;
        packets::read(&mut line)?;
        client::subscribe(&mut line, &[filter(number)], 1)?;
        line.write_all(&packets::DISCONNECT)?;
        // The broker closes, so that none is left open when memory is looked at.
        let _ = packets::read(&mut line);
    }
    Ok(())
}
