//! [`Tell`]: telling the journal.

use std::sync::Arc;

use super::{Fired, Note};
use crate::fault::{Infection, Toxic};

/// What the journal was told already.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The rules on bytes of which it knows that they act on this connection.
    acting: Vec<Arc<str>>,
    /// How many notes were of something else than of packets and bytes that passed.
    others: u64,
}

impl Told {
    /// A rule that is not in force any more, and comes back, is told of again.
    pub fn keep(&mut self, infections: &[Infection]) {
        self.acting
            .retain(|rule| infections.iter().any(|infection| infection.rule == *rule));
    }
}

/// Tells the journal.
pub(super) struct Tell<'a> {
    pub to: &'a mut dyn FnMut(Note<'_>),
    pub told: &'a mut Told,
    pub client_id: &'a Arc<str>,
}

impl Tell<'_> {
    pub fn note(&mut self, note: Note<'_>) {
        if !matches!(note, Note::Passed { .. } | Note::Unread { .. }) {
            self.told.others += 1;
        }
        (self.to)(note);
    }

    /// How many notes were of something else than of packets and bytes that passed.
    pub fn others(&self) -> u64 {
        self.told.others
    }

    /// A rule on bytes acts on this connection: that is told once, be it in one direction or both.
    pub fn acts(&mut self, infection: &Infection) {
        if self.told.acting.contains(&infection.rule) {
            return;
        }
        self.told.acting.push(Arc::clone(&infection.rule));
        self.note(Note::Fired(Fired {
            client_id: Arc::clone(self.client_id),
            rule: Arc::clone(&infection.rule),
            action: infection.toxic.name(),
            nth: infection.nth,
            delivery: false,
            why: None,
            lost: matches!(infection.toxic, Toxic::Timeout { .. } | Toxic::ResetPeer { .. }),
        }));
    }
}
