//! [`Toxic`]: what a rule does to the bytes of a connection, in Toxiproxy's words and units.

use std::sync::Arc;

/// Which bytes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// From the client.
    Upstream,
    /// To the client.
    Downstream,
    /// Both.
    Both,
}

/// What is done to bytes. Times are in milliseconds and rates in KB (1,000 bytes) a second, where nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toxic {
    /// Bytes are late by `latency` ± `jitter`.
    Latency {
        /// Milliseconds.
        latency: u64,
        /// Milliseconds.
        jitter: u64,
    },
    /// At most `rate` KB a second.
    Bandwidth {
        /// KB a second; 0 = nothing passes.
        rate: u64,
    },
    /// The end of the connection is passed on late by `delay`.
    SlowClose {
        /// Milliseconds.
        delay: u64,
    },
    /// Bytes are lost, and after `timeout` the connection is closed; 0 = it never is. It is closed, too, when the rule goes after
    /// bytes were lost.
    Timeout {
        /// Milliseconds.
        timeout: u64,
    },
    /// `timeout` after the first bytes in its direction the connection is reset. These bytes and all further ones are lost.
    ResetPeer {
        /// Milliseconds.
        timeout: u64,
    },
    /// Bytes go on in slices of `average_size` ± `size_variation`, each late by `delay`.
    Slicer {
        /// Bytes.
        average_size: u64,
        /// Bytes.
        size_variation: u64,
        /// Microseconds, as in Toxiproxy.
        delay: u64,
    },
    /// After so many bytes of the connection it is closed.
    LimitData {
        /// Bytes.
        bytes: u64,
        /// Whether it is reset instead: what was sent before may be lost.
        reset: bool,
    },
    /// Nothing is read from the sender while it is in force: its own socket fills up. Nothing is lost.
    Stall,
    /// The connection is cut when the rule comes into force, and so is every later one that it concerns, right after CONNECT. A rule
    /// that names no client and no user takes the listener down: its port refuses connections, too.
    Down,
    /// What answers takes the connection for lost after so many milliseconds; the client's socket stays open, and silent.
    HalfOpen {
        /// Milliseconds.
        timeout: u64,
    },
}

impl Toxic {
    /// Its name, as `type` says it.
    ///
    /// ```
    /// use broker::fault::Toxic;
    ///
    /// assert_eq!(Toxic::Bandwidth { rate: 10 }.name(), "bandwidth");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Bandwidth { .. } => "bandwidth",
            Self::SlowClose { .. } => "slow_close",
            Self::Timeout { .. } => "timeout",
            Self::ResetPeer { .. } => "reset_peer",
            Self::Slicer { .. } => "slicer",
            Self::LimitData { .. } => "limit_data",
            Self::Stall => "stall",
            Self::Down => "down",
            Self::HalfOpen { .. } => "half_open",
        }
    }
}

/// A rule on bytes that concerns a connection, with its chance drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Infection {
    /// The rule's name.
    pub rule: Arc<str>,
    /// Which bytes.
    pub stream: Stream,
    /// What is done.
    pub toxic: Toxic,
    /// From here all further chance is drawn.
    pub seed: u64,
    /// How many connections of this client the rule has concerned, this one included.
    pub nth: u64,
}
