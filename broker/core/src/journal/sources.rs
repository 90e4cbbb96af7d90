//! Which entries are about which connection: one record for each connection, to which slots of the ring refer.

use std::collections::VecDeque;
use std::sync::Arc;

use slab::Slab;

use crate::session::ConnId;
use crate::wire::Version;

/// One connection, as the journal knows it: from [`open`](super::Journal::open) until [`close`](super::Journal::close).
///
/// ```
/// # use std::sync::Arc;
/// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
/// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
/// use broker_core::journal::{Journal, Source};
///
/// let mut journal = Journal::default();
/// let one: Source = journal.open(engine.open(Time::ZERO, "one".to_owned()));
/// let two: Source = journal.open(engine.open(Time::ZERO, "two".to_owned()));
/// assert_ne!(one, two);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source(u32);

impl Source {
    /// The source where the journal is off, and for events in which no connection had a part.
    pub(crate) const NOBODY: Source = Source(u32::MAX);
}

/// The other end of a connection.
#[derive(Debug)]
pub(super) struct Who {
    pub conn: ConnId,
    pub client_id: Arc<str>,
    pub version: Version,
}

#[derive(Debug, Default)]
pub(super) struct Sources {
    known: Slab<Who>,
    /// The closed connections, each with the first entry that cannot be about it any more.
    closed: VecDeque<(u64, Source)>,
}

impl Sources {
    pub fn open(&mut self, conn: ConnId) -> Source {
        Source(self.known.insert(Who {
            conn,
            client_id: Arc::from(""),
            version: Version::V311,
        }) as u32)
    }

    pub fn get(&self, source: Source) -> Option<&Who> {
        self.known.get(source.0 as usize)
    }

    /// The names of the clients that entries may still be about.
    pub fn client_ids(&self) -> impl Iterator<Item = &str> {
        let names = self.known.iter().map(|(_, who)| &*who.client_id);
        names.filter(|name| !name.is_empty())
    }

    pub fn get_mut(&mut self, source: Source) -> Option<&mut Who> {
        self.known.get_mut(source.0 as usize)
    }

    /// From the entry numbered `next` on, no entry is about it.
    pub fn close(&mut self, source: Source, next: u64) {
        if self.get(source).is_some() {
            self.closed.push_back((next, source));
        }
    }

    /// Called when every entry before the one numbered `seq` is forgotten.
    #[inline]
    pub fn forget_before(&mut self, seq: u64) {
        while self.closed.front().is_some_and(|(end, _)| *end <= seq) {
            if let Some((_, source)) = self.closed.pop_front() {
                self.known.try_remove(source.0 as usize);
            }
        }
    }
}
