//! What a pattern asks of the fields of a packet, each by a method of its name: short for [`Pattern::field`].

use serde_json::{Value, json};

use super::{Pattern, What};
use crate::wire::ReasonCode;

impl Pattern {
    /// QoS.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(publish("t").qos(1)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn qos(self, qos: u8) -> Self {
        self.field("qos", qos)
    }

    /// RETAIN.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(publish("t").retain(true)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn retain(self, retain: bool) -> Self {
        self.field("retain", retain)
    }

    /// DUP.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(publish("t").dup(true)).wait(); // sent again
    /// broker.expect(publish("t").dup(false)).never().wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dup(self, dup: bool) -> Self {
        self.field("dup", dup)
    }

    /// Packet Identifier.
    ///
    /// ```
    /// use broker::expect::{puback, publish};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(publish("t").packet_identifier(7)).then(puback().to("dev-1").packet_identifier(7)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn packet_identifier(self, id: u16) -> Self {
        self.field("packet_identifier", id)
    }

    /// Reason Code; the return code of 3.x counts as the reason code that says the same. Of SUBACK and UNSUBACK, one of
    /// them.
    ///
    /// ```
    /// use broker::ReasonCode;
    /// use broker::expect::{connack, puback};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(connack().to("dev-1").reason(ReasonCode::SUCCESS)).wait();
    /// broker.expect(puback().to("dev-1").reason(ReasonCode::NO_MATCHING_SUBSCRIBERS)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reason(self, reason: ReasonCode) -> Self {
        let lists = matches!(&self.what, What::Packet(name) if name == "SUBACK" || name == "UNSUBACK");
        self.field(if lists { "reason_codes" } else { "reason_code" }, reason.0)
    }

    /// Session Present.
    ///
    /// ```
    /// use broker::expect::connack;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(connack().to("dev-1").session_present(false)).wait(); // a new session
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn session_present(self, present: bool) -> Self {
        self.field("session_present", present)
    }

    /// Clean Start, or Clean Session.
    ///
    /// ```
    /// use broker::expect::connect;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(connect().clean_start(true)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clean_start(self, clean: bool) -> Self {
        self.field("clean_start", clean)
    }

    /// Keep Alive in seconds.
    ///
    /// ```
    /// use broker::expect::{connect, connected};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(connect().keep_alive_secs(60)).wait(); // what the client asked for
    /// broker.expect(connected().keep_alive_secs(60)).wait(); // what holds
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn keep_alive_secs(self, secs: u16) -> Self {
        let name = if self.is_event() {
            "keep_alive_secs"
        } else {
            "keep_alive"
        };
        self.field(name, secs)
    }

    /// User Name.
    ///
    /// ```
    /// use broker::expect::connect;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(connect().user_name("ann")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn user_name(self, name: impl Into<String>) -> Self {
        let field = if self.is_event() { "user" } else { "user_name" };
        self.field(field, name.into())
    }

    /// A will on this topic.
    ///
    /// ```
    /// use broker::expect::connect;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(connect().will_topic("gone")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn will_topic(self, topic: impl Into<String>) -> Self {
        self.field("will.topic", topic.into())
    }

    /// The version: `"3.1"`, `"3.1.1"` or `"5.0"`.
    ///
    /// ```
    /// use broker::expect::connect;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(connect().version("5.0")).wait();
    /// broker.expect(connect().version("3.1.1")).never().wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn version(self, version: impl Into<String>) -> Self {
        self.field("version", version.into())
    }

    /// One of the topic filters of SUBSCRIBE or UNSUBSCRIBE, or the one of an event, is exactly this.
    ///
    /// ```
    /// use broker::expect::{subscribe, subscribed};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// # std::io::Write::write_all(&mut lamp, b"\x82\x0B\0\x01\0\x06lamp/+\0")?;
    /// broker.expect(subscribe().from("lamp").topic_filter("lamp/+")).wait(); // asked for
    /// broker.expect(subscribed().of("lamp").topic_filter("lamp/+")).wait(); // and in force
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn topic_filter(self, filter: impl Into<String>) -> Self {
        let filter = filter.into();
        match &self.what {
            What::Packet(name) if name == "SUBSCRIBE" => {
                self.field("topic_filters", json!({ "topic_filter": filter }))
            }
            What::Event(_) => self.field("filter", filter),
            _ => self.field("topic_filters", filter),
        }
    }

    /// A property, by its name in the standard in snake case: `property("topic_alias", 3)`.
    ///
    /// ```
    /// use broker::expect::{connack, publish};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(publish("t").property("content_type", "json")).wait();
    /// broker.expect(connack().property("topic_alias_maximum", 9_999)).never().wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn property(self, name: &str, value: impl Into<Value>) -> Self {
        self.field(format!("properties.{name}"), value)
    }

    /// A User Property.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(publish("t").user_property("k", "v")).wait(); // among others, wherever it stands
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn user_property(self, name: &str, value: &str) -> Self {
        self.property("user_property", json!({ "name": name, "value": value }))
    }

    /// Content Type.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(publish("t").content_type("json")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        self.property("content_type", content_type.into())
    }

    /// Response Topic.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(publish("t").response_topic("r")).wait(); // a request: the answer goes to r
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn response_topic(self, topic: impl Into<String>) -> Self {
        self.property("response_topic", topic.into())
    }

    /// Message Expiry Interval in seconds.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(publish("t").message_expiry_secs(60)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn message_expiry_secs(self, secs: u32) -> Self {
        self.property("message_expiry_interval", secs)
    }

    /// Session Expiry Interval in seconds.
    ///
    /// ```
    /// use broker::expect::connect;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(connect().session_expiry_secs(3600)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn session_expiry_secs(self, secs: u32) -> Self {
        self.property("session_expiry_interval", secs)
    }
}
