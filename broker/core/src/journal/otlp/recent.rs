//! What is remembered of messages that came in, until they go out: bounded, however many come.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::context::Context;
use super::span::SpanId;

/// So many messages are remembered.
const MOST_MESSAGES: usize = 10_000;
/// So many wait for one client on one topic, and on so many of these.
const MOST_OF_ONE: usize = 100;
const MOST_PLACES: usize = 1_000;

/// The spans of messages that came in, by their context and topic.
#[derive(Debug, Default)]
pub(super) struct Recent {
    spans: HashMap<(Context, Arc<str>), SpanId, RandomState>,
    order: VecDeque<(Context, Arc<str>)>,
}

impl Recent {
    /// The latest of a context is found under no topic, too: a mount point changes the topic.
    pub fn add(&mut self, context: Context, topic: Arc<str>, id: SpanId) {
        for key in [(context, topic), (context, "".into())] {
            if self.spans.insert(key.clone(), id).is_none() {
                self.order.push_back(key);
            }
        }
        while self.order.len() > MOST_MESSAGES {
            if let Some(oldest) = self.order.pop_front() {
                self.spans.remove(&oldest);
            }
        }
    }

    pub fn find(&self, context: Context, topic: &str) -> Option<SpanId> {
        let of = |topic: &str| self.spans.get(&(context, Arc::from(topic)));
        of(topic).or_else(|| of("")).copied()
    }
}

/// A context, and what vendors say of it.
type Traced = (Context, String);
/// A client and a topic.
type Place = (Arc<str>, Arc<str>);
/// The SHA-256 of its payload, and its trace.
type Message = ([u8; 32], Traced);

/// Messages that are to go to clients: a client of 3.x gets them without their properties.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    places: HashMap<Place, VecDeque<Message>, RandomState>,
}

impl Waiting {
    /// A message with this digest of its payload is to go to a client.
    pub fn expect(&mut self, client: &Arc<str>, topic: &Arc<str>, digest: [u8; 32], traced: Traced) {
        if self.places.len() >= MOST_PLACES {
            self.places.clear();
        }
        let place = self
            .places
            .entry((Arc::clone(client), Arc::clone(topic)))
            .or_default();
        place.push_back((digest, traced));
        if place.len() > MOST_OF_ONE {
            place.pop_front();
        }
    }

    /// One such message went to it.
    pub fn take(
        &mut self,
        client: &Arc<str>,
        topic: &str,
        digest: impl FnOnce() -> [u8; 32],
    ) -> Option<Traced> {
        let place = self.places.get_mut(&(Arc::clone(client), Arc::from(topic)))?;
        let digest = digest();
        let at = place.iter().position(|(other, _)| *other == digest)?;
        place.remove(at).map(|(_, traced)| traced)
    }
}
