//! Settings.
#[cfg(feature = "client")]
pub mod client;
