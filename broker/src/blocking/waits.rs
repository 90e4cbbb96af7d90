//! Waiting for something to be so, without async.

use std::time::Duration;

use super::Broker;
use crate::control::WaitError;

impl Broker {
    /// See [`crate::Broker::set_deadline`].
    ///
    /// ```
    /// let mut broker = broker::blocking::Broker::start()?;
    /// broker.set_deadline(std::time::Duration::from_millis(10));
    /// let error = broker.wait_connected("nobody").unwrap_err();
    /// assert!(error.to_string().starts_with("waited 10ms in vain"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.inner.set_deadline(deadline);
    }

    /// See [`crate::Broker::settle`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// // … "dev-1" connects and publishes to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.settle()?; // all that it sent is handled
    /// assert_eq!(broker.stats()?.publish_received, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn settle(&self) -> Result<(), WaitError> {
        self.block_on(self.inner.settle())
    }

    /// See [`crate::Broker::wait_connected`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_connected(&self, client_id: &str) -> Result<(), WaitError> {
        self.block_on(self.inner.wait_connected(client_id))
    }

    /// See [`crate::Broker::wait_disconnected`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// drop(lamp);
    /// broker.wait_disconnected("lamp")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_disconnected(&self, client_id: &str) -> Result<(), WaitError> {
        self.block_on(self.inner.wait_disconnected(client_id))
    }

    /// See [`crate::Broker::wait_subscribed`].
    ///
    /// ```
    /// use std::io::Write;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// lamp.write_all(b"\x82\x0B\0\x01\0\x06lamp/+\0")?; // SUBSCRIBE
    /// broker.wait_subscribed("lamp", "lamp/+")?; // now a message will reach it
    /// assert_eq!(broker.publish(broker::Injected::text("lamp/1", "on"))?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_subscribed(&self, client_id: &str, filter: &str) -> Result<(), WaitError> {
        self.block_on(self.inner.wait_subscribed(client_id, filter))
    }

    /// See [`crate::Broker::wait_acked`].
    ///
    /// ```
    /// use std::io::Write;
    /// use broker::{Injected, QoS};
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// lamp.write_all(b"\x82\x09\0\x01\0\x04lamp\x01")?; // SUBSCRIBE at QoS 1
    /// broker.wait_subscribed("lamp", "lamp")?;
    /// broker.publish(Injected::text("lamp", "on").qos(QoS::AtLeastOnce))?;
    /// lamp.write_all(b"\x40\x02\0\x01")?; // PUBACK
    /// broker.wait_acked("lamp")?;
    /// assert!(broker.state()?.session("lamp").unwrap().inflight.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_acked(&self, client_id: &str) -> Result<(), WaitError> {
        self.block_on(self.inner.wait_acked(client_id))
    }

    /// See [`crate::Broker::wait_session_ended`].
    ///
    /// ```
    /// use std::io::Write;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// lamp.write_all(b"\xE0\0")?; // DISCONNECT
    /// broker.wait_session_ended("lamp")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_session_ended(&self, client_id: &str) -> Result<(), WaitError> {
        self.block_on(self.inner.wait_session_ended(client_id))
    }

    /// See [`crate::Broker::wait_retained`].
    ///
    /// ```
    /// use std::io::Write;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// lamp.write_all(b"\x31\x08\0\x04lampon")?; // PUBLISH with RETAIN
    /// broker.wait_retained("lamp")?;
    /// assert_eq!(broker.state()?.retained[0].text(), Some("on"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_retained(&self, topic: &str) -> Result<(), WaitError> {
        self.block_on(self.inner.wait_retained(topic))
    }
}
