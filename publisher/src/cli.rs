//! The program around the library: standard error, standard output, signals, exit codes.

use std::cell::Cell;
use std::ffi::OsString;
use std::process::ExitCode;
use std::rc::Rc;

use settings::client::{
    Kind, Observer, Stop, debug_line, flush_stdout, parse_flags, reason_words, report_usage_error,
};

use crate::error::Error;
use crate::flags::Flags;
use crate::plan::Plan;
use crate::run::{Hooks, Notice, run_with};

/// Runs `publisher` with these arguments, the program's name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let flags: Flags = match parse_flags(arguments) {
        Ok(flags) => flags,
        Err(code) => return code.into(),
    };
    let plan = match Plan::from_flags(&flags, |name| std::env::var(name).ok()) {
        Ok(plan) => plan,
        Err(error) => return report_usage_error(Kind::Publisher, &error).into(),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("Error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(publish(plan, &flags));
    flush_stdout();
    // A thread may still wait for standard input; nobody waits for it.
    runtime.shutdown_background();
    code.into()
}

async fn publish(plan: Plan, flags: &Flags) -> u8 {
    let quiet = flags.connection.quiet;
    let signal = Rc::new(Cell::new(0));
    let hooks = Hooks {
        observer: flags.connection.debug.then(|| printer(&plan)),
        notice: Some(Box::new(move |notice| {
            if quiet {
                return;
            }
            match notice {
                Notice::Refused(ack) => {
                    eprintln!("Warning: Publish {} failed: {}.", ack.id, reason_words(ack.code));
                    if let Some(reason) = ack.reason {
                        eprintln!("{reason}");
                    }
                }
                Notice::Reconnecting { error, wait } => {
                    eprintln!("{error} Trying again in {} s.", wait.as_secs());
                }
                Notice::Reconnected { again } => {
                    eprintln!("Connected again; {again} messages are sent again.");
                }
            }
        })),
        stop: Stop::listen().ok().map(|mut stop| {
            let signal = Rc::clone(&signal);
            Box::pin(async move { signal.set(stop.signalled().await) }) as _
        }),
    };
    match run_with(plan, hooks).await {
        Ok(_) => 0,
        Err(error) => {
            if !quiet {
                eprintln!("Error: {error}");
            }
            if matches!(error, Error::Stopped { .. }) {
                signal.get()
            } else {
                error.exit_code()
            }
        }
    }
}

fn printer(plan: &Plan) -> Observer {
    let (version, id) = (plan.connection.version, plan.connection.client_id.clone());
    Box::new(move |crossing| println!("{}", debug_line(version, &id, crossing)))
}
