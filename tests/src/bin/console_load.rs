//! The console while many messages pass, beside an empty page, and what it costs the broker's clients.
//!
//! `cargo run --release -p tests --bin console_load -- --broker target/release/broker`

use clap::Parser;

fn main() -> std::process::ExitCode {
    tests::console_load::main(&tests::console_load::Options::parse())
}
