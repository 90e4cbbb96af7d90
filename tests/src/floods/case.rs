//! The floods of clients that are let in.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use packets::{publish, subscribe};

use super::client::Client;
use super::ground::Ground;
use crate::harness::way::Way;

pub type Threads = Vec<JoinHandle<()>>;

/// One flood.
pub struct Case {
    pub name: &'static str,
    /// Which way the greedy clients come; all others come over TCP.
    pub way: Way,
    /// Settings of our broker.
    pub settings: &'static [&'static str],
    /// Rules on the lines of our broker, as a file of `--script`; empty = none.
    pub rules: &'static str,
    /// What has to be there before it begins, at the address of the others.
    pub prepare: fn(SocketAddr) -> io::Result<()>,
    /// Begins it; it goes on until it is over or the broker is gone.
    pub begin: fn(&Arc<Ground>) -> io::Result<Threads>,
}

/// One of those over TCP; the others say what differs.
pub const FLOOD: Case = Case {
    name: "",
    way: Way::Tcp,
    settings: &[],
    rules: "",
    prepare: |_| Ok(()),
    begin: |_| Ok(Vec::new()),
};

/// Two rules on the bytes of everybody who is called `greedy`; the others are called otherwise.
const LATE_AND_NARROW: &str = r#"
[[fault]]
name = "late"
client = { matches = "^greedy-" }
type = "latency"
stream = "both"
attributes = { latency = 100, jitter = 50 }
[[fault]]
name = "narrow"
client = { matches = "^greedy-" }
type = "bandwidth"
stream = "both"
attributes = { rate = 100 }
"#;

pub const CASES: &[Case] = &[
    Case {
        name: "PINGREQ, 8 connections",
        begin: |ground| many(ground, 8, &[0xC0, 0].repeat(32_768)),
        ..FLOOD
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
        begin: |ground| many(ground, 1, &subscribe(1, &["ret/#"; 1000], 0)),
        ..FLOOD
    },
    Case {
        name: "QoS 1 to 1,000 offline sessions",
        prepare: |addr| away(addr, 1000),
        begin: |ground| many(ground, 1, &publish("away", 1, false, 1, b"x").repeat(1000)),
        ..FLOOD
    },
    Case {
        name: "2^16 filters over {a,+}",
        begin: |ground| {
            let filters: Vec<String> = (0..1u32 << 16)
                .map(|bits| {
                    (0..16)
                        .map(|level| if bits >> level & 1 == 0 { "a" } else { "+" })
                        .collect::<Vec<_>>()
                        .join("/")
                })
                .collect();
            let mut subscriber = Client::connect(ground.addr(), "overlapping", true)?;
            for some in filters.chunks(1000) {
                subscriber.subscribe(&some.iter().map(String::as_str).collect::<Vec<_>>(), 0)?;
            }
            let mut threads = vec![subscriber.read_all(ground)?];
            threads.extend(many(
                ground,
                1,
                &publish(&["a"; 16].join("/"), 0, false, 1, b"x").repeat(1000),
            )?);
            Ok(threads)
        },
        ..FLOOD
    },
    Case {
        name: "QoS 1 to $SYS/x, answers not read",
        begin: |ground| {
            let client = Client::that_does_not_read(ground.addr(), "greedy")?;
            client.flood(
                publish("$SYS/x", 1, false, 1, b"1234").repeat(4096),
                false,
                ground,
            )
        },
        ..FLOOD
    },
    Case {
        name: "PINGREQ, answers not read",
        begin: |ground| {
            let client = Client::that_does_not_read(ground.addr(), "greedy")?;
            client.flood([0xC0, 0].repeat(32_768), false, ground)
        },
        ..FLOOD
    },
    Case {
        name: "165 x 10 MB at QoS 1 to one that does not read",
        begin: |ground| {
            let mut reader = Client::that_does_not_read(ground.addr(), "stuck")?;
            reader.subscribe(&["big"], 1)?;
            let threads = Client::connect(ground.addr(), "publisher", true)?.flood(
                publish("big", 1, false, 1, &vec![7; 10_000_000]),
                true,
                ground,
            )?;
            // It stays open until the broker is gone.
            std::mem::forget(reader);
            Ok(threads)
        },
        ..FLOOD
    },
    Case {
        name: "198 wills of 10 MB",
        begin: |ground| {
            let ground = ground.clone();
            Ok(vec![std::thread::spawn(move || {
                let properties = vec!["x".repeat(65_000); 154];
                let mut held = Vec::new();
                for number in 0..198 {
                    if ground.is_over() {
                        return;
                    }
                    // One that is refused is no failure.
                    held.extend(Client::with_will(
                        ground.addr(),
                        &format!("will-{number}"),
                        &properties,
                    ));
                }
            })])
        },
        ..FLOOD
    },
    Case {
        name: "100 clients on a late and narrow road",
        rules: LATE_AND_NARROW,
        begin: |ground| many(ground, 100, &publish("road", 1, false, 1, &[7; 1000]).repeat(64)),
        ..FLOOD
    },
    Case {
        name: "gigabytes queued for 50 offline sessions",
        prepare: |addr| away(addr, 50),
        begin: |ground| many(ground, 4, &publish("away", 1, false, 1, &[7; 1000]).repeat(64)),
        ..FLOOD
    },
];

fn many(ground: &Arc<Ground>, count: usize, block: &[u8]) -> io::Result<Threads> {
    let mut threads = Vec::new();
    for number in 0..count {
        let client = Client::connect(ground.addr(), &format!("greedy-{number}"), true)?;
        threads.extend(client.flood(block.to_vec(), true, ground)?);
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
