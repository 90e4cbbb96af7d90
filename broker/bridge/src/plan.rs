//! What a bridge is told to do.

use std::fmt;
use std::time::Duration;

use broker_core::wire::Version;

use crate::topics::{Rule, Topics};

/// A bridge, as settings describe it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What it is called.
    pub name: String,
    /// How many addresses the other broker has; at least one.
    pub addresses: usize,
    /// Which messages cross.
    pub topics: Topics,
    /// Who it is in our broker.
    pub local: Login,
    /// Whether our broker forgets it when the link is lost, and what waits with it.
    pub local_clean: bool,
    /// Who it is in the other broker.
    pub remote: Login,
    /// Whether the other broker forgets it when the link is lost, and what waits with it.
    pub clean: bool,
    /// The version that it speaks there.
    pub version: Version,
    /// Whether it says in 3.x that it is a bridge. A broker that does not take that is asked again without.
    pub try_private: bool,
    /// Keep Alive there, in seconds.
    pub keep_alive_secs: u16,
    /// Session Expiry Interval there (5.0), where the session stays.
    pub session_expiry_secs: u32,
    /// Receive Maximum there (5.0); never more than our broker takes.
    pub receive_maximum: Option<u16>,
    /// Messages of QoS 1 and 2 that may be under way there. A broker of 3.x does not say how many it takes, and some end the
    /// connection where there are more (mosquitto takes 20).
    pub max_inflight: u16,
    /// No packet that goes out is longer; `None` = what the other broker says.
    pub max_packet_bytes: Option<usize>,
    /// When it connects.
    pub start: Start,
    /// How long it waits before it connects again.
    pub backoff: Backoff,
    /// Whether all addresses are equal; else the first is the main one.
    pub round_robin: bool,
    /// Whether RETAIN goes along to the other broker.
    pub outgoing_retain: bool,
    /// Whether it unsubscribes there from what only goes out.
    pub unsubscribe: bool,
    /// Where it says whether it is connected.
    pub notification: Option<Notification>,
}

impl Plan {
    /// A bridge with this name, to one address, all else as mosquitto has it by default.
    pub fn new(name: impl Into<String>, rules: Vec<Rule>) -> Self {
        let name = name.into();
        Self {
            addresses: 1,
            topics: Topics::new(rules),
            local: Login::new(format!("local.{name}")),
            local_clean: false,
            remote: Login::new(name.clone()),
            clean: false,
            version: Version::V311,
            try_private: true,
            keep_alive_secs: 60,
            session_expiry_secs: u32::MAX,
            receive_maximum: None,
            max_inflight: 20,
            max_packet_bytes: None,
            start: Start::Automatic,
            backoff: Backoff::default(),
            round_robin: false,
            outgoing_retain: true,
            unsubscribe: true,
            notification: None,
            name,
        }
    }
}

/// Who a bridge is on one side.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// Client identifier.
    pub client_id: String,
    /// User name.
    pub username: Option<String>,
    /// Password; it shows in no `Debug` output.
    pub password: Option<String>,
}

impl Login {
    /// Without a user name.
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            username: None,
            password: None,
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let password = self.password.as_ref().map(|_| "***");
        write!(
            f,
            "Login({:?}, {:?}, {password:?})",
            self.client_id, self.username
        )
    }
}

/// When a bridge connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the start of the broker, and again whenever the link is lost.
    Automatic,
    /// Once so many messages wait for it; and it goes when nothing has crossed for a while.
    Lazy {
        /// So many.
        threshold: usize,
        /// For so long.
        idle_timeout_secs: u32,
    },
    /// At the start of the broker, and never again.
    Once,
}

/// How long a bridge waits before it connects again: at least `base_millis`; where `cap_millis` is more, longer with each attempt
/// that fails, up to that, and by chance so that many bridges do not come all at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Milliseconds at least.
    pub base_millis: u32,
    /// Milliseconds at most.
    pub cap_millis: u32,
}

impl Backoff {
    pub(crate) fn base(self) -> Duration {
        Duration::from_millis(u64::from(self.base_millis.max(1)))
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            base_millis: 5_000,
            cap_millis: 30_000,
        }
    }
}

/// Where a bridge says whether it is connected: 1 or 0, retained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The topic, in both brokers.
    pub topic: String,
    /// Whether it is told in our broker only.
    pub local_only: bool,
}
