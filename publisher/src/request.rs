//! A request and its answer: subscribes to the response topic, publishes, waits.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use bytes::Bytes;
use client::packet::{Filter, Publish, PublishProperties, QoS, Subscribe};
use client::{Ack, ClientError, Event, Message, Version};
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::Error;
use crate::hooks::Hooks;
use crate::link::{GOODBYE, Link};
use crate::plan::Plan;
use crate::run::Report;
use crate::source::Source;

/// A request: what to publish, where the answer comes, how long to wait for it.
///
/// ```no_run
/// # async fn example() -> Result<(), publisher::Error> {
/// use publisher::{Payload, Plan, Request};
/// use client::{Connection, Version};
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
    /// What to publish. With [`Plan::reconnect`], a lost connection is made again and the response topic subscribed to again;
    /// the request is sent again as its QoS says: at QoS 0 never, at QoS 1 and 2 until it is acknowledged.
    pub plan: Plan,
    /// Where the answer comes.
    pub response_topic: String,
    /// How long to wait for it, from the request on; connecting and subscribing may take as long before that. Default 10 s.
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
        lost: None,
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
    let source = Source::open(&request.plan)?;
    let plan = &request.plan;
    let deadline = Instant::now() + request.timeout;
    let mut connection = plan.connection.clone();
    connection.timeout = connection.timeout.min(request.timeout);
    let (link, mut stop) = Link::open(&connection, plan.reconnect, hooks).await?;
    let filter = Filter::new(request.response_topic.clone(), plan.qos);
    let mut asking = Asking {
        subscription: Subscribe::new_many([filter], None),
        request,
        answered,
        link,
        connected: true,
        numbers: RandomState::new().build_hasher().finish(),
        done: 0,
    };
    let outcome = tokio::select! {
        outcome = asking.run(source, deadline) => outcome,
        () = &mut stop => Err(Error::Stopped { acknowledged: asking.done }),
    };
    if asking.connected {
        // The answer is here, so it does not matter how the connection ends.
        timeout(GOODBYE, asking.link.client.disconnect(false)).await.ok();
    }
    outcome.map(|()| Report { sent: asking.done })
}

struct Asking<F> {
    request: Request,
    subscription: Subscribe,
    answered: F,
    link: Link,
    /// Not while the connection is made again, nor after that has failed.
    connected: bool,
    numbers: u64,
    /// Requests that were answered.
    done: u64,
}

impl<F: FnMut(Message) -> std::io::Result<()>> Asking<F> {
    async fn run(&mut self, mut source: Source, deadline: Instant) -> Result<(), Error> {
        match timeout_at(deadline, self.subscribe()).await {
            Ok(subscribed) => subscribed?,
            Err(_) => {
                return Err(Error::Client(ClientError::Timeout {
                    address: self.request.plan.connection.address.to_string(),
                    after: self.request.timeout,
                    waiting_for: "no SUBACK",
                }));
            }
        }
        loop {
            while let Some(payload) = source.next() {
                self.ask(payload).await?;
                source.acknowledged(self.request.plan.qos);
            }
            if source.ended() {
                return Ok(());
            }
            // Between two requests the connection is kept alive.
            tokio::select! {
                more = source.more() => more?,
                event = self.link.client.event() => match event {
                    Ok(event) => self.granted(&event).map(drop)?,
                    Err(error) => self.reconnect(error).await?,
                },
            }
        }
    }

    /// Nothing is asked before the answer can arrive.
    async fn subscribe(&mut self) -> Result<(), Error> {
        self.link.client.subscribe(self.subscription.clone())?;
        while !self
            .next()
            .await?
            .is_some_and(|event| matches!(event, Event::Subscribed(..)))
        {}
        Ok(())
    }

    /// The next event; `None` once a lost connection is made again. A refused subscription is an error.
    async fn next(&mut self) -> Result<Option<Event>, Error> {
        match self.link.client.event().await {
            Ok(event) => {
                self.granted(&event)?;
                Ok(Some(event))
            }
            Err(error) => self.reconnect(error).await.map(|()| None),
        }
    }

    /// Each connection has its own SUBACK.
    fn granted(&self, event: &Event) -> Result<(), Error> {
        match event {
            Event::Subscribed(_, codes, _) => match codes.first() {
                Some(&code @ 0x80..) => Err(Error::Denied {
                    topic: self.request.response_topic.clone(),
                    code,
                }),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    async fn reconnect(&mut self, error: ClientError) -> Result<(), Error> {
        self.connected = false;
        self.link.reconnect(error, Some(&self.subscription)).await?;
        self.connected = true;
        Ok(())
    }

    async fn ask(&mut self, payload: Bytes) -> Result<(), Error> {
        if !self.connected {
            // The time of the request before ran out while the connection was being made.
            self.reconnect(ClientError::Lost { source: None }).await?;
        }
        let plan = &self.request.plan;
        let qos = plan.qos;
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
        self.link.client.publish(Publish {
            dup: false,
            qos,
            retain: plan.retain,
            topic: Bytes::from(plan.topic.clone()),
            pkid: 0,
            payload,
            properties,
        })?;
        let after = self.request.timeout;
        let deadline = Instant::now() + after;
        let (mut others, mut lost) = (0, None);
        loop {
            let Ok(event) = timeout_at(deadline, self.next()).await else {
                return Err(Error::NoAnswer {
                    topic: self.request.response_topic.clone(),
                    after,
                    others,
                    lost: if self.connected { lost } else { Some(qos) },
                });
            };
            match event? {
                None => lost = Some(qos),
                Some(Event::Message(delivery)) => {
                    let message = Message::from(delivery);
                    let theirs = message
                        .properties
                        .as_ref()
                        .and_then(|all| all.correlation_data.as_ref());
                    if message.retain || message.topic != self.request.response_topic {
                        // An answer to an earlier request.
                    } else if correlation.is_none() || theirs == correlation.as_ref() {
                        (self.answered)(message).map_err(Error::Output)?;
                        self.done += 1;
                        return self.settled(deadline).await;
                    } else {
                        others += 1;
                    }
                }
                Some(Event::Published(Ack {
                    code: code @ 0x80.., ..
                })) => {
                    return Err(Error::Refused {
                        sent: 1,
                        refused: 1,
                        code,
                    });
                }
                Some(_) => {}
            }
        }
    }

    /// The answer may overtake the acknowledgement of the request.
    async fn settled(&mut self, deadline: Instant) -> Result<(), Error> {
        while self.request.plan.qos != QoS::AtMostOnce && self.link.client.inflight() > 0 {
            match timeout_at(deadline, self.next()).await {
                Ok(event) => drop(event?),
                Err(_) => break,
            }
        }
        Ok(())
    }
}
