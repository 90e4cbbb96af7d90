//! What the relay says when there is no upstream, and when it tries again.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use broker::journal::CloseReason;
use broker::settings::UpstreamTls;
use broker::wire::{Packet, Version};
use broker::{Event, ReasonCode};
use tests::harness::{Client, Embedded, free_port, hello, versions};

fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the stream ends well");
    bytes
}

#[test]
fn an_upstream_that_refuses_connections_is_answered_for() {
    let nobody = free_port();
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url = format!("mqtt://{nobody}");
        // The first failure closes the gate for as long as this test runs.
        settings.upstream.retry_after_millis = 600_000;
        settings.upstream.retry_after_max_millis = 600_000;
    });
    for version in versions() {
        let (mut client, connack) = Client::say_hello(relay.addr(), &hello(version, "early"));
        assert_eq!(connack.reason, ReasonCode::SERVER_UNAVAILABLE);
        let why = connack.properties.reason_string;
        assert_eq!(
            why.is_some_and(|why| why.contains(&nobody.to_string())),
            version.is_v5()
        );
        client.closed();
    }
    let event = relay.until("it is said", |event| {
        matches!(event, Event::UpstreamUnavailable { .. })
    });
    let Event::UpstreamUnavailable { client_id, why, .. } = event else {
        unreachable!()
    };
    assert_eq!(client_id, "early");
    assert!(why.contains("refused"), "{why}");
    relay.until(
        "the others were not even tried",
        |event| matches!(event, Event::UpstreamUnavailable { why, .. } if why.contains("not tried again")),
    );
    assert_eq!(relay.stats().clients_refused, 3);
    // Somebody is there now, but it is not asked before the pause is over.
    let late = TcpListener::bind(nobody).expect("the port is still free");
    late.set_nonblocking(true)
        .expect("it can be asked without waiting");
    let (_, connack) = Client::say_hello(relay.addr(), &hello(Version::V5, "late"));
    assert_eq!(connack.reason, ReasonCode::SERVER_UNAVAILABLE);
    assert!(late.accept().is_err(), "it was asked all the same");
}

#[test]
fn an_upstream_that_comes_back_is_found() {
    let place = free_port();
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url = format!("mqtt://{place}");
        settings.upstream.retry_after_millis = 1;
        settings.upstream.retry_after_max_millis = 1;
    });
    let (_, connack) = Client::say_hello(relay.addr(), &hello(Version::V5, "a"));
    assert_eq!(connack.reason, ReasonCode::SERVER_UNAVAILABLE);
    let _behind = Embedded::start_with(|settings| settings.port = place.port());
    loop {
        let (_, connack) = Client::say_hello(relay.addr(), &hello(Version::V5, "a"));
        if connack.reason == ReasonCode::SUCCESS {
            break;
        }
    }
}

#[test]
fn an_upstream_that_says_nothing_is_answered_for() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("it has an address");
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url = format!("mqtt://{addr}");
        settings.upstream.connack_timeout_millis = 50;
    });
    for version in versions() {
        let (mut client, connack) = Client::say_hello(relay.addr(), &hello(version, "patient"));
        assert_eq!(connack.reason, ReasonCode::SERVER_UNAVAILABLE);
        client.closed();
        // The connection was there, brought the CONNECT, and is closed now.
        let (mut stream, _) = listener.accept().expect("the relay connected");
        assert_eq!(read_to_end(&mut stream)[0], 0x10);
    }
    relay.until(
        "it is said",
        |event| matches!(event, Event::UpstreamUnavailable { why, .. } if why.contains("50ms")),
    );
}

#[test]
#[cfg(target_os = "linux")]
fn an_upstream_that_takes_no_connection_is_answered_for() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("it has an address");
    // Until its queue is full: then the next one hangs, as with an upstream behind a firewall.
    let waiting: Vec<TcpStream> =
        std::iter::from_fn(|| TcpStream::connect_timeout(&addr, std::time::Duration::from_millis(200)).ok())
            .collect();
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url = format!("mqtt://{addr}");
        settings.upstream.connect_timeout_millis = 50;
    });
    let (_, connack) = Client::say_hello(relay.addr(), &hello(Version::V311, "waiting"));
    assert_eq!(connack.reason, ReasonCode::SERVER_UNAVAILABLE);
    relay.until("it is said", |event| {
        matches!(event, Event::UpstreamUnavailable { why, .. } if why.contains("no connection in 50ms"))
    });
    drop(waiting);
}

#[test]
fn an_upstream_that_answers_half_a_connack_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("it has an address");
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url = format!("mqtt://{addr}");
        settings.upstream.connack_timeout_millis = 50;
    });
    let upstream = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the relay connects");
        stream.write_all(b"\x20").expect("it reads");
        stream
    });
    let mut client = Client::open(relay.addr(), Version::V311);
    client.send(&Packet::Connect(Box::new(hello(Version::V311, "patient"))));
    // What it has of the answer stays the beginning of one: nothing else is put behind it.
    assert_eq!(client.bytes_to_end(), b"\x20");
    relay.until(
        "it is said",
        |event| matches!(event, Event::Disconnected { cause: CloseReason::UpstreamLost(how), .. } if how.contains("50ms")),
    );
    drop(upstream.join());
}

#[test]
fn what_was_passed_through_unread_and_ended_well_is_not_lost() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("it has an address");
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url = format!("mqtts://{addr}");
        settings.upstream.tls = UpstreamTls::PassThrough;
    });
    let mut client = TcpStream::connect(relay.addr()).expect("it listens");
    client.write_all(b"\x16\x03 as if it were TLS").expect("it reads");
    let (mut upstream, _) = listener.accept().expect("the relay connects");
    client.shutdown(std::net::Shutdown::Write).expect("it is open");
    assert_eq!(read_to_end(&mut upstream), b"\x16\x03 as if it were TLS");
    drop(upstream);
    read_to_end(&mut client);
    let ended = relay.until("it ends", |event| matches!(event, Event::Disconnected { .. }));
    assert!(
        matches!(
            ended,
            Event::Disconnected {
                cause: CloseReason::Ended,
                ..
            }
        ),
        "{ended:?}"
    );
}
