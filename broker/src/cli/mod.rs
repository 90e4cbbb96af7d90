//! The program: flags → settings → [`Broker`](crate::Broker).
//!
//! `docs/BROKER.md` describes it from outside; the definitions of flags and events make it ([`mod@reference`]).

mod account;
#[cfg(feature = "contracts")]
mod asyncapi;
#[cfg(feature = "tls")]
mod certificates;
mod check;
mod command;
mod contracts;
mod ctl;
mod detached;
mod flags;
#[cfg(feature = "generate")]
mod generate;
mod health;
mod journal_file;
mod lesson;
mod line;
mod lint;
mod log;
mod manner;
mod notice;
mod parent;
mod passwd;
mod pid_file;
mod place;
mod play;
#[cfg(feature = "tls")]
mod private_directory;
mod profile_text;
mod profiles;
mod ready_file;
mod recording_file;
pub mod reference;
mod run;
mod service;
mod shared_ca;
mod signals;
#[cfg(feature = "contracts")]
mod sparkplug;
mod stop;
mod stubs;
mod task;
#[cfg(test)]
mod tests;
mod text;
#[cfg(feature = "watch")]
mod watch;
mod words;
mod wrapped;

use std::io::{self, Write};
use std::process::ExitCode;

use flags::{Flags, Plan};
use log::complain;

/// How the program may end, and what that means.
const EXIT_CODES: &[(&str, &str)] = &[
    (
        "0",
        "stopped by SIGINT (Ctrl-C) or SIGTERM, by `q` in `--watch`, or by SIGHUP when the terminal has gone, or, without a command after `--`, with the process of `--parent-pid`; or `--help`, `--version`, `--print-config` was printed; or `broker check` found nothing wrong, `broker health` a broker that answers",
    ),
    (
        "that of the command after `--`",
        "the command ended; 128 and the signal's number where a signal ended it",
    ),
    (
        "1",
        "could not start (an address is taken, the ready file cannot be written, the process of `--parent-pid` has ended, …), or failed while it ran; or `broker check` \
         found something wrong",
    ),
    (
        "2",
        "a flag or a setting is wrong; each mistake is told in a line of its own on stderr",
    ),
    (
        "3",
        "`broker play` or `broker stubs` did its work, but not all of the recording could be read or played; stderr says what was \
         left out",
    ),
    (
        "4",
        "with `--fail-on-violation`, a client did what the profile or a contract would not take, and all else went well; or \
         `broker lint` found such a thing",
    ),
    (
        "126, 127",
        "the command after `--` may not be executed, or is not there",
    ),
    (
        "129, 130, 143",
        "a second SIGHUP, SIGINT, SIGTERM came before the first had its way",
    ),
];

/// Runs the program.
pub fn main() -> ExitCode {
    let flags = match flags::parse(arguments()) {
        Ok(flags) => flags,
        // Help, version, or an error. It is no failure if the reader has gone.
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    obey(flags)
}

/// Does what the flags ask for.
fn obey(flags: Flags) -> ExitCode {
    if let Some(objection) = flags.objection() {
        complain(&objection);
        return ExitCode::from(2);
    }
    if let Some(command) = flags.command {
        return command.run();
    }
    match flags.plan() {
        Ok(Plan::Run { loaded, manner }) => run::run(&loaded, &manner),
        Ok(Plan::Detach) => detached::start(std::env::args_os()),
        Ok(Plan::Refuse(why)) => {
            complain(why);
            ExitCode::from(2)
        }
        Ok(Plan::Print(text)) => {
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&error.to_string());
            ExitCode::from(2)
        }
    }
}

/// The arguments. Under the name of `mosquitto_passwd`, as a link to the program may have it, they are those of `broker passwd`.
fn arguments() -> Vec<std::ffi::OsString> {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    let name = arguments.first().map(std::path::Path::new);
    if name
        .and_then(|name| name.file_stem())
        .is_some_and(|name| name == "mosquitto_passwd")
    {
        arguments.insert(1, "passwd".into());
    }
    arguments
}
