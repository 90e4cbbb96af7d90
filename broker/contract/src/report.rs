//! [`Report`]: which channels were used, which never, and what was broken.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::check::Violation;
use crate::document::{Channel, Document};

/// So many violations are kept; the oldest give way.
const MOST_VIOLATIONS: usize = 1000;
/// So many topics without a channel are kept.
const MOST_TOPICS: usize = 1000;
/// So many channels that nobody used, and topics without a channel, are told one by one.
const MOST_LINES: usize = 40;

/// What was seen of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The document.
    pub contract: Arc<str>,
    /// The channel.
    pub channel: String,
    /// Its topics.
    pub address: String,
    /// Messages that were published to it.
    pub messages: u64,
    /// Those of them that broke something.
    pub broken: u64,
}

/// What was seen of documents and schemas.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Each channel, in the order of the documents.
    pub channels: Vec<Use>,
    places: HashMap<(Arc<str>, String), usize>,
    /// Messages that were looked at.
    pub messages: u64,
    /// Messages and CONNECT packets that broke something.
    pub broken: u64,
    /// Topics that no document has, with the number of messages.
    pub undocumented: BTreeMap<String, u64>,
    /// What was broken last, with the client.
    pub violations: VecDeque<(String, Violation)>,
    /// How many violations there were.
    pub violated: u64,
}

impl Report {
    /// Channels that nobody has used are there from the start.
    pub(crate) fn begin(&mut self, document: &Document) {
        for channel in &document.channels {
            self.begin_channel(&document.name, channel);
        }
    }

    pub(crate) fn begin_channel(&mut self, contract: &Arc<str>, channel: &Channel) {
        let key = (Arc::clone(contract), channel.name.clone());
        let next = self.channels.len();
        if *self.places.entry(key).or_insert(next) == next {
            self.channels.push(Use {
                contract: Arc::clone(contract),
                channel: channel.name.clone(),
                address: channel.address.text().to_owned(),
                messages: 0,
                broken: 0,
            });
        }
    }

    pub(crate) fn saw(&mut self, document: &Document, channel: &Channel, is_broken: bool) {
        let key = (Arc::clone(&document.name), channel.name.clone());
        if let Some(place) = self.places.get(&key) {
            let used = &mut self.channels[*place];
            used.messages += 1;
            used.broken += u64::from(is_broken);
        }
    }

    pub(crate) fn undocumented(&mut self, topic: &str) {
        if let Some(count) = self.undocumented.get_mut(topic) {
            *count += 1;
        } else if self.undocumented.len() < MOST_TOPICS {
            self.undocumented.insert(topic.to_owned(), 1);
        }
    }

    pub(crate) fn message(&mut self, client_id: &str, found: &[Violation]) {
        self.messages += 1;
        self.connection(client_id, found);
    }

    pub(crate) fn connection(&mut self, client_id: &str, found: &[Violation]) {
        self.broken += u64::from(!found.is_empty());
        self.violated += found.len() as u64;
        for violation in found {
            if self.violations.len() >= MOST_VIOLATIONS {
                self.violations.pop_front();
            }
            self.violations
                .push_back((client_id.to_owned(), violation.clone()));
        }
    }

    /// As JSON has it.
    ///
    /// ```
    /// let report = broker_contract::Contracts::default().report().json();
    /// assert_eq!((&report["messages"], &report["violations"]), (&0.into(), &serde_json::json!([])));
    /// ```
    pub fn json(&self) -> Json {
        let used = |one: &Use| {
            json!({
                "contract": one.contract.as_ref(), "channel": one.channel, "address": one.address,
                "messages": one.messages, "broken": one.broken,
            })
        };
        let violation = |(client_id, one): &(String, Violation)| {
            json!({
                "client_id": client_id, "contract": one.contract.as_ref(), "rule": one.rule.name(), "topic": one.topic,
                "channel": one.channel, "message": one.message, "path": one.path, "what": one.what,
                "source": one.place.to_string(), "text": one.to_string(),
            })
        };
        let topics = self
            .undocumented
            .iter()
            .map(|(topic, count)| json!({"topic": topic, "messages": count}));
        json!({
            "messages": self.messages,
            "broken": self.broken,
            "channels": self.channels.iter().map(used).collect::<Json>(),
            "undocumented": topics.collect::<Json>(),
            "violations_total": self.violated,
            "violations": self.violations.iter().map(violation).collect::<Json>(),
        })
    }

    /// All of it, for people.
    pub fn text(&self) -> String {
        let mut text = self.used();
        for (client_id, violation) in &self.violations {
            let at = if violation.topic.is_empty() {
                String::new()
            } else {
                format!(" to {}", violation.topic)
            };
            let _ = writeln!(text, "  {client_id}{at}: {violation}");
        }
        let kept = self.violations.len() as u64;
        if self.violated > kept {
            let _ = writeln!(text, "  and {} more, which came before", self.violated - kept);
        }
        text
    }

    /// What was used and what was not, for people.
    pub fn used(&self) -> String {
        let mut text = String::new();
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        let _ = writeln!(
            text,
            "{} message{} looked at, {} broken",
            self.messages,
            plural(self.messages),
            self.broken
        );
        let (used, never): (Vec<&Use>, Vec<&Use>) = self.channels.iter().partition(|one| one.messages > 0);
        for one in used {
            let broken = if one.broken > 0 {
                format!(", {} broken", one.broken)
            } else {
                String::new()
            };
            let _ = writeln!(
                text,
                "  used   {}: {} message{}{broken}",
                one.address,
                one.messages,
                plural(one.messages)
            );
        }
        for one in never.iter().take(MOST_LINES) {
            let _ = writeln!(text, "  never  {}", one.address);
        }
        if never.len() > MOST_LINES {
            let _ = writeln!(text, "  never  and {} more channels", never.len() - MOST_LINES);
        }
        for (topic, count) in self.undocumented.iter().take(MOST_LINES) {
            let _ = writeln!(
                text,
                "  topic without a channel: {topic} ({count} message{})",
                plural(*count)
            );
        }
        if self.undocumented.len() > MOST_LINES {
            let more = self.undocumented.len() - MOST_LINES;
            let _ = writeln!(text, "  and {more} more topics without a channel");
        }
        text
    }
}
