//! The load generator's side of one connection: the handshakes, on a blocking socket.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use super::packet;
use crate::line::{Door, Line};

/// How long an answer of a handshake may take.
const ANSWER: Duration = Duration::from_secs(30);

/// Connects and says CONNECT; returns once CONNACK accepted it. Without Nagle's algorithm: what is measured is the broker, and
/// not how long a client's kernel holds its writes back; the case `small-writes` measures that.
pub fn connect(addr: SocketAddr, client_id: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER))?;
    handshake(&mut stream, client_id)?;
    Ok(stream)
}

/// The same, on any way.
pub fn connect_over(door: &Door, client_id: &str) -> io::Result<Line> {
    let stream = TcpStream::connect(door.addr)?;
    stream.set_nodelay(true)?;
    connect_on(stream, door, client_id)
}

/// The same, from this address: each address has ports of its own.
pub fn connect_from(source: IpAddr, door: &Door, client_id: &str) -> io::Result<Line> {
    let socket = Socket::new(Domain::for_address(door.addr), Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((source, 0)).into())?;
    socket.connect(&door.addr.into())?;
    socket.set_tcp_nodelay(true)?;
    connect_on(socket.into(), door, client_id)
}

fn connect_on(stream: TcpStream, door: &Door, client_id: &str) -> io::Result<Line> {
    stream.set_read_timeout(Some(ANSWER))?;
    let mut line = Line::over(stream, door)?;
    handshake(&mut line, client_id)?;
    Ok(line)
}

/// CONNECT and CONNACK on an open connection.
pub fn handshake(stream: &mut (impl Read + Write), client_id: &str) -> io::Result<()> {
    stream.write_all(&packet::connect(client_id))?;
    let mut connack = [0; 4];
    stream.read_exact(&mut connack)?;
    match connack {
        [packet::CONNACK, 2, _, 0] => Ok(()),
        other => Err(io::Error::other(format!(
            "CONNECT of {client_id:?} was answered with {other:02x?} instead of an accepting CONNACK"
        ))),
    }
}

/// Connects and subscribes to `filters`.
pub fn subscriber<S: AsRef<str>>(
    addr: SocketAddr,
    client_id: &str,
    filters: &[S],
    qos: u8,
) -> io::Result<TcpStream> {
    let mut stream = connect(addr, client_id)?;
    subscribe(&mut stream, filters, qos)?;
    Ok(stream)
}

/// The same, on any way.
pub fn subscriber_over<S: AsRef<str>>(
    door: &Door,
    client_id: &str,
    filters: &[S],
    qos: u8,
) -> io::Result<Line> {
    let mut line = connect_over(door, client_id)?;
    subscribe(&mut line, filters, qos)?;
    Ok(line)
}

/// Subscribes on a connection on which nothing else arrives, a packet for every thousand filters.
pub fn subscribe<S: AsRef<str>>(stream: &mut (impl Read + Write), filters: &[S], qos: u8) -> io::Result<()> {
    for (index, chunk) in filters.chunks(1000).enumerate() {
        stream.write_all(&packet::subscribe(index as u16 + 1, chunk, qos))?;
        let suback = packets::read(stream)?;
        let codes = suback.len().saturating_sub(chunk.len());
        if suback.first() != Some(&packet::SUBACK) || suback[codes..].iter().any(|code| *code != qos) {
            return Err(io::Error::other(format!(
                "SUBSCRIBE at QoS {qos} was answered with {:02x?}…",
                &suback[..suback.len().min(16)]
            )));
        }
    }
    Ok(())
}

/// Connects and says CONNECT as soon as somebody listens; for a broker that is just starting.
pub fn connect_when_up(door: &Door, client_id: &str, patience: Duration) -> io::Result<Line> {
    let deadline = Instant::now() + patience;
    loop {
        match TcpStream::connect(door.addr) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return connect_on(stream, door, client_id);
            }
            Err(error) if Instant::now() >= deadline => return Err(error),
            // Nobody there yet: asked again at once, since a start is measured in tenths of a millisecond.
            Err(_) => std::thread::yield_now(),
        }
    }
}

/// Publishes at QoS 1 and waits for the PUBACK: what was sent before on this connection is then handled, too.
pub fn settle(stream: &mut (impl Read + Write)) -> io::Result<()> {
    stream.write_all(&packet::publish("bench/settle", 1, false, 1, b""))?;
    match packets::read(stream)?.as_slice() {
        [packet::PUBACK, 2, 0, 1] => Ok(()),
        other => Err(io::Error::other(format!(
            "PUBLISH at QoS 1 was answered with {other:02x?}"
        ))),
    }
}
