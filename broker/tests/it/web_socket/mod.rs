//! MQTT over WebSocket, byte for byte: no client's library between the test and the socket.

mod attacks;
mod goodbyes;
mod handshakes;
mod packets;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use ::packets::Connect;
use broker::Broker;

/// No answer takes this long; only a failure does.
const PATIENCE: Duration = Duration::from_secs(30);

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// What a browser sends, with the key of the standard's example.
const HANDSHAKE: &str = "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

fn start() -> Broker {
    Broker::start().wait().expect("it starts")
}

/// A frame as a client sends it, masked.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(0x80 | length as u8),
        length => {
            bytes.push(0xFE);
            let length = u16::try_from(length).expect("no test sends more in a frame");
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(KEY);
    bytes.extend(
        payload
            .iter()
            .zip(KEY.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    bytes
}

/// A binary frame that is a whole message.
fn binary(payload: &[u8]) -> Vec<u8> {
    frame(FIN | BINARY, payload)
}

/// One end of a WebSocket, whose bytes are a test's.
struct Raw(TcpStream);

impl Raw {
    /// Opens the connection only.
    fn open(broker: &Broker) -> Self {
        let stream = TcpStream::connect(broker.addr()).expect("the broker accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time is set");
        Self(stream)
    }

    /// Shakes hands.
    fn upgraded(broker: &Broker) -> Self {
        let mut raw = Self::open(broker);
        raw.send(HANDSHAKE.as_bytes());
        let head = raw.head();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        raw
    }

    /// Shakes hands and connects with 3.1.1.
    fn connected(broker: &Broker, client_id: &str) -> Self {
        Self::with(broker, &Connect::new(4, client_id))
    }

    fn with(broker: &Broker, connect: &Connect<'_>) -> Self {
        let mut raw = Self::upgraded(broker);
        raw.send(&binary(&connect.bytes()));
        let (first, connack) = raw.frame();
        assert_eq!((first, connack[0], connack[3]), (FIN | BINARY, 0x20, 0));
        raw
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("the broker takes bytes");
    }

    fn some(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).expect("bytes come");
        bytes
    }

    /// The head of a response.
    fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(self.some(1));
        }
        String::from_utf8(head).expect("it is text")
    }

    /// The next frame: its first byte, and what it carries.
    fn frame(&mut self) -> (u8, Vec<u8>) {
        let start = self.some(2);
        let length = match start[1] {
            // A server masks nothing (RFC 6455 5.1).
            short @ 0..=125 => usize::from(short),
            126 => {
                let length = self.some(2);
                usize::from(u16::from_be_bytes([length[0], length[1]]))
            }
            other => panic!(
                "no frame of a server here begins with {:02x} {other:02x}",
                start[0]
            ),
        };
        (start[0], self.some(length))
    }

    /// All that still comes, to the end.
    fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).expect("the connection is closed");
        rest
    }

    /// A Close with this code, and then the end.
    #[track_caller]
    fn is_closed_with(&mut self, code: u16) -> String {
        let (first, payload) = self.frame();
        assert_eq!(first, FIN | CLOSE, "{payload:02x?}");
        assert_eq!(payload.get(..2), Some(&code.to_be_bytes()[..]));
        assert_eq!(self.rest(), [0; 0]);
        String::from_utf8_lossy(&payload[2..]).into_owned()
    }
}
