//! The limit that no setting has: files that the system lets the broker open.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use broker::wire::Version;
use packets::Connect;
use serde_json::Value;
use tests::harness::binaries::program;
use tests::harness::{Bystanders, DEADLINE, Program, hello};

/// A client that waits for its CONNACK.
fn knock(addr: SocketAddr, client_id: &str) -> TcpStream {
    let mut stream = TcpStream::connect(addr).expect("the system lets it wait");
    stream
        .write_all(&Connect::new(4, client_id).bytes())
        .expect("the system takes it");
    stream
}

/// Whether CONNACK came within this time.
fn is_let_in(stream: &mut TcpStream, patience: Duration) -> bool {
    stream.set_read_timeout(Some(patience)).expect("a read timeout");
    let mut connack = [0; 4];
    match stream.read_exact(&mut connack) {
        Ok(()) => {
            assert_eq!(connack, [0x20, 2, 0, 0]);
            true
        }
        Err(error) => {
            assert!(
                matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
                "{error}"
            );
            false
        }
    }
}

#[test]
fn out_of_files_clients_wait_until_another_one_leaves() {
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -n 64; exec \"$0\" --json -p 0 --bind 127.0.0.1"])
        .arg(program("broker").get_program());
    let mut broker = Program::start(&mut command);
    let listening: Value = serde_json::from_str(&broker.line()).expect("JSON");
    let addr: SocketAddr = listening["addresses"][0]
        .as_str()
        .and_then(|addr| addr.parse().ok())
        .expect("an address");
    let bystanders = Bystanders::of(addr, &hello(Version::V5, ""));

    let (told, failed) = channel();
    let watching = thread::spawn(move || {
        let line = broker.until("accept_failed", |line| line.contains("\"accept_failed\""));
        told.send(line).expect("the test waits");
        broker
    });
    let mut clients = Vec::new();
    let said: Value = loop {
        let mut client = knock(addr, &format!("client-{}", clients.len()));
        while !is_let_in(&mut client, Duration::from_millis(50)) {
            assert!(clients.len() < 64, "more connections than files");
            if let Ok(line) = failed.try_recv() {
                panic!("it was told before the last place was taken: {line}");
            }
        }
        clients.push(client);
        // It is told once the last file is taken, which is when it would take the next client.
        if let Ok(line) = failed.recv_timeout(Duration::from_millis(5)) {
            break serde_json::from_str(&line).expect("JSON");
        }
    };
    let mut broker = watching.join().expect("it was told");
    assert_eq!(said["open_files_limit"], 64, "{said}");
    assert!(
        said["why"]
            .as_str()
            .is_some_and(|why| why.contains("Too many open files")),
        "{said}"
    );

    let mut late = knock(addr, "late");
    assert!(!is_let_in(&mut late, Duration::from_millis(200)));
    bystanders.noticed_nothing();
    clients.pop();
    assert!(is_let_in(&mut late, DEADLINE));
    drop(clients);
    broker.until("accept_resumed", |line| line.contains("\"accept_resumed\""));
}
