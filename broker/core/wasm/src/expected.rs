//! Expectations: judged by what has come so far. The page asks again once more has come, until its patience is over.

use broker_core::expect::{Count, Expectation, Failure, Progress, Standing};
use broker_core::pattern::Pattern;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Problem};
use crate::broker::Broker;

const MOST_STEPS: usize = 100;

/// The body of `POST expectations`, as docs/openapi.json has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pattern: Option<Pattern>,
    times: Option<Count>,
    never: Option<Pattern>,
    steps: Option<Vec<Step>>,
    after: Option<u64>,
    // The page waits, and not the module.
    #[allow(dead_code)]
    timeout_secs: Option<f64>,
    #[serde(default)]
    #[allow(dead_code)]
    unproven_is_enough: bool,
    limit: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    pattern: Pattern,
    times: Option<Count>,
}

impl Step {
    fn expectation(self) -> Expectation {
        let expectation = Expectation::from(self.pattern);
        match self.times {
            Some(times) => expectation.times(times),
            None => expectation,
        }
    }
}

impl Expected {
    fn expectation(self) -> Result<Expectation, Problem> {
        let times = self.times;
        let expectation = match (self.pattern, self.never, self.steps) {
            (Some(pattern), None, None) => Step { pattern, times }.expectation(),
            (None, Some(pattern), None) => pattern.never(),
            (None, None, Some(steps)) if (1..=MOST_STEPS).contains(&steps.len()) => {
                let steps = steps.into_iter().map(Step::expectation);
                steps
                    .reduce(Expectation::then)
                    .ok_or_else(|| Problem::invalid("`steps`: there is none"))?
            }
            _ => {
                let what = "exactly one of `pattern`, `never` and `steps` (at most 100) is to be there";
                return Err(Problem::invalid(what));
            }
        };
        expectation
            .check()
            .map_err(|invalid| Problem::invalid(invalid.to_string()))?;
        Ok(expectation)
    }
}

/// Begins to wait: `{"waits": handle}`.
pub fn begin(broker: &mut Broker, body: Value) -> Result<Answer, Problem> {
    let expected: Expected =
        serde_json::from_value(body).map_err(|error| Problem::invalid(error.to_string()))?;
    let (after, limit) = (expected.after, expected.limit);
    let handle = broker
        .expect(expected.expectation()?, after)
        .ok_or_else(|| Problem::invalid("100 expectations wait already"))?;
    Ok(Answer::json(
        200,
        &json!({"waits": handle, "limit": limit.unwrap_or(100)}),
    ))
}

/// How an expectation stands: 202 while it waits. `is_over`: its time is, and what has come by now decides.
pub fn look(broker: &mut Broker, handle: usize, limit: usize, is_over: bool) -> Result<Answer, Problem> {
    let place = broker.expected.get_mut(handle);
    let Some(progress) = place.and_then(Option::as_mut) else {
        return Err(Problem::not_found("this expectation does not wait any more"));
    };
    let standing = progress.look(broker.engine.journal());
    let is_met = match standing {
        Standing::Met => true,
        Standing::Exceeded => false,
        _ if !is_over => return Ok(Answer::json(202, &json!({"waits": handle}))),
        Standing::Enough => true,
        Standing::Open => false,
    };
    let Some(mut progress) = broker.expected.get_mut(handle).and_then(Option::take) else {
        return Err(Problem::not_found("this expectation does not wait any more"));
    };
    if is_met {
        return Ok(met(&mut progress, limit));
    }
    let seen = broker.engine.journal().since(progress.since());
    let failure = Failure::new(&progress, seen, None, &[]);
    let shown = serde_json::to_value(&failure).unwrap_or_default();
    Err(Problem::unmet(failure.to_string(), shown))
}

fn met(progress: &mut Progress, limit: usize) -> Answer {
    let found = progress.take_matched(None);
    Answer::json(
        200,
        &json!({
            "count": found.len(),
            "unproven": null,
            "meta": {"next": found.last().map(|entry| entry.seq)},
            "packets": found.entries.iter().take(limit).collect::<Vec<_>>(),
        }),
    )
}
