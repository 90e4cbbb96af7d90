//! The measured part of docs/ENGINES.md: brokers with our front door before them and without.

use std::fmt::Write as _;

use crate::bench::machine::Machine;
use crate::bench::options::Options;
use crate::bench::run::Results;
use crate::bench::target::Target;

/// What is compared: each with itself behind the front door, and both with our own engine.
pub const TARGETS: [Target; 5] = [
    Target::Mosquitto,
    Target::BeforeMosquitto,
    Target::Rumqttd,
    Target::WithRumqttd,
    Target::Ours,
];

/// The cases that show what the way through costs.
pub const CASES: [&str; 10] = [
    "rtt-qos0",
    "rtt-qos1",
    "spawn",
    "connects",
    "1-1-qos0",
    "1-1-qos1",
    "1-1-qos2",
    "1-50-qos0",
    "start-memory",
    "idle",
];

/// One table: each broker, the same behind the front door, and the ratio of the two.
pub fn measured(results: &Results, options: &Options, machine: &Machine) -> String {
    let mut out = format!(
        "Measured on {}: {} cores of {}, {}, {} run(s), a fresh process for each; medians.\n\n",
        machine.date,
        machine.cores,
        machine.processor,
        machine.system,
        if options.quick { 1 } else { options.runs },
    );
    for target in &results.targets {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(out, "- {target}: {}", target.about());
    }
    out.push_str(
        "\nMemory of before-mosquitto is that of the relay alone.\n\n\
         | case | figure | mosquitto | before-mosquitto | ÷ | rumqttd | with-rumqttd | ÷ | citronella | ÷ rumqttd |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for result in &results.cases {
        for metric in result.case.metrics {
            let median = |target| result.summary(target, *metric).map(|summary| summary.median);
            let cell = |value: Option<f64>| value.map_or("–".to_owned(), |value| metric.unit.show(value));
            let ratio = |of: Option<f64>, to: Option<f64>| match of.zip(to) {
                Some((of, to)) if to > 0.0 => format!("{:.2} ×", of / to),
                _ => "–".to_owned(),
            };
            let [mosquitto, before, rumqttd, with, ours] = TARGETS.each_ref().map(median);
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                result.case.title,
                metric.title,
                cell(mosquitto),
                cell(before),
                ratio(before, mosquitto),
                cell(rumqttd),
                cell(with),
                ratio(with, rumqttd),
                cell(ours),
                ratio(ours, rumqttd),
            );
        }
        for (target, error) in &result.failures {
            let _ = writeln!(
                out,
                "| {} | {target} failed: {error} | | | | | | | | |",
                result.case.title
            );
        }
    }
    out
}
