//! [`Class`]: `broker lesson N --check --all`: all who take a lesson on one broker, each under a name of their own.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::begun::{self, Begun};
use super::form::Lesson;
use super::judge::{Judged, judge, settle};
use super::verdict::mark;
use super::{course, mine, name, verdict};
use crate::cli::ctl::client::Client;
use crate::cli::ctl::failure::Failure;
use crate::cli::ctl::plan::get;

/// No more are judged: each costs the broker a look at its journal for every point.
const MOST: usize = 200;
/// How many clients are asked for at once.
const PAGE: usize = 1000;

/// How a lesson stands with everybody.
#[derive(Debug)]
pub(super) struct Class {
    number: usize,
    lesson: Lesson,
    /// Each name, and the points of the exercise.
    students: Vec<(String, Judged)>,
    /// So many entries has the journal forgotten, of anybody's.
    missed: u64,
    /// How many more there are than are judged.
    left_out: usize,
}

impl Class {
    /// Asks the broker who is there, and about every point of each.
    pub(super) async fn judged(client: &Client, number: usize, lesson: Lesson) -> Result<Self, Failure> {
        settle(client).await?;
        let begun = Begun::all(client).await?;
        let names = names(&clients(client).await?, &begun);
        let left_out = names.len().saturating_sub(MOST);
        let mut students = Vec::new();
        for name in names.into_iter().take(MOST) {
            let after = begun.after(number, Some(&name));
            let judged = judge(client, mine::lesson(lesson.clone(), &name), Some(&name), after).await?;
            students.push((name, judged));
        }
        let (_, missed) = begun::missed(client, 0).await?;
        Ok(Self {
            number,
            lesson,
            students,
            missed,
            left_out,
        })
    }

    fn done(&self) -> usize {
        let done = self.students.iter().filter(|(_, judged)| judged.is_done());
        done.count()
    }

    /// Whether there is somebody, and everybody has done all.
    pub(super) fn is_done(&self) -> bool {
        self.left_out == 0 && !self.students.is_empty() && self.done() == self.students.len()
    }

    /// For people: a line for each student, a column for each point.
    pub(super) fn words(&self) -> String {
        let Self {
            number,
            lesson,
            students,
            missed,
            left_out,
        } = self;
        if students.is_empty() {
            let who = if *missed == 0 {
                "Nobody has begun".to_owned()
            } else {
                format!("Nobody is known: the journal has forgotten {missed} packets and events")
            };
            return format!("{who}. A student begins with `broker lesson {number} --as NAME`\n");
        }
        let width = students
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or_default();
        let mut text = format!("Lesson {number}: {}\n\n{:width$}", lesson.title, "");
        for (column, _) in (1..).zip(&lesson.checks) {
            let _ = write!(text, " {column:>2}");
        }
        text.push('\n');
        for (name, judged) in students {
            let points = &judged.points;
            let _ = write!(text, "{name:width$}");
            for point in points {
                let _ = write!(text, "  {}", mark(point));
            }
            let met = points.iter().filter(|point| point.is_met()).count();
            let _ = if met == points.len() {
                writeln!(text, "  done")
            } else {
                writeln!(text, "  {met} of {}", points.len())
            };
        }
        let _ = writeln!(text, "\n{} of {} done", self.done(), students.len());
        if *left_out > 0 {
            let _ = writeln!(text, "{left_out} more are not judged: at most {MOST} are");
        }
        text.push('\n');
        for (column, check) in (1..).zip(&lesson.checks) {
            let _ = writeln!(text, "{column:>2}  {}", check.say);
        }
        let missed = students.iter().map(|(_, judged)| judged.missed).max();
        text.push_str(&verdict::forgotten(missed.unwrap_or_default()));
        text
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let students = self.students.iter().map(|(name, judged)| {
            json!({
                "as": name,
                "done": judged.is_done(),
                "points": judged.points.iter().map(verdict::json).collect::<Vec<_>>(),
                "forgotten_entries": judged.missed,
            })
        });
        json!({
            "lesson": self.number, "done": self.is_done(), "students": students.collect::<Vec<_>>(),
            "left_out": self.left_out,
        })
    }
}

/// Who would lose something by a reset: the clients that are connected, and the class that has taken names. `None` where there is
/// nobody.
pub(super) async fn others(client: &Client) -> Result<Option<String>, Failure> {
    let begun = Begun::all(client).await?;
    Ok(told(&clients(client).await?, &begun))
}

fn told(clients: &[Known], begun: &Begun) -> Option<String> {
    let connected = clients.iter().filter(|client| client.is_connected);
    let connected = listed(connected.map(|client| client.identifier.clone()));
    let names = listed(names(clients, begun).into_iter());
    match (&*connected, &*names) {
        ("", "") => None,
        (connected, "") => Some(format!("connected: {connected}")),
        ("", names) => Some(format!("a class is there: {names}")),
        (connected, names) => Some(format!("connected: {connected}; a class is there: {names}")),
    }
}

/// The first ten, and how many more.
fn listed(all: impl Iterator<Item = String>) -> String {
    let mut all: Vec<_> = all.map(|one| settings::text::cut(&one, 40)).collect();
    let more = all.len().saturating_sub(10);
    all.truncate(10);
    let mut words = all.join(", ");
    if more > 0 {
        let _ = write!(words, " and {more} more");
    }
    words
}

/// A client that is connected, or that the journal still knows.
#[derive(Debug)]
struct Known {
    identifier: String,
    is_connected: bool,
}

/// All of them.
async fn clients(client: &Client) -> Result<Vec<Known>, Failure> {
    let mut found = Vec::new();
    let mut question = get("clients").query([("limit", PAGE.to_string())]);
    loop {
        let answer = client.ask(&question).await?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let clients = answer["clients"].as_array().into_iter().flatten();
        found.extend(clients.filter_map(|client| {
            Some(Known {
                identifier: client["client_id"].as_str()?.to_owned(),
                is_connected: client["connected"] == true,
            })
        }));
        let Some(next) = answer["meta"]["next"].as_str() else {
            return Ok(found);
        };
        question = get("clients").query([("limit", PAGE.to_string()), ("after", next.to_owned())]);
    }
}

/// Who has begun a lesson, and whose clients these are: NAME of each `NAME-CLIENT`, where a lesson has this client. Of which one does
/// not matter, so that somebody who still sits at another lesson is not missing.
fn names(clients: &[Known], begun: &Begun) -> BTreeSet<String> {
    let known: BTreeSet<String> = course::all()
        .flat_map(|(_, _, lesson)| mine::clients(&lesson))
        .collect();
    let names = clients.iter().filter_map(|client| {
        let (before, client) = client.identifier.split_once('-')?;
        known.contains(client).then(|| name(before).ok())?
    });
    names.chain(begun.names().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::judge::{Point, State};
    use super::*;

    fn class(met: &[(&str, &[bool])]) -> Class {
        let (_, lesson) = course::lesson(1).expect("there is one");
        let students = met.iter().map(|(name, met)| {
            let points = met.iter().zip(&lesson.checks).map(|(met, check)| Point {
                check: check.clone(),
                state: if *met { State::Met } else { State::NotMet(None) },
            });
            let judged = Judged {
                points: points.collect(),
                after: 0,
                missed: 0,
            };
            ((*name).to_owned(), judged)
        });
        Class {
            number: 1,
            students: students.collect(),
            lesson: lesson.clone(),
            missed: 0,
            left_out: 0,
        }
    }

    #[test]
    fn students_are_known_by_what_stands_before_the_clients_of_the_course() {
        let identifiers = [
            "ana-foo1",
            "ana-ear",
            "ben-lamp",
            "foo1",
            "publisher-65853494",
            "-foo1",
            "c.d-foo1",
            "eve-stranger",
        ];
        let found = names(
            &identifiers.map(|identifier| known(identifier, false)),
            &Begun::default(),
        );
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["ana", "ben"]);
    }

    fn known(identifier: &str, is_connected: bool) -> Known {
        Known {
            identifier: identifier.to_owned(),
            is_connected,
        }
    }

    #[test]
    fn others_are_those_connected_and_the_class() {
        assert_eq!(
            told(&[known("foo1", false)], &Begun::default()),
            None,
            "one's own last lesson"
        );
        assert_eq!(
            told(&[known("tv", true)], &Begun::default()).as_deref(),
            Some("connected: tv")
        );
        assert_eq!(
            told(&[known("ana-ear", false), known("tv", true)], &Begun::default()).as_deref(),
            Some("connected: tv; a class is there: ana")
        );
        let many: Vec<_> = (0..12).map(|number| known(&format!("c{number}"), true)).collect();
        assert!(told(&many, &Begun::default()).is_some_and(|words| words.ends_with("c9 and 2 more")));
    }

    #[test]
    fn a_line_is_a_student_and_a_column_a_point() {
        let class = class(&[("ana", &[true, true, true]), ("benjamin", &[true, false, false])]);
        let words = class.words();
        let lines: Vec<_> = words.lines().collect();
        assert_eq!(
            lines[..6],
            [
                "Lesson 1: The first message",
                "",
                "          1  2  3",
                "ana       ✓  ✓  ✓  done",
                "benjamin  ✓  ✗  ✗  1 of 3",
                "",
            ],
            "{words}"
        );
        assert_eq!(lines[6], "1 of 2 done");
        assert_eq!(lines[8], " 1  ear has subscribed to house/kitchen");
        assert!(!class.is_done());
    }

    #[test]
    fn a_class_without_students_is_not_done() {
        let mut class = class(&[]);
        assert!(!class.is_done());
        assert!(class.words().starts_with("Nobody has begun"));
        class.missed = 7;
        assert!(
            class
                .words()
                .starts_with("Nobody is known: the journal has forgotten 7")
        );
    }
}
