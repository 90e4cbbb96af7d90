//! [`LogFile`]: lines are added to the end of a file.
//!
//! A line is in the file as soon as no other waits behind it. SIGHUP opens the file anew, so that logrotate can put the old
//! one away. Where nothing can be written, as on a full disk, lines are lost until something can be again; then the file says
//! how many.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use super::Reopen;
use super::said::complain;
use crate::private_file;

/// So many bytes are written at once, at most.
const CHUNK_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub(in crate::cli) struct LogFile {
    path: PathBuf,
    /// `None` once it is to be opened anew, and before a pipe has a reader.
    file: Option<File>,
    /// Whether this program has made it.
    is_new: bool,
    reopen: Reopen,
    /// How often it was to be opened anew, as far as that was done.
    reopened: u64,
    buffer: Vec<u8>,
    /// How many of the lines in the buffer would be missed.
    lines: u64,
    lost: u64,
    /// Whether the file ends in the middle of a line.
    is_torn: bool,
    has_complained: bool,
}

impl LogFile {
    /// Opens it; a pipe only later, since that waits for its reader.
    pub(super) fn open(path: &str, reopen: &Reopen) -> io::Result<Self> {
        let mut opened = Self {
            path: PathBuf::from(path),
            file: None,
            is_new: false,
            reopen: reopen.clone(),
            reopened: reopen.load(Ordering::Relaxed),
            buffer: Vec::new(),
            lines: 0,
            lost: 0,
            is_torn: false,
            has_complained: false,
        };
        if !private_file::is_pipe(path) {
            opened.file = Some(opened.reach()?);
        }
        Ok(opened)
    }

    /// The file, if this program has made it.
    pub(super) fn made(&self) -> Option<&File> {
        self.file.as_ref().filter(|_| self.is_new)
    }

    fn reach(&mut self) -> io::Result<File> {
        match private_file::append_new(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.is_new = false;
                OpenOptions::new().append(true).open(&self.path)
            }
            made => {
                self.is_new = made.is_ok();
                made
            }
        }
    }

    /// Opens it anew, if it is to be.
    pub(super) fn turn(&mut self) {
        let asked = self.reopen.load(Ordering::Relaxed);
        if asked != self.reopened {
            self.flush();
            self.reopened = asked;
            self.file = None;
            self.is_torn = false;
            self.has_complained = false;
        }
    }

    /// How many lines are lost, if the next one is the first after them.
    pub(super) fn lost(&self) -> u64 {
        if self.buffer.is_empty() { self.lost } else { 0 }
    }

    pub(super) fn write(&mut self, text: &str) {
        self.write_of_lost(text);
        self.lines += 1;
        if self.buffer.len() >= CHUNK_BYTES {
            self.flush();
        }
    }

    /// The line on how many are lost; nothing is lost with it.
    pub(super) fn write_of_lost(&mut self, text: &str) {
        self.buffer.extend(text.as_bytes());
        self.buffer.push(b'\n');
    }

    pub(super) fn flush(&mut self) {
        if self.buffer.is_empty() {
            return;
        }
        match self.write_buffer() {
            Ok(()) => {
                self.lost = 0;
                self.has_complained = false;
            }
            Err(error) => {
                self.lost += self.lines;
                if !self.has_complained {
                    self.has_complained = true;
                    complain(&format!(
                        "cannot write to {}: {error}. The broker runs on, and tries again with each line",
                        self.path.display()
                    ));
                }
            }
        }
        self.buffer.clear();
        self.lines = 0;
    }

    fn write_buffer(&mut self) -> io::Result<()> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.reach()?,
        };
        if self.is_torn {
            self.buffer.insert(0, b'\n');
        }
        let mut rest = &*self.buffer;
        let mut written = Ok(());
        while !rest.is_empty() && written.is_ok() {
            written = match file.write(rest) {
                Ok(0) => Err(io::ErrorKind::WriteZero.into()),
                Ok(bytes) => {
                    rest = &rest[bytes..];
                    Ok(())
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
                Err(error) => Err(error),
            };
        }
        let done = self.buffer.len() - rest.len();
        if done > 0 {
            self.is_torn = self.buffer[done - 1] != b'\n';
        }
        self.file = Some(file);
        written
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn directory(name: &str) -> PathBuf {
        let directory = std::env::temp_dir().join(format!("citronella-log-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).expect("a directory");
        directory
    }

    fn line(file: &mut LogFile, text: &str) {
        file.turn();
        file.write(text);
        file.flush();
    }

    #[test]
    fn lines_are_added_and_the_file_is_its_owners() {
        let path = directory("added").join("a.log");
        let name = path.to_str().expect("a text");
        line(
            &mut LogFile::open(name, &Reopen::default()).expect("it opens"),
            "one",
        );
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("its mode is set");
        line(
            &mut LogFile::open(name, &Reopen::default()).expect("it opens"),
            "two",
        );
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "one\ntwo\n");
        // What was set stays.
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }

    #[test]
    fn it_is_opened_anew_only_when_asked() {
        let directory = directory("anew");
        let (path, old) = (directory.join("a.log"), directory.join("a.log.1"));
        let reopen = Reopen::default();
        let mut file = LogFile::open(path.to_str().expect("a text"), &reopen).expect("it opens");
        line(&mut file, "one");
        fs::rename(&path, &old).expect("it is renamed");
        line(&mut file, "two");
        assert!(!path.exists());
        reopen.fetch_add(1, Ordering::Relaxed);
        line(&mut file, "three");
        assert_eq!(fs::read_to_string(&old).expect("it is there"), "one\ntwo\n");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "three\n");
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted_until_one_can_be() {
        let directory = directory("lost");
        let (path, old) = (directory.join("a").join("b.log"), directory.join("old"));
        fs::create_dir(directory.join("a")).expect("a directory");
        let reopen = Reopen::default();
        let mut file = LogFile::open(path.to_str().expect("a text"), &reopen).expect("it opens");
        line(&mut file, "one");
        assert_eq!(file.lost(), 0);
        fs::rename(directory.join("a"), &old).expect("it is renamed");
        reopen.fetch_add(1, Ordering::Relaxed);
        line(&mut file, "two");
        line(&mut file, "three");
        assert_eq!(file.lost(), 2);
        fs::create_dir(directory.join("a")).expect("a directory");
        file.write_of_lost("2 are missing");
        line(&mut file, "four");
        assert_eq!(file.lost(), 0);
        assert_eq!(
            fs::read_to_string(&path).expect("it is there"),
            "2 are missing\nfour\n"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_stops_nobody() {
        let mut file = LogFile::open("/dev/full", &Reopen::default()).expect("it opens");
        line(&mut file, "one");
        line(&mut file, "two");
        assert_eq!((file.lost(), file.buffer.len()), (2, 0));
    }
}
