//! [`Stub`]: one stub, as it is said.

use std::sync::Arc;
use std::time::Duration;

use super::Publication;
use crate::pattern::Pattern;
use crate::template::Files;

/// When a stub answers.
///
/// ```
/// use std::time::Duration;
/// use broker_core::stub::When;
///
/// assert_ne!(When::Every(Duration::from_secs(5)), When::After(Duration::from_secs(5)));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// A client has sent such a packet, or such an event has happened.
    Pattern(Box<Pattern>),
    /// Again and again after so long.
    Every(Duration),
    /// Once, after so long.
    After(Duration),
}

/// The priority of a stub that says none, as in `WireMock`.
pub(super) const PRIORITY: u32 = 5;

/// One stub: when it answers, and what it publishes.
///
/// ```
/// use std::time::Duration;
/// use broker_core::pattern::{event, publish};
/// use broker_core::stub::{Publication, Stub};
///
/// let stubs = [
///     Stub::on(publish("door/set").text("open"))
///         .in_scenario("door")
///         .when_state("Started")
///         .then_state("open")
///         .publish("door/state", "opening"),
///     Stub::on(event("connected")).publishes(Publication::to("hello/{{ client.id }}").text("welcome").qos(1)),
///     Stub::every(Duration::from_secs(5)).publish("clock", "{{ now() }}"),
/// ];
/// # let _ = stubs;
/// ```
#[derive(Debug, Clone)]
#[must_use = "a stub does nothing by itself: give it to `broker.stubs().add(…)`"]
pub struct Stub {
    pub(super) name: Option<Arc<str>>,
    pub(super) priority: u32,
    pub(super) when: When,
    pub(super) nth: Option<u64>,
    pub(super) every: Option<u64>,
    pub(super) first: Option<u64>,
    pub(super) after: Option<u64>,
    pub(super) max_times: Option<u64>,
    pub(super) scenario: Option<Arc<str>>,
    pub(super) required_state: Option<Arc<str>>,
    pub(super) new_state: Option<Arc<str>>,
    pub(super) goes_on: bool,
    pub(super) cycle: bool,
    pub(super) publications: Vec<Publication>,
    pub(super) files: Files,
}

impl Stub {
    fn new(when: When) -> Self {
        Self {
            name: None,
            priority: PRIORITY,
            when,
            nth: None,
            every: None,
            first: None,
            after: None,
            max_times: None,
            scenario: None,
            required_state: None,
            new_state: None,
            goes_on: false,
            cycle: false,
            publications: Vec::new(),
            files: Files::default(),
        }
    }

    /// Answers what fits this pattern: a packet of a client, or an event. A PUBLISH counts once the engine has taken it.
    pub fn on(pattern: Pattern) -> Self {
        Self::new(When::Pattern(Box::new(pattern)))
    }

    /// Publishes again and again after so long, on the broker's clock.
    pub fn every(period: Duration) -> Self {
        Self::new(When::Every(period))
    }

    /// Publishes once, after so long, on the broker's clock.
    pub fn after(delay: Duration) -> Self {
        Self::new(When::After(delay))
    }

    /// The name under which it is listed, removed and expected. One without gets a number.
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Of all stubs that fit, that with the lowest priority answers; of a tie the newest. 5 unless this sets it.
    pub fn priority(mut self, priority: u32) -> Self {
        self.priority = priority;
        self
    }

    /// Publishes this text to this topic; both are templates. Said twice, it publishes two messages.
    pub fn publish(self, topic: impl Into<String>, payload: impl Into<String>) -> Self {
        self.publishes(Publication::to(topic).text(payload))
    }

    /// Publishes this.
    pub fn publishes(mut self, publication: Publication) -> Self {
        self.publications.push(publication);
        self
    }

    /// Publishes only one of its messages at a time, each in its turn.
    pub fn cycle(mut self) -> Self {
        self.cycle = true;
        self
    }

    /// Answers only the nth of what fits, counted for each client apart.
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = Some(nth);
        self
    }

    /// Answers only every nth of what fits, counted for each client apart.
    pub fn every_nth(mut self, nth: u64) -> Self {
        self.every = Some(nth);
        self
    }

    /// Answers only the first so many of what fits, counted for each client apart.
    pub fn first(mut self, many: u64) -> Self {
        self.first = Some(many);
        self
    }

    /// Does not answer the first so many of what fits, counted for each client apart.
    pub fn after_first(mut self, many: u64) -> Self {
        self.after = Some(many);
        self
    }

    /// Answers so often at most.
    pub fn max_times(mut self, times: u64) -> Self {
        self.max_times = Some(times);
        self
    }

    /// Belongs to this scenario.
    pub fn in_scenario(mut self, scenario: impl Into<Arc<str>>) -> Self {
        self.scenario = Some(scenario.into());
        self
    }

    /// Answers only in this state of its scenario. Every scenario begins in the state [`STARTED`](crate::scenario::STARTED).
    pub fn when_state(mut self, state: impl Into<Arc<str>>) -> Self {
        self.required_state = Some(state.into());
        self
    }

    /// Moves its scenario to this state when it answers.
    pub fn then_state(mut self, state: impl Into<Arc<str>>) -> Self {
        self.new_state = Some(state.into());
        self
    }

    /// Lets the next stub that fits answer, too.
    pub fn continues(mut self) -> Self {
        self.goes_on = true;
        self
    }

    /// Its name, where it was given one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether it was given files of these names.
    pub fn has_files(&self, names: &[String]) -> bool {
        names.iter().all(|name| self.files.has(name))
    }

    /// The files that it reads, as somebody has read them. [`files`](Self::files) says which.
    pub fn with_files(mut self, files: Files) -> Self {
        self.files = files;
        self
    }
}

/// Two are the same that say the same; what is in files does not count.
impl PartialEq for Stub {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}
