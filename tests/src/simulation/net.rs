//! `Link`: one network connection, with bytes under way in both directions.

use std::collections::VecDeque;
use std::io::IoSlice;

use broker_core::engine::{ConnId, Outbox};

/// A network connection between a client and the broker.
#[derive(Debug)]
pub struct Link {
    /// The engine's name for it.
    pub id: ConnId,
    /// Whose it is: an index.
    pub client: usize,
    /// Bytes from the client that have not arrived.
    pub up: VecDeque<u8>,
    /// Bytes that arrived and that the engine has not taken.
    pub arrived: Vec<u8>,
    /// Bytes from the broker that have not arrived.
    pub down: VecDeque<u8>,
    /// What the engine said that it sends, and was not written yet: the outbox must hold just this.
    pub announced: VecDeque<u8>,
    /// Whether the client still has its end open.
    pub client_open: bool,
    /// Whether the broker still has its end open.
    pub broker_open: bool,
}

impl Link {
    /// A new connection.
    pub fn new(id: ConnId, client: usize) -> Self {
        Self {
            id,
            client,
            up: VecDeque::new(),
            arrived: Vec::new(),
            down: VecDeque::new(),
            announced: VecDeque::new(),
            client_open: true,
            broker_open: true,
        }
    }

    /// Writes the first `most` bytes of the outbox on their way to the client; says how many that were.
    pub fn write(&mut self, outbox: &Outbox, most: usize) -> Result<usize, String> {
        let mut slices = [IoSlice::new(&[]); 3];
        let filled = outbox.fill(&mut slices);
        let mut written = 0;
        for byte in slices[..filled].iter().flat_map(|slice| slice.iter()).take(most) {
            if self.announced.pop_front() != Some(*byte) {
                return Err(format!(
                    "{}: the outbox does not hold the packets that were sent",
                    self.id
                ));
            }
            if self.client_open {
                self.down.push_back(*byte);
            }
            written += 1;
        }
        Ok(written)
    }
}
