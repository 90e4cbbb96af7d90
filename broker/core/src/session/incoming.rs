//! `Incoming`: the packet identifiers of QoS 2 messages from the client whose PUBREL has not come.

use std::collections::HashSet;
use std::ops::Deref;

use foldhash::fast::RandomState;

use super::SessionNotes;
use super::notes::Note;
use crate::wire::PacketId;

/// The identifiers, to be read as a set.
#[derive(Debug, Default)]
pub struct Incoming {
    ids: HashSet<PacketId, RandomState>,
    pub(super) notes: SessionNotes,
}

impl Incoming {
    /// Those of a session that goes on.
    pub fn resumed(ids: impl IntoIterator<Item = PacketId>) -> Self {
        Self {
            ids: ids.into_iter().collect(),
            notes: SessionNotes::default(),
        }
    }

    /// A message came under this identifier. Returns whether it is new.
    pub fn insert(&mut self, id: PacketId) -> bool {
        let is_new = self.ids.insert(id);
        if is_new {
            self.notes.note(|key| Note::Incoming(key, id));
        }
        is_new
    }

    /// Its PUBREL came. Returns whether it was there.
    pub fn remove(&mut self, id: PacketId) -> bool {
        let was_there = self.ids.remove(&id);
        if was_there {
            self.notes.note(|key| Note::Incoming(key, id));
        }
        was_there
    }
}

impl Deref for Incoming {
    type Target = HashSet<PacketId, RandomState>;

    fn deref(&self) -> &Self::Target {
        &self.ids
    }
}
