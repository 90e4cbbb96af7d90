//! What it costs to keep state on disk, beside mosquitto and `RabbitMQ`, as a table.
//!
//! `cargo run --release -p tests --bin durability -- --broker target/release/broker`

use clap::Parser;

fn main() -> std::process::ExitCode {
    tests::durability::main(&tests::durability::Options::parse())
}
