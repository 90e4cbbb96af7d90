//! What a pattern asks of the payload, each by a method: short for [`Pattern::payload`].

use serde_json::Value;

use super::{Pattern, PayloadIs, Regex};

impl Pattern {
    /// The payload is this text.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// // … "dev-1" publishes "hi" to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.expect(publish("a/b").text("hi")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn text(self, text: impl Into<String>) -> Self {
        self.payload(PayloadIs::Text(text.into()))
    }

    /// The payload is a text with this in it.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(publish("t").containing("on").containing("at")).wait(); // both
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn containing(self, part: impl Into<String>) -> Self {
        self.payload(PayloadIs::Contains(part.into()))
    }

    /// The payload is these bytes.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// // … "dev-1" publishes "hi" to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.expect(publish("a/b").bytes([0x68, 0x69])).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bytes(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.payload(PayloadIs::Bytes(bytes.into()))
    }

    /// The payload is empty.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// # std::io::Write::write_all(&mut lamp, b"\x31\x06\0\x04lamp")?;
    /// broker.expect(publish("lamp").retain(true).empty()).wait(); // that clears what was retained
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn empty(self) -> Self {
        self.payload(PayloadIs::Len(0))
    }

    /// In the payload, a text, this regular expression finds something.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// // … "dev-1" publishes "hi" to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.expect(publish("a/b").matching("^h[aeiou]$")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn matching(self, regex: impl Into<String>) -> Self {
        self.payload(PayloadIs::Matches(Regex::from(regex.into())))
    }

    /// The payload is this JSON value, however it is written.
    ///
    /// ```
    /// use broker::expect::publish;
    /// use serde_json::json;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(publish("t").json(json!({ "at": [1, 2], "on": true }))).wait(); // in whatever order
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json(self, value: impl Into<Value>) -> Self {
        self.payload(PayloadIs::Json(value.into()))
    }

    /// The payload is JSON with at least these members.
    ///
    /// ```
    /// use broker::expect::publish;
    /// use serde_json::json;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(publish("t").json_subset(json!({ "on": true }))).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json_subset(self, value: impl Into<Value>) -> Self {
        self.payload(PayloadIs::JsonSubset(value.into()))
    }

    /// The payload is JSON with this value at the place that `pointer` names, as `/list/0/name`.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, &std::fs::read("tests/data/dev-1.mqtt")?)?;
    /// // … "dev-1" connects and publishes to t …
    /// broker.expect(publish("t").json_at("/on", true).json_at("/at/1", 2)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json_at(self, pointer: impl Into<String>, value: impl Into<Value>) -> Self {
        self.payload(PayloadIs::JsonAt {
            pointer: pointer.into(),
            is: value.into(),
        })
    }

    /// The payload is as described.
    ///
    /// ```
    /// use broker::expect::{PayloadIs, publish};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// // … "dev-1" publishes "hi" to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.expect(publish("a/b").payload(PayloadIs::Len(2))).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn payload(mut self, is: PayloadIs) -> Self {
        self.payload.push(is);
        self
    }
}
