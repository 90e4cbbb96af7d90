//! Two hundred brokers, begun and ended by requests to one: nothing of them is left. Alone in this file, for it counts the
//! threads and the open files of the whole process.
#![cfg(target_os = "linux")]

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use broker::wire::Version;
use broker::{Broker, QoS};
use serde_json::json;
use tests::harness::api::Api;
use tests::harness::raw::text;
use tests::harness::{Client, DEADLINE, message};

/// So many at once that they get into each other's way, and so few that 1,024 open files are enough for them.
const AT_ONCE: usize = 20;
const BROKERS: usize = 200;

/// Threads and files.
type Census = (Vec<String>, Vec<String>);

/// The threads of this process, by name, and its open files. A socket is one of many: it counts as such.
fn census() -> Census {
    let mut threads: Vec<String> = fs::read_dir("/proc/self/task")
        .expect("/proc is there")
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .collect();
    let mut files: Vec<String> = fs::read_dir("/proc/self/fd")
        .expect("/proc is there")
        .filter_map(|file| Some(fs::read_link(file.ok()?.path()).ok()?.display().to_string()))
        // The directory that is being read.
        .filter(|target| !target.contains("/proc/"))
        .map(|target| target.split(':').next().unwrap_or_default().to_owned())
        .collect();
    threads.sort();
    files.sort();
    (threads, files)
}

/// Resident memory of this process, in KiB.
fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("/proc is there");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .expect("the system tells")
}

/// One broker, used and ended, and how long it took to have it.
fn one(api: Api, number: usize) -> Duration {
    let begun = Instant::now();
    let child = api
        .post("brokers", &json!({"session": {"max_inflight": 5}}))
        .json(201);
    let took = begun.elapsed();
    let addr = child["url"].as_str().and_then(|url| url.strip_prefix("mqtt://"));
    let addr: SocketAddr = addr.expect("a URL").parse().expect("an address");
    let mut client = Client::new(addr, [Version::V311, Version::V5][number % 2], "client");
    client.subscribe("a", QoS::AtLeastOnce);
    client.publish(&message("a", &number.to_string(), QoS::AtLeastOnce));
    assert_eq!(text(&client.receive()), number.to_string());
    // Its own API is there, and knows nothing of the others.
    let own = Api::at(addr);
    assert_eq!(own.get("stats").json(200)["clients_connected"], 1);
    assert_eq!(own.get("brokers").json(200), json!({"brokers": []}));
    let id = child["id"].as_str().expect("a name");
    match number % 3 {
        // With the client still there, without it, and in the middle of a wait of its own.
        0 => drop(api.delete(&format!("brokers/{id}")).json(200)),
        1 => {
            drop(client);
            api.delete(&format!("brokers/{id}")).json(200);
        }
        _ => {
            let never = br#"{"pattern": {"topic": "never"}, "timeout_secs": 600}"#;
            let waits = own.begin("POST", "messages/wait", &[], never);
            api.delete(&format!("brokers/{id}")).json(200);
            drop(waits);
        }
    }
    took
}

/// So many brokers from this number on, and how long it took to have each.
fn many(api: Api, from: usize, count: usize) -> Vec<Duration> {
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|worker| {
            thread::spawn(move || {
                let mine = (0..count / AT_ONCE).map(|round| one(api, from + worker + round * AT_ONCE));
                mine.collect::<Vec<_>>()
            })
        })
        .collect();
    let done = workers.into_iter();
    done.flat_map(|worker| worker.join().expect("it passed"))
        .collect()
}

#[test]
fn nothing_is_left_of_them() {
    let broker = Broker::start().wait().expect("it starts");
    let api = Api::of(&broker);
    // What the first ones set up for the whole process, once.
    for number in 0..6 {
        one(api, number);
    }
    let settled = |wanted: &dyn Fn(&Census) -> bool| {
        // What was ended may stay in /proc for a moment more.
        let began = Instant::now();
        let mut now = census();
        while !wanted(&now) && began.elapsed() < DEADLINE {
            thread::yield_now();
            now = census();
        }
        now
    };
    let is_alone = |now: &Census| now.0.iter().filter(|name| name.starts_with("broker")).count() == 2;
    let before = settled(&is_alone);
    assert!(
        is_alone(&before),
        "the broker's thread and that of its API: {before:?}"
    );
    let mut took = Vec::new();
    let mut memory = Vec::new();
    for round in 0..2 {
        took.extend(many(api, round * BROKERS / 2, BROKERS / 2));
        memory.push(resident_kib());
    }
    took.sort();
    // The first half brings what the allocator keeps for its threads; the second half, no more than that.
    let grown = memory[1].saturating_sub(memory[0]);
    println!(
        "{BROKERS} brokers, {AT_ONCE} at a time: begun in {:?} (median); memory {memory:?} KiB",
        took[BROKERS / 2]
    );
    assert!(
        grown < 50 * BROKERS as u64 / 2,
        "memory grew by {grown} KiB: {memory:?}"
    );

    // Those that nobody ended end with the one that began them.
    let more: Vec<SocketAddr> = (0..5)
        .map(|_| {
            let child = api.post("brokers", &json!({})).json(201);
            let url = child["url"].as_str().expect("a URL").replace("mqtt://", "");
            url.parse().expect("an address")
        })
        .collect();
    assert_eq!(api.delete("brokers").json(200), json!({"removed": 5}));
    for addr in more {
        assert!(TcpStream::connect(addr).is_err(), "{addr}");
    }

    // Before, some connection may have been on its way out.
    let is_as_before = |now: &Census| now.0 == before.0 && now.1.len() <= before.1.len();
    let after = settled(&is_as_before);
    assert!(is_as_before(&after), "now: {after:?}\nbefore: {before:?}");
    drop(broker);
    let none = |now: &Census| !now.0.iter().any(|name| name.starts_with("broker"));
    assert!(none(&settled(&none)), "{:?}", census());
}
