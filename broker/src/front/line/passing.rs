//! Bytes through a line: from the socket to the engine, and from the outbox to the socket.

use std::io::{self, IoSlice};

use crate::engine::{ConnId, Direction};
use crate::front::Shell;
use crate::front::conn::{Between, ConnIo, Left};

impl ConnIo {
    /// Passes on what has come through the line, both ways.
    pub(super) fn pass_on(&self, shell: &Shell, id: ConnId) {
        if let Some(predecessor) = self.pass_in(shell, id) {
            shell.hear_first(predecessor);
        }
        self.write_some(shell, id);
        self.wake.notify_one();
    }

    /// Hands over to the engine what has come through the line. Returns the connection that is to be heard before.
    pub(in crate::front) fn pass_in(&self, shell: &Shell, id: ConnId) -> Option<ConnId> {
        while !self.unhandled.get() {
            let mut line = self.line.borrow_mut();
            let attached = line.as_mut()?;
            let now = self.native.borrow().clock.now();
            let Some(ready) = attached.line.ready(Direction::In) else {
                let engine = &mut self.native.borrow_mut().engine;
                attached.told.all_handed(engine, now, id);
                break;
            };
            self.differs.set(ready.differs);
            let mut partial = self.partial.borrow_mut();
            let bytes = ready.bytes.get(..attached.told.most()).unwrap_or(ready.bytes);
            let predecessor = if partial.is_empty() {
                self.take_in(id, bytes, &mut partial)
            } else {
                partial.extend_from_slice(bytes);
                let all = std::mem::take(&mut *partial);
                self.take_in(id, &all, &mut partial)
            };
            let n = bytes.len();
            attached.line.took(Direction::In, n);
            let mut native = self.native.borrow_mut();
            // The engine took its time.
            let now = native.clock.now();
            attached.told.handed(&mut native.engine, now, id, n);
            drop(native);
            if predecessor.is_some() {
                return predecessor;
            }
        }
        self.detach_line(shell, id);
        None
    }

    /// Reads bytes that go through the line.
    pub(in crate::front) fn read_to_line(&self, shell: &Shell, id: ConnId) -> io::Result<Left> {
        if let Some(left) = self.ends_above(id) {
            return Ok(left);
        }
        if self.is_deaf_for_line() {
            return Ok(Left::Nothing);
        }
        let most = self
            .line
            .borrow()
            .as_deref()
            .map_or(1, |attached| attached.line.portion_bytes());
        let mut scratch = shell.scratch();
        let raw = scratch.get_mut(..most).unwrap_or_default();
        let (n, in_socket) = self.read(raw)?;
        let raw = raw.get_mut(..n).unwrap_or_default();
        if raw.is_empty() {
            return Ok(Left::End);
        }
        if self.is_plain.get() || self.is_plain_from_now_on(raw) {
            self.with_line(shell, id, |line, world| line.receive(world, Direction::In, raw));
        } else {
            let mut opened = shell.opened.borrow_mut();
            opened.clear();
            self.open_layers(shell, id, raw, &mut opened);
            self.with_line(shell, id, |line, world| {
                line.receive(world, Direction::In, &opened);
            });
        }
        drop(scratch);
        let predecessor = self.pass_in(shell, id);
        self.write_some(shell, id);
        Ok(match predecessor {
            Some(predecessor) => shell.hear_first(predecessor),
            None => self.ends_above(id).unwrap_or(in_socket),
        })
    }

    /// Gives the line what the outbox holds, as far as it wants more.
    pub(super) fn feed_line(&self, shell: &Shell, id: ConnId) {
        self.name_client(shell, id);
        let mut chunk = Vec::new();
        loop {
            chunk.clear();
            {
                let line = self.line.borrow();
                let Some(attached) = line.as_deref() else { return };
                let native = self.native.borrow();
                let Some(outbox) = native.engine.outbox(id) else {
                    return;
                };
                if attached.line.wants(Direction::Out) {
                    let new = outbox.after(attached.given);
                    let portion = attached.line.portion_bytes();
                    chunk.extend_from_slice(new.get(..portion).unwrap_or(new));
                }
            }
            if chunk.is_empty() {
                break;
            }
            self.with_line(shell, id, |line, world| {
                line.receive(world, Direction::Out, &chunk);
            });
            if let Some(attached) = self.line.borrow_mut().as_mut() {
                attached.given += chunk.len();
            }
            self.release_written(id);
        }
    }

    /// Tells the line what the engine calls a client of 3.x that has no identifier, before its CONNACK comes.
    fn name_client(&self, shell: &Shell, id: ConnId) {
        let is_nameless = self.line.borrow().as_deref().is_some_and(|attached| {
            let who = attached.line.who();
            who.client_id.is_empty() && !who.version.is_v5()
        });
        let chosen = is_nameless.then(|| self.who(id)).flatten();
        if let Some(who) = chosen.filter(|who| !who.client_id.is_empty()) {
            self.with_line(shell, id, |line, world| line.is_called(world, who.client_id));
        }
    }

    /// Tells the engine what has left the line.
    fn release_written(&self, id: ConnId) {
        let mut line = self.line.borrow_mut();
        let Some(attached) = line.as_mut() else { return };
        let released = attached.line.released(Direction::Out).min(attached.given);
        if released > 0 {
            attached.given -= released;
            let mut native = self.native.borrow_mut();
            // What cannot be written any more was forgotten.
            let unsent = native.engine.outbox(id).map_or(0, crate::engine::Outbox::len);
            native.wrote(id, released.min(unsent));
        }
    }

    /// Writes what comes out of the line, until nothing does.
    pub(in crate::front) fn write_behind_line(&self, shell: &Shell, id: ConnId) -> io::Result<()> {
        let mut has_written = false;
        loop {
            self.feed_line(shell, id);
            let mut between = self.between.borrow_mut();
            if let Between::Layers(layers) = &mut *between {
                self.flush(layers)?;
            }
            let mut line = self.line.borrow_mut();
            let Some(attached) = line.as_mut() else {
                return Ok(());
            };
            let Some(ready) = attached.line.ready(Direction::Out) else {
                break;
            };
            let slices = [IoSlice::new(ready.bytes)];
            let n = match &mut *between {
                Between::Layers(layers) => layers.send(&slices),
                _ => self.socket.try_write_vectored(&slices)?,
            };
            self.wrote_now();
            attached.line.took(Direction::Out, n);
            drop(line);
            drop(between);
            self.release_written(id);
            has_written = true;
        }
        // A client that only listens lets go of its line here: nothing comes from it.
        if has_written {
            self.detach_line(shell, id);
        }
        Ok(())
    }
}
