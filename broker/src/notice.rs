//! [`Notice`]: what a running broker tells those who look on.

use std::sync::{Arc, OnceLock};

use tokio::sync::broadcast;

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

/// Notices that a slow receiver may lie behind.
const BEHIND: usize = 4096;

/// Where notices go. The channel is made when the first one asks for it: room for thousands of notices is most of what a
/// broker without clients would cost.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notices(Arc<OnceLock<broadcast::Sender<Notice>>>);

impl Notices {
    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.0.get_or_init(|| broadcast::Sender::new(BEHIND)).subscribe()
    }

    /// Nobody listening is no error.
    pub fn send(&self, notice: Notice) {
        if let Some(sender) = self.0.get() {
            let _ = sender.send(notice);
        }
    }
}
