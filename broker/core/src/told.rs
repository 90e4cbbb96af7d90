//! What a line tells the journal, in the order in which things happen.
//!
//! The engine records what it receives as it was sent, once it gets it. A line works on all that came at once, so what it tells of a
//! packet waits until the engine has what came before that packet.

use std::collections::VecDeque;

use crate::engine::{ConnId, Direction, Engine};
use crate::journal::{Remark, Side};
use crate::line::{Fired, Note};
use crate::time::Time;

/// Notes of one line.
#[derive(Default)]
pub struct Told {
    /// So many bytes from the client are ready to be handed over, by what the notes say, and so many were.
    noted: u64,
    handed: u64,
    /// Notes that wait, each until so many bytes are handed over.
    waiting: VecDeque<(u64, Waiting)>,
    /// The packet that the next firing is about.
    came: Option<(Direction, Vec<u8>)>,
}

/// A note that owns its bytes.
enum Waiting {
    Seen(Side, Direction, Vec<u8>),
    /// Packets that passed to the client.
    Passed(Vec<u8>),
    Fired(Fired),
    Remarked(Remark),
}

impl Told {
    /// Takes a note. All but what passes to the client is told later.
    pub fn take(&mut self, engine: &mut Engine, now: Time, id: ConnId, note: Note<'_>) {
        let waiting = match note {
            // The engine records these itself.
            Note::Passed {
                direction: Direction::In,
                bytes,
                ..
            }
            | Note::Unread {
                direction: Direction::In,
                bytes,
            }
            | Note::Went {
                direction: Direction::In,
                bytes,
            } => {
                self.noted += bytes.len() as u64;
                return;
            }
            Note::Passed { bytes, .. } | Note::Unread { bytes, .. } => {
                if self.is_up_to_date() {
                    return engine.passed_line(now, id, bytes);
                }
                Waiting::Passed(bytes.to_vec())
            }
            Note::Came { direction, bytes } => {
                let side = match direction {
                    Direction::In => Side::Client,
                    Direction::Out => Side::Engine,
                };
                Waiting::Seen(side, direction, bytes.to_vec())
            }
            Note::Went { direction, bytes } => Waiting::Seen(Side::Client, direction, bytes.to_vec()),
            Note::Fired(fired) => Waiting::Fired(fired),
            Note::Remarked(remark) => Waiting::Remarked(remark),
        };
        self.waiting.push_back((self.noted, waiting));
    }

    fn is_up_to_date(&self) -> bool {
        self.waiting.is_empty() && self.handed >= self.noted
    }

    /// How many bytes may be handed over before something is to be told.
    pub fn most(&self) -> usize {
        let next = self.waiting.front().map(|(at, _)| at.saturating_sub(self.handed));
        next.map_or(usize::MAX, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
    }

    /// So many bytes were handed over: what waited for them is told.
    pub fn handed(&mut self, engine: &mut Engine, now: Time, id: ConnId, n: usize) {
        self.handed += n as u64;
        while self.waiting.front().is_some_and(|(at, _)| *at <= self.handed) {
            if let Some((_, waiting)) = self.waiting.pop_front() {
                self.tell(engine, now, id, waiting);
            }
        }
    }

    /// Nothing more is ready: all is told.
    pub fn all_handed(&mut self, engine: &mut Engine, now: Time, id: ConnId) {
        self.handed = self.noted;
        self.handed(engine, now, id, 0);
    }

    fn tell(&mut self, engine: &mut Engine, now: Time, id: ConnId, waiting: Waiting) {
        match waiting {
            Waiting::Remarked(remark) => {
                let known = engine.client_id_of(id);
                engine.tell_on_line(now, id, remark.into_event(id, &known));
            }
            Waiting::Passed(bytes) => engine.passed_line(now, id, &bytes),
            Waiting::Seen(side, direction, bytes) => {
                engine.seen_on_line(now, id, (direction, side), &bytes);
                // What the client gets is not what a rule acts on next.
                if (side, direction) != (Side::Client, Direction::Out) {
                    self.came = Some((direction, bytes));
                }
            }
            Waiting::Fired(Fired {
                client_id,
                rule,
                action,
                nth,
                delivery,
                why,
                lost,
            }) => {
                engine.rule_fired(now, id, (client_id, rule, action), (nth, delivery), why);
                if let (true, Some((direction, packet))) = (lost, self.came.take()) {
                    engine.lost_on_line(id, direction, &packet);
                }
            }
        }
    }
}
