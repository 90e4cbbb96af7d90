//! The calls that disturb: rules, stubs, devices, the world; and recordings, which are made and played.

mod devices;
mod faults;
mod profile;
mod recordings;
mod scenarios;
mod stubs;
mod world;

pub use devices::{AddedDevice, BrokerDevices};
pub use faults::{BrokerFaults, FaultGuard};
pub use profile::BrokerProfile;
pub use recordings::{Recorded, Recorder};
pub use scenarios::BrokerScenarios;
pub use stubs::{BrokerStubs, StubGuard};
pub use world::{ListenerDown, Partition};
