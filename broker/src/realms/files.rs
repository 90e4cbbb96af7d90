//! Reading a file of passwords, keys or access control lists: who else may read it, and why it cannot be read.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::plain_file;

/// Who may know what a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// Nobody else: passwords, keys.
    Secret,
    /// Everybody may know it, but not change it.
    Known,
}

/// What the file holds. What other users of this machine may do with it, and should not, is a warning.
pub(super) fn read(path: &str, secrecy: Secrecy, warnings: &mut Vec<String>) -> Result<Vec<u8>, String> {
    let bytes = plain_file::read(Path::new(path)).map_err(|error| why_unreadable(path, &error))?;
    warnings.extend(exposed(path, secrecy));
    Ok(bytes)
}

/// A private key is read by those who speak TLS; who else may read it is looked at here.
pub(super) fn look_at_key(path: &str, warnings: &mut Vec<String>) {
    if !path.is_empty() {
        warnings.extend(exposed(path, Secrecy::Secret));
    }
}

fn why_unreadable(path: &str, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => {
            let path = Path::new(path);
            match std::path::absolute(path) {
                Ok(absolute) if path.is_relative() => {
                    format!("there is no such file; looked for {}", absolute.display())
                }
                _ => "there is no such file".to_owned(),
            }
        }
        ErrorKind::PermissionDenied => format!("cannot be read{}: {error}", as_which_user()),
        _ => format!("cannot be read: {error}"),
    }
}

/// ` as user mosquitto`, to whom the file would have to be opened.
#[cfg(unix)]
fn as_which_user() -> String {
    let id = nix::unistd::geteuid();
    match nix::unistd::User::from_uid(id) {
        Ok(Some(user)) => format!(" as user {}", user.name),
        _ => format!(" as the user of number {id}"),
    }
}

#[cfg(not(unix))]
fn as_which_user() -> String {
    String::new()
}

/// The warning about a file that other users of this machine may read or change.
#[cfg(unix)]
fn exposed(path: &str, secrecy: Secrecy) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    const OTHERS_READ: u32 = 0o004;
    const OTHERS_WRITE: u32 = 0o022;
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    let reads = secrecy == Secrecy::Secret && mode & OTHERS_READ != 0;
    let does = match (reads, mode & OTHERS_WRITE != 0) {
        (true, true) => "read and change",
        (true, false) => "read",
        (false, true) => "change",
        (false, false) => return None,
    };
    let right = if secrecy == Secrecy::Secret { "600" } else { "go-w" };
    Some(format!(
        "{path}: other users of this machine may {does} it; `chmod {right} {path}` keeps them out"
    ))
}

/// Who may read a file is not a matter of its mode here.
#[cfg(not(unix))]
fn exposed(_: &str, _: Secrecy) -> Option<String> {
    None
}
