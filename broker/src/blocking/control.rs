//! What a test does to a broker, and asks of it, without async.

use super::Broker;
use crate::broker::CommandError;
use crate::engine::{Injected, State, Stats};
use crate::notice::NoticeReceiver;
use crate::wire::ReasonCode;

impl Broker {
    /// See [`crate::Broker::publish`].
    ///
    /// ```
    /// use broker::{Injected, blocking::Broker};
    ///
    /// let broker = Broker::start()?;
    /// let concerned = broker.publish(Injected::bytes("camera/1", vec![0xFF, 0xD8]))?;
    /// assert_eq!(concerned, 0); // nobody is subscribed
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn publish(&self, message: Injected) -> Result<usize, CommandError> {
        self.block_on(self.inner.publish(message))
    }

    /// See [`crate::Broker::disconnect`].
    ///
    /// ```
    /// use broker::{ReasonCode, blocking::Broker};
    ///
    /// let broker = Broker::start()?;
    /// assert!(!broker.disconnect("lamp", ReasonCode::ADMINISTRATIVE_ACTION)?); // it is not there
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// assert!(broker.disconnect("lamp", ReasonCode::ADMINISTRATIVE_ACTION)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn disconnect(&self, client_id: &str, reason: ReasonCode) -> Result<bool, CommandError> {
        self.block_on(self.inner.disconnect(client_id, reason))
    }

    /// See [`crate::Broker::delete_session`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// assert!(broker.delete_session("lamp")?);
    /// assert!(broker.state()?.session("lamp").is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn delete_session(&self, client_id: &str) -> Result<bool, CommandError> {
        self.block_on(self.inner.delete_session(client_id))
    }

    /// See [`crate::Broker::clear_retained`].
    ///
    /// ```
    /// use broker::Injected;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// broker.publish(Injected::text("lamp", "on").retained())?;
    /// broker.publish(Injected::text("door", "shut").retained())?;
    /// assert_eq!(broker.clear_retained()?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear_retained(&self) -> Result<usize, CommandError> {
        self.block_on(self.inner.clear_retained())
    }

    /// See [`crate::Broker::reset`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// broker.publish(broker::Injected::text("lamp", "on").retained())?;
    /// broker.reset()?; // for the next test
    /// assert!(broker.state()?.retained.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reset(&self) -> Result<(), CommandError> {
        self.block_on(self.inner.reset())
    }

    /// See [`crate::Broker::stats`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// assert_eq!(broker.stats()?.clients_maximum, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stats(&self) -> Result<Stats, CommandError> {
        self.block_on(self.inner.stats())
    }

    /// See [`crate::Broker::state`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// let state = broker.state()?;
    /// let lamp = state.session("lamp").expect("it is connected");
    /// assert_eq!((lamp.connected, &*lamp.version), (true, "3.1.1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn state(&self) -> Result<State, CommandError> {
        self.block_on(self.inner.state())
    }

    /// See [`crate::Broker::notices`]. The receiver has `blocking_recv` and `try_recv`.
    ///
    /// ```
    /// use broker::{Event, Notice};
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// let mut notices = broker.notices()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// let first = notices.blocking_recv()?;
    /// assert!(matches!(first, Notice::Event(_, Event::Connected { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn notices(&self) -> Result<NoticeReceiver, CommandError> {
        self.block_on(self.inner.notices())
    }

    /// See [`crate::Broker::watch_packets`].
    ///
    /// ```
    /// use broker::Notice;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// let mut notices = broker.notices()?;
    /// broker.watch_packets()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// assert!(matches!(notices.blocking_recv()?, Notice::Packet { .. })); // CONNECT
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn watch_packets(&self) -> Result<(), CommandError> {
        self.block_on(self.inner.watch_packets())
    }
}
