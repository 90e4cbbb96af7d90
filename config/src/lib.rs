//! The settings of Citronella's broker: typed, and laid over each other from four layers.
//!
//! 1. built-in defaults: `Default` of [`BrokerSettings`];
//! 2. TOML files;
//! 3. the environment: `CITRONELLA_PORT`, `CITRONELLA_LIMITS__MAX_CONNECTIONS`;
//! 4. flags, as the caller read them.
//!
//! [`Loader`] reads and checks them all and gives [`Loaded`]: the settings, and where each came from; or one
//! [`Error`] with everything that is wrong. A program that embeds the broker sets the fields itself, or
//! [`set`]s them by key, and has them [`check`](BrokerSettings::check)ed.
//!
//! What a key is (name, meaning, default, range, unit) is said once, at its field in `src/broker/`. The checks,
//! the errors, `docs/CONFIG.md` and `config/broker.toml` are made from that. So to add a key, add its field, run
//! `UPDATE_DOCS=1 cargo test -p settings`, and look at what changed.
//!
//! ```
//! use settings::{BrokerSettings, Loader};
//!
//! let mut settings = BrokerSettings::default(); // in a program
//! settings.limits.max_connections = 3;
//! settings.check()?;
//!
//! let loaded = Loader::new().env_from([("CITRONELLA_LIMITS__MAX_CONNECTIONS", "3")]).load()?; // from outside
//! assert_eq!(loaded.settings, settings);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod broker;
mod check;
mod choice;
mod env;
mod error;
mod file;
mod loader;
mod nearest;
mod print;
pub mod reference;
mod schema;
mod secret;
pub mod text;
mod upstream_url;
mod value;

pub use broker::{
    Access, Auth, BrokerSettings, Capabilities, Engine, Journal, Limits, Log, Redirect, Rumqttd, SECTIONS,
    Session, Shared, Sys, Upstream, find, keys,
};
pub use choice::{EngineKind, Mechanism, Strategy, UpstreamTls};
pub use env::{CONFIG_VARIABLE, ENV_PREFIX, RESERVED_VARIABLES, variable_of};
pub use error::{Error, Origin, Problem, ProblemKind};
pub use loader::{Loaded, Loader, set};
pub use schema::{Expect, KeyDoc, SectionDoc};
pub use secret::{Secret, User};
pub use upstream_url::UpstreamUrl;
pub use value::Value;
