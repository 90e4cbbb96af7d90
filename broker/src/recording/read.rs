//! [`Recording`]: a recording that was read, as far as it could be.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::line::{Head, MINOR, Step, VERSION, What};

/// The longest line that is read: a payload of the largest size in Base64, and what stands around it.
const MAX_LINE_BYTES: u64 = 384 * 1024 * 1024;
/// A recording is held in memory: what is behind this is not read.
const MAX_BYTES: u64 = 1024 * 1024 * 1024;
/// Of more lines that cannot be read it is said how many there are.
const MAX_NOTES: usize = 10;

/// A recording in memory. One that is cut, or of a newer format, is read as far as it can be.
///
/// ```
/// use broker::recording::Recording;
///
/// let text = "{\"event\":\"recording\",\"version\":1}\n\
///     {\"at_secs\":0.5,\"event\":\"message\",\"topic\":\"lamp\",\"payload\":\"on\"}\n\
///     {\"at_secs\":0.7,\"event\":\"mess"; // cut
/// let recording = Recording::read(text.as_bytes())?;
/// assert_eq!(recording.steps.len(), 1);
/// assert_eq!(recording.notes[0].to_string(), "line 3 is cut: what follows is missing");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Recording {
    /// What the first line says.
    pub head: Head,
    /// Everything else, in the order of the file.
    pub steps: Vec<Step>,
    /// What could not be read, and what else should be known.
    pub notes: Vec<Note>,
}

/// Something about a recording that a reader should know.
///
/// ```
/// use broker::recording::Recording;
///
/// let recording = Recording::read(&b"{\"topic\":\"a/+\"}\n{\"topic\":\"b\"}\n"[..])?;
/// assert_eq!((recording.steps.len(), recording.notes[0].line), (1, 1)); // the second line is read
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// Number of the line, from 1.
    pub line: u64,
    /// What is to be known.
    pub text: String,
    /// Whether something is lost: a line could not be read.
    pub is_loss: bool,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {} {}", self.line, self.text)
    }
}

impl Recording {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read. What is wrong with its content is told in [`notes`](Recording::notes).
    ///
    /// ```no_run
    /// use broker::recording::Recording;
    ///
    /// let recording = Recording::open("run.jsonl")?;
    /// for note in &recording.notes {
    ///     eprintln!("run.jsonl: {note}");
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::read(File::open(path)?)
    }

    /// Reads lines from anywhere, to their end.
    ///
    /// # Errors
    /// As [`open`](Recording::open).
    pub fn read(input: impl Read) -> io::Result<Self> {
        Self::read_bounded(input, MAX_LINE_BYTES, MAX_BYTES)
    }

    fn read_bounded(input: impl Read, max_line: u64, max: u64) -> io::Result<Self> {
        let mut reading = Reading::default();
        let mut input = BufReader::new(input);
        let (mut bytes, mut taken, mut line) = (Vec::new(), 0, 0);
        loop {
            line += 1;
            bytes.clear();
            let count = (&mut input).take(max_line).read_until(b'\n', &mut bytes)? as u64;
            if count == 0 {
                break;
            }
            taken += count;
            let is_whole = bytes.ends_with(b"\n");
            if taken > max {
                let most = max / (1024 * 1024);
                reading.loses(
                    line,
                    format!("is not read, nor what follows: a recording has at most {most} MiB"),
                );
                break;
            }
            if !is_whole && count == max_line {
                taken += skip_line(&mut input)?;
                reading.loses(line, format!("is passed over: it has more than {max_line} bytes"));
                continue;
            }
            reading.line(line, &bytes, is_whole);
        }
        Ok(reading.end())
    }

    /// Whether something of it could not be read.
    pub fn is_whole(&self) -> bool {
        !self.notes.iter().any(|note| note.is_loss)
    }

    /// How long it lasts.
    pub fn duration(&self) -> Duration {
        self.steps.iter().map(|step| step.at).max().unwrap_or_default()
    }
}

/// Reads to the end of the line, and keeps nothing. Returns how many bytes that were.
fn skip_line(input: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let bytes = input.fill_buf()?;
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let count = end.map_or(bytes.len(), |end| end + 1);
        skipped += count as u64;
        let is_end = end.is_some() || bytes.is_empty();
        input.consume(count);
        if is_end {
            return Ok(skipped);
        }
    }
}

#[derive(Default)]
struct Reading {
    recording: Recording,
    /// Lines that could not be read beyond those that are told of: how many, and the first.
    more: (u64, u64),
    /// The format is newer than this program.
    is_newer: bool,
    /// Events that are not known, each told once.
    unknown: Vec<String>,
}

/// What each line has.
#[derive(Deserialize)]
struct Common {
    #[serde(default)]
    at_secs: f64,
    #[serde(default)]
    conn: u32,
    #[serde(default)]
    client_id: String,
}

/// The events that say nothing of what is to be played: those of `--json` of the clients.
const OTHERS: [&str; 11] = [
    "connected",
    "subscribed",
    "sending",
    "acknowledged",
    "refused",
    "reconnecting",
    "reconnected",
    "load",
    "summary",
    "error",
    "expected",
];

impl Reading {
    fn note(&mut self, line: u64, text: String, is_loss: bool) {
        let told = self.recording.notes.len();
        if told < MAX_NOTES {
            self.recording.notes.push(Note { line, text, is_loss });
        } else {
            self.more.0 += 1;
            if self.more.1 == 0 {
                self.more.1 = line;
            }
        }
    }

    fn loses(&mut self, line: u64, text: String) {
        self.note(line, text, true);
    }

    fn line(&mut self, line: u64, bytes: &[u8], is_whole: bool) {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.trim(),
            Err(_) if !is_whole => return self.loses(line, "is cut: what follows is missing".to_owned()),
            Err(_) => return self.loses(line, "is passed over: it is not UTF-8".to_owned()),
        };
        if text.is_empty() {
            return;
        }
        match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(fields) => {
                if let Err(what) = self.event(line, fields) {
                    self.loses(line, format!("is passed over: {what}"));
                }
            }
            Err(error) if error.is_eof() && !is_whole => {
                self.loses(line, "is cut: what follows is missing".to_owned());
            }
            Err(error) => self.loses(line, format!("is passed over: it is no JSON object: {error}")),
        }
    }

    fn event(&mut self, line: u64, fields: Map<String, Value>) -> Result<(), String> {
        let event = match fields.get("event") {
            None => "message".to_owned(),
            Some(Value::String(event)) => event.clone(),
            Some(_) => return Err("`event` is not a text".to_owned()),
        };
        let fields = Value::Object(fields);
        if event == "recording" {
            return self.head(line, fields);
        }
        if event == "missed" {
            let entries = &fields["entries"];
            self.loses(line, format!("says that {entries} entries are missing here: they came faster than they could be written"));
            return Ok(());
        }
        let what = match &*event {
            "connect" => {
                let session: Box<super::line::Session> = of(&fields)?;
                if super::line::version(&session.mqtt_version).is_none() {
                    return Err(format!(
                        "`mqtt_version` is {:?}; it is 3.1, 3.1.1 or 5.0",
                        session.mqtt_version
                    ));
                }
                What::Connect(session)
            }
            "message" => What::Message(of(&fields)?),
            "delivery" => What::Delivery {
                message: of(&fields)?,
                published_at_secs: fields["published_at_secs"].as_f64(),
            },
            "subscribe" => What::Subscribe(of(&fields)?),
            "unsubscribe" => What::Unsubscribe(of(&fields)?),
            "packet" => What::Packet(of(&fields)?),
            "closed" => What::Closed {
                cause: fields["cause"].as_str().unwrap_or_default().to_owned(),
            },
            other => {
                if !OTHERS.contains(&other)
                    && !self.unknown.iter().any(|known| known == other)
                    && self.unknown.len() < MAX_NOTES
                {
                    self.unknown.push(other.to_owned());
                    self.note(
                        line,
                        format!("has the unknown event {other:?}; such lines are passed over"),
                        self.is_newer,
                    );
                }
                return Ok(());
            }
        };
        let Common {
            at_secs,
            conn,
            client_id,
        } = of(&fields)?;
        let at = Duration::try_from_secs_f64(at_secs)
            .map_err(|_| format!("`at_secs` is {at_secs}; it is 0 or more"))?;
        self.recording.steps.push(Step {
            at,
            conn,
            client_id,
            what,
        });
        Ok(())
    }

    fn head(&mut self, line: u64, fields: Value) -> Result<(), String> {
        let head: Head = of(&fields)?;
        let Head { version, minor, .. } = head;
        if version > VERSION {
            self.is_newer = true;
            let text = format!(
                "says that this is format {version}, and this program knows {VERSION}: it is read as far as it can be"
            );
            self.loses(line, text);
        } else if minor > MINOR {
            let text = format!(
                "says that this is format {version}.{minor}, and this program knows {VERSION}.{MINOR}: fields that are new are passed over"
            );
            self.note(line, text, false);
        }
        self.recording.head = head;
        Ok(())
    }

    fn end(mut self) -> Recording {
        let (more, first) = self.more;
        if more > 0 {
            let text = format!("and {} more are passed over, too", more - 1);
            self.recording.notes.push(Note {
                line: first,
                text,
                is_loss: true,
            });
        }
        self.recording
    }
}

fn of<T: DeserializeOwned>(fields: &Value) -> Result<T, String> {
    T::deserialize(fields).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
