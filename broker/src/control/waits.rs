//! Waiting for something to be so, and saying how things stand where it does not come to be.

use crate::answer::Answer;
use crate::backend::Sign;
use crate::broker::Broker;
use crate::capability::Capability;

impl Broker {
    /// Waits until the client is connected: its CONNACK was sent.
    ///
    /// # Errors
    /// The deadline passed; the error names the clients that are connected, those with a similar name first.
    ///
    /// ```
    /// use std::{io::Write, net::TcpStream, time::Duration};
    ///
    /// let mut broker = broker::Broker::start().wait()?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").wait()?;
    ///
    /// broker.set_deadline(Duration::from_millis(10));
    /// let error = broker.wait_connected("lmap").wait().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r#"timed out after 10ms, waiting for client "lmap" to be connected; there never was a client "lmap"; seen: "lamp""#
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_connected(&self, client_id: &str) -> Answer<()> {
        let (id, of) = (client_id.to_owned(), client_id.to_owned());
        self.wait_until(
            None,
            (Sign::Clients, Some(client_id)),
            format!("for client {client_id:?} to be connected"),
            move |backend| backend.is_connected(&id),
            move |backend| backend.stands(|engine, _| engine.client_stands(&of)),
        )
    }

    /// Waits until the client was here and is not connected any more. Its session may live on.
    ///
    /// A client that never was connected is waited for: it may be on its way, and a name that is misspelt ends in an error
    /// that says so, and not in a test that passes.
    ///
    /// # Errors
    /// The deadline passed; the error says that the client is connected, or that there never was one of this name.
    ///
    /// ```
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").wait()?;
    ///
    /// drop(client);
    /// broker.wait_disconnected("lamp").wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_disconnected(&self, client_id: &str) -> Answer<()> {
        let (id, of) = (client_id.to_owned(), client_id.to_owned());
        self.wait_until(
            None,
            (Sign::Clients, Some(client_id)),
            format!("for client {client_id:?} to be disconnected"),
            move |backend| backend.has_seen(&id) && !backend.is_connected(&id),
            move |backend| backend.stands(|engine, _| engine.client_stands(&of)),
        )
    }

    /// Waits until messages for `filter` reach the client: its SUBSCRIBE was handled, not merely received. `filter` is what
    /// the client wrote, `$share/…` included.
    ///
    /// # Errors
    /// The deadline passed; the error names its subscriptions, similar ones first.
    ///
    /// ```
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").wait()?;
    ///
    /// client.write_all(b"\x82\x0B\0\x01\0\x06lamp/+\0")?; // SUBSCRIBE
    /// broker.wait_subscribed("lamp", "lamp/+").wait()?;
    /// assert_eq!(broker.publish(broker::Injected::text("lamp/1", "on")).wait()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_subscribed(&self, client_id: &str, filter: &str) -> Answer<()> {
        let (id, wanted) = (client_id.to_owned(), filter.to_owned());
        let of = (id.clone(), wanted.clone());
        self.wait_until(
            None,
            (Sign::Clients, Some(client_id)),
            format!("for client {client_id:?} to be subscribed to {filter:?}"),
            move |backend| backend.is_subscribed(&id, &wanted),
            move |backend| backend.stands(|engine, _| engine.subscriptions_stand(&of.0, &of.1)),
        )
    }

    /// Waits until nothing is in flight towards the client and nothing queued for it: it acknowledged everything. The
    /// client must have a session by then.
    ///
    /// # Errors
    /// The deadline passed; the error says what is not acknowledged.
    ///
    /// ```
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").wait()?;
    ///
    /// client.write_all(b"\x82\x09\0\x01\0\x04lamp\x01")?; // SUBSCRIBE at QoS 1
    /// broker.wait_subscribed("lamp", "lamp").wait()?;
    /// broker.publish(broker::Injected::text("lamp", "on").qos(broker::QoS::AtLeastOnce)).wait()?;
    /// client.write_all(b"\x40\x02\0\x01")?; // PUBACK
    /// broker.wait_acked("lamp").wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_acked(&self, client_id: &str) -> Answer<()> {
        let (id, of) = (client_id.to_owned(), client_id.to_owned());
        self.wait_until(
            Capability::WaitAcked.into(),
            (Sign::Acknowledged, Some(client_id)),
            format!("for client {client_id:?} to acknowledge everything"),
            move |backend| backend.is(|engine| engine.has_acknowledged(&id)),
            move |backend| backend.stands(|engine, _| engine.exchanges_stand(&of)),
        )
    }

    /// Waits until the client had a session and has none any more: it said goodbye to one that ends with the connection, or
    /// its Session Expiry Interval passed. One that never had a session is waited for, as in [`Broker::wait_disconnected`].
    ///
    /// # Errors
    /// The deadline passed; the error says when the session ends. On a frozen clock that takes [`BrokerClock::advance`](crate::BrokerClock::advance).
    ///
    /// ```
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").wait()?;
    ///
    /// client.write_all(b"\xE0\0")?; // DISCONNECT; its session was for one connection
    /// broker.wait_session_ended("lamp").wait()?;
    /// assert!(broker.state().wait()?.sessions.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_session_ended(&self, client_id: &str) -> Answer<()> {
        let (id, of) = (client_id.to_owned(), client_id.to_owned());
        self.wait_until(
            Capability::State.into(),
            (Sign::Clients, Some(client_id)),
            format!("for the session of {client_id:?} to end"),
            move |backend| backend.is(|engine| engine.has_seen(&id) && !engine.has_session(&id)),
            move |backend| backend.stands(|engine, now| engine.session_stands(now, &of)),
        )
    }

    /// Waits until there is a retained message of this topic.
    ///
    /// # Errors
    /// The deadline passed; the error names topics with a retained message, similar ones first.
    ///
    /// ```
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").wait()?;
    ///
    /// client.write_all(b"\x31\x08\0\x04lampon")?; // PUBLISH with RETAIN
    /// broker.wait_retained("lamp").wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_retained(&self, topic: &str) -> Answer<()> {
        let (wanted, of) = (topic.to_owned(), topic.to_owned());
        self.wait_until(
            Capability::State.into(),
            (Sign::Retained, None),
            format!("for a retained message of {topic:?}"),
            move |backend| backend.is(|engine| engine.is_retained(&wanted)),
            move |backend| backend.stands(|engine, _| engine.retained_stands(&of)),
        )
    }
}
