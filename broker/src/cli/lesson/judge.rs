//! Whether the exercise of a lesson is done: the broker is asked about every point.

use serde_json::{Value, json};

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
}

/// Waits for what is on its way, so that it counts. Where it does not end, what came by then does.
pub(super) async fn settle(client: &Client) -> Result<(), Failure> {
    let settled = client.ask(&post("settle", &json!({ "timeout_secs": 1 }))).await;
    match settled {
        Err(failure @ Failure::Unreachable(_)) => Err(failure),
        _ => Ok(()),
    }
}

/// Asks the broker about every point of a lesson, as `name` takes it.
pub(super) async fn points(
    client: &Client,
    lesson: Lesson,
    name: Option<&str>,
) -> Result<Vec<Point>, Failure> {
    let mut points = Vec::new();
    for check in lesson.checks {
        let state = match client.ask(&post("expectations", &check.expectation())).await {
            Ok(_) => State::Met,
            Err(failure) => match failure.not_met() {
                Some(found) => State::NotMet(nearest(found, name)),
                None => return Err(failure),
            },
        };
        points.push(Point { check, state });
    }
    begin(&mut points);
    Ok(points)
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

/// What shows best why a point is not met: for one of a class, of their own clients and topics alone.
fn nearest(found: &Value, name: Option<&str>) -> Option<Value> {
    let lists = ["came", "nearest"]
        .into_iter()
        .filter_map(|list| found[list].as_array());
    lists
        .flatten()
        .find(|near| name.is_none_or(|name| is_of(near.get("entry").unwrap_or(near), name)))
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
            State::Met | State::NotBegun => None,
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
        assert_eq!(nearest(&found, Some("carl")), Some(carls));
        assert_eq!(nearest(&found, None), Some(anas.clone()));
        assert_eq!(nearest(&json!({"nearest": [anas]}), Some("carl")), None);
        // The client's name is forgotten, the topic's is not.
        let half = near("x", "carl/a");
        assert_eq!(nearest(&json!({"nearest": [half]}), Some("carl")), Some(half));
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
