//! [`Client`]: a connection on which nothing happens by itself.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::{CONNACK, Connect, PINGREQ, read, subscribe};

/// No answer takes this long; only a failure does.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client of a broker, whose bytes are a test's. Where something goes wrong it panics: it is for tests.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
}

#[allow(clippy::missing_panics_doc)]
impl Client {
    /// Opens the connection only. What Nagle's algorithm holds back in a client is another question: here it holds nothing.
    pub fn open(to: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&to, PATIENCE).expect("the broker accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time is set");
        stream.set_nodelay(true).expect("it is a TCP socket");
        Self { stream }
    }

    /// Says this CONNECT, which must be accepted.
    pub fn with(to: SocketAddr, connect: &Connect<'_>) -> Self {
        let mut client = Self::open(to);
        client.send(&connect.bytes());
        let connack = client.packet();
        assert_eq!((connack[0], connack[3]), (CONNACK, 0), "accepted: {connack:02x?}");
        client
    }

    /// Connects with 3.1.1, a clean session and no Keep Alive.
    pub fn connect(to: SocketAddr, client_id: &str) -> Self {
        Self::with(to, &Connect::new(4, client_id))
    }

    /// The socket itself.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the broker takes bytes");
    }

    /// The next packet, whole.
    pub fn packet(&mut self) -> Vec<u8> {
        read(&mut self.stream).expect("a packet comes")
    }

    /// Subscribes to one filter as a client of 3.x, and waits for SUBACK.
    pub fn subscribe(&mut self, filter: &str, qos: u8) {
        self.send(&subscribe(1, &[filter], qos));
        assert_eq!(self.packet(), [0x90, 3, 0, 1, qos], "SUBACK");
    }

    /// Sends `times` PINGREQ and reads `times` PINGRESP.
    pub fn ping(&mut self, times: usize) {
        self.send(&PINGREQ.repeat(times));
        let mut answers = vec![0; 2 * times];
        self.stream.read_exact(&mut answers).expect("answers come");
        assert_eq!(answers, [0xD0, 0].repeat(times), "PINGRESP and nothing else");
    }

    /// Waits for the broker to close, with nothing more to say.
    pub fn expect_end(&mut self) {
        let mut rest = Vec::new();
        self.stream
            .read_to_end(&mut rest)
            .expect("the connection is closed");
        assert!(rest.is_empty(), "nothing more was to come: {rest:02x?}");
    }
}
