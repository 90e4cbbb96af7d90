//! Rules, stubs and devices that a file describes: `[[fault]]`, `[[stub]]`, `[[device]]`.

mod files;

pub(crate) use files::with_files;
