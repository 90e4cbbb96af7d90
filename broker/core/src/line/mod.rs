//! The line: a machine between a connection's bytes and what answers them, be that our engine or another broker.
//!
//! Bytes of either direction, times and the rules in force go in; bytes to pass on, waits and ends come out. It is there
//! only while a rule could concern its client.
//!
//! 1. Give it what came with [`Line::receive`], as it came, while [`Line::wants`] says so.
//! 2. Pass on what [`Line::ready`] gives, and say with [`Line::took`] how much was.
//! 3. When [`Line::next_timeout`] has come, or rules have changed, call [`Line::tick`].
//! 4. After each of these, look at [`Line::cut`].

mod judge;
mod note;

use std::sync::Arc;

use crate::fault::{Cut, Who};
use crate::journal::Direction;
use crate::scenario::Scenarios;
use crate::time::Time;

pub use judge::Judge;
pub use note::Note;

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
    through: [Vec<u8>; 2],
}

impl Line {
    /// A line for a connection; for one that has just begun, `attach` is the default.
    pub fn new(who: Who, _attach: Attach) -> Self {
        let through = Default::default();
        Self { who, through }
    }

    /// Whose it is, as far as the packets that passed have told.
    pub fn who(&self) -> &Who {
        &self.who
    }

    /// Whether bytes of this direction may be given to it: no rule stalls them, and it does not keep too much already.
    pub fn wants(&self, _direction: Direction) -> bool {
        true
    }

    /// Bytes came.
    pub fn receive(&mut self, _world: &mut World<'_>, direction: Direction, bytes: &[u8]) {
        self.through[direction as usize].extend_from_slice(bytes);
    }

    /// The side that bytes of this direction come from has ended; `Cut::Reset` where its socket failed. The end queues behind what
    /// is kept back, but for a reset, which discards it.
    pub fn end(&mut self, _world: &mut World<'_>, _direction: Direction, _how: Cut) {}

    /// Whether the end of this direction has come through: all before it has been passed on.
    pub fn has_ended(&self, _direction: Direction) -> bool {
        false
    }

    /// What is to be passed on next in this direction.
    pub fn ready(&self, direction: Direction) -> Option<Ready<'_>> {
        let bytes = &self.through[direction as usize][..];
        let (differs, alone) = (false, false);
        (!bytes.is_empty()).then_some(Ready {
            bytes,
            differs,
            alone,
        })
    }

    /// The first `n` bytes of [`Line::ready`] were passed on.
    pub fn took(&mut self, direction: Direction, n: usize) {
        self.through[direction as usize].drain(..n);
    }

    /// How many of the bytes that were given to it in this direction have left it since the last call, in whichever way: passed
    /// on, lost or replaced. Their sender may count them as written.
    pub fn released(&mut self, _direction: Direction) -> usize {
        0
    }

    /// When [`Line::tick`] must be called next.
    pub fn next_timeout(&self) -> Option<Time> {
        None
    }

    /// Does what is due, and asks again which rules concern it if they have changed.
    pub fn tick(&mut self, _world: &mut World<'_>) {}

    /// Lets go what this rule holds; all rules where it is `None`.
    pub fn release(&mut self, _world: &mut World<'_>, _rule: Option<&str>) {}

    /// The end of the connection, once a rule wants it and what goes before it has been passed on.
    pub fn cut(&self) -> Option<Cut> {
        None
    }

    /// The first thing that it keeps back, of all that it keeps.
    pub fn keeps(&self) -> Option<Kept> {
        None
    }

    /// How many bytes it holds in all.
    pub fn held_bytes(&self) -> usize {
        self.through.iter().map(Vec::len).sum()
    }

    /// Whether it may go: it holds nothing, half a packet excepted, and no rule can concern it. What it holds of a packet that
    /// has not come whole is given back, for each direction.
    pub fn detach(&mut self, _faults: &dyn Judge) -> Option<[Vec<u8>; 2]> {
        None
    }
}
