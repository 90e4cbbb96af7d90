//! The calls that disturb: rules, stubs, devices, the world; and recordings, which are made and played.

mod recordings;
mod scenarios;
mod stubs;

pub use recordings::{Recorded, Recorder};
pub use scenarios::BrokerScenarios;
pub use stubs::{BrokerStubs, StubGuard};
