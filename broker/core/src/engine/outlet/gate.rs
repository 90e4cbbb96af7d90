//! `Gate`: what of an outbox may go out before the changes that it rests on are kept.
//!
//! Bytes wait behind it from the moment they are written. At the end of the turn they are let through, or wait for the batch of
//! changes that the turn has made. Bytes of later turns wait behind those, to keep the order.

use std::collections::VecDeque;

/// Places are counted from the first byte that was ever sent.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// How many bytes have gone.
    gone: u64,
    /// Where the bytes of the present turn begin.
    turn: Option<u64>,
    /// From each place on, bytes wait for the batch of this number. Both rise.
    waiting: VecDeque<(u64, u64)>,
}

impl Gate {
    /// Bytes are appended behind `unsent` others.
    pub fn written(&mut self, unsent: usize) {
        self.turn.get_or_insert(self.gone + unsent as u64);
    }

    /// So many went.
    pub fn sent(&mut self, n: usize) {
        self.gone += n as u64;
    }

    /// All that was unsent is forgotten.
    pub fn cleared(&mut self, unsent: usize) {
        *self = Self {
            gone: self.gone + unsent as u64,
            ..Self::default()
        };
    }

    /// The turn is over. What it wrote waits for this batch, or for none. Returns whether it wrote anything.
    pub fn end_turn(&mut self, batch: Option<u64>) -> bool {
        let Some(begin) = self.turn.take() else {
            return false;
        };
        self.waiting.extend(batch.map(|batch| (begin, batch)));
        true
    }

    /// Whether something was written in a turn that is not over.
    pub fn is_written(&self) -> bool {
        self.turn.is_some()
    }

    /// All batches up to this one are kept.
    pub fn kept(&mut self, through: u64) {
        while self.waiting.front().is_some_and(|(_, batch)| *batch <= through) {
            self.waiting.pop_front();
        }
    }

    /// How many of so many unsent bytes may go.
    pub fn open(&self, unsent: usize) -> usize {
        let shut = self.waiting.front().map(|(place, _)| *place).or(self.turn);
        shut.map_or(unsent, |place| {
            usize::try_from(place.saturating_sub(self.gone)).map_or(unsent, |open| open.min(unsent))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_wait_for_their_turn_and_for_its_batch() {
        let mut gate = Gate::default();
        gate.written(0);
        assert_eq!(gate.open(10), 0);
        gate.end_turn(None);
        assert_eq!(gate.open(10), 10);
        gate.written(10);
        assert!(gate.end_turn(Some(1)));
        gate.written(20);
        assert!(gate.end_turn(Some(2)));
        gate.written(30);
        assert!(gate.is_written() && gate.end_turn(None));
        assert!(
            !gate.is_written() && !gate.end_turn(Some(3)),
            "nothing was written"
        );
        assert_eq!(gate.open(40), 10);
        gate.sent(10);
        assert_eq!(gate.open(30), 0);
        gate.kept(1);
        assert_eq!(gate.open(30), 10);
        gate.kept(2);
        assert_eq!(gate.open(30), 30);
    }

    #[test]
    fn what_is_forgotten_holds_up_nothing() {
        let mut gate = Gate::default();
        gate.written(0);
        gate.end_turn(Some(1));
        gate.cleared(10);
        gate.written(0);
        assert_eq!(gate.open(5), 0);
        gate.end_turn(None);
        assert_eq!(gate.open(5), 5);
    }
}
