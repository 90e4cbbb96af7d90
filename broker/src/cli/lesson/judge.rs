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
    /// What the broker says where it is not met.
    pub failure: Option<Value>,
}

/// Waits for what is on its way, so that it counts. Where it does not end, what came by then does.
pub(super) async fn settle(client: &Client) -> Result<(), Failure> {
    let settled = client.ask(&post("settle", &json!({ "timeout_secs": 1 }))).await;
    match settled {
        Err(failure @ Failure::Unreachable(_)) => Err(failure),
        _ => Ok(()),
    }
}

/// Asks the broker about every point.
pub(super) async fn points(client: &Client, lesson: Lesson) -> Result<Vec<Point>, Failure> {
    let mut points = Vec::new();
    for check in lesson.checks {
        let failure = match client.ask(&post("expectations", &check.expectation())).await {
            Ok(_) => None,
            Err(failure) => match failure.not_met() {
                Some(found) => Some(found.clone()),
                None => return Err(failure),
            },
        };
        points.push(Point { check, failure });
    }
    Ok(points)
}

impl Point {
    pub(super) fn is_met(&self) -> bool {
        self.failure.is_none()
    }

    /// The packet or event that shows best why it is not met.
    pub(super) fn nearest(&self) -> Option<&Value> {
        let failure = self.failure.as_ref()?;
        failure["came"].get(0).or_else(|| failure["nearest"].get(0))
    }
}
