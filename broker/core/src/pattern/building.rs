//! [`Pattern`]: which entries of the journal are meant.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

use super::Is;
use super::comparison::Comparison;
use super::members::Members;
use super::what::{self, What};
use crate::journal::{Direction, Entry};

/// Which entries are meant: packets and events, by any of their fields. Made by [`publish`](super::publish) and its kin and
/// narrowed down by its methods, or read from [JSON](super#as-json).
///
/// ```
/// use broker_core::pattern::{Pattern, publish};
///
/// let hi: Pattern = publish("a/+").from("dev-1").qos(0).text("hi");
/// assert_eq!(hi.to_string(), r#"PUBLISH from "dev-1" on a/+, qos 0, payload "hi""#);
/// let json = r#"{"packet": "PUBLISH", "direction": "in", "topic": "a/+", "client_id": "dev-1", "qos": 0, "payload": "hi"}"#;
/// assert_eq!(serde_json::from_str::<Pattern>(json)?, hi);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a pattern does nothing by itself: give it to `broker.expect(…)`"]
pub struct Pattern {
    pub(super) what: What,
    pub(super) direction: Option<Direction>,
    pub(super) fields: Members,
    pub(super) tests: Vec<Test>,
    /// What was said that cannot be.
    pub(super) wrong: Option<String>,
}

/// A closure, and what it asks for in words.
#[derive(Clone)]
pub(super) struct Test {
    pub words: String,
    pub holds: Arc<dyn Fn(&Entry) -> bool + Send + Sync>,
}

impl fmt::Debug for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Test({:?})", self.words)
    }
}

impl PartialEq for Test {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.holds, &other.holds)
    }
}

impl Pattern {
    pub(super) fn new(what: What, direction: Option<Direction>) -> Self {
        Self {
            what,
            direction,
            fields: Members::default(),
            tests: Vec::new(),
            wrong: None,
        }
    }

    /// Sent by this client.
    pub fn from(self, client_id: impl Into<String>) -> Self {
        self.going(Direction::In).of(client_id)
    }

    /// Sent by the broker to this client.
    pub fn to(self, client_id: impl Into<String>) -> Self {
        self.going(Direction::Out).of(client_id)
    }

    /// Sent by the broker, to any client.
    pub fn outbound(mut self) -> Self {
        self.direction = Some(Direction::Out);
        self
    }

    /// Of this client, either way; for events.
    pub fn of(self, client_id: impl Into<String>) -> Self {
        self.one("client_id", client_id.into())
    }

    /// Events go no way.
    fn going(mut self, direction: Direction) -> Self {
        if self.is_event() {
            return self;
        }
        if self.client().is_some() && self.direction != Some(direction) {
            let wrong = "no packet goes both ways: say either `from` or `to`";
            self.wrong.get_or_insert_with(|| wrong.to_owned());
        }
        self.direction = Some(direction);
        self
    }

    /// The topic name fits this topic filter.
    pub fn topic(self, filter: impl Into<String>) -> Self {
        self.one("topic", filter.into())
    }

    /// A field with one value. Said twice, with another value, no entry fits.
    fn one(mut self, name: &'static str, value: String) -> Self {
        if let Some(before) = self.certain(name).filter(|before| *before != value) {
            let wrong = format!("{name} is said twice: {before:?} and {value:?}");
            self.wrong.get_or_insert(wrong);
        }
        self.fields.set(name, Comparison::Equal(value.into()));
        self
    }

    /// The field at `path` is as described: equal to a value, or compared otherwise ([`Is`]). A path such as `will.topic`
    /// leads to a part of a field. Said twice, both have to fit.
    ///
    /// ```
    /// use broker_core::pattern::{Is, connect, subscribe};
    /// use serde_json::json;
    ///
    /// let patterns = [
    ///     connect().field("keep_alive", Is::at_most(60)),
    ///     connect().field("will.payload", "gone"),
    ///     subscribe().field("topic_filters", json!({"topic_filter": "a/#", "qos": 1})), // one of them
    /// ];
    /// ```
    pub fn field(mut self, path: impl AsRef<str>, is: impl Into<Is>) -> Self {
        self.ask(path.as_ref(), is.into().0);
        self
    }

    /// Asks for one more thing. Some names say which entries are meant, the others are fields.
    pub(super) fn ask(&mut self, path: &str, is: Comparison) {
        let done = match path {
            "record" | "packet" | "event" => what::read(path, &is).and_then(|other| self.what.narrow(other)),
            "direction" => self.ask_direction(&is),
            _ => {
                self.fields.add(path, is);
                Ok(())
            }
        };
        if let Err(error) = done {
            self.wrong.get_or_insert(error);
        }
    }

    fn ask_direction(&mut self, is: &Comparison) -> Result<(), String> {
        let direction = match is {
            Comparison::Equal(Json::String(way)) if way == "in" => Direction::In,
            Comparison::Equal(Json::String(way)) if way == "out" => Direction::Out,
            other => {
                return Err(format!(
                    "direction is \"in\" (from a client) or \"out\" (to a client), not {other}"
                ));
            }
        };
        match self.direction.replace(direction) {
            Some(before) if before != direction => {
                Err("direction is never both \"in\" and \"out\"".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// What only a closure can say; a report shows `words`. It is asked about entries that fit in everything else, on the
    /// broker's thread: it should answer at once. A pattern with one has no JSON.
    ///
    /// ```
    /// use broker_core::pattern::publish;
    ///
    /// let short = publish("a/#").test("a short payload", |entry| entry.payload().is_some_and(|it| it.len() < 10));
    /// assert_eq!(short.to_string(), "PUBLISH from a client on a/#, a short payload");
    /// ```
    pub fn test(
        mut self,
        words: impl Into<String>,
        holds: impl Fn(&Entry) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.tests.push(Test {
            words: words.into(),
            holds: Arc::new(holds),
        });
        self
    }

    /// How many comparisons it is made of: a measure of what it costs to ask it.
    pub fn weight(&self) -> usize {
        self.fields.weight() + self.tests.len()
    }

    pub(crate) fn what(&self) -> &What {
        &self.what
    }

    pub(crate) fn is_event(&self) -> bool {
        matches!(self.what, What::Events(_))
    }

    pub(crate) fn direction(&self) -> Option<Direction> {
        self.direction
    }

    /// The client, where it is a certain one.
    pub(crate) fn client(&self) -> Option<&str> {
        self.certain("client_id")
    }

    /// The topic filter, where it is a certain one.
    pub(crate) fn on_topic(&self) -> Option<&str> {
        self.certain("topic")
    }

    /// The rule, where it is a certain one: one of which an event tells.
    pub(crate) fn on_rule(&self) -> Option<&str> {
        // An event of another kind has rules of its own.
        let is_other =
            matches!(&self.what, What::Events(words) if !words.is_empty() && !words.contains(&"fault"));
        self.certain("rule").filter(|_| !is_other)
    }

    /// The stub, where it is a certain one.
    pub(crate) fn on_stub(&self) -> Option<&str> {
        self.certain("stub")
    }

    fn certain(&self, name: &str) -> Option<&str> {
        match self.fields.get(name)? {
            Comparison::Equal(value) => value.as_str(),
            _ => None,
        }
    }

    /// What is asked for, in the order in which people read it: the client, the topic, fields, the payload.
    pub(super) fn in_order(&self) -> impl Iterator<Item = (&str, &Comparison)> {
        let place = |name: &str| match name {
            "client_id" => 0,
            "topic" => 1,
            "payload" => 3,
            _ => 2,
        };
        (0..4).flat_map(move |turn| self.fields.iter().filter(move |(name, _)| place(name) == turn))
    }
}
