//! `--daemon`: the program starts itself once more, in a session of its own, and comes back when that one listens.
//!
//! The two are joined by a pipe, which is the standard output of the second. Once it listens it writes its first line there and lets
//! go of all that it has from the first. If the pipe ends without a line, it did not start.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::{Command, ExitCode, Stdio};

use crate::cli::log::complain;

/// The flag that the second one is told by.
pub(super) const FLAG: &str = "--detached";

/// Starts the second one with the same arguments, and says what became of it.
pub(super) fn start(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let begun = begin(arguments);
    let (mut first_line, mut child) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            complain(&format!("-d: the broker cannot start itself: {error}"));
            return ExitCode::FAILURE;
        }
    };
    if first_line.is_empty() {
        // It has said why on stderr.
        let code = child.wait().ok().and_then(|status| status.code());
        return ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1));
    }
    first_line.push('\n');
    let _ = io::stdout().write_all(first_line.as_bytes());
    ExitCode::SUCCESS
}

/// The second one, and its first line; empty where it ended without.
fn begin(arguments: impl IntoIterator<Item = OsString>) -> io::Result<(String, std::process::Child)> {
    let mut arguments = arguments.into_iter();
    let mut command = Command::new(std::env::current_exe()?);
    if let Some(name) = arguments.next() {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::arg0(&mut command, name);
        #[cfg(not(unix))]
        drop(name);
    }
    command.arg(FLAG).args(arguments);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut said = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut said)?;
    }
    Ok((said.trim_end().to_owned(), child))
}

/// The second one begins: no signal of the terminal comes any more.
#[cfg(unix)]
pub(super) fn enter() {
    // It fails for the leader of a group alone, who has been told to do what it already did.
    let _ = rustix::process::setsid();
}

/// The second one listens. From here on it has nothing from the first, so that nobody waits for it any longer.
///
/// # Errors
/// The first one is gone, and with it the program that called it.
#[cfg(unix)]
pub(super) fn let_go(first_line: &str) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{first_line}")?;
    out.flush()?;
    let nothing = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    rustix::stdio::dup2_stderr(&nothing)?;
    // The last: with it the pipe ends.
    rustix::stdio::dup2_stdout(&nothing)?;
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn enter() {}

#[cfg(not(unix))]
pub(super) fn let_go(_: &str) -> io::Result<()> {
    Ok(())
}
