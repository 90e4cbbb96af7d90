//! The program around the library: standard output, standard error, signals, exit codes.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use settings::client::{Kind, Observer, Stop, debug_line, flush_stdout, parse_flags, report_usage_error};

use crate::error::Error;
use crate::flags::Flags;
use crate::format::Format;
use crate::output::{Printer, Style};
use crate::plan::Plan;
use crate::run::{Hooks, run_with};

/// Runs `subscriber` with these arguments, the program's name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let flags: Flags = match parse_flags(arguments) {
        Ok(flags) => flags,
        Err(code) => return code.into(),
    };
    let plan = match Plan::from_flags(&flags, |name| std::env::var(name).ok()) {
        Ok(plan) => plan,
        Err(error) => return report_usage_error(Kind::Subscriber, &error).into(),
    };
    let style = match (&flags.format, flags.verbose) {
        (Some(format), _) => match Format::parse(format, flags.pretty) {
            Ok(format) => Style::Custom(format),
            Err(error) => return report_usage_error(Kind::Subscriber, &error).into(),
        },
        (None, true) => Style::Verbose,
        (None, false) => Style::Payload,
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("Error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(subscribe(plan, style, &flags));
    flush_stdout();
    runtime.shutdown_background();
    code.into()
}

async fn subscribe(plan: Plan, style: Style, flags: &Flags) -> u8 {
    let printer = Printer {
        out: io::stdout(),
        style,
        line_feed: !flags.no_line_feed,
        debug: flags.connection.debug,
        quiet: flags.connection.quiet,
        buffer: Vec::new(),
    };
    let hooks = Hooks {
        observer: flags.connection.debug.then(|| observer(&plan)),
        stop: Stop::listen().ok().map(|mut stop| {
            Box::pin(async move {
                stop.signalled().await;
            }) as _
        }),
    };
    match run_with(plan, printer, hooks).await {
        // A signal is the usual end of a subscriber.
        Ok(_) => 0,
        // Whoever read our output has seen enough.
        Err(Error::Sink(error)) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(error) => {
            if !flags.connection.quiet {
                match &error {
                    Error::Client(error) => eprintln!("Error: {error}"),
                    // In mosquitto_sub's words, so without a prefix.
                    other => eprintln!("{other}"),
                }
            }
            error.exit_code()
        }
    }
}

fn observer(plan: &Plan) -> Observer {
    let (version, id) = (plan.connection.version, plan.connection.client_id.clone());
    Box::new(move |crossing| println!("{}", debug_line(version, &id, crossing)))
}
