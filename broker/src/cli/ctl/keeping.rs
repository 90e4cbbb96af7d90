//! `broker ctl snapshot`, `recording`, `restart`, `crash`, `outage`, `broker`: the broker as a whole.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Map, Value, json};

use super::client::Question;
use super::lasts::Lasts;
use super::plan::{Plan, Then, ask, delete, get, post};
use super::said;
use crate::ask_http::escaped;

/// What is done with snapshots.
#[derive(Debug, Subcommand)]
pub(super) enum Snapshots {
    /// Write one to a file, or to stdout
    Save {
        /// The file; only its owner can read a new one
        file: Option<PathBuf>,
    },
    /// Put one back, from a file or - for stdin
    Restore {
        /// The file
        file: PathBuf,
    },
}

impl Snapshots {
    pub(super) fn plan(self) -> Result<Plan, String> {
        Ok(match self {
            Self::Save { file } => Plan::from(get("snapshot")).then(Then::Copy(file)),
            Self::Restore { file } => {
                let bytes = content(&file)?;
                ask(Method::PUT, "snapshot")
                    .bytes(bytes, "application/json")
                    .into()
            }
        })
    }
}

/// What is done with recordings.
// `--help` prints these comments.
#[allow(clippy::doc_markdown)]
#[derive(Debug, Subcommand)]
pub(super) enum Recordings {
    /// Begin to record
    Start {
        /// Only these: client_id=lamp; or JSON, @FILE
        #[arg(value_name = "PATTERN")]
        words: Vec<String>,
    },
    /// Stop, and write the recording to a file, or to stdout
    Stop {
        /// The file; only its owner can read a new one
        file: Option<PathBuf>,
    },
    /// Whether one is made
    Status,
    /// Have the clients of a recording do again what they did, on this broker
    Play {
        /// The recording, or - for stdin
        file: PathBuf,

        /// How many times as fast as it was recorded, such as 10 or 0.5; max: without pauses [default: 1]
        #[arg(long, value_name = "TIMES")]
        speed: Option<String>,

        /// Only what this recorded client did; * stands for any characters
        #[arg(long, value_name = "ID")]
        client: Option<String>,

        /// Only messages to topics that fit this filter
        #[arg(long, value_name = "FILTER")]
        topic: Option<String>,

        /// Topics that become others, as 'home/# => test/home/#'
        #[arg(long, value_name = "FROM => TO")]
        rewrite: Option<String>,
    },
}

/// How long a recording is waited for that is played: as long as the broker lets anybody wait. It goes on after that.
const PLAYING: Duration = Duration::from_secs(600);

impl Recordings {
    pub(super) fn plan(self) -> Result<Plan, String> {
        Ok(match self {
            Self::Start { words } if words.is_empty() => ask(Method::POST, "recordings/start").into(),
            Self::Start { words } => {
                let body = json!({ "pattern": said::pattern(&words)? });
                post("recordings/start", &body).into()
            }
            Self::Stop { file } => Plan::from(ask(Method::POST, "recordings/stop")).then(Then::Copy(file)),
            Self::Status => get("recordings/status").into(),
            Self::Play {
                file,
                speed,
                client,
                topic,
                rewrite,
            } => {
                let how = [
                    ("speed", speed),
                    ("client", client),
                    ("topic", topic),
                    ("rewrite", rewrite),
                    ("timeout_secs", Some(PLAYING.as_secs().to_string())),
                ];
                let how = how.into_iter().filter_map(|(name, value)| Some((name, value?)));
                ask(Method::POST, "recordings/play")
                    .query(how)
                    .bytes(content(&file)?, "application/x-ndjson")
                    .waiting(PLAYING)
                    .into()
            }
        })
    }
}

/// How the broker comes back.
#[derive(Debug, Args)]
pub(super) struct Restart {
    /// Sessions and retained messages are gone
    #[arg(long)]
    lose_state: bool,
}

impl Restart {
    pub(super) fn plan(self, what: &str) -> Plan {
        post(what, &json!({ "lose_state": self.lose_state })).into()
    }
}

/// The broker is away.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Outage {
    /// How long, such as 30s [default: until `outage end`, which needs the port of the API alone]
    lasts: Option<Lasts>,

    /// Sessions and retained messages are gone
    #[arg(long)]
    lose_state: bool,

    /// Connections are reset rather than closed
    #[arg(long)]
    reset: bool,

    #[command(subcommand)]
    end: Option<OutageEnd>,
}

#[derive(Debug, Subcommand)]
enum OutageEnd {
    /// Come back now
    End,
}

impl Outage {
    pub(super) fn plan(self) -> Plan {
        if let Some(OutageEnd::End) = self.end {
            return delete("outage").into();
        }
        let mut body = Map::new();
        if let Some(lasts) = self.lasts {
            body.insert("duration_secs".to_owned(), json!(lasts.secs()));
        }
        body.insert("lose_state".to_owned(), json!(self.lose_state));
        body.insert("reset".to_owned(), json!(self.reset));
        post("outage", &Value::Object(body)).into()
    }
}

/// What is done with further brokers.
#[derive(Debug, Subcommand)]
pub(super) enum Brokers {
    /// All that were started
    List,
    /// Start one, on a free port
    New {
        /// Settings: NAME=VALUE, with dots as --set has them; or JSON, @FILE, -
        #[arg(value_name = "SETTINGS")]
        words: Vec<String>,
    },
    /// End one
    End {
        /// Its id, as `new` said
        id: String,
    },
    /// End all of them
    Clear,
}

impl Brokers {
    pub(super) fn plan(self) -> Result<Plan, String> {
        let question: Question = match self {
            Self::List => {
                return Ok(
                    Plan::from(get("brokers")).then(Then::Columns(&["/id", "/url", "/engine", "/seed"]))
                );
            }
            Self::New { words } if words.is_empty() => ask(Method::POST, "brokers"),
            Self::New { words } => post("brokers", &said::object(&words)?),
            Self::Clear => delete("brokers"),
            Self::End { id } => delete(&format!("brokers/{}", escaped(&id))),
        };
        Ok(question.into())
    }
}

/// What is in a file, or comes from stdin.
fn content(path: &Path) -> Result<Vec<u8>, String> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes);
        return read.map(|_| bytes).map_err(|error| format!("stdin: {error}"));
    }
    // It may be as large as the broker allows.
    std::fs::read(path).map_err(|error| format!("cannot read the file {}: {error}", path.display()))
}
