//! The header of a frame (RFC 6455 5.2), read byte by byte and judged as early as it can be.

use super::CONTROL_BYTES;
use super::close::Violation;

/// The most bytes that a header has: two, eight of the length, four of the mask.
const MOST_BYTES: usize = 14;
/// The most bytes of a header that a server writes: it masks nothing.
pub(super) const MOST_WRITTEN_BYTES: usize = MOST_BYTES - 4;
const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASK: u8 = 0x80;
/// The length stands in the next two bytes.
const LENGTH_16: u8 = 126;
/// The length stands in the next eight bytes.
const LENGTH_64: u8 = 127;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Opcode {
    #[default]
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA,
}

impl Opcode {
    fn of(first: u8) -> Option<Self> {
        Some(match first & 0x0F {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }

    fn is_control(self) -> bool {
        self as u8 & 0x08 != 0
    }

    fn name(self) -> &'static str {
        match self {
            Self::Continuation => "continuation",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Close => "Close",
            Self::Ping => "Ping",
            Self::Pong => "Pong",
        }
    }
}

/// A header that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub is_last: bool,
    pub opcode: Opcode,
    pub length: u64,
    pub mask: [u8; 4],
}

impl Header {
    /// The header of a short data frame that stands whole at the front of `bytes`, and how long it is: most frames of MQTT.
    /// All others are read, and judged, by [`Reading`].
    pub fn of_short_data(bytes: &[u8], in_message: bool) -> Option<(Self, usize)> {
        let [first, second, mask @ ..] = bytes.first_chunk::<6>()?;
        let opcode = match (first & !FIN, in_message) {
            (0x2, false) => Opcode::Binary,
            (0x0, true) => Opcode::Continuation,
            _ => return None,
        };
        let length = second.checked_sub(MASK).filter(|length| *length < LENGTH_16)?;
        let header = Self {
            is_last: first & FIN != 0,
            opcode,
            length: length.into(),
            mask: *mask,
        };
        Some((header, 6))
    }
}

/// A header that may not be whole yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Reading {
    bytes: [u8; MOST_BYTES],
    filled: usize,
    /// Known from the first byte.
    opcode: Opcode,
    /// How many bytes after the second hold the length, known from the second.
    length_bytes: usize,
}

impl Reading {
    pub fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// Takes the next byte. `in_message`: a message has begun whose last frame has not come.
    pub fn take(&mut self, byte: u8, in_message: bool) -> Result<Option<Header>, Violation> {
        self.bytes[self.filled] = byte;
        self.filled += 1;
        match self.filled {
            1 => {
                self.opcode = check_first(byte, in_message)?;
                return Ok(None);
            }
            2 => {
                check_second(self.opcode, byte)?;
                self.length_bytes = match byte & !MASK {
                    LENGTH_16 => 2,
                    LENGTH_64 => 8,
                    _ => 0,
                };
                return Ok(None);
            }
            filled if filled == 2 + self.length_bytes => check_length(self.length_bytes, self.length())?,
            _ => {}
        }
        let at_mask = 2 + self.length_bytes;
        let mask = &self.bytes[at_mask..self.filled.max(at_mask)];
        Ok(mask.first_chunk().map(|mask| Header {
            is_last: self.bytes[0] & FIN != 0,
            opcode: self.opcode,
            length: self.length(),
            mask: *mask,
        }))
    }

    fn length(&self) -> u64 {
        let [_, second, extended @ ..] = &self.bytes;
        match (self.length_bytes, extended) {
            (2, [high, low, ..]) => u64::from(u16::from_be_bytes([*high, *low])),
            (8, extended) => extended
                .first_chunk()
                .map_or(0, |bytes| u64::from_be_bytes(*bytes)),
            _ => u64::from(second & !MASK),
        }
    }
}

fn check_first(first: u8, in_message: bool) -> Result<Opcode, Violation> {
    // RFC 6455 5.2: no extension was agreed on that gives these bits a meaning.
    if first & RESERVED != 0 {
        let compressed = if first & RESERVED == 0x40 {
            "; RSV1 marks a compressed message, and the handshake agreed on no compression"
        } else {
            ""
        };
        return Err(Violation::protocol(format!(
            "a frame begins with 0x{first:02X}: its reserved bits must be 0{compressed}"
        )));
    }
    let Some(opcode) = Opcode::of(first) else {
        // RFC 6455 5.2.
        return Err(Violation::protocol(format!(
            "a frame begins with 0x{first:02X}: 0x{:X} is no opcode",
            first & 0x0F
        )));
    };
    match opcode {
        // MQTT5-6.0.0-1, MQTT311-6.0.0-1.
        Opcode::Text => Err(Violation::text()),
        // RFC 6455 5.5.
        _ if opcode.is_control() && first & FIN == 0 => Err(Violation::protocol(format!(
            "a {} frame is fragmented: a control frame is whole",
            opcode.name()
        ))),
        // RFC 6455 5.4.
        Opcode::Continuation if !in_message => Err(Violation::protocol(
            "a continuation frame came, and no message has begun".to_owned(),
        )),
        Opcode::Binary if in_message => Err(Violation::protocol(
            "a binary frame came, and the message before has not ended".to_owned(),
        )),
        _ => Ok(opcode),
    }
}

fn check_second(opcode: Opcode, second: u8) -> Result<(), Violation> {
    // RFC 6455 5.1.
    if second & MASK == 0 {
        return Err(Violation::protocol(format!(
            "a {} frame is not masked: a client masks every frame",
            opcode.name()
        )));
    }
    // RFC 6455 5.5.
    if opcode.is_control() && usize::from(second & !MASK) > CONTROL_BYTES {
        return Err(Violation::protocol(format!(
            "a {} frame carries more than {CONTROL_BYTES} bytes",
            opcode.name()
        )));
    }
    Ok(())
}

/// RFC 6455 5.2: a length stands in the shortest form that can hold it, and has 63 bits.
fn check_length(length_bytes: usize, length: u64) -> Result<(), Violation> {
    let least = match length_bytes {
        0 => 0,
        2 => u64::from(LENGTH_16),
        _ => 1 << 16,
    };
    if length < least {
        return Err(Violation::protocol(format!(
            "a frame gives its length, {length}, in {length_bytes} bytes: fewer do"
        )));
    }
    if length >> 63 != 0 {
        return Err(Violation::protocol(format!(
            "a frame gives its length as 0x{length:016X}: the highest bit must be 0"
        )));
    }
    Ok(())
}

/// Appends the header of a frame that is a whole message.
pub(super) fn write_header(opcode: Opcode, length: u64, down: &mut Vec<u8>) {
    down.push(FIN | opcode as u8);
    match length {
        0..=125 => down.push(length as u8),
        126..=0xFFFF => {
            down.push(LENGTH_16);
            down.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            down.push(LENGTH_64);
            down.extend_from_slice(&length.to_be_bytes());
        }
    }
}
