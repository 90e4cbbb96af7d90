//! Whether our broker can stand in for Debian's mosquitto: both are started with the same configuration file, clients do the
//! same with each, and what the clients saw is compared.
//!
//! A set-up is a folder in `tests/data/mosquitto/`:
//!
//! | in it | what it is |
//! |---|---|
//! | `config/mosquitto.conf`, … | files as people have them, with the paths of the Docker image: `/mosquitto/config`, `/mosquitto/data`, … |
//! | `observed` | what clients do, step by step, and what they see |
//!
//! Each broker is given a folder of its own in place of `/mosquitto`, and free ports in place of those that the files name. `table`
//! reads `observed`, `place` lays the files out, `brokers` starts both, `act` does the steps with `peer` (raw packets) and with
//! the programs of mosquitto. Where our broker is meant to differ, the table has its answer, too, and names the reason, which
//! docs/ACCESS.md explains. `UPDATE_DOCS=1` writes what was seen into the table.

// As the harness: one that fails ends the test; that is what it is for.
#![allow(clippy::missing_panics_doc)]

mod act;
mod brokers;
mod observing;
mod peer;
mod place;
mod table;

pub use brokers::{Broker, Kind};
pub use observing::{compare, laid_out, reasons, setups};
pub use place::Place;
