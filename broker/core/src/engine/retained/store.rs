//! `Store`: the retained messages, one for each topic, with their cost and their expiry.

use std::sync::Arc;

use settings::Limits;

use crate::engine::policy::is_own;
use crate::engine::{Timer, timers::Timers};
use crate::router::{Cursor, Matching, Retained};
use crate::session::{Message, Note, Notes};
use crate::time::Time;

/// A retained message in the store.
#[derive(Debug)]
pub(in crate::engine) struct Kept {
    pub message: Arc<Message>,
    /// How many were kept before it, ever.
    pub number: u64,
    /// When it was published. Before the start of the broker, where it came with a snapshot.
    pub published_at_nanos: i64,
    /// When it goes by itself: once it expires, or because it is old.
    pub expires_at: Option<Time>,
}

impl Kept {
    pub fn is_expired(&self, now: Time) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// How long ago it was published.
    pub fn age_nanos(&self, now: Time) -> u64 {
        let age = i128::from(now.as_nanos()) - i128::from(self.published_at_nanos);
        u64::try_from(age.max(0)).unwrap_or(u64::MAX)
    }
}

#[derive(Debug, Default)]
pub(in crate::engine) struct Store {
    messages: Retained<Kept>,
    /// How many were kept, ever.
    ever: u64,
    /// How many are the broker's own. The bounds do not count them.
    own: usize,
    /// What the others cost.
    bytes: usize,
    /// How long one stays that says nothing of that itself; 0 = for ever.
    expiry_secs: u32,
    /// Where it notes what has changed, if somebody keeps it.
    notes: Option<Notes>,
}

impl Store {
    pub fn new(expiry_secs: u32) -> Self {
        Self {
            expiry_secs,
            ..Self::default()
        }
    }

    /// From now on it notes there what changes.
    pub fn begin_notes(&mut self, notes: Notes) {
        self.notes = Some(notes);
    }

    /// The message of this topic with what the store knows of it.
    pub fn kept(&self, topic: &str) -> Option<&Kept> {
        self.messages.get(topic)
    }

    fn changed(&self, topic: &Arc<str>) {
        if let Some(notes) = self.notes.as_ref().filter(|_| !is_own(topic)) {
            notes.note(Note::Retained(topic.clone()));
        }
    }

    /// How many messages there are, the broker's own left out.
    pub fn len(&self) -> usize {
        self.messages.len() - self.own
    }

    /// How many there are in all.
    pub fn len_with_own(&self) -> usize {
        self.messages.len()
    }

    /// The bytes that they take, without the broker's own.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many messages were kept, ever: the number of the next one.
    pub fn ever(&self) -> u64 {
        self.ever
    }

    pub fn get(&self, topic: &str) -> Option<&Arc<Message>> {
        self.messages.get(topic).map(|kept| &kept.message)
    }

    /// All messages but the broker's own.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.all_kept().map(|kept| &kept.message)
    }

    /// The same with what the store knows of them.
    pub fn all_kept(&self) -> impl Iterator<Item = &Kept> {
        let all = self.messages.iter().map(|(_, kept)| kept);
        all.filter(|kept| !is_own(&kept.message.topic))
    }

    /// Up to `most` topics, from `cursor` on, that match `filter`.
    pub fn matching<'a>(
        &'a self,
        filter: &'a str,
        cursor: Option<Cursor>,
        most: usize,
    ) -> Matching<'a, Kept> {
        self.messages.matching(filter, cursor, most)
    }

    /// Whether the bounds allow one more message, or this one in place of an older one.
    pub fn admits(&self, message: &Message, limits: &Limits) -> Result<(), &'static str> {
        if is_own(&message.topic) {
            return Ok(());
        }
        let old_cost = self.get(&message.topic).map(|old| old.cost());
        if old_cost.is_none() && self.len() >= limits.max_retained_messages as usize {
            return Err("the broker keeps no more retained messages");
        }
        let bytes = self.bytes - old_cost.unwrap_or(0) + message.cost();
        if bytes as u64 > limits.max_retained_bytes {
            return Err("the broker keeps no more bytes of retained messages");
        }
        Ok(())
    }

    /// Keeps a message that is published now, in place of an older one of its topic, whatever the bounds say.
    pub fn keep(&mut self, now: Time, message: &Arc<Message>, timers: &mut Timers) {
        self.keep_since(now, 0, message, timers);
    }

    /// Keeps a message that was published so long ago.
    pub fn keep_since(&mut self, now: Time, age_nanos: u64, message: &Arc<Message>, timers: &mut Timers) {
        let grows_old = self.expiry_secs > 0 && !is_own(&message.topic);
        let old_at = grows_old.then(|| now.plus_secs(self.expiry_secs));
        let expires_at = message.expires_at.or(old_at);
        let kept = Kept {
            message: message.clone(),
            number: self.ever,
            published_at_nanos: before(now, age_nanos),
            expires_at,
        };
        self.ever += 1;
        self.changed(&message.topic);
        if let Some(old) = self.messages.set(&message.topic, kept) {
            self.forget(&old, timers);
        }
        if is_own(&message.topic) {
            self.own += 1;
        } else {
            self.bytes += message.cost();
        }
        timers.set(expires_at, Timer::RetainedExpiry(message.topic.clone()));
    }

    /// Returns whether there was one.
    pub fn remove(&mut self, topic: &str, timers: &mut Timers) -> bool {
        let old = self.messages.remove(topic);
        if let Some(old) = &old {
            self.changed(&old.message.topic);
            self.forget(old, timers);
        }
        old.is_some()
    }

    /// The timer of the topic's message has come.
    pub fn expire(&mut self, now: Time, topic: &str, timers: &mut Timers) {
        if self.messages.get(topic).is_some_and(|kept| kept.is_expired(now)) {
            self.remove(topic, timers);
        }
    }

    /// Removes all messages but the broker's own, which would come back by and by. Says how many there were.
    pub fn clear(&mut self, timers: &mut Timers) -> usize {
        let all: Vec<_> = self.iter().cloned().collect();
        for message in &all {
            self.remove(&message.topic, timers);
        }
        all.len()
    }

    /// A message is no longer in the store.
    fn forget(&mut self, kept: &Kept, timers: &mut Timers) {
        let old = &kept.message;
        if is_own(&old.topic) {
            self.own -= 1;
        } else {
            self.bytes -= old.cost();
        }
        timers.cancel(kept.expires_at, Timer::RetainedExpiry(old.topic.clone()));
    }
}

/// The instant `nanos` before `now`, in nanoseconds since the start of the broker.
fn before(now: Time, nanos: u64) -> i64 {
    let at = i128::from(now.as_nanos()) - i128::from(nanos);
    i64::try_from(at).unwrap_or(if at < 0 { i64::MIN } else { i64::MAX })
}
