//! The settings of Citronella's broker: typed, and layered from defaults, a TOML file, the environment and
//! flags.

mod broker;
mod choice;
mod schema;
mod secret;

pub use broker::{
    Access, Auth, BrokerSettings, Capabilities, Engine, Limits, Log, Redirect, SECTIONS, Session, Shared,
    Sys, keys,
};
pub use choice::{EngineKind, Mechanism, Strategy};
pub use schema::{Expect, KeyDoc, SectionDoc};
pub use secret::{Secret, User};
