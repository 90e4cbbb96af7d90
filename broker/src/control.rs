//! What makes the broker an instrument: its clock, waiting without sleeping, its state.

mod clock;
mod looks;
mod reset;
mod waits;

use std::time::Duration;

use crate::answer::Answer;
use crate::backend::{Backend, Sign};
use crate::broker::{Broker, doing};
use crate::capability::Capability;
use crate::clock::after;
use crate::engine::State;
use crate::error::{Error, Kind};
use crate::front::{Command, Wait};

pub use clock::BrokerClock;

/// How long [`Broker::settle`] and the waits take at most, unless [`Broker::set_deadline`] says otherwise.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(broker::DEFAULT_DEADLINE, Duration::from_secs(5));
/// ```
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(5);

impl Broker {
    /// How long waits take at most, in real time, whatever the broker's clock shows. 5 seconds at first.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = deadline;
    }

    /// Comes back when nothing is going on any more: no connected client has anything in flight or queued, nothing is
    /// unread or unwritten, no timer is due. What should have arrived by then has arrived, so that "nothing else came"
    /// is shown at once and not by waiting.
    ///
    /// What a client's kernel holds back is waited for; what a client holds back in its own process cannot be known here:
    /// settle after the client said that it sent.
    ///
    /// # Errors
    /// The deadline passed, for instance because a client does not acknowledge, or owes the rest of a packet; the error says
    /// which.
    ///
    /// ```
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").wait()?;
    ///
    /// client.write_all(b"\x30\x08\0\x04lampon")?; // PUBLISH
    /// broker.settle().wait()?;
    /// assert_eq!(broker.stats().wait()?.publish_received, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn settle(&self) -> Answer<()> {
        let until = after(self.deadline);
        self.caller.call(
            Capability::Settle,
            |answer| Command::Settle(until, answer),
            self.in_time("for the broker to settle".to_owned()),
        )
    }

    /// Everything that is in the broker: sessions, subscriptions, retained messages, what is on its way.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.publish(broker::Injected::text("lamp", "on").retained()).wait()?;
    ///
    /// let state = broker.state().wait()?;
    /// let lamp = state.retained_message("lamp").expect("it is retained");
    /// assert_eq!((lamp.text(), lamp.qos), (Some("on"), 0));
    /// assert!(state.session("nobody").is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn state(&self) -> Answer<State> {
        let state = |backend: &Backend| {
            let native = backend.native()?;
            let mut state = native.engine.state(native.clock.now());
            state.clock_frozen = native.clock.is_frozen();
            Some(state)
        };
        self.caller
            .call(Capability::State, |answer| doing(answer, state), Ok)
    }

    /// Ends the session of one client; a connected one is told Administrative action. Returns whether there was one.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").wait()?;
    ///
    /// assert!(broker.delete_session("lamp").wait()?);
    /// assert!(!broker.delete_session("lamp").wait()?); // it is gone
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn delete_session(&self, client_id: &str) -> Answer<bool> {
        let client_id = client_id.to_owned();
        self.caller
            .engine(Capability::Administration, move |engine, now| {
                engine.delete_session(now, &client_id)
            })
    }

    /// Waits until `condition` is so; if it does not come to be, `instead` says how things stand. The broker's thread watches
    /// the deadline: a runtime whose time stands still, or a thread without one, can wait as well.
    fn wait_until(
        &self,
        takes: Option<Capability>,
        (of, client): (Sign, Option<&str>),
        what: String,
        condition: impl FnMut(&Backend) -> bool + Send + 'static,
        instead: impl FnOnce(&Backend) -> String + Send + 'static,
    ) -> Answer<()> {
        let until = after(self.deadline);
        let client = client.map(str::to_owned);
        let wait = |answer| {
            Command::When(Wait {
                of,
                client,
                condition: Box::new(condition),
                instead: Box::new(instead),
                until,
                answer,
            })
        };
        self.caller.call(takes, wait, self.in_time(what))
    }

    /// Reads an answer that says how things stand where the deadline has passed.
    fn in_time(&self, what: String) -> impl FnOnce(Result<(), String>) -> Result<(), Error> + use<> {
        let waited = self.deadline;
        move |answered| {
            answered.map_err(|instead| {
                Kind::Timeout {
                    what,
                    instead,
                    waited,
                }
                .into()
            })
        }
    }
}
