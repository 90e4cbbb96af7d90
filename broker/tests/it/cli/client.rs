//! A client whose bytes are written here by hand.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// No answer takes this long; only a failure does.
const HANG: Duration = Duration::from_secs(30);

pub const DISCONNECT: [u8; 2] = [0xE0, 0x00];
pub const PINGREQ: [u8; 2] = [0xC0, 0x00];

pub struct Client {
    stream: TcpStream,
}

impl Client {
    /// Connects with a clean session and waits for CONNACK. `level` is 4 or 5.
    pub fn connect(to: SocketAddr, level: u8, client_id: &str) -> Self {
        let mut client = Self::open(to);
        client.send(&connect(level, client_id));
        let connack = client.packet();
        assert_eq!((connack[0], connack[3]), (0x20, 0x00), "accepted: {connack:02x?}");
        client
    }

    /// Opens the connection only.
    pub fn open(to: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&to, HANG).expect("the broker accepts");
        stream.set_read_timeout(Some(HANG)).expect("a time is set");
        Self { stream }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the broker takes bytes");
    }

    /// The next packet, whole.
    pub fn packet(&mut self) -> Vec<u8> {
        let mut packet = vec![0; 2];
        self.stream.read_exact(&mut packet).expect("a packet comes");
        // No packet of these tests is longer than one byte of length can say.
        let length = usize::from(packet[1]);
        assert!(length < 128);
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the packet comes whole");
        packet.extend(body);
        packet
    }

    /// Waits for the broker to close, with nothing more to say.
    pub fn expect_end(&mut self) {
        let mut rest = Vec::new();
        self.stream
            .read_to_end(&mut rest)
            .expect("the connection is closed");
        assert!(rest.is_empty(), "nothing more was to come: {rest:02x?}");
    }

    /// Sends so many PINGREQ and reads as many PINGRESP.
    pub fn ping(&mut self, times: usize) {
        self.send(&PINGREQ.repeat(times));
        let mut answers = vec![0; 2 * times];
        self.stream.read_exact(&mut answers).expect("answers come");
    }
}

/// CONNECT with a clean session and a keep alive of 60 s.
pub fn connect(level: u8, client_id: &str) -> Vec<u8> {
    let mut body = b"\0\x04MQTT".to_vec();
    body.extend([level, 0x02, 0, 60]);
    if level == 5 {
        body.push(0);
    }
    body.extend(string(client_id));
    packet(0x10, &body)
}

/// SUBSCRIBE of 3.1.1 with packet identifier 1.
pub fn subscribe(filter: &str, qos: u8) -> Vec<u8> {
    let mut body = vec![0, 1];
    body.extend(string(filter));
    body.push(qos);
    packet(0x82, &body)
}

/// UNSUBSCRIBE of 3.1.1 with packet identifier 2.
pub fn unsubscribe(filter: &str) -> Vec<u8> {
    let mut body = vec![0, 2];
    body.extend(string(filter));
    packet(0xA2, &body)
}

/// PUBLISH of 3.1.1 at QoS 0.
pub fn publish(topic: &str, payload: &str) -> Vec<u8> {
    let mut body = string(topic);
    body.extend(payload.as_bytes());
    packet(0x30, &body)
}

fn string(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("short");
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    assert!(body.len() < 128);
    [&[first, u8::try_from(body.len()).expect("short")], body].concat()
}
