//! The broker from outside: as a library that a test embeds, over sockets, and as a program.

mod answers;
mod builder;
mod cli;
mod corners;
mod large_payloads;
mod many_expectations;
mod snapshot;
mod verdicts;
mod waits;
