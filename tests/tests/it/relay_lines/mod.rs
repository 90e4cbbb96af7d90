//! The relay's line: what rules do between a client and an upstream, both of which are the test itself, byte for byte.

mod attach;
mod cuts;
mod ends;
mod times;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use broker::FaultGuard;
use broker::fault::Rule;
use broker::pattern;
use tests::harness::{DEADLINE, Embedded};

/// CONNECT of 3.1.1 with client identifier `me`, and a CONNACK.
const CONNECT: &[u8] = b"\x10\x0e\0\x04MQTT\x04\x02\0\0\0\x02me";
const CONNACK: &[u8] = &[0x20, 2, 0, 0];
const PINGREQ: &[u8] = &[0xC0, 0];
const PINGRESP: &[u8] = &[0xD0, 0];

/// PUBLISH of QoS 0 to this topic of one letter.
fn publish(topic: u8, payload: &str) -> Vec<u8> {
    let mut bytes = vec![0x30, 3 + payload.len() as u8, 0, 1, topic];
    bytes.extend_from_slice(payload.as_bytes());
    bytes
}

/// A broker before an upstream that the test plays.
struct Between {
    broker: Embedded,
    upstream: TcpListener,
}

impl Between {
    fn start() -> Self {
        let upstream = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("mqtt://{}", upstream.local_addr().expect("it has one"));
        let broker = Embedded::start_with(|settings| settings.upstream.url = url);
        Self { broker, upstream }
    }

    /// The same with a clock that stands.
    fn frozen() -> Self {
        let between = Self::start();
        between.broker.clock().freeze().wait().expect("it can");
        between
    }

    fn rule(&self, rule: Rule) -> FaultGuard {
        self.broker.faults().add(rule).wait().expect("the rule can work")
    }

    fn advance(&self, millis: u64) {
        let by = Duration::from_millis(millis);
        self.broker.clock().advance(by).wait().expect("the clock moves");
    }

    /// A client that has sent its CONNECT.
    fn client(&self) -> TcpStream {
        let mut client = TcpStream::connect(self.broker.addr()).expect("the broker listens");
        patient(&client);
        client.write_all(CONNECT).expect("the broker reads");
        client
    }

    /// The relay's next connection to the upstream.
    fn accept(&self) -> TcpStream {
        let (upstream, _) = self.upstream.accept().expect("the relay connects");
        patient(&upstream);
        upstream
    }

    /// A client that is connected, and its connection at the upstream.
    fn connected(&self) -> (TcpStream, TcpStream) {
        let mut client = self.client();
        let mut upstream = self.accept();
        gets(&mut upstream, CONNECT);
        upstream.write_all(CONNACK).expect("the relay reads");
        gets(&mut client, CONNACK);
        (client, upstream)
    }

    /// The client writes this, and the broker has read it.
    fn hears(&self, client: &mut TcpStream, bytes: &[u8]) {
        let before = self.broker.stats().bytes_received;
        say(client, bytes);
        while self.broker.stats().bytes_received < before + bytes.len() as u64 {
            std::thread::yield_now();
        }
    }

    /// The upstream sends a PUBLISH to topic `a`, and the broker has read it.
    fn is_sent(&self, upstream: &mut TcpStream, payload: &str) {
        say(upstream, &publish(b'a', payload));
        let sent = pattern::publish("a")
            .to("me")
            .text(payload)
            .field("side", "engine");
        self.broker.block_on(async { self.broker.expect(sent).await });
    }

    /// Whether nothing has come there, and nothing comes without further cause: the broker has had many turns.
    fn is_quiet(&self, stream: &TcpStream) -> bool {
        for _ in 0..20 {
            self.broker.stats();
        }
        stream.set_nonblocking(true).expect("it can");
        let peeked = stream.peek(&mut [0]);
        stream.set_nonblocking(false).expect("it can");
        peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    /// Whether the relay has not connected to the upstream.
    fn is_alone(&self) -> bool {
        for _ in 0..20 {
            self.broker.stats();
        }
        self.upstream.set_nonblocking(true).expect("it can");
        let accepted = self.upstream.accept();
        self.upstream.set_nonblocking(false).expect("it can");
        accepted.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }
}

fn patient(stream: &TcpStream) {
    stream.set_read_timeout(Some(DEADLINE)).expect("it can");
    stream.set_write_timeout(Some(DEADLINE)).expect("it can");
}

/// These bytes come, and they come next.
#[track_caller]
fn gets(stream: &mut TcpStream, expected: &[u8]) {
    let mut bytes = vec![0; expected.len()];
    stream.read_exact(&mut bytes).expect("so many bytes come");
    assert_eq!(bytes, expected);
}

/// The other side ends in good order, and nothing comes before.
#[track_caller]
fn ends(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("it ends in good order");
    assert_eq!(rest, b"");
}

/// The other side resets the connection.
#[track_caller]
fn is_reset(stream: &mut TcpStream) {
    let error = stream.read(&mut [0; 64]).expect_err("it is reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

/// Closes with a reset.
fn reset(stream: TcpStream) {
    let socket = socket2::Socket::from(stream);
    socket.set_linger(Some(Duration::ZERO)).expect("it can");
}

fn say(stream: &mut TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).expect("the relay reads");
}

fn stop_writing(stream: &TcpStream) {
    stream.shutdown(Shutdown::Write).expect("it can");
}
