//! The results for programs.

use serde_json::{Value, json as object};

use crate::bench::machine::Machine;
use crate::bench::options::Options;
use crate::bench::run::Results;

/// Everything, as one JSON object; `figures` has a line for every case, metric and target.
pub fn json(results: &Results, options: &Options) -> Value {
    let mut figures = Vec::new();
    let mut failures = Vec::new();
    for result in &results.cases {
        for metric in result.case.metrics {
            for target in &results.targets {
                if let Some(summary) = result.summary(target, *metric) {
                    figures.push(object!({
                        "case": result.case.name,
                        "metric": metric.id,
                        "unit": metric.unit,
                        "more_is_better": metric.unit.more_is_better(),
                        "target": target.to_string(),
                        "summary": summary,
                    }));
                }
            }
        }
        for (target, error) in &result.failures {
            failures
                .push(object!({ "case": result.case.name, "target": target.to_string(), "error": error }));
        }
    }
    let targets = results.targets.iter();
    let targets: Vec<Value> = targets
        .map(|target| object!({ "name": target.to_string(), "about": target.about() }))
        .collect();
    object!({
        "machine": Machine::here(),
        "targets": targets,
        "quick": options.quick,
        "figures": figures,
        "failures": failures,
    })
}
