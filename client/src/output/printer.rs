//! A message → bytes of standard output, in the way the flags ask for.

use jiff::Zoned;

use super::flags::{Layout, MessageFlags, ScreenFlags};
use super::format::Format;
use super::lines::{Line, Lines};
use super::message::Message;
use super::style::Screen;
use super::terminal::Terminal;
use crate::error::UsageError;

/// How a message is printed.
#[derive(Debug)]
pub enum Style {
    /// The payload.
    Payload,
    /// Topic, space, payload.
    Verbose,
    /// As `-F` says.
    Custom(Format),
    /// Laid out for a terminal.
    Terminal(Terminal),
    /// A JSON object.
    Json(Lines),
}

/// Prints messages onto a buffer; in a pipe the bytes are mosquitto_sub's.
#[derive(Debug)]
pub struct MessagePrinter {
    style: Style,
    line_feed: bool,
}

impl MessagePrinter {
    /// In this style, with or without a line feed at the end.
    #[must_use]
    pub fn new(style: Style, line_feed: bool) -> Self {
        Self { style, line_feed }
    }

    /// As the flags say. `topics`: more than one topic can arrive, so that a person wants to see which; `lines` is the
    /// clock of `--json`.
    ///
    /// # Errors
    /// A format that cannot be parsed, or flags that contradict each other.
    pub fn from_flags(
        flags: &MessageFlags,
        screen: &ScreenFlags,
        topics: bool,
        lines: Lines,
    ) -> Result<Self, UsageError> {
        if screen.json && flags.format.is_some() {
            return Err(UsageError::new(
                "--json and -F both say how a message is printed; give one. -F %j prints mosquitto_sub's JSON.",
            ));
        }
        if screen.json && flags.layout == Layout::Terminal {
            return Err(UsageError::new(
                "--json is for programs and --layout terminal for people; give one.",
            ));
        }
        if flags.layout == Layout::Terminal && (flags.format.is_some() || flags.no_line_feed) {
            return Err(UsageError::new(
                "--layout terminal lays messages out by itself; leave -F and -N out.",
            ));
        }
        let out = Screen::stdout(screen.color);
        let for_people = match flags.layout {
            Layout::Auto => out.terminal && !flags.no_line_feed,
            Layout::Terminal => true,
            Layout::Plain => false,
        };
        let style = match (&flags.format, flags.verbose) {
            _ if screen.json => Style::Json(lines),
            (Some(format), _) => Style::Custom(Format::parse(format, flags.pretty)?),
            (None, verbose) if for_people => Style::Terminal(Terminal::new(out, verbose || topics)),
            (None, true) => Style::Verbose,
            (None, false) => Style::Payload,
        };
        Ok(Self::new(style, !flags.no_line_feed))
    }

    /// Whether a person reads it on a terminal.
    #[must_use]
    pub fn is_for_people(&self) -> bool {
        matches!(self.style, Style::Terminal(_))
    }

    /// Puts `message` onto `buffer`. Returns what should be said on standard error.
    pub fn print(&mut self, message: &Message, buffer: &mut Vec<u8>) -> Vec<String> {
        let mut complaints = Vec::new();
        match &mut self.style {
            // An empty payload prints nothing at all, not even its line feed.
            Style::Payload if message.payload.is_empty() => return complaints,
            Style::Payload => buffer.extend_from_slice(&message.payload),
            Style::Verbose if message.payload.is_empty() => {
                if self.line_feed {
                    buffer.extend_from_slice(message.topic.as_bytes());
                    buffer.extend_from_slice(b" (null)\n");
                }
                return complaints;
            }
            Style::Verbose => {
                buffer.extend_from_slice(message.topic.as_bytes());
                buffer.push(b' ');
                buffer.extend_from_slice(&message.payload);
            }
            Style::Custom(format) => complaints = format.render(message, &Zoned::now(), buffer),
            Style::Terminal(terminal) => {
                buffer.extend_from_slice(terminal.render(message, &Zoned::now()).as_bytes());
                return complaints;
            }
            Style::Json(lines) => {
                buffer.extend_from_slice(lines.line(&Line::message(message)).as_bytes());
                buffer.push(b'\n');
                return complaints;
            }
        }
        if self.line_feed {
            buffer.push(b'\n');
        }
        complaints
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::QoS;

    fn printed(style: Style, line_feed: bool, payload: &'static [u8]) -> Vec<u8> {
        let message = Message {
            topic: "a/b".to_owned(),
            payload: payload.into(),
            qos: QoS::AtMostOnce,
            retain: false,
            id: 0,
            properties: None,
            property_order: Vec::new(),
        };
        let mut out = Vec::new();
        MessagePrinter::new(style, line_feed).print(&message, &mut out);
        out
    }

    #[test]
    fn payloads_are_raw() {
        assert_eq!(printed(Style::Payload, true, b"\xFF\0x"), b"\xFF\0x\n");
        assert_eq!(printed(Style::Payload, false, b"x"), b"x");
        assert_eq!(printed(Style::Payload, true, b""), b"");
    }

    #[test]
    fn verbose_puts_the_topic_first() {
        assert_eq!(printed(Style::Verbose, true, b"x y"), b"a/b x y\n");
        assert_eq!(printed(Style::Verbose, true, b""), b"a/b (null)\n");
        assert_eq!(printed(Style::Verbose, false, b""), b"");
    }
}
