//! The settings of Citronella's broker: typed, and laid over each other from four layers.
//!
//! 1. built-in defaults: `Default` of [`BrokerSettings`];
//! 2. files: TOML, or a mosquitto.conf ([`mosquitto`]);
//! 3. the environment: `CITRONELLA_PORT`, `CITRONELLA_LIMITS__MAX_CONNECTIONS`;
//! 4. flags, as the caller read them.
//!
//! [`Loader`] reads and checks them all and gives [`Loaded`]: the settings, and where each came from; or one
//! [`Error`] with everything that is wrong. A program that embeds the broker sets the fields itself, or
//! [`set`]s them by key, and has them [`check`](BrokerSettings::check)ed.
//!
//! A list that a later layer gives replaces the whole list of an earlier one. A list of tables (`[[auth.users]]`) is made
//! of a struct that `table!` defines; the environment and flags can also give one key of one table:
//! `CITRONELLA_AUTH__USERS__0__PASSWORD`, `auth.users[0].password`.
//!
//! The feature `loader`, on unless it is left out, is what reads files and the environment. Without it there are the
//! types, their docs, [`set`], `check` and [`text`]: nothing that touches the world, and neither the `config` crate nor
//! `toml`. There a list given as one text is written with commas, since only TOML says what stands between brackets.
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

mod bridge_topic;
mod broker;
mod check;
mod choice;
mod define;
mod error;
#[cfg(feature = "loader")]
mod loader;
#[cfg(feature = "loader")]
pub mod mosquitto;
mod nearest;
mod schema;
mod secret;
mod set;
mod target;
pub mod text;
mod upstream_url;
mod value;
mod variables;

pub use bridge_topic::{BridgeDirection, BridgeTopic};
pub use broker::{
    Access, AclLine, Auth, Bridge, BrokerSettings, Capabilities, ClientRules, Contracts, EngineSettings,
    FaultSettings, Http, Journal, Limits, Listener, ListenerPlan, Log, ProfileSettings, Redirect, Rumqttd,
    SECTIONS, Session, Shared, Sys, Tls, Upstream, User, WebSocket, find, keys,
};
pub use choice::{
    Accepts, AclAccess, BridgeStart, Durability, EngineKind, Facility, LogType, Mechanism, MqttVersion,
    Preset, ProfileMode, Strategy, TlsVersion, UpstreamTls,
};
pub use error::{Error, Origin, Problem, ProblemKind};
#[cfg(feature = "loader")]
#[doc(hidden)]
pub use loader::reference;
#[cfg(feature = "loader")]
pub use loader::{Loaded, Loader, ScriptTable, script, whole_table};
pub use schema::{Expect, KeyDoc, SectionDoc, TableDoc, TextsDoc};
pub use secret::Secret;
pub use set::{set, set_all};
pub use upstream_url::UpstreamUrl;
pub use value::Value;
