//! A set-up, observed at both brokers.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use super::act::{Actor, RELOAD};
use super::place::data;
use super::table::{Case, Difference, Table};
use super::{Broker, Kind, Place};
use crate::harness::default_port;
use crate::harness::peers::or_skip;
use crate::harness::program::hang_ups_are_heard;

/// A reason that nobody has given yet.
const NO_REASON: &str = "?";

/// What each step of each case showed.
type Seen = Vec<Vec<String>>;

/// The names of all set-ups.
pub fn setups() -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(data())
        .expect("there are set-ups")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("observed").is_file())
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn file(setup: &str) -> PathBuf {
    data().join(setup).join("observed")
}

fn table(setup: &str) -> Table {
    let path = file(setup);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Table::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every reason for a difference that a set-up names.
pub fn reasons() -> BTreeSet<String> {
    let tables = setups().into_iter().map(|setup| table(&setup));
    tables
        .flat_map(|table| table.cases)
        .flat_map(|case| case.rows)
        .filter_map(|row| row.ours.map(|difference| difference.reason))
        .collect()
}

/// The files of a set-up, for one broker.
pub fn laid_out(setup: &str) -> Arc<Place> {
    Arc::new(Place::new(setup, &table(setup).prepare))
}

/// Does what the set-up's table says at both brokers, and panics where something else is seen than the table says.
pub fn compare(setup: &str) {
    let mut table = table(setup);
    let mut steps = table
        .cases
        .iter()
        .flat_map(|case| &case.rows)
        .map(|row| &row.step);
    if steps.any(|step| step == RELOAD) && or_skip(hang_ups_are_heard()).is_none() {
        return;
    }
    let place = || laid_out(setup);
    // Without a port in its files a broker takes the default port: one after the other.
    let shared_port = place().names_no_listener();
    let _port = shared_port.then(default_port);
    let observe = |kind| observe(kind, &place, &table.cases);
    let (theirs, ours) = if shared_port {
        (observe(Kind::Mosquitto), observe(Kind::Ours))
    } else {
        thread::scope(|scope| {
            let theirs = scope.spawn(|| observe(Kind::Mosquitto));
            let ours = observe(Kind::Ours);
            (
                theirs
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                ours,
            )
        })
    };
    let Some(theirs) = theirs else { return };
    let theirs = theirs.unwrap_or_else(|error| panic!("{setup}: {error}"));
    let ours = ours.expect("our broker is always there");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        update(&mut table, &theirs, ours.as_ref().ok());
        fs::write(file(setup), table.text()).expect("the sources can be written");
    }
    let ours = ours.unwrap_or_else(|error| panic!("{setup}: {error}"));
    let report = differences(&table.cases, &theirs, &ours);
    assert!(report.is_empty(), "{}:\n{report}", file(setup).display());
}

/// Starts a broker and does every case; `None` where there is no such broker.
fn observe(
    kind: Kind,
    place: &(dyn Fn() -> Arc<Place> + Sync),
    cases: &[Case],
) -> Option<Result<Seen, String>> {
    let broker = match Broker::start(kind, place)? {
        Ok(broker) => broker,
        Err(error) => return Some(Err(error)),
    };
    let seen = cases.iter().enumerate().map(|(number, case)| {
        let mut actor = Actor::new(&broker, number);
        let seen = case.rows.iter().map(|row| actor.act(&row.step)).collect();
        actor.leave();
        seen
    });
    Some(Ok(seen.collect()))
}

/// Each step at which something else was seen than the table says.
fn differences(cases: &[Case], theirs: &Seen, ours: &Seen) -> String {
    let mut report = String::new();
    for (case, (theirs, ours)) in cases.iter().zip(theirs.iter().zip(ours)) {
        for (row, (theirs, ours)) in case.rows.iter().zip(theirs.iter().zip(ours)) {
            let mut wrong = |who: Kind, expected: &str, seen: &str| {
                if expected != seen {
                    let _ = writeln!(
                        report,
                        "## {}\n{}\n    {who} => {seen}\n    expected => {expected}",
                        case.title, row.step
                    );
                }
            };
            wrong(Kind::Mosquitto, &row.theirs, theirs);
            wrong(Kind::Ours, row.expected_of_ours(), ours);
            if row
                .ours
                .as_ref()
                .is_some_and(|difference| difference.seen == row.theirs || difference.reason == NO_REASON)
            {
                let _ = writeln!(
                    report,
                    "## {}\n{}\n    this difference is none, or has no reason",
                    case.title, row.step
                );
            }
        }
    }
    report
}

/// Writes what was seen into the table. A new difference has no reason yet.
fn update(table: &mut Table, theirs: &Seen, ours: Option<&Seen>) {
    for (number, case) in table.cases.iter_mut().enumerate() {
        for (step, row) in case.rows.iter_mut().enumerate() {
            row.theirs.clone_from(&theirs[number][step]);
            let Some(seen) = ours.map(|ours| ours[number][step].clone()) else {
                continue;
            };
            let reason = row
                .ours
                .take()
                .map_or(NO_REASON.to_owned(), |difference| difference.reason);
            row.ours = (seen != row.theirs).then_some(Difference { seen, reason });
        }
    }
}
