//! Lines: what rules do stands between a connection's bytes and the engine, where a rule could concern its client.
//!
//! From the client, bytes go through the layers into the line, and what comes out of it to the engine. To the client, the line
//! gets what the outbox holds, and what comes out of it goes to the socket; in the outbox it counts as unwritten until then.
//! So what a line keeps counts against the bounds of the connection, and presses on its publishers.

mod ends;
mod passing;

use super::Shell;
use super::conn::ConnIo;
use crate::engine::{ConnId, Direction};
use crate::fault::{Invalid, Who};
use crate::line::{Attach, Line, Note, World};
use crate::time::Time;
use crate::told::Told;
use crate::wire;

/// A line that stands before a connection.
pub(super) struct Attached {
    line: Line,
    told: Told,
    /// So many bytes at the front of the outbox were given to it and have not left it.
    given: usize,
    /// It knows that nothing more comes from there: the client, the engine.
    ended: [bool; 2],
    /// When it has something to do, as the shell knows it.
    due: Option<Time>,
}

impl Shell {
    /// The rules are others now: each connection looks at them.
    pub(super) fn faults_changed(&self) {
        let all: Vec<_> = self
            .conns
            .borrow()
            .iter()
            .map(|(id, io)| (*id, io.clone()))
            .collect();
        for (id, io) in all {
            if io.has_line.get() {
                io.tick_line(self, id);
            } else if self.could_concern(&io, id) {
                io.attach_line(self, id);
            }
        }
    }

    fn could_concern(&self, io: &ConnIo, id: ConnId) -> bool {
        let faults = self.machines.faults.borrow();
        if faults.is_empty() || io.is_closing(id) {
            return false;
        }
        // Before CONNECT it could be anybody.
        io.who(id).is_none_or(|who| faults.may_concern(&who))
    }

    /// Lets go what this rule keeps.
    pub(super) fn release(&self, rule: &str) -> Result<(), Invalid> {
        if let Some(absent) = self.machines.faults.borrow().why_absent(rule) {
            return Err(Invalid {
                place: format!("fault {rule:?}"),
                what: absent.words,
            });
        }
        if let Some(relay) = self.backend.relay() {
            relay.release(Some(rule));
        }
        let all: Vec<_> = self
            .conns
            .borrow()
            .iter()
            .map(|(id, io)| (*id, io.clone()))
            .collect();
        for (id, io) in all {
            io.with_line(self, id, |line, world| line.release(world, Some(rule)));
            io.pass_on(self, id);
        }
        Ok(())
    }

    /// When a line has something to do next.
    pub(super) fn next_line_due(&self) -> Option<Time> {
        self.machines.lines.borrow().first().map(|(at, _)| *at)
    }

    /// Lines do what is due.
    pub(super) fn tick_lines(&self, now: Time) {
        let due: Vec<ConnId> = {
            let lines = self.machines.lines.borrow();
            lines
                .iter()
                .take_while(|(at, _)| *at <= now)
                .map(|(_, id)| *id)
                .collect()
        };
        for id in due {
            let io = self.conns.borrow().get(&id).cloned();
            if let Some(io) = io {
                io.tick_line(self, id);
            }
        }
    }
}

impl ConnIo {
    /// The client, once its CONNECT has come.
    fn who(&self, id: ConnId) -> Option<Who> {
        let (client_id, user, listener, version) = self.native.borrow().engine.client_of(id)?;
        Some(Who {
            conn: id,
            client_id,
            user,
            listener,
            version,
        })
    }

    /// Nothing is known of it but where it came in.
    fn stranger(&self, id: ConnId) -> Who {
        let native = self.native.borrow();
        Who {
            conn: id,
            client_id: "".into(),
            user: native.engine.identity_of(id),
            listener: native.engine.listener_of(id),
            version: wire::Version::V311,
        }
    }

    /// A connection that begins while rules are in force begins with a line.
    pub(super) fn begin_line(&self, shell: &Shell, id: ConnId) {
        if !shell.machines.faults.borrow().is_empty() {
            self.attach_line(shell, id);
        }
    }

    /// Puts a line before the connection, at the boundary of a packet: what came whole, and what is queued, passes unread.
    fn attach_line(&self, shell: &Shell, id: ConnId) {
        let who = self.who(id).unwrap_or_else(|| self.stranger(id));
        let mut native = self.native.borrow_mut();
        let way = native.engine.way_of(id);
        shell.machines.faults.borrow_mut().arrived(id, way);
        let queued = native.engine.outbox(id).map_or(0, crate::engine::Outbox::len);
        native.engine.set_line(id, true);
        let attach = Attach {
            fence: [0, queued],
            aliases: native.engine.aliases_of(id),
            max_packet_bytes: shell.max_packet_bytes,
            ..Attach::default()
        };
        drop(native);
        let attached = Attached {
            line: Line::new(who, attach),
            told: Told::default(),
            given: 0,
            ended: [false; 2],
            due: None,
        };
        *self.line.borrow_mut() = Some(Box::new(attached));
        self.has_line.set(true);
        let half = half_of(&mut self.partial.borrow_mut());
        self.with_line(shell, id, |line, world| {
            line.tick(world);
            line.receive(world, Direction::In, &half);
        });
        self.pass_on(shell, id);
    }

    /// Does something with the line, tells the journal, and sets its timer.
    fn with_line<T>(
        &self,
        shell: &Shell,
        id: ConnId,
        work: impl FnOnce(&mut Line, &mut World<'_>) -> T,
    ) -> Option<T> {
        let mut line = self.line.borrow_mut();
        let attached = line.as_mut()?;
        let now = self.native.borrow().clock.now();
        let Attached { line, told, .. } = &mut **attached;
        let mut note = |note: Note<'_>| told.take(&mut self.native.borrow_mut().engine, now, id, note);
        let mut faults = shell.machines.faults.borrow_mut();
        let mut world = World {
            now,
            faults: &mut *faults,
            scenarios: &mut shell.machines.scenarios.borrow_mut(),
            note: &mut note,
        };
        let done = work(line, &mut world);
        told.handed(&mut self.native.borrow_mut().engine, now, id, 0);
        let due = attached.line.next_timeout();
        if due != attached.due {
            let mut lines = shell.machines.lines.borrow_mut();
            if let Some(before) = attached.due {
                lines.remove(&(before, id));
            }
            lines.extend(due.map(|due| (due, id)));
            attached.due = due;
            // Also where no input comes behind this, as at the end of a connection.
            shell.rearm.notify_one();
        }
        let held = attached.line.held_bytes();
        self.native.borrow_mut().engine.kept_on_line(id, held);
        if attached.line.cut().is_some() {
            self.wake.notify_one();
        }
        Some(done)
    }

    /// Does what is due in the line.
    fn tick_line(&self, shell: &Shell, id: ConnId) {
        self.with_line(shell, id, Line::tick);
        self.pass_on(shell, id);
    }

    /// Takes the line away once nothing can concern its client.
    fn detach_line(&self, shell: &Shell, id: ConnId) {
        let mut line = self.line.borrow_mut();
        let Some(attached) = line.as_mut() else { return };
        let faults = shell.machines.faults.borrow();
        let is_known = !attached.line.who().client_id.is_empty();
        let mut native = self.native.borrow_mut();
        let is_written = native
            .engine
            .outbox(id)
            .is_none_or(crate::engine::Outbox::is_empty);
        let may_go = (is_known || faults.is_empty())
            && !self.unhandled.get()
            && is_written
            && attached.ended == [false; 2];
        if !may_go || (is_known && faults.may_concern(attached.line.who())) {
            return;
        }
        let Some([half, _]) = attached.line.detach(&*faults) else {
            return;
        };
        self.partial.borrow_mut().extend_from_slice(&half);
        if let Some(due) = attached.due {
            shell.machines.lines.borrow_mut().remove(&(due, id));
        }
        native.engine.set_line(id, false);
        native.engine.kept_on_line(id, half.len());
        *line = None;
        self.has_line.set(false);
        self.differs.set(false);
    }
}

/// Takes the beginning of a packet, if there is one, from the end of these bytes.
fn half_of(bytes: &mut Vec<u8>) -> Vec<u8> {
    let mut whole = 0;
    while let Some(rest) = bytes.get(whole..).filter(|rest| !rest.is_empty())
        && let Ok(next) = wire::frame(rest, usize::MAX)
    {
        match next {
            Some(length) if length <= rest.len() => whole += length,
            _ => return bytes.split_off(whole),
        }
    }
    Vec::new()
}
