//! The program around the library: standard output, standard error, signals, exit codes.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use clap::CommandFactory;
use client::{
    Kind, Line, Lines, MessagePrinter, Other, Paint, Screen, Stop, UsageError, check_observers, error_kind,
    exit, observers, one_observer, parse_flags, print_error_line, print_generated, print_json_error,
    report_usage_error, run_to_end,
};

use crate::command::Then;
use crate::error::Error;
use crate::expect::Verdict;
use crate::expect_flags::expectation;
use crate::flags::Flags;
use crate::instead::{InPlace, Instead, Rate};
use crate::output::{Outcome, Output};
use crate::plan::Plan;
use crate::record::Recorder;
use crate::run::{End, Hooks, run_with};

/// Runs `subscriber` with these arguments, the program's name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let flags: Flags = match parse_flags(arguments) {
        Ok(flags) => flags,
        Err(code) => return code.into(),
    };
    if let Some(what) = flags.screen.generate {
        return print_generated(what, &mut Flags::command());
    }
    let (plan, output) = match prepare(&flags) {
        Ok(prepared) => prepared,
        Err(error) => return report_usage_error(Kind::Subscriber, flags.screen.json, &error).into(),
    };
    run_to_end(subscribe(plan, output, &flags))
}

/// Everything that can be wrong with the flags is found here.
fn prepare(flags: &Flags) -> Result<(Plan, Output<io::Stdout>), UsageError> {
    let mut plan = Plan::from_flags(flags, |name| std::env::var(name).ok())?;
    check_observers(flags.connection.debug, &flags.screen)?;
    let expected = expectation(flags)?;
    plan.within = expected.as_ref().map(|(_, within)| *within);
    let topics = plan.filters.len() > 1 || plan.filters.iter().any(|filter| filter.path.contains(['+', '#']));
    let lines = Lines::start();
    let printer = MessagePrinter::from_flags(&flags.message, &flags.screen, topics, lines)?;
    let recorder = match &flags.record {
        None => None,
        Some(path) => {
            let recorder = Recorder::create(Path::new(path));
            Some(recorder.map_err(|error| UsageError(format!("--record: cannot write {path}: {error}")))?)
        }
    };
    let outcome = Outcome {
        verdict: expected.map(|(wanted, _)| Verdict::new(wanted)),
        then: Then::new(flags.command.clone()),
    };
    let output = Output {
        out: io::stdout(),
        instead: instead(flags, &printer)?,
        printer,
        json: flags.screen.json.then_some(lines),
        recorder,
        outcome: Rc::new(RefCell::new(outcome)),
        screen: Screen::stderr(flags.screen.color),
        debug: flags.connection.debug,
        quiet: flags.connection.quiet,
        buffer: Vec::new(),
    };
    Ok((plan, output))
}

/// `--message-rate` and `--watch`.
fn instead(flags: &Flags, printer: &MessagePrinter) -> Result<Option<Instead>, UsageError> {
    if flags.message_rate && flags.screen.json {
        return Err(UsageError::new(
            "--message-rate prints no messages, and --json prints them as JSON; give one.",
        ));
    }
    Ok(if flags.message_rate {
        Some(Instead::Rate(Rate::default()))
    } else if flags.watch && printer.is_for_people() {
        let height = client::terminal_height();
        Some(Instead::InPlace(InPlace::new(height)))
    } else {
        None
    })
}

async fn subscribe(plan: Plan, output: Output<io::Stdout>, flags: &Flags) -> u8 {
    let (json, outcome, screen) = (output.json, Rc::clone(&output.outcome), output.screen);
    let quiet = flags.connection.quiet;
    let lines = json.unwrap_or_else(Lines::start);
    let hooks = Hooks {
        observer: one_observer(observers(
            &plan.connection,
            flags.connection.debug,
            &flags.screen,
            lines,
            false,
        )),
        stop: Stop::listen().ok().map(|mut stop| {
            Box::pin(async move {
                stop.signalled().await;
            }) as _
        }),
    };
    let limit = plan.within.or(plan.timeout);
    let ended = run_with(plan, output, hooks).await;
    let Outcome { verdict, then } = outcome.replace(Outcome {
        verdict: None,
        then: Then::Nothing,
    });
    let code = match ended {
        // A signal is the usual end of a subscriber.
        Ok(report) => {
            let stopped = report.end == End::Stopped;
            if let Some(lines) = json {
                let (received, end) = (Some(report.received), report.end.word());
                let line = lines.line(&Line::Summary {
                    sent: None,
                    received,
                    end,
                });
                writeln!(io::stdout(), "{line}").ok();
            }
            match verdict {
                // What was expected could not come; why not is told below.
                _ if then.failed() => exit::SUCCESS,
                // Stopped before it was decided: not satisfied.
                Some(verdict) if !verdict.satisfied() || (stopped && !verdict.decided()) => {
                    unsatisfied(&verdict, json, &screen, quiet)
                }
                _ => exit::SUCCESS,
            }
        }
        // The reader of our output has seen enough.
        Err(Error::Sink(error)) if error.kind() == io::ErrorKind::BrokenPipe => exit::SUCCESS,
        Err(error) => {
            let code = error.exit_code();
            let kind = match &error {
                Error::Client(error) => error_kind(error),
                other => error_kind(other),
            };
            let text = format!("Error: {error}");
            complain(json, &screen, quiet, &kind, &text, code);
            code
        }
    };
    match then.finish(limit) {
        Err(error) if code == exit::SUCCESS => {
            complain(
                json,
                &screen,
                quiet,
                "command",
                &format!("Error: {error}"),
                exit::FAILURE,
            );
            exit::FAILURE
        }
        _ => code,
    }
}

fn complain(json: Option<Lines>, screen: &Screen, quiet: bool, kind: &str, text: &str, code: u8) {
    if let Some(lines) = json {
        print_json_error(lines, kind, text.trim_start_matches("Error: "), code);
    } else if !quiet {
        print_error_line(screen.paint(Paint::Bad, text));
    }
}

/// Says what was expected and what came instead.
fn unsatisfied(verdict: &Verdict, json: Option<Lines>, screen: &Screen, quiet: bool) -> u8 {
    let (others, more) = verdict.others();
    let came = match verdict.matched() {
        0 => "none came".to_owned(),
        1 => "1 came".to_owned(),
        count => format!("{count} came"),
    };
    let mut text = format!("Expected {}; {came}.", verdict.expected());
    if verdict.interrupted() {
        text.push_str(" The connection was lost meanwhile, so messages may have been missed.");
    }
    if others.is_empty() {
        text.push_str(if verdict.matched() == 0 && !verdict.interrupted() {
            " Nothing else arrived either."
        } else {
            ""
        });
    } else {
        text.push_str(" What else arrived:");
    }
    if let Some(lines) = json {
        let others = others.iter().map(|(message, why)| Other::new(message, why));
        let line = Line::Error {
            kind: "unsatisfied",
            message: text.trim_end_matches(" What else arrived:"),
            exit_code: exit::FAILURE,
            others: others.collect(),
            unfinished: None,
        };
        print_error_line(lines.line(&line));
        return exit::FAILURE;
    }
    if !quiet {
        print_error_line(screen.paint(Paint::Bad, text));
        let width = others
            .iter()
            .map(|(message, _)| message.topic.len())
            .max()
            .unwrap_or(0);
        for (message, why) in others {
            let payload = client::shown_payload(&message.payload, 60);
            print_error_line(format_args!(
                "  {:<width$}  {payload}  {}",
                screen.paint(Paint::Topic, &message.topic),
                screen.paint(Paint::Dim, format!("({why})"))
            ));
        }
        if more > 0 {
            print_error_line(format_args!("  … and {more} more"));
        }
    }
    exit::FAILURE
}
