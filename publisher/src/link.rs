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

/// How long a goodbye may take that does not matter to what is done.
pub(crate) const GOODBYE: Duration = Duration::from_secs(1);

/// A connection, and who is told about it.
pub(crate) struct Link {
    pub(crate) client: Client,
    reconnect: bool,
    notice: Option<Box<dyn FnMut(Notice)>>,
}

impl Link {
    /// Connects; what ends the work is handed back. With `reconnect`, the connection is made again when it is lost later:
    /// where there is none to begin with, the address is more likely wrong.
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

    /// A message of QoS 1 or 2 is acknowledged, with whatever code.
    pub(crate) fn acknowledged(&mut self, ack: Ack, tally: &mut Tally) {
        tally.acknowledged(&ack);
        if ack.code >= 0x80 {
            self.tell(Notice::Refused(ack));
        }
    }

    /// Makes the connection again, which `error` has ended, and the subscription `again`.
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

    /// As [`reconnect`](Self::reconnect), unless `stop` comes first. What was sent at QoS 0 is not sent again: nobody can say
    /// what of it was lost. `unsent` more messages are to be sent.
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

    /// Says goodbye before everything is done, because of `error`, unless that has ended the connection: what goes wrong on
    /// this side must not have the broker publish the will.
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
            // A peer that takes nothing more must not hold who wants to stop.
            _ => error,
        }
    }

    /// Says goodbye; everything of QoS 1 and 2 is acknowledged, so that how the connection ends no longer matters to it.
    pub(crate) async fn finish(self, tally: &Tally) -> Result<Report, Error> {
        match self.client.disconnect(false).await {
            Err(error) if tally.depends_on_the_end() => Err(tally.ended_by(error, 0)),
            _ => tally.report(),
        }
    }
}
