//! Reading: from the socket, through the layers if there are any, to the engine.

use std::io;

use tokio::time::Instant;

use super::conn::{Between, ConnIo, Left};
use super::{READ_BYTES, Shell};
use crate::arrival::Arrival;
use crate::backend::{ACKNOWLEDGES_AT_ONCE, LITTLE_BYTES};
use crate::engine::ConnId;
use crate::way::{Fault, Layers, Look, Progress, look};

/// How often one connection is read from before the others get their turn.
const READS_IN_A_ROW: usize = 4;
/// A read takes at most this many bytes while publishers wait for a subscriber that can hardly keep up.
const PRESSED_READ_BYTES: usize = 4096;
/// A read takes at most this many bytes that are to go through layers. After it the others get their turn: layers may have
/// much to do for few bytes.
const LAYERED_READ_BYTES: usize = 64 * 1024;
/// But no fewer: a record of TLS may have so many, and is of no use before it is whole.
const LEAST_LAYERED_READ_BYTES: usize = 17 * 1024;
/// Once more than this of a packet has come, it is collected in a buffer of its own.
const COLLECT_BYTES: usize = READ_BYTES / 4;

/// Whether a short read means that the socket is empty, and that the operating system will report later bytes. This
/// holds where the system reports each change once (epoll, kqueue); the runtime's own reads rely on it, too.
const SHORT_READ_EMPTIES: bool = cfg!(any(target_os = "linux", target_vendor = "apple"));

impl ConnIo {
    /// Reads what is there, at most a few times.
    pub(super) fn read_some(&self, shell: &Shell, id: ConnId) -> io::Result<Left> {
        for _ in 0..READS_IN_A_ROW {
            let asked = shell.machines.stubs_asked();
            let result = if self.unhandled.get() {
                Ok(self.handle_rest(shell, id))
            } else if self.has_line.get() {
                self.read_to_line(shell, id)
            } else if !self.is_plain.get() {
                self.read_through(shell, id)
            } else if self.partial.borrow().len() >= COLLECT_BYTES {
                self.read_collecting(id)
            } else {
                self.read_in_place(shell, id)
            };
            if !ACKNOWLEDGES_AT_ONCE {
                shell.last_read.set(Some(Instant::now()));
            }
            let left = match result {
                Ok(Left::End) => return Ok(Left::End),
                Ok(left) => left,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Left::Nothing),
                Err(error) => return Err(error),
            };
            shell.after_input();
            if self.unacknowledged.take() {
                self.acknowledge_at_once();
            }
            let waits = self.yield_to(shell, id);
            if self.unhandled.get() {
                return Ok(Left::Something);
            }
            if let Some(asked) = asked {
                let mut portion = self.portion.get();
                let now = shell.machines.stubs_asked().unwrap_or(asked);
                portion.spent(now - asked);
                self.portion.set(portion);
            }
            let has_layers = !self.is_plain.get();
            if waits || has_layers || left == Left::Nothing || shell.is_backed_up() || self.is_closing(id) {
                return Ok(left);
            }
        }
        Ok(Left::Something)
    }

    /// Reads once. A short read has emptied the socket, so no second read is needed: later bytes are an event of their
    /// own.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<(usize, Left)> {
        let room = buffer.len();
        // A Unix socket may give less than it has.
        let short_read_empties = SHORT_READ_EMPTIES && !self.socket.is_unix();
        let is_emptied = |n: usize| short_read_empties && n > 0 && n < room;
        let n = self.socket.try_read_until_empty(buffer, is_emptied)?;
        self.unacknowledged.set(n < LITTLE_BYTES);
        Ok(match n {
            0 => (0, Left::End),
            n if is_emptied(n) => (n, Left::Nothing),
            n => (n, Left::Something),
        })
    }

    /// At most so many bytes are read at a time.
    fn most(&self, shell: &Shell) -> usize {
        // The receivers are known only after the read; with many publishers, each may add only a little.
        let pressed = shell
            .pressed_until
            .get()
            .is_some_and(|until| until > Instant::now());
        // Bytes that are not handled at once are kept.
        let most = if pressed || self.native.borrow().engine.is_full() {
            PRESSED_READ_BYTES
        } else {
            READ_BYTES
        };
        if shell.machines.stubs_asked().is_some() {
            most.min(self.portion.get().bytes())
        } else {
            most
        }
    }

    /// The common case: packets are handled in the buffer where they were read, which all connections share.
    fn read_in_place(&self, shell: &Shell, id: ConnId) -> io::Result<Left> {
        let mut scratch = shell.scratch();
        let mut partial = self.partial.borrow_mut();
        let begun = partial.len();
        // `partial` is shorter than COLLECT_BYTES here, so there is room behind it.
        let (front, rest) = scratch.split_at_mut(begun);
        let most = self.most(shell).min(rest.len());
        let rest = rest.get_mut(..most).unwrap_or_default();
        let (n, in_socket) = self.read(rest)?;
        front.copy_from_slice(&partial);
        let bytes = scratch.get(..begun + n).unwrap_or_default();
        let predecessor = self.take_in(id, bytes, &mut partial);
        drop((scratch, partial));
        Ok(match predecessor {
            Some(predecessor) => shell.hear_first(predecessor),
            None => in_socket,
        })
    }

    /// Hands over `bytes`, of which `partial` is the front, and keeps in it what was not taken. Returns the connection that is
    /// to be heard before: then all of `bytes` is kept for the next turn.
    pub(super) fn take_in(&self, id: ConnId, bytes: &[u8], partial: &mut Vec<u8>) -> Option<ConnId> {
        let predecessor = self.native.borrow().engine.predecessor(id, bytes);
        if predecessor.is_some() {
            // Its client said that before this.
            *partial = bytes.to_vec();
            self.unhandled.set(true);
            return predecessor;
        }
        let taken = self.receive(id, bytes);
        let left = bytes.get(taken..).unwrap_or_default();
        if left.is_empty() {
            // An idle connection holds no buffer.
            *partial = Vec::new();
        } else {
            partial.clear();
            partial.extend_from_slice(left);
        }
        None
    }

    /// Reads the first bytes of a connection, or bytes that go through its layers.
    fn read_through(&self, shell: &Shell, id: ConnId) -> io::Result<Left> {
        if let Some(left) = self.ends_above(id) {
            return Ok(left);
        }
        let mut scratch = shell.scratch();
        let most = self
            .most(shell)
            .clamp(LEAST_LAYERED_READ_BYTES, LAYERED_READ_BYTES);
        let raw = scratch.get_mut(..most).unwrap_or_default();
        let (n, in_socket) = self.read(raw)?;
        let raw = raw.get_mut(..n).unwrap_or_default();
        if raw.is_empty() {
            return Ok(Left::End);
        }
        let mut partial = self.partial.borrow_mut();
        let predecessor = if self.is_plain_from_now_on(raw) {
            self.take_in(id, raw, &mut partial)
        } else if partial.len() >= COLLECT_BYTES {
            self.open_layers(shell, id, raw, &mut partial);
            let collected = std::mem::take(&mut *partial);
            *partial = self.receive_collected(id, collected);
            None
        } else {
            let mut opened = shell.opened.borrow_mut();
            opened.clear();
            opened.extend_from_slice(&partial);
            self.open_layers(shell, id, raw, &mut opened);
            self.take_in(id, &opened, &mut partial)
        };
        drop((scratch, partial));
        // Answers of the layers themselves, such as those of a handshake.
        self.write_some(shell, id);
        Ok(match predecessor {
            Some(predecessor) => shell.hear_first(predecessor),
            None => self.ends_above(id).unwrap_or(in_socket),
        })
    }

    /// Whether a connection of which nothing was known turns out to have no layers, by its first bytes.
    pub(super) fn is_plain_from_now_on(&self, first: &[u8]) -> bool {
        let mut between = self.between.borrow_mut();
        let Between::Unknown(door) = &*between else {
            return false;
        };
        // Noise, too: the engine knows best what is wrong with it.
        if door.takes_plain() && matches!(look(first), Look::Mqtt | Look::Unknown) {
            *between = Between::Nothing;
            self.is_plain.set(true);
            return true;
        }
        let layers = Layers::new(door.clone(), self.socket.is_unix());
        *between = Between::Layers(Box::new(layers));
        false
    }

    /// Takes bytes through the layers; what they hold of MQTT is appended to `opened`.
    pub(super) fn open_layers(&self, shell: &Shell, id: ConnId, raw: &mut [u8], opened: &mut Vec<u8>) {
        let mut between = self.between.borrow_mut();
        let Between::Layers(layers) = &mut *between else {
            return;
        };
        let before = (layers.progress(), layers.way());
        let mut spare = shell.spare.borrow_mut();
        layers.lend(&mut spare);
        layers.receive(raw, opened);
        layers.lend(&mut spare);
        if before.0 == Progress::Arriving && layers.way().tls {
            shell.shook_hands.set(true);
        }
        // A client that comes no further is told of with its way, too.
        if before.0 == Progress::Arriving && (layers.progress(), layers.way()) != before {
            let arrival = layers.arrival();
            shell.machines.faults.borrow_mut().arrived(id, arrival.way);
            self.arrived(id, arrival);
        }
    }

    /// The connection is over: perhaps before it was one of MQTT.
    pub(super) fn breaks_off(&self, id: ConnId) {
        if let Between::Layers(layers) = &*self.between.borrow()
            && let Some(why) = layers.broken_off()
        {
            self.fails(id, layers, &why);
        }
    }

    /// Tells the engine how the connection came.
    pub(super) fn arrived(&self, id: ConnId, arrival: Arrival) {
        self.native.borrow_mut().engine.arrived(id, arrival);
    }

    fn fails(&self, id: ConnId, layers: &Layers, why: &str) {
        self.native
            .borrow_mut()
            .handshake_failed(id, layers.arrival(), why);
    }

    /// Whether the connection ends by what its layers say, once all that came before is handled.
    pub(super) fn ends_above(&self, id: ConnId) -> Option<Left> {
        if self.unhandled.get() {
            return None;
        }
        let between = self.between.borrow();
        let Between::Layers(layers) = &*between else {
            return None;
        };
        if matches!(layers.progress(), Progress::Answered | Progress::Visits) {
            self.native.borrow_mut().engine.forget(id);
            return Some(Left::Nothing);
        }
        if layers.is_broken() {
            self.native.borrow_mut().failed(id);
            return Some(Left::Nothing);
        }
        if let Some(Fault(why)) = layers.fault() {
            self.fails(id, layers, why);
            return Some(Left::Nothing);
        }
        layers.peer_ended().then_some(Left::End)
    }
}
