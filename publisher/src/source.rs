//! Where payloads come from: an argument, a file, standard input.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::thread;

use bytes::{Bytes, BytesMut};
use client::packet::QoS;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::error::Error;
use crate::plan::{Payload, Plan};

/// The largest payload that every PUBLISH can carry, bytes.
const LARGEST_PAYLOAD: u64 = 268_435_455;
/// How much of standard input is read at once, bytes.
const CHUNK: usize = 64 * 1024;

/// A source of payloads.
pub(crate) enum Source {
    /// The same payload `left` times.
    Repeated {
        payload: Bytes,
        left: u64,
        delay: std::time::Duration,
        due: Option<Instant>,
    },
    /// Lines, read by a thread of their own, since reading standard input blocks.
    Lines {
        ready: VecDeque<Bytes>,
        batches: mpsc::Receiver<io::Result<Vec<Bytes>>>,
        ended: bool,
    },
}

impl Source {
    /// Reads a file or standard input whole; begins to read lines.
    pub(crate) fn open(plan: &Plan) -> Result<Self, Error> {
        let payload = match &plan.payload {
            Payload::Bytes(bytes) => bytes.clone(),
            Payload::File(path) => {
                let failed = |source| Error::Input {
                    what: path.display().to_string(),
                    source,
                };
                read_whole(std::fs::File::open(path).map_err(failed)?).map_err(failed)?
            }
            Payload::Stdin => read_whole(io::stdin().lock())
                .and_then(|payload| match payload.len() {
                    0 => Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "it is empty; -n sends an empty payload",
                    )),
                    _ => Ok(payload),
                })
                .map_err(|source| Error::Input {
                    what: "standard input".to_owned(),
                    source,
                })?,
            Payload::StdinLines => {
                let (sender, batches) = mpsc::channel(4);
                thread::spawn(move || read_lines(&mut io::stdin().lock(), &sender));
                return Ok(Self::Lines {
                    ready: VecDeque::new(),
                    batches,
                    ended: false,
                });
            }
        };
        Ok(Self::Repeated {
            payload,
            left: plan.repeat,
            delay: plan.repeat_delay,
            due: None,
        })
    }

    /// The next payload, if there is one now. `inflight`: a delay counts from the last acknowledgement.
    pub(crate) fn next(&mut self) -> Option<Bytes> {
        match self {
            Self::Repeated {
                payload,
                left,
                delay,
                due,
            } => {
                if *left == 0 || due.is_some() {
                    return None;
                }
                *left -= 1;
                if !delay.is_zero() && *left > 0 {
                    // Until `acknowledged` says when.
                    *due = Some(Instant::now() + *delay);
                }
                Some(payload.clone())
            }
            Self::Lines { ready, .. } => ready.pop_front(),
        }
    }

    /// The last message is acknowledged: `--repeat-delay` counts from here.
    pub(crate) fn acknowledged(&mut self, qos: QoS) {
        if let Self::Repeated {
            delay,
            due: Some(due),
            ..
        } = self
            && qos != QoS::AtMostOnce
        {
            *due = Instant::now() + *delay;
        }
    }

    /// How many payloads are here and not handed over.
    pub(crate) fn waiting(&self) -> u64 {
        match self {
            Self::Repeated { left, .. } => *left,
            Self::Lines { ready, .. } => ready.len() as u64,
        }
    }

    /// Whether nothing more will come.
    pub(crate) fn ended(&self) -> bool {
        match self {
            Self::Repeated { left, .. } => *left == 0,
            Self::Lines { ready, ended, .. } => *ended && ready.is_empty(),
        }
    }

    /// Waits until [`next`](Self::next) has something, or the end. Safe to cancel.
    pub(crate) async fn more(&mut self) -> Result<(), Error> {
        match self {
            Self::Repeated { due: waiting, .. } => {
                if let Some(due) = *waiting {
                    sleep_until(due).await;
                    *waiting = None;
                }
                Ok(())
            }
            Self::Lines {
                ready,
                batches,
                ended,
            } => {
                match batches.recv().await {
                    Some(Ok(batch)) => ready.extend(batch),
                    Some(Err(source)) => {
                        return Err(Error::Input {
                            what: "standard input".to_owned(),
                            source,
                        });
                    }
                    None => *ended = true,
                }
                Ok(())
            }
        }
    }
}

fn read_whole(input: impl Read) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    input.take(LARGEST_PAYLOAD + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_PAYLOAD {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("longer than {LARGEST_PAYLOAD} bytes, the most a message can have"),
        ));
    }
    Ok(bytes.into())
}

/// Sends the lines of `input`, all that are there at a time, until it ends or the receiver is gone.
fn read_lines(input: &mut impl Read, batches: &mpsc::Sender<io::Result<Vec<Bytes>>>) {
    let mut unfinished = BytesMut::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                batches.blocking_send(Err(error)).ok();
                return;
            }
        };
        let searched = unfinished.len();
        unfinished.extend_from_slice(chunk.get(..count).unwrap_or_default());
        let mut lines = Vec::new();
        // Only what is new can hold a line feed.
        let fresh = unfinished.get(searched..).unwrap_or_default();
        let ends: Vec<usize> = fresh
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
            .map(|(at, _)| at + searched)
            .collect();
        let mut start = 0;
        for end in ends {
            let mut line = unfinished.split_to(end + 1 - start);
            start = end + 1;
            line.truncate(line.len() - 1);
            lines.push(line.freeze());
        }
        if unfinished.len() as u64 > LARGEST_PAYLOAD {
            let error = format!("a line is longer than {LARGEST_PAYLOAD} bytes, the most a message can have");
            batches
                .blocking_send(Err(io::Error::new(io::ErrorKind::FileTooLarge, error)))
                .ok();
            return;
        }
        if !lines.is_empty() && batches.blocking_send(Ok(lines)).is_err() {
            return;
        }
    }
    if !unfinished.is_empty() {
        // The last line may lack its line feed.
        batches.blocking_send(Ok(vec![unfinished.freeze()])).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns its pieces one read at a time.
    struct Pieces(VecDeque<&'static [u8]>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.pop_front().unwrap_or_default();
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    #[test]
    fn lines_are_whole_however_they_arrive() {
        let (sender, mut receiver) = mpsc::channel(16);
        let mut input = Pieces([b"on".as_slice(), b"e\ntwo\n\nth", b"re", b"e\n", b"\xFFlast"].into());
        read_lines(&mut input, &sender);
        drop(sender);
        let mut lines = Vec::new();
        while let Some(batch) = receiver.blocking_recv() {
            lines.extend(batch.unwrap());
        }
        assert_eq!(lines, [b"one".as_slice(), b"two", b"", b"three", b"\xFFlast"]);
    }
}
