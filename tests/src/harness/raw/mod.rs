//! [`Client`]: a client that sends exactly what a test tells it to. Connecting, reading and the end are here; whole exchanges
//! are in `exchange`.
//!
//! Its socket is as the system makes it, as most clients' are: with Nagle's algorithm.
//!
//! It encodes and decodes with the broker's own codec and knows nothing else of MQTT: what it does not do by itself, a
//! test can do wrong on purpose. It never waits longer than [`DEADLINE`].

mod exchange;

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::TcpStream;

use broker::wire::{
    self, Ack, ConnAck, Connect, ConnectProperties, Disconnect, DisconnectProperties, Packet, PacketId,
    Publish, Version,
};
use broker::{QoS, ReasonCode};

use super::DEADLINE;
use super::way::{Door, Stream};

/// One connection to a broker.
#[derive(Debug)]
pub struct Client {
    stream: Stream,
    version: Version,
    /// Bytes read that are not decoded yet.
    buffer: Vec<u8>,
    /// Packets that came while something else was waited for.
    backlog: VecDeque<Packet<'static>>,
    last_id: u16,
}

/// A CONNECT of a client that leaves nothing behind. Tests change fields of it: `Connect { will, ..hello(v, "a") }`.
pub fn hello(version: Version, client_id: &str) -> Connect<'_> {
    Connect::new(version, client_id)
}

/// A CONNECT of a client that goes on with its session, and whose session outlives its connection.
pub fn resume(version: Version, client_id: &str) -> Connect<'_> {
    Connect {
        clean_start: false,
        properties: ConnectProperties {
            session_expiry_secs: version.is_v5().then_some(u32::MAX),
            ..ConnectProperties::default()
        },
        ..hello(version, client_id)
    }
}

/// A message, not retained, without properties.
pub fn message<'a>(topic: &'a str, payload: &'a str, qos: QoS) -> Publish<'a> {
    Publish::new(topic, payload.as_bytes(), qos)
}

/// A payload as text, for comparisons that print well.
pub fn text<'a>(publish: &Publish<'a>) -> &'a str {
    std::str::from_utf8(publish.payload).expect("the payload is text")
}

/// An acknowledgement without a reason.
pub fn ack(packet_id: PacketId) -> Ack<'static> {
    Ack::new(packet_id)
}

impl Client {
    /// A connection on which nothing was sent yet. `version` is how it writes and reads.
    ///
    /// `door` is an address, for TCP, or says on which way.
    pub fn open(door: impl Into<Door>, version: Version) -> Self {
        let door = door.into();
        let stream = door
            .open()
            .unwrap_or_else(|error| panic!("connect to {door:?}: {error}"));
        Self::over(stream, version)
    }

    /// On a connection that is open already.
    pub fn over(stream: Stream, version: Version) -> Self {
        Self {
            stream,
            version,
            buffer: Vec::new(),
            backlog: VecDeque::new(),
            last_id: 0,
        }
    }

    /// Sends this CONNECT; gives the CONNACK, whatever it says.
    pub fn say_hello(door: impl Into<Door>, connect: &Connect<'_>) -> (Self, ConnAck<'static>) {
        let mut client = Self::open(door, connect.version);
        client.send(&Packet::Connect(Box::new(connect.clone())));
        match client.packet() {
            Packet::ConnAck(connack) => (client, *connack),
            other => panic!("expected CONNACK, got {other:?}"),
        }
    }

    /// Connects with this CONNECT, which must be accepted.
    pub fn connect(door: impl Into<Door>, connect: &Connect<'_>) -> Self {
        let (client, connack) = Self::say_hello(door, connect);
        assert_eq!(connack.reason, ReasonCode::SUCCESS, "CONNECT was refused");
        client
    }

    /// Connects as [`hello`] says, which must be accepted.
    pub fn new(door: impl Into<Door>, version: Version, client_id: &str) -> Self {
        Self::connect(door, &hello(version, client_id))
    }

    /// The version it speaks.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The TCP socket itself.
    pub fn stream(&self) -> &TcpStream {
        self.stream.tcp()
    }

    /// What its bytes go through, to write past it or to end it.
    pub fn layers(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// Sends bytes as they are.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream
            .write_all(bytes)
            .and_then(|()| self.stream.flush())
            .expect("the broker takes bytes");
    }

    /// Sends bytes that the broker may refuse to take: it may have closed the connection already.
    pub fn try_send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Sends a packet.
    pub fn send(&mut self, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes);
        self.send_bytes(&bytes);
    }

    /// The next packet; there must be one.
    pub fn packet(&mut self) -> Packet<'static> {
        self.packet_or_end()
            .expect("the broker closed the connection where a packet was expected")
    }

    /// The next packet, or `None` when the broker has closed the connection.
    pub fn packet_or_end(&mut self) -> Option<Packet<'static>> {
        self.backlog.pop_front().or_else(|| self.read_packet())
    }

    /// A packet that came while another one was waited for, the first of them.
    pub fn came_meanwhile(&mut self) -> Option<Packet<'static>> {
        self.backlog.pop_front()
    }

    fn read_packet(&mut self) -> Option<Packet<'static>> {
        loop {
            let length = wire::frame(&self.buffer, usize::MAX).expect("the broker sends packets");
            if let Some(length) = length.filter(|length| *length <= self.buffer.len()) {
                // Leaked: so the packets of a test live as long as it likes.
                let bytes: &'static [u8] = Vec::leak(self.buffer.drain(..length).collect());
                let packet = wire::decode(self.version, bytes)
                    .unwrap_or_else(|error| panic!("the broker sent {bytes:02X?}: {error}"));
                return Some(packet);
            }
            if !self.read_more() {
                assert!(
                    self.buffer.is_empty(),
                    "the broker closed within a packet: {:02X?}",
                    self.buffer
                );
                return None;
            }
        }
    }

    /// Reads what there is, at least one byte; `false` at the end.
    fn read_more(&mut self) -> bool {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(0) => false,
            Ok(n) => {
                self.buffer.extend_from_slice(&chunk[..n]);
                true
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => true,
            Err(error) if is_end(&error) => false,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                panic!(
                    "nothing came from the broker for {DEADLINE:?}; so far {:02X?}",
                    self.buffer
                )
            }
            Err(error) => panic!("reading from the broker: {error}"),
        }
    }

    /// Everything up to the end of the connection, undecoded.
    pub fn bytes_to_end(&mut self) -> Vec<u8> {
        assert!(
            self.backlog.is_empty(),
            "packets were there before: {:?}",
            self.backlog
        );
        while self.read_more() {}
        std::mem::take(&mut self.buffer)
    }

    /// The next `count` bytes, undecoded.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.buffer.len() < count {
            assert!(self.read_more(), "the end after {:02X?}", self.buffer);
        }
        self.buffer.drain(..count).collect()
    }

    /// The broker must close the connection, and say nothing before.
    pub fn closed(&mut self) {
        if let Some(packet) = self.packet_or_end() {
            panic!("expected the end of the connection, got {packet:?}");
        }
    }

    /// The broker must end the connection with `reason`: in 5.0 said in a DISCONNECT, in 3.x, which has none, unsaid.
    pub fn ended_with(&mut self, reason: ReasonCode) {
        if self.version.is_v5() {
            match self.packet_or_end() {
                Some(Packet::Disconnect(disconnect)) => {
                    assert_eq!(disconnect.reason, reason, "{disconnect:?}");
                }
                other => panic!("expected DISCONNECT with {reason}, got {other:?}"),
            }
        }
        self.closed();
    }

    /// The next packet that `pick` wants, whatever else comes before it; that is kept for later.
    fn await_packet<T>(&mut self, what: &str, pick: impl Fn(&Packet<'static>) -> Option<T>) -> T {
        if let Some(index) = self.backlog.iter().position(|packet| pick(packet).is_some()) {
            return self
                .backlog
                .remove(index)
                .and_then(|packet| pick(&packet))
                .expect(what);
        }
        loop {
            match self.read_packet() {
                Some(packet) => match pick(&packet) {
                    Some(found) => return found,
                    None => self.backlog.push_back(packet),
                },
                None => panic!(
                    "the broker closed the connection before {what}; it sent {:?}",
                    self.backlog
                ),
            }
        }
    }

    /// PINGREQ and its answer: all that the broker had to say to this client before has come then.
    pub fn ping(&mut self) {
        self.send(&Packet::PingReq);
        self.await_packet("PINGRESP", |packet| {
            matches!(packet, Packet::PingResp).then_some(())
        });
    }

    /// Nothing has come and nothing is on its way: what was sent before PINGRESP would have come before it.
    pub fn nothing_came(&mut self) {
        self.ping();
        assert!(
            self.backlog.is_empty(),
            "expected nothing, got {:?}",
            self.backlog
        );
    }

    /// Says goodbye, and waits until the broker has closed the connection too.
    pub fn disconnect(self) {
        self.disconnect_with(ReasonCode::SUCCESS);
    }

    /// Says goodbye with a reason, and waits until the broker has closed the connection too.
    pub fn disconnect_with(mut self, reason: ReasonCode) {
        self.send(&Packet::Disconnect(Disconnect {
            reason,
            properties: DisconnectProperties::default(),
        }));
        while self.packet_or_end().is_some() {}
    }

    /// Breaks the connection off without DISCONNECT.
    pub fn vanish(self) {
        drop(self);
    }
}

/// Whether the error says that the other side is gone.
fn is_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe
    )
}
