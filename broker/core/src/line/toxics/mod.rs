//! [`Chain`]: the toxics on one direction of a connection, one behind the other.

mod stage;

use crate::fault::{Cut, Infection, Toxic};
use crate::time::Time;

use super::chunk::Chunk;
use super::{Kept, Tell};
use stage::Stage;

/// The toxics on one direction, in the order of their priority.
#[derive(Debug)]
pub(super) struct Chain {
    stages: Vec<Stage>,
    /// So that the two directions have chance of their own.
    salt: u64,
    /// When the end of the direction came in, and whether it has come out.
    end: Option<Time>,
    ended: bool,
    /// When the last bytes came out.
    last: Time,
}

/// What came out of a chain.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// Bytes that go on.
    pub chunks: Vec<Chunk>,
    /// Bytes of the sender that are released, because they were lost.
    pub released: usize,
    /// The end of the connection.
    pub end: Option<End>,
}

/// The end of the connection, as a toxic wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub how: Cut,
    /// What has come past the toxic is lost, too.
    pub at_once: bool,
}

impl Chain {
    pub fn new(salt: u64) -> Self {
        Self {
            stages: Vec::new(),
            salt,
            end: None,
            ended: false,
            last: Time::ZERO,
        }
    }

    /// Whether so many bytes would come out at once, as they are.
    pub fn lets_through(&self, bytes: usize) -> bool {
        self.stages
            .iter()
            .all(|stage| stage.is_empty() && stage.lets_through(bytes))
    }

    /// Counts bytes that it let through.
    pub fn count(&mut self, bytes: usize) {
        for stage in &mut self.stages {
            stage.count(bytes);
        }
    }

    /// Whether no bytes should be given to this direction.
    pub fn stalls(&self) -> bool {
        self.stages
            .iter()
            .any(|stage| stage.infection.toxic == Toxic::Stall)
    }

    /// Bytes come in. What comes out at once is in `passed`.
    pub fn push(&mut self, at: Time, chunk: Chunk, tell: &mut Tell<'_>, passed: &mut Passed) {
        self.push_to(0, at, chunk, tell, passed);
    }

    fn push_to(&mut self, stage: usize, at: Time, chunk: Chunk, tell: &mut Tell<'_>, passed: &mut Passed) {
        let Some(stage) = self.stages.get_mut(stage) else {
            self.last = self.last.max(at);
            return passed.chunks.push(chunk);
        };
        if !stage.lets_through(chunk.len()) {
            stage.acts(tell);
        }
        passed.released += stage.push(at, chunk);
    }

    /// Lets go what is due. The first toxic that ends the connection is told, and what would have gone later is lost.
    pub fn poll(&mut self, now: Time, tell: &mut Tell<'_>, passed: &mut Passed) {
        loop {
            // An end that is due before what follows it.
            let cut = self.stages.iter().enumerate().filter_map(|(at, stage)| {
                let (when, how) = stage.cut()?;
                (when <= now).then_some((when, at, how))
            });
            let cut = cut.min_by_key(|(when, ..)| *when);
            let until = cut.map_or(now, |(when, ..)| when);
            if !self.step(until, tell, passed) {
                if let Some((_, at, how)) = cut {
                    self.cut(at, how, tell, passed);
                }
                break;
            }
        }
        if let Some(due) = self.end_due().filter(|due| *due <= now) {
            self.last = due;
            self.ended = true;
        }
    }

    /// Moves what is due by one stage. Returns whether there was something.
    fn step(&mut self, until: Time, tell: &mut Tell<'_>, passed: &mut Passed) -> bool {
        let mut moved = false;
        for stage in 0..self.stages.len() {
            while let Some((at, chunk)) = self.stages.get_mut(stage).and_then(|stage| stage.pop(until)) {
                moved = true;
                self.push_to(stage + 1, at, chunk, tell, passed);
            }
        }
        moved
    }

    /// The toxic at this place ends the connection: what has not come past it is lost.
    fn cut(&mut self, at: usize, how: End, tell: &mut Tell<'_>, passed: &mut Passed) {
        passed.end = Some(how);
        for stage in self.stages.iter_mut().take(at + 1) {
            passed.released += stage.take().map(|chunk| chunk.origin).sum::<usize>();
        }
        if let Some(stage) = self.stages.get_mut(at) {
            stage.acts(tell);
            stage.spent = true;
        }
    }

    /// Nothing comes in any more.
    pub fn end(&mut self, at: Time, tell: &mut Tell<'_>) {
        if self.end.is_none() {
            self.end = Some(at);
            let slow = |stage: &&mut Stage| matches!(stage.infection.toxic, Toxic::SlowClose { .. });
            self.stages
                .iter_mut()
                .filter(slow)
                .for_each(|stage| stage.acts(tell));
        }
    }

    fn end_due(&self) -> Option<Time> {
        let end = self.end.filter(|_| !self.ended && self.is_empty())?;
        let delay = self
            .stages
            .iter()
            .try_fold(std::time::Duration::ZERO, |sum, stage| {
                Some(sum.saturating_add(stage.end_delay()?))
            });
        Some(end.max(self.last) + delay?)
    }

    /// Whether the end has come out.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The toxics in force are these now. Those that stay keep what they know; what the others keep goes on.
    pub fn update(&mut self, now: Time, infections: &[Infection], tell: &mut Tell<'_>, passed: &mut Passed) {
        let mut old = std::mem::take(&mut self.stages);
        let mut taken = vec![false; infections.len()];
        let mut place = |stage: &Stage| {
            let mut places = infections.iter().zip(&mut taken).enumerate();
            let (at, (_, taken)) =
                places.find(|(_, (new, taken))| !**taken && same(new, &stage.infection))?;
            *taken = true;
            Some(at)
        };
        // Bytes never overtake each other: where toxics have changed places, all that they keep goes on.
        let places: Vec<_> = old.iter().map(&mut place).collect();
        let in_order = places.iter().flatten().is_sorted();
        let mut new: Vec<Option<Stage>> = infections.iter().map(|_| None).collect();
        // From the last, so that what came first goes first.
        let mut loose: Vec<(usize, Vec<Chunk>)> = Vec::new();
        let mut behind = infections.len();
        for (mut stage, place) in old.drain(..).zip(places).rev() {
            let stays = place.filter(|_| in_order);
            if stays.is_none() {
                if place.is_none() && stage.must_close() && passed.end.is_none() {
                    passed.end = Some(End {
                        how: Cut::Close,
                        at_once: false,
                    });
                }
                loose.push((behind, stage.take().collect()));
            }
            if let Some(place) = place {
                behind = if in_order { place } else { behind };
                if let Some(slot) = new.get_mut(place) {
                    *slot = Some(stage);
                }
            }
        }
        self.stages = (infections.iter().zip(new))
            .map(|(infection, stays)| stays.unwrap_or_else(|| Stage::new(infection.clone(), self.salt, now)))
            .collect();
        for stage in &mut self.stages {
            if stage.infection.toxic == Toxic::Stall {
                stage.acts(tell);
            }
        }
        for (place, chunks) in loose {
            for chunk in chunks {
                self.push_to(place, now, chunk, tell, passed);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.stages.iter().all(Stage::is_empty)
    }

    /// Whether no toxic is in force.
    pub fn is_bare(&self) -> bool {
        self.stages.is_empty()
    }

    /// Bytes that it keeps.
    pub fn len(&self) -> usize {
        self.stages.iter().map(Stage::len).sum()
    }

    /// How many parts it keeps.
    pub fn entries(&self) -> usize {
        self.stages.iter().map(Stage::entries).sum()
    }

    /// When something is due.
    pub fn next_timeout(&self) -> Option<Time> {
        let stages = self.stages.iter().filter_map(Stage::next_timeout);
        stages
            .chain(self.end_due())
            .min()
            .filter(|due| *due < Time::NEVER)
    }

    /// What each toxic keeps back.
    pub fn keeps(&self) -> impl Iterator<Item = Kept> + '_ {
        self.stages.iter().filter_map(Stage::keeps)
    }

    /// Loses everything. Returns how many bytes of the sender are released by that.
    pub fn discard(&mut self) -> usize {
        let chunks = self.stages.iter_mut().flat_map(Stage::take);
        chunks.map(|chunk| chunk.origin).sum()
    }
}

/// Whether a rule is the same one as before.
fn same(a: &Infection, b: &Infection) -> bool {
    a.rule == b.rule && a.toxic == b.toxic && a.seed == b.seed
}
