//! `Notes`: what has changed of all that outlives a connection, for a caller that keeps it where it outlives the process.
//!
//! A note names what has changed and has no value. The values are looked up when the notes are taken, once a turn: what came and
//! went within one turn is never written.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::SessionKey;
use crate::wire::PacketId;

/// What has changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Note {
    /// So much that it is written anew as a whole.
    Everything,
    /// All of this session.
    Session(SessionKey),
    /// Of the session, what is not in a list: its client, its will, when it ends.
    Head(SessionKey),
    /// The subscription to this filter.
    Subscription(SessionKey, Arc<str>),
    /// The queued message of this number.
    Queued(SessionKey, u64),
    /// The exchange with the client under this packet identifier.
    Outgoing(SessionKey, PacketId),
    /// Whether a PUBREL for this packet identifier must come.
    Incoming(SessionKey, PacketId),
    /// The session of this client has ended.
    Ended(Arc<str>),
    /// The retained message of this topic.
    Retained(Arc<str>),
    /// Nobody holds the message of this number any more.
    Released(u64),
}

/// The notes that nobody has taken yet. Clones write to the same ones.
#[derive(Debug, Clone, Default)]
pub struct Notes(Arc<Mutex<Vec<Note>>>);

impl Notes {
    /// One more.
    pub fn note(&self, note: Note) {
        self.lock().push(note);
    }

    /// Takes all, oldest first.
    pub fn take(&self) -> Vec<Note> {
        std::mem::take(&mut *self.lock())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Note>> {
        // Nothing in here panics halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where one session notes what has changed. By default nowhere: its client does not want it kept, or nobody keeps anything.
#[derive(Debug, Clone, Default)]
pub struct SessionNotes(Option<Box<(Notes, SessionKey)>>);

impl SessionNotes {
    /// Notes of this session go there.
    pub fn new(notes: &Notes, key: SessionKey) -> Self {
        Self(Some(Box::new((notes.clone(), key))))
    }

    /// Whether they go anywhere.
    pub fn are_taken(&self) -> bool {
        self.0.is_some()
    }

    /// Takes note of what `what` makes of the session's key.
    #[inline]
    pub fn note(&self, what: impl FnOnce(SessionKey) -> Note) {
        if let Some(to) = &self.0 {
            to.0.note(what(to.1));
        }
    }
}

/// The number under which a message is kept, once it is. When the last one drops the message, that is noted.
#[derive(Debug, Default)]
pub struct Number(OnceLock<Box<(u64, Notes)>>);

impl Number {
    /// The number, if it has one.
    pub fn get(&self) -> Option<u64> {
        self.0.get().map(|kept| kept.0)
    }

    /// Gives it this number, where it has none yet.
    pub fn set(&self, number: u64, notes: &Notes) {
        let _ = self.0.set(Box::new((number, notes.clone())));
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        if let Some(kept) = self.0.get() {
            kept.1.note(Note::Released(kept.0));
        }
    }
}

/// A copy of a message is another message.
impl Clone for Number {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Numbers do not make two messages differ.
impl PartialEq for Number {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Number {}
