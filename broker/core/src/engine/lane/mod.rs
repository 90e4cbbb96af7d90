//! The lanes: runs of plain packets, passed on without looking at each.
//!
//! **When one may run.** The policy is asked about the first packet of a run, as it is about every message
//! ([`Engine::decide`]). Only where it says [`Verdict::Plain`] does the connection's [`Lane`] lead anywhere: a PUBLISH
//! without DUP, RETAIN and properties, to receivers who all get it just as it came. It and the packets behind it that begin
//! with the same bytes are then framed, compared and passed on in one go: at QoS 0 by `express.rs`, which copies bytes; at
//! QoS 1 and 2 by `reliable.rs`, where the packet identifiers change. `ack_run.rs` does the same for runs of
//! acknowledgements, about which there is nothing to decide.
//!
//! **Why it bypasses nothing.** The targets of a lane come from the policy and from nowhere else, and it remembers them
//! together with the [`Generations`] for which they hold. A rule that changes, a client that authenticates again, a
//! subscription that comes or goes: each moves them, and the next packet is decided anew. What a rule cannot say once for
//! all packets alike, it calls special, and no lane opens. What changes without them (who is connected, what waits, what
//! there is room for) is looked at before each run. In doubt a lane takes nothing, and the packet goes the ordinary way
//! (`publish.rs`, `ack.rs`), to the same effect.
//!
//! Whatever a lane takes is recorded and counted as if each packet had come alone.
//!
//! Each lane says at its head what it gains: instructions a message of 64 bytes in a release build, with the journal on, one
//! publisher, one subscriber of `bench/#`.

mod ack_run;
mod express;
mod frame;
mod look_ahead;
mod reliable;

use std::sync::Arc;

use settings::BrokerSettings;

use super::policy::{Generations, Policy, Targets, Verdict, What};
use super::{ConnId, Engine};
use crate::time::Time;
use crate::wire::QoS;
use frame::{MAX_FRAME_BYTES, PLAIN_PUBLISH, head, topic_of};

pub(super) use reliable::Run;

/// The longest packet that a lane takes: one whose payload nothing can be wrong with.
pub(super) fn longest(settings: &BrokerSettings, policy: &Policy) -> usize {
    let most = settings.limits.max_packet_size_bytes as usize;
    MAX_FRAME_BYTES.min(most).min(policy.any_payload_fits_bytes)
}

/// Where the last plain message of a connection went.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// The first byte of its packets.
    first: u8,
    /// The topic as it stands in the packet, its length first; in 5.0 at QoS 0 with the empty property length behind it.
    head: Vec<u8>,
    /// The rules and subscriptions for which all this holds.
    generations: Generations,
    /// Who gets them, if they are plain for all of these.
    targets: Option<Arc<Targets>>,
    /// The topic, once it was asked for.
    topic: Option<Arc<str>>,
}

impl Lane {
    /// Whether it was led to where packets with this beginning go.
    fn leads_to(&self, first: u8, head: &[u8], generations: Generations) -> bool {
        self.first == first && self.generations == generations && self.head == head
    }

    /// Whether it leads somewhere.
    #[cfg(test)]
    pub(super) fn is_open(&self) -> bool {
        self.targets.is_some()
    }

    /// It leads nowhere any more.
    fn forget(&mut self) -> Option<Arc<Targets>> {
        self.first = 0;
        self.targets.take()
    }

    /// The topic.
    fn topic(&mut self) -> Arc<str> {
        let head = &self.head;
        self.topic
            .get_or_insert_with(|| topic_of(head).map_or_else(|| Arc::from(""), Arc::from))
            .clone()
    }
}

impl Engine {
    /// Takes packets from the front of `bytes` that need no look at each; returns how many bytes that was.
    pub(super) fn shortcut(&mut self, now: Time, id: ConnId, bytes: &[u8]) -> usize {
        match bytes.first() {
            Some(&PLAIN_PUBLISH) => self.express(now, id, bytes),
            Some(0x32 | 0x34) => self.express_reliable(now, id, bytes),
            Some(0x40 | 0x50 | 0x62 | 0x70) => self.ack_run(now, id, bytes),
            _ => 0,
        }
    }

    /// Where the packet at the front of `bytes` goes, if it is plain for all who get it.
    fn lane(&mut self, id: ConnId, bytes: &[u8]) -> Option<Arc<Targets>> {
        let generations = self.policy.generations(&self.routing);
        let conn = self.conns.get_mut(id)?;
        let v5 = conn.is_v5();
        let live = conn.live_mut()?;
        let key = live.session;
        let first = *bytes.first()?;
        let head = head(first, v5, bytes)?;
        if live.lane.leads_to(first, head, generations) {
            return live.lane.targets.clone();
        }
        // Its topics have other names in its packets.
        if live.mount_point.is_some() {
            return None;
        }
        let (topic, qos) = (topic_of(head)?, QoS::from_bits(first >> 1 & 3)?);
        if let Some(last) = live.lane.forget() {
            self.routing.give_back(last);
        }
        let targets = match self.decide(key, What::bare(qos), topic) {
            Verdict::Plain(targets) => Some(targets),
            Verdict::Special(targets) => {
                self.routing.give_back(targets);
                None
            }
            // The publisher is told the ordinary way.
            Verdict::Deny(_) => return None,
        };
        let lane = &mut self.conns.live_mut(id)?.lane;
        lane.first = first;
        lane.generations = generations;
        lane.head.clear();
        lane.head.extend_from_slice(head);
        lane.topic = targets.as_ref().and_then(|targets| targets.topic.clone());
        lane.targets.clone_from(&targets);
        targets
    }
}
