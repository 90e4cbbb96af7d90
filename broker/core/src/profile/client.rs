//! What is remembered of a client between its packets.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::kind::Kind;
use super::lower::Granted;
use crate::arrival::Way;
use crate::session::ConnId;
use crate::time::Time;
use crate::topic;
use crate::wire::{PacketId, Subscribe, SubscriptionOptions, Unsubscribe};

/// So many subscriptions of a session are remembered.
const MOST_FILTERS: usize = 10_000;

/// What rates are counted over.
const WINDOW: Duration = Duration::from_secs(1);

/// A connection.
#[derive(Debug, Default)]
pub(super) struct Conn {
    pub client_id: Arc<str>,
    pub way: Option<Way>,
    /// What it was granted less of than it asked for.
    pub granted: Granted,
    /// Its session outlives it.
    pub persistent: bool,
    /// QoS 2 exchanges of the client that are open.
    pub open: BTreeSet<PacketId>,
    /// What it published.
    pub rate: Rate,
    /// What it subscribed to and unsubscribed from.
    pub asks: Rate,
}

impl Conn {
    /// A topic filter of a profile, with the client identifier for `%c`. One with wildcards would stand for others, too: then
    /// nothing matches.
    pub fn own<'a>(&self, filter: &'a str) -> Cow<'a, str> {
        if !filter.contains("%c") {
            Cow::Borrowed(filter)
        } else if topic::is_wildcard(&self.client_id) {
            Cow::Borrowed("")
        } else {
            Cow::Owned(filter.replace("%c", &self.client_id))
        }
    }
}

/// What one connection sent within a second.
#[derive(Debug, Default)]
pub(super) struct Rate {
    since: Time,
    pub packets: u64,
    pub bytes: u64,
    /// That it was too much is told once in a second.
    told: [bool; 2],
}

impl Rate {
    pub fn add(&mut self, now: Time, bytes: usize) {
        if self.packets == 0 || now.saturating_since(self.since) >= WINDOW {
            *self = Self {
                since: now,
                ..Self::default()
            };
        }
        self.packets = self.packets.saturating_add(1);
        self.bytes += bytes as u64;
    }
}

impl Conn {
    /// Whether a violation of this kind was told within this second already.
    pub fn was_told(&mut self, kind: Kind) -> bool {
        let told = match kind {
            Kind::PublishesPerSecond => &mut self.rate.told[0],
            Kind::PublishBytesPerSecond => &mut self.rate.told[1],
            Kind::SubscribesPerSecond => &mut self.asks.told[0],
            _ => return false,
        };
        std::mem::replace(told, true)
    }
}

/// What a session has subscribed to.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// The connection that has it.
    pub conn: Option<ConnId>,
    filters: HashMap<Box<str>, SubscriptionOptions>,
}

impl Session {
    pub fn subscribe(&mut self, packet: &Subscribe<'_>) {
        for asked in &packet.filters {
            if self.filters.len() < MOST_FILTERS || self.filters.contains_key(asked.filter) {
                self.filters.insert(asked.filter.into(), asked.options);
            }
        }
    }

    pub fn unsubscribe(&mut self, packet: &Unsubscribe<'_>) {
        for filter in &packet.filters {
            self.filters.remove(*filter);
        }
    }

    pub fn has(&self, filter: &str) -> bool {
        self.filters.contains_key(filter)
    }

    /// How many there would be with these.
    pub fn len_with(&self, packet: &Subscribe<'_>) -> usize {
        let new: BTreeSet<&str> = packet.filters.iter().map(|asked| asked.filter).collect();
        self.filters.len()
            + new
                .iter()
                .filter(|filter| !self.filters.contains_key(**filter))
                .count()
    }

    /// Whether a message on this topic came for the sake of filters that end in `/#`, of which it is the parent, and of no
    /// other.
    pub fn only_as_parent(&self, name: &str) -> bool {
        let mut as_parent = false;
        for filter in self.matching(name) {
            match filter.0.strip_suffix("/#") {
                Some(parent) if topic::matches(parent, name) => as_parent = true,
                _ => return false,
            }
        }
        as_parent
    }

    /// Whether a retained message on this topic can have come for filters with wildcards only. Where one keeps RETAIN as it was
    /// published, nobody can tell.
    pub fn only_by_wildcard(&self, name: &str) -> bool {
        let mut by_wildcard = false;
        for (filter, options) in self.matching(name) {
            if options.retain_as_published || !topic::is_wildcard(filter) {
                return false;
            }
            by_wildcard = true;
        }
        by_wildcard
    }

    fn matching<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, SubscriptionOptions)> {
        let own = self
            .filters
            .iter()
            .map(|(filter, options)| (plain(filter), *options));
        own.filter(move |(filter, _)| topic::matches(filter, name))
    }
}

/// The filter itself, also of a shared subscription.
pub(super) fn plain(filter: &str) -> &str {
    match topic::Share::parse(filter) {
        Ok(Some(share)) => share.filter,
        _ => filter,
    }
}
