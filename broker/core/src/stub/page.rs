//! The tables of docs/STUBS.md, from what is read and what helpers there are.

use std::fmt::Write as _;

use super::read::KEYS;
use crate::template;

/// The reference of keys, names and helpers.
pub fn reference() -> String {
    let mut page = String::new();
    for (title, keys) in [
        ("## Keys of a stub", KEYS[0]),
        ("## Keys of a message, in `publish`", KEYS[1]),
        ("## Keys of `properties`", KEYS[2]),
    ] {
        let _ = writeln!(page, "{title}\n\n| key | what it says |\n|---|---|");
        for (key, what) in keys {
            let _ = writeln!(page, "| `{key}` | {what} |");
        }
        page.push('\n');
    }
    let _ = writeln!(page, "## What a template sees\n\n{}", template::names());
    let _ = write!(page, "## Helpers\n\n{}", template::markdown());
    page
}
