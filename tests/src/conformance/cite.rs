//! Which files of the broker's source cite which statements.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::root;

/// Statement id → the files (relative to the repository) that cite it.
pub type Citations = BTreeMap<String, BTreeSet<String>>;

/// Reads every source file of the broker, and of what it decides for it: the settings.
///
/// # Errors
/// A file cannot be read.
pub fn citations() -> Result<Citations, String> {
    let root = root();
    let mut found = Citations::new();
    let mut files = rust_files(&root.join("broker/core/src"))?;
    files.extend(rust_files(&root.join("broker/src"))?);
    for file in files {
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let name = file
            .strip_prefix(&root)
            .unwrap_or(&file)
            .to_string_lossy()
            .into_owned();
        for id in ids_in(&text) {
            found.entry(id).or_default().insert(name.clone());
        }
    }
    Ok(found)
}

/// Every `.rs` file below `dir`, in order.
///
/// # Errors
/// A directory cannot be read.
pub fn rust_files(dir: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut entries: Vec<PathBuf> = fs::read_dir(dir)
        .map_err(|error| format!("{}: {error}", dir.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

/// The ids that a text cites: `MQTT5-3.3.1-12`, and what goes on from it as in `MQTT5-3.3.1-5 to -8, -12`.
/// A section alone (`MQTT5-3.3.1`) is not an id.
pub fn ids_in(text: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for prefix in ["MQTT5-", "MQTT311-"] {
        for (at, _) in text.match_indices(prefix) {
            let rest = &text[at + prefix.len()..];
            let section_end = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let (section, mut rest) = rest.split_at(section_end);
            let Some(mut last) = number_after_dash(&mut rest) else {
                continue;
            };
            ids.insert(format!("{prefix}{section}-{last}"));
            // `, -13`, ` and -4`, ` to -8`, with line breaks, comment signs and backquotes in between.
            loop {
                let trimmed = rest.trim_start_matches([' ', ',', '`', '\n', '/', '!']);
                let (word, after) = ["to", "and", "or"]
                    .iter()
                    .find_map(|word| trimmed.strip_prefix(*word).map(|after| (*word, after)))
                    .unwrap_or(("", trimmed));
                let mut next = after.trim_start_matches([' ', '`', '\n', '/', '!']);
                let Some(number) = number_after_dash(&mut next) else {
                    break;
                };
                let from = if word == "to" { last + 1 } else { number };
                for each in from..=number {
                    ids.insert(format!("{prefix}{section}-{each}"));
                }
                last = number;
                rest = next;
            }
        }
    }
    ids
}

fn number_after_dash(rest: &mut &str) -> Option<u32> {
    let digits = rest.strip_prefix('-')?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let number = digits[..end].parse().ok()?;
    *rest = &digits[end..];
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges_are_spelled_out() {
        let text = "// MQTT5-3.3.1-5 to -8, MQTT311-3.3.1-7, -10\n    // `MQTT5-3.4.2-2`, `-3`, see MQTT5-2.2.2.1 and MQTT5-4.9";
        let ids: Vec<String> = ids_in(text).into_iter().collect();
        let expected = [
            "MQTT311-3.3.1-10",
            "MQTT311-3.3.1-7",
            "MQTT5-3.3.1-5",
            "MQTT5-3.3.1-6",
            "MQTT5-3.3.1-7",
            "MQTT5-3.3.1-8",
            "MQTT5-3.4.2-2",
            "MQTT5-3.4.2-3",
        ];
        assert_eq!(ids, expected);
    }
}
