//! Contracts: AsyncAPI documents and JSON Schemas, read from files, and Sparkplug; held against clients and recordings.

mod files;
mod kept;
mod recorded;
mod recorded_sparkplug;

pub(crate) use files::open;
pub(crate) use kept::Kept;
pub(crate) use recorded::{infer, lint};
pub(crate) use recorded_sparkplug::lint_sparkplug;
