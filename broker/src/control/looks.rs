//! Looks at a part of the state, where all of it may be too much.

use super::Broker;
use crate::answer::Answer;
use crate::capability::Capability;
use crate::engine::{MessageState, SessionState, SessionSummary, SubscriptionState};

impl Broker {
    /// One session, with all that is in it; `None` where the client has none.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// assert!(broker.session("lamp").wait()?.is_some_and(|lamp| lamp.connected));
    /// assert_eq!(broker.session("lmap").wait()?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn session(&self, client_id: &str) -> Answer<Option<SessionState>> {
        let client_id = client_id.to_owned();
        self.caller.engine(Capability::State, move |engine, now| {
            engine.session_named(now, &client_id)
        })
    }

    /// The first `most` sessions behind the client identifier `after`, in the order of these: in numbers. From the beginning, where
    /// `after` is empty.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// let page = broker.sessions("", 100).wait()?;
    /// assert!(broker.sessions(&page[0].client_id, 100).wait()?.is_empty()); // that was all
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sessions(&self, after: &str, most: usize) -> Answer<Vec<SessionSummary>> {
        let after = after.to_owned();
        self.caller.engine(Capability::State, move |engine, now| {
            engine.sessions_behind(now, &after, most)
        })
    }

    /// The first `most` subscriptions behind that of client `after.0` to the topic filter `after.1`, in this order, each with its
    /// client. From the beginning, where both are empty.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// // … "lamp" subscribes to lamp/+ …
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// # std::io::Write::write_all(&mut lamp, b"\x82\x0B\0\x01\0\x06lamp/+\0")?;
    /// broker.wait_subscribed("lamp", "lamp/+").wait()?;
    /// let (client, subscription) = &broker.subscriptions(("", ""), 100).wait()?[0];
    /// assert_eq!((&**client, &*subscription.filter), ("lamp", "lamp/+"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn subscriptions(
        &self,
        after: (&str, &str),
        most: usize,
    ) -> Answer<Vec<(String, SubscriptionState)>> {
        let (client, filter) = (after.0.to_owned(), after.1.to_owned());
        self.caller.engine(Capability::State, move |engine, _| {
            engine.subscriptions_behind((&client, &filter), most)
        })
    }

    /// The first `most` retained messages behind the topic `after` that fit the topic filter, where there is one, in the order of
    /// topics; those of `$SYS` are left out. Fewer, and at least one, where they are long.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.publish(broker::Injected::text("lamp/1", "on").retained()).wait()?;
    /// assert_eq!(broker.retained(Some("lamp/+"), "", 100).wait()?[0].text(), Some("on"));
    /// assert!(broker.retained(None, "lamp/1", 100).wait()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn retained(&self, filter: Option<&str>, after: &str, most: usize) -> Answer<Vec<MessageState>> {
        let (filter, after) = (filter.map(str::to_owned), after.to_owned());
        self.caller.engine(Capability::State, move |engine, now| {
            engine.retained_behind(now, filter.as_deref(), &after, most)
        })
    }

    /// The retained message of one topic.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.publish(broker::Injected::text("lamp/1", "on").retained()).wait()?;
    /// assert_eq!(broker.retained_message("lamp/1").wait()?.unwrap().text(), Some("on"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn retained_message(&self, topic: &str) -> Answer<Option<MessageState>> {
        let topic = topic.to_owned();
        self.caller.engine(Capability::State, move |engine, now| {
            engine.retained_named(now, &topic)
        })
    }
}
