//! `broker stubs`: stubs made of a recording.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::log::remark;
use super::play::read;

#[derive(Debug, Args)]
pub(super) struct Stubs {
    /// The recording: a file that broker --record or subscriber --record wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Only in place of this recorded client; * stands for any characters; repeatable
    #[arg(long, value_name = "ID")]
    client: Vec<String>,
}

impl Stubs {
    /// Prints them, as TOML for a settings file.
    pub(super) fn run(self) -> ExitCode {
        let Some(recording) = read(&self.file) else {
            return ExitCode::FAILURE;
        };
        let clients: Vec<&str> = self.client.iter().map(String::as_str).collect();
        let stubs = recording.stubs_of(&clients);
        let _ = io::stdout().write_all(stubs.toml.as_bytes());
        for note in &stubs.notes {
            remark(note);
        }
        if recording.is_whole() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(3)
        }
    }
}
