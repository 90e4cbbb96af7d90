//! [`Witness`]: looks on while bytes move between a client and its upstream, and tells the book.

use std::rc::Rc;

use super::Relay;
use super::book::Book;
use super::lines::Posted;
use super::observe::Observer;
use crate::engine::{Direction, Event};
use crate::fault::Who;
use crate::journal::Side;
use crate::line::{Fired, Note, World};

/// The packet type of DISCONNECT.
const DISCONNECT: u8 = 14;

/// What moving bytes may ask, and whom it tells.
pub(super) struct Witness<'a> {
    pub relay: &'a Rc<Relay>,
    pub observer: &'a mut Observer,
    /// The bytes cannot be read.
    pub opaque: bool,
}

impl Witness<'_> {
    /// Bytes pass by unchanged. Says whether an end that follows is kept from the other side.
    pub fn saw(&mut self, direction: Direction, bytes: &[u8]) -> bool {
        if self.opaque {
            self.relay.book.borrow_mut().bytes(direction, bytes.len());
            return false;
        }
        self.observer
            .saw(&mut self.relay.book.borrow_mut(), direction, bytes);
        self.relay.tell();
        self.keeps_end(direction)
    }

    /// Whether the upstream is to end the connection itself: it has got the client's DISCONNECT.
    pub fn keeps_end(&self, direction: Direction) -> bool {
        direction == Direction::In && self.observer.goodbye_passed && self.relay.target.closes_after_goodbye()
    }

    /// Counts bytes that come from the client or go to it.
    pub fn count(&self, direction: Direction, n: usize) {
        self.relay.book.borrow_mut().bytes(direction, n);
    }

    /// The client, as rules know it.
    pub fn who(&self) -> Who {
        let observer = &self.observer;
        Who {
            conn: observer.conn,
            client_id: observer.client_id.clone(),
            user: observer.user.clone(),
            listener: observer.arrival.listener.clone(),
            version: observer.version,
        }
    }

    /// Whether rules on bytes or packets could concern this client.
    pub fn may_be_concerned(&self) -> bool {
        let faults = self.relay.rules().faults.borrow();
        !self.opaque && !faults.is_empty() && faults.may_concern(&self.who())
    }

    /// Does something with a line; what it notes is recorded.
    pub fn lead<R>(&mut self, work: impl FnOnce(&mut World<'_>) -> R) -> R {
        let was_accepted = self.observer.accepted;
        let rules = self.relay.rules();
        let now = self.relay.book.borrow().clock.now();
        let mut note = |note: Note<'_>| self.observer.note(&mut self.relay.book.borrow_mut(), note);
        let result = work(&mut World {
            now,
            faults: &mut *rules.faults.borrow_mut(),
            scenarios: &mut rules.scenarios.borrow_mut(),
            note: &mut note,
        });
        if self.observer.accepted && !was_accepted {
            Posted::takes_over(self.relay, &self.observer.client_id);
        }
        self.relay.tell();
        result
    }

    /// Whether a newer connection of the same client is accepted.
    pub fn is_taken_over(&self) -> bool {
        let book = self.relay.book.borrow();
        self.observer.accepted && book.is_elsewhere(&self.observer.client_id, self.observer.conn)
    }
}

impl Observer {
    /// A line tells of a packet or of a rule. What this observer knows is the client's side; where the upstream sent or got
    /// something else, that is recorded apart.
    fn note(&mut self, book: &mut Book, note: Note<'_>) {
        match note {
            Note::Passed { direction, bytes, .. } => {
                self.read_along(book, direction, bytes);
                self.goodbye_passed |= self.said_goodbye();
            }
            Note::Unread { direction, bytes } => self.read_along(book, direction, bytes),
            Note::Came { direction, bytes } => match direction {
                Direction::In => book.on_side(Side::Client, |book| self.packet(book, direction, bytes)),
                Direction::Out => {
                    self.answered = true;
                    book.on_side(Side::Engine, |book| book.packet(self.source, direction, bytes));
                }
            },
            Note::Went { direction, bytes } => match direction {
                Direction::In => {
                    self.goodbye_passed |= bytes.first().is_some_and(|byte| byte >> 4 == DISCONNECT);
                    book.on_side(Side::Engine, |book| book.packet(self.source, direction, bytes));
                }
                Direction::Out => book.on_side(Side::Client, |book| self.packet(book, direction, bytes)),
            },
            Note::Remarked(remark) => {
                let event = remark.into_event(self.conn, &self.client_id);
                book.event(Some(self.source), event);
            }
            Note::Fired(Fired {
                client_id,
                rule,
                action,
                nth,
                delivery,
                why,
                ..
            }) => {
                let event = Event::Fault {
                    conn: self.conn,
                    client_id: match &*self.client_id {
                        "" => client_id,
                        _ => self.client_id.clone(),
                    },
                    rule,
                    action,
                    nth: u32::try_from(nth).unwrap_or(u32::MAX),
                    delivery,
                    why,
                };
                book.event(Some(self.source), event);
            }
        }
    }
}
