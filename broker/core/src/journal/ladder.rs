//! [`Ladder`]: the journal as a text diagram, one line a packet.

use std::fmt;

use settings::text::{cut, width};

use super::words::{Wills, meaning, packet};
use super::{Direction, Entry, Record, Side};

/// Width of the column of times.
const TIME_CHARS: usize = 11;
/// A client identifier is cut after this.
const WHO_CHARS: usize = 16;
/// A narrower ladder could not be read.
const LEAST_WIDTH: usize = 60;

/// Entries as a diagram: what clients send comes from the left, the broker's line stands in the middle, and what the
/// broker sends goes to the right. Beside each packet stands what it means, or what was decided about it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::io::{Read, Write};
/// use broker_core::journal::Ladder;
///
/// let broker = broker::Broker::start().await?;
/// # let mut client = std::net::TcpStream::connect(broker.addr())?;
/// # client.write_all(b"\x10\x0E\0\x04MQTT\x04\x02\0\0\0\x02me")?;
/// # client.read_exact(&mut [0; 4])?;
/// # client.write_all(b"\x32\x09\0\x03a/b\0\x07hi")?;
/// # client.read_exact(&mut [0; 4])?;
/// let seen = broker.journal().all().await?;
/// println!("{}", Ladder::new(&seen.entries));
/// //    0.000219  me ── CONNECT 3.1.1, clean session ──────────▶ │
/// //    0.000219                                                 │ ── CONNACK success ──▶ me
/// //    0.000219  · me is connected, MQTT 3.1.1, a new session
/// //    0.000398  me ── PUBLISH QoS 1 #7 a/b "hi" ─────────────▶ │ for nobody: no subscription matches
/// //    0.000398                                taken: QoS 1 ends │ ── PUBACK #7 ──▶ me
/// # assert_eq!(Ladder::new(&seen.entries).to_string().lines().count(), 6); // with its heading
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Ladder<'a> {
    entries: &'a [Entry],
    width: usize,
    lines: usize,
    missed: u64,
}

impl<'a> Ladder<'a> {
    /// All of `entries`, 120 characters wide and up to 200 lines long.
    pub fn new(entries: &'a [Entry]) -> Self {
        Self {
            entries,
            width: 120,
            lines: 200,
            missed: 0,
        }
    }

    /// How wide a line may be, in columns; at least 60. A longer line is cut.
    #[must_use]
    pub fn width(mut self, columns: usize) -> Self {
        self.width = columns.max(LEAST_WIDTH);
        self
    }

    /// How many entries are shown: the latest. A line says how many are left out before them.
    #[must_use]
    pub fn lines(mut self, most: usize) -> Self {
        self.lines = most;
        self
    }

    /// Says how many entries were forgotten before the first of these: [`Excerpt::missed`](super::Excerpt::missed).
    #[must_use]
    pub fn missed(mut self, entries: u64) -> Self {
        self.missed = entries;
        self
    }

    /// Columns of each of the two sides.
    fn side(&self) -> usize {
        (self.width - TIME_CHARS - 2 - 3) / 2
    }

    fn line(&self, entry: &Entry, wills: &Wills, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = format!("{:>TIME_CHARS$}", entry.at.to_string());
        let line = match &entry.record {
            Record::Event(happened) => format!("{at}  · {}", happened.words()),
            Record::Packet {
                side: Side::Engine, ..
            } => {
                let meaning = meaning(entry, wills);
                let after = if meaning.is_empty() { "" } else { ": " };
                format!("{at}  ┆ {}{after}{meaning}", entry.words())
            }
            Record::Packet { direction, .. } => {
                let side = self.side();
                let who = match (entry.client_id.is_empty(), entry.conn) {
                    (true, Some(conn)) => conn.to_string(),
                    _ => cut(&entry.client_id, WHO_CHARS),
                };
                // ` ── ` and ` ─▶` beside the name and the text.
                let room = side.saturating_sub(width(&who) + 7);
                let text = cut(&packet(entry), room);
                match direction {
                    Direction::In => {
                        let shaft = side.saturating_sub(width(&who) + width(&text) + 6);
                        let left = format!("{who} ── {text} {}▶", "─".repeat(shaft));
                        format!("{at}  {left} │ {}", cut(&meaning(entry, wills), side))
                    }
                    Direction::Out => {
                        let left = cut(&meaning(entry, wills), side);
                        let blanks = " ".repeat(side.saturating_sub(width(&left)));
                        format!("{at}  {blanks}{left} │ ── {text} ─▶ {who}")
                    }
                }
            }
        };
        writeln!(f, "{}", cut(line.trim_end(), self.width))
    }
}

impl fmt::Display for Ladder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = self.side();
        writeln!(
            f,
            "{:>TIME_CHARS$}  {:side$} │ to a client",
            "seconds", "from a client"
        )?;
        if self.missed > 0 {
            writeln!(
                f,
                "{:>TIME_CHARS$}  {} entries before these were forgotten",
                "…", self.missed
            )?;
        }
        let left_out = self.entries.len().saturating_sub(self.lines);
        if left_out > 0 {
            writeln!(
                f,
                "{:>TIME_CHARS$}  {left_out} entries before these are left out",
                "…"
            )?;
        }
        let wills = Wills::among(self.entries);
        self.entries
            .iter()
            .skip(left_out)
            .try_for_each(|entry| self.line(entry, &wills, f))
    }
}
