//! What makes the broker an instrument: its clock, waiting without sleeping, its state.

mod clock;
mod waits;

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::backend::Backend;
use crate::broker::{Broker, CommandError};
use crate::capability::Capability;
use crate::clock::after;
use crate::engine::{Engine, State};
use crate::front::{Command, Wait};

pub use clock::BrokerClock;

/// How long [`Broker::settle`] and the waits take at the most, unless [`Broker::set_deadline`] says otherwise.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(broker::DEFAULT_DEADLINE, Duration::from_secs(5));
/// ```
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(5);

/// Something did not come to pass in time.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use broker::WaitError;
///
/// let mut broker = broker::Broker::start().await?;
/// broker.set_deadline(Duration::from_millis(10));
/// let WaitError::Deadline { what, instead, .. } = broker.wait_retained("lamp").await.unwrap_err() else {
///     panic!("the broker runs");
/// };
/// assert_eq!(what, r#"for a retained message of "lamp""#);
/// println!("{instead}");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// The deadline passed.
    #[error("waited {waited:?} in vain {what}; {instead}")]
    Deadline {
        /// What was waited for, such as `for client "a" to be connected`.
        what: String,
        /// How things stand instead.
        instead: String,
        /// How long.
        waited: Duration,
    },
    /// The broker no longer runs, or its engine cannot tell.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl Broker {
    /// How long waits take at the most. Real time, whatever the broker's clock shows. 5 seconds at first.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut broker = broker::Broker::start().await?;
    /// broker.set_deadline(std::time::Duration::from_millis(10));
    /// assert!(broker.wait_connected("nobody").await.is_err());
    /// # Ok(())
    /// # }
    /// ```
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
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().await?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").await?;
    ///
    /// client.write_all(b"\x30\x08\0\x04lampon")?; // PUBLISH
    /// broker.settle().await?;
    /// assert_eq!(broker.stats().await?.publish_received, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn settle(&self) -> Result<(), WaitError> {
        self.require(Capability::Settle)?;
        let (answer, settled) = oneshot::channel();
        self.command(Command::Settle(self.until(), answer));
        self.waited("for the broker to settle".to_owned(), settled).await
    }

    /// Everything that is in the broker: sessions, subscriptions, retained messages, what is on its way.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// broker.publish(broker::Injected::text("lamp", "on").retained()).await?;
    ///
    /// let state = broker.state().await?;
    /// let lamp = state.retained_message("lamp").expect("it is retained");
    /// assert_eq!((lamp.text(), lamp.qos), (Some("on"), 0));
    /// assert!(state.session("nobody").is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn state(&self) -> Result<State, CommandError> {
        self.require(Capability::State)?;
        let state = |backend: &Backend| {
            let native = backend.native()?;
            let mut state = native.engine.state(native.clock.now());
            state.clock_frozen = native.clock.is_frozen();
            Some(state)
        };
        self.ask(state).await?.ok_or(CommandError::Stopped)
    }

    /// Ends the session of one client; a connected one is told Administrative action. Returns whether there was one.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().await?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").await?;
    ///
    /// assert!(broker.delete_session("lamp").await?);
    /// assert!(!broker.delete_session("lamp").await?); // it is gone
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_session(&self, client_id: &str) -> Result<bool, CommandError> {
        let client_id = client_id.to_owned();
        self.call(Capability::Administration, move |engine, now| {
            engine.delete_session(now, &client_id)
        })
        .await
    }

    /// As new, on the same port: every client is disconnected, every session ends without its will, nothing is
    /// retained, all counters are zero.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().await?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").await?;
    ///
    /// broker.reset().await?;
    /// assert!(broker.state().await?.sessions.is_empty());
    /// assert_eq!(broker.stats().await?.clients_connected, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn reset(&self) -> Result<(), CommandError> {
        self.call(Capability::Reset, Engine::reset).await
    }

    /// Waits until `condition` is so; if it does not come to be, `instead` says how things stand.
    async fn wait_until(
        &self,
        what: String,
        condition: impl FnMut(&Backend) -> bool + Send + 'static,
        instead: impl FnOnce(&Backend) -> String + Send + 'static,
    ) -> Result<(), WaitError> {
        let (answer, met) = oneshot::channel();
        self.command(Command::When(Wait {
            condition: Box::new(condition),
            instead: Box::new(instead),
            until: self.until(),
            answer,
        }));
        self.waited(what, met).await
    }

    /// When a wait that begins now has taken too long. The broker's thread watches for it: a runtime whose time stands
    /// still, or a thread without one, can wait as well.
    fn until(&self) -> Instant {
        after(self.deadline)
    }

    async fn waited(
        &self,
        what: String,
        answer: oneshot::Receiver<Result<(), String>>,
    ) -> Result<(), WaitError> {
        let answered = answer.await.map_err(|_| CommandError::Stopped)?;
        answered.map_err(|instead| WaitError::Deadline {
            what,
            instead,
            waited: self.deadline,
        })
    }

    pub(crate) fn command(&self, command: Command) {
        if let Some(commands) = &self.commands {
            // A broker that has stopped drops the command, and with it the answer: whoever waits sees that.
            let _ = commands.send(command);
        }
    }
}
