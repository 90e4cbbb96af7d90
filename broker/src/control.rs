//! What makes the broker an instrument: its clock, waiting without sleeping, its state.

use std::time::Duration;

use tokio::sync::oneshot;

use crate::backend::Backend;
use crate::broker::{Broker, CommandError};
use crate::capability::Capability;
use crate::clock::Clock;
use crate::engine::{Engine, State};
use crate::front::Command;
use crate::time::Time;

/// How long [`Broker::settle`] and the waits take at the most, unless [`Broker::set_deadline`] says otherwise.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(5);

/// Something did not come to pass in time.
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
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = deadline;
    }

    /// Comes back when nothing is going on any more: no connected client has anything in flight or queued, nothing is
    /// unread or unwritten, no timer is due. What should have arrived by then has arrived, so that "nothing else came"
    /// is shown at once and not by waiting.
    ///
    /// What a client holds back in its own process cannot be known here: settle after the client said that it sent.
    ///
    /// # Errors
    /// The deadline passed, for instance because a client does not acknowledge; the error says which.
    pub async fn settle(&self) -> Result<(), WaitError> {
        self.require(Capability::Settle)?;
        let (answer, settled) = oneshot::channel();
        self.command(Command::Settle(answer));
        self.wait(settled, "for the broker to settle".to_owned(), |backend| {
            // A read that is under way, or a client that never stops.
            backend
                .unsettled()
                .unwrap_or_else(|| "clients go on sending".to_owned())
        })
        .await
    }

    /// Waits until the client is connected: its CONNACK was sent.
    ///
    /// # Errors
    /// The deadline passed; the error names the clients that are connected, those with a similar name first.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::{io::Write, net::TcpStream, time::Duration};
    ///
    /// let mut broker = broker::Broker::start().await?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").await?;
    ///
    /// broker.set_deadline(Duration::from_millis(10));
    /// let error = broker.wait_connected("lmap").await.unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r#"waited 10ms in vain for client "lmap" to be connected; there is no client "lmap"; connected: "lamp""#
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub async fn wait_connected(&self, client_id: &str) -> Result<(), WaitError> {
        let (id, of) = (client_id.to_owned(), client_id.to_owned());
        self.wait_until(
            format!("for client {client_id:?} to be connected"),
            move |backend| backend.is_connected(&id),
            move |backend| backend.stands(|engine, _| engine.client_stands(&of)),
        )
        .await
    }

    /// Waits until the client is not connected. Its session may live on. True at once of a client that never was.
    ///
    /// # Errors
    /// The deadline passed.
    pub async fn wait_disconnected(&self, client_id: &str) -> Result<(), WaitError> {
        let (id, of) = (client_id.to_owned(), client_id.to_owned());
        self.wait_until(
            format!("for client {client_id:?} to be disconnected"),
            move |backend| !backend.is_connected(&id),
            move |backend| backend.stands(|engine, _| engine.client_stands(&of)),
        )
        .await
    }

    /// Waits until messages for `filter` reach the client: its SUBSCRIBE was handled, not merely received. `filter` is what
    /// the client wrote, `$share/…` included.
    ///
    /// # Errors
    /// The deadline passed; the error names its subscriptions, similar ones first.
    pub async fn wait_subscribed(&self, client_id: &str, filter: &str) -> Result<(), WaitError> {
        let (id, wanted) = (client_id.to_owned(), filter.to_owned());
        let of = (id.clone(), wanted.clone());
        self.wait_until(
            format!("for client {client_id:?} to be subscribed to {filter:?}"),
            move |backend| backend.is_subscribed(&id, &wanted),
            move |backend| backend.stands(|engine, _| engine.subscriptions_stand(&of.0, &of.1)),
        )
        .await
    }

    /// Waits until nothing is in flight towards the client and nothing queued for it: it acknowledged everything. The
    /// client must have a session by then.
    ///
    /// # Errors
    /// The deadline passed; the error says what is not acknowledged.
    pub async fn wait_acked(&self, client_id: &str) -> Result<(), WaitError> {
        self.require(Capability::WaitAcked)?;
        let (id, of) = (client_id.to_owned(), client_id.to_owned());
        self.wait_until(
            format!("for client {client_id:?} to acknowledge everything"),
            move |backend| backend.is(|engine| engine.has_acknowledged(&id)),
            move |backend| backend.stands(|engine, _| engine.exchanges_stand(&of)),
        )
        .await
    }

    /// Waits until the client has no session: it said goodbye to one that ends with the connection, or its Session
    /// Expiry Interval passed. True at once of a client that never had one.
    ///
    /// # Errors
    /// The deadline passed; the error says when the session ends. On a frozen clock that takes [`BrokerClock::advance`].
    pub async fn wait_session_ended(&self, client_id: &str) -> Result<(), WaitError> {
        self.require(Capability::State)?;
        let (id, of) = (client_id.to_owned(), client_id.to_owned());
        self.wait_until(
            format!("for the session of {client_id:?} to end"),
            move |backend| backend.is(|engine| !engine.has_session(&id)),
            move |backend| backend.stands(|engine, now| engine.session_stands(now, &of)),
        )
        .await
    }

    /// Waits until there is a retained message of this topic.
    ///
    /// # Errors
    /// The deadline passed; the error names topics with a retained message, similar ones first.
    pub async fn wait_retained(&self, topic: &str) -> Result<(), WaitError> {
        self.require(Capability::State)?;
        let (wanted, of) = (topic.to_owned(), topic.to_owned());
        self.wait_until(
            format!("for a retained message of {topic:?}"),
            move |backend| backend.is(|engine| engine.is_retained(&wanted)),
            move |backend| backend.stands(|engine, _| engine.retained_stands(&of)),
        )
        .await
    }

    /// The broker's clock: time that can be stopped and moved.
    pub fn clock(&self) -> BrokerClock<'_> {
        BrokerClock { broker: self }
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
        let state = |backend: &mut Backend| {
            let native = backend.native_mut()?;
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
    pub async fn reset(&self) -> Result<(), CommandError> {
        self.call(Capability::Reset, Engine::reset).await
    }

    /// Waits until `condition` is so; if it does not come to be, `instead` says how things stand.
    async fn wait_until(
        &self,
        what: String,
        condition: impl FnMut(&Backend) -> bool + Send + 'static,
        instead: impl FnOnce(&mut Backend) -> String + Send + 'static,
    ) -> Result<(), WaitError> {
        let (answer, met) = oneshot::channel();
        self.command(Command::When(Box::new(condition), answer));
        self.wait(met, what, instead).await
    }

    async fn wait(
        &self,
        answer: oneshot::Receiver<()>,
        what: String,
        instead: impl FnOnce(&mut Backend) -> String + Send + 'static,
    ) -> Result<(), WaitError> {
        match tokio::time::timeout(self.deadline, answer).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(CommandError::Stopped.into()),
            Err(_) => Err(WaitError::Deadline {
                what,
                instead: self.ask(instead).await?,
                waited: self.deadline,
            }),
        }
    }

    pub(crate) fn command(&self, command: Command) {
        if let Some(commands) = &self.commands {
            // A broker that has stopped drops the command, and with it the answer: whoever waits sees that.
            let _ = commands.send(command);
        }
    }
}

/// The clock that the broker goes by: keep alive, session expiry, message expiry, will delay.
///
/// **Clients have their own.** A client whose keep alive timer runs on real time goes on sending PINGREQ by it, and what
/// it times out by itself it times out by itself.
#[derive(Debug, Clone, Copy)]
pub struct BrokerClock<'a> {
    broker: &'a Broker,
}

impl BrokerClock<'_> {
    /// What time it is, counted from the start of the broker.
    ///
    /// # Errors
    /// The broker has stopped.
    pub async fn now(&self) -> Result<Time, CommandError> {
        self.broker.ask(|backend| backend.now()).await
    }

    /// Stops the time.
    ///
    /// # Errors
    /// The broker has stopped.
    pub async fn freeze(&self) -> Result<(), CommandError> {
        self.with(Clock::freeze).await
    }

    /// Lets the time go on from where it stands.
    ///
    /// # Errors
    /// The broker has stopped.
    pub async fn resume(&self) -> Result<(), CommandError> {
        self.with(Clock::resume).await
    }

    /// Moves the time forward, frozen or not. Everything that is due on the way is done, in order, each at its own
    /// instant, before this returns.
    ///
    /// # Errors
    /// The broker has stopped.
    pub async fn advance(&self, by: Duration) -> Result<(), CommandError> {
        self.broker.require(Capability::VirtualClock)?;
        let (answer, done) = oneshot::channel();
        self.broker.command(Command::Advance(by, answer));
        done.await.map_err(|_| CommandError::Stopped)
    }

    /// Moves the time forward to `until`; does nothing if that has passed.
    ///
    /// # Errors
    /// The broker has stopped.
    pub async fn run_until(&self, until: Time) -> Result<(), CommandError> {
        let now = self.now().await?;
        self.advance(until - now).await
    }

    async fn with(&self, work: impl FnOnce(&mut Clock) + Send + 'static) -> Result<(), CommandError> {
        self.broker.require(Capability::VirtualClock)?;
        let changed = |backend: &mut Backend| backend.native_mut().map(|native| work(&mut native.clock));
        self.broker.ask(changed).await.map(|_| ())
    }
}
