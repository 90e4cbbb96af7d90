//! [`Expectation`]: patterns one after the other, and what was found of them.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::Count;
use crate::journal::{Entry, Glance, Wanted};
use crate::pattern::{Invalid, Pattern};

/// What is expected: one pattern, or several one after the other, each with how often.
///
/// ```
/// use broker_core::expect::{Expectation, connect, publish};
///
/// // Patterns and sequences of them can be kept, and used with several brokers.
/// let greeting: Expectation = connect().from("dev-1").then(publish("hello").times(2));
/// let json = serde_json::to_string(&greeting)?;
/// assert_eq!(serde_json::from_str::<Expectation>(&json)?, greeting);
/// let text = r#"{"steps": [
///     {"pattern": {"packet": "CONNECT", "direction": "in", "client_id": "dev-1"}},
///     {"pattern": {"packet": "PUBLISH", "direction": "in", "topic": "hello"}, "times": 2}
/// ]}"#;
/// assert_eq!(serde_json::from_str::<Expectation>(text)?, greeting);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use = "an expectation does nothing by itself: give it to `broker.expect(…)`"]
pub struct Expectation {
    pub(super) steps: Vec<Step>,
}

/// One pattern, and how often it is expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub pattern: Pattern,
    #[serde(default, rename = "times")]
    pub count: Count,
}

impl From<Pattern> for Expectation {
    fn from(pattern: Pattern) -> Self {
        let count = Count::default();
        Self {
            steps: vec![Step { pattern, count }],
        }
    }
}

impl Pattern {
    /// How often: a number, or a range such as `2..`. At least once where nothing is said.
    pub fn times(self, count: impl Into<Count>) -> Expectation {
        Expectation::from(self).times(count)
    }

    /// Not at all.
    pub fn never(self) -> Expectation {
        self.times(Count::NEVER)
    }

    /// First this, then `next`: only what comes behind it counts for `next`.
    pub fn then(self, next: impl Into<Expectation>) -> Expectation {
        Expectation::from(self).then(next)
    }
}

impl Expectation {
    /// How often the last pattern is expected.
    pub fn times(mut self, count: impl Into<Count>) -> Self {
        if let Some(last) = self.steps.last_mut() {
            last.count = count.into();
        }
        self
    }

    /// The last pattern is not to come at all.
    pub fn never(self) -> Self {
        self.times(Count::NEVER)
    }

    /// And then `next`: only what comes behind everything so far counts for it.
    ///
    /// ```
    /// use broker_core::expect::{connack, connect, publish};
    ///
    /// let visit = connect().from("lamp").then(connack().to("lamp")).then(publish("alarm").never());
    /// assert_eq!(
    ///     visit.to_string(),
    ///     r#"at least once: CONNECT from "lamp", then at least once: CONNACK to "lamp", then never: PUBLISH from a client on alarm"#
    /// );
    /// ```
    pub fn then(mut self, next: impl Into<Expectation>) -> Self {
        self.steps.extend(next.into().steps);
        self
    }

    /// Whether something may come too often: then it takes proof to know that nothing more is coming.
    pub fn has_upper_bound(&self) -> bool {
        self.steps.iter().any(|step| step.count.max.is_some())
    }

    /// How many comparisons it is made of: a measure of what it costs to ask it.
    pub fn weight(&self) -> usize {
        self.steps.iter().map(|step| 1 + step.pattern.weight()).sum()
    }

    /// Whether it can be met at all: counts, names of fields, forms of topics.
    ///
    /// # Errors
    /// It cannot; the error says what is wrong.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.steps.is_empty() {
            return Err(Invalid {
                pattern: "an expectation".to_owned(),
                what: "it has no steps".to_owned(),
            });
        }
        self.steps.iter().try_for_each(|step| {
            step.pattern.check()?;
            match step.count {
                Count { min, max: Some(max) } if min > max => Err(Invalid {
                    pattern: step.pattern.to_string(),
                    what: format!("{min} to {max} times is no range"),
                }),
                _ => Ok(()),
            }
        })
    }
}

/// The journal may leave out what no step looks for.
impl Wanted for Expectation {
    fn may_fit(&self, glance: &Glance<'_>) -> bool {
        self.steps.iter().any(|step| step.pattern.may_fit(glance))
    }

    fn fits(&self, _entry: &Entry) -> bool {
        // Which step it fits is asked later.
        true
    }
}

/// The entries that an expectation was met by, in the order in which they happened: the first 10,000 of them.
///
/// ```
/// use broker::expect::publish;
///
/// # let broker = broker::Broker::start().wait()?;
/// // … "dev-1" publishes "hi" to a/b …
/// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
/// let found = broker.expect(publish("a/+")).wait();
/// let first = &found[0]; // it is a slice of entries
/// assert_eq!((first.topic(), first.payload()), (Some("a/b"), Some(&b"hi"[..])));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matched {
    /// The entries.
    pub entries: Vec<Entry>,
    pub(super) unproven: Option<String>,
}

impl Matched {
    /// Why more may be coming, where that could not be ruled out; `None` where it is known, and where it does not matter.
    ///
    /// Only an expectation that takes less than proof (`Expecting::unproven_is_enough`) is met in this way.
    ///
    /// ```
    /// use std::time::Duration;
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::Broker::start().wait()?;
    /// // … "dev-1" connects and publishes to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// # broker.wait_connected("dev-1").wait()?;
    /// let found = broker.expect(publish("a/b")).times(1).wait();
    /// assert_eq!(found.unproven(), None); // that was the only one
    ///
    /// # std::io::Write::write_all(&mut dev, b"\x82\x06\0\x01\0\x01c\x01")?;
    /// # broker.wait_subscribed("dev-1", "c").wait()?;
    /// broker.publish(broker::Injected::text("c", "x").qos(broker::QoS::AtLeastOnce)).wait()?;
    /// // … "dev-1" is subscribed to c, and does not acknowledge …
    /// let alarms = broker.expect(publish("alarm")).never().unproven_is_enough();
    /// let found = alarms.within(Duration::from_millis(1)).wait();
    /// assert!(found.unproven().is_some_and(|why| why.contains("packet 1 (c) without PUBACK")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unproven(&self) -> Option<&str> {
        self.unproven.as_deref()
    }

    /// The payloads of those that are PUBLISH packets.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::Broker::start().wait()?;
    /// // … "dev-1" publishes "hi" to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// assert_eq!(broker.expect(publish("a/+")).wait().payloads(), [b"hi"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn payloads(&self) -> Vec<&[u8]> {
        self.entries.iter().filter_map(Entry::payload).collect()
    }
}

impl Deref for Matched {
    type Target = [Entry];

    fn deref(&self) -> &[Entry] {
        &self.entries
    }
}
