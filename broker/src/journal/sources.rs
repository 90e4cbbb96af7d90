//! Whose entries are whose: one record a connection, referred to by every slot of the ring that is about it.

use std::sync::Arc;

use slab::Slab;

use crate::session::ConnId;
use crate::wire::Version;

/// One connection, as the journal knows it: from [`open`](super::Journal::open) until [`close`](super::Journal::close).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source(u32);

impl Source {
    /// Of a journal that is off; of an event that no connection had a part in.
    pub(crate) const NOBODY: Source = Source(u32::MAX);
}

/// Who is on the other end.
#[derive(Debug)]
pub(super) struct Who {
    pub conn: ConnId,
    pub client_id: Arc<str>,
    pub version: Version,
    /// Slots and decisions that refer to it.
    users: u32,
    open: bool,
}

#[derive(Debug, Default)]
pub(super) struct Sources {
    known: Slab<Who>,
}

impl Sources {
    pub fn open(&mut self, conn: ConnId) -> Source {
        Source(self.known.insert(Who {
            conn,
            client_id: Arc::from(""),
            version: Version::V311,
            users: 0,
            open: true,
        }) as u32)
    }

    pub fn get(&self, source: Source) -> Option<&Who> {
        self.known.get(source.0 as usize)
    }

    pub fn get_mut(&mut self, source: Source) -> Option<&mut Who> {
        self.known.get_mut(source.0 as usize)
    }

    pub fn hold(&mut self, source: Source) {
        if let Some(who) = self.get_mut(source) {
            who.users += 1;
        }
    }

    pub fn release(&mut self, source: Source) {
        if let Some(who) = self.get_mut(source) {
            who.users -= 1;
            self.drop_unused(source);
        }
    }

    pub fn close(&mut self, source: Source) {
        if let Some(who) = self.get_mut(source) {
            who.open = false;
            self.drop_unused(source);
        }
    }

    fn drop_unused(&mut self, source: Source) {
        if self.get(source).is_some_and(|who| who.users == 0 && !who.open) {
            self.known.remove(source.0 as usize);
        }
    }
}
