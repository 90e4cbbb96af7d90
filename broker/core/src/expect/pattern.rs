//! [`Pattern`]: which entries of the journal are meant.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{Count, PayloadIs, names, payload};
use crate::journal::{Direction, Entry};
use crate::topic;

/// Which entries are meant, and how often they are expected. Made by [`publish`](super::publish) and its kin; the
/// documentation of [the room](super) tells how to use it.
///
/// ```
/// use broker::expect::{Pattern, publish};
///
/// # let broker = broker::blocking::Broker::start()?;
/// // … "dev-1" publishes "hi" to a/b …
/// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
/// let hi: Pattern = publish("a/+").from("dev-1").qos(0).text("hi");
/// broker.expect(hi.clone()).wait();
/// assert_eq!(hi.to_string(), r#"PUBLISH from "dev-1" on a/+, qos 0, payload "hi""#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use = "a pattern does nothing by itself: give it to `broker.expect(…)`"]
pub struct Pattern {
    pub(super) what: What,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) way: Option<Direction>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) topic: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) fields: Vec<(String, Value)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) payload: Vec<PayloadIs>,
    #[serde(
        default,
        skip_deserializing,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "no_closures"
    )]
    pub(super) tests: Vec<Test>,
    #[serde(default)]
    pub(super) count: Count,
}

/// What kind of entry.
///
/// ```
/// use broker::expect::{Pattern, connected};
///
/// let json = r#"{"what": {"event": "connected"}}"#; // What::Event, in the JSON of a pattern
/// assert_eq!(serde_json::from_str::<Pattern>(json)?, connected());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A packet with this name, as `PUBLISH`.
    Packet(String),
    /// An event with this name, as `connected`.
    Event(String),
    /// Any packet.
    AnyPacket,
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

fn no_closures<S: Serializer>(tests: &[Test], _: S) -> Result<S::Ok, S::Error> {
    let words: Vec<_> = tests.iter().map(|test| test.words.as_str()).collect();
    Err(serde::ser::Error::custom(format!(
        "a closure cannot be written down: {}",
        words.join(", ")
    )))
}

/// A pattern that nothing can fit.
///
/// ```
/// use broker::ExpectError;
/// use broker::expect::connect;
///
/// # let broker = broker::blocking::Broker::start()?;
/// let Err(ExpectError::Invalid(invalid)) = broker.expect(connect().qos(1)).check() else {
///     panic!("CONNECT has no QoS");
/// };
/// println!("{}: {}", invalid.pattern, invalid.what);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pattern}: {what}")]
pub struct Invalid {
    /// The pattern in words.
    pub pattern: String,
    /// What is wrong with it.
    pub what: String,
}

impl Pattern {
    pub(super) fn new(what: What, way: Option<Direction>) -> Self {
        Self {
            what,
            way,
            client: None,
            topic: None,
            fields: Vec::new(),
            payload: Vec::new(),
            tests: Vec::new(),
            count: Count::default(),
        }
    }

    pub(super) fn is_event(&self) -> bool {
        matches!(self.what, What::Event(_))
    }

    /// Sent by this client.
    ///
    /// ```
    /// use broker::expect::connect;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.expect(connect().from("lamp")).wait();
    /// broker.expect(connect().from("heater")).never().wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from(mut self, client_id: impl Into<String>) -> Self {
        self.client = Some(client_id.into());
        if !self.is_event() {
            self.way = Some(Direction::In);
        }
        self
    }

    /// Sent by the broker to this client.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// // … "lamp" subscribes to lamp/+ …
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// # std::io::Write::write_all(&mut lamp, b"\x82\x0B\0\x01\0\x06lamp/+\0")?;
    /// broker.wait_subscribed("lamp", "lamp/+")?;
    /// broker.publish(broker::Injected::text("lamp/set", "on"))?;
    /// broker.expect(publish("lamp/set").to("lamp").text("on")).wait(); // the delivery
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to(mut self, client_id: impl Into<String>) -> Self {
        self.client = Some(client_id.into());
        if !self.is_event() {
            self.way = Some(Direction::Out);
        }
        self
    }

    /// Sent by the broker, to whomever.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// // … "dev-1" publishes to a/b, and nobody is subscribed …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.expect(publish("a/b")).wait();
    /// broker.expect(publish("a/b").outbound()).never().wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn outbound(mut self) -> Self {
        self.way = Some(Direction::Out);
        self
    }

    /// Of this client, whichever way; for events.
    ///
    /// ```
    /// use broker::expect::{connected, packet};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.expect(connected().of("lamp")).wait();
    /// broker.expect(packet().of("lamp")).times(2).wait(); // CONNECT and CONNACK
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(mut self, client_id: impl Into<String>) -> Self {
        self.client = Some(client_id.into());
        self
    }

    /// The topic name fits this topic filter.
    ///
    /// ```
    /// use broker::expect::event;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x19\0\x04MQTT\x04\x06\0\0\0\x04lamp\0\x04gone\0\x01x")?;
    /// broker.wait_connected("lamp")?; // with a will on the topic gone
    /// drop(lamp);
    /// broker.expect(event("will_published").topic("gone/#")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn topic(mut self, filter: impl Into<String>) -> Self {
        self.topic = Some(filter.into());
        self
    }

    /// The field at `path` is `value`: any that the entry [has as JSON](crate::journal#as-json). Of an object only what
    /// is named has to be there; of a list one element has to fit.
    ///
    /// ```
    /// use broker::expect::connect;
    /// use serde_json::json;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(connect().field("keep_alive", 60)).wait();
    /// broker.expect(connect().field("will.payload", "x")).wait();
    /// broker.expect(connect().field("will", json!({ "topic": "gone" }))).wait(); // and whatever else a will has
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn field(mut self, path: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.push((path.into(), value.into()));
        self
    }

    /// What only a closure can say; `words` tell it to whoever reads the report. It is asked about entries that fit in
    /// everything else, on the broker's thread: it should answer at once.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// // … "dev-1" publishes "hi" to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// let short = publish("a/#").test("a short payload", |entry| entry.payload().is_some_and(|it| it.len() < 10));
    /// broker.expect(short).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
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

    /// How often: a number, or a range such as `2..`. At least once where nothing is said.
    ///
    /// ```
    /// use broker::expect::{connect, publish};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// // … "dev-1" connects and publishes to a/b, once …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.expect(connect().then(publish("a/b").times(1..=3)).then(publish("c").never())).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn times(mut self, count: impl Into<Count>) -> Self {
        self.count = count.into();
        self
    }

    /// Not at all.
    ///
    /// ```
    /// use broker::expect::{connect, publish};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// // … "dev-1" connects and publishes to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// let no_alarm_between = connect().then(publish("alarm/#").never()).then(publish("a/b"));
    /// broker.expect(no_alarm_between).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn never(self) -> Self {
        self.times(Count::NEVER)
    }

    /// What makes it impossible to fit, if anything does.
    pub(super) fn check(&self) -> Result<(), Invalid> {
        let invalid = |what: String| Invalid {
            pattern: self.to_string(),
            what,
        };
        if let Some(wrong) = names::wrong_kind(&self.what) {
            return Err(invalid(wrong));
        }
        if let Some(wrong) = names::wrong_way(self).or_else(|| names::wrong_fields(self)) {
            return Err(invalid(wrong));
        }
        if self.topic.is_some() && !names::has_topic(&self.what) {
            return Err(invalid(
                "it has no topic name; `topic_filter` is that of a subscription".to_owned(),
            ));
        }
        if !self.payload.is_empty() && !names::has_payload(&self.what) {
            return Err(invalid(
                "it has no payload; that of a will is the field `will.payload`".to_owned(),
            ));
        }
        if let Some(filter) = &self.topic
            && let Err(error) = topic::validate_filter(filter)
        {
            return Err(invalid(format!(
                "{filter:?} is not a topic filter: {}",
                error.what
            )));
        }
        if let Some(wrong) = payload::wrong(&self.payload) {
            return Err(invalid(wrong));
        }
        match (self.count.min, self.count.max) {
            (min, Some(max)) if min > max => Err(invalid(format!("{min} to {max} times is no range"))),
            _ => Ok(()),
        }
    }
}
