//! `broker sparkplug`: a recording held against Sparkplug 3.0.0, and the rules that there are.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use broker_contract::{SPARKPLUG_RULES, Sparkplug, SparkplugReport};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::log::remark;
use super::play::read;
use super::profiles::VIOLATIONS;
use crate::contract::lint_sparkplug;

/// So many violations of a recording are told one by one.
const MOST_TOLD: usize = 1000;

#[derive(Debug, Args)]
pub(super) struct SparkplugB {
    #[command(subcommand)]
    what: Do,
}

// `--help` prints these comments.
#[derive(Debug, Subcommand)]
enum Do {
    /// Hold the edge nodes and host applications of a recording against it: exit code 4 if a rule is broken
    Lint {
        /// The recording: a file that broker --record or subscriber --record wrote
        #[arg(value_name = "RECORDING")]
        recording: PathBuf,

        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print the rules that are checked, by their names in the specification
    Rules {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

impl SparkplugB {
    pub(super) fn run(self) -> ExitCode {
        match self.what {
            Do::Lint { recording, json } => lint(&recording, json),
            Do::Rules { json: false } => {
                let mut text = String::new();
                for rule in SPARKPLUG_RULES {
                    let _ = writeln!(text, "{}\n  {}", rule.id, rule.wants);
                }
                print(&text);
                ExitCode::SUCCESS
            }
            Do::Rules { json: true } => {
                let rule =
                    |rule: &&broker_contract::SparkplugRule| json!({"rule": rule.id, "wants": rule.wants});
                let rules: Value = SPARKPLUG_RULES.iter().map(rule).collect();
                print(&format!("{:#}\n", json!({ "rules": rules })));
                ExitCode::SUCCESS
            }
        }
    }
}

fn lint(file: &std::path::Path, json: bool) -> ExitCode {
    let Some(recording) = read(file) else {
        return ExitCode::from(2);
    };
    let mut sparkplug = Sparkplug::default();
    let (mut told, mut total) = (Vec::new(), 0_u64);
    let cut = lint_sparkplug(&mut sparkplug, &recording, &mut |at, client_id, one| {
        total += 1;
        if told.len() < MOST_TOLD {
            told.push((at.as_secs_f64(), client_id.to_owned(), one.clone()));
        }
    });
    if cut > 0 {
        remark(&format!(
            "{cut} messages were too large to be recorded, and were not looked at"
        ));
    }
    let report = sparkplug.report();
    if json {
        let violation = |(at_secs, client_id, one): &(f64, String, broker_contract::SparkplugBroken)| {
            json!({
                "at_secs": at_secs, "client_id": client_id, "rule": one.rule.id, "topic": one.topic, "text": one.to_string(),
            })
        };
        let mut all = report.json();
        all["violations"] = told.iter().map(violation).collect();
        print(&format!("{all:#}\n"));
    } else {
        let mut text = String::new();
        for (at_secs, client_id, one) in &told {
            let client_id = settings::text::escaped(client_id);
            let said = one.to_string();
            let _ = writeln!(
                text,
                "{at_secs:.3}s {client_id}: {}",
                settings::text::escaped(&said)
            );
        }
        if total > told.len() as u64 {
            let _ = writeln!(text, "and {} more", total - told.len() as u64);
        }
        print(&(text + &settings::text::escaped_lines(&report.text())));
    }
    match (report.broken, recording.is_whole()) {
        (0, true) => ExitCode::SUCCESS,
        (0, false) => ExitCode::from(3),
        _ => ExitCode::from(VIOLATIONS),
    }
}

/// Says at the end of a run what was seen of Sparkplug.
pub(super) fn tell(report: &SparkplugReport) {
    for line in report.text().lines() {
        remark(&format!(
            "sparkplug: {}",
            settings::text::escaped(line.trim_start())
        ));
    }
}

fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
