//! MQTT over TCP, TLS, WebSocket and both, for the load of the benchmark, its relays and the floods.
//!
//! As lean as their buffered interfaces allow, and none of it is the broker's: what is measured is on the other side. Over
//! TCP alone a [`Line`] is the socket.

pub mod bytes;
mod layers;
pub mod tls;
pub mod web_socket;

use std::io::{self, IoSlice, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rustls::ClientConfig;

use crate::harness::way::Way;
use layers::Layers;
use web_socket::{Frames, Role};

/// Where a client connects to, and how.
#[derive(Debug, Clone)]
pub struct Door {
    /// The address.
    pub addr: SocketAddr,
    /// What its bytes go through.
    pub way: Way,
    /// How it speaks TLS, if it does.
    pub tls: Arc<ClientConfig>,
}

impl Door {
    /// With a full handshake for each connection.
    pub fn new(addr: SocketAddr, way: Way) -> Self {
        Self {
            addr,
            way,
            tls: tls::client(),
        }
    }

    /// Connects, with all handshakes below MQTT.
    pub fn open(&self) -> io::Result<Line> {
        let stream = TcpStream::connect(self.addr)?;
        stream.set_nodelay(true)?;
        Line::over(stream, self)
    }
}

impl From<SocketAddr> for Door {
    fn from(addr: SocketAddr) -> Self {
        Self::new(addr, Way::Tcp)
    }
}

/// A connection that carries MQTT.
///
/// A write takes all that it is given unless something of the write before is still to be sent; [`Write::flush`] sends that.
/// A read that does not fill the buffer has emptied the socket.
#[derive(Debug)]
pub struct Line<S = TcpStream> {
    stream: S,
    layers: Option<Box<Layers>>,
}

impl Line {
    /// A client's end, on a socket that is connected and blocks.
    pub fn over(mut stream: TcpStream, door: &Door) -> io::Result<Self> {
        let mut layers = None;
        if door.way.has_tls() {
            let tls = tls::connect(&mut stream, &door.tls)?;
            layers = Some(Box::new(Layers::new(Some(tls))));
        }
        let mut line = Self { stream, layers };
        if door.way.has_web_socket() {
            web_socket::ask(&mut line, door.addr)?;
            let layers = line.layers.get_or_insert_with(|| Box::new(Layers::new(None)));
            layers.frames = Some(Frames::new(Role::Client));
        }
        Ok(line)
    }

    /// The socket.
    pub fn socket(&self) -> &TcpStream {
        &self.stream
    }

    /// Whether its TLS session continues an earlier one.
    pub fn is_resumed(&self) -> bool {
        let tls = self.layers.as_ref().and_then(|layers| layers.tls.as_ref());
        tls.and_then(|tls| tls.handshake_kind()) == Some(rustls::HandshakeKind::Resumed)
    }

    /// The TLS of this end.
    pub fn tls(&mut self) -> Option<&mut rustls::Connection> {
        self.layers.as_mut()?.tls.as_mut()
    }
}

impl<S> Line<S> {
    /// A server's end, before any handshake.
    pub fn accepted(stream: S, way: Way) -> io::Result<Self> {
        if way == Way::Tcp {
            return Ok(stream.into());
        }
        let tls = if way.has_tls() { Some(tls::accept()?) } else { None };
        let mut layers = Layers::new(tls);
        layers.frames = way.has_web_socket().then(|| Frames::new(Role::Server));
        let layers = Some(Box::new(layers));
        Ok(Self { stream, layers })
    }

    /// The same over another kind of socket.
    pub fn map<T>(self, change: impl FnOnce(S) -> T) -> Line<T> {
        Line {
            stream: change(self.stream),
            layers: self.layers,
        }
    }

    /// The socket, to be registered for events.
    pub fn socket_mut(&mut self) -> &mut S {
        &mut self.stream
    }
}

impl<S> From<S> for Line<S> {
    fn from(stream: S) -> Self {
        Self { stream, layers: None }
    }
}

impl<S: Read> Read for Line<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.layers {
            None => self.stream.read(buffer),
            Some(layers) => layers.read(&mut self.stream, buffer),
        }
    }
}

impl<S: Write> Write for Line<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.layers {
            None => self.stream.write(bytes),
            Some(layers) => layers.write(&mut self.stream, bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.layers {
            None => Ok(()),
            Some(layers) => layers.flush(&mut self.stream),
        }
    }
}

/// Two slices as one write.
fn pair<'a>(first: &'a [u8], second: &'a [u8]) -> [IoSlice<'a>; 2] {
    [IoSlice::new(first), IoSlice::new(second)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Both ends of a connection.
    fn ends(way: Way) -> (Line, Line) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let door = Door::new(listener.local_addr().unwrap(), way);
        std::thread::scope(|scope| {
            let client = scope.spawn(|| door.open().unwrap());
            let (stream, _) = listener.accept().unwrap();
            let mut server = Line::accepted(stream, way).unwrap();
            // Its handshakes go on while it reads.
            server.socket().set_nonblocking(true).unwrap();
            while !client.is_finished() {
                let read = server.read(&mut [0]);
                assert!(matches!(read, Err(error) if error.kind() == io::ErrorKind::WouldBlock));
                server.flush().unwrap();
                std::thread::yield_now();
            }
            server.socket().set_nonblocking(false).unwrap();
            let client = client.join().unwrap();
            for end in [&client, &server] {
                let patience = std::time::Duration::from_secs(20);
                end.socket().set_read_timeout(Some(patience)).unwrap();
            }
            (client, server)
        })
    }

    #[test]
    fn packets_arrive_as_they_were_sent_on_every_way_and_both_ways() {
        let packets: Vec<u8> = [1, 60, 300, 70_000, 5]
            .iter()
            .flat_map(|length| crate::bench::packet::publish("t", 0, false, 0, &vec![*length as u8; *length]))
            .collect();
        for way in Way::OVER_TCP {
            let (mut client, mut server) = ends(way);
            let mut arrived = vec![0; packets.len()];
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    client.write_all(&packets).unwrap();
                    client.flush().unwrap();
                });
                server.read_exact(&mut arrived).unwrap();
            });
            assert!(arrived == packets, "{way}");
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    server.write_all(&packets).unwrap();
                    server.flush().unwrap();
                });
                client.read_exact(&mut arrived).unwrap();
            });
            assert!(arrived == packets, "{way}");
        }
    }
}
