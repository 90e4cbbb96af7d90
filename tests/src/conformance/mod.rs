//! Conformance as data: rows of packets out and packets back, and the ledger of the standards' statements.
//!
//! A *row* (`tests/data/rows/*.toml`) is a little conversation with a broker, in a notation that is read without
//! looking anything up ([`step`]). It runs for every version of MQTT it fits, against the engine in-process with a
//! virtual clock ([`engine`]), and over TCP against a whole broker, ours or any other ([`socket`]).
//!
//! The *ledger* (`tests/data/statements.tsv`) holds every numbered statement of MQTT 3.1.1 and 5.0 and what proves
//! it ([`ledger`]); `docs/CONFORMANCE.md` is written from the two ([`page`]).
//!
//! The packets here are written and read by a small codec of its own ([`encode`], [`decode`]), which shares no code
//! with the broker.

pub mod bytes;
pub mod cite;
pub mod decode;
pub mod encode;
mod ending;
pub mod engine;
pub mod expect;
pub mod fields;
pub mod ledger;
pub mod page;
pub mod props;
pub mod row;
pub mod run;
pub mod socket;
pub mod step;
pub mod talk;

use std::fmt;
use std::path::PathBuf;

/// A version of MQTT that a row may run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// MQTT 3.1.
    V31,
    /// MQTT 3.1.1.
    V311,
    /// MQTT 5.0.
    V5,
}

impl Version {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::V31, Self::V311, Self::V5];

    /// The versions that a text names: `3.1`, `3.1.1`, `5`, or `3` for the first two.
    pub fn named(text: &str) -> Option<&'static [Self]> {
        Some(match text {
            "3.1" => &[Self::V31],
            "3.1.1" => &[Self::V311],
            "3" => &[Self::V31, Self::V311],
            "5" => &[Self::V5],
            _ => return None,
        })
    }

    /// Whether it has properties and reason codes.
    pub fn is_v5(self) -> bool {
        self == Self::V5
    }

    /// What the ids of this version's statements begin with; 3.1 has no numbered statements.
    pub fn prefix(self) -> Option<&'static str> {
        match self {
            Self::V31 => None,
            Self::V311 => Some("MQTT311-"),
            Self::V5 => Some("MQTT5-"),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V31 => "3.1",
            Self::V311 => "3.1.1",
            Self::V5 => "5",
        })
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or_else(|| manifest.clone(), PathBuf::from)
}
