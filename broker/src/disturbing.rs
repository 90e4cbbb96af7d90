//! The calls that disturb: rules, stubs, devices, the world; and recordings, which are made and played.

mod recordings;

pub use recordings::{Recorded, Recorder};
