//! [`JournalFile`]: a thread that writes the journal to a file, in the form that its name asks for.
//!
//! JSON lines and captures grow while the broker runs, without gaps: the broker reads less from its clients while the
//! file is behind. A diagram is drawn at the end, from the entries that the journal still holds.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use settings::BrokerSettings;
use tokio::sync::oneshot;

use crate::answer::block_on;
use crate::cli::log::{complain, remark};
use crate::error::Error;
use crate::front::StartError;
use crate::journal::{Entry, Excerpt, Ladder, Mark, Mermaid, Pcapng};
use crate::pattern::anything;
use crate::private_file;
use crate::reading::{BrokerJournal, Reading};
use crate::recording::spare;

/// How long a pipe's reader may take for the rest after the broker has stopped. A file on a disk may take as long as it
/// needs.
const LAST_ENTRIES: Duration = Duration::from_millis(300);
/// How many bytes are written at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// The file that `journal.file` names, if it names one.
#[derive(Debug)]
pub(super) struct JournalFile {
    file: Option<(PathBuf, File)>,
}

/// The thread that writes it.
#[derive(Debug)]
pub(super) struct Writing(Option<Thread>);

#[derive(Debug)]
struct Thread {
    path: PathBuf,
    /// It may take for ever, as a pipe that nobody reads.
    may_block: bool,
    journal: BrokerJournal,
    /// The number of the last entry that is written.
    written: Arc<AtomicU64>,
    ended: oneshot::Receiver<()>,
}

impl JournalFile {
    /// Makes an empty file, so that an error is reported before any client is served. Waits for a pipe until somebody
    /// reads it.
    pub(super) async fn create(settings: &BrokerSettings) -> Result<Self, StartError> {
        let path = &*settings.journal.file;
        if path.is_empty() {
            return Ok(Self { file: None });
        }
        let error = |cause| StartError::JournalFile {
            path: path.to_owned(),
            cause,
        };
        spare(&settings.upstream, path.as_ref()).map_err(error)?;
        if private_file::is_pipe(path) {
            remark(&format!(
                "{path} is a pipe: the broker starts once somebody reads it"
            ));
        }
        // In a thread, so that the program hears signals meanwhile.
        let (opened, has_opened) = oneshot::channel();
        let name = PathBuf::from(path);
        std::thread::Builder::new()
            .name("journal file".to_owned())
            .spawn(move || opened.send(private_file::create(&name)))
            .map_err(StartError::Thread)?;
        let file = has_opened
            .await
            .unwrap_or_else(|_| Err(io::Error::other("the thread that opens it ended")))
            .map_err(error)?;
        Ok(Self {
            file: Some((PathBuf::from(path), file)),
        })
    }

    /// Writes everything from the start of the broker to its end.
    pub(super) async fn follow(self, journal: BrokerJournal) -> Result<Writing, Error> {
        let Some((path, file)) = self.file else {
            return Ok(Writing(None));
        };
        let grows = matches!(ending(&path), Some("pcapng" | "jsonl"));
        // From here on no entry is forgotten before it is written.
        let tail = if grows {
            Some(journal.read_all().await?)
        } else {
            None
        };
        let may_block = !file.metadata().is_ok_and(|metadata| metadata.is_file());
        let written = Arc::new(AtomicU64::new(0));
        let (end, ended) = oneshot::channel();
        let thread = Thread {
            path: path.clone(),
            may_block,
            journal: journal.clone(),
            written: written.clone(),
            ended,
        };
        std::thread::Builder::new()
            .name("journal file".to_owned())
            .spawn(move || {
                let result = match tail {
                    Some(tail) => grow(&path, file, tail, &written),
                    None => draw(&path, file, &journal),
                };
                if let Err(error) = result {
                    complain(&format!(
                        "cannot write the journal to {}: {error}. The broker runs on without",
                        path.display()
                    ));
                }
                let _ = end.send(());
            })
            .map_err(StartError::Thread)?;
        Ok(Writing(Some(thread)))
    }
}

impl Writing {
    /// Waits until everything is written; the broker has stopped. It does not wait for a write that may take for ever:
    /// then it says what was not written.
    pub(super) async fn finish(self) {
        let Some(mut thread) = self.0 else { return };
        if !thread.may_block {
            // A panic there was already printed.
            let _ = thread.ended.await;
            return;
        }
        if tokio::time::timeout(LAST_ENTRIES, &mut thread.ended)
            .await
            .is_ok()
        {
            return;
        }
        let all = thread
            .journal
            .left()
            .await
            .map_or(0, |journal| journal.mark().last());
        let entries = all.saturating_sub(thread.written.load(Ordering::Relaxed));
        complain(&format!(
            "{} lacks the last {entries} entries of the journal: nobody read them in time",
            thread.path.display()
        ));
    }
}

fn ending(path: &Path) -> Option<&str> {
    path.extension().and_then(|ending| ending.to_str())
}

/// A form that grows.
enum Form {
    Lines,
    Capture(Pcapng),
}

impl Form {
    fn entry(&mut self, entry: &Entry, to: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Lines => writeln!(to, "{}", entry.to_json())?,
            Self::Capture(capture) => capture.entry(entry, to),
        }
        Ok(())
    }

    fn missed(&self, entries: u64, to: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Lines => writeln!(to, r#"{{"record":"missed","entries":{entries}}}"#),
            Self::Capture(_) => Ok(()),
        }
    }
}

fn grow(path: &Path, mut file: File, mut tail: Reading, written: &AtomicU64) -> io::Result<()> {
    let (mut form, mut chunk) = if ending(path) == Some("pcapng") {
        let (capture, head) = Pcapng::new(tail.started_at());
        (Form::Capture(capture), head)
    } else {
        (Form::Lines, Vec::new())
    };
    let (mut missed, mut taken) = (0, 0);
    let everything = anything();
    loop {
        if chunk.len() >= CHUNK_BYTES || !tail.is_ready() {
            file.write_all(&chunk)?;
            chunk.clear();
            written.store(taken, Ordering::Relaxed);
        }
        match block_on(tail.next(&everything)) {
            Ok(Some(entry)) => {
                form.entry(&entry, &mut chunk)?;
                taken = entry.seq;
            }
            Ok(None) => break,
            Err(error) => {
                let more = error.missed().unwrap_or_default();
                missed += more;
                form.missed(more, &mut chunk)?;
            }
        }
    }
    if missed > 0 {
        remark(&format!(
            "{} lacks {missed} entries: they came faster than they could be written. A larger `journal.bytes` holds more",
            path.display()
        ));
    }
    Ok(())
}

/// There is nothing to write before the end, so this waits for the end.
fn draw(path: &Path, mut file: File, journal: &BrokerJournal) -> io::Result<()> {
    let journal = block_on(journal.left()).map_err(io::Error::other)?;
    let Excerpt { entries, missed, .. } = journal.since(Mark::START);
    let drawn = if ending(path) == Some("mmd") {
        Mermaid::new(&entries).entries(usize::MAX).to_string()
    } else {
        Ladder::new(&entries).lines(usize::MAX).missed(missed).to_string()
    };
    file.write_all(drawn.as_bytes())?;
    if missed > 0 {
        remark(&format!(
            "{} lacks {missed} entries, which the journal no longer held. A larger `journal.entries` holds more",
            path.display()
        ));
    }
    Ok(())
}
