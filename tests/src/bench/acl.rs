//! Our broker with an ACL in force, to show what it costs.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use super::target::Target;

/// The file with the ACL, of this process.
fn path() -> PathBuf {
    std::env::temp_dir().join(format!("bench-acl-{}.toml", std::process::id()))
}

/// Ours with so many lines. One of them lets everybody do everything; the others are for users, for topics beside those of
/// the cases, with wildcards and with names.
pub(super) fn target(lines: usize) -> io::Result<Target> {
    let mut text = String::new();
    for number in 0..lines.max(1) {
        let (topic, access) = match number {
            0 => ("#".to_owned(), "readwrite"),
            _ => match number % 5 {
                0 => (format!("home/%u/{number}/#"), "readwrite"),
                1 => (format!("site/+/sensor{number}"), "read"),
                2 => (format!("bench/secret{number}/#"), "deny"),
                3 => (format!("{number}/%c/#"), "write"),
                _ => ("own/#".to_owned(), "readwrite"),
            },
        };
        let user = if number % 5 == 4 {
            format!("user = \"user{number}\"\n")
        } else {
            String::new()
        };
        let _ = writeln!(text, "[[acl]]\n{user}topic = \"{topic}\"\naccess = \"{access}\"");
    }
    std::fs::write(path(), text)?;
    Ok(Target::Variant {
        name: format!("acl-{lines}"),
        flags: vec!["--config".to_owned(), path().display().to_string()],
    })
}

/// Removes the file, where there is one.
pub(super) fn clean_up() {
    let _ = std::fs::remove_file(path());
}
