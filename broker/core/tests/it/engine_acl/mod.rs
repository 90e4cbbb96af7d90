//! Access control lists in force: on every way into the broker and out of it.

pub(crate) mod bench;
mod changes;
mod reading;
mod waiting;
mod writing;
