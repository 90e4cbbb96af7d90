//! Floods: what one greedy client costs the others, in time and in memory, as a table.
//!
//! `cargo run --release -p tests --bin floods -- --broker target/release/broker --broker mosquitto`

use clap::Parser;

fn main() -> std::process::ExitCode {
    tests::floods::main(&tests::floods::Options::parse())
}
