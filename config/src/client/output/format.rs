//! `-F`: a format parsed once, then rendered for each message, byte for byte as mosquitto_sub does.

use std::io::Write;

use super::super::error::UsageError;
use super::cjson::Json;
use super::message::Message;
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

/// What follows `%`: `[-][0][width][.precision]letter`.
fn field(rest: &mut &[u8]) -> Result<Field, UsageError> {
    let mut field = Field {
        letter: 0,
        left: false,
        zeros: false,
        width: 0,
        precision: None,
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
            // C's `int`: what is beyond it wraps.
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

    /// The payload or its hexadecimal digits. A width is the most that is shown as well as the least; of
    /// hexadecimal digits it shows half the bytes that would fit if they are few, which is how mosquitto_sub counts.
    fn payload(&self, payload: &[u8], out: &mut Vec<u8>) {
        let hexadecimal = self.letter != b'p';
        let mut length = payload.len();
        let blanks = if self.width > 0 {
            length = length.min(self.width);
            if hexadecimal {
                length /= 2;
            }
            self.width - length * if hexadecimal { 2 } else { 1 }
        } else if self.left {
            // printf's negative width pads too.
            length
        } else {
            0
        };
        let shown = payload.get(..length).unwrap_or_default();
        if !self.left {
            out.resize(out.len() + blanks, if self.zeros { b'0' } else { b' ' });
        }
        match self.letter {
            b'p' => out.extend_from_slice(shown),
            b'x' => shown
                .iter()
                .for_each(|byte| out.extend_from_slice(format!("{byte:02x}").as_bytes())),
            _ => shown
                .iter()
                .for_each(|byte| out.extend_from_slice(format!("{byte:02X}").as_bytes())),
        }
        if self.left {
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

/// `%j` (`escaped`) and `%J`.
fn json(
    message: &Message,
    now: &Zoned,
    escaped: bool,
    pretty: bool,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let payload = if message.payload.is_empty() {
        Json::Null
    } else if escaped {
        Json::text(&message.payload)
    } else {
        Json::parse(&message.payload).ok_or_else(|| {
            format!(
                "Error: Message payload is not valid JSON on topic {}.",
                message.topic
            )
        })?
    };
    let micros = now.subsec_nanosecond() / 1000;
    let time = format!(
        "{}.{micros:06}Z{}",
        now.strftime("%Y-%m-%dT%H:%M:%S"),
        now.strftime("%z")
    );
    let mut members = vec![
        (b"tst".to_vec(), Json::Text(time.into())),
        (b"topic".to_vec(), Json::text(message.topic.as_bytes())),
        (b"qos".to_vec(), Json::Number(f64::from(message.qos as u8))),
        (
            b"retain".to_vec(),
            Json::Number(f64::from(u8::from(message.retain))),
        ),
        (
            b"payloadlen".to_vec(),
            Json::Number(f64::from(message.payload.len() as u32)),
        ),
    ];
    if message.id != 0 {
        members.push((b"mid".to_vec(), Json::Number(f64::from(message.id))));
    }
    if let Some(properties) = properties(message) {
        members.push((b"properties".to_vec(), properties));
    }
    members.push((b"payload".to_vec(), payload));
    Json::Object(members).print(pretty, out);
    Ok(())
}

/// Version 5's properties, in the order of the wire.
fn properties(message: &Message) -> Option<Json> {
    let all = message.properties.as_ref()?;
    let mut members: Vec<(Vec<u8>, Json)> = Vec::new();
    let mut identifiers = all.subscription_identifiers.iter();
    for id in &message.property_order {
        let (name, value) = match id {
            1 => (
                "payload-format-indicator",
                all.payload_format_indicator
                    .map(|value| Json::Number(value.into())),
            ),
            2 => (
                "message-expiry-interval",
                all.message_expiry_interval
                    .map(|value| Json::Number(value.into())),
            ),
            3 => (
                "content-type",
                all.content_type.as_ref().map(|text| Json::text(text.as_bytes())),
            ),
            8 => (
                "response-topic",
                all.response_topic
                    .as_ref()
                    .map(|text| Json::text(text.as_bytes())),
            ),
            9 => (
                "correlation-data",
                all.correlation_data.as_ref().map(|data| Json::text(data)),
            ),
            11 => (
                "subscription-identifier",
                identifiers.next().map(|id| Json::Number(f64::from(*id as u32))),
            ),
            35 => (
                "topic-alias",
                all.topic_alias.map(|value| Json::Number(value.into())),
            ),
            38 if members.iter().all(|(name, _)| name != b"user-properties") => {
                let pairs = all.user_properties.iter();
                let pairs =
                    pairs.map(|(name, value)| (name.clone().into_bytes(), Json::text(value.as_bytes())));
                ("user-properties", Some(Json::Object(pairs.collect())))
            }
            _ => continue,
        };
        members.extend(value.map(|value| (name.as_bytes().to_vec(), value)));
    }
    (!members.is_empty()).then_some(Json::Object(members))
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
