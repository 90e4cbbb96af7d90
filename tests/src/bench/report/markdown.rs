//! The measured part of docs/PERFORMANCE.md.

use std::fmt::Write as _;

use super::plot::Plot;
use crate::bench::machine::Machine;
use crate::bench::measure::Metric;
use crate::bench::options::Options;
use crate::bench::run::{CaseResult, Results};
use crate::bench::target::Target;

/// Plots, tables with headings of this level, and where they come from.
pub fn measured(
    level: &str,
    results: &Results,
    options: &Options,
    machine: &Machine,
    plots: &[Plot],
) -> String {
    let mut out = String::new();
    let runs = if options.quick { 1 } else { options.runs };
    let _ = writeln!(
        out,
        "Measured on {}: {} cores of {}, {:.0} GB of memory, {}. {} each, all targets in turn, a fresh process for \
         each run; medians, and in brackets the least and the most.\n",
        machine.date,
        machine.cores,
        machine.processor,
        machine.memory_bytes as f64 / 1e9,
        machine.system,
        if runs == 1 {
            "One run".to_owned()
        } else {
            format!("{runs} runs")
        },
    );
    if options.quick {
        out.push_str(
            "A quick look: fewer connections, filters and retained messages than the titles say.\n\n",
        );
    }
    for target in &results.targets {
        let _ = writeln!(out, "- {target}: {}", target.about());
    }
    for plot in plots {
        let _ = writeln!(out, "\n![{}]({})", plot.title, plot.file);
    }
    let mut group = "";
    for result in &results.cases {
        if result.case.group != group {
            group = result.case.group;
            heading(&mut out, level, results, group);
        }
        for metric in result.case.metrics {
            row(&mut out, results, result, *metric);
        }
    }
    notes(&mut out, level, results);
    out
}

fn heading(out: &mut String, level: &str, results: &Results, group: &str) {
    let _ = write!(out, "\n{level} {group}\n\n| case | figure |");
    for target in peers(results) {
        let _ = write!(out, " ÷ {target} |");
    }
    for target in &results.targets {
        let _ = write!(out, " {target} |");
    }
    let _ = write!(out, "\n|---|---|");
    let columns = peers(results).count() + results.targets.len();
    let _ = writeln!(out, "{}", "--:|".repeat(columns));
}

fn row(out: &mut String, results: &Results, result: &CaseResult, metric: Metric) {
    if !results
        .targets
        .iter()
        .any(|target| result.summary(target, metric).is_some())
    {
        return;
    }
    let arrow = if metric.unit.more_is_better() {
        "↑"
    } else {
        "↓"
    };
    let _ = write!(out, "| {} | {} {arrow} |", result.case.title, metric.title);
    for target in peers(results) {
        match result.ratio(target, metric) {
            Some(ratio) if ratio.runs > 1 => {
                let [median, min, max] = [ratio.median, ratio.min, ratio.max].map(times);
                let _ = write!(out, " {median} ({min} to {max}) |");
            }
            Some(ratio) => {
                let _ = write!(out, " {} |", times(ratio.median));
            }
            None => out.push_str(" – |"),
        }
    }
    for target in &results.targets {
        let Some(summary) = result.summary(target, metric) else {
            out.push_str(" – |");
            continue;
        };
        let show = |value| metric.unit.show(value);
        let _ = write!(out, " {}", show(summary.median));
        if summary.runs > 1 {
            let _ = write!(out, " ({} to {})", show(summary.min), show(summary.max));
        }
        if summary.lost > 0.0 {
            let _ = write!(out, ", {:.0} % lost", (summary.lost * 100.0).max(1.0));
        }
        if summary.wrong > 0 {
            let _ = write!(out, ", {} out of order or corrupt", summary.wrong);
        }
        if summary.unfinished {
            out.push_str(", not finished");
        }
        out.push_str(" |");
    }
    out.push('\n');
}

fn notes(out: &mut String, level: &str, results: &Results) {
    let mut seen: Vec<String> = Vec::new();
    for result in &results.cases {
        for (target, error) in &result.failures {
            let line = format!("- {target}, {}: {error}", result.case.title);
            if !seen.contains(&line) {
                seen.push(line);
            }
        }
    }
    if !seen.is_empty() {
        let _ = write!(out, "\n{level} Not measured\n\n{}\n", seen.join("\n"));
    }
}

fn peers(results: &Results) -> impl Iterator<Item = &Target> {
    results.targets.iter().filter(|target| **target != Target::Ours)
}

/// A ratio with as many digits as say something.
fn times(ratio: f64) -> String {
    match ratio {
        r if r >= 9.95 => format!("{r:.0} ×"),
        r if r >= 0.1 => format!("{r:.2} ×"),
        r => format!("{r:.3} ×"),
    }
}
