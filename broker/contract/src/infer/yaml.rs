//! A value as YAML, which reads back as the same value.

use std::fmt::Write as _;

use serde_json::Value as Json;

/// What comes first in a map; all else follows by the alphabet.
const FIRST: &[&str] = &[
    "asyncapi",
    "info",
    "title",
    "version",
    "description",
    "servers",
    "host",
    "protocol",
    "action",
    "address",
    "parameters",
    "name",
    "contentType",
    "type",
    "required",
    "properties",
    "items",
    "payload",
    "channels",
    "operations",
    "channel",
    "messages",
];

/// A longer name has a line of its own: YAML looks no further for the colon behind it.
const LONGEST_NAME: usize = 1000;

/// Writes a document.
pub(crate) fn write(value: &Json) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

fn is_plain(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|one| one.is_ascii_alphanumeric() || matches!(one, '_' | '-' | '/' | '.' | ' '))
        && !text.ends_with(' ')
        // What a reader of YAML 1.1 takes for something else.
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_ascii_lowercase().as_str())
}

fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        Json::from(text).to_string()
    }
}

fn block(value: &Json, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Json::Object(members) if !members.is_empty() => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| {
                FIRST
                    .iter()
                    .position(|first| first == name)
                    .unwrap_or(FIRST.len())
            });
            for (name, value) in members {
                let name = scalar(name);
                if name.len() > LONGEST_NAME {
                    let _ = write!(text, "{indent}? {name}\n{indent}:");
                } else {
                    let _ = write!(text, "{indent}{name}:");
                }
                inner(value, depth, text);
            }
        }
        Json::Array(list) if !list.is_empty() => {
            for value in list {
                let _ = write!(text, "{indent}-");
                inner(value, depth, text);
            }
        }
        other => {
            let _ = writeln!(text, "{indent}{}", flow(other));
        }
    }
}

/// What stands behind `name:` or `-`.
fn inner(value: &Json, depth: usize, text: &mut String) {
    let is_deep = match value {
        Json::Object(members) => !members.is_empty(),
        Json::Array(list) => list.iter().any(|one| one.is_object() || one.is_array()),
        _ => false,
    };
    if is_deep {
        text.push('\n');
        block(value, depth + 1, text);
    } else {
        let _ = writeln!(text, " {}", flow(value));
    }
}

fn flow(value: &Json) -> String {
    match value {
        Json::String(text) => scalar(text),
        Json::Array(list) => {
            let all: Vec<String> = list
                .iter()
                .map(|one| {
                    if let Json::String(text) = one {
                        Json::from(text.as_str()).to_string()
                    } else {
                        flow(one)
                    }
                })
                .collect();
            format!("[{}]", all.join(", "))
        }
        other => other.to_string(),
    }
}
