//! A recording published again, with its pauses, faster, slower or without.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use client::packet::Publish;
use client::{Connection, Event, Record, RecordError, Version, newer_format};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::error::Error;
use crate::hooks::{Hooks, Notice};
use crate::link::Link;
use crate::run::Report;
use crate::tally::Tally;

/// Records that are read ahead.
const AHEAD: usize = 1024;
/// The longest line that is read, bytes: a payload of the largest size in base64, and what stands around it.
const LONGEST_LINE: u64 = 512 * 1024 * 1024;

/// Where a recording is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recording {
    /// A file; it is checked to its end before anything is sent.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

/// A recording to publish.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The connection to make.
    pub connection: Connection,
    /// What to publish.
    pub recording: Recording,
    /// 1 keeps the pauses of the recording, 2 halves them; `None` leaves them out. Default 1.
    pub speed: Option<f64>,
    /// Make a lost connection again, send again what was not acknowledged, and go on from there. Default false; the program
    /// does so.
    pub reconnect: bool,
}

impl Replay {
    /// With the pauses of the recording.
    #[must_use]
    pub fn new(connection: Connection, recording: Recording) -> Self {
        Self {
            connection,
            recording,
            speed: Some(1.0),
            reconnect: false,
        }
    }
}

/// Publishes a recording; returns once everything is acknowledged.
///
/// ```no_run
/// # async fn example() -> Result<(), publisher::Error> {
/// use publisher::{Recording, Replay};
///
/// let connection = client::Connection::to("127.0.0.1", 1883);
/// let mut replay = Replay::new(connection, Recording::File("home.jsonl".into()));
/// replay.speed = Some(10.0); // None leaves the pauses out
/// println!("{} messages", publisher::replay(replay).await?.sent);
/// # Ok(())
/// # }
/// ```
///
/// # Errors [`Error`]: no connection, a line that is not a message, not everything acknowledged, a message refused.
pub async fn replay(plan: Replay) -> Result<Report, Error> {
    replay_with(plan, Hooks::default()).await
}

/// As [`replay`], with [`Hooks`].
///
/// # Errors
/// As [`replay`].
pub async fn replay_with(plan: Replay, hooks: Hooks) -> Result<Report, Error> {
    let mut records = open(&plan.recording)?;
    let (mut link, mut stop) = Link::open(&plan.connection, plan.reconnect, hooks).await?;
    let v5 = plan.connection.version == Version::V5;
    let mut tally = Tally::default();
    let mut pace = Pace::new(plan.speed);
    let mut next: Option<Record> = None;
    let (mut ended, mut left_out) = (false, false);
    let outcome = async {
        loop {
            while let Some(record) =
                next.take_if(|record| pace.due(record) <= Instant::now() && link.client.has_room(record.qos))
            {
                if record.properties.is_some() && !v5 && !left_out {
                    left_out = true;
                    link.tell(Notice::PropertiesLeftOut);
                }
                let qos = record.qos;
                let handed = link.client.publish(Publish {
                    dup: false,
                    qos,
                    retain: record.retain,
                    topic: Bytes::from(record.topic),
                    pkid: 0,
                    payload: record.payload,
                    properties: record.properties.filter(|_| v5),
                });
                // The message that cannot be sent counts as never sent.
                handed.map_err(|error| tally.ended_by(error, records.len() as u64 + 1))?;
                tally.handed_over(qos);
                next = match records.try_recv().ok().transpose()? {
                    Some(Item::Notice(notice)) => {
                        link.tell(notice);
                        None
                    }
                    Some(Item::Record(record)) => Some(*record),
                    None => None,
                };
            }
            if ended && next.is_none() && link.client.inflight() == 0 {
                return Ok(());
            }
            let due = next.as_ref().map(|record| pace.due(record));
            let waits = due.is_some_and(|due| due > Instant::now());
            tokio::select! {
                event = link.client.event() => match event {
                    Ok(Event::Published(ack)) => link.acknowledged(ack, &mut tally),
                    Ok(_) => {}
                    Err(error) => {
                        let lost = Instant::now();
                        let unsent = records.len() as u64 + u64::from(next.is_some());
                        link.recover(error, &tally, unsent, &mut stop).await?;
                        pace.pause(lost.elapsed());
                    }
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if waits => {}
                record = records.recv(), if next.is_none() && !ended => match record {
                    Some(item) => match item? {
                        Item::Record(record) => next = Some(*record),
                        Item::Notice(notice) => link.tell(notice),
                    },
                    None => ended = true,
                },
                () = &mut stop => return Err(tally.stopped()),
            }
        }
    }
    .await;
    match outcome {
        Ok(()) => link.finish(&tally).await,
        Err(error) => Err(link.abandon(error).await),
    }
}

/// When each record is due. Time counts from the first record, not from the start of the recording.
struct Pace {
    speed: Option<f64>,
    /// When the first record was due, and what the recording says of it.
    start: Option<(Instant, Duration)>,
}

impl Pace {
    fn new(speed: Option<f64>) -> Self {
        Self { speed, start: None }
    }

    fn due(&mut self, record: &Record) -> Instant {
        let (began, first) = *self.start.get_or_insert_with(|| (Instant::now(), record.at));
        let offset = record.at.saturating_sub(first);
        self.speed.map_or(began, |speed| {
            began
                .checked_add(offset.div_f64(speed))
                // Beyond what a clock can say is never.
                .unwrap_or(began)
        })
    }

    /// Time in which nothing could be sent does not count: what follows keeps its distance.
    fn pause(&mut self, time: Duration) {
        if let Some((began, _)) = &mut self.start {
            *began += time;
        }
    }
}

type Records = mpsc::Receiver<Result<Item, Error>>;

/// What is read.
enum Item {
    Record(Box<Record>),
    Notice(Notice),
}

/// Checks a file, and begins to read.
fn open(recording: &Recording) -> Result<Records, Error> {
    let what = match recording {
        Recording::File(path) => path.display().to_string(),
        Recording::Stdin => "standard input".to_owned(),
    };
    let (sender, records) = mpsc::channel(AHEAD);
    let mut input: Box<dyn Read + Send> = match recording {
        Recording::Stdin => Box::new(io::stdin()),
        Recording::File(path) => {
            let open = || {
                File::open(path).map_err(|source| Error::Input {
                    what: what.clone(),
                    source,
                })
            };
            read(&mut open()?, &what, |item| item.map(|_| true))?;
            Box::new(open()?)
        }
    };
    thread::spawn(move || {
        let sent = read(&mut input, &what, |item| {
            Ok(sender.blocking_send(Ok(item?)).is_ok())
        });
        if let Err(error) = sent {
            sender.blocking_send(Err(error)).ok();
        }
    });
    Ok(records)
}

/// Hands each record to `take` until it returns false. A recording that is cut, or of a newer format, is read as far as it can
/// be.
fn read(
    input: &mut dyn Read,
    what: &str,
    mut take: impl FnMut(Result<Item, Error>) -> Result<bool, Error>,
) -> Result<(), Error> {
    let failed = |source| Error::Input {
        what: what.to_owned(),
        source,
    };
    let mut input = BufReader::new(input);
    let mut bytes = Vec::new();
    let mut is_newer = false;
    for line in 1.. {
        bytes.clear();
        let count = (&mut input)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut bytes)
            .map_err(failed)?;
        if count == 0 {
            break;
        }
        let wrong = |source: RecordError| Error::Recording {
            what: what.to_owned(),
            line,
            source,
        };
        let is_whole = bytes.ends_with(b"\n");
        let cut = Notice::RecordingCut { line };
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text.trim(),
            Err(_) if !is_whole => return take(Ok(Item::Notice(cut))).map(drop),
            Err(error) => return take(Err(wrong(RecordError::new(error)))).map(drop),
        };
        if text.is_empty() {
            continue;
        }
        if let Some(version) = newer_format(text) {
            is_newer = true;
            if !take(Ok(Item::Notice(Notice::NewerRecording { version })))? {
                break;
            }
        }
        let more = match Record::parse(text) {
            Ok(None) => true,
            Ok(Some(record)) => take(Ok(Item::Record(Box::new(record))))?,
            Err(error) if error.is_cut() && !is_whole => take(Ok(Item::Notice(cut)))?,
            Err(error) if is_newer || error.is_incomplete() => {
                let why = error.to_string();
                take(Ok(Item::Notice(Notice::LinePassedOver { line, why })))?
            }
            Err(error) => take(Err(wrong(error)))?,
        };
        if !more {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(at_ms: u64) -> Record {
        let line = format!(r#"{{"at_secs":{},"topic":"a"}}"#, at_ms as f64 / 1000.0);
        Record::parse(&line).unwrap().unwrap()
    }

    #[test]
    fn pauses_count_from_the_first_message() {
        let mut pace = Pace::new(Some(2.0));
        let first = pace.due(&record(500));
        assert_eq!(pace.due(&record(1500)) - first, Duration::from_millis(500));
        // A clock that went backwards is no reason to wait.
        assert_eq!(pace.due(&record(0)), first);
        pace.pause(Duration::from_secs(7));
        assert_eq!(pace.due(&record(1500)) - first, Duration::from_millis(7500));
        let mut hurried = Pace::new(None);
        let first = hurried.due(&record(500));
        assert_eq!(hurried.due(&record(1500)), first);
    }

    #[test]
    fn a_line_that_is_no_message_is_named() {
        let text = "{\"event\":\"recording\"}\n\n{\"topic\":\"a\"}\n{\"topic\":\"+\"}\n";
        let mut count = 0;
        let error = read(&mut text.as_bytes(), "f.jsonl", |item| {
            item?;
            count += 1;
            Ok(true)
        });
        assert_eq!(count, 1);
        assert!(error.unwrap_err().to_string().starts_with("f.jsonl, line 4: "));
    }

    fn items(text: &str) -> Vec<String> {
        let mut items = Vec::new();
        read(&mut text.as_bytes(), "f.jsonl", |item| {
            items.push(match item? {
                Item::Record(record) => record.topic,
                Item::Notice(notice) => format!("{notice:?}"),
            });
            Ok(true)
        })
        .expect("it is read as far as it can be");
        items
    }

    #[test]
    fn a_recording_that_is_cut_or_newer_is_read_as_far_as_it_can_be() {
        assert_eq!(
            items("{\"topic\":\"a\"}\n{\"topic\":\"b"),
            ["a", "RecordingCut { line: 2 }"]
        );
        assert_eq!(items("{\"topic\":\"a\"}\n{\"topic\":\"b\"}"), ["a", "b"]);
        let newer = items(
            "{\"event\":\"recording\",\"version\":2}\n{\"topic\":\"a\",\"qos\":7}\n{\"topic\":\"b\",\"new\":1}\n",
        );
        assert_eq!((&*newer[0], &*newer[2]), ("NewerRecording { version: 2 }", "b"));
        assert!(newer[1].starts_with("LinePassedOver { line: 2,"), "{newer:?}");
    }
}
