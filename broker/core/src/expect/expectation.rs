//! [`Expectation`]: patterns one after the other, and what was found of them.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::{Count, Invalid, Pattern, What, table};
use crate::journal::{Entry, Filter};

/// What is expected: one pattern, or several one after the other.
///
/// ```
/// use broker::expect::{Expectation, connect, publish};
///
/// // Patterns and sequences of them can be kept, and used with several brokers.
/// let greeting: Expectation = connect().from("dev-1").then(publish("hello"));
/// let alone: Expectation = publish("hello").into();
/// assert_ne!(greeting, alone);
/// assert_eq!(serde_json::from_str::<Expectation>(&serde_json::to_string(&greeting)?)?, greeting);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    pub(super) steps: Vec<Pattern>,
}

impl From<Pattern> for Expectation {
    fn from(pattern: Pattern) -> Self {
        Self { steps: vec![pattern] }
    }
}

impl Pattern {
    /// First this, then `next`: only what comes behind it counts for `next`.
    ///
    /// ```
    /// use broker::expect::{connect, publish};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// // … "dev-1" connects and publishes to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.expect(connect().then(publish("a/b"))).wait();
    /// broker.expect(publish("a/b").then(connect()).then(publish("never")))
    ///     .within(std::time::Duration::from_millis(1))
    ///     .check()
    ///     .unwrap_err(); // in this order, and no other
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn then(self, next: Pattern) -> Expectation {
        Expectation::from(self).then(next)
    }
}

impl Expectation {
    /// And then `next`: only what comes behind everything so far counts for it.
    ///
    /// ```
    /// use broker::expect::{connack, connect, publish};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// // … "dev-1" connects and publishes to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.expect(connect().then(connack().to("dev-1")).then(publish("a/b"))).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn then(mut self, next: Pattern) -> Self {
        self.steps.push(next);
        self
    }

    /// How often the last pattern is expected.
    pub fn set_count(&mut self, count: Count) {
        if let Some(last) = self.steps.last_mut() {
            last.count = count;
        }
    }

    /// What the journal may leave out without asking: kinds that no step looks for.
    pub fn filter(&self) -> Filter {
        let is_event = Pattern::is_event;
        if self.steps.iter().all(is_event) {
            return Filter::new().only_events();
        }
        let mut filter = Filter::new();
        for step in &self.steps {
            match &step.what {
                What::Packet(name) => {
                    filter = table::packets()
                        .filter(|packet| packet.name() == name)
                        .fold(filter, Filter::packet);
                }
                What::AnyPacket if !self.steps.iter().any(is_event) => return Filter::new().only_packets(),
                _ => return Filter::new(),
            }
        }
        filter
    }

    /// Whether something may come too often: then it takes proof to know that nothing more is coming.
    pub fn has_upper_bound(&self) -> bool {
        self.steps.iter().any(|step| step.count.max.is_some())
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
        self.steps.iter().try_for_each(Pattern::check)
    }
}

/// The entries that an expectation was met by, in the order in which they happened: the first 10,000 of them.
///
/// ```
/// use broker::expect::publish;
///
/// # let broker = broker::blocking::Broker::start()?;
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
    /// # let broker = broker::blocking::Broker::start()?;
    /// // … "dev-1" connects and publishes to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// # broker.wait_connected("dev-1")?;
    /// let found = broker.expect(publish("a/b")).times(1).wait();
    /// assert_eq!(found.unproven(), None); // that was the only one
    ///
    /// # std::io::Write::write_all(&mut dev, b"\x82\x06\0\x01\0\x01c\x01")?;
    /// # broker.wait_subscribed("dev-1", "c")?;
    /// broker.publish(broker::Injected::text("c", "x").qos(broker::QoS::AtLeastOnce))?;
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
    /// # let broker = broker::blocking::Broker::start()?;
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
