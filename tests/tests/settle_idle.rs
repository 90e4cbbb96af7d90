//! Waiting for the rest of a packet costs no work. Alone in its file, because it counts the work of the whole process.

#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use broker::Broker;
use broker::wire::Version;
use tests::harness::Client;

#[test]
fn half_a_packet_costs_no_processor_time() {
    let used = || -> u64 {
        // Fields 14 and 15 of the process: hundredths of a second in user mode and in the kernel.
        let stat = std::fs::read_to_string("/proc/self/stat").expect("it can be read");
        let (_, fields) = stat.rsplit_once(')').expect("the name is in parentheses");
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let field = |n: usize| fields[n - 3].parse::<u64>().expect("a number");
        field(14) + field(15)
    };
    let mut broker = Broker::start().wait().expect("it starts");
    let mut client = Client::new(broker.addr(), Version::V311, "slow");
    client.send_bytes(b"\x30\x14\x00\x05a");
    broker.set_deadline(Duration::from_secs(1));
    let (before, begun) = (used(), Instant::now());
    broker.settle().wait().expect_err("it does not settle");
    let (used, took) = (used() - before, begun.elapsed());
    assert!(used < 30, "{used} hundredths of a second of work in {took:?}");
}
