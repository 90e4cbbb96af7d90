//! [`Remark`]: what is said of a client that breaks a rule.

use std::sync::Arc;

use super::Event;
use crate::session::ConnId;

/// A client broke a limit of a profile, or a contract: what the event [`violation`](Event::Violation) tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The client, as far as it is known to those who say this.
    pub client_id: Arc<str>,
    /// What kind of thing says the rule that was broken: `profile`, `asyncapi`, `schema`.
    pub origin: &'static str,
    /// The name of that.
    pub contract: Arc<str>,
    /// The rule.
    pub rule: Arc<str>,
    /// The topic name of a PUBLISH.
    pub topic: Option<Arc<str>>,
    /// Something is done about it.
    pub enforced: bool,
    /// The whole in a sentence.
    pub text: Arc<str>,
    /// Who says so.
    pub source: Arc<str>,
}

impl Remark {
    /// The event that tells of it. `known` is what the client is called by who keeps the journal; empty where nobody knows better.
    pub fn into_event(self, conn: ConnId, known: &Arc<str>) -> Event {
        Event::Violation {
            conn,
            client_id: match &**known {
                "" => self.client_id,
                _ => Arc::clone(known),
            },
            origin: self.origin,
            contract: self.contract,
            rule: self.rule,
            topic: self.topic,
            enforced: self.enforced,
            text: self.text,
            source: self.source,
        }
    }
}
