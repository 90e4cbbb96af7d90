//! The program `subscriber`, and the library where the program does not show enough.

mod failures;
mod programs;
mod same_as_mosquitto;
#[path = "../../../publisher/tests/it/support/mod.rs"]
mod support;
mod time;
mod transports;

const SUBSCRIBER: &str = env!("CARGO_BIN_EXE_subscriber");
