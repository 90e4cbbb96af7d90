//! The broker as a program; see [`broker::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    broker::cli::main()
}
