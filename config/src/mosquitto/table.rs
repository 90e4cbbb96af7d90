//! The options of mosquitto.conf: what each takes, where it may stand, and what becomes of it here.
//!
//! This table is the only place that says so: the reader, its errors and the page docs/MOSQUITTO.md are made from it.

mod bridge;
mod general;
mod listener;

use crate::schema::any_of;

/// One option.
///
/// ```
/// use settings::mosquitto::{Fate, options};
///
/// let option = options().find(|option| option.name == "psk_file").expect("mosquitto has it");
/// assert!(matches!(option.fate, Fate::Refused(_)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MosquittoOption {
    /// Its name; a name that ends in `*` stands for all that begin so.
    pub name: &'static str,
    /// What stands behind it.
    pub takes: Takes,
    /// Which part of the file it belongs to.
    pub scope: Scope,
    /// What becomes of it.
    pub fate: Fate,
}

/// What an option takes.
///
/// ```
/// assert_eq!(settings::mosquitto::Takes::Integer { min: 0, max: 2 }.describe(), "an integer from 0 to 2");
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// `true` or `false`; also `1` or `0`.
    Boolean,
    /// An integer within these bounds, both included.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// The rest of the line.
    Text,
    /// The rest of the line, which no message shows.
    Secret,
    /// The rest of the line: the path of a file that is read.
    File,
    /// The rest of the line: the path of a directory that is read.
    Directory,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Words in the form that these words describe.
    Words(&'static str),
}

impl Takes {
    /// What is expected, in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Boolean => "true or false".to_owned(),
            Self::Integer { min, max } if (*min, *max) == (i32::MIN.into(), i32::MAX.into()) => {
                "an integer".to_owned()
            }
            Self::Integer { min, max: i64::MAX } => format!("an integer of at least {min}"),
            Self::Integer { min, max } => format!("an integer from {min} to {max}"),
            Self::Text | Self::Secret => "a text".to_owned(),
            Self::File => "the path of a file".to_owned(),
            Self::Directory => "the path of a directory".to_owned(),
            Self::OneOf(words) => any_of(words).replace('"', ""),
            Self::Words(form) => (*form).to_owned(),
        }
    }

    /// Whether the whole rest of the line is its value, `#` and all.
    pub(super) fn is_rest_of_line(&self) -> bool {
        matches!(self, Self::Text | Self::Secret | Self::File | Self::Directory)
    }
}

/// The part of the file that an option belongs to.
///
/// ```
/// assert_eq!(settings::mosquitto::Scope::Listener.title(), "Listeners");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The broker as a whole.
    General,
    /// Who may come in and do what: the broker as a whole, or with `per_listener_settings true` the listener above it.
    Security,
    /// The plugin above it.
    Plugin,
    /// The listener above it.
    Listener,
    /// TLS of the listener above it.
    Tls,
    /// The bridge (`connection`) above it.
    Bridge,
}

impl Scope {
    /// All of them, in the order of the page.
    pub(super) const ALL: [Self; 6] = [
        Self::General,
        Self::Security,
        Self::Plugin,
        Self::Listener,
        Self::Tls,
        Self::Bridge,
    ];

    /// The heading of its options.
    pub fn title(self) -> &'static str {
        match self {
            Self::General => "The whole broker",
            Self::Security => "Who may come in and do what",
            Self::Plugin => "Plugins",
            Self::Listener => "Listeners",
            Self::Tls => "TLS of a listener",
            Self::Bridge => "Bridges",
        }
    }
}

/// What becomes of an option.
///
/// ```
/// use settings::mosquitto::{Fate, options};
///
/// let works = options().filter(|option| matches!(option.fate, Fate::Works(..))).count();
/// assert!(works > 50);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// It does what it does in mosquitto: these settings have its value (`listener.KEY` stands for a key of `[[listener]]`,
    /// `bridge.KEY` for one of `[[bridge]]`),
    /// and the words say what else should be known.
    Works(&'static [&'static str], &'static str),
    /// It is accepted, and a line says what it does not do, and why.
    Warns(&'static str),
    /// The broker does not start with it: what it asks for is not there, and to ignore it would not be safe.
    Refused(&'static str),
}

impl MosquittoOption {
    const fn new(name: &'static str, takes: Takes, scope: Scope, fate: Fate) -> Self {
        Self {
            name,
            takes,
            scope,
            fate,
        }
    }

    /// Whether this is the option of this name.
    fn is(&self, name: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == self.name,
        }
    }

    /// The setting that has its value for the whole broker.
    pub(super) fn key(&self) -> Option<&'static str> {
        let keys = self.keys().iter().copied();
        keys.into_iter()
            .find(|key| !key.starts_with(OF_LISTENER) && !key.starts_with(OF_BRIDGE))
    }

    /// The key of `[[bridge]]` that has its value.
    pub(super) fn bridge_key(&self) -> Option<&'static str> {
        self.keys().iter().find_map(|key| key.strip_prefix(OF_BRIDGE))
    }

    /// The key of `[[listener]]` that has its value.
    pub(super) fn listener_key(&self) -> Option<&'static str> {
        self.keys().iter().find_map(|key| key.strip_prefix(OF_LISTENER))
    }

    fn keys(&self) -> &'static [&'static str] {
        match self.fate {
            Fate::Works(keys, _) => keys,
            Fate::Warns(_) | Fate::Refused(_) => &[],
        }
    }
}

/// How the table names a key of `[[listener]]`.
pub(super) const OF_LISTENER: &str = "listener.";
/// The same of `[[bridge]]`.
pub(super) const OF_BRIDGE: &str = "bridge.";

/// Every option that a mosquitto of some version knows.
///
/// ```
/// assert!(settings::mosquitto::options().any(|option| option.name == "listener"));
/// ```
pub fn options() -> impl Iterator<Item = &'static MosquittoOption> {
    let parts = [general::OPTIONS, listener::OPTIONS, bridge::OPTIONS];
    parts.into_iter().flatten()
}

/// The option of this name.
pub(super) fn option(name: &str) -> Option<&'static MosquittoOption> {
    options().find(|option| option.is(name))
}
