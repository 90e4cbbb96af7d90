//! How a bridge is doing, and what it tells of itself.

use std::time::Duration;

use broker_core::time::Time;
use broker_core::wire::Version;

/// What a bridge is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It makes its session in our broker.
    Beginning,
    /// It is about to reach the other broker, or to be let in there.
    Connecting,
    /// Messages cross.
    Connected,
    /// The link is lost; it connects again in a while.
    Waiting,
    /// It connects once enough waits for it.
    Asleep,
    /// It does not connect any more.
    Over,
}

impl Phase {
    /// One word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Beginning => "beginning",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Waiting => "waiting",
            Self::Asleep => "asleep",
            Self::Over => "over",
        }
    }
}

/// How a bridge is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What it is at.
    pub phase: Phase,
    /// Since when.
    pub since: Time,
    /// The address that it is connected to, or that it tried last or tries next: its place among all, from 0.
    pub address: usize,
    /// Messages that the other broker took: at QoS 1 and 2, acknowledged.
    pub sent: u64,
    /// Messages that our broker took from it.
    pub received: u64,
    /// Messages that did not cross, because one of the two would not have taken them, or did not.
    pub refused: u64,
    /// Why the last of them did not.
    pub last_refused: Option<String>,
    /// How often it was connected.
    pub connects: u64,
    /// Why the link was lost last, of those that there were.
    pub last_lost: Option<String>,
    /// Why the last attempt to make one failed, if it did.
    pub last_failed: Option<String>,
    /// When it connects again.
    pub next_try: Option<Time>,
    /// Messages of QoS 1 and 2 on this link whose handshake is not over, and those that wait to be taken in our broker.
    pub under_way: usize,
}

/// Something that happened to a bridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It goes to this address.
    Connecting {
        /// Its place among all, from 0.
        address: usize,
    },
    /// Messages cross.
    Connected {
        /// The address.
        address: usize,
        /// In this version.
        version: Version,
        /// The other broker knows that it is a bridge (3.x).
        private: bool,
        /// The other broker still had its session.
        resumed: bool,
    },
    /// There is no link, or none any more.
    Lost {
        /// The address.
        address: usize,
        /// Why, in words.
        why: String,
        /// After so long it connects again; `None`: not by itself.
        again_in: Option<Duration>,
    },
    /// It has nothing to do, and connects once enough waits for it.
    Asleep,
    /// A message did not cross.
    Refused {
        /// It would have gone to the other broker.
        outgoing: bool,
        /// Its topic where it came from.
        topic: String,
        /// Why, in words.
        why: String,
    },
    /// The other broker, or ours, does not let it subscribe to this.
    NotSubscribed {
        /// In the other broker.
        remote: bool,
        /// The filter.
        filter: String,
        /// Why, in words.
        why: String,
    },
}
