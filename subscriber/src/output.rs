//! Messages as text on standard output.

use std::io::{self, Write};

use jiff::Zoned;

use crate::format::Format;
use crate::sink::{Message, Notice, Sink};

/// How much is gathered before it is written, bytes.
const ENOUGH: usize = 64 * 1024;

/// How a message is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Style {
    /// The payload.
    Payload,
    /// Topic, space, payload.
    Verbose,
    /// As `-F` says.
    Custom(Format),
}

/// Prints messages; the bytes are mosquitto_sub's.
pub(crate) struct Printer<W> {
    pub(crate) out: W,
    pub(crate) style: Style,
    pub(crate) line_feed: bool,
    pub(crate) debug: bool,
    pub(crate) quiet: bool,
    pub(crate) buffer: Vec<u8>,
}

impl<W: Write> Printer<W> {
    fn render(&mut self, message: &Message) {
        let buffer = &mut self.buffer;
        match &self.style {
            // An empty payload prints nothing at all, not even its line feed.
            Style::Payload if message.payload.is_empty() => return,
            Style::Payload => buffer.extend_from_slice(&message.payload),
            Style::Verbose if message.payload.is_empty() => {
                if self.line_feed {
                    buffer.extend_from_slice(message.topic.as_bytes());
                    buffer.extend_from_slice(b" (null)\n");
                }
                return;
            }
            Style::Verbose => {
                buffer.extend_from_slice(message.topic.as_bytes());
                buffer.push(b' ');
                buffer.extend_from_slice(&message.payload);
            }
            Style::Custom(format) => {
                let complaints = format.render(message, &Zoned::now(), buffer);
                for complaint in complaints.iter().filter(|_| !self.quiet) {
                    eprintln!("{complaint}");
                }
            }
        }
        if self.line_feed {
            buffer.push(b'\n');
        }
    }
}

impl<W: Write> Sink for Printer<W> {
    fn message(&mut self, message: Message) -> io::Result<()> {
        self.render(&message);
        // The lines of -d go straight to standard output: keep the order.
        if self.buffer.len() >= ENOUGH || self.debug {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let written = self.out.write_all(&self.buffer).and_then(|()| self.out.flush());
        self.buffer.clear();
        written
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Subscribed { id, granted, reason } => {
                if self.debug && !self.quiet {
                    let codes: Vec<String> = granted.iter().map(|(_, code)| code.to_string()).collect();
                    writeln!(self.out, "Subscribed (mid: {id}): {}", codes.join(", ")).ok();
                }
                let refused: Vec<_> = granted.iter().filter(|(_, code)| *code >= 0x80).collect();
                if self.quiet || refused.is_empty() {
                    return;
                }
                for (filter, code) in refused {
                    let words = settings::client::reason_words(*code);
                    eprintln!("Warning: subscription to '{filter}' was refused: {words} (0x{code:02X}).");
                }
                if let Some(reason) = reason {
                    eprintln!("{reason}");
                }
            }
            Notice::Reconnecting { error, wait } if !self.quiet => {
                eprintln!("{error} Trying again in {} s.", wait.as_secs());
            }
            Notice::Reconnected { session_present } if !self.quiet => {
                let how = if session_present {
                    "the session goes on"
                } else {
                    "subscribed again"
                };
                eprintln!("Connected again; {how}.");
            }
            Notice::Reconnecting { .. } | Notice::Reconnected { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::client::packet::QoS;

    fn printed(style: Style, line_feed: bool, payload: &'static [u8]) -> Vec<u8> {
        let mut printer = Printer {
            out: Vec::new(),
            style,
            line_feed,
            debug: false,
            quiet: true,
            buffer: Vec::new(),
        };
        let message = Message {
            topic: "a/b".to_owned(),
            payload: payload.into(),
            qos: QoS::AtMostOnce,
            retain: false,
            id: 0,
            properties: None,
            property_order: Vec::new(),
        };
        printer.message(message).unwrap();
        printer.flush().unwrap();
        printer.out
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
