//! What each engine can do, as data: shown by `--print-capabilities` and docs/ENGINES.md, asked by every call that not
//! every engine can answer.
//!
//! ```
//! use broker::capability::{Capability, EngineName, Support};
//!
//! for capability in Capability::ALL {
//!     println!("{:28} {:?}", capability.word(), EngineName::Rumqttd.support(*capability));
//! }
//! assert_eq!(EngineName::Native.support(Capability::SharedSubscriptions), Support::Yes);
//! ```

mod page;
mod table;

use std::fmt;

#[doc(hidden)] // for the test that writes docs/ENGINES.md
pub use page::markdown;
pub use page::{json, text};
pub use table::Capability;

/// The engine behind the front door.
///
/// ```
/// use broker::{Capability, EngineName, Support};
///
/// // Not every engine has every capability: a test asks first.
/// assert_eq!(EngineName::Native.support(Capability::State), Support::Yes);
/// assert_eq!(EngineName::Relay.support(Capability::State), Support::No);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EngineName {
    /// Citronella's own engine.
    Native,
    /// Stock rumqttd, embedded.
    Rumqttd,
    /// Another broker, to which everything is passed on.
    Relay,
}

impl EngineName {
    /// All of them.
    pub const ALL: [EngineName; 3] = [Self::Native, Self::Rumqttd, Self::Relay];

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

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether an engine has a capability.
///
/// ```
/// use broker::{Capability, EngineName, Support};
///
/// match EngineName::Rumqttd.support(Capability::Login) {
///     Support::Yes | Support::Upstream => println!("as the standard says, or as the broker behind it does it"),
///     Support::No => println!("not at all"),
///     Support::Differs(how) => println!("otherwise: {how}"),
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// As described.
    Yes,
    /// Not at all.
    No,
    /// In part, or in another way than described: how.
    Differs(&'static str),
    /// As the broker behind the relay does it: bytes are passed on unchanged.
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

    /// How it differs; empty if it does not.
    pub const fn how(self) -> &'static str {
        match self {
            Self::Differs(how) => how,
            _ => "",
        }
    }
}

/// The engines that can, in words.
pub(crate) fn able(what: Capability) -> String {
    let able = EngineName::ALL
        .into_iter()
        .filter(|engine| engine.support(what) == Support::Yes);
    able.map(EngineName::name).collect::<Vec<_>>().join(", ")
}
