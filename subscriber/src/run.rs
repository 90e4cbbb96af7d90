//! The plan carried out.

use std::future::{Future, pending};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::pin::Pin;
use std::time::Duration;

use client::packet::{Publish, QoS, Subscribe, Unsubscribe};
use client::{Client, ClientError, Delivery, Event, Message, Observer, matches_filter};
use tokio::task::{unconstrained, yield_now};
use tokio::time::{Instant, sleep_until, timeout};

use crate::error::Error;
use crate::plan::Plan;
use crate::sink::{Notice, Sink};

/// How long a goodbye may take: a peer that takes nothing more must not hold the program.
const GOODBYE: Duration = Duration::from_secs(1);

/// After so many events in a row the clock and the signals have their turn, even if more could be read at once.
const TURN: usize = 1024;

/// How a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// [`Plan::count`] messages were handed on.
    Count,
    /// SUBACK came, and [`Plan::exit_after_subscribe`] asked to end there.
    Subscribed,
    /// A message came that was not retained, and [`Plan::retained_only`] asked to end there.
    NotRetained,
    /// [`Hooks::stop`] was ready.
    Stopped,
    /// The sink [wants no more](Sink::wants_more).
    Satisfied,
    /// [`Plan::within`] ran out.
    TimeUp,
}

impl End {
    /// In a word, for programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Subscribed => "subscribed",
            Self::NotRetained => "not_retained",
            Self::Stopped => "stopped",
            Self::Satisfied => "satisfied",
            Self::TimeUp => "time_up",
        }
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// How many messages were handed to the sink.
    pub received: u64,
    /// Why the run ended.
    pub end: End,
}

/// What the caller wants to see and to decide while the plan is carried out; the default is nothing.
#[derive(Default)]
pub struct Hooks {
    /// Sees every packet.
    pub observer: Option<Observer>,
    /// When this is ready, the run ends with a clean DISCONNECT.
    pub stop: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

/// Subscribes, and hands each message to `sink` until the plan ends.
///
/// # Errors
/// [`Error`]: no connection, every filter refused, time ran out.
pub async fn run(plan: Plan, sink: impl Sink) -> Result<Report, Error> {
    run_with(plan, sink, Hooks::default()).await
}

/// As [`run`], with [`Hooks`].
///
/// # Errors
/// As [`run`].
pub async fn run_with(plan: Plan, sink: impl Sink, hooks: Hooks) -> Result<Report, Error> {
    let mut stop = hooks.stop.unwrap_or_else(|| Box::pin(pending()));
    let (limit, within) = (plan.timeout, plan.within);
    let begin = Instant::now();
    let late = until(limit.map(|limit| begin + limit));
    let mut run = Run {
        plan,
        sink,
        client: None,
        received: 0,
        end: None,
        clearing: 0,
        random: Random::new(),
        subscribed: false,
        deadline: within.map(|within| begin + within),
    };
    // Messages already here are handed on before the clock and the signals are asked.
    let outcome = tokio::select! {
        biased;
        outcome = run.drive(hooks.observer) => outcome,
        () = unconstrained(&mut stop) => Ok(End::Stopped),
        () = late => Err(Error::TimedOut { after: limit.unwrap_or_default(), received: run.received }),
    };
    run.sink.flush().map_err(Error::Sink)?;
    if let Some(client) = run.client.take() {
        let closed = timeout(GOODBYE, client.disconnect(false)).await;
        // Acknowledgements that were not written would bring messages again, to the next run of this session.
        if let (Ok(_), Ok(closed)) = (&outcome, closed) {
            closed.or_else(|error| if error.is_transient() { Ok(()) } else { Err(error) })?;
        }
    }
    Ok(Report {
        received: run.received,
        end: outcome?,
    })
}

/// Waits until that time, or for ever without one. A connection that always has something to read cannot hold it up.
async fn until(time: Option<Instant>) {
    match time {
        Some(time) => unconstrained(sleep_until(time)).await,
        None => pending().await,
    }
}

/// What comes of `work`, if it ends before `deadline`.
async fn in_time<T>(deadline: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = until(deadline) => None,
    }
}

struct Run<S> {
    plan: Plan,
    sink: S,
    client: Option<Client>,
    received: u64,
    /// Decided; only the acknowledgements of `clearing` are still waited for.
    end: Option<End>,
    /// How many retained messages are being cleared.
    clearing: usize,
    random: Random,
    /// SUBACK has come.
    subscribed: bool,
    /// When [`Plan::within`] runs out: it counts from the beginning, and once more from SUBACK on.
    deadline: Option<Instant>,
}

/// Enough randomness to choose messages: xorshift, seeded by the system.
struct Random(u64);

impl Random {
    fn new() -> Self {
        Self(RandomState::new().build_hasher().finish() | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

impl<S: Sink> Run<S> {
    async fn drive(&mut self, observer: Option<Observer>) -> Result<End, Error> {
        let connecting = Client::connect(self.plan.connection.clone(), observer);
        let Some(client) = in_time(self.deadline, connecting).await else {
            return self.time_up("no connection");
        };
        self.client = Some(client?);
        self.subscribe()?;
        let every = self.sink.ticks_every();
        let mut tick = every.map(|every| Instant::now() + every);
        let mut in_a_row = 0;
        loop {
            if let (Some(due), Some(every)) = (&mut tick, every)
                && *due <= Instant::now()
            {
                *due += every;
                self.sink.tick().map_err(Error::Sink)?;
            }
            let Some(client) = &mut self.client else {
                return Ok(End::Stopped);
            };
            if !client.has_event() {
                // A reader at the other end of a pipe sees each message when it arrives.
                self.sink.flush().map_err(Error::Sink)?;
                if in_a_row >= TURN {
                    in_a_row = 0;
                    yield_now().await;
                    if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                        return self.time_up("no SUBACK");
                    }
                }
            }
            in_a_row += 1;
            let event = match (self.deadline, tick) {
                (None, None) => client.event().await,
                // What has arrived in time is handed on before time is up.
                (deadline, tick) => tokio::select! {
                    biased;
                    event = client.event() => event,
                    () = until(deadline) => return self.time_up("no SUBACK"),
                    () = until(tick) => continue,
                },
            };
            match event {
                Ok(event) => {
                    self.handle(event)?;
                    if self.end.is_none() && !self.sink.wants_more() {
                        self.end = Some(End::Satisfied);
                    }
                    if let Some(end) = self.end
                        && self.clearing == 0
                    {
                        return Ok(end);
                    }
                }
                Err(error) if self.plan.reconnect => {
                    let again = in_time(self.deadline, self.reconnect(error));
                    let Some(connected) = again.await else {
                        return self.time_up("no connection");
                    };
                    connected?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// [`Plan::within`] has run out. Without a subscription no message could come, so nothing is known about the
    /// expected ones.
    fn time_up(&self, waiting_for: &'static str) -> Result<End, Error> {
        match self.plan.within {
            Some(after) if !self.subscribed => Err(Error::Client(ClientError::Timeout {
                address: self.plan.connection.address.to_string(),
                after,
                waiting_for,
            })),
            _ => Ok(End::TimeUp),
        }
    }

    fn subscribe(&mut self) -> Result<(), ClientError> {
        let Some(client) = &mut self.client else {
            return Ok(());
        };
        if !self.plan.filters.is_empty() {
            client.subscribe(Subscribe::new_many(
                self.plan.filters.iter().cloned(),
                self.plan.subscribe_properties.clone(),
            ))?;
        }
        for filter in &self.plan.unsubscribe {
            client.unsubscribe(Unsubscribe {
                pkid: 0,
                filters: vec![filter.clone()],
                properties: None,
            })?;
        }
        Ok(())
    }

    fn handle(&mut self, event: Event) -> Result<(), Error> {
        match event {
            Event::Message(delivery) => self.message(delivery),
            Event::Subscribed(id, codes, reason) => {
                let filters = self.plan.filters.iter().map(|filter| filter.path.clone());
                let granted: Vec<_> = filters.zip(codes.iter().copied()).collect();
                self.sink.notice(Notice::Subscribed { id, granted, reason });
                match codes.first() {
                    Some(&code) if codes.iter().all(|code| *code >= 0x80) => Err(Error::Denied { code }),
                    _ => {
                        if !self.subscribed {
                            self.subscribed = true;
                            self.deadline = self.plan.within.map(|within| Instant::now() + within);
                        }
                        if self.plan.exit_after_subscribe {
                            self.end = Some(End::Subscribed);
                        }
                        Ok(())
                    }
                }
            }
            Event::Published(_) => {
                self.clearing = self.clearing.saturating_sub(1);
                Ok(())
            }
            Event::Unsubscribed(..) | Event::Drained => Ok(()),
        }
    }

    fn message(&mut self, delivery: Delivery) -> Result<(), Error> {
        if self.end.is_some() {
            return Ok(());
        }
        let message = Message::from(delivery);
        if self.plan.retained_only && !message.retain {
            self.end = Some(End::NotRetained);
            return Ok(());
        }
        if self.plan.no_retain && message.retain {
            return Ok(());
        }
        if self
            .plan
            .filter_out
            .iter()
            .any(|filter| matches_filter(filter, &message.topic))
        {
            return Ok(());
        }
        if self.plan.remove_retained
            && message.retain
            && let Some(client) = &mut self.client
        {
            let mut clear = Publish::new(message.topic.clone(), QoS::AtLeastOnce, "", None);
            clear.retain = true;
            client.publish(clear)?;
            self.clearing += 1;
        }
        // As mosquitto_sub counts it, a message that chance leaves out still counts for -C.
        if self.plan.chance >= 10_000 || self.random.next() % 10_000 < u64::from(self.plan.chance) {
            self.sink.message(message).map_err(Error::Sink)?;
        }
        self.received += 1;
        if self.plan.count == Some(self.received) {
            self.end = Some(End::Count);
        }
        Ok(())
    }

    /// Connects and subscribes again.
    async fn reconnect(&mut self, error: ClientError) -> Result<(), Error> {
        // While the connection is gone, messages that have arrived are not held back.
        self.sink.flush().map_err(Error::Sink)?;
        // A connection that is only half made when time is up needs no goodbye.
        let Some(mut client) = self.client.take() else {
            return Ok(());
        };
        let sink = &mut self.sink;
        let waiting = |error: &ClientError, wait| {
            sink.notice(Notice::Reconnecting {
                error: error.to_string(),
                wait,
            });
        };
        client.reconnect_with_backoff(error, None, waiting).await?;
        let session_present = client.session_present();
        self.client = Some(client);
        if !session_present {
            // [MQTT5-3.1.2-4] A new session has no subscriptions.
            self.subscribe()?;
        }
        self.sink.notice(Notice::Reconnected { session_present });
        Ok(())
    }
}
