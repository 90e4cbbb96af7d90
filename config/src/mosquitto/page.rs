//! docs/MOSQUITTO.md, made from the table of options.

use std::fmt::Write as _;

use super::table::{Fate, MosquittoOption, Scope, options};

/// What stands above the table.
const INTRODUCTION: &str = include_str!("page.md");

/// The page, as Markdown.
pub fn markdown() -> String {
    let mut text = format!(
        "<!-- Generated from config/src/mosquitto; `UPDATE_DOCS=1 cargo test -p settings` writes it anew. -->\n\n{INTRODUCTION}"
    );
    let mut counts = [0; 3];
    for option in options() {
        let place = match option.fate {
            Fate::Works(..) => 0,
            Fate::Warns(_) => 1,
            Fate::Refused(_) => 2,
        };
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    }
    let [works, warns, refused] = counts;
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(text, "\n{works} work, {warns} warn, {refused} are refused.");
    for scope in Scope::ALL {
        let _ = writeln!(
            text,
            "\n### {}\n\n| option | takes | | setting, and what else to know |\n|---|---|---|---|",
            scope.title()
        );
        for option in options().filter(|option| option.scope == scope) {
            let (word, rest) = fate(option);
            let takes = option.takes.describe().replace('|', "\\|");
            let _ = writeln!(text, "| `{}` | {takes} | {word} | {rest} |", option.name);
        }
    }
    text
}

/// What becomes of an option: the word, and the rest.
fn fate(option: &MosquittoOption) -> (&'static str, String) {
    match option.fate {
        Fate::Works(keys, words) => {
            let named: Vec<String> = keys.iter().map(|key| setting(key)).collect();
            let joint = if named.is_empty() || words.is_empty() {
                ""
            } else {
                "; "
            };
            ("works", format!("{}{joint}{words}", named.join(", ")))
        }
        Fate::Warns(why) => ("warns", why.to_owned()),
        Fate::Refused(why) => ("**refused**", why.to_owned()),
    }
}

fn setting(key: &str) -> String {
    use super::table::{OF_BRIDGE, OF_LISTENER};
    let of_table = [(OF_LISTENER, "listener"), (OF_BRIDGE, "bridge")];
    let named = of_table.iter().find_map(|(prefix, table)| {
        let name = key.strip_prefix(prefix)?;
        Some(format!("`[[{table}]]` `{name}`"))
    });
    named.unwrap_or_else(|| format!("`{key}`"))
}
