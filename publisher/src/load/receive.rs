//! The client that receives what the others publish, and sees how long it took.

use std::time::Duration;

use client::packet::{Filter, QoS, Subscribe};
use client::{Client, Connection, Delivery, Event};
use hdrhistogram::Histogram;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep_until};

use crate::error::Error;

/// How long to wait for one more message after the senders' last one, or after the last one that arrived.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) struct Receiver {
    client: Client,
    clock: std::time::Instant,
}

/// What arrived.
pub(super) struct Received {
    pub(super) count: u64,
    /// Nanoseconds from sending to receiving.
    pub(super) latency: Histogram<u64>,
}

/// Starts a receiver in a thread of its own, so that senders and it do not wait for each other; returns once it has
/// subscribed. What it received comes at the end.
pub(super) async fn start(
    connection: Connection,
    filter: String,
    qos: QoS,
    clock: std::time::Instant,
    sent: watch::Receiver<Option<u64>>,
) -> Result<oneshot::Receiver<Result<Received, Error>>, Error> {
    let (ready, subscribed) = oneshot::channel();
    let (done, received) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Output)?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            match Receiver::subscribe(connection, &filter, qos, clock).await {
                Err(error) => drop(ready.send(Err(error))),
                Ok(receiver) => {
                    // If the caller is gone, the messages are not wanted either.
                    if ready.send(Ok(())).is_ok() {
                        done.send(receiver.run(sent).await).ok();
                    }
                }
            }
        });
    });
    subscribed.await.map_err(|_| gone())??;
    Ok(received)
}

/// The receiver's thread has ended without a word: it has panicked, which is a bug of ours.
pub(super) fn gone() -> Error {
    Error::Output(std::io::Error::other("the receiver has ended"))
}

impl Receiver {
    /// Connected, and subscribed to `filter`.
    pub(super) async fn subscribe(
        connection: Connection,
        filter: &str,
        qos: QoS,
        clock: std::time::Instant,
    ) -> Result<Self, Error> {
        let mut client = Client::connect(connection, None).await?;
        client.subscribe(Subscribe::new_many([Filter::new(filter, qos)], None))?;
        loop {
            // What an earlier run left behind is passed over.
            if let Event::Subscribed(_, codes, _) = client.event().await? {
                return match codes.first() {
                    Some(&code @ 0x80..) => Err(Error::Denied {
                        topic: filter.to_owned(),
                        code,
                    }),
                    _ => Ok(Self { client, clock }),
                };
            }
        }
    }

    /// Receives until all that was sent has come, or nothing more comes.
    pub(super) async fn run(mut self, mut sent: watch::Receiver<Option<u64>>) -> Result<Received, Error> {
        // Three digits are enough for percentiles; no message waits longer than an hour.
        let latency = Histogram::new_with_bounds(1, 3_600_000_000_000, 3);
        let latency = latency.map_err(|error| Error::Output(std::io::Error::other(error)))?;
        let mut received = Received { count: 0, latency };
        let mut last = Instant::now();
        loop {
            let expected = *sent.borrow();
            if expected.is_some_and(|count| received.count >= count) {
                break;
            }
            tokio::select! {
                event = self.client.event() => {
                    if let Event::Message(delivery) = event? {
                        last = Instant::now();
                        self.count(&delivery, &mut received);
                    }
                }
                changed = sent.changed(), if expected.is_none() => {
                    last = Instant::now();
                    if changed.is_err() {
                        break;
                    }
                }
                () = sleep_until(last + PATIENCE), if expected.is_some() => break,
            }
        }
        self.client.disconnect(false).await.ok();
        Ok(received)
    }

    fn count(&self, delivery: &Delivery, received: &mut Received) {
        // A retained message is of an earlier run.
        let Some(sent) = delivery
            .publish
            .payload
            .first_chunk::<8>()
            .filter(|_| !delivery.publish.retain)
        else {
            return;
        };
        received.count += 1;
        let now = self.clock.elapsed().as_nanos() as u64;
        received
            .latency
            .saturating_record(now.saturating_sub(u64::from_be_bytes(*sent)));
    }
}
