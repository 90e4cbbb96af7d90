//! The program `publisher`, and the library where the program does not show enough.

mod failures;
mod given;
mod programs;
mod same_as_mosquitto;
mod support;
mod transports;

const PUBLISHER: &str = env!("CARGO_BIN_EXE_publisher");
