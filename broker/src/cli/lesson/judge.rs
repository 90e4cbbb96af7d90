//! `broker lesson N --check`: what has happened since the lesson was prepared, point by point.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::form::{Check, Lesson};
use crate::cli::ctl::client::Client;
use crate::cli::ctl::entry;
use crate::cli::ctl::failure::Failure;
use crate::cli::ctl::plan::post;

/// A point, and how it stands.
#[derive(Debug)]
pub(super) struct Point<'a> {
    check: &'a Check,
    /// What the broker says where it is not met.
    failure: Option<Value>,
}

/// Asks the broker about every point.
pub(super) async fn points<'a>(client: &Client, lesson: &'a Lesson) -> Result<Vec<Point<'a>>, Failure> {
    // What is on its way counts. Where it does not end, what came by then does.
    let settled = client.ask(&post("settle", &json!({ "timeout_secs": 1 }))).await;
    if let Err(failure @ Failure::Unreachable(_)) = settled {
        return Err(failure);
    }
    let mut points = Vec::new();
    for check in &lesson.checks {
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

impl Point<'_> {
    pub(super) fn is_met(&self) -> bool {
        self.failure.is_none()
    }

    /// The packet or event that shows best why it is not met.
    fn nearest(&self) -> Option<&Value> {
        let failure = self.failure.as_ref()?;
        failure["came"].get(0).or_else(|| failure["nearest"].get(0))
    }

    /// For people.
    pub(super) fn words(&self) -> String {
        let Check { say, hint, .. } = self.check;
        if self.is_met() {
            return format!("✓ {say}\n");
        }
        let mut words = format!("✗ {say}\n");
        if let Some(nearest) = self.nearest() {
            let mut shown = nearest.get("entry").unwrap_or(nearest).clone();
            if let Some(members) = shown.as_object_mut() {
                members.remove("at_secs");
            }
            let line = entry::line(&shown);
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            let differences = nearest["differences"].as_array().into_iter().flatten();
            let differences = differences.map(|difference| {
                let text = |name: &str| difference[name].as_str().unwrap_or_default();
                format!("{} {}, not {}", text("field"), text("found"), text("wanted"))
            });
            let differences = differences.collect::<Vec<_>>().join("; ");
            let came = if differences.is_empty() { "came" } else { "nearest" };
            let _ = writeln!(words, "    {came}: {line}");
            if !differences.is_empty() {
                let _ = writeln!(words, "      {differences}");
            }
        }
        let _ = writeln!(words, "    hint: {hint}");
        words
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        json!({
            "say": self.check.say,
            "met": self.is_met(),
            "hint": self.check.hint,
            "nearest": self.nearest(),
        })
    }
}
