//! [`Retained`]: when the retained message of each topic was published.

use std::collections::HashMap;

use crate::journal::Decision;
use crate::time::Time;
use crate::wire::Publish;

/// How many topics are remembered.
const MAX_TOPICS: usize = 65_536;
/// The longest topic that is.
const MAX_TOPIC_BYTES: usize = 1_024;

/// When the retained message of each topic was published, as far as that was seen.
#[derive(Default)]
pub(super) struct Retained(HashMap<String, Time>);

impl Retained {
    /// A client published this.
    pub fn saw(&mut self, publish: &Publish<'_>, topic: &str, decisions: &[Decision], at: Time) {
        if !publish.retain {
            return;
        }
        let is_refused = |decision: &Decision| matches!(decision, Decision::Refused(..));
        if publish.payload.is_empty() {
            self.0.remove(topic);
        } else if !decisions.iter().any(is_refused) {
            self.remember(topic, at);
        }
    }

    /// Something was published there then.
    pub fn remember(&mut self, topic: &str, at: Time) {
        if let Some(known) = self.0.get_mut(topic) {
            *known = at;
        } else if self.0.len() < MAX_TOPICS && topic.len() <= MAX_TOPIC_BYTES {
            self.0.insert(topic.to_owned(), at);
        }
    }

    /// When the retained message of this topic was published.
    pub fn published_at(&self, topic: &str) -> Option<Time> {
        self.0.get(topic).copied()
    }
}
