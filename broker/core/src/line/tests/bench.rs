//! [`Bench`]: a line with both its sides, and a double in the place of the rules.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use crate::fault::{Cut, Deed, Infection, Onward, Stream, Toxic, Wait, Who};
use crate::journal::Direction;
use crate::line::{Attach, Fired, Judge, Line, Note, World};
use crate::scenario::Scenarios;
use crate::session::ConnId;
use crate::time::Time;
use crate::wire::Version;

type Decide = Box<dyn FnMut(Direction, &[u8], Option<&str>) -> Option<Deed>>;

/// Rules that are a function.
pub(super) struct Double {
    pub decide: Decide,
    pub infections: Vec<Infection>,
    pub generation: u64,
    pub may_concern: bool,
    pub in_force: bool,
}

impl Judge for Double {
    fn decide(
        &mut self,
        _now: Time,
        _scenarios: &mut Scenarios,
        _who: &Who,
        direction: Direction,
        packet: &[u8],
        topic: Option<&str>,
    ) -> Option<Deed> {
        (self.decide)(direction, packet, topic)
    }

    fn infections(&mut self, _now: Time, _scenarios: &mut Scenarios, _who: &Who) -> Vec<Infection> {
        self.infections.clone()
    }

    fn generation(&self) -> u64 {
        self.generation
    }

    fn may_concern(&self, _who: &Who) -> bool {
        self.may_concern
    }

    fn in_force(&self, _rule: &str) -> bool {
        self.in_force
    }
}

/// A line, what came out of it, and what the journal was told.
pub(super) struct Bench {
    pub line: Line,
    pub rules: Double,
    pub now: Time,
    /// What was passed on, from the client and to it.
    pub passed: [Vec<u8>; 2],
    /// The runs that it was passed on in.
    pub runs: Vec<(Direction, usize)>,
    pub given: [usize; 2],
    pub released: [usize; 2],
    pub notes: Vec<String>,
}

impl Bench {
    /// A client that is connected already.
    pub fn new(decide: impl FnMut(Direction, &[u8], Option<&str>) -> Option<Deed> + 'static) -> Self {
        Self::with(Version::V311, "lamp", Attach::default(), decide)
    }

    pub fn with(
        version: Version,
        client_id: &str,
        attach: Attach,
        decide: impl FnMut(Direction, &[u8], Option<&str>) -> Option<Deed> + 'static,
    ) -> Self {
        let who = Who {
            conn: ConnId::relayed(1),
            client_id: client_id.into(),
            user: None,
            listener: "main".into(),
            version,
        };
        Self {
            line: Line::new(who, attach),
            rules: Double {
                decide: Box::new(decide),
                infections: Vec::new(),
                generation: 1,
                may_concern: true,
                in_force: true,
            },
            now: Time::from_secs(1),
            passed: Default::default(),
            runs: Vec::new(),
            given: [0; 2],
            released: [0; 2],
            notes: Vec::new(),
        }
    }

    /// No rule touches packets, and these act on bytes.
    pub fn toxic(toxics: &[(Stream, Toxic)]) -> Self {
        let mut bench = Self::new(|_, _, _| None);
        bench.infect(toxics);
        bench
    }

    pub fn infect(&mut self, toxics: &[(Stream, Toxic)]) {
        self.rules.generation += 1;
        self.rules.infections = toxics
            .iter()
            .map(|(stream, toxic)| Infection {
                rule: toxic.name().into(),
                stream: *stream,
                toxic: *toxic,
                seed: 7,
                nth: 1,
            })
            .collect();
        self.call(Line::tick);
    }

    /// Calls the line and takes out all that is ready, on both sides.
    pub fn call(&mut self, act: impl FnOnce(&mut Line, &mut World<'_>)) {
        self.call_only(act);
        for direction in [Direction::In, Direction::Out] {
            self.take(direction, usize::MAX);
        }
    }

    pub fn call_only(&mut self, act: impl FnOnce(&mut Line, &mut World<'_>)) {
        let notes = &mut self.notes;
        act(
            &mut self.line,
            &mut World {
                now: self.now,
                faults: &mut self.rules,
                scenarios: &mut Scenarios::default(),
                note: &mut |note| notes.push(words(&note)),
            },
        );
    }

    /// Takes up to `most` bytes of what is ready.
    pub fn take(&mut self, direction: Direction, mut most: usize) {
        while let Some(ready) = self.line.ready(direction).filter(|_| most > 0) {
            let n = ready.bytes.len().min(most);
            assert!(n > 0, "no run is empty");
            self.passed[direction as usize].extend_from_slice(&ready.bytes[..n]);
            self.runs.push((direction, n));
            self.line.took(direction, n);
            most -= n;
        }
        self.released[direction as usize] += self.line.released(direction);
    }

    pub fn receive(&mut self, direction: Direction, bytes: &[u8]) {
        self.given[direction as usize] += bytes.len();
        self.call(|line, world| line.receive(world, direction, bytes));
    }

    pub fn end(&mut self, direction: Direction, how: Cut) {
        self.call(|line, world| line.end(world, direction, how));
    }

    /// Time passes, and what is due on the way is done at its time.
    pub fn pass(&mut self, by: Duration) {
        let until = self.now + by;
        while let Some(due) = self.line.next_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.call(Line::tick);
            assert!(self.line.next_timeout() != Some(due), "what is due is done");
        }
        self.now = until;
    }

    pub fn pass_millis(&mut self, millis: u64) {
        self.pass(Duration::from_millis(millis));
    }

    /// What was passed on since the last question.
    pub fn came_out(&mut self, direction: Direction) -> Vec<u8> {
        self.released[direction as usize] += self.line.released(direction);
        std::mem::take(&mut self.passed[direction as usize])
    }

    /// What the journal was told since the last question.
    pub fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }
}

/// A note in a few words, with packets as their payloads or types.
fn words(note: &Note<'_>) -> String {
    match note {
        Note::Passed {
            direction,
            packets,
            bytes,
        } => format!("{direction:?} passed {packets}: {}", packets_in_words(bytes)),
        Note::Unread { direction, bytes } => format!("{direction:?} unread {}", bytes.len()),
        Note::Came { direction, bytes } => format!("{direction:?} came {}", packets_in_words(bytes)),
        Note::Went { direction, bytes } => format!("{direction:?} went {}", packets_in_words(bytes)),
        Note::Fired(Fired {
            rule, action, lost, ..
        }) => format!("{rule}: {action}{}", if *lost { " (lost)" } else { "" }),
        Note::Remarked(remark) => format!("remark: {}", remark.text),
    }
}

/// Each packet as its last byte, which is the name that [`packets`] gave it.
pub(super) fn packets_in_words(mut bytes: &[u8]) -> String {
    let mut words = String::new();
    while let Ok(Some(len)) = crate::wire::frame(bytes, usize::MAX) {
        let Some((packet, rest)) = bytes.split_at_checked(len) else {
            break;
        };
        match packet {
            [0x30..0x40, .., name] => write!(words, "{}", char::from(*name)),
            [first, ..] => write!(words, "<{}>", first >> 4),
            [] => Ok(()),
        }
        .expect("a string takes all");
        bytes = rest;
    }
    words
}

/// A PUBLISH of QoS 0 for each letter, which is its payload.
pub(super) fn packets(names: &str) -> Vec<u8> {
    names
        .bytes()
        .flat_map(|name| [0x30, 4, 0, 1, b't', name])
        .collect()
}

/// A deed of the rule `rule`.
pub(super) fn deed(onward: Onward, wait: Wait) -> Deed {
    Deed {
        rule: Arc::from("rule"),
        nth: 1,
        action: "act",
        why: None,
        onward,
        wait,
        back: Vec::new(),
        swallow: Vec::new(),
        cut: None,
        is_told: true,
    }
}
