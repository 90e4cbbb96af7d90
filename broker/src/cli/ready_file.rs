//! The ready file: it exists while clients can connect, and says where.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::place::Place;
use crate::front::StartError;

/// The file that `ready_file` names, if it names one.
#[derive(Debug)]
pub(super) struct ReadyFile {
    path: Option<PathBuf>,
    /// The text that was written; empty before.
    content: String,
}

impl ReadyFile {
    /// Removes the file that a killed broker may have left: a program that waits for the file must not find old
    /// addresses.
    pub(super) fn prepare(path: &str) -> Result<Self, StartError> {
        let ready_file = Self {
            path: (!path.is_empty()).then(|| PathBuf::from(path)),
            content: String::new(),
        };
        if let Some(path) = &ready_file.path {
            remove_stale(path).map_err(|cause| error(path, cause))?;
        }
        Ok(ready_file)
    }

    /// Writes where clients find the broker. The file appears whole or not at all: it is written under another name and
    /// renamed.
    pub(super) fn write(&mut self, places: &[Place<'_>], ca_file: Option<&Path>) -> Result<(), StartError> {
        let Some(path) = &self.path else { return Ok(()) };
        self.content = content(places, ca_file);
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}.tmp", std::process::id()));
        let written = fs::write(&beside, &self.content).and_then(|()| fs::rename(&beside, path));
        written.map_err(|cause| {
            let _ = fs::remove_file(&beside);
            error(path, cause)
        })
    }

    /// Removes the file, unless another broker has written its own addresses to it since.
    pub(super) fn remove(&self) {
        if let Some(path) = &self.path
            && fs::read_to_string(path).is_ok_and(|content| content == self.content)
        {
            let _ = fs::remove_file(path);
        }
    }
}

/// This runs at every end of the program, unless it is killed.
impl Drop for ReadyFile {
    fn drop(&mut self) {
        self.remove();
    }
}

/// First the addresses of the main port, for a script that reads one line. Then `NAME URL` for each place and way, `NAME PATH`
/// for a Unix socket, and `ca_file PATH`.
fn content(places: &[Place<'_>], ca_file: Option<&Path>) -> String {
    let main = places.iter().take(1).flat_map(|place| place.addresses);
    let mut lines: Vec<String> = main.map(ToString::to_string).collect();
    for place in places {
        lines.extend(place.urls.iter().map(|url| format!("{} {url}", place.name)));
        lines.extend(
            place
                .socket
                .map(|path| format!("{} {}", place.name, path.display())),
        );
    }
    lines.extend(ca_file.map(|path| format!("ca_file {}", path.display())));
    lines.join("\n") + "\n"
}

/// Only a plain file is ever removed or replaced; never `/dev/null`, for example.
fn remove_stale(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => fs::remove_file(path),
        Ok(_) => Err(io::Error::other(
            "it is there and is not a plain file; name one that may be written and removed",
        )),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(cause),
    }
}

fn error(path: &Path, cause: io::Error) -> StartError {
    StartError::ReadyFile {
        path: path.display().to_string(),
        cause,
    }
}
