//! [`spare`]: no file is written over that is played.

use std::io;
use std::path::Path;

use settings::Upstream;

use crate::private_file::is_one_file;

/// Refuses to write to the recording that answers clients, under this name or another.
///
/// # Errors
/// It is that file.
pub(crate) fn spare(upstream: &Upstream, path: &Path) -> io::Result<()> {
    match upstream.recording() {
        Some(played) if is_one_file(path, Path::new(played)) => Err(io::Error::other(format!(
            "this is the file {played}, the recording that `upstream.url` plays, and would be emptied; write to another file"
        ))),
        _ => Ok(()),
    }
}
