//! The plan carried out.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use bytes::Bytes;
use settings::client::packet::{Publish, QoS};
use settings::client::{Ack, Client, ClientError, Event, Observer};

use tokio::time::sleep;

use crate::error::Error;
use crate::plan::Plan;
use crate::source::Source;

/// The longest wait between two attempts to connect again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// How many messages were sent and, at QoS 1 and 2, accepted by the broker.
    pub sent: u64,
}

/// Something worth telling while the plan is carried out.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Notice {
    /// The broker acknowledged a message with a reason code that says no (version 5).
    Refused(Ack),
    /// A recording has properties, and the connection's version of MQTT has none: they are left out. Told once.
    PropertiesLeftOut,
    /// The connection was lost; the next attempt comes after `wait`.
    Reconnecting {
        /// Why.
        error: String,
        /// How long until the next attempt.
        wait: Duration,
    },
    /// The connection is back; this many messages are being sent again.
    Reconnected {
        /// How many messages of QoS 1 and 2 were not acknowledged.
        again: usize,
        /// The broker kept the session.
        session_present: bool,
    },
}

/// What the caller wants to see and to decide while the plan is carried out; the default is nothing.
#[derive(Default)]
pub struct Hooks {
    /// Sees every packet.
    pub observer: Option<Observer>,
    /// Is told what is worth telling.
    pub notice: Option<Box<dyn FnMut(Notice)>>,
    /// Counts the bytes that the socket takes.
    pub written: Option<Arc<AtomicU64>>,
    /// When this is ready, the run ends with a clean DISCONNECT and [`Error::Stopped`].
    pub stop: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

/// Publishes what `plan` says; returns once everything is acknowledged and DISCONNECT is written.
///
/// # Errors
/// [`Error`]: no connection, not everything acknowledged, a message refused, a payload that cannot be read.
pub async fn run(plan: Plan) -> Result<Report, Error> {
    run_with(plan, Hooks::default()).await
}

/// As [`run`], with [`Hooks`].
///
/// # Errors
/// As [`run`].
pub async fn run_with(plan: Plan, hooks: Hooks) -> Result<Report, Error> {
    let Hooks {
        observer,
        mut notice,
        written,
        stop,
    } = hooks;
    let mut stop = stop.unwrap_or_else(|| Box::pin(pending()));
    // A payload that cannot be read must not cost a connection.
    let mut source = Source::open(&plan)?;
    let mut client = tokio::select! {
        client = Client::connect(plan.connection.clone(), observer) => client?,
        () = &mut stop => return Err(Error::Stopped { acknowledged: 0 }),
    };
    if let Some(written) = written {
        client.count_written(written);
    }
    let mut tally = Tally::default();
    let mut topic = Bytes::from(plan.topic.clone());
    loop {
        while client.has_room(plan.qos)
            && let Some(payload) = source.next()
        {
            let publish = Publish {
                dup: false,
                qos: plan.qos,
                retain: plan.retain,
                topic: topic.clone(),
                pkid: 0,
                payload,
                properties: plan.properties.clone(),
            };
            client.publish(publish)?;
            tally.handed_over += 1;
            if plan
                .properties
                .as_ref()
                .is_some_and(|properties| properties.topic_alias.is_some())
            {
                // The alias stands for the topic from now on. [MQTT5-3.3.2-9]
                topic = Bytes::new();
            }
        }
        if source.ended() && client.inflight() == 0 {
            break;
        }
        // Reading ahead of what the broker takes would fill the memory.
        let hungry = client.has_room(plan.qos) && !source.ended();
        tokio::select! {
            event = client.event() => match event {
                Ok(event) => tally.count(event, &mut source, plan.qos, &mut notice),
                Err(error) if plan.reconnect && error.is_transient() => {
                    // At QoS 0 nobody can say what of it was lost, so nobody can send it again.
                    let retried = tokio::select! {
                        retried = reconnect(&mut client, error, &mut notice) => retried,
                        () = &mut stop => return Err(Error::Stopped { acknowledged: tally.accepted }),
                    };
                    retried.map_err(|error| tally.ended_by(error, plan.qos))?;
                    topic = Bytes::from(plan.topic.clone());
                }
                Err(error) => return Err(tally.ended_by(error, plan.qos)),
            },
            more = source.more(), if hungry => more?,
            () = &mut stop => {
                let acknowledged = if plan.qos == QoS::AtMostOnce { tally.handed_over } else { tally.accepted };
                client.disconnect(false).await?;
                return Err(Error::Stopped { acknowledged });
            }
        }
    }
    // Everything of QoS 1 and 2 is acknowledged: how the connection ends no longer matters to it.
    if let Err(error) = client.disconnect(false).await
        && plan.qos == QoS::AtMostOnce
    {
        return Err(tally.ended_by(error, plan.qos));
    }
    tally.report()
}

/// Tries until it succeeds or cannot any more, waiting longer each time.
async fn reconnect(
    client: &mut Client,
    mut error: ClientError,
    notice: &mut Option<Box<dyn FnMut(Notice)>>,
) -> Result<(), ClientError> {
    let mut tell = |told| {
        if let Some(notice) = notice {
            notice(told);
        }
    };
    let mut wait = Duration::from_secs(1);
    loop {
        tell(Notice::Reconnecting {
            error: error.to_string(),
            wait,
        });
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
        match client.reconnect().await {
            Ok(()) => break,
            Err(again) if again.is_transient() => error = again,
            Err(fatal) => return Err(fatal),
        }
    }
    tell(Notice::Reconnected {
        again: client.inflight(),
        session_present: client.session_present(),
    });
    Ok(())
}

/// What was handed over, and what became of it.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) handed_over: u64,
    pub(crate) accepted: u64,
    refused: u64,
    first_refusal: u8,
}

impl Tally {
    fn count(
        &mut self,
        event: Event,
        source: &mut Source,
        qos: QoS,
        notice: &mut Option<Box<dyn FnMut(Notice)>>,
    ) {
        let Event::Published(ack) = event else { return };
        source.acknowledged(qos);
        self.acknowledged(ack, notice);
    }

    /// A message is acknowledged, with whatever code.
    pub(crate) fn acknowledged(&mut self, ack: Ack, notice: &mut Option<Box<dyn FnMut(Notice)>>) {
        if ack.code < 0x80 {
            self.accepted += 1;
            return;
        }
        if self.refused == 0 {
            self.first_refusal = ack.code;
        }
        self.refused += 1;
        if let Some(notice) = notice {
            notice(Notice::Refused(ack));
        }
    }

    pub(crate) fn ended_by(&self, source: ClientError, qos: QoS) -> Error {
        let waiting = match qos {
            // Nobody can say which of them arrived.
            QoS::AtMostOnce => self.handed_over,
            _ => self.handed_over - self.accepted - self.refused,
        };
        if waiting == 0 {
            source.into()
        } else {
            Error::Unacknowledged {
                sent: self.handed_over,
                waiting,
                source,
            }
        }
    }

    pub(crate) fn report(&self) -> Result<Report, Error> {
        if self.refused > 0 {
            return Err(Error::Refused {
                sent: self.handed_over,
                refused: self.refused,
                code: self.first_refusal,
            });
        }
        Ok(Report {
            sent: self.handed_over,
        })
    }
}
