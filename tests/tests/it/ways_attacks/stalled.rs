//! Handshakes that stall, come a byte at a time, are noise, or are very many.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use broker::wire::Version;
use serde_json::Value;
use tests::bench::packet;
use tests::harness::way::Way;
use tests::harness::{Client, DEADLINE, Embedded};
use tests::line::bytes::{client_hello, headers};
use tests::line::web_socket::request;
use tests::line::{Door, Line};

use super::{Ground, ON_THE_WAY_BYTES, closed};

/// A broker whose clock stands still until it is moved, and connections to it that have said something each.
fn stalled(openings: &[(Way, Vec<u8>)]) -> (Embedded, Vec<TcpStream>) {
    let broker = Embedded::start();
    broker.clock().freeze().wait().expect("it runs");
    let open = |(way, bytes): &(Way, Vec<u8>)| {
        let mut line = Door::new(broker.addr(), *way).open().expect("it is let in");
        line.socket()
            .set_read_timeout(Some(DEADLINE))
            .expect("it can be set");
        line.write_all(bytes).expect("it is written");
        line.flush().expect("it is written");
        line.socket().try_clone().expect("one more handle")
    };
    let sockets = openings.iter().map(open).collect();
    (broker, sockets)
}

#[test]
fn handshakes_that_stall_end_with_the_time_for_connect_at_each_stage() {
    let hello = client_hello();
    let half = hello.len() / 2;
    let head = request(SocketAddr::from(([127, 0, 0, 1], 1883)), "");
    let connect = packet::connect("slow");
    let openings = [
        (Way::Tcp, Vec::new()),
        (Way::Tcp, connect[..5].to_vec()),
        (Way::Tcp, vec![0x16]),
        (Way::Tcp, hello[..half].to_vec()),
        (Way::Tcp, hello),
        (Way::Tcp, b"G".to_vec()),
        (Way::Tcp, head.as_bytes()[..head.len() - 2].to_vec()),
        (Way::Tls, Vec::new()),
        (Way::Tls, connect[..5].to_vec()),
        (Way::Tls, b"GET /mqtt HTTP/1.1\r\n".to_vec()),
        (Way::Ws, Vec::new()),
        (Way::Ws, connect[..5].to_vec()),
        (Way::Wss, connect[..5].to_vec()),
    ];
    let (broker, sockets) = stalled(&openings);
    let mut other = Client::new(broker.addr(), Version::V5, "other");
    broker
        .clock()
        .advance(Duration::from_secs(9))
        .wait()
        .expect("it runs");
    other.ping();
    assert_eq!(broker.stats().connect_timeouts, 0);
    broker
        .clock()
        .advance(Duration::from_secs(1))
        .wait()
        .expect("it runs");
    for mut socket in sockets {
        closed(&mut socket);
    }
    assert_eq!(broker.stats().connect_timeouts, openings.len() as u64);
    other.ping();
}

#[test]
fn a_byte_at_a_time_is_no_way_to_stay() {
    let head = request(SocketAddr::from(([127, 0, 0, 1], 1883)), &headers(20));
    let slow = [
        (Way::Tcp, packet::connect(&"slow".repeat(10))),
        (Way::Tcp, client_hello()),
        (Way::Tcp, head.into_bytes()),
        (Way::Tls, packet::connect(&"slow".repeat(10))),
        (Way::Ws, packet::connect(&"slow".repeat(10))),
    ];
    let broker = Embedded::start();
    broker.clock().freeze().wait().expect("it runs");
    let mut other = Client::new(broker.addr(), Version::V5, "other");
    let open = |(way, _): &(Way, _)| Door::new(broker.addr(), *way).open().expect("it is let in");
    let mut lines: Vec<Line> = slow.iter().map(open).collect();
    for second in 0..10 {
        for (line, (_, bytes)) in lines.iter_mut().zip(&slow) {
            line.write_all(&bytes[second..=second]).expect("it is still open");
            line.flush().expect("it is still open");
        }
        broker
            .clock()
            .advance(Duration::from_secs(1))
            .wait()
            .expect("it runs");
        other.ping();
    }
    for line in &mut lines {
        line.socket()
            .set_read_timeout(Some(DEADLINE))
            .expect("it can be set");
        closed(line);
    }
    assert_eq!(broker.stats().connect_timeouts, slow.len() as u64);
}

#[test]
fn garbage_after_each_stage_is_told_what_is_wrong_with_it() {
    static NOISE: [u8; 65_536] = [0xA5; 65_536];
    let mut ground = Ground::new(&[]);
    // Nothing that anybody speaks: taken for MQTT.
    let mut stream = ground.tcp();
    ground.push(&mut stream, &NOISE, ON_THE_WAY_BYTES);
    closed(&mut stream);
    let is_no_connect = |event: &Value| {
        let text = event["text"].as_str().unwrap_or_default();
        text.contains("the first packet was not CONNECT")
    };
    ground.served.until("disconnected", is_no_connect);
    ground.served.forget();
    ground.is_unharmed();
    // In place of the rest of a TLS handshake.
    let mut stream = ground.tcp();
    stream.write_all(&client_hello()).expect("it is read");
    ground.push(&mut stream, &NOISE, ON_THE_WAY_BYTES);
    closed(&mut stream);
    ground.ended_because("TLS");
    // In place of TLS records, once that is open.
    let (_line, mut stream) = ground.open_raw(Way::Tls);
    ground.push(&mut stream, &NOISE, ON_THE_WAY_BYTES);
    closed(&mut stream);
    ground.ended_because("TLS");
    // Inside TLS.
    let mut line = ground.open(Way::Tls);
    let _ = line.write_all(&NOISE);
    closed(&mut line);
    ground.served.until("disconnected", is_no_connect);
    ground.served.forget();
    ground.is_unharmed();
    // In the head of a request.
    let mut stream = ground.tcp();
    stream.write_all(b"GET /mqtt HTTP/1.1\r\n").expect("it is read");
    ground.push(&mut stream, &NOISE, ON_THE_WAY_BYTES);
    closed(&mut stream);
    ground.ended_because("0xA5");
    // In place of frames.
    for way in [Way::Ws, Way::Wss] {
        let (mut line, mut stream) = ground.open_raw(way);
        if way == Way::Ws {
            ground.push(&mut stream, &NOISE, ON_THE_WAY_BYTES);
        } else {
            let tls = line.tls().expect("it has TLS");
            tls.writer().write_all(&NOISE).expect("it is encrypted");
            let _ = line.flush();
        }
        closed(&mut stream);
        ground.ended_because("reserved bits");
    }
}

#[test]
fn half_open_connections_on_every_way_shut_nobody_out() {
    let mut ground = Ground::new(&["limits.max_connections=50"]);
    let hello = client_hello();
    let head = b"GET /mqtt HTTP/1.1\r\nHost: x\r\n";
    let mut held = Vec::new();
    for number in 0..600 {
        let mut stream = ground.tcp();
        let said = match number % 4 {
            0 => &b""[..],
            1 => &hello,
            2 => &hello[..hello.len() / 2],
            _ => head,
        };
        // It may have given way already.
        let _ = stream.write_all(said);
        held.push(stream);
        if number % 100 == 99 {
            ground.is_unharmed();
        }
    }
    ground
        .served
        .until("disconnected", |event| event["cause"] == "gave_way");
    ground.is_unharmed();
}
