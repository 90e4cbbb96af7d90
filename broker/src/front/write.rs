//! Writing: the outbox to the socket, through the layers if there are any.

use std::io::{self, IoSlice};

use tokio::time::Instant;

use super::Shell;
use super::conn::{Between, ConnIo};
use super::goodbye::Failed;
use crate::engine::ConnId;
use crate::way::Layers;

/// Slices a vectored write.
const SLICES: usize = 32;
/// While its layers hold more than this for a socket that takes no more, a connection is not read from.
const ANSWER_BYTES: usize = 64 * 1024;

impl ConnIo {
    /// Writes the outbox, as far as the socket takes it.
    pub(super) fn write_some(&self, shell: &Shell, id: ConnId) {
        self.write(shell, id);
        self.relieve(shell, id);
    }

    fn write(&self, shell: &Shell, id: ConnId) {
        if self.write_blocked.get() || self.failed.borrow().is_some() {
            return;
        }
        let written = if self.has_line.get() {
            self.write_behind_line(shell, id)
        } else {
            self.write_without_line(shell, id)
        };
        match written {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.write_blocked.set(true);
                self.write_progress.set(Instant::now());
                self.wake.notify_one();
                return;
            }
            Err(error) => {
                self.fail(Failed::lost(error));
                return;
            }
        }
        let native = self.native.borrow();
        let heard_again = self.muted.get() && !native.engine.is_owed_too_much(id);
        if heard_again || native.engine.close_reason(id).is_some() {
            self.wake.notify_one();
        }
    }

    fn write_without_line(&self, shell: &Shell, id: ConnId) -> io::Result<()> {
        match &mut *self.between.borrow_mut() {
            Between::Layers(layers) => {
                let mut spare = shell.spare.borrow_mut();
                layers.lend(&mut spare);
                let written = self.write_through(id, layers);
                layers.lend(&mut spare);
                written
            }
            _ => self.write_outbox(id, |slices| self.socket.try_write_vectored(slices)),
        }
    }

    /// The peer took bytes just now.
    pub(super) fn wrote_now(&self) {
        self.unacknowledged.set(false);
        self.write_progress.set(Instant::now());
    }

    /// Writes the outbox with `write`, until it is empty.
    fn write_outbox(
        &self,
        id: ConnId,
        mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>,
    ) -> io::Result<()> {
        let mut native = self.native.borrow_mut();
        loop {
            let Some(outbox) = native.engine.outbox(id) else {
                return Ok(());
            };
            if outbox.open() == 0 {
                return Ok(());
            }
            let mut slices = [IoSlice::new(&[]); SLICES];
            let filled = outbox.fill(&mut slices);
            let n = write(slices.get(..filled).unwrap_or_default())?;
            self.wrote_now();
            native.wrote(id, n);
        }
    }

    /// Wraps a part of the outbox at a time, and only once the socket has taken the part before it.
    fn write_through(&self, id: ConnId, layers: &mut Layers) -> io::Result<()> {
        self.write_outbox(id, |slices| {
            self.flush(layers)?;
            Ok(layers.send(slices))
        })?;
        self.flush(layers)
    }

    pub(super) fn flush(&self, layers: &mut Layers) -> io::Result<()> {
        while !layers.down().is_empty() {
            let n = self.socket.try_write(layers.down())?;
            self.wrote_now();
            layers.wrote(n);
        }
        Ok(())
    }

    /// Whether nothing that it is to get waits until it is kept.
    pub(super) fn is_kept(&self, id: ConnId) -> bool {
        let native = self.native.borrow();
        native
            .engine
            .outbox(id)
            .is_none_or(|outbox| outbox.open() == outbox.len())
    }

    /// Whether it is not read from until it has taken the answers that it asked for.
    pub(super) fn must_take_first(&self, id: ConnId) -> bool {
        let answers = match &*self.between.borrow() {
            Between::Layers(layers) => layers.down().len(),
            _ => 0,
        };
        answers > ANSWER_BYTES || self.native.borrow().engine.is_owed_too_much(id)
    }

    /// The peer has ended. In the words of the layers it is told that we have, too: one of TLS takes an end without that for a
    /// lost connection (RFC 5246 7.2.1).
    pub(super) fn answer_goodbye(&self, shell: &Shell, id: ConnId) {
        if !self.is_plain.get() {
            self.say_goodbye(shell, id);
        }
    }

    /// Whether the peer's end stands in a layer: its socket may still be open, for our goodbye.
    pub(super) fn peer_said_goodbye(&self) -> bool {
        !self.is_plain.get()
            && matches!(&*self.between.borrow(), Between::Layers(layers) if layers.peer_ended())
    }

    /// Says goodbye in the words of the layers. Returns whether the socket has taken all of it.
    pub(super) fn say_goodbye(&self, shell: &Shell, id: ConnId) -> bool {
        if let Between::Layers(layers) = &mut *self.between.borrow_mut() {
            layers.end();
        }
        self.write_some(shell, id);
        !self.write_blocked.get()
    }
}
