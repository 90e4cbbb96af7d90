//! The journal as a capture file: pcapng, which Wireshark and tshark open and decode as MQTT.
//!
//! The journal holds packets, not segments, so the network around them is made up: every connection is a TCP stream of
//! its own from an address that spells its number (connection 258 is `10.0.1.2`) to `10.255.255.254`, port 1883, with
//! sequence numbers that add up. Times are the broker's. Each packet carries its client identifier, and what was decided
//! about it, as the comment of its frame.

use std::collections::HashMap;
use std::time::Duration;

use foldhash::fast::RandomState;
use settings::text::cut;

use super::{CloseReason, Decision, Direction, Entry, Event, Record, Side};
use crate::session::ConnId;
use crate::time::Time;

const SECTION_HEADER: u32 = 0x0A0D_0D0A;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const BYTE_ORDER_MAGIC: u32 = 0x1A2B_3C4D;
/// Frames begin with their IP header.
const LINKTYPE_RAW: u32 = 101;

const OPTION_END: u16 = 0;
const OPTION_COMMENT: u16 = 1;
const OPTION_INTERFACE_NAME: u16 = 2;
const OPTION_APPLICATION: u16 = 4;
const OPTION_TIME_RESOLUTION: u16 = 9;
/// Times are in units of 10⁻⁹ seconds.
const NANOSECONDS: u8 = 9;

/// A comment is cut after this: its length in bytes is a number of 16 bits.
const COMMENT_COLUMNS: usize = 4_000;

const BROKER: [u8; 4] = [10, 255, 255, 254];
const BROKER_PORT: u16 = 1883;
const CLIENT_PORT: u16 = 49_152;
const IP_HEADER: usize = 20;
const TCP_HEADER: usize = 20;
/// What fits behind both headers into an IP packet.
const SEGMENT: usize = 65_535 - IP_HEADER - TCP_HEADER;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PUSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// Writes entries as a capture file, one after the other, so that a file may grow while a broker runs.
///
/// ```
/// use std::time::Duration;
/// use broker_core::journal::Pcapng;
///
/// let (_capture, head) = Pcapng::new(Duration::from_secs(1_700_000_000));
/// assert_eq!(head[..4], [0x0A, 0x0D, 0x0D, 0x0A]);
/// ```
#[derive(Debug)]
pub struct Pcapng {
    started_at: Duration,
    streams: HashMap<u32, Stream, RandomState>,
}

/// How many bytes each side of one connection has sent.
#[derive(Debug, Default)]
struct Stream {
    from_client: u32,
    from_broker: u32,
}

impl Pcapng {
    /// A new file, and the bytes that it begins with. `started_at` is what the clock on the wall showed at the start of
    /// the broker, counted from 1970.
    pub fn new(started_at: Duration) -> (Self, Vec<u8>) {
        let mut head = Vec::new();
        block(&mut head, SECTION_HEADER, |out| {
            out.extend(BYTE_ORDER_MAGIC.to_le_bytes());
            // Version 1.0, and a length that is not known yet.
            out.extend(1u16.to_le_bytes());
            out.extend(0u16.to_le_bytes());
            out.extend(u64::MAX.to_le_bytes());
            let program = concat!("Citronella ", env!("CARGO_PKG_VERSION"));
            option(out, OPTION_APPLICATION, program.as_bytes());
            option(out, OPTION_END, &[]);
        });
        block(&mut head, INTERFACE_DESCRIPTION, |out| {
            out.extend(LINKTYPE_RAW.to_le_bytes());
            // No limit to the length of a frame.
            out.extend(0u32.to_le_bytes());
            option(out, OPTION_INTERFACE_NAME, b"broker");
            option(out, OPTION_TIME_RESOLUTION, &[NANOSECONDS]);
            option(out, OPTION_END, &[]);
        });
        let capture = Self {
            started_at,
            streams: HashMap::default(),
        };
        (capture, head)
    }

    /// A whole file with these entries.
    pub fn file<'a>(started_at: Duration, entries: impl IntoIterator<Item = &'a Entry>) -> Vec<u8> {
        let (mut capture, mut out) = Self::new(started_at);
        for entry in entries {
            capture.entry(entry, &mut out);
        }
        out
    }

    /// Appends the frames of one entry to `out`. Of events, only the end of a connection has frames.
    ///
    /// ```
    /// use broker_core::journal::{Mark, Pcapng};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let (mut capture, mut file) = Pcapng::new(broker.journal().started_at());
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// for entry in broker.journal().tail_from(Mark::START).into_iter().take(3) {
    ///     capture.entry(&entry?, &mut file); // as they come
    /// }
    /// assert!(file.windows(4).any(|bytes| bytes == b"lamp"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn entry(&mut self, entry: &Entry, out: &mut Vec<u8>) {
        let Some(conn) = entry.conn.map(ConnId::number) else {
            return;
        };
        match &entry.record {
            // A capture shows what crossed the client's network.
            Record::Packet {
                side: Side::Engine, ..
            } => {}
            Record::Packet { direction, bytes, .. } => {
                if !self.streams.contains_key(&conn) {
                    self.shake_hands(entry.at, conn, out);
                }
                let comment = comment(entry);
                let mut comment = comment.as_deref();
                for part in bytes.chunks(SEGMENT) {
                    self.frame(out, entry.at, conn, *direction, PUSH | ACK, part, comment.take());
                }
            }
            Record::Event(Event::Disconnected { cause, .. }) => self.end(entry.at, conn, cause, out),
            Record::Event(Event::Refused { reason, .. }) => {
                self.end(entry.at, conn, &CloseReason::Refused(*reason), out);
            }
            Record::Event(_) => {}
        }
    }

    /// The end of a stream. The side that closed sends FIN or RST and says why; the other side closes after it.
    fn end(&mut self, at: Time, conn: u32, cause: &CloseReason, out: &mut Vec<u8>) {
        if !self.streams.contains_key(&conn) {
            return;
        }
        let words = cut(&cause.to_string(), COMMENT_COLUMNS);
        let (closer, other) = match cause.closed_by() {
            Direction::In => (Direction::In, Direction::Out),
            Direction::Out => (Direction::Out, Direction::In),
        };
        if cause.is_reset() {
            self.frame(out, at, conn, closer, RST | ACK, &[], Some(&words));
        } else {
            self.frame(out, at, conn, closer, FIN | ACK, &[], Some(&words));
            self.frame(out, at, conn, other, FIN | ACK, &[], None);
        }
        self.streams.remove(&conn);
    }

    fn shake_hands(&mut self, at: Time, conn: u32, out: &mut Vec<u8>) {
        self.frame(out, at, conn, Direction::In, SYN, &[], None);
        self.frame(out, at, conn, Direction::Out, SYN | ACK, &[], None);
        self.frame(out, at, conn, Direction::In, ACK, &[], None);
    }

    /// Appends one frame with one TCP segment in it.
    #[allow(clippy::too_many_arguments)] // each is a field of the frame
    fn frame(
        &mut self,
        out: &mut Vec<u8>,
        at: Time,
        conn: u32,
        direction: Direction,
        flags: u8,
        data: &[u8],
        comment: Option<&str>,
    ) {
        let stream = self.streams.entry(conn).or_default();
        let counts_one = u32::from(flags & (SYN | FIN) != 0);
        let (sent, answered) = match direction {
            Direction::In => (&mut stream.from_client, stream.from_broker),
            Direction::Out => (&mut stream.from_broker, stream.from_client),
        };
        let sequence = *sent;
        *sent = sent.wrapping_add(data.len() as u32 + counts_one);
        let acknowledged = if flags & ACK == 0 { 0 } else { answered };
        let [_, high, middle, low] = conn.to_be_bytes();
        let client = ([10, high, middle, low], CLIENT_PORT);
        let (from, to) = match direction {
            Direction::In => (client, (BROKER, BROKER_PORT)),
            Direction::Out => ((BROKER, BROKER_PORT), client),
        };
        let nanos = self.started_at.as_nanos() as u64 + at.as_nanos();
        block(out, ENHANCED_PACKET, |out| {
            let length = (IP_HEADER + TCP_HEADER + data.len()) as u32;
            out.extend(0u32.to_le_bytes());
            out.extend(((nanos >> 32) as u32).to_le_bytes());
            out.extend((nanos as u32).to_le_bytes());
            out.extend(length.to_le_bytes());
            out.extend(length.to_le_bytes());
            let tcp = tcp_header(from, to, sequence, acknowledged, flags, data);
            out.extend(ip_header(from.0, to.0, length as u16));
            out.extend(tcp);
            out.extend(data);
            pad(out, length as usize);
            if let Some(comment) = comment {
                option(out, OPTION_COMMENT, comment.as_bytes());
                option(out, OPTION_END, &[]);
            }
        });
    }
}

/// The client, and what was decided.
fn comment(entry: &Entry) -> Option<String> {
    let Record::Packet {
        decisions, omitted, ..
    } = &entry.record
    else {
        return None;
    };
    let mut words = Vec::new();
    if !entry.client_id.is_empty() {
        words.push(format!("client {}", cut(&entry.client_id, COMMENT_COLUMNS / 4)));
    }
    words.extend(omitted.map(|omitted| format!("the payload is left out: {omitted}")));
    words.extend(decisions.iter().map(Decision::to_string));
    (!words.is_empty()).then(|| cut(&words.join("; "), COMMENT_COLUMNS))
}

/// A block: its type, its length, what it holds, its length again.
fn block(out: &mut Vec<u8>, block_type: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    let begin = out.len();
    out.extend(block_type.to_le_bytes());
    out.extend([0; 4]);
    fill(out);
    let length = (out.len() - begin + 4) as u32;
    out.extend(length.to_le_bytes());
    if let Some(place) = out.get_mut(begin + 4..begin + 8) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}

fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    // A length has two bytes. A longer comment is cut.
    let value = value.get(..usize::from(u16::MAX) & !3).unwrap_or(value);
    out.extend(code.to_le_bytes());
    out.extend((value.len() as u16).to_le_bytes());
    out.extend(value);
    pad(out, value.len());
}

/// Fills up to a multiple of four.
fn pad(out: &mut Vec<u8>, length: usize) {
    out.extend(std::iter::repeat_n(0, length.next_multiple_of(4) - length));
}

fn ip_header(from: [u8; 4], to: [u8; 4], length: u16) -> [u8; IP_HEADER] {
    let mut header = [0; IP_HEADER];
    header[0] = 0x45;
    header[2..4].copy_from_slice(&length.to_be_bytes());
    header[8] = 64; // hops
    header[9] = 6; // TCP
    header[12..16].copy_from_slice(&from);
    header[16..].copy_from_slice(&to);
    let sum = checksum(&[&header]);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    header
}

fn tcp_header(
    from: ([u8; 4], u16),
    to: ([u8; 4], u16),
    sequence: u32,
    acknowledged: u32,
    flags: u8,
    data: &[u8],
) -> [u8; TCP_HEADER] {
    let mut header = [0; TCP_HEADER];
    header[..2].copy_from_slice(&from.1.to_be_bytes());
    header[2..4].copy_from_slice(&to.1.to_be_bytes());
    header[4..8].copy_from_slice(&sequence.to_be_bytes());
    header[8..12].copy_from_slice(&acknowledged.to_be_bytes());
    header[12] = 5 << 4; // words of header
    header[13] = flags;
    header[14..16].copy_from_slice(&u16::MAX.to_be_bytes()); // window
    let length = ((TCP_HEADER + data.len()) as u16).to_be_bytes();
    let sum = checksum(&[&from.0, &to.0, &[0, 6], &length, &header, data]);
    header[16..18].copy_from_slice(&sum.to_be_bytes());
    header
}

/// The checksum of the internet protocols. Every part but the last has an even length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let words = parts
        .iter()
        .flat_map(|part| part.chunks(2))
        .map(|pair| match pair {
            [high, low] => u64::from(u16::from_be_bytes([*high, *low])),
            [high] => u64::from(*high) << 8,
            _ => 0,
        });
    let mut sum: u64 = words.sum();
    while sum > 0xFFFF {
        sum = (sum >> 16) + (sum & 0xFFFF);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_internet_protocols() {
        // The example of RFC 1071, section 3.
        let parts: &[&[u8]] = &[&[0x00, 0x01, 0xF2, 0x03], &[0xF4, 0xF5, 0xF6, 0xF7]];
        assert_eq!(checksum(parts), !0xDDF2);
        // A header that holds its own checksum sums up to nothing.
        assert_eq!(checksum(&[&ip_header([10, 0, 0, 1], BROKER, 40)]), 0);
    }

    #[test]
    fn a_block_says_its_length_at_both_ends_and_is_a_multiple_of_four() {
        let (_, head) = Pcapng::new(Duration::ZERO);
        let mut rest = &head[..];
        let mut blocks = 0;
        while !rest.is_empty() {
            let length = u32::from_le_bytes(rest[4..8].try_into().expect("four")) as usize;
            assert_eq!(length % 4, 0);
            assert_eq!(rest[4..8], rest[length - 4..length]);
            rest = &rest[length..];
            blocks += 1;
        }
        assert_eq!(blocks, 2);
    }
}
