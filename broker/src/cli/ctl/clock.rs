//! `broker ctl clock`: the broker's clock.

use clap::Subcommand;
use hyper::Method;
use serde_json::json;

use super::lasts::Lasts;
use super::plan::{Plan, ask, post};

/// What is done with the clock.
#[derive(Debug, Subcommand)]
pub(super) enum Clock {
    /// Stop it
    Freeze,
    /// Let it go on
    Resume,
    /// Move it: what is due on the way happens, each at its own instant
    #[command(alias = "fast-forward")]
    Advance {
        /// How far, such as 1h
        #[arg(allow_hyphen_values = true)]
        by: Lasts,
    },
}

impl Clock {
    pub(super) fn plan(self) -> Plan {
        match self {
            Self::Freeze => ask(Method::POST, "clock/freeze"),
            Self::Resume => ask(Method::POST, "clock/resume"),
            // Much may be due on the way.
            Self::Advance { by } => {
                let waits = std::time::Duration::from_secs(600);
                let body = json!({ "secs": by.secs(), "timeout_secs": waits.as_secs() });
                post("clock/advance", &body).waiting(waits)
            }
        }
        .into()
    }
}
