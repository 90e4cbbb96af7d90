//! `broker ctl fault`, `stub`, `device`, `scenario`, `partition`, `listener`: what has a name.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Subcommand;
use hyper::Method;
use serde_json::{Map, Value, json};

use super::plan::{Plan, Then, ask, delete, get, post, put};
use super::said;
use crate::ask_http::escaped;
use crate::cli::log::remark;
use crate::device::device_from_json;
use crate::plain_file;
use crate::stub::Stub;

/// What is done with rules, stubs or devices.
#[derive(Debug, Subcommand)]
pub(super) enum Things {
    /// All that are there
    List,
    /// One of them
    Show {
        /// Its name
        name: String,
    },
    /// Add one: NAME=VALUE, JSON or -; or all of @FILE, JSON or a script in TOML
    Add {
        /// What it is
        #[arg(required = true, value_name = "WORDS")]
        words: Vec<String>,
    },
    /// Remove one
    Remove {
        /// Its name
        name: String,
    },
    /// Remove all
    Clear,
}

/// What is done with rules.
#[derive(Debug, Subcommand)]
pub(super) enum Faults {
    #[command(flatten)]
    Things(Things),
    /// Switch one on
    Enable {
        /// Its name
        name: String,
    },
    /// Switch one off: it stays in the list, and does nothing
    Disable {
        /// Its name
        name: String,
    },
    /// Let the counts and the window of time of one begin anew
    Reset {
        /// Its name
        name: String,
    },
    /// Let go what a rule keeps back
    Release {
        /// Its name
        name: String,
    },
}

impl Faults {
    pub(super) fn plan(self) -> Result<Plan, String> {
        match self {
            Self::Things(things) => things.plan("fault"),
            Self::Enable { name } => Ok(switch(&name, true)),
            Self::Disable { name } => Ok(switch(&name, false)),
            Self::Reset { name } => Ok(ask(Method::POST, &format!("faults/{}/reset", escaped(&name))).into()),
            Self::Release { name } => {
                Ok(ask(Method::POST, &format!("faults/{}/release", escaped(&name))).into())
            }
        }
    }
}

fn switch(name: &str, is_enabled: bool) -> Plan {
    let path = format!("faults/{}/enabled", escaped(name));
    put(&path, &json!({ "enabled": is_enabled })).into()
}

impl Things {
    /// `what` is `fault`, `stub` or `device`.
    pub(super) fn plan(self, what: &str) -> Result<Plan, String> {
        let one = |name: &str| format!("{what}s/{}", escaped(name));
        Ok(match self {
            Self::List => get(&format!("{what}s")).into(),
            Self::Show { name } => get(&one(&name)).into(),
            Self::Remove { name } => delete(&one(&name)).into(),
            Self::Clear => delete(&format!("{what}s")).into(),
            Self::Add { words } => Plan {
                questions: added(what, &words)?
                    .iter()
                    .map(|thing| post(&format!("{what}s"), thing))
                    .collect(),
                then: Then::Show,
                all_or_nothing: Some(format!("{what}s")),
            },
        })
    }
}

fn added(what: &str, words: &[String]) -> Result<Vec<Value>, String> {
    if let [word] = words
        && let Some(path) = word.strip_prefix('@').map(Path::new)
        && path.extension().is_some_and(|ending| ending == "toml")
    {
        let tables = settings::script(path).map_err(|error| error.to_string())?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let others = tables.iter().filter(|table| table.kind != what).count();
        if others > 0 {
            let path = path.display();
            remark(&format!(
                "{path}: only [[{what}]] is added; {others} of other kinds are left out"
            ));
        }
        let these = tables.into_iter().filter(|table| table.kind == what);
        let these = these.map(|table| with_files(what, table.value, folder));
        let these = these.collect::<Result<Vec<Value>, String>>()?;
        if these.is_empty() {
            return Err(format!("{} has no [[{what}]]", path.display()));
        }
        return Ok(these);
    }
    Ok(match said::object(words)? {
        Value::Array(all) => all,
        one => vec![one],
    })
}

/// A stub or a device with the files that it names: the broker reads none for others. What is wrong with it the broker says.
fn with_files(what: &str, mut thing: Value, folder: &Path) -> Result<Value, String> {
    let names = match what {
        "stub" => Stub::from_json(&thing).and_then(|stub| stub.files()),
        "device" => device_from_json(&thing).map(|device| device.files()),
        _ => return Ok(thing),
    };
    let names = names.unwrap_or_default();
    if names.is_empty() {
        return Ok(thing);
    }
    let mut files = Map::new();
    for name in names {
        let path = folder.join(&name);
        let bytes = plain_file::read(&path);
        let bytes = bytes.map_err(|error| format!("cannot read the file {}: {error}", path.display()))?;
        let content = match String::from_utf8(bytes) {
            Ok(text) => json!(text),
            Err(error) => json!({ "base64": STANDARD.encode(error.as_bytes()) }),
        };
        files.insert(name, content);
    }
    thing["files"] = Value::Object(files);
    Ok(thing)
}

/// What is done with scenarios.
#[derive(Debug, Subcommand)]
pub(super) enum Scenarios {
    /// All, each with its state
    List,
    /// Put one into a state
    Set {
        /// Its name
        name: String,
        /// The state
        state: String,
    },
    /// Put all into the state that they begin in
    Reset,
}

impl Scenarios {
    pub(super) fn plan(self) -> Plan {
        match self {
            Self::List => get("scenarios"),
            Self::Set { name, state } => put(
                &format!("scenarios/{}/state", escaped(&name)),
                &json!({ "state": state }),
            ),
            Self::Reset => ask(Method::POST, "scenarios/reset"),
        }
        .into()
    }
}

/// What is done with partitions.
#[derive(Debug, Subcommand)]
pub(super) enum Partitions {
    /// All, each with its clients
    List,
    /// Stop the bytes of these clients, both ways
    Add {
        /// Client identifiers
        #[arg(required = true)]
        clients: Vec<String>,
        /// What it is called
        #[arg(long)]
        name: Option<String>,
    },
    /// Let them go on
    Remove {
        /// What it is called
        name: String,
    },
}

impl Partitions {
    pub(super) fn plan(self) -> Plan {
        match self {
            Self::List => get("partitions"),
            Self::Add { clients, name } => {
                let mut body = json!({ "clients": clients });
                if let Some(name) = name {
                    body["name"] = json!(name);
                }
                post("partitions", &body)
            }
            Self::Remove { name } => delete(&format!("partitions/{}", escaped(&name))),
        }
        .into()
    }
}

/// What is done with a listener.
#[derive(Debug, Subcommand)]
pub(super) enum Listeners {
    /// Refuse its clients, and cut those that are there
    Down {
        /// Its name, as `ctl info` says
        name: String,
    },
    /// Take clients again
    Up {
        /// Its name
        name: String,
    },
}

impl Listeners {
    pub(super) fn plan(self) -> Plan {
        let (name, what) = match self {
            Self::Down { name } => (name, "down"),
            Self::Up { name } => (name, "up"),
        };
        ask(Method::POST, &format!("listeners/{}/{what}", escaped(&name))).into()
    }
}
