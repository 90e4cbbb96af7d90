//! A thousand brokers alive in one process, each with a client, and then none. Alone in this file, for it counts the threads
//! and the open files of the whole process.
#![cfg(target_os = "linux")]

use std::fs;
use std::net::TcpStream;
use std::time::Instant;

use broker::Broker;
use broker::wire::Version;
use tests::harness::{Client, DEADLINE};

const BROKERS: usize = 1000;
/// Of a broker with a client, both ends of it, and of the process itself.
const FILES: u64 = BROKERS as u64 * 10 + 100;

/// Threads and open files of this process.
fn census() -> (usize, usize) {
    let count = |folder: &str| fs::read_dir(folder).expect("/proc is there").count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

#[test]
fn a_thousand_brokers_live_at_once_share_nothing_and_go_away() {
    let allowed = rlimit::increase_nofile_limit(FILES).expect("it can be asked");
    if allowed < FILES {
        eprintln!("skipped: {allowed} open files are allowed here; to enable: ulimit -n {FILES}");
        return;
    }
    // What the first one sets up for the whole process, once.
    drop(Broker::start().wait().expect("it starts"));
    let before = census();
    let brokers: Vec<Broker> = (0..BROKERS)
        .map(|_| Broker::start().wait().expect("it starts"))
        .collect();
    let clients: Vec<Client> = brokers
        .iter()
        .map(|broker| Client::new(broker.addr(), Version::V5, "client"))
        .collect();
    for broker in &brokers {
        let state = broker.state().wait().expect("it runs");
        assert_eq!(state.sessions.len(), 1, "of its own client alone");
    }
    let addrs: Vec<_> = brokers.iter().map(Broker::addr).collect();
    drop(clients);
    drop(brokers);
    // A thread that was joined may stay in /proc for a moment more.
    let began = Instant::now();
    while census() != before && began.elapsed() < DEADLINE {
        std::thread::yield_now();
    }
    assert_eq!(census(), before, "threads and open files: now, before");
    assert!(addrs.iter().all(|addr| TcpStream::connect(addr).is_err()));
}
