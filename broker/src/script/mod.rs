//! Rules, stubs and devices that a file describes: `[[fault]]`, `[[stub]]`, `[[device]]`.

mod files;
mod misread;
mod tables;

#[cfg(feature = "http")]
pub(crate) use files::content;
pub(crate) use files::{device_with_files, with_files};
pub(crate) use misread::{Misread, Misreads};
pub(crate) use tables::read;
