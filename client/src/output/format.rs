//! `-F`: a format parsed once, then rendered for each message, byte for byte as mosquitto_sub does.

use std::io::Write;

use super::format_json::json;
use super::message::Message;
use crate::error::UsageError;
use jiff::Zoned;

/// A parsed format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    pieces: Vec<Piece>,
    /// Indent the JSON of `%j` and `%J`.
    pretty: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Bytes that stand for themselves.
    Plain(Vec<u8>),
    /// `%x`.
    Field(Field),
    /// `@x`: strftime.
    Time(u8),
    /// `@N`: nanoseconds of the second.
    Nanoseconds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    letter: u8,
    left: bool,
    zeros: bool,
    width: usize,
    precision: Option<usize>,
    /// Stands between two groups of hexadecimal digits.
    separator: u8,
}

/// A width or precision beyond this would only fill the memory.
const WIDEST: usize = 65_535;

impl Format {
    /// Parses `text`.
    ///
    /// # Errors
    /// A sequence that does not exist or does not end.
    pub fn parse(text: &str, pretty: bool) -> Result<Self, UsageError> {
        let mut pieces = Vec::new();
        let mut plain = Vec::new();
        let mut rest = text.as_bytes();
        let incomplete = || UsageError::new("Incomplete format specifier.");
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            let piece = match byte {
                b'%' => Piece::Field(field(&mut rest)?),
                b'@' => {
                    let (&letter, after) = rest.split_first().ok_or_else(incomplete)?;
                    rest = after;
                    match letter {
                        b'@' => {
                            plain.push(b'@');
                            continue;
                        }
                        b'N' => Piece::Nanoseconds,
                        letter => Piece::Time(letter),
                    }
                }
                b'\\' => {
                    let (&letter, after) = rest
                        .split_first()
                        .ok_or_else(|| UsageError::new("Incomplete escape specifier."))?;
                    rest = after;
                    plain.push(escape(letter)?);
                    continue;
                }
                byte => {
                    plain.push(byte);
                    continue;
                }
            };
            if !plain.is_empty() {
                pieces.push(Piece::Plain(std::mem::take(&mut plain)));
            }
            pieces.push(piece);
        }
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        Ok(Self { pieces, pretty })
    }

    /// Renders `message`, which arrived at `now`, onto `out`. Returns what should be said on standard error.
    pub fn render(&self, message: &Message, now: &Zoned, out: &mut Vec<u8>) -> Vec<String> {
        let mut complaints = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Plain(bytes) => out.extend_from_slice(bytes),
                Piece::Nanoseconds => {
                    out.extend_from_slice(format!("{:09}", now.subsec_nanosecond()).as_bytes());
                }
                Piece::Time(letter) => strftime(*letter, now, out),
                Piece::Field(field) => {
                    if let Err(complaint) = field.render(message, now, self.pretty, out) {
                        complaints.push(complaint);
                    }
                }
            }
        }
        complaints
    }
}

fn escape(letter: u8) -> Result<u8, UsageError> {
    Ok(match letter {
        b'\\' => b'\\',
        b'0' => 0,
        b'a' => 7,
        b'e' => 0x1B,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0B,
        other => {
            return Err(UsageError(format!(
                "Invalid escape specifier '{}'.",
                char::from(other)
            )));
        }
    })
}

/// What follows `%`: `[-][0][width][.precision][separator]letter`.
fn field(rest: &mut &[u8]) -> Result<Field, UsageError> {
    let mut field = Field {
        letter: 0,
        left: false,
        zeros: false,
        width: 0,
        precision: None,
        separator: b' ',
    };
    let eat = |rest: &mut &[u8], wanted: u8| match rest.split_first() {
        Some((&byte, after)) if byte == wanted => {
            *rest = after;
            true
        }
        _ => false,
    };
    let number = |rest: &mut &[u8]| {
        let mut value = 0_usize;
        while let Some((digit @ b'0'..=b'9', after)) = rest.split_first() {
            value = (value * 10 + usize::from(digit - b'0')).min(WIDEST);
            *rest = after;
        }
        value
    };
    field.left = eat(rest, b'-');
    field.zeros = eat(rest, b'0');
    field.width = number(rest);
    if eat(rest, b'.') {
        field.precision = Some(number(rest));
    }
    if let Some((&separator @ b':', after)) = rest.split_first() {
        field.separator = separator;
        *rest = after;
    }
    let (&letter, after) = rest
        .split_first()
        .ok_or_else(|| UsageError::new("Incomplete format specifier."))?;
    *rest = after;
    if !b"%ACDEFIJPRSUXdfjlmpqrtx".contains(&letter) {
        return Err(UsageError(format!(
            "Invalid format specifier '{}'.",
            char::from(letter)
        )));
    }
    field.letter = letter;
    Ok(field)
}

impl Field {
    fn render(&self, message: &Message, now: &Zoned, pretty: bool, out: &mut Vec<u8>) -> Result<(), String> {
        let properties = message.properties.as_ref();
        match self.letter {
            b'A' => self.integer(properties.and_then(|all| all.topic_alias).map(i64::from), out),
            b'C' => match properties.and_then(|all| all.content_type.as_deref()) {
                Some(text) => self.text(text.as_bytes(), out),
                None => out.resize(out.len() + self.width, b' '),
            },
            b'D' => out.extend_from_slice(
                properties
                    .and_then(|all| all.correlation_data.as_deref())
                    .unwrap_or_default(),
            ),
            // C's `int`: larger numbers wrap.
            b'E' => self.integer(
                properties
                    .and_then(|all| all.message_expiry_interval)
                    .map(|seconds| i64::from(seconds.cast_signed())),
                out,
            ),
            b'F' => self.integer(
                properties
                    .and_then(|all| all.payload_format_indicator)
                    .map(i64::from),
                out,
            ),
            b'I' => self.text(now.strftime("%Y-%m-%dT%H:%M:%S%z").to_string().as_bytes(), out),
            b'J' => json(message, now, false, pretty, out)?,
            b'j' => json(message, now, true, pretty, out)?,
            b'P' => {
                let pairs = properties
                    .map(|all| all.user_properties.as_slice())
                    .unwrap_or_default();
                let pairs: Vec<String> = pairs
                    .iter()
                    .map(|(name, value)| format!("{name}:{value}"))
                    .collect();
                out.extend_from_slice(pairs.join(" ").as_bytes());
            }
            b'R' => {
                if let Some(topic) = properties.and_then(|all| all.response_topic.as_deref()) {
                    self.text(topic.as_bytes(), out);
                }
            }
            b'S' => self.integer(
                properties
                    .and_then(|all| all.subscription_identifiers.first())
                    .map(|id| i64::from(*id as u32)),
                out,
            ),
            b'U' => {
                write!(
                    out,
                    "{}.{:09}",
                    now.timestamp().as_second(),
                    now.subsec_nanosecond()
                )
                .ok();
            }
            b'X' | b'p' | b'x' => self.payload(&message.payload, out),
            b'd' | b'f' => self.float(&message.payload, out)?,
            b'l' => self.integer(Some(i64::from(message.payload.len() as u32)), out),
            b'm' => self.integer(Some(i64::from(message.id)), out),
            b'q' => out.push(b'0' + message.qos as u8),
            b'r' => out.push(b'0' + u8::from(message.retain)),
            b't' => self.text(message.topic.as_bytes(), out),
            _ => out.push(b'%'),
        }
        Ok(())
    }

    /// `printf("%*.*s")`: widths count bytes.
    fn text(&self, text: &[u8], out: &mut Vec<u8>) {
        let shown = text.get(..self.precision.unwrap_or(text.len())).unwrap_or(text);
        let blanks = self.width.saturating_sub(shown.len());
        if !self.left {
            out.resize(out.len() + blanks, b' ');
        }
        out.extend_from_slice(shown);
        if self.left {
            out.resize(out.len() + blanks, b' ');
        }
    }

    fn integer(&self, value: Option<i64>, out: &mut Vec<u8>) {
        let width = self.width;
        match value {
            None => out.resize(out.len() + width, if self.zeros { b'0' } else { b' ' }),
            Some(value) if self.left => out.extend_from_slice(format!("{value:<width$}").as_bytes()),
            Some(value) if self.zeros => out.extend_from_slice(format!("{value:0width$}").as_bytes()),
            Some(value) => out.extend_from_slice(format!("{value:>width$}").as_bytes()),
        }
    }

    /// The payload or its hexadecimal digits. A width is the most bytes that are shown, as well as the least characters.
    /// Digits stand in groups of `precision`, and what fills the width is grouped with them.
    fn payload(&self, payload: &[u8], out: &mut Vec<u8>) {
        let hexadecimal = self.letter != b'p';
        let most = if self.width > 0 { self.width } else { payload.len() };
        let shown = payload.get(..most).unwrap_or(payload);
        let length = shown.len() * if hexadecimal { 2 } else { 1 };
        let blanks = if self.width > 0 {
            self.width.saturating_sub(length)
        } else {
            0
        };
        let group = self.precision.filter(|group| hexadecimal && *group > 0);
        let mut written = 0_usize;
        let mut put = |out: &mut Vec<u8>, byte: u8, last: bool| {
            out.push(byte);
            written += 1;
            if !last && group.is_some_and(|group| written.is_multiple_of(group)) {
                out.push(self.separator);
            }
        };
        if !self.left {
            let fill = if self.zeros { b'0' } else { b' ' };
            (0..blanks).for_each(|_| put(out, fill, false));
        }
        if hexadecimal {
            let digits: &[u8; 16] = if self.letter == b'x' {
                b"0123456789abcdef"
            } else {
                b"0123456789ABCDEF"
            };
            let digit = |nibble: u8| digits.get(usize::from(nibble)).copied().unwrap_or(b'0');
            for (position, byte) in shown.iter().enumerate() {
                put(out, digit(byte >> 4), false);
                put(out, digit(byte & 0x0F), position + 1 == shown.len());
            }
        } else {
            out.extend_from_slice(shown);
        }
        if self.left {
            // printf's negative width pads, too: with as many blanks as the text differs from the width, or as the
            // whole text where there is no width.
            let blanks = match self.width {
                0 => shown.len(),
                width => width.abs_diff(length),
            };
            out.resize(out.len() + blanks, b' ');
        }
    }

    /// `%f`, `%d` (mosquitto 2.1): a payload that is the memory of a C float or double.
    fn float(&self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        let value = if self.letter == b'f' {
            let bytes = payload
                .try_into()
                .map_err(|_| "requested float printing, but non-float data received")?;
            f64::from(f32::from_ne_bytes(bytes))
        } else {
            let bytes = payload
                .try_into()
                .map_err(|_| "requested double printing, but non-double data received")?;
            f64::from_ne_bytes(bytes)
        };
        let (width, precision) = (self.width, self.precision.unwrap_or(6));
        let text = if value.is_finite() {
            match (self.left, self.zeros) {
                (true, _) => format!("{value:<width$.precision$}"),
                (false, true) => format!("{value:0width$.precision$}"),
                (false, false) => format!("{value:>width$.precision$}"),
            }
        } else {
            let name = if value.is_nan() {
                "nan".to_owned()
            } else {
                value.to_string()
            };
            if self.left {
                format!("{name:<width$}")
            } else {
                format!("{name:>width$}")
            }
        };
        out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// strftime in the C locale. What it does not know it prints as it is, as glibc does.
fn strftime(letter: u8, now: &Zoned, out: &mut Vec<u8>) {
    let format = match letter {
        // jiff has its own idea of these.
        b'c' => "%a %b %e %H:%M:%S %Y",
        b'x' | b'D' => "%m/%d/%y",
        b'X' | b'T' => "%H:%M:%S",
        b'r' => "%I:%M:%S %p",
        b'R' => "%H:%M",
        b'F' => "%Y-%m-%d",
        b'h' => "%b",
        b'n' => "\n",
        b't' => "\t",
        b'%' => "%%",
        b'a' | b'A' | b'b' | b'B' | b'C' | b'd' | b'e' | b'g' | b'G' | b'H' | b'I' | b'j' | b'k' | b'l'
        | b'm' | b'M' | b'p' | b'P' | b's' | b'S' | b'u' | b'U' | b'V' | b'w' | b'W' | b'y' | b'Y' | b'z'
        | b'Z' => {
            let format = format!("%{}", char::from(letter));
            let text = now.strftime(&format).to_string();
            out.extend_from_slice(text.as_bytes());
            return;
        }
        other => {
            out.extend_from_slice(&[b'%', other]);
            return;
        }
    };
    out.extend_from_slice(now.strftime(format).to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::format_json::tests::message;
    use super::*;

    fn rendered(format: &str, payload: &'static [u8]) -> String {
        let mut out = Vec::new();
        let format = Format::parse(format, false).unwrap();
        format.render(&message(payload), &Zoned::now(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn hexadecimal_digits_stand_in_groups() {
        for (format, expected) in [
            ("%x", "68656c6c6f"),
            ("%.2x", "68 65 6c 6c 6f"),
            ("%.1x", "6 8 6 5 6 c 6 c 6 f"),
            ("%.4X", "6865 6C6C 6F"),
            ("%.2:x", "68:65:6c:6c:6f"),
            ("%.0x", "68656c6c6f"),
            ("%14.2:x", "  :  :68:65:6c:6c:6f"),
            ("%014.2x", "00 00 68 65 6c 6c 6f"),
            ("%.2p", "hello"),
        ] {
            assert_eq!(rendered(format, b"hello"), expected, "{format}");
        }
    }

    #[test]
    fn a_width_counts_bytes_that_are_shown() {
        for (format, expected) in [
            ("%18x|", "        68656c6c6f|"),
            ("%-12x|", "68656c6c6f  |"),
            ("%012X|", "0068656C6C6F|"),
            ("%5x|", "68656c6c6f|"),
            ("%2x|", "6865|"),
            ("%2p|", "he|"),
            ("%7p|", "  hello|"),
        ] {
            assert_eq!(rendered(format, b"hello"), expected, "{format}");
        }
        assert_eq!(rendered("%18x", b"123456789012"), "313233343536373839303132");
    }
}
