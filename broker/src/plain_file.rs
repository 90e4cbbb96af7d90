//! Reading files that hold certificates, keys, passwords or access control lists, or should.
//!
//! They are read while the broker serves its clients. So a file that would keep it waiting, as a pipe does, or that has no end
//! is not read.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use settings::Secret;

/// Far more than the certificates of all CAs that browsers know, and a hundred thousand users.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// What this file holds. A link is followed.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    // This is asked first: to open a pipe is to wait for somebody who writes to it.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a plain file, nor a link to one"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it has more than 16 MiB; is it the right file?"));
    }
    Ok(bytes)
}

/// The token in the first line of a file.
pub(crate) fn token(path: &Path) -> io::Result<Secret> {
    let text = read(path)?;
    let text = String::from_utf8_lossy(&text);
    let token = text.lines().next().unwrap_or_default().trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let what = "the first line is no token; expected letters, digits and signs of ASCII, without blanks";
        return Err(io::Error::other(what));
    }
    Ok(Secret::new(token))
}

/// The same as text.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|_| io::Error::other("it is not text"))
}
