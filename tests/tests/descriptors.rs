//! While there are no file descriptors left, a client waits to be let in, and nothing is proven. Alone in its file: the
//! limit is that of the whole process.

#![cfg(unix)]

use std::fs::File;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use broker::Broker;
use broker::expect::publish;
use broker::wire::Version;
use tests::harness::Client;

#[test]
fn a_client_that_cannot_be_let_in_keeps_the_verdict_open() {
    let mut broker = Broker::start().wait().expect("it starts");
    let _another = Client::new(broker.addr(), Version::V311, "another");
    let (_, hard) = rlimit::getrlimit(rlimit::Resource::NOFILE).expect("it can be asked");
    rlimit::setrlimit(rlimit::Resource::NOFILE, 64.min(hard), hard).expect("it can be lowered");
    let mut files: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    // One for the client itself; and none for the broker, which is the same process.
    files.pop();
    let mut client = TcpStream::connect(broker.addr()).expect("the system lets it wait");
    client
        .write_all(b"\x10\x12\0\x04MQTT\x04\x02\0\0\0\x06device\x30\x09\0\x05alarmon")
        .expect("the system takes it");

    broker.set_deadline(Duration::from_millis(200));
    let settle = broker.settle().wait().expect_err("a client waits").to_string();
    let never = broker.expect(publish("alarm")).never().check().wait();
    let never = never.expect_err("a client waits").to_string();
    drop(files);
    for said in [settle, never] {
        assert!(said.contains("cannot be let in: Too many open files"), "{said}");
    }

    broker.set_deadline(broker::DEFAULT_DEADLINE);
    broker.settle().wait().expect("it was let in");
    assert_eq!(broker.stats().wait().expect("it runs").publish_received, 1);
    broker
        .expect(publish("alarm"))
        .never()
        .check()
        .wait()
        .expect_err("it came");
}
