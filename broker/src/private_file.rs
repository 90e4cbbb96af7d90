//! Files with what clients send, perhaps with passwords: only their owner may read them.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes the file, or empties the one that is there. A new one can be read by its owner alone.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the file, to add lines to it. It can be read by its owner alone.
///
/// # Errors
/// `AlreadyExists`, too.
pub(crate) fn append_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether there is a named pipe of this name, which cannot be opened before somebody reads it.
#[cfg(unix)]
pub(crate) fn is_pipe(path: &str) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

/// Whether there is a named pipe of this name, which cannot be opened before somebody reads it.
#[cfg(not(unix))]
pub(crate) fn is_pipe(_: &str) -> bool {
    false
}

/// Whether both names lead to one file that is there, also where one of them is a link.
pub(crate) fn is_one_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    fn identity(path: &Path) -> io::Result<(u64, u64)> {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(path).map(|file| (file.dev(), file.ino()))
    }
    #[cfg(not(unix))]
    fn identity(path: &Path) -> io::Result<std::path::PathBuf> {
        std::fs::canonicalize(path)
    }
    matches!((identity(one), identity(other)), (Ok(one), Ok(other)) if one == other)
}
