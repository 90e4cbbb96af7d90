//! An MQTT broker to embed in tests and to run as a program.

pub mod engine;
pub mod router;
pub mod session;
pub mod time;
pub mod topic;
pub mod wire;
