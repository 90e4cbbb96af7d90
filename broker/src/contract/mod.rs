//! Contracts: AsyncAPI documents and JSON Schemas, read from files, and Sparkplug; held against clients and recordings.

mod examples;
mod files;
mod held;
mod kept;
mod recorded;
mod recorded_sparkplug;

pub(crate) use examples::examples_of;
pub(crate) use files::{Files, given};
pub(crate) use held::Held;
pub(crate) use kept::{Kept, lines};
pub(crate) use recorded::{infer, lint};
pub(crate) use recorded_sparkplug::lint_sparkplug;
