//! `broker ctl profile`: the profile that clients are held against.

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::plan::{Plan, Then, delete, get, put};
use crate::profiles;

/// What is done with the profile.
#[derive(Debug, Subcommand)]
pub(super) enum Profiles {
    /// The profile that clients are held against
    Show,
    /// The profiles that the broker has
    List,
    /// Hold clients against this one
    Set {
        /// Its name, or a file with one's own
        name: String,
        /// What comes of a violation
        #[arg(long, value_enum, default_value = "warn")]
        mode: Mode,
    },
    /// Hold clients against none
    Remove,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Mode {
    /// It is told
    Warn,
    /// It is told, and the broker does what the other would do
    Enforce,
}

impl Profiles {
    pub(super) fn plan(self) -> Result<Plan, String> {
        Ok(match self {
            Self::Show => get("profile").into(),
            Self::List => Plan::from(get("profiles")).then(Then::Columns(&["/name", "/title"])),
            Self::Set { name, mode } => {
                let mode = match mode {
                    Mode::Warn => "warn",
                    Mode::Enforce => "enforce",
                };
                let mut body = json!({ "name": name, "mode": mode });
                // A file lies on this machine.
                if profiles::is_file(&name) {
                    let own = profiles::find(&name).map_err(|wrong| wrong.to_string())?;
                    body = json!({ "name": own.name, "mode": mode, "profile": own.to_json() });
                }
                put("profile", &body).into()
            }
            Self::Remove => delete("profile").into(),
        })
    }
}
