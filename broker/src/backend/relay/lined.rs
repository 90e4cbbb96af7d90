//! [`Lined`]: the line of one connection, and how bytes pass through it from socket to socket.
//!
//! The pump without a line is not touched by this: a line begins and ends between two of its turns.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::ReadBuf;

use super::flow::{Flow, READS_IN_A_ROW, Stream};
use super::lines::Posted;
use super::witness::Witness;
use crate::backend::LITTLE_BYTES;
use crate::engine::Direction;
use crate::fault::Cut;
use crate::line::{Attach, Line};

/// A line between the two sockets of one connection.
pub(super) struct Lined {
    line: Line,
    posted: Posted,
    /// So many bytes from the client and to it belong to packets that were under way when the line began. The observer has seen
    /// how they began, so it is shown the rest.
    rest: [usize; 2],
    /// The generation of rules that it has been told of.
    generation: u64,
    /// The name under which rules know the client, when they were asked last.
    asked_for: Rc<str>,
    /// No rule can concern the client any more.
    leaves: bool,
    /// What was kept for the client is discarded: it has another connection.
    is_taken_over: bool,
}

impl Lined {
    /// The line of a connection that has just begun. `first` came already.
    pub fn begin(witness: &mut Witness<'_>, first: &[u8]) -> Self {
        let (conn, way) = (witness.observer.conn, witness.observer.arrival.way);
        witness.relay.rules().faults.borrow_mut().arrived(conn, way);
        let mut lined = Self::new(witness, bounds(witness), [0; 2]);
        lined.receive(witness, Direction::In, first);
        lined
    }

    /// The line of a connection that is under way: for each direction, what was read and is not passed on yet. `None` where the
    /// packet under way does not say yet where it ends.
    pub fn attach(witness: &mut Witness<'_>, unwritten: [&[u8]; 2]) -> Option<Self> {
        let rest = witness.observer.owed()?;
        let [up, down] = [0, 1].map(|way: usize| unwritten[way].len().saturating_add(rest[way]));
        let attach = Attach {
            fence: [up, down],
            aliases: witness.observer.aliases(),
            ..bounds(witness)
        };
        let mut lined = Self::new(witness, attach, rest);
        for (direction, bytes) in [Direction::In, Direction::Out].into_iter().zip(unwritten) {
            if !bytes.is_empty() {
                witness.lead(|world| lined.line.receive(world, direction, bytes));
            }
        }
        witness.lead(|world| lined.line.tick(world));
        Some(lined)
    }

    fn new(witness: &Witness<'_>, attach: Attach, rest: [usize; 2]) -> Self {
        let who = witness.who();
        Self {
            asked_for: Rc::from(&*who.client_id),
            line: Line::new(who, attach),
            posted: Posted::new(witness.relay, witness.observer.conn, witness.observer.source),
            rest,
            generation: witness.relay.generation(),
            leaves: false,
            is_taken_over: false,
        }
    }

    /// Bytes came from one of the sockets.
    fn receive(&mut self, witness: &mut Witness<'_>, direction: Direction, bytes: &[u8]) {
        if direction == Direction::In {
            witness.count(direction, bytes.len());
        }
        let rest = &mut self.rest[direction as usize];
        let known = bytes.get(..*rest).unwrap_or(bytes);
        if !known.is_empty() {
            *rest -= known.len();
            let book = &mut witness.relay.book.borrow_mut();
            witness.observer.read_along(book, direction, known);
        }
        witness.lead(|world| self.line.receive(world, direction, bytes));
    }

    /// Does what is due, and hears of rules that came, went or let go.
    pub fn heed(&mut self, witness: &mut Witness<'_>, ends: [bool; 2]) {
        let generation = witness.relay.generation();
        let now = witness.relay.book.borrow().clock.now();
        let is_due = self.line.next_timeout().is_some_and(|due| due <= now);
        if is_due || generation != self.generation {
            witness.lead(|world| self.line.tick(world));
        }
        for rule in self.posted.take_releases() {
            witness.lead(|world| self.line.release(world, rule.as_deref()));
        }
        // The upstream ends an older connection when it accepts a newer one: what waits for the older one is lost.
        if ends[Direction::Out as usize] && !self.is_taken_over && witness.is_taken_over() {
            self.is_taken_over = true;
            self.posted.discard();
            witness.lead(|world| self.line.end(world, Direction::Out, Cut::Reset));
        }
        let client_id = &*self.line.who().client_id;
        if generation != self.generation || *client_id != *self.asked_for {
            self.generation = generation;
            self.asked_for = Rc::from(client_id);
            let faults = witness.relay.rules().faults.borrow();
            self.leaves = faults.is_empty() || !faults.may_concern(self.line.who());
        }
    }

    /// How it stands, for those who ask; its task is woken when it has something to do.
    pub fn post(&self, cx: &Context<'_>) {
        let client_id = &self.line.who().client_id;
        let kept = self.line.keeps();
        self.posted
            .tell(client_id, self.line.next_timeout(), kept, cx.waker());
    }

    /// The line goes if no rule can concern the client and nothing is kept: for each direction, the beginning of a packet that is
    /// passed on from now on without it.
    pub fn detach(&mut self, witness: &mut Witness<'_>) -> Option<[Vec<u8>; 2]> {
        if !self.leaves || self.rest != [0; 2] {
            return None;
        }
        let rest = self.line.detach(&*witness.relay.rules().faults.borrow())?;
        for (direction, bytes) in [Direction::In, Direction::Out].into_iter().zip(&rest) {
            let book = &mut witness.relay.book.borrow_mut();
            witness.observer.read_along(book, direction, bytes);
            if direction == Direction::Out {
                book.bytes(direction, bytes.len());
            }
        }
        Some(rest)
    }

    /// The end that a rule wants.
    pub fn cut(&self) -> Option<Cut> {
        self.line.cut()
    }

    /// Whether something is kept back, and goes on by itself at some time, if `timed` asks for that.
    pub fn keeps(&self, timed: bool) -> bool {
        self.line
            .keeps()
            .is_some_and(|kept| !timed || kept.until.is_some())
    }

    /// Whether a side is not read from now.
    pub fn stalls(&self) -> bool {
        !self.line.wants(Direction::In) || !self.line.wants(Direction::Out)
    }

    /// Whether bytes wait for the upstream.
    pub fn has_ready(&self, direction: Direction) -> bool {
        self.line.ready(direction).is_some()
    }
}

/// A packet that the observer can read is one that rules are asked about.
fn bounds(witness: &Witness<'_>) -> Attach {
    Attach {
        max_packet_bytes: witness.relay.settings.limits.max_packet_size_bytes as usize,
        ..Attach::default()
    }
}

impl Flow {
    /// The same as [`Flow::poll`], through a line.
    pub fn poll_lined(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut dyn Stream,
        to: &mut dyn Stream,
        scratch: &mut [u8],
        (lined, witness): (&mut Lined, &mut Witness<'_>),
    ) -> Poll<()> {
        for _ in 0..READS_IN_A_ROW {
            self.is_blocked = false;
            if self.shut || self.void {
                // Nobody takes these bytes any more.
                while let Some(ready) = lined.line.ready(self.from) {
                    let n = ready.bytes.len();
                    lined.line.took(self.from, n);
                }
                return self.drain(cx, from, scratch);
            }
            match self.pass_on(cx, to, lined, witness) {
                Poll::Pending => {
                    self.is_blocked = true;
                    return Poll::Pending;
                }
                Poll::Ready(Err(error)) => {
                    self.give_up(error);
                    continue;
                }
                Poll::Ready(Ok(())) => {}
            }
            if self.ended && lined.line.has_ended(self.from) {
                return self.pass_end(cx, to);
            }
            if self.ended || !lined.line.wants(self.from) {
                if let Err(error) = self.flush(cx, to) {
                    self.give_up(error);
                    continue;
                }
                return Poll::Pending;
            }
            let portion = lined.line.portion_bytes().min(scratch.len());
            let mut buffer = ReadBuf::new(scratch.get_mut(..portion).unwrap_or_default());
            match Pin::new(&mut *from).poll_read(cx, &mut buffer) {
                Poll::Pending => {
                    if let Err(error) = self.flush(cx, to) {
                        self.give_up(error);
                        continue;
                    }
                    return Poll::Pending;
                }
                Poll::Ready(Err(error)) => {
                    self.failed = Some((self.from, error));
                    self.ended = true;
                    witness.lead(|world| lined.line.end(world, self.from, Cut::Reset));
                }
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                    self.ended = true;
                    witness.lead(|world| lined.line.end(world, self.from, Cut::Close));
                }
                Poll::Ready(Ok(())) => {
                    let bytes = buffer.filled();
                    self.moved = true;
                    self.little = bytes.len() < LITTLE_BYTES;
                    lined.receive(witness, self.from, bytes);
                    self.holds_end = witness.keeps_end(self.from);
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Writes what the line has ready.
    fn pass_on(
        &mut self,
        cx: &mut Context<'_>,
        to: &mut dyn Stream,
        lined: &mut Lined,
        witness: &Witness<'_>,
    ) -> Poll<io::Result<()>> {
        while let Some(ready) = lined.line.ready(self.from) {
            let alone = ready.alone;
            let n = match Pin::new(&mut *to).poll_write(cx, ready.bytes)? {
                Poll::Ready(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(n) => n,
                Poll::Pending => return Poll::Pending,
            };
            lined.line.took(self.from, n);
            if self.from == Direction::Out {
                witness.count(self.from, n);
            }
            self.unflushed = true;
            if alone {
                self.flush(cx, to)?;
            }
        }
        Poll::Ready(Ok(()))
    }
}
