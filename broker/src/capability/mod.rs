//! What each engine can do, as data: shown by `--print-capabilities` and docs/ENGINES.md, asked by every call that not
//! every engine can answer.

mod page;
mod table;

use std::fmt;

pub use page::{json, markdown, text};
pub use table::Capability;

/// What answers behind the front door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    /// Citronella's own engine.
    Native,
    /// Stock rumqttd, embedded.
    Rumqttd,
    /// Another broker, to which everything is passed on.
    Relay,
}

impl Engine {
    /// All of them.
    pub const ALL: [Engine; 3] = [Self::Native, Self::Rumqttd, Self::Relay];

    /// Its name, as in `--engine`; `relay` is what `--upstream` makes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Rumqttd => "rumqttd",
            Self::Relay => "relay",
        }
    }

    /// Whether it has this, and how.
    pub fn support(self, capability: Capability) -> Support {
        capability.support(self)
    }

    /// Whether it is in this build: rumqttd only with the cargo feature of that name.
    pub const fn is_built_in(self) -> bool {
        match self {
            Self::Native | Self::Relay => true,
            Self::Rumqttd => cfg!(feature = "rumqttd"),
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether an engine has a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// As described.
    Yes,
    /// Not at all.
    No,
    /// In part, or otherwise than described: how.
    Differs(&'static str),
    /// As the broker behind the relay does it: its bytes are passed on as they are.
    Upstream,
}

impl Support {
    /// One word for machines.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Differs(_) => "differs",
            Self::Upstream => "upstream",
        }
    }

    /// How it differs; empty where it does not.
    pub const fn how(self) -> &'static str {
        match self {
            Self::Differs(how) => how,
            _ => "",
        }
    }
}
