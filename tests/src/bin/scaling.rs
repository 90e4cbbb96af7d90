//! What one broker holds and how fast it is; see [`tests::scaling`].

use std::process::ExitCode;

use clap::Parser as _;
use tests::scaling::Options;

fn main() -> ExitCode {
    tests::scaling::main(&Options::parse())
}
