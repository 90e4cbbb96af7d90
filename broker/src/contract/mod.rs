//! Contracts: AsyncAPI documents and JSON Schemas, read from files, and held against clients and recordings.

mod files;
mod kept;
mod recorded;

pub(crate) use files::open;
pub(crate) use kept::Kept;
pub(crate) use recorded::{infer, lint};
