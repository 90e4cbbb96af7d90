//! Whether the exercise of a lesson is done: the broker is asked about every point.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::begun;
use super::form::{Check, Lesson};
use crate::cli::ctl::client::Client;
use crate::cli::ctl::failure::Failure;
use crate::cli::ctl::plan::post;

/// A point, and how it stands.
#[derive(Debug)]
pub(super) struct Point {
    pub check: Check,
    pub state: State,
}

/// How a point stands.
#[derive(Debug)]
pub(super) enum State {
    Met,
    /// It only forbids, and its client has done nothing yet of what the exercise asks for.
    NotBegun,
    /// With the packet or event that shows best why.
    NotMet(Option<Value>),
    /// The journal has forgotten what would decide it.
    Forgotten,
}

/// The points of a lesson.
#[derive(Debug)]
pub(super) struct Judged {
    pub points: Vec<Point>,
    /// The exercise is judged by what came behind this entry.
    pub after: u64,
    /// So many entries since the beginning has the journal forgotten.
    pub missed: u64,
}

/// Waits for what is on its way, so that it counts. Where it does not end, what came by then does.
pub(super) async fn settle(client: &Client) -> Result<(), Failure> {
    let settled = client.ask(&post("settle", &json!({ "timeout_secs": 1 }))).await;
    match settled {
        Err(failure @ Failure::Unreachable(_)) => Err(failure),
        _ => Ok(()),
    }
}

/// Asks the broker about every point of a lesson, as `name` takes it, by what came behind `after`.
pub(super) async fn judge(
    client: &Client,
    lesson: Lesson,
    name: Option<&str>,
    after: u64,
) -> Result<Judged, Failure> {
    let (after, _) = begun::missed(client, after).await?;
    let shown: BTreeSet<String> = lesson.steps.into_iter().filter_map(|step| step.client).collect();
    let mut points = Vec::new();
    for check in lesson.checks {
        let state = match client.ask(&post("expectations", &check.expectation(after))).await {
            Ok(_) => State::Met,
            Err(failure) => match failure.not_met() {
                Some(found) => State::NotMet(nearest(found, name, |client_id| {
                    check.expect["client_id"] == client_id || !shown.contains(client_id)
                })),
                None => return Err(failure),
            },
        };
        points.push(Point { check, state });
    }
    // More is forgotten while the broker is asked.
    let (_, missed) = begun::missed(client, after).await?;
    if missed > 0 {
        forget(&mut points);
    }
    begin(&mut points);
    Ok(Judged {
        points,
        after,
        missed,
    })
}

/// What is met remains so. What did not come may be among what the journal has forgotten.
fn forget(points: &mut [Point]) {
    for point in points {
        point.state = match (&point.state, point.check.never) {
            (State::Met, true) | (State::NotMet(_), false) => State::Forgotten,
            _ => continue,
        };
    }
}

impl Judged {
    /// Whether the exercise is done.
    pub(super) fn is_done(&self) -> bool {
        self.points.iter().all(Point::is_met)
    }
}

/// A point that only forbids is met by doing nothing at all. It counts once a point that asks for something is met: one of the same
/// client, where there is one.
fn begin(points: &mut [Point]) {
    let who = |point: &Point| point.check.expect["client_id"].clone();
    let asking: Vec<_> = points
        .iter()
        .filter(|point| !point.check.never)
        .map(|point| (who(point), point.is_met()))
        .collect();
    for point in points.iter_mut().filter(|point| point.check.never) {
        let mine = who(point);
        let is_alone = asking.iter().all(|(who, _)| *who != mine);
        let has_begun = asking
            .iter()
            .any(|(who, is_met)| *is_met && (is_alone || *who == mine));
        if point.is_met() && !has_begun {
            point.state = State::NotBegun;
        }
    }
}

/// What shows best why a point is not met: for one of a class, of their own clients and topics alone. Clients that the page shows have
/// their part before the exercise: `counts` says which clients are a try at it.
fn nearest(found: &Value, name: Option<&str>, counts: impl Fn(&str) -> bool) -> Option<Value> {
    let lists = ["came", "nearest"]
        .into_iter()
        .filter_map(|list| found[list].as_array());
    lists
        .flatten()
        .find(|near| {
            let entry = near.get("entry").unwrap_or(near);
            counts(entry["client_id"].as_str().unwrap_or_default())
                && name.is_none_or(|name| is_of(entry, name))
        })
        .cloned()
}

fn is_of(entry: &Value, name: &str) -> bool {
    let begins = |member: &str, mark: char| {
        let rest = entry[member].as_str().and_then(|text| text.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with(mark))
    };
    begins("client_id", '-')
        || ["topic_name", "topic", "filter"]
            .iter()
            .any(|topic| begins(topic, '/'))
}

impl Point {
    pub(super) fn is_met(&self) -> bool {
        matches!(self.state, State::Met)
    }

    /// The packet or event that shows best why it is not met.
    pub(super) fn nearest(&self) -> Option<&Value> {
        match &self.state {
            State::NotMet(nearest) => nearest.as_ref(),
            State::Met | State::NotBegun | State::Forgotten => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::lesson::course;

    #[test]
    fn a_hint_shows_own_clients_and_topics_alone() {
        let near =
            |client_id: &str, topic: &str| json!({"entry": {"client_id": client_id, "topic_name": topic}});
        let (anas, carls) = (near("ana-x", "ana/a"), near("carl-x", "a"));
        let found = json!({"nearest": [anas, near("carla-x", "carla/a"), carls]});
        let nearest = |found: &Value, name| nearest(found, name, |_| true);
        assert_eq!(nearest(&found, Some("carl")), Some(carls.clone()));
        assert_eq!(nearest(&found, None), Some(anas.clone()));
        assert_eq!(nearest(&json!({"nearest": [anas]}), Some("carl")), None);
        // What the page shows is no try.
        let shown = super::nearest(&found, None, |client_id| {
            client_id != "ana-x" && client_id != "carla-x"
        });
        assert_eq!(shown, Some(carls));
        // The client's name is forgotten, the topic's is not.
        let half = near("x", "carl/a");
        assert_eq!(nearest(&json!({"nearest": [half]}), Some("carl")), Some(half));
    }

    #[test]
    fn what_the_journal_has_forgotten_is_neither_done_nor_wrong() {
        let (_, lesson) = course::lesson(4).expect("there is one");
        let point = |number: usize, state| Point {
            check: lesson.checks[number].clone(),
            state,
        };
        // The fourth point forbids.
        let mut points = [
            point(0, State::Met),
            point(1, State::NotMet(None)),
            point(3, State::Met),
            point(3, State::NotMet(None)),
        ];
        forget(&mut points);
        assert!(matches!(
            points.map(|point| point.state),
            [
                State::Met,
                State::Forgotten,
                State::Forgotten,
                State::NotMet(None)
            ]
        ));
    }

    #[test]
    fn a_point_that_only_forbids_is_not_met_before_its_client_has_begun() {
        let (_, lesson) = course::lesson(10).expect("there is one");
        let judged = |met: &[usize]| {
            let points = lesson.checks.iter().enumerate().map(|(number, check)| Point {
                check: check.clone(),
                // The last one forbids, and the broker says that nothing forbidden came.
                state: if check.never || met.contains(&number) {
                    State::Met
                } else {
                    State::NotMet(None)
                },
            });
            let mut points: Vec<_> = points.collect();
            begin(&mut points);
            points.iter().map(Point::is_met).collect::<Vec<_>>()
        };
        assert_eq!(judged(&[]), [false; 6]);
        // red has subscribed; it is house that may not publish.
        assert_eq!(judged(&[0]), [true, false, false, false, false, false]);
        assert_eq!(judged(&[0, 4]), [true, false, false, false, true, true]);
    }
}
