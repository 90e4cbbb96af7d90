//! `--record`: every message as a line of JSON in a file, for `publisher --replay` and for people.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use client::{Line, Lines, Message};

/// Writes a recording. The schema is in docs/CLI.md.
#[derive(Debug)]
pub struct Recorder<W: Write = BufWriter<File>> {
    out: W,
    lines: Lines,
}

impl Recorder {
    /// Into a new file, or in place of an old one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        Self::new(BufWriter::new(File::create(path)?))
    }
}

impl<W: Write> Recorder<W> {
    /// Onto `out`; time counts from now.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn new(mut out: W) -> io::Result<Self> {
        let lines = Lines::start();
        writeln!(out, "{}", lines.line(&Line::recording()))?;
        Ok(Self { out, lines })
    }

    /// A message that arrived now.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn message(&mut self, message: &Message) -> io::Result<()> {
        writeln!(self.out, "{}", self.lines.line(&Line::message(message)))
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
