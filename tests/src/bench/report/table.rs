//! Tables for the terminal.

use std::fmt::Write as _;

use crate::bench::measure::{Metric, Summary};
use crate::bench::run::{CaseResult, Results};
use crate::bench::target::Target;

/// Every figure of every target, and beside it how it compares with ours.
pub fn plain(results: &Results) -> String {
    let mut out = String::new();
    for result in &results.cases {
        let _ = writeln!(out, "\n{}   ({})", result.case.title, result.case.name);
        for metric in result.case.metrics {
            let _ = writeln!(out, "  {}", metric.title);
            for target in &results.targets {
                if let Some(summary) = result.summary(target, *metric) {
                    let _ = writeln!(out, "    {}", line(result, *metric, target, &summary));
                }
            }
        }
        for (target, error) in &result.failures {
            let _ = writeln!(out, "  {target} failed: {error}");
        }
    }
    out
}

fn line(result: &CaseResult, metric: Metric, target: &Target, summary: &Summary) -> String {
    let show = |value| metric.unit.show(value);
    let mut line = format!(
        "{:12} {:>10}  ({} to {})",
        target.to_string(),
        show(summary.median),
        show(summary.min),
        show(summary.max)
    );
    if target != &Target::Ours
        && let Some(ratio) = result.ratio(target, metric)
    {
        let _ = write!(
            line,
            "  citronella has {:.2} × that ({:.2} to {:.2})",
            ratio.median, ratio.min, ratio.max
        );
    }
    if summary.lost > 0.0 {
        let _ = write!(line, "  {:.1} % LOST", summary.lost * 100.0);
    }
    if summary.wrong > 0 {
        let _ = write!(line, "  {} OUT OF ORDER OR CORRUPT", summary.wrong);
    }
    if summary.unfinished {
        line.push_str("  NOT FINISHED");
    }
    line
}
