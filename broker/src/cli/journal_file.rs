//! [`JournalFile`]: a thread that writes the journal to a file, in the form that its name asks for.
//!
//! JSON lines and captures grow while the broker runs; a diagram is drawn at the end, of what the journal still holds.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crate::cli::{complain, remark};
use crate::front::StartError;
use crate::journal::{Excerpt, Ladder, Mark, Mermaid, Pcapng};
use crate::reading::blocking::BrokerJournal;

/// The file that `journal.file` names, or none.
#[derive(Debug)]
pub(super) struct JournalFile {
    file: Option<(PathBuf, File)>,
}

/// The thread that writes it.
#[derive(Debug)]
pub(super) struct Writing {
    thread: Option<JoinHandle<()>>,
}

impl JournalFile {
    /// Makes the file, empty: what cannot be written is to be told before anything is served.
    pub(super) fn create(path: &str) -> Result<Self, StartError> {
        if path.is_empty() {
            return Ok(Self { file: None });
        }
        match File::create(path) {
            Ok(file) => Ok(Self {
                file: Some((PathBuf::from(path), file)),
            }),
            Err(cause) => Err(StartError::JournalFile {
                path: path.to_owned(),
                cause,
            }),
        }
    }

    /// Writes everything from the start of the broker to its end.
    pub(super) fn follow(self, journal: BrokerJournal) -> Result<Writing, StartError> {
        let Some((path, file)) = self.file else {
            return Ok(Writing { thread: None });
        };
        let thread = std::thread::Builder::new()
            .name("journal file".to_owned())
            .spawn(move || {
                if let Err(error) = write(&path, BufWriter::new(file), &journal) {
                    complain(&format!(
                        "cannot write the journal to {}: {error}. The broker runs on without",
                        path.display()
                    ));
                }
            })
            .map_err(StartError::Thread)?;
        Ok(Writing { thread: Some(thread) })
    }
}

impl Writing {
    /// Waits until everything is written; the broker has stopped.
    pub(super) fn finish(self) {
        if let Some(thread) = self.thread {
            // A panic there was already printed.
            let _ = thread.join();
        }
    }
}

fn write(path: &Path, mut out: BufWriter<File>, journal: &BrokerJournal) -> io::Result<()> {
    let mut missed = 0;
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("pcapng") => {
            let (mut capture, mut frames) = Pcapng::new(journal.0.started_at());
            let mut tail = journal.tail_from(Mark::START);
            loop {
                out.write_all(&frames)?;
                frames.clear();
                if !tail.is_ready() {
                    out.flush()?;
                }
                match tail.next() {
                    Some(Ok(entry)) => capture.entry(&entry, &mut frames),
                    Some(Err(more)) => missed += more.0,
                    None => break,
                }
            }
        }
        Some("jsonl") => {
            let mut tail = journal.tail_from(Mark::START);
            while let Some(entry) = tail.next() {
                match entry {
                    Ok(entry) => writeln!(out, "{}", entry.to_json())?,
                    Err(more) => {
                        missed += more.0;
                        writeln!(out, r#"{{"record":"missed","entries":{}}}"#, more.0)?;
                    }
                }
                if !tail.is_ready() {
                    out.flush()?;
                }
            }
        }
        ending => {
            // Nothing to write until the end, which this waits for.
            let Excerpt { entries, missed, .. } = journal.left().map_err(io::Error::other)?;
            if ending == Some("mmd") {
                write!(out, "{}", Mermaid::new(&entries).entries(usize::MAX))?;
            } else {
                write!(out, "{}", Ladder::new(&entries).lines(usize::MAX).missed(missed))?;
            }
        }
    }
    out.flush()?;
    if missed > 0 {
        remark(&format!(
            "{} lacks {missed} entries: they came faster than they could be written. A larger `journal.entries` holds more",
            path.display()
        ));
    }
    Ok(())
}
