//! `broker ctl expect`, `wait` and `settle`: what is answered once it has come.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::client::Question;
use super::lasts::Lasts;
use super::plan::{Plan, Then, post};
use super::said;
use crate::ask_http::escaped;

/// How long the broker waits where nothing is said, so that the answer is not given up before.
const USUAL: Duration = Duration::from_secs(5);

/// How long is waited.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// How long to wait, such as 30s; at most 10m [default: 5s, or as the broker is set]
    #[arg(long, value_name = "TIME")]
    timeout: Option<Lasts>,
}

impl Asked {
    pub(super) fn question(&self, path: &str, mut body: Map<String, Value>) -> Question {
        if let Some(timeout) = self.timeout {
            body.insert("timeout_secs".to_owned(), json!(timeout.secs()));
        }
        let waits = self.timeout.map_or(USUAL, |timeout| timeout.0);
        post(path, &Value::Object(body)).waiting(waits)
    }
}

// `--help` prints these comments.
#[allow(clippy::doc_markdown)]
#[derive(Debug, Args)]
pub(super) struct Expect {
    /// PUBLISH in topic=a/+ qos=1; with `then` between patterns, in this order; or JSON, @FILE, -
    #[arg(required = true, value_name = "PATTERN")]
    words: Vec<String>,

    /// How often the last of the patterns: 3, 2.., ..5 or 2..5 [default: at least once]
    #[arg(long, value_name = "COUNT")]
    times: Option<String>,

    /// The last of the patterns is not to come at all
    #[arg(long, conflicts_with = "times")]
    never: bool,

    /// Only what comes behind this number of the journal, as `ctl mark` gives it
    #[arg(long, value_name = "NUMBER")]
    after: Option<u64>,

    /// Where time is up and more may be on its way, what came by then counts
    #[arg(long)]
    unproven_is_enough: bool,

    #[command(flatten)]
    asked: Asked,
}

impl Expect {
    pub(super) fn plan(self) -> Result<Plan, String> {
        let mut body = match said::json(&self.words)? {
            // A whole expectation.
            Some(Value::Object(whole)) if whole.contains_key("steps") || whole.contains_key("never") => whole,
            Some(pattern) => steps(vec![pattern]),
            None => steps(said::steps(&self.words)?),
        };
        let times = match (self.times, self.never) {
            (Some(times), _) => Some(said::count(&times)?),
            (None, true) => Some(json!(0)),
            (None, false) => None,
        };
        if let Some(times) = times {
            let last = body
                .get_mut("steps")
                .and_then(Value::as_array_mut)
                .and_then(|steps| steps.last_mut());
            match last {
                Some(Value::Object(last)) => last.insert("times".to_owned(), times),
                _ => {
                    return Err(
                        "--times and --never are for patterns; the JSON says how often by itself".into(),
                    );
                }
            };
        }
        if let Some(after) = self.after {
            body.insert("after".to_owned(), json!(after));
        }
        if self.unproven_is_enough {
            body.insert("unproven_is_enough".to_owned(), json!(true));
        }
        let question = self.asked.question("expectations", body);
        Ok(Plan::from(question).then(Then::Lines))
    }
}

fn steps(patterns: Vec<Value>) -> Map<String, Value> {
    let steps = patterns.into_iter().map(|pattern| json!({ "pattern": pattern }));
    let mut body = Map::new();
    body.insert("steps".to_owned(), steps.collect());
    body
}

/// What is waited for.
#[derive(Debug, Subcommand)]
pub(super) enum Wait {
    /// A client is connected
    Connected(Client),
    /// A client is not connected
    Disconnected(Client),
    /// A client is subscribed
    Subscribed {
        #[command(flatten)]
        client: Client,
        /// Topic filter
        filter: String,
    },
    /// A client has acknowledged everything that it was sent
    Acked(Client),
    /// A client has no session any more
    SessionEnded(Client),
    /// A message is retained
    Retained {
        /// Topic name
        topic: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// A message is published: topic=a/+ payload~=^on, or JSON, @FILE, -
    Message {
        /// What it is to be
        #[arg(value_name = "PATTERN")]
        words: Vec<String>,
        /// So many of them, at least
        #[arg(long, value_name = "NUMBER")]
        count: Option<u64>,
        #[command(flatten)]
        asked: Asked,
    },
}

/// Of whom it is waited for.
#[derive(Debug, Args)]
pub(super) struct Client {
    /// Client identifier
    client: String,
    #[command(flatten)]
    asked: Asked,
}

impl Wait {
    pub(super) fn plan(self) -> Result<Plan, String> {
        let one = |client: &Client, what: &str, filter: Option<&str>| {
            let mut body = Map::new();
            body.insert("for".to_owned(), json!(what));
            if let Some(filter) = filter {
                body.insert("topic_filter".to_owned(), json!(filter));
            }
            let path = format!("clients/{}/wait", escaped(&client.client));
            Plan::from(client.asked.question(&path, body))
        };
        Ok(match self {
            Self::Connected(client) => one(&client, "connected", None),
            Self::Disconnected(client) => one(&client, "disconnected", None),
            Self::Subscribed { filter, client } => one(&client, "subscribed", Some(&filter)),
            Self::Acked(client) => one(&client, "acked", None),
            Self::SessionEnded(client) => one(&client, "session_ended", None),
            Self::Retained { topic, asked } => {
                let mut body = Map::new();
                body.insert("topic".to_owned(), json!(topic));
                asked.question("retained/wait", body).into()
            }
            Self::Message { words, count, asked } => {
                let mut body = Map::new();
                body.insert("pattern".to_owned(), said::message(&words)?);
                let path = match count {
                    None => "messages/wait",
                    Some(count) => {
                        body.insert("count".to_owned(), json!(count));
                        "messages/wait-for-count"
                    }
                };
                Plan::from(asked.question(path, body)).then(Then::Lines)
            }
        })
    }
}
