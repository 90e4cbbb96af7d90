//! [`Injections`]: where the program itself published to, for a report of what no client sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// So many topics are remembered: the latest.
const MOST: usize = 64;

/// The topics that the program itself published to, each once, the latest last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Injections(Arc<Mutex<VecDeque<String>>>);

impl Injections {
    pub fn note(&self, topic: &str) {
        // Nothing in here panics halfway.
        let mut topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if topics.back().is_some_and(|latest| latest == topic) {
            return;
        }
        topics.retain(|known| known != topic);
        topics.push_back(topic.to_owned());
        if topics.len() > MOST {
            topics.pop_front();
        }
    }

    pub fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn topics(&self) -> Vec<String> {
        let topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        topics.iter().cloned().collect()
    }
}
