//! `Retained`: the retained message of each topic, found by filter.

use std::collections::BTreeMap;
use std::collections::btree_map::Range;
use std::ops::Bound;

use super::seek::{Verdict, judge};

/// At most one message for each topic, in the order of the topics' bytes.
///
/// ```
/// use broker_core::router::Retained;
///
/// let mut retained = Retained::new();
/// retained.set("lamp/1", "on");
/// retained.set("lamp/2", "off");
/// let found: Vec<_> = retained.matching("lamp/+", None, 100).collect();
/// assert_eq!(found, [("lamp/1", &"on"), ("lamp/2", &"off")]);
/// ```
#[derive(Debug, Clone)]
pub struct Retained<M> {
    messages: BTreeMap<Box<str>, M>,
}

/// Where a walk over retained messages goes on. It names a place in the order of topics, not a message, so it stays
/// good when messages are set or removed in between.
///
/// ```
/// use broker_core::router::{Cursor, Retained};
///
/// let mut retained = Retained::new();
/// retained.set("a", 1);
/// retained.set("b", 2);
/// let mut slice = retained.matching("#", None, 1);
/// slice.next();
/// let cursor: Option<Cursor> = slice.cursor();
/// retained.remove("b");
/// retained.set("c", 3);
/// assert_eq!(retained.matching("#", cursor, 9).next(), Some(("c", &3))); // a place, not a message
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(Bound<Box<str>>);

impl<M> Default for Retained<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M> Retained<M> {
    /// No messages.
    pub const fn new() -> Self {
        Self {
            messages: BTreeMap::new(),
        }
    }

    /// Keeps `message` for `topic` and returns the one it replaces.
    ///
    /// An empty payload has no special meaning here: the caller calls [`Retained::remove`] (`MQTT5-3.3.1-6`).
    pub fn set(&mut self, topic: &str, message: M) -> Option<M> {
        // Most messages replace another one, so the name is copied only for a new topic.
        match self.messages.get_mut(topic) {
            Some(old) => Some(std::mem::replace(old, message)),
            None => self.messages.insert(topic.into(), message),
        }
    }

    /// Forgets the message of `topic` and returns it.
    pub fn remove(&mut self, topic: &str) -> Option<M> {
        self.messages.remove(topic)
    }

    /// The message of `topic`.
    pub fn get(&self, topic: &str) -> Option<&M> {
        self.messages.get(topic)
    }

    /// How many topics have a message.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether no topic has a message.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// All topics and their messages, in the order of the topics' bytes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &M)> {
        self.messages.iter().map(|(topic, message)| (&**topic, message))
    }

    /// The messages whose topics `filter` selects, in the order of the topics' bytes, from `cursor` (`None`: the first).
    ///
    /// This is one slice: it ends after it has looked at `limit` topics, whether they matched or not. So it yields at
    /// most `limit` messages, and its time is bounded for every filter. [`Matching::cursor`] then says where the next
    /// slice begins.
    ///
    /// Messages may change between slices: a change behind the cursor is not seen, a change ahead of it is. A message
    /// that is there from the first slice to the last is yielded exactly once.
    pub fn matching<'a>(&'a self, filter: &'a str, cursor: Option<Cursor>, limit: usize) -> Matching<'a, M> {
        let from = cursor.map_or_else(
            || Bound::Included(literal_prefix(filter).into()),
            |cursor| cursor.0,
        );
        let range = self.range(from.as_ref().map(|key| &**key));
        Matching {
            retained: self,
            filter,
            range,
            place: Place::At(from),
            key: String::new(),
            limit,
            looked_at: 0,
        }
    }

    /// Forgets the messages whose topics `filter` selects, and shows each to `removed`.
    pub fn clear(&mut self, filter: &str, mut removed: impl FnMut(&str, M)) {
        let topics: Vec<Box<str>> = self
            .matching(filter, None, usize::MAX)
            .map(|(topic, _)| topic.into())
            .collect();
        for topic in topics {
            if let Some(message) = self.remove(&topic) {
                removed(&topic, message);
            }
        }
    }

    fn range(&self, from: Bound<&str>) -> Range<'_, Box<str>, M> {
        self.messages.range::<str, _>((from, Bound::Unbounded))
    }
}

/// The beginning of every topic that `filter` selects: the levels before the first wildcard, without a last slash, as
/// `a/#` selects `a` too.
fn literal_prefix(filter: &str) -> &str {
    match filter.find(['+', '#']) {
        Some(wildcard) => filter.get(..wildcard.saturating_sub(1)).unwrap_or_default(),
        None => filter,
    }
}

/// One slice of the retained messages that a filter selects; see [`Retained::matching`].
///
/// ```
/// # let mut retained = broker_core::router::Retained::new();
/// retained.set("a", 1);
/// retained.set("b", 2);
/// let mut slice = retained.matching("#", None, 1);
/// assert_eq!(slice.by_ref().count(), 1); // an iterator, ended by its limit
/// assert!(slice.cursor().is_some()); // there is more
/// ```
#[derive(Debug, Clone)]
pub struct Matching<'a, M> {
    retained: &'a Retained<M>,
    filter: &'a str,
    range: Range<'a, Box<str>, M>,
    place: Place<'a>,
    /// Where to seek next; kept for its memory.
    key: String,
    limit: usize,
    looked_at: usize,
}

/// Where a walk stands.
#[derive(Debug, Clone)]
enum Place<'a> {
    /// At this key in the order of topics.
    At(Bound<Box<str>>),
    /// Just behind this topic, which it has looked at.
    Behind(&'a str),
    /// At `Matching::key`.
    AtKey,
    /// At the end.
    End,
}

impl<'a, M> Iterator for Matching<'a, M> {
    type Item = (&'a str, &'a M);

    fn next(&mut self) -> Option<Self::Item> {
        while self.looked_at < self.limit && !matches!(self.place, Place::End) {
            let Some((topic, message)) = self.range.next() else {
                self.place = Place::End;
                break;
            };
            self.looked_at += 1;
            match judge(self.filter, topic, &mut self.key) {
                Verdict::Match => {
                    self.place = Place::Behind(topic);
                    return Some((topic, message));
                }
                Verdict::Next => self.place = Place::Behind(topic),
                Verdict::Seek => {
                    self.place = Place::AtKey;
                    self.range = self.retained.range(Bound::Included(&self.key));
                }
                Verdict::End => self.place = Place::End,
            }
        }
        None
    }
}

impl<M> Matching<'_, M> {
    /// Where to go on after the messages yielded so far; `None` if the walk has seen the last topic that could match.
    ///
    /// The cursor is good at any time, not only after the end of the slice, so a caller without room may stop early.
    pub fn cursor(&self) -> Option<Cursor> {
        match &self.place {
            Place::At(from) => Some(Cursor(from.clone())),
            Place::Behind(topic) => Some(Cursor(Bound::Excluded((*topic).into()))),
            Place::AtKey => Some(Cursor(Bound::Included(self.key.as_str().into()))),
            Place::End => None,
        }
    }

    /// How many topics this slice has looked at: its cost.
    pub const fn looked_at(&self) -> usize {
        self.looked_at
    }
}
