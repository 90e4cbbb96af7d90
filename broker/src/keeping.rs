//! What is kept, and what is lost: snapshots, restarts, outages.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::answer::Answer;
#[cfg(feature = "http")]
use crate::broker::Listener;
use crate::broker::{Broker, Caller};
use crate::capability::Capability;
use crate::engine::{Cut, Restart};
use crate::error::{Error, Kind};
use crate::front::Command;
use crate::snapshot::Snapshot;

impl Broker {
    /// All that outlives connections, written down. Nothing changes by it.
    ///
    /// What it holds is described in [`snapshot`](crate::snapshot).
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// let before = broker.snapshot().wait()?;
    ///
    /// broker.publish(broker::Injected::text("lamp", "on").retained()).wait()?;
    /// assert_eq!(broker.snapshot().wait()?.messages[0].topic, "lamp");
    ///
    /// broker.restore(&before).wait()?; // as it was
    /// assert!(broker.state().wait()?.retained.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn snapshot(&self) -> Answer<Snapshot> {
        self.caller
            .engine(Capability::Snapshot, |engine, now| engine.snapshot(now))
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
    /// use broker::{Broker, Injected, snapshot::Snapshot};
    ///
    /// let broker = Broker::start().wait()?;
    /// broker.publish(Injected::text("lamp", "on").retained()).wait()?;
    /// let lit = broker.snapshot().wait()?;
    ///
    /// broker.restore(&Snapshot::empty(7)).wait()?; // nothing is left …
    /// assert!(broker.state().wait()?.retained.is_empty());
    /// broker.restore(&lit).wait()?; // … and it is there again
    /// assert_eq!(broker.state().wait()?.retained_message("lamp").unwrap().text(), Some("on"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restore(&self, snapshot: &Snapshot) -> Answer<()> {
        let snapshot = snapshot.clone();
        self.caller.try_engine(Capability::Snapshot, move |engine, now| {
            engine.restore(now, &snapshot).map_err(Kind::Restore)
        })
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
    /// use broker::Restart;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let addr = broker.addr();
    /// broker.publish(broker::Injected::text("lamp", "on").retained()).wait()?;
    ///
    /// broker.restart(Restart::KeepState).wait()?;
    /// assert_eq!(broker.state().wait()?.retained.len(), 1);
    ///
    /// broker.restart(Restart::LoseState).wait()?;
    /// assert_eq!(broker.state().wait()?.retained.len(), 0);
    /// assert_eq!(broker.addr(), addr);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restart(&self, restart: Restart) -> Answer<()> {
        self.cut(restart, Cut::Orderly, (None, None))
    }

    /// The same without a word, as if the broker was killed and started again: connections are reset, what was not sent
    /// yet is lost.
    ///
    /// # Errors
    /// Those of [`Broker::restart`].
    ///
    /// ```
    /// use std::io::Read;
    /// use broker::Restart;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// broker.crash(Restart::LoseState).wait()?; // as if by `kill -9`, without a disk
    ///
    /// assert!(lamp.read_to_end(&mut Vec::new()).is_err()); // reset, and not closed in good order
    /// assert!(std::net::TcpStream::connect(broker.addr()).is_ok()); // and there again
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn crash(&self, restart: Restart) -> Answer<()> {
        self.cut(restart, Cut::Reset, (None, None))
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
    /// use std::net::TcpStream;
    /// use broker::{Cut, Restart};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let outage = broker.outage(Restart::KeepState, Cut::Reset).wait()?;
    /// assert!(TcpStream::connect(broker.addr()).is_err());
    ///
    /// outage.end().wait()?;
    /// assert!(TcpStream::connect(broker.addr()).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn outage(&self, restart: Restart, cut: Cut) -> Answer<Outage> {
        // First, so that the doors open again if they were shut only halfway, or if nobody waits for this any more.
        let outage = Outage {
            caller: self.caller.clone(),
            number: self.outages.fetch_add(1, Ordering::Relaxed),
            over: false,
        };
        let gone = self.cut(restart, cut, (Some(outage.number), None));
        Answer::new(async move { gone.await.map(|()| outage) })
    }

    /// The same for a time of the broker's clock: then it is there again by itself. The answer comes once it is away.
    ///
    /// # Errors
    /// Those of [`outage`](Broker::outage).
    ///
    /// ```
    /// use std::{net::TcpStream, time::Duration};
    /// use broker::{Cut, Restart};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// broker.clock().freeze().wait()?;
    /// broker.outage_for(Restart::KeepState, Cut::Reset, Duration::from_secs(30)).wait()?;
    /// assert!(TcpStream::connect(broker.addr()).is_err());
    ///
    /// broker.clock().advance(Duration::from_secs(30)).wait()?;
    /// assert!(TcpStream::connect(broker.addr()).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn outage_for(&self, restart: Restart, cut: Cut, lasts: Duration) -> Answer<()> {
        let number = self.outages.fetch_add(1, Ordering::Relaxed);
        self.cut(restart, cut, (Some(number), Some(lasts)))
    }

    /// Ends the outage that is under way: one that [was kept](Outage::keep), or that [lasts for a time](Broker::outage_for).
    /// Returns whether there was one; once the answer is there, clients can connect again.
    ///
    /// # Errors
    /// The broker has stopped, or cannot listen again.
    ///
    /// ```
    /// use broker::{Cut, Restart};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// broker.outage(Restart::KeepState, Cut::Reset).wait()?.keep();
    /// assert!(broker.end_outage().wait()?);
    /// assert!(!broker.end_outage().wait()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn end_outage(&self) -> Answer<bool> {
        let command = |answer| Command::Return(None, answer);
        self.caller
            .call(None, command, |done| Ok(done.map_err(Kind::Listen)?))
    }

    /// Why no client is let in now, in words, if so.
    #[cfg(feature = "http")]
    pub(crate) fn why_shut(&self) -> Answer<Option<&'static str>> {
        let is_for_clients = |listener: &&Listener| !listener.accepts().iter().all(|way| way.is_api());
        let listeners = self.listeners().iter().filter(is_for_clients);
        let names: Vec<String> = listeners.map(|listener| listener.name().to_owned()).collect();
        self.caller.disturb(None, move |machines, _| {
            Ok::<_, Error>(if machines.devices.away.get() {
                Some("the broker is away: an outage is under way")
            } else if names.iter().all(|name| machines.take_down(name)) {
                Some("every listener is down: rules want it so")
            } else {
                None
            })
        })
    }

    fn cut(&self, restart: Restart, cut: Cut, (away, lasts): (Option<u64>, Option<Duration>)) -> Answer<()> {
        let command = |answer| Command::Restart {
            restart,
            cut,
            away,
            lasts,
            answer,
        };
        self.caller
            .call(Capability::Restart, command, |done| done.map_err(Error::from))
    }
}

/// The time in which a broker is away; see [`Broker::outage`]. It is over when this is dropped.
///
/// ```
/// use std::net::TcpStream;
/// use broker::{Cut, Restart};
///
/// let broker = broker::Broker::start().wait()?;
/// {
///     let _away = broker.outage(Restart::KeepState, Cut::Orderly).wait()?;
///     assert!(TcpStream::connect(broker.addr()).is_err()); // here the program under test has to cope
/// }
/// broker.settle().wait()?; // behind the end of the outage
/// assert!(TcpStream::connect(broker.addr()).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the outage is over when this is dropped: keep it for as long as the broker is to be away"]
pub struct Outage {
    caller: Caller,
    number: u64,
    over: bool,
}

impl Outage {
    /// Ends it; once the answer is there, clients can connect again.
    ///
    /// # Errors
    /// The broker has stopped, or cannot listen again.
    ///
    /// ```
    /// use broker::{Cut, Restart};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let away = broker.outage(Restart::LoseState, Cut::Reset).wait()?;
    /// away.end().wait()?;
    /// std::net::TcpStream::connect(broker.addr())?; // at once
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn end(mut self) -> Answer<()> {
        self.over = true;
        let command = |answer| Command::Return(Some(self.number), answer);
        self.caller
            .call(None, command, |done| Ok(done.map(drop).map_err(Kind::Listen)?))
    }

    /// Lets it last until [`Broker::end_outage`].
    pub fn keep(mut self) {
        self.over = true;
    }
}

impl Drop for Outage {
    fn drop(&mut self) {
        if !self.over {
            self.caller
                .send(Command::Return(Some(self.number), oneshot::channel().0));
        }
    }
}
