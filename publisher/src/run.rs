//! The plan carried out.

use bytes::Bytes;
use client::Event;
use client::packet::Publish;

use crate::error::Error;
use crate::hooks::{Hooks, Stop};
use crate::link::Link;
use crate::plan::Plan;
use crate::source::Source;
use crate::tally::Tally;

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// How many messages were sent and, at QoS 1 and 2, accepted by the broker.
    pub sent: u64,
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
    // A payload that cannot be read must not cost a connection.
    let mut source = Source::open(&plan)?;
    let (mut link, mut stop) = Link::open(&plan.connection, plan.reconnect, hooks).await?;
    let mut tally = Tally::default();
    match publish(&plan, &mut source, &mut link, &mut tally, &mut stop).await {
        Ok(()) => link.finish(&tally).await,
        Err(error) => Err(link.abandon(error).await),
    }
}

/// Publishes until everything is sent and acknowledged.
async fn publish(
    plan: &Plan,
    source: &mut Source,
    link: &mut Link,
    tally: &mut Tally,
    stop: &mut Stop,
) -> Result<(), Error> {
    let mut topic = Bytes::from(plan.topic.clone());
    loop {
        while link.client.has_room(plan.qos)
            && let Some(payload) = source.next()
        {
            let handed = link.client.publish(Publish {
                dup: false,
                qos: plan.qos,
                retain: plan.retain,
                topic: topic.clone(),
                pkid: 0,
                payload,
                properties: plan.properties.clone(),
            });
            // The message that cannot be sent counts as never sent.
            handed.map_err(|error| tally.ended_by(error, source.waiting() + 1))?;
            tally.handed_over(plan.qos);
            if plan
                .properties
                .as_ref()
                .is_some_and(|properties| properties.topic_alias.is_some())
            {
                // The alias stands for the topic from now on. [MQTT5-3.3.2-9]
                topic = Bytes::new();
            }
        }
        if source.ended() && link.client.inflight() == 0 {
            return Ok(());
        }
        // Reading ahead of what the broker takes would fill the memory.
        let hungry = link.client.has_room(plan.qos) && !source.ended();
        tokio::select! {
            event = link.client.event() => match event {
                Ok(Event::Published(ack)) => {
                    source.acknowledged(plan.qos);
                    link.acknowledged(ack, tally);
                }
                Ok(_) => {}
                Err(error) => {
                    link.recover(error, tally, source.waiting(), stop).await?;
                    topic = Bytes::from(plan.topic.clone());
                }
            },
            more = source.more(), if hungry => more?,
            () = &mut *stop => return Err(tally.stopped()),
        }
    }
}
