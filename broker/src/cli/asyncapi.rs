//! `broker asyncapi`: a document read, held against a recording, or made of one.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use broker_contract::{Application, Channel, Contracts, Document, ExampleStub, Report, Side, Told};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use settings::text::escaped_lines;

use super::log::{complain, remark};
use super::play::read;
use crate::contract::{Files, examples_of, infer, lint};

#[derive(Debug, Args)]
pub(super) struct AsyncApi {
    #[command(subcommand)]
    what: Do,
}

// `--help` prints these comments.
#[derive(Debug, Subcommand)]
enum Do {
    /// Say what is wrong with a document, what is not checked of it, and what it says of topics
    Check {
        /// The document: AsyncAPI 2 or 3, YAML or JSON
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Hold the messages of a recording against a document: exit code 1 if it is broken, 3 if the recording is not whole
    Lint {
        /// The document: AsyncAPI 2 or 3, YAML or JSON
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// The recording: a file that broker --record or subscriber --record wrote
        #[arg(value_name = "RECORDING")]
        recording: PathBuf,

        /// Client identifier of the application that the document describes; * stands for any characters; repeatable
        #[arg(long, value_name = "ID")]
        application: Vec<String>,

        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Write a first document, made of the messages of a recording
    Infer {
        /// The recording: a file that broker --record or subscriber --record wrote
        #[arg(value_name = "RECORDING")]
        recording: PathBuf,

        /// What the document calls itself
        #[arg(long, value_name = "TEXT", default_value = "Recorded traffic")]
        title: String,

        /// Write JSON rather than YAML
        #[arg(long)]
        json: bool,
    },
}

impl AsyncApi {
    pub(super) fn run(self) -> ExitCode {
        match self.what {
            Do::Check { file, json } => {
                let read = Files::OfThisMachine.document(&file);
                let read = read.and_then(|document| examples_of(&document).map(|_| document));
                let text = match &read {
                    Ok(document) if json => format!("{:#}\n", as_json(document)),
                    Ok(document) => escaped_lines(&as_text(document)),
                    Err(wrong) if json => {
                        format!("{:#}\n", json!({"ok": false, "problems": texts(wrong)}))
                    }
                    Err(wrong) => return refuse(wrong),
                };
                print(&text);
                if read.is_ok() {
                    ExitCode::SUCCESS
                } else {
                    ExitCode::FAILURE
                }
            }
            Do::Lint {
                file,
                recording,
                application,
                json,
            } => {
                let document = match Files::OfThisMachine.document(&file) {
                    Ok(document) => document,
                    Err(wrong) => return refuse(&wrong),
                };
                let Some(recording) = read(&recording) else {
                    return ExitCode::from(2);
                };
                let mut contracts = Contracts::new(Application(application));
                contracts.add(document);
                look_through(&mut contracts, &recording);
                let report = contracts.report();
                print(&if json {
                    format!("{:#}\n", report.json())
                } else {
                    escaped_lines(&report.text())
                });
                match (report.broken, recording.is_whole()) {
                    (0, true) => ExitCode::SUCCESS,
                    (0, false) => ExitCode::from(3),
                    _ => ExitCode::FAILURE,
                }
            }
            Do::Infer {
                recording,
                title,
                json,
            } => {
                let Some(recording) = read(&recording) else {
                    return ExitCode::from(2);
                };
                let found = infer(&recording);
                if found.passed_over() > 0 {
                    let count = found.passed_over();
                    remark(&format!(
                        "{count} messages were passed over: too many topics, or topics that no document can have"
                    ));
                }
                if found.topics() == 0 {
                    complain("nothing was published in this recording, so there is nothing to write down");
                    return ExitCode::FAILURE;
                }
                print(&if json {
                    format!("{:#}\n", found.document(&title))
                } else {
                    found.yaml(&title)
                });
                ExitCode::SUCCESS
            }
        }
    }
}

/// Holds a recording against contracts, and says what of both is not looked at.
pub(super) fn look_through(contracts: &mut Contracts, recording: &crate::recording::Recording) {
    let cut = lint(contracts, recording);
    for note in contracts.notes() {
        remark(&note.to_string());
    }
    if cut > 0 {
        remark(&format!(
            "{cut} messages were too large to be recorded, and were not looked at"
        ));
    }
}

/// Says at the end of a run what was seen of the contracts.
pub(super) fn tell(report: &Report) {
    for line in report.used().lines() {
        remark(&format!("contracts: {}", line.trim_start()));
    }
}

fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

pub(super) fn refuse(wrong: &[Told]) -> ExitCode {
    for told in wrong {
        complain(&told.to_string());
    }
    ExitCode::from(2)
}

fn texts<'a>(told: impl IntoIterator<Item = &'a Told>) -> Vec<String> {
    told.into_iter().map(ToString::to_string).collect()
}

/// Who publishes to a channel, by its operations.
fn publishers(channel: &Channel) -> &'static str {
    let has = |side| channel.operations.iter().any(|operation| operation.side == side);
    match (has(Side::Sends), has(Side::Receives)) {
        (true, true) => "the application, and others",
        (true, false) => "the application",
        (false, true) => "others",
        (false, false) => "not said",
    }
}

fn as_text(document: &Document) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{}, AsyncAPI {}\n", document.title, document.version);
    for channel in &document.channels {
        let messages: Vec<&str> = channel
            .messages
            .iter()
            .map(|message| message.name.as_str())
            .collect();
        let who = publishers(channel);
        let _ = writeln!(
            text,
            "  {}  {} (published by: {who})",
            channel.address.text(),
            messages.join(", ")
        );
    }
    // What makes no stub was told of before.
    for ExampleStub { stub, .. } in document.stubs().unwrap_or_default() {
        let count = stub["publish"].as_array().map_or(0, Vec::len);
        let noun = if count == 1 { "message" } else { "messages" };
        let name = stub["name"].as_str().unwrap_or_default();
        let _ = writeln!(
            text,
            "  {name}: {count} {noun} to {}",
            stub["publish"][0]["topic"]
        );
    }
    for note in &document.notes {
        let _ = writeln!(text, "not checked: {note}");
    }
    text
}

fn as_json(document: &Document) -> Value {
    let channel = |channel: &Channel| {
        json!({
            "name": channel.name,
            "address": channel.address.text(),
            "messages": channel.messages.iter().map(|message| message.name.clone()).collect::<Vec<_>>(),
            "published_by": publishers(channel),
            "source": channel.place.to_string(),
        })
    };
    json!({
        "ok": true,
        "title": document.title,
        "asyncapi": document.version,
        "channels": document.channels.iter().map(channel).collect::<Vec<_>>(),
        "stubs": document.stubs().unwrap_or_default().into_iter().map(|one| one.stub).collect::<Value>(),
        "notes": texts(&document.notes),
    })
}
