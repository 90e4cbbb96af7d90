//! `broker profile`: the profiles that there are; and what is said at the end of a run that was held against one.

use std::fmt::Write as _;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use settings::Loader;
use settings::text::padded;

use super::command::Failure;
use super::log::{complain, warn};
use super::manner::Manner;
use super::profile_text::text_of;
use crate::broker::Broker;
use crate::journal::Remark;
use crate::profile::{Profile, Tally};
use crate::profiles;

/// The exit code where a client did what the profile would not take.
pub(super) const VIOLATIONS: u8 = 4;

/// How long what clients have sent is waited for while nothing of it is read; how often; and how long none of them may send
/// anything.
const PATIENCE: Duration = Duration::from_secs(2);
const ROUNDS: u32 = 15;
const QUIET: Duration = Duration::from_millis(100);

/// The flags of the broker about them.
// `--help` prints these comments.
#[derive(Debug, Args)]
pub(super) struct ProfileFlags {
    /// Say what another broker would not take: aws-iot, … or a file
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// With --profile: warn tells it, enforce does what that broker does
    #[arg(long, hide = true, value_name = "MODE")]
    pub profile_mode: Option<String>,

    /// Exit code 4 if a client broke the profile or a contract
    #[arg(long)]
    pub fail_on_violation: bool,
}

impl ProfileFlags {
    pub(super) fn layer(self, mut loader: Loader) -> Loader {
        if let Some(name) = self.profile {
            loader = loader.flag("--profile", "profile.name", name);
        }
        if let Some(mode) = self.profile_mode {
            loader = loader.flag("--profile-mode", "profile.mode", mode);
        }
        loader
    }
}

/// Tells what clients did, where nobody has seen it in the log or where it is a failure. Gives the exit code of a program that
/// would end with this one.
pub(super) async fn judged(broker: &Broker, manner: &Manner, code: u8) -> u8 {
    let is_read = manner.task.is_empty() || all_read(broker).await;
    if !is_read {
        complain("not all that clients have sent was read in 30 s, so what they broke is not known");
    }
    let code = match code {
        0 if !is_read && manner.fails_on_violation => VIOLATIONS,
        code => code,
    };
    let tally = broker.profile().violations().await.unwrap_or_default();
    if tally.total() == 0 {
        return code;
    }
    if manner.fails_on_violation || !manner.task.is_empty() {
        summary(&tally).lines().for_each(warn);
    }
    match code {
        0 if manner.fails_on_violation => VIOLATIONS,
        code => code,
    }
}

/// Waits until all is read that clients have sent, or for a while: a client at QoS 0 ends when its bytes have left it. False where
/// there was more to read to the end.
async fn all_read(broker: &Broker) -> bool {
    let is_held = broker.profile().get().await.is_ok_and(|held| held.is_some());
    #[cfg(feature = "contracts")]
    let is_held = is_held || broker.contract_report().is_some() || broker.sparkplug_report().is_some();
    if !is_held {
        return true;
    }
    let mut read = messages_read(broker).await;
    for _ in 0..ROUNDS {
        match tokio::time::timeout(PATIENCE, broker.settle()).await {
            Ok(Err(error)) if error.is_unsupported() => {
                until_quiet(broker).await;
                return true;
            }
            Ok(_) => return true,
            Err(_) => {}
        }
        // What is on its way may be so for other reasons; but while more is read, there is more to come.
        let now = messages_read(broker).await;
        if now == read {
            return true;
        }
        read = now;
    }
    false
}

/// Waits until no packet has come for a while.
async fn until_quiet(broker: &Broker) {
    // What another broker makes of it is not known here. Its clients have sent nothing more when no packet comes for a while.
    let Ok(tail) = broker.journal().tail().await else {
        return;
    };
    let quiet = async { while let Ok(Ok(Some(_))) = tokio::time::timeout(QUIET, tail.next()).await {} };
    let _ = tokio::time::timeout(PATIENCE, quiet).await;
}

async fn messages_read(broker: &Broker) -> u64 {
    broker.stats().await.map_or(0, |stats| stats.publish_received)
}

/// What other brokers would not take
#[derive(Debug, Args)]
pub(super) struct Profiles {
    #[command(subcommand)]
    what: What,

    /// Print JSON, for programs
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The profiles that there are
    List,
    /// One with all its limits, each with its source and when that was looked at
    Show {
        /// Its name, or a file with one's own
        #[arg(value_name = "NAME")]
        name: String,
    },
}

impl Profiles {
    pub(super) fn run(self) -> Result<String, Failure> {
        match (self.what, self.json) {
            (What::List, false) => Ok(list()),
            (What::List, true) => {
                let all: Vec<Value> = profiles::all().map(|profile| as_json(&profile)).collect();
                Ok(format!("{:#}\n", json!({ "profiles": all })))
            }
            (What::Show { name }, json) => {
                let profile = profiles::find(&name).map_err(|wrong| Failure::Usage(wrong.to_string()))?;
                Ok(if json {
                    format!("{:#}\n", as_json(&profile))
                } else {
                    text_of(&profile)
                })
            }
        }
    }
}

fn as_json(profile: &Profile) -> Value {
    let mut json = profile.to_json();
    json["profile"] = json!(profile.name);
    json
}

fn list() -> String {
    let all: Vec<Profile> = profiles::all().collect();
    let width = |of: fn(&Profile) -> &str| all.iter().map(|profile| of(profile).len()).max();
    let names = width(|profile| &profile.name).unwrap_or_default();
    let titles = width(|profile| &profile.title).unwrap_or_default();
    let mut text = String::new();
    for profile in &all {
        let limits = profile.limits.len();
        let noun = if limits == 1 { "limit" } else { "limits" };
        let (name, title) = (padded(&profile.name, names), padded(&profile.title, titles));
        let _ = writeln!(text, "{name}  {title}  {limits} {noun}");
    }
    text
}

/// What clients did, for people: a line each.
pub(super) fn summary(tally: &Tally) -> String {
    let mut text = String::new();
    for row in tally.rows() {
        let Remark {
            client_id,
            text: said,
            ..
        } = &row.first;
        let times = match row.count {
            1 => String::new(),
            more => format!(" ({more} times)"),
        };
        let client_id = settings::text::escaped(client_id);
        let _ = writeln!(text, "{client_id}: {}{times}", settings::text::escaped(said));
    }
    if tally.unlisted() > 0 {
        let _ = writeln!(text, "and {} more", tally.unlisted());
    }
    text
}

pub(super) fn summary_json(tally: &Tally) -> Value {
    let row = |row: &crate::profile::Tallied| {
        let first = &row.first;
        json!({
            "client_id": &*first.client_id,
            "origin": first.origin,
            "contract": &*first.contract,
            "rule": &*first.rule,
            "count": row.count,
            "topic": first.topic.as_deref(),
            "text": &*first.text,
            "source": &*first.source,
            "first_at_secs": row.first_at.since_start().as_secs_f64(),
            "last_at_secs": row.last_at.since_start().as_secs_f64(),
        })
    };
    let rows: Vec<Value> = tally.rows().map(row).collect();
    json!({ "total": tally.total(), "unlisted": tally.unlisted(), "violations": rows })
}
