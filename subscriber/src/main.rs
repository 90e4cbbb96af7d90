//! `subscriber`: flags → plan → run, and an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    subscriber::cli::main(std::env::args_os())
}
