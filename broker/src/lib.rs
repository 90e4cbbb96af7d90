//! An MQTT broker to embed in tests and to run as a program.

pub mod router;
pub mod topic;
pub mod wire;
