//! The connection that messages go out on: opened, made again when it is lost, ended.

use std::future::pending;
use std::time::Duration;

use client::packet::Subscribe;
use client::{Ack, Client, ClientError, Connection};
use tokio::time::timeout;

use crate::error::Error;
use crate::hooks::{Hooks, Notice, Stop};
use crate::run::Report;
use crate::tally::Tally;

/// How long a goodbye may take once all work is done.
pub(crate) const GOODBYE: Duration = Duration::from_secs(1);

/// A connection, and who is told about it.
pub(crate) struct Link {
    pub(crate) client: Client,
    reconnect: bool,
    notice: Option<Box<dyn FnMut(Notice)>>,
}

impl Link {
    /// Connects, and returns the future that ends the work. With `reconnect`, a connection that is lost later is made
    /// again. The first connection is tried only once, because the address is probably wrong if it fails.
    pub(crate) async fn open(
        connection: &Connection,
        reconnect: bool,
        hooks: Hooks,
    ) -> Result<(Self, Stop), Error> {
        let Hooks {
            observer,
            notice,
            written,
            stop,
        } = hooks;
        let mut stop = stop.unwrap_or_else(|| Box::pin(pending()));
        let mut client = tokio::select! {
            client = Client::connect(connection.clone(), observer) => client?,
            () = &mut stop => return Err(Error::Stopped { acknowledged: 0 }),
        };
        if let Some(written) = written {
            client.count_written(written);
        }
        let link = Self {
            client,
            reconnect,
            notice,
        };
        Ok((link, stop))
    }

    pub(crate) fn tell(&mut self, notice: Notice) {
        if let Some(tell) = &mut self.notice {
            tell(notice);
        }
    }

    /// A message of QoS 1 or 2 is acknowledged, with any code.
    pub(crate) fn acknowledged(&mut self, ack: Ack, tally: &mut Tally) {
        tally.acknowledged(&ack);
        if ack.code >= 0x80 {
            self.tell(Notice::Refused(ack));
        }
    }

    /// Makes the connection again that `error` has ended, and subscribes to `again`.
    pub(crate) async fn reconnect(
        &mut self,
        error: ClientError,
        again: Option<&Subscribe>,
    ) -> Result<(), ClientError> {
        if !self.reconnect {
            return Err(error);
        }
        let Self { client, notice, .. } = self;
        let waiting = |error: &ClientError, wait| {
            if let Some(notice) = notice {
                notice(Notice::Reconnecting {
                    error: error.to_string(),
                    wait,
                });
            }
        };
        client.reconnect_with_backoff(error, again, waiting).await?;
        let (again, session_present) = (self.client.inflight(), self.client.session_present());
        self.tell(Notice::Reconnected {
            again,
            session_present,
        });
        Ok(())
    }

    /// As [`reconnect`](Self::reconnect), unless `stop` comes first. Messages of QoS 0 are not sent again, because it
    /// is not known which were lost. `unsent` more messages are to be sent.
    pub(crate) async fn recover(
        &mut self,
        error: ClientError,
        tally: &Tally,
        unsent: u64,
        stop: &mut Stop,
    ) -> Result<(), Error> {
        tokio::select! {
            connected = self.reconnect(error, None) => connected.map_err(|error| tally.ended_by(error, unsent)),
            () = stop => Err(tally.stopped()),
        }
    }

    /// Says goodbye early because of `error`, unless the error has ended the connection. A fault on this side must
    /// not make the broker publish the will.
    pub(crate) async fn abandon(self, error: Error) -> Error {
        let ended = match &error {
            Error::Client(source) | Error::Unacknowledged { source, .. } => {
                !matches!(source, ClientError::Unsendable(_))
            }
            _ => false,
        };
        if ended {
            return error;
        }
        match timeout(GOODBYE, self.client.disconnect(false)).await {
            Ok(Err(end)) if matches!(error, Error::Stopped { .. }) => end.into(),
            // A peer that reads nothing more must not keep the program from stopping.
            _ => error,
        }
    }

    /// Says goodbye. All messages of QoS 1 and 2 are acknowledged, so it no longer matters how the connection ends.
    pub(crate) async fn finish(self, tally: &Tally) -> Result<Report, Error> {
        match self.client.disconnect(false).await {
            Err(error) if tally.depends_on_the_end() => Err(tally.ended_by(error, 0)),
            _ => tally.report(),
        }
    }
}
