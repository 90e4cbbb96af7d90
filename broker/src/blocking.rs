//! The blocking twin of [`crate::Broker`], for plain `#[test]` functions and other code without async.

use std::net::SocketAddr;

use tokio::sync::oneshot;

use crate::broker::{CommandError, Report};
use crate::capability::{self, Capability};
use crate::engine::{Engine, Injected, Stats};
use crate::front::StartError;
use crate::wire::ReasonCode;

pub use crate::reading::blocking::{BrokerJournal, Tail};

/// A running broker, used without async. Otherwise the same as [`crate::Broker`]; dropping it stops it.
///
/// ```
/// let broker = broker::blocking::Broker::start()?;
/// let stream = std::net::TcpStream::connect(broker.addr())?;
/// # drop(stream);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Its calls wait; inside async code they would panic: use [`crate::Broker`] there.
#[derive(Debug)]
#[must_use = "a broker stops when it is dropped: keep it in a variable for as long as it is needed"]
pub struct Broker {
    inner: crate::Broker,
}

impl Broker {
    /// Starts a broker with default settings on a free port of 127.0.0.1; ready when this returns.
    pub fn start() -> Result<Self, StartError> {
        Self::start_with(crate::Broker::builder())
    }

    /// Starts what `builder` describes.
    pub fn start_with(builder: crate::Builder) -> Result<Self, StartError> {
        Ok(Self {
            inner: builder.start_blocking()?,
        })
    }

    /// See [`crate::Broker::addr`].
    pub fn addr(&self) -> SocketAddr {
        self.inner.addr()
    }

    /// See [`crate::Broker::addrs`].
    pub fn addrs(&self) -> &[SocketAddr] {
        self.inner.addrs()
    }

    /// See [`crate::Broker::url`].
    pub fn url(&self) -> String {
        self.inner.url()
    }

    /// See [`crate::Broker::engine`].
    pub fn engine(&self) -> capability::Engine {
        self.inner.engine()
    }

    /// See [`crate::Broker::capabilities`].
    pub fn capabilities(&self) -> impl Iterator<Item = (Capability, capability::Support)> + use<> {
        self.inner.capabilities()
    }

    /// See [`crate::Broker::publish`].
    pub fn publish(&self, message: Injected) -> Result<usize, CommandError> {
        let work = |engine: &mut Engine, now| engine.publish(now, message);
        Ok(wait_engine(self.inner.send_engine(Capability::Inject, work)?)??)
    }

    /// See [`crate::Broker::disconnect`].
    pub fn disconnect(&self, client_id: &str, reason: ReasonCode) -> Result<bool, CommandError> {
        let client_id = client_id.to_owned();
        let work = move |engine: &mut Engine, now| engine.disconnect(now, &client_id, reason);
        wait_engine(self.inner.send_engine(Capability::Administration, work)?)
    }

    /// See [`crate::Broker::clear_retained`].
    pub fn clear_retained(&self) -> Result<usize, CommandError> {
        let work = |engine: &mut Engine, _| engine.clear_retained();
        wait_engine(self.inner.send_engine(Capability::ClearRetained, work)?)
    }

    /// See [`crate::Broker::stats`].
    pub fn stats(&self) -> Result<Stats, CommandError> {
        wait(self.inner.send(|backend| backend.stats()))
    }

    /// See [`crate::Broker::journal`].
    pub fn journal(&self) -> BrokerJournal {
        BrokerJournal(self.inner.journal())
    }

    /// See [`crate::Broker::shutdown`].
    pub fn shutdown(mut self) -> Report {
        self.inner.commands = None;
        let report = self
            .inner
            .report
            .take()
            .and_then(|report| report.blocking_recv().ok());
        self.inner.join();
        report.unwrap_or_default()
    }
}

fn wait_engine<R>(answer: oneshot::Receiver<Option<R>>) -> Result<R, CommandError> {
    wait(answer)?.ok_or(CommandError::Stopped)
}

fn wait<R>(answer: oneshot::Receiver<R>) -> Result<R, CommandError> {
    answer.blocking_recv().map_err(|_| CommandError::Stopped)
}
