//! Which figures are drawn.

use std::fmt::Write as _;

use super::svg::{Bar, Group, draw};
use crate::bench::run::{CaseResult, Results};
use crate::bench::target::Target;

/// A picture for the page.
pub struct Plot {
    /// Its name beside the page.
    pub file: &'static str,
    /// What it shows, in words.
    pub title: &'static str,
    /// The picture.
    pub svg: String,
}

/// The pictures that the results have figures for.
pub fn all(results: &Results) -> Vec<Plot> {
    let plots = [
        (
            "performance-throughput.svg",
            "Throughput as a share of the raw relay (longer is better)",
            groups(results, "Throughput", true),
        ),
        (
            "performance-round-trip.svg",
            "Round trip, half of them within (shorter is better)",
            groups(results, "rtt-", false),
        ),
    ];
    plots
        .into_iter()
        .filter(|(.., groups)| !groups.is_empty())
        .map(|(file, title, groups)| Plot {
            file,
            title,
            svg: draw(title, &groups),
        })
        .collect()
}

/// The first figure of every case whose group or name begins with `which`.
fn groups(results: &Results, which: &str, of_relay: bool) -> Vec<Group> {
    let wanted = results
        .cases
        .iter()
        .filter(|result| result.case.group == which || result.case.name.starts_with(which));
    let groups = wanted.filter_map(|result| group(results, result, of_relay));
    let mut groups: Vec<Group> = groups.collect();
    let longest = groups
        .iter()
        .flat_map(|group| &group.bars)
        .map(|bar| bar.length)
        .fold(0.0, f64::max);
    for bar in groups.iter_mut().flat_map(|group| &mut group.bars) {
        bar.length /= longest;
    }
    groups
}

fn group(results: &Results, result: &CaseResult, of_relay: bool) -> Option<Group> {
    let metric = *result.case.metrics.first()?;
    let relay = result
        .summary(&Target::Relay, metric)
        .map(|summary| summary.median);
    let mut bars = Vec::new();
    for (index, target) in results.targets.iter().enumerate() {
        let Some(summary) = result.summary(target, metric) else {
            continue;
        };
        let mut text = metric.unit.show(summary.median);
        let length = if of_relay {
            summary.median / relay?
        } else {
            summary.median
        };
        if of_relay && target != &Target::Relay {
            let _ = write!(text, " · {:.0} %", length * 100.0);
        }
        if summary.lost >= 0.005 {
            let _ = write!(text, " · {:.0} % lost", summary.lost * 100.0);
        }
        bars.push(Bar {
            name: target.to_string(),
            class: index,
            length,
            text,
        });
    }
    (!bars.is_empty()).then(|| Group {
        title: result.case.title.to_owned(),
        bars,
    })
}
