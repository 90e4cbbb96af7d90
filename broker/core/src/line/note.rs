//! [`Note`]: what a line tells the journal.

use std::sync::Arc;

use crate::journal::{Direction, Remark};

/// Something for the journal, in the order in which it happens.
///
/// *Near* is the client's side of the line, *far* the side of what answers. Packets that pass as they came are the same on both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note<'a> {
    /// Whole packets pass as they came, and at once. Where a rule acted all the same (it answers, swallows what will come, or ends the
    /// connection), [`Note::Fired`] follows.
    Passed {
        /// Which way.
        direction: Direction,
        /// How many.
        packets: u32,
        /// All of them.
        bytes: &'a [u8],
    },
    /// Bytes came that are no packets, or belong to one that is too long to be kept: they pass unread, in their turn.
    Unread {
        /// Which way.
        direction: Direction,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// A packet came that does not go on at once as it is: a rule deals with it, and [`Note::Fired`] follows; or it has to wait.
    /// This is what its sender sent.
    Came {
        /// Which way: from a client (the near side of it), or to a client (the far side).
        direction: Direction,
        /// The packet.
        bytes: &'a [u8],
    },
    /// A packet goes on that is late, changed or made up.
    Went {
        /// Which way: from a client (the far side of it), or to a client (the near side).
        direction: Direction,
        /// The packet, or what is to be taken for one.
        bytes: &'a [u8],
    },
    /// A rule acted.
    Fired(Fired),
    /// What a [`Judge`](super::Judge) has to say of the packet that was told of last, whatever becomes of it.
    Remarked(Remark),
}

/// What a rule did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// The client, as far as the line knows it: a CONNECT has told it before the engine hears of it.
    pub client_id: Arc<str>,
    /// Its name.
    pub rule: Arc<str>,
    /// What it did, in one word.
    pub action: &'static str,
    /// How often it has acted for this client.
    pub nth: u64,
    /// Its packet belongs to a delivery to the client.
    pub delivery: bool,
    /// Why it could not do that, and the packet passed as it came.
    pub why: Option<Arc<str>>,
    /// Nothing of the packet goes on, or nothing before somebody releases it: what answers it is not on its way, either.
    pub lost: bool,
}
