//! [`Mermaid`]: the journal as a sequence diagram in the language of Mermaid, which many pages can show.

use std::fmt;
use std::time::Duration;

use settings::text::cut;

use super::words::{Wills, meaning, packet};
use super::{Decision, Direction, Entry, Record, Side};
use crate::time::Time;

/// A client identifier is cut after this, and so is a label.
const WHO_CHARS: usize = 24;
const LABEL_CHARS: usize = 90;
/// A silence of this length is worth a note.
const SILENCE: Duration = Duration::from_secs(1);

/// Entries as a Mermaid sequence diagram: a line for the broker and for each client, an arrow for each packet, a note for
/// each event, for each decision other than to send, and for a second or more in which nothing happened.
///
/// ```
/// use broker_core::journal::Mermaid;
///
/// let broker = broker::Broker::start().wait()?;
/// let seen = broker.journal().all().wait()?;
/// let diagram = Mermaid::new(&seen.entries).to_string();
/// assert_eq!(diagram, "sequenceDiagram\n    participant broker\n"); // nothing happened yet
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Mermaid<'a> {
    entries: &'a [Entry],
    most: usize,
}

impl<'a> Mermaid<'a> {
    /// All of `entries`, up to 200.
    pub fn new(entries: &'a [Entry]) -> Self {
        Self { entries, most: 200 }
    }

    /// How many entries are shown: the latest. A note says how many are left out before them.
    #[must_use]
    pub fn entries(mut self, most: usize) -> Self {
        self.most = most;
        self
    }
}

impl fmt::Display for Mermaid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left_out = self.entries.len().saturating_sub(self.most);
        let shown = self.entries.get(left_out..).unwrap_or_default();
        let mut clients: Vec<String> = Vec::new();
        for entry in shown.iter().filter(|entry| entry.direction().is_some()) {
            let name = name_of(entry);
            if !clients.contains(&name) {
                clients.push(name);
            }
        }
        writeln!(f, "sequenceDiagram")?;
        // The broker stands behind the first client, before the others.
        for (number, name) in clients.iter().enumerate() {
            writeln!(
                f,
                "    participant c{number} as {}",
                escaped(&cut(name, WHO_CHARS))
            )?;
            if number == 0 {
                writeln!(f, "    participant broker")?;
            }
        }
        if clients.is_empty() {
            writeln!(f, "    participant broker")?;
        }
        if left_out > 0 {
            note(f, &format!("{left_out} entries before these are left out"))?;
        }
        let mut last: Option<Time> = None;
        for entry in shown {
            let silence = entry.at - last.unwrap_or(entry.at);
            last = Some(entry.at);
            if silence >= SILENCE {
                note(f, &format!("{:.1} s later", silence.as_secs_f64()))?;
            }
            let name = name_of(entry);
            let who = clients
                .iter()
                .position(|client| *client == name)
                .unwrap_or_default();
            let label = escaped(&cut(&packet(entry), LABEL_CHARS));
            match &entry.record {
                Record::Event(happened) => note(f, &happened.words())?,
                Record::Packet {
                    side: Side::Engine, ..
                } => note(f, &entry.words())?,
                Record::Packet {
                    direction, decisions, ..
                } => {
                    match direction {
                        Direction::In => {
                            let is_packet = entry.packet().is_some_and(|packet| packet.is_ok());
                            let arrow = if is_packet { "->>" } else { "-x" };
                            writeln!(f, "    c{who}{arrow}broker: {label}")?;
                        }
                        Direction::Out => writeln!(f, "    broker->>c{who}: {label}")?,
                    }
                    let is_publish = matches!(direction, Direction::In) && entry.topic().is_some();
                    if entry.side() == Some(Side::Client) {
                        // The note of the rule follows.
                    } else if is_publish && !decisions.iter().any(|made| matches!(made, Decision::Sent(_))) {
                        note(f, &meaning(entry, &Wills::default()))?;
                    } else {
                        let others = decisions.iter().filter(|made| !matches!(made, Decision::Sent(_)));
                        let others: Vec<String> = others.map(ToString::to_string).collect();
                        if !others.is_empty() {
                            note(f, &others.join("; "))?;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn note(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    writeln!(f, "    Note over broker: {}", escaped(&cut(text, LABEL_CHARS)))
}

/// The client; before CONNECT named it, the connection.
fn name_of(entry: &Entry) -> String {
    match entry.conn {
        Some(conn) if entry.client_id.is_empty() => format!("connection {conn}"),
        _ => entry.client_id.to_string(),
    }
}

/// Characters that mean something in the language, or that it would remove, stand as character codes.
fn escaped(text: &str) -> String {
    let is_command = ["wrap:", "nowrap:"].iter().any(|word| text.starts_with(word));
    let last = text.char_indices().next_back().map(|(at, _)| at);
    let mut escaped = String::with_capacity(text.len());
    let mut before = None;
    for (at, character) in text.char_indices() {
        let is_special = match character {
            // With the last two the language itself writes codes while it parses.
            '#' | ';' | '%' | '<' | '>' | '&' | '{' | '}' | '\u{FB02}' | '\u{B6}' => true,
            // Two of them begin a formula.
            '$' => before == Some('$'),
            // It trims a text.
            _ if character.is_whitespace() || character == '\u{FEFF}' => at == 0 || Some(at) == last,
            _ => at == 0 && is_command,
        };
        if is_special {
            escaped.push('#');
            escaped += &u32::from(character).to_string();
            escaped.push(';');
        } else {
            escaped.push(character);
        }
        before = Some(character);
    }
    escaped
}
