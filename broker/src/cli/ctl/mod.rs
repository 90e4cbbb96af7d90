//! `broker ctl`: the control API of a running broker, from a shell.
//!
//! | file | what it knows |
//! |---|---|
//! | `command` and those it names | what can be said, and which questions that is |
//! | `said` | patterns, rules and other objects as words |
//! | `plan` | questions, and what becomes of the answers |
//! | `target`, `client` | where the broker is, and asking it |
//! | `shown`, `entry` | answers in words |
//! | `failure` | what went wrong, and the exit codes |

mod access;
mod asking;
pub(super) mod client;
mod clock;
mod command;
#[cfg(feature = "contracts")]
mod contracts;
pub(super) mod entry;
pub(super) mod failure;
pub(super) mod follow;
mod keeping;
mod lasts;
pub(super) mod plan;
mod profile;
mod reading;
mod said;
mod shown;
pub(super) mod target;
mod things;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use bytes::Bytes;
use clap::Args;
use http_body_util::BodyExt as _;
use serde_json::Value;

use super::log::complain;
use crate::ask_http::escaped;
use crate::private_file;
use client::{Client, Question};
use command::Command;
use failure::Failure;
use plan::{Plan, Then};

pub(super) use failure::EXIT_CODES;
pub(super) use said::comparisons;

const EXAMPLES: &str = "\
Examples:
  broker ctl expect PUBLISH in topic=sensors/+/temp qos=1   exit code 0, or 1 with what came nearest
  broker ctl interrupt lamp 30s                             cut one client off for a while
  broker ctl clock advance 1h
  broker ctl fault add name=slow client=lamp type=latency attributes.latency=100
  broker ctl journal --follow

docs/API.md has every command with an example, and the exit codes.";

/// Asks and steers a running broker.
// `--help` prints these comments.
#[allow(clippy::doc_markdown)]
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true, disable_help_subcommand = true)]
pub(super) struct Ctl {
    #[command(flatten)]
    target: target::Flags,

    /// Print the answer as JSON
    #[arg(long, global = true, help_heading = "Output")]
    json: bool,

    #[command(subcommand)]
    command: Command,
}

impl Ctl {
    pub(super) fn run(self) -> ExitCode {
        let json = self.json;
        match self.do_it() {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                match (json, failure.words()) {
                    (_, None) => {}
                    (false, Some(words)) => complain(&words),
                    (true, Some(_)) => {
                        // It may have been closed.
                        let _ = writeln!(io::stderr(), "{}", failure.json().unwrap_or_default());
                    }
                }
                failure.code()
            }
        }
    }

    fn do_it(self) -> Result<(), Failure> {
        let plan = self.command.plan(self.json).map_err(Failure::Usage)?;
        let client = Client::new(self.target.target()?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::File(error.to_string()))?;
        runtime.block_on(carry_out(&client, plan, self.json))
    }
}

async fn carry_out(client: &Client, plan: Plan, json: bool) -> Result<(), Failure> {
    let mut made = Vec::new();
    for question in &plan.questions {
        match &plan.then {
            Then::Copy(path) => copy(client, question, path.as_deref()).await?,
            Then::Follow => {
                let line = |event: &str, data: &str| {
                    if json {
                        format!("{data}\n")
                    } else {
                        follow::shown(event, data, None)
                    }
                };
                follow::follow(client, question, line).await?;
            }
            _ => match client.ask(question).await {
                Ok(answer) => made.push(answer),
                Err(failure) => {
                    take_back(client, &plan, &made).await;
                    return Err(failure);
                }
            },
        }
    }
    made.iter()
        .try_for_each(|answer| print(&text(answer, json, &plan.then)))
}

/// Removes what these answers say that was made, where it is all or nothing.
async fn take_back(client: &Client, plan: &Plan, made: &[Bytes]) {
    let Some(list) = &plan.all_or_nothing else { return };
    for answer in made {
        let value: Value = serde_json::from_slice(answer).unwrap_or_default();
        if let Some(name) = value["name"].as_str() {
            // The failure before is what has to be told.
            let _ = client
                .ask(&plan::delete(&format!("{list}/{}", escaped(name))))
                .await;
        }
    }
}

/// An answer as it is printed.
fn text(answer: &[u8], json: bool, then: &Then) -> String {
    let Ok(value) = serde_json::from_slice::<Value>(answer) else {
        return String::from_utf8_lossy(answer).into_owned();
    };
    match then {
        _ if json => format!("{value}\n"),
        Then::Lines => entry::lines(&value),
        Then::Columns(pointers) => shown::columns_of(&value, pointers),
        Then::Words(words) => words(&value),
        Then::Only(name) => shown::words(value.get(*name).unwrap_or(&value)),
        _ => shown::words(&value),
    }
}

/// Writes an answer as it comes. What stands in a file is whole, or there is an error.
async fn copy(client: &Client, question: &Question, path: Option<&Path>) -> Result<(), Failure> {
    let path = path.filter(|path| *path != Path::new("-"));
    let mut body = client.open(question).await?.into_body();
    // Only now: what is no answer leaves the file as it was.
    let mut file: Option<File> = path
        .map(private_file::create)
        .transpose()
        .map_err(of_file(path))?;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| client.unreachable(&format!("the answer broke off: {error}")))?;
        let Some(bytes) = frame.data_ref() else { continue };
        match &mut file {
            Some(file) => file.write_all(bytes).map_err(of_file(path))?,
            None => write(bytes)?,
        }
    }
    Ok(())
}

fn of_file(path: Option<&Path>) -> impl Fn(io::Error) -> Failure {
    let path = path.map(|path| path.display().to_string()).unwrap_or_default();
    move |error| Failure::File(format!("cannot write the file {path}: {error}"))
}

fn print(text: &str) -> Result<(), Failure> {
    write(text.as_bytes())
}

/// To stdout, at once: a reader may wait for it.
fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut to = io::stdout().lock();
    let written = to.write_all(bytes).and_then(|()| to.flush());
    written.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::ReaderGone,
        _ => Failure::File(format!("cannot write to stdout: {error}")),
    })
}
