//! [`InForce`]: a stub with what is remembered of it.

use std::borrow::Cow;
use std::sync::Arc;

use super::compiled::Ready;
use super::said::{Stub, When};
use crate::fault::PerClient;
use crate::journal::{Decision, Direction, Entry, Event, Record, Side};
use crate::scenario::Scenarios;
use crate::time::Time;
use crate::topic;

/// A stub in force.
#[derive(Debug)]
pub(super) struct InForce {
    pub name: Arc<str>,
    pub said: Stub,
    pub ready: Vec<Ready>,
    /// When a timer is due.
    pub due: Option<Time>,
    /// Whether `reset` leaves it.
    pub stays: bool,
    /// How often it fitted what each client sent.
    pub counts: PerClient<u64>,
    pub matched: u64,
    pub answered: u64,
    pub failed: u64,
    pub uses_entry: bool,
    pub uses_state: bool,
}

impl InForce {
    /// Whether it answers such an entry, whose topic is this.
    pub fn fits(&self, entry: &Entry, topic: Option<&str>) -> bool {
        let When::Pattern(pattern) = &self.said.when else {
            return false;
        };
        // Most stubs that do not answer it are on other topics.
        let may_be = |filter| topic.is_some_and(|name| topic::matches(filter, name));
        pattern.on_topic().is_none_or(may_be) && pattern.fits(entry)
    }

    /// Whether it answers the nth of what fits of a client.
    pub fn acts(&self, nth: u64, scenarios: &Scenarios) -> bool {
        let Stub {
            nth: only,
            every,
            first,
            after,
            max_times,
            scenario,
            required_state,
            ..
        } = &self.said;
        let counted = nth.saturating_sub(after.unwrap_or_default());
        let in_state = || match (scenario, required_state) {
            (Some(scenario), Some(state)) => scenarios.state(scenario) == &**state,
            _ => true,
        };
        counted > 0
            && only.is_none_or(|only| counted == only)
            && every.is_none_or(|every| counted % every == 0)
            && first.is_none_or(|first| counted <= first)
            && max_times.is_none_or(|most| self.answered < most)
            && in_state()
    }
}

/// The entry as the engine knows it, if it counts: a packet that a rule lost, a message that was refused or had come before,
/// and bytes that are no packet do not count. Nor does a rule that acted on a delivery: that may be of a message of a stub, and
/// stubs do not answer stubs.
pub(super) fn that_counts(entry: &Entry) -> Option<Cow<'_, Entry>> {
    if matches!(entry.record, Record::Event(Event::Fault { delivery: true, .. })) {
        return None;
    }
    let Record::Packet {
        direction: Direction::In,
        side,
        decisions,
        ..
    } = &entry.record
    else {
        return Some(Cow::Borrowed(entry));
    };
    let stops = |decision: &Decision| matches!(decision, Decision::Refused(..) | Decision::Duplicate);
    if *side == Side::Client || decisions.iter().any(stops) || !matches!(entry.packet(), Some(Ok(_))) {
        return None;
    }
    if *side == Side::Both {
        return Some(Cow::Borrowed(entry));
    }
    let mut entry = entry.clone();
    if let Record::Packet { side, .. } = &mut entry.record {
        *side = Side::Both;
    }
    Some(Cow::Owned(entry))
}
