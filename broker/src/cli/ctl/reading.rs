//! `broker ctl packets`, `messages` and `journal`: what was recorded.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::client::Question;
use super::plan::{Plan, Then, get, post};
use super::said;

/// Which part of what was recorded.
// `--help` prints these comments.
#[allow(clippy::doc_markdown)]
#[derive(Debug, Args)]
pub(super) struct Packets {
    /// Only these: PUBLISH topic=a/+ qos=1, or disconnected client_id=lamp; or JSON, @FILE, -
    #[arg(value_name = "PATTERN")]
    words: Vec<String>,

    #[command(flatten)]
    page: Page,
}

/// Which messages.
#[derive(Debug, Args)]
pub(super) struct Messages {
    /// Only these: topic=a/+ payload~=^on; or JSON, @FILE, -
    #[arg(value_name = "PATTERN")]
    words: Vec<String>,

    #[command(flatten)]
    page: Page,
}

#[derive(Debug, Args)]
pub(super) struct Page {
    /// Only what comes behind this number of the journal, as `ctl mark` gives it
    #[arg(long, value_name = "NUMBER")]
    after: Option<u64>,

    /// At most so many [default: 100, at most 1000]
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u32>,
}

/// What a pattern means that fits nothing yet.
// `--help` prints these comments.
#[allow(clippy::doc_markdown)]
#[derive(Debug, Args)]
pub(super) struct NearMisses {
    /// PUBLISH topic=a/+ qos=1, or disconnected client_id=lamp; or JSON, @FILE, -
    #[arg(required = true, value_name = "PATTERN")]
    words: Vec<String>,

    /// Only what comes behind this number of the journal
    #[arg(long, value_name = "NUMBER")]
    after: Option<u64>,
}

impl NearMisses {
    pub(super) fn plan(self) -> Result<Plan, String> {
        let body = json!({ "pattern": said::pattern(&self.words)?, "after": self.after });
        Ok(post("near-misses", &body).into())
    }
}

/// The journal.
#[derive(Debug, Args)]
pub(super) struct Journal {
    /// Only these: PUBLISH topic=a/+ qos=1; or JSON, @FILE, -
    #[arg(value_name = "PATTERN")]
    words: Vec<String>,

    /// Print each entry as it is written, until the broker ends
    #[arg(short, long)]
    follow: bool,

    /// Only what comes behind this number of the journal; with --follow that is printed, too
    #[arg(long, value_name = "NUMBER")]
    after: Option<u64>,

    /// How it is written [default: ladder, or jsonl with --json]
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "follow")]
    format: Option<Format>,

    /// File to write it to, in place of stdout
    #[arg(short, long, value_name = "FILE", conflicts_with = "follow")]
    output: Option<PathBuf>,
}

/// A form of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Arrows between client and broker
    Ladder,
    /// A diagram for Mermaid
    Mermaid,
    /// One JSON object a line
    Jsonl,
    /// Traces for OpenTelemetry: what became of messages with a traceparent
    Otlp,
    /// A capture for Wireshark
    Pcapng,
}

impl Page {
    fn find(&self, path: &str, pattern: Value) -> Question {
        let mut body = Map::new();
        body.insert("pattern".to_owned(), pattern);
        if let Some(after) = self.after {
            body.insert("after".to_owned(), json!(after));
        }
        if let Some(limit) = self.limit {
            body.insert("limit".to_owned(), json!(limit));
        }
        post(path, &Value::Object(body))
    }
}

impl Packets {
    pub(super) fn plan(self) -> Result<Plan, String> {
        let question = self.page.find("packets/find", said::pattern(&self.words)?);
        Ok(Plan::from(question).then(Then::Lines))
    }
}

impl Messages {
    pub(super) fn plan(self) -> Result<Plan, String> {
        let question = self.page.find("messages/find", said::message(&self.words)?);
        Ok(Plan::from(question).then(Then::Lines))
    }
}

impl Journal {
    /// `json`: where no format is said, it is JSON lines.
    pub(super) fn plan(self, json: bool) -> Result<Plan, String> {
        let mut query = query(&said::pattern(&self.words)?)?;
        query.extend(self.after.map(|after| ("after".to_owned(), after.to_string())));
        if self.follow {
            let question = with(get("events"), &query);
            return Ok(Plan::from(question).then(Then::Follow));
        }
        let usual = if json { Format::Jsonl } else { Format::Ladder };
        let format = match self.format.unwrap_or(usual) {
            Format::Ladder => "ladder",
            Format::Mermaid => "mermaid",
            Format::Jsonl => "jsonl",
            Format::Otlp => "otlp",
            Format::Pcapng => "pcapng",
        };
        query.insert(0, ("format".to_owned(), format.to_owned()));
        let question = with(get("export"), &query);
        Ok(Plan::from(question).then(Then::Copy(self.output)))
    }
}

fn with(question: Question, pairs: &[(String, String)]) -> Question {
    question.query(pairs.iter().map(|(name, value)| (&**name, value.clone())))
}

/// A pattern as parameters of an address: its keys, a list as the key several times.
fn query(pattern: &Value) -> Result<Vec<(String, String)>, String> {
    let Value::Object(members) = pattern else {
        return Err("a pattern is a JSON object".to_owned());
    };
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Ok(members
        .iter()
        .flat_map(|(name, value)| match value {
            Value::Array(all) => all.iter().map(|one| (name.clone(), text(one))).collect(),
            one => vec![(name.clone(), text(one))],
        })
        .collect())
}
