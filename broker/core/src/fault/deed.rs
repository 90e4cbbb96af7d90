//! [`Deed`]: what is to be done with a packet. Bytes are ready, chance is drawn: the line only carries it out.

use std::sync::Arc;
use std::time::Duration;

use crate::journal::{CUT_BY_RULE, Direction};
use crate::wire::{PacketId, PacketType};

/// What a rule does with one packet.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// The rule's name.
    pub rule: Arc<str>,
    /// How often the rule has acted on this client's packets, this one included.
    pub nth: u64,
    /// What it does, in one word: `drop`, `latency`.
    pub action: &'static str,
    /// Why it could not be done: then the packet passes as it came.
    pub why: Option<Arc<str>>,
    /// What goes on in the direction of the packet.
    pub onward: Onward,
    /// When that goes on.
    pub wait: Wait,
    /// Whole packets for the sender of this one; at once.
    pub back: Vec<u8>,
    /// Packets that will come, and are not to go on: their answers were made up, or they answer what was made up.
    pub swallow: Vec<Swallow>,
    /// The end of the connection.
    pub cut: Option<Cut>,
    /// The journal is told of it; where it is not, of the packets alone.
    pub is_told: bool,
}

/// What goes on in a packet's direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Onward {
    /// The packet as it came.
    Same,
    /// These bytes in its place: packets, or what a client must be able to bear instead.
    Bytes(Vec<u8>),
    /// Nothing: it is lost on the way.
    Nothing,
}

/// When something goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// At once, behind what waits already.
    No,
    /// After so long. What comes later in the same direction waits behind it.
    For(Duration),
    /// Once it is released, or after so long where there is a limit. Others overtake it.
    Held(Option<Duration>),
    /// Once so many packets of the same direction have overtaken it, and after so long at the latest.
    Behind(u32, Duration),
}

/// A packet that is taken out of the stream once, and told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swallow {
    /// Which way it will come.
    pub direction: Direction,
    /// Its type.
    pub packet: PacketType,
    /// Its Packet Identifier; `None` = any.
    pub packet_id: Option<PacketId>,
}

/// The end of a connection, as a rule wants it. Both sides end, unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Once all that goes on before it has gone, the connections are closed in good order.
    Close,
    /// At once, with a reset; what waits is lost.
    Reset,
    /// What answers takes the connection for lost, and the client is told nothing: its socket stays open, and silent.
    HalfOpen,
}

impl Cut {
    /// Why the connection is over, in words.
    pub const fn why(self) -> &'static str {
        let [closed, reset, half_open] = CUT_BY_RULE;
        match self {
            Self::Close => closed,
            Self::Reset => reset,
            Self::HalfOpen => half_open,
        }
    }
}
