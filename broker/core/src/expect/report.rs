//! [`Failure`]: an expectation that was not met, and everything that helps to see why.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::{Count, Progress, Standing, notes};
use crate::journal::{Entry, Excerpt, Ladder};
use crate::pattern::{Difference, Pattern};

/// How many near misses a report has.
const MISSES: usize = 3;
/// How many of the entries that came are named.
const CAME: usize = 3;
/// How many lines the ladder has.
const LADDER_LINES: usize = 24;
/// How many lines are shown before and behind an entry that is far from the end of the ladder.
const AROUND: usize = 5;

/// An expectation that was not met. It prints what was expected, how often it came, what came closest and in what that
/// differs, why something may not have come, and the journal around it.
///
/// As JSON it has everything but `entries`, which the journal has.
///
/// ```
/// use std::time::Duration;
/// use broker::expect::publish;
///
/// # let broker = broker::Broker::start().wait()?;
/// let wanted = broker.expect(publish("a/b").times(2)).within(Duration::from_millis(1));
/// let error = wanted.check().wait().unwrap_err();
/// let failure = error.failure().expect("nobody published");
/// assert_eq!((failure.found, failure.seed), (0, broker.seed()));
/// println!("{failure}"); // as the panic of `.wait()` prints it
/// println!("{}", serde_json::to_string_pretty(failure)?); // for machines
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// What was expected, in words.
    pub expected: String,
    /// The pattern at which it failed; `None` where there is only one.
    pub step: Option<String>,
    /// How often this should have come.
    pub count: Count,
    /// How often it came.
    pub found: usize,
    /// The latest entries that came for it, in order.
    pub came: Vec<Entry>,
    /// What came closest, the closest first.
    pub nearest: Vec<NearMiss>,
    /// What else may explain it.
    pub notes: Vec<String>,
    /// The journal from the mark on, as far as it is held: the latest last.
    #[serde(skip)]
    pub entries: Vec<Entry>,
    /// How many entries the journal had forgotten before they could be looked at.
    pub missed: u64,
    /// How long the test waited; `None` where it did not wait. In JSON, seconds.
    #[serde(rename = "waited_secs", serialize_with = "seconds")]
    pub waited: Option<Duration>,
    /// Why more may have been on its way, where enough came and only the proof is missing that no more comes.
    pub unproven: Option<String>,
    /// The broker's seed.
    pub seed: u64,
    /// The line of the test.
    pub location: String,
}

/// An entry that nearly fits.
///
/// ```
/// use std::time::Duration;
/// use broker::expect::publish;
///
/// # let broker = broker::Broker::start().wait()?;
/// // … "dev-1" publishes "hi" to a/b …
/// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
/// broker.settle().wait()?;
/// let wanted = broker.expect(publish("a/c").text("hi")).within(Duration::from_millis(1));
/// let error = wanted.check().wait().unwrap_err();
/// let failure = error.failure().expect("it went to a/b");
/// let near = &failure.nearest[0];
/// assert_eq!((near.entry.topic(), &*near.differences[0].field), (Some("a/b"), "topic"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NearMiss {
    /// The entry.
    pub entry: Entry,
    /// In what it differs.
    pub differences: Vec<Difference>,
}

// Serde hands over a reference to the field.
#[allow(clippy::ref_option)]
fn seconds<S: Serializer>(waited: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    waited.map(|waited| waited.as_secs_f64()).serialize(to)
}

impl NearMiss {
    /// What comes closest to the pattern without fitting it, the closest first: at most three.
    pub fn nearest(pattern: &Pattern, entries: &[Entry]) -> Vec<Self> {
        nearest(pattern, entries.iter())
    }
}

impl Failure {
    /// Looks for what explains it. `injected` are the topics to which the program itself published.
    pub fn new(progress: &Progress, seen: Excerpt, waited: Option<Duration>, injected: &[String]) -> Self {
        let steps = &progress.expectation().steps;
        // Where the present step is complete, it is the next one that did not come.
        let mut at = progress.step();
        let mut found = progress.count();
        if progress.standing() == Standing::Open
            && steps.get(at).is_some_and(|step| found >= step.count.min)
            && let Some(next) = (at + 1..steps.len()).find(|next| steps[*next].count.min > 0)
        {
            at = next;
            found = 0;
        }
        let step = steps.get(at).or(steps.last());
        let missing = progress.standing() == Standing::Open;
        let (mut near, mut explained) = (Vec::new(), Vec::new());
        if let Some(pattern) = step.map(|step| &step.pattern).filter(|_| missing) {
            let from = if at == 0 {
                progress.since()
            } else {
                progress.behind()
            };
            let turn = seen.entries.partition_point(|entry| entry.seq < from.seq());
            let (before, later) = seen.entries.split_at(turn);
            near = nearest(pattern, later.iter());
            // What was found for an earlier step came at its own time.
            let early = before
                .iter()
                .rfind(|entry| pattern.fits(entry) && !progress.has_found(entry));
            explained.extend(early.map(|entry| {
                format!(
                    "#{} came too early, before what was to come first: {}",
                    entry.seq,
                    entry.words()
                )
            }));
            explained.extend(notes::notes(pattern, &seen.entries, injected));
        }
        Self {
            expected: progress.expectation().to_string(),
            step: step
                .filter(|_| steps.len() > 1)
                .map(|step| step.pattern.to_string()),
            count: step.map(|step| step.count).unwrap_or_default(),
            found,
            came: latest(progress.found(), found.min(CAME)).to_vec(),
            nearest: near,
            notes: explained,
            missed: progress.missed().max(seen.missed),
            entries: seen.entries,
            waited,
            unproven: None,
            seed: 0,
            location: String::new(),
        }
    }
}

/// The entries that differ least. Of entries that differ as much, the one that agrees in more comes first, then the later
/// one. Another topic or another client is a greater difference than any field.
fn nearest<'a>(pattern: &Pattern, entries: impl Iterator<Item = &'a Entry>) -> Vec<NearMiss> {
    let mut misses: Vec<_> = entries
        .filter_map(|entry| Some((entry, pattern.compare(entry)?)))
        .filter(|(_, fit)| !fit.differences.is_empty())
        .collect();
    let identity = |difference: &&Difference| matches!(&*difference.field, "sent" | "client" | "topic");
    misses.sort_by_key(|(entry, fit)| {
        let others = fit.differences.iter().filter(identity).count();
        (
            others,
            fit.differences.len(),
            usize::MAX - fit.agreed,
            u64::MAX - entry.seq,
        )
    });
    misses
        .into_iter()
        .take(MISSES)
        .map(|(entry, fit)| NearMiss {
            entry: entry.clone(),
            differences: fit.differences,
        })
        .collect()
}

/// The last entries, at most `most` of them.
fn latest(entries: &[Entry], most: usize) -> &[Entry] {
    &entries[entries.len().saturating_sub(most)..]
}

impl Failure {
    /// The entries around the one that matters most, where the end of the journal does not show it.
    fn around(&self) -> Option<(u64, &[Entry])> {
        let nearest = self.nearest.first().map(|miss| &miss.entry);
        let seq = nearest.or(self.came.last())?.seq;
        let at = self.entries.iter().position(|entry| entry.seq == seq)?;
        let is_shown = at + LADDER_LINES >= self.entries.len();
        let until = (at + AROUND + 1).min(self.entries.len());
        (!is_shown).then(|| (seq, &self.entries[at.saturating_sub(AROUND)..until]))
    }

    fn ladder(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut draw = |heading: &str, entries: &[Entry], lines: usize| {
            writeln!(f, "  {heading}:")?;
            let ladder = Ladder::new(entries).lines(lines).to_string();
            ladder.lines().try_for_each(|line| writeln!(f, "    {line}"))
        };
        match self.around() {
            _ if self.entries.is_empty() => writeln!(f, "  nothing at all is in the journal since the mark"),
            None => draw("the journal since the mark", &self.entries, LADDER_LINES),
            Some((seq, entries)) => {
                draw(&format!("the journal around #{seq}"), entries, entries.len())?;
                let rest = LADDER_LINES - 2 * AROUND;
                draw("the journal since the mark", &self.entries, rest)
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)?;
        if let Some(step) = &self.step {
            write!(f, "\n  failed at: {step}")?;
        }
        let found = match self.found {
            0 => "it did not come".to_owned(),
            1 => "it came once".to_owned(),
            n => format!("it came {n} times"),
        };
        let within = self
            .waited
            .map_or_else(String::new, |waited| format!(" within {waited:?}"));
        match &self.unproven {
            None => writeln!(f, "\n  {found}{within}, wanted: {}", self.count)?,
            Some(why) => writeln!(
                f,
                "\n  {found}{within}, as wanted ({}), but that is not proven: more may be on its way\n  the broker did \
                 not settle: {why}\n  let the client finish what it began; or say `unproven_is_enough`, where the time \
                 that passed is enough",
                self.count
            )?,
        }
        if self.missed > 0 {
            writeln!(
                f,
                "  the journal had forgotten {} entries before they could be looked at: raise `journal.entries` and \
                 `journal.bytes`, or set a later mark",
                self.missed
            )?;
        }
        for entry in &self.came {
            writeln!(f, "    #{} {}", entry.seq, entry.words())?;
        }
        if !self.nearest.is_empty() {
            writeln!(f, "  nearest:")?;
        }
        for NearMiss { entry, differences } in &self.nearest {
            writeln!(f, "    #{} {}", entry.seq, entry.words())?;
            for difference in differences {
                writeln!(f, "        {difference}")?;
            }
        }
        for note in &self.notes {
            writeln!(f, "  note: {note}")?;
        }
        self.ladder(f)?;
        write!(f, "  seed {}", self.seed)?;
        if !self.location.is_empty() {
            write!(f, ", expected at {}", self.location)?;
        }
        Ok(())
    }
}
