//! What the store asks of a disk. The real one is [`Directory`](crate::Directory); tests have one that forgets.

use std::io;

/// A directory with files, as far as the store needs one.
///
/// What is written is durable only after [`File::sync`]. That a name is there, is another, or is gone, is durable only
/// after [`sync_names`](Self::sync_names). Until then a power cut may keep any part of it.
pub trait Disk: Send + 'static {
    /// An open file.
    type File: File;

    /// The names of all files.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Makes an empty file, for writing and reading. It is an error if there is one of this name.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// Opens a file, for reading and for [`File::sync`].
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Gives a file another name, in the place of any file that has it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes durable which names there are.
    fn sync_names(&self) -> io::Result<()>;
}

/// An open file.
pub trait File: Send + 'static {
    /// Writes all these bytes at this offset. A file grows as needed.
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Reads at this offset, at most as much as fits, and says how much; nothing at the end of the file only.
    fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<usize>;

    /// The length in bytes.
    fn length(&mut self) -> io::Result<u64>;

    /// Makes durable what has been written, with the length. After an error nothing is known of any write since the last
    /// success: the system may have thrown it away, and say at the next call that all is well.
    fn sync(&mut self) -> io::Result<()>;
}
