//! Commands of clients that change the file of dynamic security.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use settings::BrokerSettings;

use super::Access;
use crate::access::{DynamicSecurity, refuse_commands};
use crate::plain_file;

/// What comes of a message with commands.
#[derive(Debug)]
pub(crate) struct Done {
    /// The answer for its client.
    pub response: String,
    /// All files as they are now, where one was changed.
    pub access: Option<Access>,
    /// The users whom the change concerns; `None` stands for clients without a user name.
    pub concerns: BTreeSet<Option<String>>,
}

/// Carries out what a message says to the file at `path`, and writes that whole. Takes a while: passwords are hashed, and files
/// are read.
pub(crate) fn carry_out(settings: &BrokerSettings, path: &str, message: &[u8]) -> Done {
    let refused = |words: &str| Done {
        response: refuse_commands(message, words),
        access: None,
        concerns: BTreeSet::new(),
    };
    // It is read again, because people may have changed it, too.
    let mut file = match read(path) {
        Ok(file) => file,
        Err(why) => return refused(&format!("{why}; nothing was changed")),
    };
    let mut no_salt = None;
    let carried = file.carry_out(message, &mut || {
        let mut salt = [0; 12];
        if let Err(error) = getrandom::fill(&mut salt) {
            no_salt = Some(format!("the system has no random numbers: {error}"));
        }
        salt
    });
    if let Some(why) = no_salt {
        return refused(&why);
    }
    if !carried.changed {
        return Done {
            response: carried.response,
            access: None,
            concerns: BTreeSet::new(),
        };
    }
    if let Err(error) = replace(Path::new(path), &file.to_json()) {
        return refused(&format!("{path} cannot be written: {error}; nothing was changed"));
    }
    match super::read(settings) {
        Ok(access) => Done {
            response: carried.response,
            access: Some(access),
            concerns: carried.concerns,
        },
        Err(mistakes) => refused(&format!("written, but not in force: {mistakes}")),
    }
}

/// What the file says.
pub(super) fn read(path: &str) -> Result<DynamicSecurity, String> {
    let bytes =
        plain_file::read(Path::new(path)).map_err(|error| format!("{path}: cannot be read: {error}"))?;
    parse(bytes, path)
}

/// What the bytes of the file say.
pub(super) fn parse(bytes: Vec<u8>, path: &str) -> Result<DynamicSecurity, String> {
    let text =
        String::from_utf8(bytes).map_err(|_| format!("{path}: it is not text; expected JSON in UTF-8"))?;
    DynamicSecurity::read(&text).map_err(|mistake| format!("{path}:{mistake}"))
}

/// Writes a file whole, or leaves it as it is: beside it first, as its owner's alone, or with the rights that it had.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let mut beside = path.clone().into_os_string();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = Path::new(&beside);
    let written = write(beside, text, fs::metadata(&path)?.permissions());
    let replaced = written.and_then(|()| fs::rename(beside, &path));
    if replaced.is_err() {
        let _ = fs::remove_file(beside);
    }
    replaced
}

fn write(path: &Path, text: &str, permissions: fs::Permissions) -> io::Result<()> {
    let mut file: File = crate::private_file::create(path)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(permissions)?;
    file.sync_all()
}
