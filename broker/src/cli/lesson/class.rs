//! [`Class`]: `broker lesson N --check --all`: all who take a lesson on one broker, each under a name of their own.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::form::Lesson;
use super::judge::{Point, points, settle};
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
    students: Vec<(String, Vec<Point>)>,
    /// How many more there are than are judged.
    left_out: usize,
}

impl Class {
    /// Asks the broker who is there, and about every point of each.
    pub(super) async fn judged(client: &Client, number: usize, lesson: Lesson) -> Result<Self, Failure> {
        settle(client).await?;
        let names = names(&clients(client).await?);
        let left_out = names.len().saturating_sub(MOST);
        let mut students = Vec::new();
        for name in names.into_iter().take(MOST) {
            let points = points(client, mine::lesson(lesson.clone(), &name), Some(&name)).await?;
            students.push((name, points));
        }
        Ok(Self {
            number,
            lesson,
            students,
            left_out,
        })
    }

    fn done(&self) -> usize {
        let done = self
            .students
            .iter()
            .filter(|(_, points)| points.iter().all(Point::is_met));
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
            left_out,
        } = self;
        if students.is_empty() {
            return format!(
                "Nobody has begun. A student begins with `broker lesson {number} --as NAME`, and is seen once a client of that name \
                 connects\n"
            );
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
        for (name, points) in students {
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
        text
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let students = self.students.iter().map(|(name, points)| {
            json!({
                "as": name,
                "done": points.iter().all(Point::is_met),
                "points": points.iter().map(verdict::json).collect::<Vec<_>>(),
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
    Ok(told(&clients(client).await?))
}

fn told(clients: &[Known]) -> Option<String> {
    let connected = clients.iter().filter(|client| client.is_connected);
    let connected = listed(connected.map(|client| client.identifier.clone()));
    let names = listed(names(clients).into_iter());
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

/// Whose clients these are: NAME of each `NAME-CLIENT`, where a lesson has this client. Of which one does not matter, so that
/// somebody who still sits at another lesson is not missing.
fn names(clients: &[Known]) -> BTreeSet<String> {
    let known: BTreeSet<String> = course::all()
        .flat_map(|(_, _, lesson)| mine::clients(&lesson))
        .collect();
    let names = clients.iter().filter_map(|client| {
        let (before, client) = client.identifier.split_once('-')?;
        known.contains(client).then(|| name(before).ok())?
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::super::judge::State;
    use super::*;

    fn class(met: &[(&str, &[bool])]) -> Class {
        let (_, lesson) = course::lesson(1).expect("there is one");
        let students = met.iter().map(|(name, met)| {
            let points = met.iter().zip(&lesson.checks).map(|(met, check)| Point {
                check: check.clone(),
                state: if *met { State::Met } else { State::NotMet(None) },
            });
            ((*name).to_owned(), points.collect())
        });
        Class {
            number: 1,
            students: students.collect(),
            lesson: lesson.clone(),
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
        let found = names(&identifiers.map(|identifier| known(identifier, false)));
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
        assert_eq!(told(&[known("foo1", false)]), None, "one's own last lesson");
        assert_eq!(told(&[known("tv", true)]).as_deref(), Some("connected: tv"));
        assert_eq!(
            told(&[known("ana-ear", false), known("tv", true)]).as_deref(),
            Some("connected: tv; a class is there: ana")
        );
        let many: Vec<_> = (0..12).map(|number| known(&format!("c{number}"), true)).collect();
        assert!(told(&many).is_some_and(|words| words.ends_with("c9 and 2 more")));
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
        let class = class(&[]);
        assert!(!class.is_done());
        assert!(class.words().starts_with("Nobody has begun"));
    }
}
