//! The line: a machine between a connection's bytes and what answers them, be that our engine or another broker.
//!
//! Bytes of either direction, times and the rules in force go in; bytes to pass on, waits and ends come out. It is there
//! only while a rule could concern its client.
//!
//! 1. Give it what came with [`Line::receive`], as it came, while [`Line::wants`] says so.
//! 2. Pass on what [`Line::ready`] gives, and say with [`Line::took`] how much was.
//! 3. When [`Line::next_timeout`] has come, or rules have changed, call [`Line::tick`].
//! 4. After each of these, look at [`Line::cut`].
//!
//! # Inside
//!
//! | file | idea |
//! |---|---|
//! | `carry` | each packet: what the rules say about it, and doing that |
//! | `learn` | whose connection it is |
//! | `flow` | one direction: from what came to what is ready |
//! | `framer` | packets, cut out of what comes |
//! | `aliases` | the topics that sender and receiver mean by an alias |
//! | `queue` | packets that wait for what their rule says |
//! | `toxics` | rules on bytes, one behind the other; each is a `stage` |
//! | `chunk` | a packet on its way through them, or a part of one |
//! | `out` | what is ready |
//! | `tell` | what the journal is told |

mod aliases;
mod carry;
mod chunk;
mod flow;
mod framer;
mod judge;
mod learn;
mod note;
mod out;
mod portion;
mod queue;
mod tell;
#[cfg(test)]
mod tests;
mod toxics;

use std::sync::Arc;

use crate::fault::{Cut, Swallow, Who};
use crate::journal::Direction;
use crate::scenario::Scenarios;
use crate::time::Time;

pub use judge::Judge;
pub use note::{Fired, Note};
pub use portion::Portion;

use flow::Flow;
use tell::{Tell, Told};

/// What a line needs of the world for one call.
pub struct World<'a> {
    /// The time.
    pub now: Time,
    /// The rules.
    pub faults: &'a mut dyn Judge,
    /// The states of scenarios.
    pub scenarios: &'a mut Scenarios,
    /// Called with everything that the journal should know, in its order.
    pub note: &'a mut dyn FnMut(Note<'_>),
}

/// How a line begins on a connection that is under way.
#[derive(Debug)]
pub struct Attach {
    /// So many bytes that come first pass unread: they end at the boundary of a packet. From the client, to the client.
    pub fence: [usize; 2],
    /// The topic aliases in use, from the client and to the client.
    pub aliases: [Vec<(u16, Arc<str>)>; 2],
    /// A packet of more bytes passes unread, as it comes, and no rule is asked about it.
    pub max_packet_bytes: usize,
    /// Where it keeps more bytes of a direction, it wants no more.
    pub max_kept_bytes: usize,
}

impl Default for Attach {
    fn default() -> Self {
        let (fence, aliases) = Default::default();
        Self {
            fence,
            aliases,
            max_packet_bytes: 1024 * 1024,
            max_kept_bytes: 1024 * 1024,
        }
    }
}

/// Bytes that are to be passed on together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ready<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// They are not what the sender sent just now: the journal has that already, and these are the other side of it.
    pub differs: bool,
    /// They are to be written in one go of their own, and nothing else with them.
    pub alone: bool,
}

/// What is kept back, for those who wait until nothing more is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The rule that keeps it back.
    pub rule: Arc<str>,
    /// How many bytes.
    pub bytes: usize,
    /// Until when; `None` = until it is released.
    pub until: Option<Time>,
}

/// One connection's line.
#[derive(Debug)]
pub struct Line {
    who: Who,
    /// Who it is was asked of CONNECT already.
    connected: bool,
    /// From the client, and to it.
    flows: [Flow; 2],
    /// The latest time that it was told.
    now: Time,
    /// The generation of the rules whose toxics are at work.
    generation: Option<u64>,
    swallows: Vec<Swallowed>,
    told: Told,
    ending: Option<Ending>,
    portion: Portion,
}

/// A packet that is taken out when it comes, for a rule.
#[derive(Debug)]
struct Swallowed {
    what: Swallow,
    rule: Arc<str>,
    nth: u64,
}

/// The end of the connection.
#[derive(Debug)]
struct Ending {
    how: Cut,
    /// Once nothing is left in these directions.
    after: [bool; 2],
}

impl Line {
    /// A line for a connection; for one that has just begun, `attach` is the default.
    pub fn new(who: Who, mut attach: Attach) -> Self {
        Self {
            connected: !who.client_id.is_empty(),
            who,
            flows: [Direction::In, Direction::Out].map(|direction| Flow::new(direction, &mut attach)),
            now: Time::ZERO,
            generation: None,
            swallows: Vec::new(),
            told: Told::default(),
            ending: None,
            portion: Portion::default(),
        }
    }

    /// Whose it is, as far as the packets that passed have told.
    pub fn who(&self) -> &Who {
        &self.who
    }

    /// Whether bytes of this direction may be given to it: no rule stalls them, and it does not keep too much already, be it what
    /// came or what rules made in answer to it.
    pub fn wants(&self, direction: Direction) -> bool {
        self.flow(direction).wants() && !self.flow(opposite(direction)).is_swamped()
    }

    /// Bytes came.
    pub fn receive(&mut self, world: &mut World<'_>, direction: Direction, bytes: &[u8]) {
        let before = world.faults.asked();
        self.tick(world);
        self.read(world, direction, bytes);
        self.portion.spent(world.faults.asked() - before);
    }

    /// At most so many bytes are to be given to it at a time: each packet in them asks the rules, and the other clients wait
    /// meanwhile.
    pub fn portion_bytes(&self) -> usize {
        self.portion.bytes()
    }

    /// The side that bytes of this direction come from has ended; `Cut::Reset` where its socket failed. The end queues behind what
    /// is kept back, but for a reset, which discards it.
    pub fn end(&mut self, world: &mut World<'_>, direction: Direction, how: Cut) {
        self.tick(world);
        self.with(world, direction, |flow, now, version, tell| {
            flow.end(now, how, version, tell)
        });
    }

    /// Whether the end of this direction has come through: all before it has been passed on.
    pub fn has_ended(&self, direction: Direction) -> bool {
        self.flow(direction).has_ended()
    }

    /// What is to be passed on next in this direction.
    pub fn ready(&self, direction: Direction) -> Option<Ready<'_>> {
        self.flow(direction).ready()
    }

    /// The first `n` bytes of [`Line::ready`] were passed on.
    pub fn took(&mut self, direction: Direction, n: usize) {
        self.flow_mut(direction).took(n);
    }

    /// How many of the bytes that were given to it in this direction have left it since the last call, in whichever way: passed
    /// on, lost or replaced. Their sender may count them as written.
    pub fn released(&mut self, direction: Direction) -> usize {
        self.flow_mut(direction).released()
    }

    /// When [`Line::tick`] must be called next.
    pub fn next_timeout(&self) -> Option<Time> {
        let flows = self.flows.iter().filter(|_| !self.is_over());
        flows.filter_map(Flow::next_timeout).min()
    }

    /// Does what is due, and asks again which rules concern it if they have changed.
    pub fn tick(&mut self, world: &mut World<'_>) {
        self.now = self.now.max(world.now);
        if self.is_over() {
            return;
        }
        if self.connected && self.generation != Some(world.faults.generation()) {
            self.ask(world, None);
        }
        for direction in [Direction::In, Direction::Out] {
            self.poll(world, direction);
        }
    }

    /// Lets go what this rule holds; all rules where it is `None`.
    pub fn release(&mut self, world: &mut World<'_>, rule: Option<&str>) {
        for flow in &mut self.flows {
            flow.queue.release(rule);
        }
        self.tick(world);
    }

    /// The end of the connection, once a rule wants it and what goes before it has been passed on.
    pub fn cut(&self) -> Option<Cut> {
        let ending = self.ending.as_ref()?;
        let mut flows = self.flows.iter().zip(ending.after);
        flows
            .all(|(flow, after)| !after || flow.is_drained())
            .then_some(ending.how)
    }

    /// The first thing that it keeps back, of all that it keeps.
    pub fn keeps(&self) -> Option<Kept> {
        let kept = self
            .flows
            .iter()
            .flat_map(|flow| flow.queue.keeps().chain(flow.chain.keeps()));
        kept.min_by_key(|kept| kept.until.unwrap_or(Time::NEVER))
    }

    /// How many bytes it holds in all.
    pub fn held_bytes(&self) -> usize {
        self.flows.iter().map(Flow::held_bytes).sum()
    }

    /// Whether it may go: it holds nothing, half a packet excepted, and no rule can concern it. What it holds of a packet that
    /// has not come whole is given back, for each direction.
    pub fn detach(&mut self, faults: &dyn Judge) -> Option<[Vec<u8>; 2]> {
        let may_go = self.connected
            && self.ending.is_none()
            && self.swallows.is_empty()
            && !faults.may_concern(&self.who)
            && self.flows.iter_mut().all(Flow::is_idle);
        may_go.then(|| self.flows.each_mut().map(|flow| flow.framer.take()))
    }
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::In => Direction::Out,
        Direction::Out => Direction::In,
    }
}
