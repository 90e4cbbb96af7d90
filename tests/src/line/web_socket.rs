//! Both ends of WebSocket, as far as the load needs it: one binary frame a packet of MQTT from a client, as clients send them,
//! and one frame a write from a server. Control frames are passed over.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use crate::bench::packet;

/// The key of every frame from a client. Unmasking costs the same whichever it is, if it is not all zeros.
const KEY: [u8; 4] = [0x5A, 0xC3, 0x17, 0x9E];
/// The answer of a relay, which reads nothing of the request.
const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";
/// The head of a frame has at most so many bytes.
const HEAD_BYTES: usize = 14;

/// Which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Its frames are masked.
    Client,
    /// Its frames are not.
    Server,
}

/// The request for an upgrade, with these lines more; each ends with CR LF.
pub fn request(host: SocketAddr, more: &str) -> String {
    format!(
        "GET /mqtt HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Protocol: mqtt\r\n{more}\r\n"
    )
}

/// Reads the head of an answer.
pub fn answer(stream: &mut impl Read) -> io::Result<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(END_OF_HEAD) {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Asks for an upgrade and waits for it.
pub(super) fn ask(line: &mut (impl Read + Write), host: SocketAddr) -> io::Result<()> {
    line.write_all(request(host, "").as_bytes())?;
    line.flush()?;
    let head = answer(line)?;
    if head.starts_with("HTTP/1.1 101 ") {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "the upgrade was answered with {head:?}"
    )))
}

/// A frame from a client, masked. `first` has the flags and the opcode.
pub fn masked(first: u8, payload: &[u8], out: &mut Vec<u8>) {
    let (mut head, length) = Frames::header(payload.len());
    head[0] = first;
    head[1] |= 0x80;
    out.extend_from_slice(&head[..length]);
    out.extend_from_slice(&KEY);
    let begin = out.len();
    out.extend_from_slice(payload);
    mask(&mut out[begin..], KEY);
}

/// The frames of one connection.
#[derive(Debug)]
pub struct Frames {
    role: Role,
    /// The request, until all of it is there.
    request: Option<Vec<u8>>,
    /// The head of a frame, until all of it is there.
    head: Vec<u8>,
    /// How much of the payload of the current frame is still to come, and what becomes of it.
    left: u64,
    is_data: bool,
    /// Turned so that its first byte is for the next byte of the payload.
    key: [u8; 4],
}

impl Frames {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            request: (role == Role::Server).then(Vec::new),
            head: Vec::new(),
            left: 0,
            is_data: false,
            key: [0; 4],
        }
    }

    pub(super) fn masks(&self) -> bool {
        self.role == Role::Client
    }

    /// Says how much it took, and how much it made. What the peer must be sent is put to `answers`.
    pub(super) fn read(
        &mut self,
        came: &[u8],
        buffer: &mut [u8],
        answers: &mut Vec<u8>,
    ) -> io::Result<(usize, usize)> {
        let (mut taken, mut made) = (0, 0);
        if let Some(request) = &mut self.request {
            let begin = request.len().saturating_sub(END_OF_HEAD.len() - 1);
            let had = request.len();
            request.extend_from_slice(came);
            let end = request[begin..]
                .windows(END_OF_HEAD.len())
                .position(|four| four == END_OF_HEAD);
            let Some(end) = end else {
                return Ok((came.len(), 0));
            };
            taken = begin + end + END_OF_HEAD.len() - had;
            self.request = None;
            answers.extend_from_slice(ANSWER);
        }
        loop {
            while self.left == 0 && taken < came.len() {
                taken += self.begin_frame(&came[taken..]);
            }
            let n = usize::try_from(self.left)
                .unwrap_or(usize::MAX)
                .min(came.len() - taken);
            if n == 0 || (self.is_data && made == buffer.len()) {
                return Ok((taken, made));
            }
            if self.is_data {
                let n = n.min(buffer.len() - made);
                let target = &mut buffer[made..made + n];
                target.copy_from_slice(&came[taken..taken + n]);
                if self.role == Role::Server {
                    mask(target, self.key);
                    self.key.rotate_left(n % 4);
                }
                made += n;
                taken += n;
                self.left -= n as u64;
            } else {
                taken += n;
                self.left -= n as u64;
            }
        }
    }

    /// Takes bytes of the head of a frame; says how many.
    fn begin_frame(&mut self, bytes: &[u8]) -> usize {
        // Most often all of it is there.
        if self.head.is_empty()
            && let Some(length) = self.head_of(bytes)
        {
            return length;
        }
        let had = self.head.len();
        for (index, byte) in bytes.iter().take(HEAD_BYTES).enumerate() {
            self.head.push(*byte);
            let head = std::mem::take(&mut self.head);
            if self.head_of(&head).is_some() {
                return index + 1;
            }
            self.head = head;
        }
        self.head.len() - had
    }

    /// Reads a whole head; says how long it is.
    fn head_of(&mut self, bytes: &[u8]) -> Option<usize> {
        let [first, second] = *bytes.first_chunk()?;
        let (left, mut length) = match second & 0x7F {
            126 => (u64::from(u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?)), 4),
            127 => (u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?), 10),
            short => (u64::from(short), 2),
        };
        if second & 0x80 != 0 {
            self.key = *bytes.get(length..)?.first_chunk()?;
            length += 4;
        }
        self.left = left;
        // Continuation and binary.
        self.is_data = matches!(first & 0x0F, 0 | 2);
        Some(length)
    }

    /// A frame for each packet.
    pub(super) fn write_masked(mut bytes: &[u8], out: &mut Vec<u8>) {
        out.reserve(bytes.len() * 2);
        while !bytes.is_empty() {
            let whole = packet::frame(bytes).map_or(bytes.len(), |(_, whole)| whole.min(bytes.len()));
            let (packet, rest) = bytes.split_at(whole);
            masked(0x82, packet, out);
            bytes = rest;
        }
    }

    /// The head of a binary frame that is not masked, and its length.
    pub(super) fn header(payload: usize) -> ([u8; 10], usize) {
        let mut header = [0x82, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        match payload {
            0..=125 => {
                header[1] = payload as u8;
                (header, 2)
            }
            126..=0xFFFF => {
                header[1] = 126;
                header[2..4].copy_from_slice(&(payload as u16).to_be_bytes());
                (header, 4)
            }
            _ => {
                header[1] = 127;
                header[2..].copy_from_slice(&(payload as u64).to_be_bytes());
                (header, 10)
            }
        }
    }
}

/// Masks, and takes the mask away.
fn mask(bytes: &mut [u8], key: [u8; 4]) {
    let (fours, rest) = bytes.as_chunks_mut::<4>();
    let word = u32::from_ne_bytes(key);
    for four in fours {
        *four = (u32::from_ne_bytes(*four) ^ word).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key) {
        *byte ^= key;
    }
}
