//! What is kept, and what is lost: snapshots, restarts, outages.

use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use crate::broker::{Broker, CommandError};
use crate::capability::Capability;
use crate::engine::{Cut, Restart};
use crate::front::{Command, NoRestart};
use crate::snapshot::Snapshot;

/// A restart did not come about.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use broker::{Restart, RestartError};
///
/// let broker = broker::Broker::start().await?;
/// match broker.restart(Restart::KeepState).await {
///     Ok(()) => println!("{} is there again", broker.url()),
///     Err(RestartError::Listen(error)) => println!("somebody else took the port: {error}"),
///     Err(error) => println!("{error}"),
/// }
/// # assert!(broker.restart(Restart::KeepState).await.is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestartError {
    /// The broker no longer runs.
    #[error(transparent)]
    Stopped(#[from] CommandError),
    /// The broker is away already.
    #[error("the broker is away: end its outage first (`Outage::end`)")]
    Away,
    /// The port could not be kept while the broker was away, or not be listened on afterwards.
    #[error("cannot listen again: {0}")]
    Listen(#[source] std::io::Error),
}

impl Broker {
    /// All that outlives connections, written down. Nothing changes by it.
    ///
    /// What it holds is described in [`snapshot`](crate::snapshot).
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// let before = broker.snapshot().await?;
    ///
    /// broker.publish(broker::Injected::text("lamp", "on").retained()).await?;
    /// assert_eq!(broker.snapshot().await?.messages[0].topic, "lamp");
    ///
    /// broker.restore(&before).await?; // as it was
    /// assert!(broker.state().await?.retained.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn snapshot(&self) -> Result<Snapshot, CommandError> {
        self.call(Capability::Snapshot, |engine, now| engine.snapshot(now))
            .await
    }

    /// Puts a snapshot in the place of everything that is in the broker. To start a broker with one, see
    /// [`Builder::restore`](crate::Builder::restore).
    ///
    /// Connected clients are disconnected, 5.0 clients with Administrative action (0x98). Their sessions go with
    /// the rest, without wills: what counts is what stands in the snapshot. Settings, counters, the journal and the clock
    /// stay; what is left of an expiry counts from now.
    ///
    /// # Errors
    /// The snapshot does not fit together ([`Snapshot::check`]), and nothing has changed; or the broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::{Broker, Injected, snapshot::Snapshot};
    ///
    /// let broker = Broker::start().await?;
    /// broker.publish(Injected::text("lamp", "on").retained()).await?;
    /// let lit = broker.snapshot().await?;
    ///
    /// broker.restore(&Snapshot::empty(7)).await?; // nothing is left …
    /// assert!(broker.state().await?.retained.is_empty());
    /// broker.restore(&lit).await?; // … and it is there again
    /// assert_eq!(broker.state().await?.retained_message("lamp").unwrap().text(), Some("on"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn restore(&self, snapshot: &Snapshot) -> Result<(), CommandError> {
        let snapshot = snapshot.clone();
        Ok(self
            .call(Capability::Snapshot, move |engine, now| {
                engine.restore(now, &snapshot)
            })
            .await??)
    }

    /// As if the broker was stopped and started again, on the same port: 5.0 clients are told Server shutting down (0x8B),
    /// every connection is closed, sessions and retained messages are kept or lost.
    ///
    /// What is kept is kept as if every connection was lost at this moment: Session Expiry Intervals and Will Delay
    /// Intervals begin, a will without delay is published, a session with an expiry of 0 ends. What is lost goes
    /// without wills. Settings, counters, the journal and the clock go on. When this returns, the old connections have
    /// ended, and clients may come back; that they do is theirs.
    ///
    /// # Errors
    /// The broker has stopped, or is away ([`Broker::outage`]).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::Restart;
    ///
    /// let broker = broker::Broker::start().await?;
    /// let addr = broker.addr();
    /// broker.publish(broker::Injected::text("lamp", "on").retained()).await?;
    ///
    /// broker.restart(Restart::KeepState).await?;
    /// assert_eq!(broker.state().await?.retained.len(), 1);
    ///
    /// broker.restart(Restart::LoseState).await?;
    /// assert_eq!(broker.state().await?.retained.len(), 0);
    /// assert_eq!(broker.addr(), addr);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn restart(&self, restart: Restart) -> Result<(), RestartError> {
        self.cut(restart, Cut::Orderly, None).await
    }

    /// The same without a word, as if the broker was killed and started again: connections are reset, what was not sent
    /// yet is lost.
    ///
    /// # Errors
    /// Those of [`Broker::restart`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::io::Read;
    /// use broker::Restart;
    ///
    /// let broker = broker::Broker::start().await?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").await?;
    /// broker.crash(Restart::LoseState).await?; // as if by `kill -9`, without a disk
    ///
    /// assert!(lamp.read_to_end(&mut Vec::new()).is_err()); // reset, and not closed in good order
    /// assert!(std::net::TcpStream::connect(broker.addr()).is_ok()); // and there again
    /// # Ok(())
    /// # }
    /// ```
    pub async fn crash(&self, restart: Restart) -> Result<(), RestartError> {
        self.cut(restart, Cut::Reset, None).await
    }

    /// As if the broker was stopped or killed: connections end as `cut` says, and who comes finds nobody listening, until the
    /// [`Outage`] is ended or dropped. Then it is there again on the same port, with or without what it had.
    ///
    /// The port stays taken all the while, so that no other program gets it. Time goes on: wills and expiries come when
    /// they are due. Everything that can be asked of a broker can be asked of it now.
    ///
    /// # Errors
    /// The broker has stopped, is away already, or the port cannot be kept.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::net::TcpStream;
    /// use broker::{Cut, Restart};
    ///
    /// let broker = broker::Broker::start().await?;
    /// let outage = broker.outage(Restart::KeepState, Cut::Reset).await?;
    /// assert!(TcpStream::connect(broker.addr()).is_err());
    ///
    /// outage.end().await?;
    /// assert!(TcpStream::connect(broker.addr()).is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn outage(&self, restart: Restart, cut: Cut) -> Result<Outage<'_>, RestartError> {
        self.require(Capability::Restart)?;
        // First, so that the doors open again if they were shut only halfway, or if nobody waits for this any more.
        let outage = Outage {
            broker: self,
            number: self.outages.fetch_add(1, Ordering::Relaxed),
            over: false,
        };
        self.cut(restart, cut, Some(outage.number)).await?;
        Ok(outage)
    }

    async fn cut(&self, restart: Restart, cut: Cut, away: Option<u64>) -> Result<(), RestartError> {
        self.require(Capability::Restart)?;
        let (answer, done) = oneshot::channel();
        self.command(Command::Restart {
            restart,
            cut,
            away,
            answer,
        });
        match done.await.map_err(|_| CommandError::Stopped)? {
            Ok(()) => Ok(()),
            Err(NoRestart::Away) => Err(RestartError::Away),
            Err(NoRestart::Listen(cause)) => Err(RestartError::Listen(cause)),
        }
    }
}

/// The time in which a broker is away; see [`Broker::outage`]. It is over when this is dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::net::TcpStream;
/// use broker::{Cut, Restart};
///
/// let broker = broker::Broker::start().await?;
/// {
///     let _away = broker.outage(Restart::KeepState, Cut::Orderly).await?;
///     assert!(TcpStream::connect(broker.addr()).is_err()); // here the program under test has to cope
/// }
/// broker.settle().await?; // behind the end of the outage
/// assert!(TcpStream::connect(broker.addr()).is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "the outage is over when this is dropped: keep it for as long as the broker is to be away"]
pub struct Outage<'a> {
    broker: &'a Broker,
    number: u64,
    over: bool,
}

impl Outage<'_> {
    /// The broker is there again when this returns.
    ///
    /// # Errors
    /// The broker has stopped, or cannot listen again.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::{Cut, Restart};
    ///
    /// let broker = broker::Broker::start().await?;
    /// let away = broker.outage(Restart::LoseState, Cut::Reset).await?;
    /// away.end().await?;
    /// std::net::TcpStream::connect(broker.addr())?; // at once
    /// # Ok(())
    /// # }
    /// ```
    pub async fn end(mut self) -> Result<(), RestartError> {
        self.over = true;
        let (answer, done) = oneshot::channel();
        self.broker.command(Command::Return(self.number, answer));
        done.await
            .map_err(|_| CommandError::Stopped)?
            .map_err(RestartError::Listen)
    }
}

impl Drop for Outage<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.broker
                .command(Command::Return(self.number, oneshot::channel().0));
        }
    }
}
