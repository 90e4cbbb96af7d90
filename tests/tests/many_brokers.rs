//! Two hundred brokers, in parallel: nothing of them is left. Alone in this file, for it counts the threads and the open
//! files of the whole process.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::thread;
use std::time::Instant;

use broker::wire::Version;
use broker::{Broker, QoS};
use tests::harness::raw::text;
use tests::harness::{Client, DEADLINE, message};

/// So many at once that they get into each other's way, and so few that 1,024 open files are enough for them.
const AT_ONCE: usize = 50;
const BROKERS: usize = 200;

/// The threads of this process, by name, and its open files.
fn census() -> (Vec<String>, Vec<String>) {
    let mut threads: Vec<String> = fs::read_dir("/proc/self/task")
        .expect("/proc is there")
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .collect();
    let mut files: Vec<String> = fs::read_dir("/proc/self/fd")
        .expect("/proc is there")
        .filter_map(|file| Some(fs::read_link(file.ok()?.path()).ok()?.display().to_string()))
        // The directory that is being read.
        .filter(|target| !target.contains("/proc/"))
        .collect();
    threads.sort();
    files.sort();
    (threads, files)
}

fn use_and_drop(number: usize) -> SocketAddr {
    // On an address of its own, where none of the others can take its port as soon as it is free.
    let ip = IpAddr::from([127, 0, 1, (number % AT_ONCE) as u8 + 1]);
    let here = Broker::builder().configure(|settings| settings.bind = vec![ip]);
    let broker = here.start().wait().expect("it starts");
    let addr = broker.addr();
    let mut client = Client::new(addr, [Version::V311, Version::V5][number % 2], "client");
    client.subscribe("a", QoS::AtLeastOnce);
    client.publish(&message("a", &number.to_string(), QoS::AtLeastOnce));
    assert_eq!(text(&client.receive()), number.to_string());
    match number % 3 {
        // With the client still there, without it, and in an orderly way.
        0 => drop(broker),
        1 => {
            drop(client);
            drop(broker);
        }
        _ => drop(broker.shutdown().wait()),
    }
    refused(addr);
    addr
}

fn refused(addr: SocketAddr) {
    let error = TcpStream::connect(addr).expect_err("nobody listens there");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "{addr}");
}

#[test]
fn nothing_is_left_of_them() {
    // What the first one sets up for the whole process, once.
    use_and_drop(0);
    let before = census();
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|worker| {
            thread::spawn(move || {
                (0..BROKERS / AT_ONCE)
                    .map(|round| use_and_drop(worker + round * AT_ONCE))
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let addrs: Vec<SocketAddr> = workers
        .into_iter()
        .flat_map(|worker| worker.join().expect("it passed"))
        .collect();
    assert_eq!(addrs.len(), BROKERS);
    // A thread that was joined may stay in /proc for a moment more.
    let began = Instant::now();
    while census() != before && began.elapsed() < DEADLINE {
        thread::yield_now();
    }
    assert_eq!(census(), before, "left: now, before");
}
