//! `--load`: many messages from some clients, received again in the same process, in figures. For a quick try; what is
//! measured is this process and the broker together.

mod figures;
mod receive;
mod send;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use client::packet::{PublishProperties, QoS};
use client::{Client, Connection, Version};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use figures::{Figures, Latency};

use crate::error::Error;
use crate::hooks::Hooks;
use crate::progress::Counters;

/// How much to publish.
#[derive(Debug, Clone)]
pub struct Load {
    /// The connection that each client makes, with an identifier of its own.
    pub connection: Connection,
    /// Client 1 publishes to `TOPIC/1`, and so on.
    pub topic: String,
    /// Default 0.
    pub qos: QoS,
    /// Default false.
    pub retain: bool,
    /// Properties of each PUBLISH; version 5 only. Not set by default.
    pub properties: Option<PublishProperties>,
    /// How many clients publish. Default 1.
    pub clients: usize,
    /// Messages a second, all clients together. Default: as many as possible.
    pub rate: Option<u64>,
    /// Payload, at least 8 bytes: the time of sending is in it. Default 64.
    pub size_bytes: usize,
    /// Ends after this many messages, all clients together. Default never.
    pub count: Option<u64>,
    /// Ends after this long. Default 5 s.
    pub duration: Option<Duration>,
    /// Subscribe to the messages and receive them, too. Default true.
    pub receive: bool,
}

impl Load {
    /// The defaults above.
    pub fn new(connection: Connection, topic: impl Into<String>) -> Self {
        Self {
            connection,
            topic: topic.into(),
            qos: QoS::AtMostOnce,
            retain: false,
            properties: None,
            clients: 1,
            rate: None,
            size_bytes: 64,
            count: None,
            duration: Some(Duration::from_secs(5)),
            receive: true,
        }
    }

    /// The connection of client `number`, 0 for the one that receives.
    fn connection_of(&self, number: usize) -> Connection {
        let mut connection = self.connection.clone();
        if connection.version != Version::V5 || !connection.client_id.is_empty() {
            connection.client_id = format!("{}-{number}", connection.client_id);
        }
        connection
    }
}

/// Publishes, and receives, as `load` says.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let broker = broker::Broker::start().await?;
/// let connection = client::Connection::to("127.0.0.1", broker.addr().port());
/// let mut load = publisher::Load::new(connection, "load");
/// load.count = Some(1000);
/// let figures = publisher::load(load).await?;
/// assert_eq!((figures.sent, figures.received), (1000, Some(1000)));
/// println!("{figures}");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error`]: no connection, one that was lost, the subscription refused.
pub async fn load(load: Load) -> Result<Figures, Error> {
    load_with(load, Hooks::default(), &Arc::default()).await
}

pub(crate) async fn load_with(load: Load, hooks: Hooks, counters: &Arc<Counters>) -> Result<Figures, Error> {
    let mut stop = hooks.stop.unwrap_or_else(|| Box::pin(pending()));
    let clock = std::time::Instant::now();
    let (all_sent, sent) = watch::channel(None);
    let receiver = if load.receive {
        let filter = format!("{}/+", load.topic);
        Some(receive::start(load.connection_of(0), filter, load.qos, clock, sent).await?)
    } else {
        None
    };
    let mut clients = Vec::new();
    for number in 1..=load.clients {
        let client = tokio::select! {
            client = Client::connect(load.connection_of(number), None) => client?,
            () = &mut stop => return Err(Error::Stopped { acknowledged: 0 }),
        };
        clients.push(client);
    }
    // All clients are connected now, so the figures leave that time out.
    let start = Instant::now();
    let (end, ended) = watch::channel(false);
    let mut senders = JoinSet::new();
    for (number, client) in clients.into_iter().enumerate() {
        let share = |all: u64| {
            let (all, clients, number) = (all, load.clients as u64, number as u64);
            all / clients + u64::from(number < all % clients)
        };
        let sender = send::Sender {
            topic: format!("{}/{}", load.topic, number + 1),
            load: load.clone(),
            count: load.count.map(share),
            // Each client's messages are spread evenly over the time.
            pace: load
                .rate
                .map(|rate| Duration::from_secs(1).mul_f64(load.clients as f64 / rate as f64)),
            deadline: load.duration.map(|duration| start + duration),
            start,
            clock,
            ended: ended.clone(),
            counters: Arc::clone(counters),
        };
        senders.spawn(sender.run(client));
    }
    let mut done = send::Done::default();
    let mut stopped = false;
    loop {
        tokio::select! {
            next = senders.join_next() => match next {
                // A panic of a sender is a bug of ours, so no figures are returned.
                Some(finished) => done.add(&finished.map_err(|error| Error::Output(std::io::Error::other(error)))??),
                None => break,
            },
            () = &mut stop, if !stopped => {
                stopped = true;
                end.send(true).ok();
            }
        }
    }
    let took = start.elapsed();
    all_sent.send(Some(done.sent - done.refused)).ok();
    let received = match receiver {
        None => None,
        Some(receiver) => Some(receiver.await.map_err(|_| receive::gone())??),
    };
    debug_assert_eq!(counters.sent.load(Ordering::Relaxed), done.sent);
    Ok(Figures::new(&load, &done, took, received))
}
