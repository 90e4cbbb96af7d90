//! What is told of connections on every way, also of those that get no further than to be open.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpStream};
use std::time::Duration;

use broker::pattern::{Pattern, event};
use broker::settings::{Accepts, Listener};
use broker::{Broker, DEFAULT_DEADLINE, ReasonCode};
use packets::Connect;

const MOMENT: Duration = Duration::from_millis(100);

/// CONNECT of 3.1.1.
fn connect(client_id: &str) -> Vec<u8> {
    Connect::new(4, client_id).bytes()
}

fn disconnected(cause: &str) -> Pattern {
    event("disconnected").field("cause", cause)
}

/// Waits until the broker has read what was sent: it says what is missing.
fn until_it_owes(broker: &mut Broker, what: &str) {
    broker.set_deadline(MOMENT);
    while !matches!(broker.settle().wait(), Err(error) if error.to_string().contains(what)) {}
    broker.set_deadline(DEFAULT_DEADLINE);
}

#[test]
fn a_handshake_that_stalls_is_told_with_its_way() {
    for (begin, owes, way) in [
        (&b"\x16\x03\x01\x02\x00\x01"[..], "TLS", "tls"),
        (
            b"GET /mqtt HTTP/1.1\r\nHost: a",
            "the head of an HTTP request",
            "ws",
        ),
    ] {
        let mut broker = Broker::start().wait().expect("it starts");
        let mut stalls = TcpStream::connect(broker.addr()).expect("it listens");
        stalls.write_all(begin).expect("it is taken");
        until_it_owes(&mut broker, owes);
        broker
            .clock()
            .advance(Duration::from_secs(11))
            .wait()
            .expect("it moves");
        broker
            .expect(disconnected("connect_timeout").field("way", way))
            .wait();
        stalls
            .read_to_end(&mut Vec::new())
            .expect("it is closed in good order");
    }
}

#[test]
fn a_handshake_that_is_broken_off_is_told_as_one_that_failed() {
    let mut broker = Broker::start().wait().expect("it starts");
    let mut leaves = TcpStream::connect(broker.addr()).expect("it listens");
    leaves
        .write_all(b"\x16\x03\x01\x02\x00\x01")
        .expect("it is taken");
    until_it_owes(&mut broker, "TLS");
    drop(leaves);
    let failed = event("handshake_failed")
        .field("way", "tls")
        .field("listener", "main");
    broker.expect(failed).wait();
    assert_eq!(broker.stats().wait().expect("it runs").handshakes_failed, 1);
}

#[test]
fn a_listener_is_told_by_its_name() {
    let broker = Broker::builder()
        .configure(|settings| {
            settings.listener = vec![Listener {
                name: "inside".to_owned(),
                accepts: vec![Accepts::Tcp],
                ..Listener::port(0)
            }];
        })
        .start()
        .wait()
        .expect("it starts");
    let inside = broker.listeners()[1].addrs()[0];
    for (addr, name) in [(broker.addr(), "main"), (inside, "inside")] {
        let mut client = TcpStream::connect(addr).expect("it listens");
        client.write_all(&connect(name)).expect("it is taken");
        let connected = event("connected").of(name);
        broker
            .expect(connected.field("listener", name).field("way", "tcp"))
            .wait();
        let state = broker.state().wait().expect("it runs");
        let session = state.session(name).expect("it is connected");
        assert_eq!(session.listener.as_deref(), Some(name));
    }
    // What it does not take.
    let mut client = TcpStream::connect(inside).expect("it listens");
    client
        .write_all(b"\x16\x03\x01\x02\x00\x01")
        .expect("it is taken");
    let refused = event("handshake_failed").field("listener", "inside");
    let found = broker.expect(refused).wait();
    assert!(
        found[0].words().contains("does not take TLS"),
        "{}",
        found[0].words()
    );
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_told_also_of_who_says_nothing() {
    use std::os::unix::net::UnixStream;

    let path = std::env::temp_dir().join(format!("citronella-arrivals-{}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let at = path.clone();
    let broker = Broker::builder()
        .configure(move |settings| settings.listener = vec![Listener::socket(&at)])
        .start()
        .wait()
        .expect("it starts");
    let mut client = UnixStream::connect(&path).expect("it listens");
    let silent = UnixStream::connect(&path).expect("it listens");
    client.write_all(&connect("local")).expect("it is taken");
    broker
        .expect(event("connected").of("local").field("way", "unix"))
        .wait();
    broker.settle().wait().expect("nothing is on its way");
    broker
        .clock()
        .advance(Duration::from_secs(11))
        .wait()
        .expect("it moves");
    broker
        .expect(disconnected("connect_timeout").field("way", "unix"))
        .wait();
    drop((client, silent));
}

#[test]
fn a_hook_sees_the_way() {
    let broker = Broker::builder()
        .check_login(|login| match login.way.word() {
            "tcp" => Err(ReasonCode::NOT_AUTHORIZED),
            _ => Ok(()),
        })
        .start()
        .wait()
        .expect("it starts");
    let mut client = TcpStream::connect(broker.addr()).expect("it listens");
    client.write_all(&connect("plain")).expect("it is taken");
    broker
        .expect(event("refused").of("plain").field("way", "tcp"))
        .wait();
}

#[test]
fn every_address_of_both_families_is_listened_on_side_by_side() {
    let everywhere = |settings: &mut broker::settings::BrokerSettings| {
        settings.bind = vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
        settings.auth.allow_anonymous_remotely = true;
    };
    let broker = Broker::builder()
        .configure(everywhere)
        .start()
        .wait()
        .expect("neither takes the port from the other");
    let port = broker.addr().port();
    for addr in broker.addrs() {
        let ip = if addr.is_ipv4() {
            IpAddr::from(Ipv4Addr::LOCALHOST)
        } else {
            Ipv6Addr::LOCALHOST.into()
        };
        let mut client = TcpStream::connect((ip, port)).expect("it listens");
        client.write_all(&connect("a")).expect("it is taken");
        let mut connack = [0; 4];
        client.read_exact(&mut connack).expect("it answers");
        assert_eq!(connack, [0x20, 2, 0, 0]);
    }
}
