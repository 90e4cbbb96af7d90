//! What the two programs' `main` have in common: parsing with hints, usage errors, the runtime, signals.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::arguments::{nearest_flag, prepare};
use crate::error::{UsageError, exit};
use crate::generate::Generated;
use crate::output::{Line, Lines};
use crate::plan::Kind;

/// Parses the command line, after the option file's lines. On `--help` and `--version` it prints and returns the exit code 0; on wrong flags it
/// says what is wrong, with the nearest right flag, and returns 1 as mosquitto's clients do.
///
/// # Errors
/// The exit code with which the program should end now.
pub fn parse_flags<F: Parser>(arguments: impl IntoIterator<Item = OsString>) -> Result<F, u8> {
    let command = F::command();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let arguments = prepare(&command, arguments, |name| std::env::var_os(name)).map_err(|error| {
        if json {
            return usage_line(&error.to_string());
        }
        writeln!(
            io::stderr(),
            "Error: {error}\n\nUse '{} --help' to see usage.",
            command.get_name()
        )
        .ok();
        exit::FAILURE
    })?;
    F::try_parse_from(arguments).map_err(|mut error| {
        suggest(&mut error, &command);
        let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        if json && !asked {
            let text = error.to_string();
            let what = text
                .trim_start_matches("error: ")
                .split("\n\nUsage:")
                .flat_map(|part| part.split("\n\nFor more information"))
                .next()
                .unwrap_or_default();
            let what: Vec<&str> = what.split_whitespace().collect();
            return usage_line(&what.join(" "));
        }
        // Nothing can be done about an output that is closed.
        if asked {
            error.print().ok();
        } else {
            // So begins every other error of the two programs.
            let text = error.to_string();
            write!(io::stderr(), "{}", text.replacen("error: ", "Error: ", 1)).ok();
        }
        if let Some(hint) = hint(command.get_name(), &error) {
            writeln!(io::stderr(), "\n{hint}").ok();
        }
        if asked { exit::SUCCESS } else { exit::FAILURE }
    })
}

/// Puts the nearest flag in the place of clap's guess, which for `--qso` is `--json`.
fn suggest(error: &mut clap::Error, command: &clap::Command) {
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidArg) else {
        return;
    };
    if error.kind() != ErrorKind::UnknownArgument || !given.starts_with("--") {
        return;
    }
    let nearest = nearest_flag(command, given.split('=').next().unwrap_or_default());
    // clap suggests a lone `--`, but only a command may follow that.
    error.remove(ContextKind::Suggested);
    error.remove(ContextKind::Usage);
    match nearest {
        Some(flag) => error.insert(ContextKind::SuggestedArg, ContextValue::String(flag)),
        None => error.remove(ContextKind::SuggestedArg),
    };
}

/// A usage error as `--json` has it; returns the exit code.
fn usage_line(message: &str) -> u8 {
    print_json_error(Lines::start(), "usage", message, exit::FAILURE)
}

/// Prints an error on standard error as one JSON object; returns the exit code.
pub fn print_json_error(lines: Lines, kind: &str, message: &str, exit_code: u8) -> u8 {
    print_error_line(lines.line(&Line::error(kind, message, exit_code)));
    exit_code
}

/// Help for users of other programs, in which these flags mean something else.
fn hint(program: &str, error: &clap::Error) -> Option<&'static str> {
    let ContextValue::String(argument) = error.get(ContextKind::InvalidArg)? else {
        return None;
    };
    match error.kind() {
        ErrorKind::InvalidValue if argument.starts_with("--host") => {
            Some("-h is the host, as with mosquitto's clients; help is --help.")
        }
        ErrorKind::InvalidValue if argument.starts_with("--protocol-version") => Some(
            "-V is the version of MQTT, as with mosquitto's clients; this program's version is --version.",
        ),
        ErrorKind::UnknownArgument if argument.starts_with('-') => None,
        ErrorKind::UnknownArgument if program == Kind::Subscriber.name() => {
            Some("A topic is given with -t; a command to run stands behind --.")
        }
        ErrorKind::UnknownArgument => {
            Some("A topic is given with -t and a payload with -m; one of several words stands in quotes.")
        }
        _ => None,
    }
}

/// Prints a usage error on standard error, with the way to help or as JSON; returns the exit code.
pub fn report_usage_error(kind: Kind, json: bool, error: &UsageError) -> u8 {
    if json {
        return usage_line(&error.to_string());
    }
    let mut stderr = io::stderr().lock();
    writeln!(
        stderr,
        "Error: {error}\n\nUse '{} --help' to see usage.",
        kind.name()
    )
    .ok();
    exit::FAILURE
}

/// Prints what `--generate` asks for.
pub fn print_generated(what: Generated, command: &mut clap::Command) -> ExitCode {
    let written = what.write(command, &mut io::stdout());
    if written.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs a program's work to its end, on a runtime of its own; the work returns the exit code.
pub fn run_to_end(work: impl Future<Output = u8>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print_error_line(format_args!("Error: cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(work);
    flush_stdout();
    // A thread may still read standard input; the program ends without it.
    runtime.shutdown_background();
    code.into()
}

/// Prints a line on standard output. A reader that has gone away is not an error, because the program does more than
/// print.
pub fn print_line(line: impl Display) {
    writeln!(io::stdout(), "{line}").ok();
}

/// Prints a line on standard error, in the same way.
pub fn print_error_line(line: impl Display) {
    writeln!(io::stderr(), "{line}").ok();
}

/// Flushes standard output. A reader that has gone away is not an error.
pub fn flush_stdout() {
    io::stdout().flush().ok();
}

/// The signals that ask a program to end: SIGINT and SIGTERM, or Ctrl-C.
#[derive(Debug)]
pub struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    /// Begins to listen. Must be called inside a runtime.
    ///
    /// # Errors
    /// The system refuses to install the handlers.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for a signal, and returns the exit code that shells give to a program ended by it.
    pub async fn signalled(&mut self) -> u8 {
        #[cfg(unix)]
        {
            tokio::select! {
                _ = self.interrupt.recv() => 130,
                _ = self.terminate.recv() => 143,
            }
        }
        #[cfg(not(unix))]
        {
            tokio::signal::ctrl_c().await.ok();
            130
        }
    }
}
