//! What makes the broker an instrument: its clock, waiting without sleeping, its state.

use std::time::Duration;

use tokio::sync::oneshot;

use crate::backend::Backend;
use crate::broker::{Broker, CommandError};
use crate::capability::Capability;
use crate::clock::Clock;
use crate::engine::State;
use crate::front::{Command, Condition};
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
        self.wait(settled, "for the broker to settle".to_owned()).await
    }

    /// Waits until the client is connected: its CONNACK was sent.
    ///
    /// # Errors
    /// The deadline passed.
    pub async fn wait_connected(&self, client_id: &str) -> Result<(), WaitError> {
        let id = client_id.to_owned();
        let what = format!("for client {client_id:?} to be connected");
        self.wait_until(what, Box::new(move |backend| backend.is_connected(&id)))
            .await
    }

    /// Waits until the client is not connected. Its session may live on.
    ///
    /// # Errors
    /// The deadline passed.
    pub async fn wait_disconnected(&self, client_id: &str) -> Result<(), WaitError> {
        let id = client_id.to_owned();
        let what = format!("for client {client_id:?} to be disconnected");
        self.wait_until(what, Box::new(move |backend| !backend.is_connected(&id)))
            .await
    }

    /// Waits until messages for `filter` reach the client: its SUBSCRIBE was handled, not merely received.
    ///
    /// # Errors
    /// The deadline passed.
    pub async fn wait_subscribed(&self, client_id: &str, filter: &str) -> Result<(), WaitError> {
        let (id, wanted) = (client_id.to_owned(), filter.to_owned());
        let what = format!("for client {client_id:?} to be subscribed to {filter:?}");
        self.wait_until(what, Box::new(move |backend| backend.is_subscribed(&id, &wanted)))
            .await
    }

    /// Waits until nothing is in flight towards the client and nothing queued for it: it acknowledged everything.
    ///
    /// # Errors
    /// The deadline passed.
    pub async fn wait_acked(&self, client_id: &str) -> Result<(), WaitError> {
        self.require(Capability::WaitAcked)?;
        let id = client_id.to_owned();
        let what = format!("for client {client_id:?} to acknowledge everything");
        self.wait_until(what, Box::new(move |backend| backend.has_acknowledged(&id)))
            .await
    }

    /// The broker's clock: time that can be stopped and moved.
    pub fn clock(&self) -> BrokerClock<'_> {
        BrokerClock { broker: self }
    }

    /// Everything that is in the broker: sessions, subscriptions, retained messages, what is on its way.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    pub async fn state(&self) -> Result<State, CommandError> {
        self.call(Capability::State, |engine, now| engine.state(now))
            .await
    }

    /// Ends the session of one client; a connected one is told Administrative action. Returns whether there was one.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
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
    /// The engine is not ours, or the broker has stopped.
    pub async fn reset(&self) -> Result<(), CommandError> {
        self.call(Capability::Reset, crate::engine::Engine::reset).await
    }

    async fn wait_until(&self, what: String, condition: Condition) -> Result<(), WaitError> {
        let (answer, met) = oneshot::channel();
        self.command(Command::When(condition, answer));
        self.wait(met, what).await
    }

    async fn wait(&self, answer: oneshot::Receiver<()>, what: String) -> Result<(), WaitError> {
        match tokio::time::timeout(self.deadline, answer).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(CommandError::Stopped.into()),
            Err(_) => {
                let instead = self.ask(|backend| backend.unsettled()).await?;
                Err(WaitError::Deadline {
                    what,
                    instead: instead.unwrap_or_else(|| "nothing is going on".to_owned()),
                    waited: self.deadline,
                })
            }
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
    /// The engine is not ours, or the broker has stopped.
    pub async fn freeze(&self) -> Result<(), CommandError> {
        self.with(Clock::freeze).await
    }

    /// Lets the time go on from where it stands.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    pub async fn resume(&self) -> Result<(), CommandError> {
        self.with(Clock::resume).await
    }

    /// Moves the time forward, frozen or not. Everything that is due on the way is done, in order, each at its own
    /// instant, before this returns.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    pub async fn advance(&self, by: Duration) -> Result<(), CommandError> {
        self.broker.require(Capability::VirtualClock)?;
        let (answer, done) = oneshot::channel();
        self.broker.command(Command::Advance(by, answer));
        done.await.map_err(|_| CommandError::Stopped)
    }

    /// Moves the time forward to `until`; does nothing if that has passed.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
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
