//! What is shown instead of one message after the other: how many came in each second, or the last of each topic.

use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use client::{Message, MessagePrinter};

/// What is shown instead of one message after the other.
#[derive(Debug)]
pub(crate) enum Instead {
    /// `--message-rate`.
    Rate(Rate),
    /// `--watch` on a terminal.
    InPlace(InPlace),
}

/// Counts the messages of each second.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    count: u64,
}

impl Rate {
    /// How often [`line`](Self::line) is due.
    pub(crate) const EVERY: Duration = Duration::from_secs(1);

    pub(crate) fn message(&mut self) {
        self.count += 1;
    }

    /// What came since the last line.
    pub(crate) fn line(&mut self, buffer: &mut Vec<u8>) {
        let count = std::mem::take(&mut self.count);
        // Writing into memory cannot fail.
        writeln!(buffer, "{count} messages/s").ok();
    }
}

/// Each topic has a line of the terminal for its last message, from the top down in the order of their arrival.
#[derive(Debug)]
pub(crate) struct InPlace {
    rows: HashMap<String, usize>,
    /// How many lines there are for topics.
    height: usize,
    /// Topics that have none.
    hidden: usize,
    one: Vec<u8>,
}

impl InPlace {
    pub(crate) fn new(height: usize) -> Self {
        Self {
            rows: HashMap::new(),
            height: height.saturating_sub(2).max(1),
            hidden: 0,
            one: Vec::new(),
        }
    }

    /// Draws the message in its topic's line; returns what should be said on standard error.
    pub(crate) fn message(
        &mut self,
        message: &Message,
        printer: &mut MessagePrinter,
        buffer: &mut Vec<u8>,
    ) -> Vec<String> {
        if self.rows.is_empty() {
            // Clear the screen, and cut long lines instead of breaking them.
            buffer.extend_from_slice(b"\x1b[?7l\x1b[H\x1b[2J");
        }
        let next = self.rows.len() + 1;
        let row = *self.rows.entry(message.topic.clone()).or_insert(next);
        if row > self.height {
            self.hidden = self.hidden.max(row - self.height);
            write!(
                buffer,
                "\x1b[{};1H… and {} more {}\x1b[K\x1b[{};1H",
                self.height + 1,
                self.hidden,
                if self.hidden == 1 { "topic" } else { "topics" },
                self.below()
            )
            .ok();
            return Vec::new();
        }
        self.one.clear();
        let complaints = printer.print(message, &mut self.one);
        let line = self.one.split(|byte| *byte == b'\n').next().unwrap_or_default();
        write!(buffer, "\x1b[{row};1H").ok();
        buffer.extend_from_slice(line);
        // What is left of the line before, then to where a shell would go on.
        write!(buffer, "\x1b[0m\x1b[K\x1b[{};1H", self.below()).ok();
        complaints
    }

    /// The line below all that is shown, where a shell would go on.
    fn below(&self) -> usize {
        self.rows.len().min(self.height) + 1 + usize::from(self.hidden > 0)
    }

    /// The terminal as it was.
    pub(crate) fn end(&self, buffer: &mut Vec<u8>) {
        if !self.rows.is_empty() {
            buffer.extend_from_slice(b"\x1b[?7h");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use client::Style;

    fn message(topic: &str, payload: &'static str) -> Message {
        let publish = client::packet::Publish::new(topic, client::packet::QoS::AtMostOnce, payload, None);
        Message::from(client::Delivery {
            publish,
            property_order: Vec::new(),
        })
    }

    #[test]
    fn a_second_without_messages_is_a_line_too() {
        let (mut rate, mut buffer) = (Rate::default(), Vec::new());
        rate.message();
        rate.message();
        rate.line(&mut buffer);
        rate.line(&mut buffer);
        assert_eq!(buffer, b"2 messages/s\n0 messages/s\n");
    }

    #[test]
    fn each_topic_keeps_its_line() {
        let mut printer = MessagePrinter::new(Style::Verbose, true);
        let mut in_place = InPlace::new(4);
        let mut shown = |topic, payload| {
            let mut buffer = Vec::new();
            in_place.message(&message(topic, payload), &mut printer, &mut buffer);
            String::from_utf8(buffer).unwrap()
        };
        assert_eq!(
            shown("a", "1"),
            "\x1b[?7l\x1b[H\x1b[2J\x1b[1;1Ha 1\x1b[0m\x1b[K\x1b[2;1H"
        );
        assert_eq!(shown("b", "x\ny"), "\x1b[2;1Hb x\x1b[0m\x1b[K\x1b[3;1H");
        assert_eq!(shown("a", "2"), "\x1b[1;1Ha 2\x1b[0m\x1b[K\x1b[3;1H");
        assert_eq!(shown("c", "1"), "\x1b[3;1H… and 1 more topic\x1b[K\x1b[4;1H");
        let mut buffer = Vec::new();
        in_place.end(&mut buffer);
        assert_eq!(buffer, b"\x1b[?7h");
    }
}
