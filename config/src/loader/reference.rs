//! The two pages made from the table of keys: `docs/CONFIG.md` and `config/broker.toml`.
//!
//! Both are kept in the repository; a test fails when they are stale, and
//! `UPDATE_DOCS=1 cargo test -p settings` writes them anew.

use std::fmt::Write as _;

use super::env::{CONFIG_VARIABLE, RESERVED_VARIABLES};
use super::print::toml_text;
use crate::broker::{BrokerSettings, SECTIONS};
use crate::schema::{Expect, KeyDoc, SectionDoc, TableDoc};
use crate::variables::variable_of;

/// Comments of the TOML file end before this column.
const WIDTH: usize = 100;

/// The keys of a section with their defaults as TOML.
fn defaults(section: &SectionDoc) -> impl Iterator<Item = (&'static KeyDoc, String)> {
    let name = section.name;
    let values = BrokerSettings::default().values().into_iter();
    values
        .filter(move |(doc, _)| doc.section() == name)
        .map(|(doc, value)| (doc, toml_text(&value)))
}

/// The keys that each table of a list has, with what is said of their defaults; nothing for another key.
fn keys_of_tables(doc: &KeyDoc) -> Vec<(&'static KeyDoc, String)> {
    let Expect::Tables(table) = doc.expect else {
        return Vec::new();
    };
    let defaults = (table.default)();
    let default = |doc: &KeyDoc| match defaults.get(doc.key) {
        _ if !doc.otherwise.is_empty() => format!("{}.", doc.otherwise),
        Some(value) if !doc.required => format!("Default: {}.", toml_text(value)),
        _ => "Required.".to_owned(),
    };
    table.keys.iter().map(|doc| (doc, default(doc))).collect()
}

/// The default settings as a TOML file, each key with its doc as a comment.
pub fn toml_file() -> String {
    let mut text = String::new();
    comment(
        &mut text,
        "The settings of the broker, all at their built-in defaults: leave out what you do not change. \
         A file overrides these defaults, the environment overrides a file (port is CITRONELLA_PORT, \
         max_connections of [limits] is CITRONELLA_LIMITS__MAX_CONNECTIONS), flags override everything. \
         `broker --print-config` shows what is in force and where it came from.",
    );
    comment(
        &mut text,
        "Generated from the code, like docs/CONFIG.md; copy it to change it.",
    );
    for section in SECTIONS {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text);
        comment(&mut text, section.what);
        if !section.name.is_empty() {
            let _ = writeln!(text, "[{}]", section.name);
        }
        for (doc, default) in defaults(section) {
            let _ = writeln!(text);
            comment(&mut text, doc.what);
            let facts = format!("Takes {}. Default: {default}.", doc.expect.describe(doc.unit));
            comment(&mut text, &facts);
            for (doc, default) in keys_of_tables(doc) {
                comment(&mut text, &format!("- {}: {} {default}", doc.key, doc.what));
            }
            comment(&mut text, doc.tradeoff);
            match doc.expect {
                // An empty list would have to go before the first table may come.
                Expect::Tables(table) if default == "[]" => example(&mut text, doc, table),
                _ => {
                    let _ = writeln!(text, "{} = {default}", doc.name());
                }
            }
        }
    }
    text
}

/// One table of a list as comments, to be copied to wherever the next one is to stand.
fn example(out: &mut String, doc: &KeyDoc, table: &TableDoc) {
    let _ = writeln!(out, "# [[{}]]", doc.key);
    let inline = format!("example = {}", table.example);
    let parsed = inline.parse::<toml::Table>().unwrap_or_default();
    let fields = parsed.get("example").and_then(toml::Value::as_table);
    for (name, value) in fields.into_iter().flatten() {
        let _ = writeln!(out, "# {name} = {value}");
    }
}

/// A text as comment lines, broken between words.
fn comment(out: &mut String, text: &str) {
    let mut column = 0;
    for word in text.split_whitespace() {
        if column > 0 && column + 1 + word.chars().count() > WIDTH {
            out.push('\n');
            column = 0;
        }
        let lead = if column == 0 { "# " } else { " " };
        out.push_str(lead);
        out.push_str(word);
        column += lead.len() + word.chars().count();
    }
    if column > 0 {
        out.push('\n');
    }
}

/// The reference page of all keys, as Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "<!-- Generated from config/src; `UPDATE_DOCS=1 cargo test -p settings` writes it anew. -->\n\n\
         # Settings of the broker\n\n\
         Four layers, each overriding the ones before it:\n\n\
         1. the built-in defaults, on this page and, as a file to copy, in [config/broker.toml](../config/broker.toml);\n\
         2. a TOML file: `broker -c FILE`;\n\
         3. the environment: the key in capitals, `__` for the dot, after `CITRONELLA_`;\n\
         4. flags.\n\n\
         `broker --print-config` shows every key in force and where it came from, as a TOML file that can be fed \
         back in (passwords excepted: they show as `***`).\n\n\
         An unknown key, a wrong type or a value out of range stops the broker before it listens, with one line \
         for each mistake: the file and line, variable or flag, what was given, what is expected, and the nearest \
         key there is. That holds in every layer, overridden or not.\n\n\
         In the environment and in flags a list is written with commas (`CITRONELLA_BIND=127.0.0.1,::1`) or as in \
         TOML (`[\"127.0.0.1\", \"::1\"]`), a truth value as `true`, `yes`, `on`, `1` or `false`, `no`, `off`, `0`.\n\n\
         A list that a later layer gives replaces the whole list of an earlier one. In a list of tables the environment and \
         flags can also give one key of one table, counted from 0: `CITRONELLA_AUTH__USERS__0__PASSWORD`, \
         `--set auth.users[0].password=…`. That changes the table, or adds the next one to the list.\n\n\
         Variables with the prefix that are not keys:\n\n",
    );
    for (name, what) in RESERVED_VARIABLES {
        let rest = if name.ends_with('_') { "…" } else { "" };
        let _ = writeln!(text, "- `{name}{rest}`: {what}");
    }
    let _ = writeln!(
        text,
        "\nSo a file is taken from `-c`, else from `{CONFIG_VARIABLE}`, else from the usual place if it is there."
    );
    for section in SECTIONS {
        let title = if section.name.is_empty() {
            "At the top of the file".to_owned()
        } else {
            format!("`[{}]`", section.name)
        };
        let _ = writeln!(text, "\n## {title}\n\n{}", section.what);
        for (doc, default) in defaults(section) {
            let _ = writeln!(text, "\n### `{}`\n\n{}\n", doc.key, doc.what);
            let _ = writeln!(text, "- default: `{default}`");
            let _ = writeln!(text, "- takes: {}", doc.expect.describe(doc.unit));
            for (doc, default) in keys_of_tables(doc) {
                let takes = doc.expect.describe(doc.unit);
                let _ = writeln!(text, "  - `{}`: {takes}. {} {default}", doc.key, doc.what);
            }
            let _ = writeln!(text, "- environment: `{}`", variable_of(doc.key));
            if !doc.tradeoff.is_empty() {
                let _ = writeln!(text, "- mind: {}", doc.tradeoff);
            }
            if !doc.statements.is_empty() {
                let _ = writeln!(text, "- statements: {}", doc.statements.join(", "));
            }
        }
    }
    text
}
