//! [`Notice`]: what a running broker tells those who look on.

use std::sync::Arc;

use crate::engine::{ConnId, Direction, Event};
use crate::time::Time;

/// Something to look at, in the order in which it happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// Something happened above the level of single packets.
    Event(Time, Event),
    /// A packet crossed the wire. Only sent while packets are watched.
    Packet {
        /// When.
        at: Time,
        /// On which connection.
        conn: ConnId,
        /// Whose, as CONNECT said it or the broker chose it; empty before.
        client_id: Arc<str>,
        /// Which way.
        direction: Direction,
        /// The packet in words.
        text: String,
    },
}
