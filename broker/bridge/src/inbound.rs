//! [`Inbound`]: which QoS 2 messages of the other broker ours has and has not been told to release.

use std::collections::BTreeMap;

/// Identifiers of QoS 2 messages from the other broker for which ours may wait for PUBREL. They outlive the link.
#[derive(Debug, Default)]
pub(crate) struct Inbound {
    ids: BTreeMap<u16, Came>,
    /// So many came so far.
    came: u64,
}

#[derive(Debug, Clone, Copy)]
struct Came {
    nth: u64,
    /// The other broker has said PUBLISH or PUBREL of it on this link.
    heard: bool,
}

impl Inbound {
    pub(crate) fn contains(&self, id: u16) -> bool {
        self.ids.contains_key(&id)
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// In the order in which they came.
    pub(crate) fn ids(&self) -> Vec<u16> {
        let mut all: Vec<_> = self.ids.iter().map(|(id, came)| (came.nth, *id)).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, id)| id).collect()
    }

    pub(crate) fn insert(&mut self, id: u16) {
        self.came += 1;
        let nth = self.came;
        let came = self.ids.entry(id).or_insert(Came { nth, heard: true });
        came.heard = true;
    }

    pub(crate) fn remove(&mut self, id: u16) -> bool {
        self.ids.remove(&id).is_some()
    }

    pub(crate) fn clear(&mut self) {
        self.ids.clear();
    }

    /// The other broker has spoken of this one.
    pub(crate) fn hear(&mut self, id: u16) {
        if let Some(came) = self.ids.get_mut(&id) {
            came.heard = true;
        }
    }

    /// A link begins, on which nothing was heard.
    pub(crate) fn begin_link(&mut self) {
        self.ids.values_mut().for_each(|came| came.heard = false);
    }

    /// How many the other broker has spoken of on this link.
    pub(crate) fn heard(&self) -> usize {
        self.ids.values().filter(|came| came.heard).count()
    }

    /// The oldest of those that the other broker has not spoken of on this link.
    pub(crate) fn oldest_unheard(&self) -> Option<u16> {
        let unheard = self.ids.iter().filter(|(_, came)| !came.heard);
        unheard.min_by_key(|(_, came)| came.nth).map(|(id, _)| *id)
    }
}

impl FromIterator<u16> for Inbound {
    fn from_iter<T: IntoIterator<Item = u16>>(ids: T) -> Self {
        let mut inbound = Self::default();
        for id in ids {
            inbound.insert(id);
        }
        inbound.begin_link();
        inbound
    }
}
