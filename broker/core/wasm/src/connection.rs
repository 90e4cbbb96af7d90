//! [`Connection`]: one client's connection, with the line before it that rules act on.

use broker_core::engine::{ConnId, Direction, Engine};
use broker_core::fault::{Cut, Who};
use broker_core::line::{Attach, Line, Note, World};
use broker_core::time::Time;
use broker_core::told::Told;
use broker_core::wire::Version;

use crate::broker::Machines;

pub struct Connection {
    pub id: ConnId,
    line: Line,
    told: Told,
    /// So many bytes at the front of the outbox were given to the line and have not left it.
    given: usize,
    /// So many bytes of the outbox have set out on their way: those that the line has, and those behind them.
    on_the_way: usize,
    /// The beginning of a packet, for the engine.
    partial: Vec<u8>,
}

impl Connection {
    /// A line is there from the first byte on, whether there is a rule or not: so a rule can come at any time.
    pub fn new(engine: &mut Engine, id: ConnId) -> Self {
        engine.set_line(id, true);
        let who = Who {
            conn: id,
            client_id: "".into(),
            user: None,
            listener: engine.listener_of(id),
            version: Version::V311,
        };
        let attach = Attach {
            max_packet_bytes: engine.settings().limits.max_packet_size_bytes as usize,
            ..Attach::default()
        };
        Self {
            id,
            line: Line::new(who, attach),
            told: Told::default(),
            given: 0,
            on_the_way: 0,
            partial: Vec::new(),
        }
    }

    /// Does something with the line, and tells the journal.
    fn with_line(
        &mut self,
        engine: &mut Engine,
        machines: &mut Machines,
        now: Time,
        work: impl FnOnce(&mut Line, &mut World<'_>),
    ) {
        let (told, id) = (&mut self.told, self.id);
        let mut note = |note: Note<'_>| told.take(engine, now, id, note);
        let mut world = World {
            now,
            faults: &mut machines.faults,
            scenarios: &mut machines.scenarios,
            note: &mut note,
        };
        work(&mut self.line, &mut world);
        self.told.handed(engine, now, self.id, 0);
        engine.kept_on_line(self.id, self.line.held_bytes());
    }

    pub fn receive(&mut self, engine: &mut Engine, machines: &mut Machines, now: Time, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.line.wants(Direction::In) {
            let (part, rest) = bytes.split_at(bytes.len().min(self.line.portion_bytes()));
            self.with_line(engine, machines, now, |line, world| {
                line.receive(world, Direction::In, part);
            });
            self.hand_over(engine, now);
            bytes = rest;
        }
    }

    /// Hands over to the engine what has come through the line.
    fn hand_over(&mut self, engine: &mut Engine, now: Time) {
        while let Some(ready) = self.line.ready(Direction::In) {
            let bytes = ready.bytes.get(..self.told.most()).unwrap_or(ready.bytes);
            let n = bytes.len();
            let is_other = ready.differs;
            self.partial.extend_from_slice(bytes);
            loop {
                let taken = if is_other {
                    engine.receive_differing(now, self.id, &self.partial)
                } else {
                    engine.receive(now, self.id, &self.partial)
                };
                self.partial.drain(..taken.min(self.partial.len()));
                // Others have had their turn: nobody else runs here.
                if taken == 0 || !engine.has_unhandled(self.id) {
                    break;
                }
            }
            self.line.took(Direction::In, n);
            self.told.handed(engine, now, self.id, n);
        }
        self.told.all_handed(engine, now, self.id);
    }

    /// What has not set out yet sets out.
    pub fn unsent(&mut self, engine: &Engine, to: &mut Vec<u8>) {
        let Some(outbox) = engine.outbox(self.id) else {
            return;
        };
        loop {
            let more = outbox.after(self.on_the_way);
            if more.is_empty() {
                return;
            }
            to.extend_from_slice(more);
            self.on_the_way += more.len();
        }
    }

    /// So many bytes have come to the line before the client.
    pub fn pass(&mut self, engine: &mut Engine, machines: &mut Machines, now: Time, bytes: usize) {
        self.name_client(engine, machines, now);
        let mut bytes = bytes.min(self.on_the_way - self.given);
        while bytes > 0 {
            let Some(outbox) = engine.outbox(self.id) else {
                return;
            };
            let there = outbox.after(self.given);
            let most = bytes.min(self.line.portion_bytes());
            let part = there.get(..most).unwrap_or(there).to_vec();
            if part.is_empty() {
                return;
            }
            self.with_line(engine, machines, now, |line, world| {
                line.receive(world, Direction::Out, &part);
            });
            self.given += part.len();
            bytes -= part.len();
            self.release_written(engine, now);
        }
    }

    /// Tells the line what the engine calls a client of 3.x that has no identifier.
    fn name_client(&mut self, engine: &mut Engine, machines: &mut Machines, now: Time) {
        let who = self.line.who();
        if !who.client_id.is_empty() || who.version.is_v5() {
            return;
        }
        let Some((client_id, ..)) = engine.client_of(self.id) else {
            return;
        };
        if !client_id.is_empty() {
            self.with_line(engine, machines, now, |line, world| {
                line.is_called(world, client_id);
            });
        }
    }

    /// Tells the engine what has left the line.
    fn release_written(&mut self, engine: &mut Engine, now: Time) {
        let released = self.line.released(Direction::Out).min(self.given);
        if released > 0 {
            self.given -= released;
            self.on_the_way -= released;
            let unsent = engine.outbox(self.id).map_or(0, broker_core::engine::Outbox::len);
            engine.wrote(now, self.id, released.min(unsent));
        }
    }

    /// What has come through the line is the client's.
    pub fn take(&mut self, engine: &mut Engine, machines: &mut Machines, now: Time, to: &mut Vec<u8>) {
        self.with_line(engine, machines, now, Line::tick);
        while let Some(ready) = self.line.ready(Direction::Out) {
            let n = ready.bytes.len();
            to.extend_from_slice(ready.bytes);
            self.line.took(Direction::Out, n);
        }
        self.release_written(engine, now);
    }

    pub fn tick(&mut self, engine: &mut Engine, machines: &mut Machines, now: Time) {
        self.with_line(engine, machines, now, Line::tick);
        self.hand_over(engine, now);
        self.release_written(engine, now);
    }

    pub fn release(&mut self, engine: &mut Engine, machines: &mut Machines, now: Time, rule: &str) {
        self.with_line(engine, machines, now, |line, world| {
            line.release(world, Some(rule));
        });
        self.hand_over(engine, now);
    }

    pub fn next_timeout(&self) -> Option<Time> {
        self.line.next_timeout()
    }

    /// The end that a rule wants.
    pub fn cut(&self) -> Option<Cut> {
        self.line.cut()
    }

    pub fn close(mut self, engine: &mut Engine, now: Time, why: &str) {
        self.told.all_handed(engine, now, self.id);
        engine.closed(now, self.id, why);
    }
}
