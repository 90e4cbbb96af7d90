//! Expectations: what clients are to do, waited for and judged.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ask::{self, Behind};
use super::shapes::{Members, Patience};
use super::{Body, Problem, Shared, schema};
use crate::expect::Expectation;
use crate::journal::Mark;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/expectations", post(expect))
}

/// How many steps an expectation may have.
const MOST_STEPS: usize = 100;

/// What is expected. One of `pattern`, `never` and `steps` is there.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    /// This comes, at least once where `times` does not say how often.
    pattern: Option<schema::Pattern>,
    /// How often `pattern` comes.
    times: Option<schema::Count>,
    /// This does not come.
    never: Option<schema::Pattern>,
    /// Several, one after the other: only what comes behind the one counts for the next.
    #[schema(value_type = Option<Vec<Step>>)]
    steps: Option<Vec<Members<Step>>>,
    /// Only what has a greater number counts; without it, what came since the last `POST /api/v1/mark`, or since the start.
    after: Option<u64>,
    /// How long to wait at most: 5 seconds, where nothing is said.
    #[serde(default)]
    timeout_secs: Patience,
    /// Where time runs out before the broker has settled, what came by then counts, though more may have been on its way.
    #[serde(default)]
    unproven_is_enough: bool,
    /// How many of the packets found the answer has.
    #[schema(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
}

/// One of several that come one after the other.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// This comes.
    pattern: schema::Pattern,
    /// How often: at least once, where nothing is said.
    times: Option<schema::Count>,
}

/// An expectation that is met.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Met {
    /// How many packets and events it was met by; of very many the first 10,000.
    count: usize,
    /// The first of them.
    packets: Vec<schema::Entry>,
    /// Why more may have been on its way, where that could not be ruled out.
    unproven: Option<String>,
    meta: Behind,
}

/// Waits until an expectation is met, or cannot be met any more. What came already counts.
#[utoipa::path(
    post, path = "/api/v1/expectations", tag = "expectations", request_body = Expected,
    responses(
        (status = 200, description = "it is met", body = Met),
        (status = 417, description = "it is not met; `failure` has what came closest", body = super::problem::Shape, content_type = "application/problem+json"),
        (status = "4XX", description = "something is wrong", body = super::problem::Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn expect(
    State(shared): super::State,
    Body(expected): Body<Expected>,
) -> Result<Json<Met>, Problem> {
    let limit = ask::limit(expected.limit)?;
    let broker = expected.timeout_secs.of(&shared);
    let (after, unproven_is_enough) = (expected.after, expected.unproven_is_enough);
    let mut expecting = broker.expect(expected.expectation()?);
    if let Some(after) = after {
        expecting = expecting.since(Mark::behind(after));
    }
    if unproven_is_enough {
        expecting = expecting.unproven_is_enough();
    }
    let found = expecting.check_from_afar(shared.reports.clone()).await?;
    let unproven = found.unproven().map(str::to_owned);
    Ok(Json(Met {
        count: found.len(),
        unproven,
        meta: Behind {
            next: found.last().map(|entry| entry.seq),
        },
        packets: found.entries.into_iter().take(limit).map(schema::Entry).collect(),
    }))
}

impl Expected {
    fn expectation(self) -> Result<Expectation, Problem> {
        let one = "exactly one of `pattern`, `never` and `steps` is to be there";
        if self.times.is_some() && self.pattern.is_none() {
            return Err(ask::wrong(
                "times",
                "it says how often `pattern` comes; each of the steps has its own",
            ));
        }
        match (self.pattern, self.never, self.steps) {
            (Some(pattern), None, None) => {
                let times = self.times;
                Ok(Step { pattern, times }.expectation())
            }
            (None, Some(pattern), None) => Ok(pattern.0.never()),
            (None, None, Some(steps)) => {
                if steps.len() > MOST_STEPS {
                    let what = format!("there are {}; expected at most {MOST_STEPS}", steps.len());
                    return Err(ask::wrong("steps", &what));
                }
                let mut steps = steps.into_iter().map(|Members(step)| step.expectation());
                let first = steps.next().ok_or_else(|| ask::wrong("steps", "there is none"))?;
                Ok(steps.fold(first, Expectation::then))
            }
            (None, None, None) => Err(ask::wrong("pattern", one)),
            (pattern, never, _) => {
                let path = match (pattern.is_some(), never.is_some()) {
                    (true, true) => "never",
                    _ => "steps",
                };
                Err(ask::wrong(path, one))
            }
        }
    }
}

impl Step {
    fn expectation(self) -> Expectation {
        let pattern = Expectation::from(self.pattern.0);
        match self.times {
            Some(times) => pattern.times(times.0),
            None => pattern,
        }
    }
}
