//! What the integration tests share.

pub mod conformance;
pub mod harness;
pub mod simulation;
