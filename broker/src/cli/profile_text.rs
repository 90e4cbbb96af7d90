//! A profile for people.

use std::fmt::Write as _;

use super::wrapped::wrapped;
use crate::profile::Profile;

/// No line is longer, but for a word that is.
pub(super) const COLUMNS: usize = 100;

/// All its limits, each with what that broker does, its source and its note.
pub(super) fn text_of(profile: &Profile) -> String {
    let mut text = format!("{} ({})\n", profile.title, profile.name);
    for line in profile.about.lines() {
        put(&mut text, "", line);
    }
    for limit in &profile.limits {
        text.push('\n');
        put(
            &mut text,
            "",
            &format!("{}: {}", limit.kind.name(), limit.allowed()),
        );
        put(&mut text, "  ", &format!("It would {}.", limit.would()));
        put(&mut text, "  ", &format!("{}, {}", limit.source, limit.as_of));
        if !limit.note.is_empty() {
            put(&mut text, "  ", &limit.note);
        }
    }
    text
}

/// Lines of no more than so many columns, with this before each.
pub(super) fn put(text: &mut String, indent: &str, long: &str) {
    for line in wrapped(&settings::text::escaped(long), COLUMNS - indent.len()) {
        let _ = writeln!(text, "{indent}{line}");
    }
}
