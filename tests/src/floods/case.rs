//! The floods.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;

use packets::{publish, subscribe};

use super::client::Client;

type Threads = io::Result<Vec<JoinHandle<()>>>;

/// One flood.
pub struct Case {
    pub name: &'static str,
    /// What has to be there before it begins.
    pub prepare: fn(SocketAddr) -> io::Result<()>,
    /// Begins it; it goes on until it is over or the broker is gone.
    pub begin: fn(SocketAddr, &Arc<AtomicBool>) -> Threads,
}

pub const CASES: &[Case] = &[
    Case {
        name: "PINGREQ, 8 connections",
        prepare: |_| Ok(()),
        begin: |addr, over| many(addr, over, 8, &[0xC0, 0].repeat(32_768)),
    },
    Case {
        name: "SUBSCRIBE of 1,000 x ret/#, 1,000 retained",
        prepare: |addr| {
            let mut client = Client::connect(addr, "retainer", true)?;
            for number in 0..1000 {
                io::Write::write_all(
                    &mut client.stream,
                    &publish(&format!("ret/{number}"), 1, true, 1, b"retained"),
                )?;
                client.next()?;
            }
            Ok(())
        },
        begin: |addr, over| many(addr, over, 1, &subscribe(1, &["ret/#"; 1000], 0)),
    },
    Case {
        name: "QoS 1 to 1,000 offline sessions",
        prepare: |addr| away(addr, 1000),
        begin: |addr, over| many(addr, over, 1, &publish("away", 1, false, 1, b"x").repeat(1000)),
    },
    Case {
        name: "2^16 filters over {a,+}",
        prepare: |_| Ok(()),
        begin: |addr, over| {
            let filters: Vec<String> = (0..1u32 << 16)
                .map(|bits| {
                    (0..16)
                        .map(|level| if bits >> level & 1 == 0 { "a" } else { "+" })
                        .collect::<Vec<_>>()
                        .join("/")
                })
                .collect();
            let mut subscriber = Client::connect(addr, "overlapping", true)?;
            for some in filters.chunks(1000) {
                subscriber.subscribe(&some.iter().map(String::as_str).collect::<Vec<_>>(), 0)?;
            }
            let mut threads = vec![subscriber.read_all(over)?];
            threads.extend(many(
                addr,
                over,
                1,
                &publish(&["a"; 16].join("/"), 0, false, 1, b"x").repeat(1000),
            )?);
            Ok(threads)
        },
    },
    Case {
        name: "QoS 1 to $SYS/x, answers not read",
        prepare: |_| Ok(()),
        begin: |addr, over| {
            let client = Client::that_does_not_read(addr, "greedy")?;
            client.flood(publish("$SYS/x", 1, false, 1, b"1234").repeat(4096), false, over)
        },
    },
    Case {
        name: "PINGREQ, answers not read",
        prepare: |_| Ok(()),
        begin: |addr, over| {
            let client = Client::that_does_not_read(addr, "greedy")?;
            client.flood([0xC0, 0].repeat(32_768), false, over)
        },
    },
    Case {
        name: "165 x 10 MB at QoS 1 to one that does not read",
        prepare: |_| Ok(()),
        begin: |addr, over| {
            let mut reader = Client::that_does_not_read(addr, "stuck")?;
            reader.subscribe(&["big"], 1)?;
            let threads = Client::connect(addr, "publisher", true)?.flood(
                publish("big", 1, false, 1, &vec![7; 10_000_000]),
                true,
                over,
            )?;
            // It stays open until the broker is gone.
            std::mem::forget(reader);
            Ok(threads)
        },
    },
    Case {
        name: "198 wills of 10 MB",
        prepare: |_| Ok(()),
        begin: |addr, over| {
            let over = over.clone();
            Ok(vec![std::thread::spawn(move || {
                let properties = vec!["x".repeat(65_000); 154];
                let mut held = Vec::new();
                for number in 0..198 {
                    if over.load(std::sync::atomic::Ordering::Relaxed) {
                        return;
                    }
                    // One that is refused is no failure.
                    held.extend(Client::with_will(addr, &format!("will-{number}"), &properties));
                }
            })])
        },
    },
    Case {
        name: "gigabytes queued for 50 offline sessions",
        prepare: |addr| away(addr, 50),
        begin: |addr, over| {
            many(
                addr,
                over,
                4,
                &publish("away", 1, false, 1, &[7; 1000]).repeat(64),
            )
        },
    },
];

fn many(addr: SocketAddr, over: &Arc<AtomicBool>, count: usize, block: &[u8]) -> Threads {
    let mut threads = Vec::new();
    for number in 0..count {
        let client = Client::connect(addr, &format!("greedy-{number}"), true)?;
        threads.extend(client.flood(block.to_vec(), true, over)?);
    }
    Ok(threads)
}

/// Sessions that are subscribed and away.
fn away(addr: SocketAddr, count: usize) -> io::Result<()> {
    for number in 0..count {
        Client::connect(addr, &format!("away-{number}"), false)?.subscribe(&["away"], 1)?;
    }
    Ok(())
}
