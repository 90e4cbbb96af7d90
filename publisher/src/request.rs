//! A request and its answer: subscribes to the response topic, publishes, waits.

use std::future::pending;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use bytes::Bytes;
use settings::client::packet::{Filter, Publish, PublishProperties, QoS, Subscribe};
use settings::client::{Ack, Client, ClientError, Event, Message, Version};
use tokio::time::{Instant, timeout_at};

use crate::error::Error;
use crate::plan::Plan;
use crate::run::{Hooks, Report};
use crate::source::Source;

/// A request: what to publish, where the answer comes, how long to wait for it.
///
/// ```no_run
/// # async fn example() -> Result<(), publisher::Error> {
/// use publisher::{Payload, Plan, Request};
/// use settings::client::{Connection, Version};
///
/// let mut connection = Connection::to("127.0.0.1", 1883);
/// connection.version = Version::V5; // with Response Topic and Correlation Data
/// let plan = Plan::new(connection, "service/time", Payload::from(""));
/// let answer = publisher::request(Request::new(plan, "answers/me")).await?;
/// println!("{}", String::from_utf8_lossy(&answer.payload));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Request {
    /// What to publish.
    pub plan: Plan,
    /// Where the answer comes.
    pub response_topic: String,
    /// How long to wait for it, from the request on. Default 10 s.
    pub timeout: Duration,
}

impl Request {
    /// Waits 10 s.
    pub fn new(plan: Plan, response_topic: impl Into<String>) -> Self {
        Self {
            plan,
            response_topic: response_topic.into(),
            timeout: Duration::from_secs(10),
        }
    }
}

/// Asks once, and returns the answer.
///
/// With version 5 the answer is the message that carries the request's Correlation Data; before that, the first that comes
/// to the response topic and is not a retained one.
///
/// # Errors
/// [`Error`]: no connection, no answer in time, the request or the subscription refused.
pub async fn request(request: Request) -> Result<Message, Error> {
    let mut answer = None;
    let once = Request {
        plan: Plan {
            repeat: 1,
            ..request.plan
        },
        ..request
    };
    let topic = once.response_topic.clone();
    request_with(once, Hooks::default(), |message| {
        answer = Some(message);
        Ok(())
    })
    .await?;
    // With nothing to send there is nothing to wait for.
    answer.ok_or(Error::NoAnswer {
        topic,
        after: Duration::ZERO,
        others: 0,
    })
}

/// Asks once for each payload, one after the other; `answered` gets each answer.
///
/// # Errors
/// As [`request`].
pub async fn request_with(
    request: Request,
    hooks: Hooks,
    answered: impl FnMut(Message) -> std::io::Result<()>,
) -> Result<Report, Error> {
    let mut stop = hooks.stop.unwrap_or_else(|| Box::pin(pending()));
    let source = Source::open(&request.plan)?;
    let mut asking = Asking {
        request,
        answered,
        numbers: RandomState::new().build_hasher().finish(),
        done: 0,
    };
    let client = tokio::select! {
        client = Client::connect(asking.request.plan.connection.clone(), hooks.observer) => client?,
        () = &mut stop => return Err(Error::Stopped { acknowledged: 0 }),
    };
    let mut client = Some(client);
    let outcome = tokio::select! {
        outcome = asking.run(&mut client, source) => outcome,
        () = &mut stop => Err(Error::Stopped { acknowledged: asking.done }),
    };
    if let Some(client) = client
        && !matches!(outcome, Err(Error::Client(_)))
    {
        // The answer is here: how the connection ends does not matter to it.
        client.disconnect(false).await.ok();
    }
    outcome.map(|()| Report { sent: asking.done })
}

struct Asking<F> {
    request: Request,
    answered: F,
    numbers: u64,
    /// Requests that were answered.
    done: u64,
}

impl<F: FnMut(Message) -> std::io::Result<()>> Asking<F> {
    async fn run(&mut self, client: &mut Option<Client>, mut source: Source) -> Result<(), Error> {
        let Some(client) = client else { return Ok(()) };
        self.subscribe(client).await?;
        loop {
            while let Some(payload) = source.next() {
                self.ask(client, payload).await?;
                source.acknowledged(self.request.plan.qos);
            }
            if source.ended() {
                return Ok(());
            }
            // Between two requests the connection is kept alive.
            tokio::select! {
                more = source.more() => more?,
                event = client.event() => drop(event?),
            }
        }
    }

    /// Nothing is asked before the answer can arrive.
    async fn subscribe(&self, client: &mut Client) -> Result<(), Error> {
        let topic = &self.request.response_topic;
        let qos = self.request.plan.qos;
        let properties = None;
        let wanted = client.subscribe(Subscribe::new_many([Filter::new(topic.clone(), qos)], properties))?;
        loop {
            if let Event::Subscribed(id, codes, _) = client.event().await?
                && id == wanted
            {
                return match codes.first() {
                    Some(&code @ 0x80..) => Err(Error::Denied {
                        topic: topic.clone(),
                        code,
                    }),
                    _ => Ok(()),
                };
            }
        }
    }

    async fn ask(&mut self, client: &mut Client, payload: Bytes) -> Result<(), Error> {
        let plan = &self.request.plan;
        let properties = (plan.connection.version == Version::V5).then(|| {
            self.numbers = self.numbers.wrapping_add(1);
            let own = format!("{:016x}", self.numbers);
            let given = plan.properties.clone().unwrap_or_default();
            PublishProperties {
                response_topic: Some(self.request.response_topic.clone()),
                correlation_data: Some(given.correlation_data.clone().unwrap_or_else(|| own.into())),
                ..given
            }
        });
        let correlation = properties.as_ref().and_then(|all| all.correlation_data.clone());
        client.publish(Publish {
            dup: false,
            qos: plan.qos,
            retain: plan.retain,
            topic: Bytes::from(plan.topic.clone()),
            pkid: 0,
            payload,
            properties,
        })?;
        let after = self.request.timeout;
        let deadline = Instant::now() + after;
        let mut others = 0;
        loop {
            let late = |others| Error::NoAnswer {
                topic: self.request.response_topic.clone(),
                after,
                others,
            };
            let event = timeout_at(deadline, client.event())
                .await
                .map_err(|_| late(others))??;
            match event {
                Event::Message(delivery) => {
                    let message = Message::from(delivery);
                    let theirs = message
                        .properties
                        .as_ref()
                        .and_then(|all| all.correlation_data.as_ref());
                    if message.retain || message.topic != self.request.response_topic {
                        // An answer to somebody who asked before us.
                    } else if correlation.is_none() || theirs == correlation.as_ref() {
                        (self.answered)(message).map_err(Error::Output)?;
                        self.done += 1;
                        return Self::settled(client, plan.qos, deadline).await;
                    } else {
                        others += 1;
                    }
                }
                Event::Published(Ack {
                    code: code @ 0x80.., ..
                }) => {
                    return Err(Error::Refused {
                        sent: 1,
                        refused: 1,
                        code,
                    });
                }
                _ => {}
            }
        }
    }

    /// The answer may overtake the acknowledgement of the request.
    async fn settled(client: &mut Client, qos: QoS, deadline: Instant) -> Result<(), Error> {
        while qos != QoS::AtMostOnce && client.inflight() > 0 {
            match timeout_at(deadline, client.event()).await {
                Ok(event) => drop(event.map_err(|error: ClientError| error)?),
                Err(_) => break,
            }
        }
        Ok(())
    }
}
