//! An MQTT broker to embed in tests and to run as a program.

pub mod topic;
pub mod wire;
