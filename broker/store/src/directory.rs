//! The real disk: a directory that one process has for itself.

use std::fs::{self, File as StdFile, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::OpenError;
use crate::disk::{Disk, File};

/// The file that is locked while a process has the directory. It stays when the process is gone; the lock does not.
const LOCK: &str = "lock";

/// A directory of the system, locked for this process as long as this value lives.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    lock: StdFile,
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A program that this process is just starting may have the file open for a moment, too, and the lock with it.
        let _ = self.lock.unlock();
    }
}

impl Directory {
    /// Takes this directory, and makes it if it is not there, for its user alone.
    ///
    /// # Errors
    ///
    /// If another process has it, or it cannot be made or written to.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref().to_owned();
        let failed = |what: &'static str| {
            let path = path.clone();
            move |source| OpenError::Directory { path, what, source }
        };
        make(&path).map_err(failed("cannot be made"))?;
        let lock = path.join(LOCK);
        // What others could put in the place of the file is not written to.
        if lock.is_symlink() {
            return Err(failed("cannot be locked")(io::Error::other(
                "its file `lock` is a link; the directory is to be the broker's alone",
            )));
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = private(&mut options)
            .open(&lock)
            .map_err(failed("cannot be written to"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::Taken {
                    path: path.clone(),
                    pid: pid_in(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed("cannot be locked")(error)),
        }
        // The lock is what counts. The number is for people, so that a failure to write it is none of the store's.
        let _ = file.set_len(0);
        let _ = file.write_all(format!("{}\n", std::process::id()).as_bytes());
        Ok(Self { path, lock: file })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Makes the directory for its user alone, and those above it, so that they outlive a power cut.
fn make(path: &Path) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    let missing = path.ancestors().take_while(|path| !path.exists()).count();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&path)?;
    path.ancestors().skip(1).take(missing).try_for_each(sync_names)
}

/// Makes durable which names a directory has.
fn sync_names(path: &Path) -> io::Result<()> {
    // Windows opens no directory as a file, and keeps names in its own journal.
    if cfg!(unix) {
        StdFile::open(path)?.sync_all()?;
    }
    Ok(())
}

/// A new file is for its user alone: messages are in it.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// The process whose number stands in the lock file. Some systems let nobody read a locked file.
fn pid_in(file: &mut StdFile) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

impl Disk for Directory {
    type File = StdFile;

    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            // A name that is no text is no name of ours.
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<StdFile> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        private(&mut options).open(self.path.join(name))
    }

    fn open(&self, name: &str) -> io::Result<StdFile> {
        // Some systems sync only what is open for writing.
        OpenOptions::new()
            .read(true)
            .write(true)
            .open(self.path.join(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync_names(&self) -> io::Result<()> {
        sync_names(&self.path)
    }
}

impl File for StdFile {
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(at))?;
        self.write_all(bytes)
    }

    fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.seek(SeekFrom::Start(at))?;
        loop {
            match self.read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }

    fn length(&mut self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}
