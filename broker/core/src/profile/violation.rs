//! [`Violation`]: a client did what that broker would not take.

use std::fmt;
use std::sync::Arc;

use super::form::Profile;
use super::limit::{Limit, Outcome};
use crate::journal::Remark;

/// A client did what a broker would not take. Its text is one sentence, with the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The profile.
    pub profile: Arc<Profile>,
    /// The place of the limit in it.
    pub(super) limit: usize,
    /// The client.
    pub client_id: Arc<str>,
    /// The topic name, where a PUBLISH did it.
    pub topic: Option<Arc<str>>,
    /// The limit was passed within the same second already: this one is not told.
    pub is_repeated: bool,
    /// What was seen: a number, a word, a topic.
    pub seen: String,
}

impl Violation {
    /// The limit that was passed.
    pub fn limit(&self) -> &Limit {
        &self.profile.limits[self.limit]
    }

    /// What that broker does.
    pub fn outcome(&self) -> Outcome {
        self.limit().outcome
    }

    /// What the journal is told.
    pub fn remark(&self, enforced: bool) -> Remark {
        let limit = self.limit();
        Remark {
            client_id: Arc::clone(&self.client_id),
            origin: "profile",
            contract: self.profile.name.as_str().into(),
            rule: limit.kind.name().into(),
            topic: self.topic.clone(),
            enforced,
            text: self.to_string().into(),
            source: limit.source.as_str().into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = self.limit();
        write!(
            f,
            "{} would {}: {} ({}, {})",
            self.profile.title,
            limit.would(),
            limit.passed_by(&self.seen, &self.client_id),
            limit.source,
            limit.as_of,
        )
    }
}
