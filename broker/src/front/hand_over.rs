//! Handing a connection's bytes over to the engine: as many as it takes in one turn.

use std::io;

use super::conn::{ConnIo, Left};
use super::{READ_BYTES, Shell};
use crate::engine::ConnId;

impl ConnIo {
    /// Hands over the bytes that came, and notes whether they were enough for one turn.
    pub(super) fn receive(&self, id: ConnId, bytes: &[u8]) -> usize {
        let mut native = self.native.borrow_mut();
        if self.failed.borrow().is_some() {
            // What cannot be written does not keep the client's last words from being heard.
            native.forget_unsent(id);
        }
        let taken = if self.differs.get() {
            native.receive_differing(id, bytes)
        } else {
            native.receive(id, bytes)
        };
        self.unhandled.set(native.engine.has_unhandled(id));
        taken
    }

    /// Bytes left from the last turn come before new ones.
    pub(super) fn handle_rest(&self, shell: &Shell, id: ConnId) -> Left {
        let mut partial = self.partial.borrow_mut();
        let taken = self.receive(id, &partial);
        partial.drain(..taken);
        if partial.is_empty() {
            *partial = Vec::new();
        }
        drop(partial);
        if self.has_line.get()
            && let Some(predecessor) = self.pass_in(shell, id)
        {
            return shell.hear_first(predecessor);
        }
        Left::Something
    }

    /// A long packet: its bytes are appended to its beginning, so that no byte is copied twice.
    pub(super) fn read_collecting(&self, id: ConnId) -> io::Result<Left> {
        let mut partial = self.partial.borrow_mut();
        partial.reserve(READ_BYTES);
        let n = self.socket.try_read_buf(&mut partial)?;
        let bytes = std::mem::take(&mut *partial);
        *partial = self.receive_collected(id, bytes);
        Ok(if n == 0 { Left::End } else { Left::Something })
    }

    /// Hands over a long packet, in its own buffer. Returns the bytes that were not taken.
    pub(super) fn receive_collected(&self, id: ConnId, bytes: Vec<u8>) -> Vec<u8> {
        let mut native = self.native.borrow_mut();
        let rest = native.receive_collected(id, bytes);
        self.unhandled.set(native.engine.has_unhandled(id));
        rest
    }
}
