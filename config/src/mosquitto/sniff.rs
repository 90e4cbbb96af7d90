//! Whether a settings file is mosquitto's or TOML, told by its first line that says something.
//!
//! `[section]` and `key = value` are TOML, `option value` is mosquitto's. An option of mosquitto's with `=` that is no key
//! at the top of ours is a mistake in a mosquitto.conf, unless the name ends in `.toml`. Where no line says anything, the
//! name decides, too: only one that ends in `.conf` is mosquitto's.

use std::path::Path;

use super::table::option;
use crate::broker::{SECTIONS, find};

/// Whether the text of the file at `path` is a mosquitto.conf.
pub(crate) fn is_mosquitto(text: &str, path: &Path) -> bool {
    let is_named = |ending: &str| path.extension().is_some_and(|given| given == ending);
    let Some((_, line)) = telling_line(text) else {
        return is_named("conf");
    };
    if line.starts_with(['[', '"', '\'']) {
        return false;
    }
    let word = line.split_whitespace().next().unwrap_or_default();
    let key = word.split(['=', ':']).next().unwrap_or_default();
    let is_toml_key = |key: &str| {
        let section = key.split('.').next().unwrap_or_default();
        find(key).is_some()
            || SECTIONS
                .iter()
                .any(|known| !known.name.is_empty() && known.name == section)
    };
    let rest = line.get(key.len()..).unwrap_or_default().trim_start();
    match rest.chars().next() {
        Some('=') => option(key).is_some() && !is_toml_key(key) && !is_named("toml"),
        Some(_) => true,
        None => option(key).is_some() || is_named("conf"),
    }
}

/// Why a file whose name ends in `.conf` is taken for TOML though an option of mosquitto's stands in the line that decides, and
/// that line; `None` for every other file.
pub(crate) fn why_toml(text: &str, path: &Path) -> Option<(usize, String)> {
    let (number, line) =
        telling_line(text).filter(|_| path.extension().is_some_and(|given| given == "conf"))?;
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    option(name)?;
    let text = format!(
        "the `=` makes this file one in TOML; in a mosquitto.conf a blank stands between an option and its value: `{name} {value}`"
    );
    Some((number, text))
}

/// The first line that says something, and its number.
fn telling_line(text: &str) -> Option<(usize, &str)> {
    let lines = (1..).zip(text.lines().map(str::trim));
    lines
        .into_iter()
        .find(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_says_something_decides() {
        let cases = [
            ("listener 1883", true),
            ("# ours\n\n  allow_anonymous true\n", true),
            ("lisener 1883", true),
            ("listener: 1883", true),
            ("allow_anonymous = true", true),
            ("persistence", true),
            ("port = 1883", false),
            ("port=1883", false),
            ("listener = []", false),
            ("[limits]", false),
            ("[[listener]]\nport = 1", false),
            ("limits.max_connections = 3", false),
            ("\"port\" = 1", false),
            ("prt = 1", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_mosquitto(text, Path::new("a")), expected, "{text}");
        }
    }

    #[test]
    fn where_no_line_says_anything_the_name_does() {
        for text in ["", "\n# nothing\n", "nonsense"] {
            assert!(is_mosquitto(text, Path::new("mosquitto.conf")), "{text}");
            assert!(!is_mosquitto(text, Path::new("citronella.toml")), "{text}");
            assert!(!is_mosquitto(text, Path::new("/dev/null")), "{text}");
        }
    }
}
