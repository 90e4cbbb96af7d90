//! The floor: a program that copies packets from publishers to subscribers and knows of MQTT only what is needed so
//! that clients go along. What a broker takes longer than this, it takes for being a broker.
//!
//! Everybody who subscribed gets everything. CONNECT and SUBSCRIBE are answered without being read, PUBLISH at QoS 1
//! and 2 is acknowledged in bulk, and copied with the publisher's packet identifier.

use std::io::{self, Read as _, Write as _};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use super::{loopback, print_port_and_wait};
use crate::bench::packet;

const READ_BYTES: usize = 256 * 1024;
const LISTENER: Token = Token(usize::MAX);

struct Peer {
    stream: TcpStream,
    /// The same socket, to be made blocking for a write that must wait.
    same: std::net::TcpStream,
    subscribed: bool,
    /// The beginning of a packet that has not come whole yet.
    tail: Vec<u8>,
}

pub(super) fn serve(port: u16) -> io::Result<()> {
    let mut listener = TcpListener::bind(loopback(port))?;
    let port = listener.local_addr()?.port();
    let mut poll = Poll::new()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    std::thread::spawn(move || relay(&listener, &mut poll));
    print_port_and_wait(port)
}

fn relay(listener: &TcpListener, poll: &mut Poll) -> io::Result<()> {
    let mut events = Events::with_capacity(1024);
    let mut peers: Slab<Peer> = Slab::new();
    let mut ready: Vec<usize> = Vec::new();
    let mut scratch = vec![0; READ_BYTES];
    let mut answers = Vec::new();
    loop {
        if ready.is_empty() {
            poll.poll(&mut events, None)?;
            for event in &events {
                if event.token() == LISTENER {
                    accept(listener, poll, &mut peers)?;
                } else {
                    ready.push(event.token().0);
                }
            }
        }
        let mut again = Vec::new();
        for index in ready.drain(..) {
            let Some(peer) = peers.get_mut(index) else {
                continue;
            };
            let tail = peer.tail.len();
            scratch[..tail].copy_from_slice(&peer.tail);
            match peer.stream.read(&mut scratch[tail..]) {
                Ok(0) => {
                    peers.remove(index);
                }
                Ok(n) => {
                    let filled = tail + n;
                    if filled == scratch.len() {
                        again.push(index);
                    }
                    let (publishes, taken) = sort(peer, &scratch[..filled], &mut answers);
                    peer.tail.clear();
                    peer.tail.extend_from_slice(&scratch[taken..filled]);
                    let alive = answers.is_empty() || write_all(peer, &answers).is_ok();
                    answers.clear();
                    if !alive {
                        peers.remove(index);
                    }
                    if !publishes.is_empty() {
                        peers.retain(|_, peer| {
                            !peer.subscribed || write_all(peer, &scratch[publishes.clone()]).is_ok()
                        });
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => {
                    peers.remove(index);
                }
            }
        }
        ready = again;
    }
}

fn accept(listener: &TcpListener, poll: &Poll, peers: &mut Slab<Peer>) -> io::Result<()> {
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nodelay(true)?;
                let same = std::net::TcpStream::from(stream);
                let mut stream = TcpStream::from_std(same.try_clone()?);
                let entry = peers.vacant_entry();
                poll.registry()
                    .register(&mut stream, Token(entry.key()), Interest::READABLE)?;
                entry.insert(Peer {
                    stream,
                    same,
                    subscribed: false,
                    tail: Vec::new(),
                });
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(_) => {}
        }
    }
}

/// Finds where packets end, answers what wants an answer; says which bytes are PUBLISH packets, and how many bytes
/// are whole packets.
fn sort(peer: &mut Peer, bytes: &[u8], answers: &mut Vec<u8>) -> (std::ops::Range<usize>, usize) {
    let mut at = 0;
    let mut publishes = 0..0;
    while let Some((header, whole)) =
        packet::frame(&bytes[at..]).filter(|(_, whole)| *whole <= bytes.len() - at)
    {
        let packet = &bytes[at..at + whole];
        let id = |at: usize| [packet[at], packet[at + 1]];
        match packet[0] & 0xf0 {
            packet::PUBLISH => {
                // A client's packets are all of one kind here once it publishes, so they stand in one row.
                if publishes.is_empty() {
                    publishes.start = at;
                }
                publishes.end = at + whole;
                let first = match packet[0] & 6 {
                    2 => packet::PUBACK,
                    4 => packet::PUBREC,
                    _ => 0,
                };
                if first != 0 {
                    let [high, low] = id(header + 2 + usize::from(u16::from_be_bytes(id(header))));
                    answers.extend_from_slice(&[first, 2, high, low]);
                }
            }
            0x10 => answers.extend_from_slice(&[packet::CONNACK, 2, 0, 0]),
            0x80 => {
                peer.subscribed = true;
                let [high, low] = id(header);
                // Every filter ends with the QoS that is asked for; all ask for the same.
                let mut filters = 0;
                let mut rest = header + 2;
                while rest + 2 < whole {
                    rest += 3 + usize::from(u16::from_be_bytes(id(rest)));
                    filters += 1;
                }
                answers.extend_from_slice(&[packet::SUBACK, 2 + filters, high, low]);
                answers.extend(std::iter::repeat_n(packet[whole - 1], usize::from(filters)));
            }
            // PUBREC of a subscriber, PUBREL of a publisher.
            packet::PUBREC => answers.extend_from_slice(&[packet::PUBREL, 2, packet[2], packet[3]]),
            0x60 => answers.extend_from_slice(&[packet::PUBCOMP, 2, packet[2], packet[3]]),
            _ => {}
        }
        at += whole;
    }
    (publishes, at)
}

/// Writes all of it, waiting for the peer where it must.
fn write_all(peer: &mut Peer, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match peer.stream.write(bytes) {
            Ok(n) => bytes = &bytes[n..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                peer.same.set_nonblocking(false)?;
                let result = peer.same.write_all(bytes);
                peer.same.set_nonblocking(true)?;
                return result;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
