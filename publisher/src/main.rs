//! `publisher`: flags → plan → run, and an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    publisher::cli::main(std::env::args_os())
}
