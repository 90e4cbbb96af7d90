//! The end-to-end benchmark: raw sockets against a relay, this broker and others, over loopback TCP.

// Ranks of a sorted list, and figures with three digits.
#![allow(clippy::cast_sign_loss)]

mod acl;
pub mod case;
pub mod check;
pub mod client;
pub mod count;
pub mod feed;
pub mod flood;
mod held;
pub mod machine;
pub mod measure;
pub mod options;
pub mod packet;
pub mod ping;
pub mod process;
pub mod report;
mod rules;
pub mod run;
pub mod target;
pub mod window;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

use case::Scale;
use options::{Command, Options};

/// Runs the program.
pub fn main() -> ExitCode {
    let options = Options::parse();
    match start(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(options: &Options) -> Result<(), String> {
    match &options.command {
        Some(Command::Serve { what, port }) => {
            return target::serve_here(what, *port).map_err(|error| error.to_string());
        }
        Some(Command::Many { count }) => return case::many(*count).map_err(|error| error.to_string()),
        None => {}
    }
    let (mut cases, ways) = (case::all(), case::over_each_way());
    if options.list {
        for case in cases.into_iter().chain(ways) {
            println!("{:20} {}", case.name, case.title);
        }
        return Ok(());
    }
    if options.ways {
        cases = ways;
    } else if !options.cases.is_empty() {
        cases.extend(ways);
    }
    for asked in &options.cases {
        if !cases.iter().any(|case| case.name.starts_with(asked.as_str())) {
            return Err(format!("no case {asked:?}; --list names them"));
        }
    }
    let wanted =
        |name: &str| options.cases.is_empty() || options.cases.iter().any(|asked| name.starts_with(asked));
    cases.retain(|case| {
        wanted(case.name)
            && (!options.engines || report::engines::CASES.contains(&case.name))
            && (!options.held || held::CASES.contains(&case.name))
    });
    let targets = options.chosen_targets()?;
    let scale = Scale {
        time: Duration::from_millis(if options.quick {
            options.millis.min(300)
        } else {
            options.millis
        }),
        quick: options.quick,
    };
    let runs = if options.quick { 1 } else { options.runs };
    let results = run::interleaved(&cases, &targets, runs, scale);
    acl::clean_up();
    held::clean_up();
    rules::clean_up(&targets);
    if options.json {
        println!("{}", report::json(&results, options));
    } else {
        print!("{}", report::plain(&results));
    }
    if options.write {
        report::write(&results, options).map_err(|error| format!("cannot write the report: {error}"))?;
    }
    Ok(())
}
