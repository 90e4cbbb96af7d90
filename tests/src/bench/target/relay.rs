//! The floor: a program that copies packets from publishers to subscribers, and knows only as much of MQTT as clients
//! need to work. The time that a broker takes beyond this is the price of being a broker.
//!
//! Everybody who subscribed gets everything. CONNECT and SUBSCRIBE are answered without being read, PUBLISH at QoS 1
//! and 2 is acknowledged in bulk, and copied with the publisher's packet identifier.
//!
//! Over TLS it decrypts and encrypts, over WebSocket it takes frames apart and makes one for each write; then it is the floor
//! for a broker on that way. It reads and writes as much at once as the broker does.

use std::io::{self, Read as _, Write as _};
use std::ops::Range;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use super::{loopback, print_port_and_wait};
use crate::bench::packet;
use crate::harness::way::Way;
use crate::line::Line;

const READ_BYTES: usize = 256 * 1024;
/// A PUBLISH that is longer than this is copied as it comes.
const LARGE_BYTES: usize = READ_BYTES / 2;
/// Enough to see what is needed of a large PUBLISH.
const LARGE_HEADER_BYTES: usize = 256;
const LISTENER: Token = Token(usize::MAX);

struct Peer {
    line: Line<TcpStream>,
    /// The same socket, to be made blocking for a write that must wait.
    same: std::net::TcpStream,
    subscribed: bool,
    /// The beginning of a packet that has not come whole yet.
    tail: Vec<u8>,
    /// How much is still to come of a PUBLISH that is larger than the buffer, and copied as it comes.
    rest: usize,
}

pub(super) fn serve(way: Way, port: u16) -> io::Result<()> {
    let mut listener = TcpListener::bind(loopback(port))?;
    let port = listener.local_addr()?.port();
    let mut poll = Poll::new()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    std::thread::spawn(move || relay(&listener, &mut poll, way));
    print_port_and_wait(port)
}

fn relay(listener: &TcpListener, poll: &mut Poll, way: Way) -> io::Result<()> {
    let mut events = Events::with_capacity(1024);
    let mut peers: Slab<Peer> = Slab::new();
    let mut ready: Vec<usize> = Vec::new();
    let mut scratch = vec![0; READ_BYTES];
    let mut answers = Vec::new();
    let mut copies = Vec::new();
    loop {
        if ready.is_empty() {
            poll.poll(&mut events, None)?;
            for event in &events {
                if event.token() == LISTENER {
                    accept(listener, poll, &mut peers, way)?;
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
            match peer.line.read(&mut scratch[tail..]) {
                Ok(0) => {
                    peers.remove(index);
                }
                Ok(n) => {
                    let filled = tail + n;
                    if filled == scratch.len() {
                        again.push(index);
                    }
                    let taken = sort(peer, &scratch[..filled], &mut copies, &mut answers);
                    peer.tail.clear();
                    peer.tail.extend_from_slice(&scratch[taken..filled]);
                    let alive = answers.is_empty() || write_all(peer, &answers).is_ok();
                    answers.clear();
                    if !alive {
                        peers.remove(index);
                    }
                    for copy in copies.drain(..).filter(|copy| !copy.is_empty()) {
                        peers.retain(|_, peer| {
                            !peer.subscribed || write_all(peer, &scratch[copy.clone()]).is_ok()
                        });
                    }
                }
                // A handshake has its answers before there is anything to copy.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && peer.line.flush().is_ok() => {}
                Err(_) => {
                    peers.remove(index);
                }
            }
        }
        ready = again;
    }
}

fn accept(listener: &TcpListener, poll: &Poll, peers: &mut Slab<Peer>, way: Way) -> io::Result<()> {
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nodelay(true)?;
                let same = std::net::TcpStream::from(stream);
                let mut line = Line::accepted(TcpStream::from_std(same.try_clone()?), way)?;
                let entry = peers.vacant_entry();
                poll.registry()
                    .register(line.socket_mut(), Token(entry.key()), Interest::READABLE)?;
                entry.insert(Peer {
                    line,
                    same,
                    subscribed: false,
                    tail: Vec::new(),
                    rest: 0,
                });
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(_) => {}
        }
    }
}

/// Finds where packets end, answers what wants an answer, and says which bytes are to be copied; returns how many
/// bytes are dealt with.
fn sort(peer: &mut Peer, bytes: &[u8], copies: &mut Vec<Range<usize>>, answers: &mut Vec<u8>) -> usize {
    let mut at = peer.rest.min(bytes.len());
    peer.rest -= at;
    let mut copy = 0..at;
    while let Some((header, whole)) = packet::frame(&bytes[at..]) {
        let packet = &bytes[at..bytes.len().min(at + whole)];
        let is_publish = packet[0] & 0xf0 == packet::PUBLISH;
        if packet.len() < whole && !(is_publish && whole > LARGE_BYTES && packet.len() > LARGE_HEADER_BYTES) {
            break;
        }
        peer.rest = whole - packet.len();
        if is_publish {
            copy.end = at + packet.len();
        } else {
            copies.push(copy);
            copy = at + whole..at + whole;
        }
        answer(peer, packet, header, answers);
        at += packet.len();
    }
    copies.push(copy);
    at
}

/// Does what is necessary so that the sender of `packet` goes on.
fn answer(peer: &mut Peer, packet: &[u8], header: usize, answers: &mut Vec<u8>) {
    let two = |at: usize| [packet[at], packet[at + 1]];
    match packet[0] & 0xf0 {
        packet::PUBLISH => {
            let first = match packet[0] & 6 {
                2 => packet::PUBACK,
                4 => packet::PUBREC,
                _ => return,
            };
            let [high, low] = two(header + 2 + usize::from(u16::from_be_bytes(two(header))));
            answers.extend_from_slice(&[first, 2, high, low]);
        }
        0x10 => answers.extend_from_slice(&[packet::CONNACK, 2, 0, 0]),
        0x80 => {
            peer.subscribed = true;
            let mut filters = 0;
            let mut at = header + 2;
            while at + 2 < packet.len() {
                at += 3 + usize::from(u16::from_be_bytes(two(at)));
                filters += 1;
            }
            // Every filter ends with the QoS that is asked for; all ask for the same.
            let qos = packet[packet.len() - 1];
            let [high, low] = two(header);
            answers.extend(packet::suback([high, low], filters, qos));
        }
        // PUBREC of a subscriber, PUBREL of a publisher.
        packet::PUBREC => answers.extend_from_slice(&[packet::PUBREL, 2, packet[2], packet[3]]),
        0x60 => answers.extend_from_slice(&[packet::PUBCOMP, 2, packet[2], packet[3]]),
        _ => {}
    }
}

/// Writes all of it, waiting for the peer where it must.
fn write_all(peer: &mut Peer, mut bytes: &[u8]) -> io::Result<()> {
    let mut waited = false;
    while !bytes.is_empty() {
        match peer.line.write(bytes) {
            Ok(n) => bytes = &bytes[n..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && !waited => {
                peer.same.set_nonblocking(false)?;
                waited = true;
            }
            Err(error) => return Err(error),
        }
    }
    if peer.line.flush().is_err() {
        peer.same.set_nonblocking(false)?;
        waited = true;
        peer.line.flush()?;
    }
    if waited {
        peer.same.set_nonblocking(true)?;
    }
    Ok(())
}
