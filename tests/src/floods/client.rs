//! A client of a flood: MQTT 3.1.1 over a plain socket.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use broker::wire::{Connect, Packet, QoS, Version, Will, WillProperties};
use socket2::{Domain, Socket, Type};

use super::ground::Ground;

/// The receive buffer of one that does not read.
const SMALL_BYTES: usize = 4096;
/// A round trip that takes longer than this does not count.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connected client.
pub struct Client {
    pub stream: TcpStream,
}

fn plain(client_id: &str, clean: bool) -> Vec<u8> {
    packets::Connect {
        clean,
        ..packets::Connect::new(4, client_id)
    }
    .bytes()
}

impl Client {
    /// Connects with default options.
    pub fn connect(addr: SocketAddr, client_id: &str, clean: bool) -> io::Result<Self> {
        Self::over(TcpStream::connect(addr)?, &plain(client_id, clean))
    }

    /// Connects with a small receive buffer.
    pub fn that_does_not_read(addr: SocketAddr, client_id: &str) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
        socket.set_recv_buffer_size(SMALL_BYTES)?;
        socket.connect(&addr.into())?;
        Self::over(socket.into(), &plain(client_id, true))
    }

    /// Connects with a will that is as large as its User Properties, in 5.0.
    pub fn with_will(addr: SocketAddr, client_id: &str, properties: &[String]) -> io::Result<Self> {
        let mut connect = Connect::new(Version::V5, client_id);
        connect.will = Some(Will {
            topic: "will",
            payload: b"",
            qos: QoS::AtMostOnce,
            retain: false,
            properties: WillProperties {
                user: properties.iter().map(|value| ("name", value.as_str())).collect(),
                ..WillProperties::default()
            },
        });
        let mut bytes = Vec::new();
        Packet::Connect(Box::new(connect)).encode(Version::V5, &mut bytes);
        Self::over(TcpStream::connect(addr)?, &bytes)
    }

    fn over(stream: TcpStream, connect: &[u8]) -> io::Result<Self> {
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut client = Self { stream };
        client.stream.write_all(connect)?;
        client.next()?;
        Ok(client)
    }

    /// Subscribes and waits for the answer.
    pub fn subscribe(&mut self, filters: &[&str], qos: u8) -> io::Result<()> {
        self.stream.write_all(&packets::subscribe(1, filters, qos))?;
        self.next()
    }

    /// Publishes and waits for nothing.
    pub fn publish(&mut self, topic: &str, payload: &[u8], qos: u8) -> io::Result<()> {
        self.stream
            .write_all(&packets::publish(topic, qos, false, 1, payload))
    }

    /// Waits for one packet, whichever.
    pub fn next(&mut self) -> io::Result<()> {
        packets::read(&mut self.stream).map(drop)
    }

    /// Writes `block` again and again until it is over, as a thread of its own; with another that reads what comes, if
    /// `reads`.
    pub fn flood(self, block: Vec<u8>, reads: bool, ground: &Arc<Ground>) -> io::Result<Vec<JoinHandle<()>>> {
        let mut threads = Vec::new();
        let tick = Some(Duration::from_millis(100));
        self.stream.set_write_timeout(tick)?;
        if reads {
            threads.push(self.read_all(ground)?);
        }
        let (mut stream, ground) = (self.stream, ground.clone());
        threads.push(std::thread::spawn(move || {
            let (began, mut at) = (Instant::now(), 0);
            while !ground.is_over() {
                match stream.write(&block[at..]) {
                    Ok(n) => at = (at + n) % block.len(),
                    Err(error)
                        if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                    Err(_) => return ground.ended(began),
                }
            }
        }));
        Ok(threads)
    }

    /// Reads whatever comes until it is over.
    pub fn read_all(&self, ground: &Arc<Ground>) -> io::Result<JoinHandle<()>> {
        let (mut stream, ground) = (self.stream.try_clone()?, ground.clone());
        stream.set_read_timeout(Some(Duration::from_millis(100)))?;
        Ok(std::thread::spawn(move || {
            let mut buffer = vec![0; 256 * 1024];
            while !ground.is_over() {
                match stream.read(&mut buffer) {
                    Ok(0) => return,
                    Ok(_) => {}
                    Err(error)
                        if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                    Err(_) => return,
                }
            }
        }))
    }
}
