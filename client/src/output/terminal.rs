//! A message laid out for a terminal: time, topic, payload, and what else is worth knowing.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Zoned;

use super::hex;
use super::highlight::Json;
use super::message::Message;
use super::style::{Paint, Screen};
use crate::packet::{PublishProperties, QoS};
use settings::text;

/// No topic makes the column wider than this, or than a third of the screen.
const WIDEST_TOPIC: usize = 40;
/// Columns of a name that are shown: a topic, a client identifier, a filter, a text of the broker.
const WIDEST_NAME: usize = 200;
/// Lines of a payload that are shown.
const MOST_LINES: usize = 40;
/// Characters of a payload of one line that are shown.
const MOST_CHARACTERS: usize = 1000;
/// A longer payload is not tried as JSON, bytes.
const MOST_JSON: usize = 1024 * 1024;
/// Rows of hexadecimal digits that are shown.
const MOST_ROWS: usize = 16;
/// `HH:MM:SS.mmm` and two blanks.
const TIME_WIDTH: usize = 14;

/// Lays messages out one below the other.
#[derive(Debug)]
pub struct Terminal {
    screen: Screen,
    /// Print the topic.
    topic: bool,
    /// The widest topic so far.
    column: usize,
}

impl Terminal {
    /// Messages go to `screen`, with or without their topics.
    #[must_use]
    pub fn new(screen: Screen, topic: bool) -> Self {
        Self {
            screen,
            topic,
            column: 0,
        }
    }

    /// `message`, which arrived at `now`, with its line feed.
    pub fn render(&mut self, message: &Message, now: &Zoned) -> String {
        let screen = self.screen;
        let mut out = format!("{}  ", screen.paint(Paint::Dim, now.strftime("%H:%M:%S%.3f")));
        let mut used = TIME_WIDTH;
        if self.topic {
            let topic = text::cut(&message.topic, screen.width.min(WIDEST_NAME));
            let length = text::width(&topic);
            let widest = WIDEST_TOPIC.min(screen.width / 3);
            if length <= widest {
                self.column = self.column.max(length);
            }
            let column = self.column;
            let topic = text::padded(&topic, column);
            write!(out, "{}  ", screen.paint(Paint::Topic, topic)).ok();
            used += length.max(column) + 2;
        }
        let marks = marks(&screen, message);
        match self.payload(message, screen.width.saturating_sub(used)) {
            Body::Line(text) => {
                out.push_str(&text);
                out.push_str(&marks);
                out.push('\n');
            }
            Body::Block { what, lines } => {
                out.push_str(&screen.paint(Paint::Dim, what).to_string());
                out.push_str(&marks);
                out.push('\n');
                out.push_str(&lines);
            }
        }
        let properties = message
            .properties
            .as_ref()
            .map(describe_properties)
            .unwrap_or_default();
        if !properties.is_empty() {
            writeln!(out, "  {}", screen.paint(Paint::Dim, properties)).ok();
        }
        out
    }

    fn payload(&self, message: &Message, room: usize) -> Body {
        let screen = &self.screen;
        let payload = &message.payload[..];
        if payload.is_empty() {
            return Body::Line(screen.paint(Paint::Dim, "(empty)").to_string());
        }
        let Some(text) = std::str::from_utf8(payload).ok().filter(|text| is_text(text)) else {
            return self.binary(payload, room);
        };
        let what = |kind| format!("{kind}, {} bytes", payload.len());
        if payload.len() <= MOST_JSON
            && let json = escaped_json(text)
            && let Some(json) = Json::parse(&json)
        {
            if let Some(line) = json.one_line(screen, room) {
                return Body::Line(line);
            }
            let indented = json.indented(screen, 2, screen.width);
            return self.block(what("JSON"), indented.split('\n'), indented.split('\n').count());
        }
        let text = text.trim_end_matches(['\r', '\n']);
        if text.contains('\n') {
            // Only what is shown is looked at.
            let lines: Vec<String> = text
                .lines()
                .take(MOST_LINES)
                .map(|line| {
                    let shown: String = line.chars().take(MOST_CHARACTERS).collect();
                    let more = if shown.len() < line.len() { " …" } else { "" };
                    format!("  {}{more}", escaped(&shown))
                })
                .collect();
            let lines = lines.iter().map(String::as_str);
            return self.block(what("text"), lines, text.lines().count());
        }
        let shown: String = text.chars().take(MOST_CHARACTERS).collect();
        let mut line = escaped(&shown);
        if shown.len() < text.len() {
            let more = text.get(shown.len()..).unwrap_or_default().chars().count();
            write!(line, "{}", screen.paint(Paint::Warning, cut(more, "characters"))).ok();
        }
        Body::Line(line)
    }

    fn binary(&self, payload: &[u8], room: usize) -> Body {
        let screen = &self.screen;
        if payload.len() <= hex::ROW && hex::width(payload.len()) <= room {
            return Body::Line(hex::row(screen, payload, false));
        }
        let shown = payload.get(..MOST_ROWS * hex::ROW).unwrap_or(payload);
        let mut lines = String::new();
        hex::dump(screen, shown, 2, &mut lines);
        let more = payload.len() - shown.len();
        if more > 0 {
            let note = cut(more, "bytes");
            writeln!(lines, "  {}", screen.paint(Paint::Warning, note.trim_start())).ok();
        }
        Body::Block {
            what: format!("binary, {} bytes", payload.len()),
            lines,
        }
    }

    /// The first of `total` lines; their bytes are text of ours or escaped.
    fn block<'a>(&self, what: String, lines: impl Iterator<Item = &'a str>, total: usize) -> Body {
        let mut shown = String::new();
        for line in lines.take(MOST_LINES) {
            shown.push_str(line);
            shown.push('\n');
        }
        if total > MOST_LINES {
            let note = cut(total - MOST_LINES, "lines");
            writeln!(
                shown,
                "  {}",
                self.screen.paint(Paint::Warning, note.trim_start())
            )
            .ok();
        }
        Body::Block { what, lines: shown }
    }
}

enum Body {
    /// Fits behind the topic.
    Line(String),
    /// Stands below.
    Block { what: String, lines: String },
}

fn cut(more: usize, of: &str) -> String {
    format!(" … {more} more {of}; all of it with --layout plain")
}

/// What makes the message special.
fn marks(screen: &Screen, message: &Message) -> String {
    let mut marks = String::new();
    if message.qos != QoS::AtMostOnce {
        let qos = format!("  QoS {}", message.qos as u8);
        marks.push_str(&screen.paint(Paint::Dim, qos).to_string());
    }
    if message.retain {
        marks.push_str(&screen.paint(Paint::Warning, "  retained").to_string());
    }
    marks
}

/// Those that a person may want to know, in words.
pub(in super::super) fn describe_properties(all: &PublishProperties) -> String {
    let mut parts = Vec::new();
    let mut add =
        |name: &str, value: Option<String>| parts.extend(value.map(|value| format!("{name}: {value}")));
    add("content type", all.content_type.as_deref().map(escaped));
    add("response topic", all.response_topic.as_deref().map(escaped));
    add(
        "correlation data",
        all.correlation_data.as_deref().map(shown_bytes),
    );
    add(
        "expires in",
        all.message_expiry_interval.map(|seconds| format!("{seconds} s")),
    );
    for (name, value) in &all.user_properties {
        add(&escaped(name), Some(escaped(value)));
    }
    for id in &all.subscription_identifiers {
        add("subscription", Some(id.to_string()));
    }
    parts.join("  ")
}

/// As text if it is text, else in hexadecimal digits.
pub(in super::super) fn shown_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if is_text(text) => escaped(text),
        _ => bytes.iter().fold("0x".to_owned(), |mut out, byte| {
            write!(out, "{byte:02x}").ok();
            out
        }),
    }
}

/// The beginning of a payload in one line of at most `most` characters: text, or hexadecimal digits.
#[must_use]
pub fn shown_payload(payload: &[u8], most: usize) -> String {
    if payload.is_empty() {
        return "(empty)".to_owned();
    }
    // What is not shown need not be decoded.
    let head = payload.get(..4 * most).unwrap_or(payload);
    let head = match std::str::from_utf8(head) {
        // Cut within a character.
        Err(error) if error.error_len().is_none() && head.len() < payload.len() => {
            head.get(..error.valid_up_to()).unwrap_or_default()
        }
        _ => head,
    };
    let text = shown_bytes(head);
    let mut shown: String = text.chars().take(most).collect();
    if shown.len() < text.len() || head.len() < payload.len() {
        shown.push_str(" …");
    }
    shown
}

/// Whether a person can read it: it has no control characters except those that shape lines or drive a terminal.
fn is_text(text: &str) -> bool {
    text.chars().all(|letter| {
        !letter.is_control()
            || matches!(
                letter,
                '\t' | '\n' | '\r' | '\x07' | '\x08' | '\x0E' | '\x0F' | '\x1B' | '\u{80}'..
            )
    })
}

/// JSON that says the same without characters that turn or hide text: they can stand only in its strings.
fn escaped_json(text: &str) -> Cow<'_, str> {
    let turns = |letter: char| text::is_unseen(letter) && !letter.is_ascii_control();
    if !text.contains(turns) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if turns(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").ok();
            }
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// A name in a line for people: cut where it would fill the screen.
pub(in super::super) fn named(name: &str) -> String {
    text::cut(name, WIDEST_NAME)
}

/// `text` without characters that would move the cursor, change colours, or turn or hide the text around them.
pub(in super::super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\t' => out.push_str("    "),
            letter => {
                text::write_char(&mut out, letter).ok();
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_drives_a_terminal_is_text() {
        assert_eq!(
            shown_payload(b"\x1b]0;title\x07\x1b[31mred\x1b[0m", 80),
            "\\u{1b}]0;title\\u{7}\\u{1b}[31mred\\u{1b}[0m"
        );
        assert_eq!(shown_payload(b"a\0b", 80), "0x610062");
    }

    #[test]
    fn what_turns_or_hides_text_is_escaped() {
        for letter in [
            '\u{202E}', '\u{2066}', '\u{200B}', '\u{2028}', '\u{85}', '\u{9B}', '\u{FEFF}',
        ] {
            let code = u32::from(letter);
            assert_eq!(escaped(&format!("a{letter}b")), format!("a\\u{{{code:x}}}b"));
            assert_eq!(
                escaped_json(&format!("\"{letter}\"")),
                format!("\"\\u{code:04x}\"")
            );
        }
        assert_eq!(escaped("é 日本 🎉"), "é 日本 🎉");
    }
}
