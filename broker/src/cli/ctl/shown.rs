//! Answers in words: objects as lines, lists of objects as tables.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use settings::text::{cut, escaped, padded, width as columns};

use super::failure::as_commands;

/// No cell of a table is wider.
const CELL_COLUMNS: usize = 80;

/// These stand first in a table, in this order; the others by their names.
const FIRST: [&str; 12] = [
    "name",
    "id",
    "client_id",
    "seq",
    "number",
    "topic",
    "topic_filter",
    "state",
    "url",
    "connected",
    "payload",
    "qos",
];

/// An answer for people.
pub(super) fn words(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(members) => match list_alone(members) {
            Some(list) => table(&mut text, list, 0),
            None => lines(&mut text, members, 0),
        },
        other => {
            let _ = writeln!(text, "{}", cell(other));
        }
    }
    text
}

/// The list that an answer is about: all else is no more than how to read on.
fn list_alone(members: &Map<String, Value>) -> Option<&[Value]> {
    let mut lists = members.iter().filter(|(name, _)| *name != "meta");
    match (lists.next(), lists.next()) {
        (Some((_, Value::Array(list))), None) => Some(list),
        _ => None,
    }
}

fn lines(text: &mut String, members: &Map<String, Value>, depth: usize) {
    let there = || members.iter().filter(|(_, value)| !is_nothing(value));
    let width = there().map(|(name, _)| columns(name)).max().unwrap_or_default();
    for (name, value) in there() {
        let indent = "  ".repeat(depth);
        match value {
            Value::Object(inner) => {
                let _ = writeln!(text, "{indent}{}", escaped(name));
                lines(text, inner, depth + 1);
            }
            Value::Array(list) if list.iter().any(Value::is_object) => {
                let _ = writeln!(text, "{indent}{}", escaped(name));
                table(text, list, depth + 1);
            }
            // A payload may be long, and so may what is explained: all of it is shown.
            Value::String(long) => {
                let long = if name == "advice" {
                    as_commands(long)
                } else {
                    long.clone()
                };
                let _ = writeln!(
                    text,
                    "{indent}{}  {}",
                    padded(&escaped(name), width),
                    escaped(&long)
                );
            }
            other => {
                let _ = writeln!(text, "{indent}{}  {}", padded(&escaped(name), width), cell(other));
            }
        }
    }
}

fn table(text: &mut String, list: &[Value], depth: usize) {
    let indent = "  ".repeat(depth);
    if list.is_empty() {
        let _ = writeln!(text, "{indent}none");
        return;
    }
    let names = names(list);
    if names.is_empty() {
        for value in list {
            let _ = writeln!(text, "{indent}{}", cell(value));
        }
        return;
    }
    let row = |value: &Value| -> Vec<String> {
        let cells = names
            .iter()
            .map(|name| value.get(*name).map(cell).unwrap_or_default());
        cells.collect()
    };
    let head = names.iter().map(|name| escaped(name)).collect();
    grid(text, std::iter::once(head).chain(list.iter().map(row)), &indent);
}

/// The list that an answer is about, as a table with these columns: JSON pointers into its elements.
pub(super) fn columns_of(answer: &Value, pointers: &[&str]) -> String {
    let list = answer.as_object().and_then(list_alone).unwrap_or_default();
    if list.is_empty() {
        return words(answer);
    }
    let name = |pointer: &&str| pointer.rsplit('/').next().unwrap_or_default().to_owned();
    let head: Vec<String> = pointers.iter().map(name).collect();
    let row = |value: &Value| -> Vec<String> {
        let cells = pointers
            .iter()
            .map(|pointer| value.pointer(pointer).map(cell).unwrap_or_default());
        cells.collect()
    };
    let mut text = String::new();
    grid(&mut text, std::iter::once(head).chain(list.iter().map(row)), "");
    text
}

/// Rows of cells, each column as wide as it must be.
fn grid(text: &mut String, rows: impl Iterator<Item = Vec<String>>, indent: &str) {
    let rows: Vec<Vec<String>> = rows.collect();
    let count = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        rows.iter()
            .map(|row| columns(&row[column]))
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| padded(cell, *width));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(text, "{indent}{}", line.trim_end());
    }
}

/// The members that some of the objects have.
fn names(list: &[Value]) -> Vec<&str> {
    let members = list.iter().filter_map(Value::as_object).flatten();
    let mut names: Vec<&str> = members
        .filter(|(_, value)| !is_nothing(value))
        .map(|(name, _)| &**name)
        .collect();
    let place = |name: &str| {
        FIRST
            .iter()
            .position(|first| *first == name)
            .unwrap_or(FIRST.len())
    };
    names.sort_by_key(|name| (place(name), *name));
    names.dedup();
    names
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.values().all(is_nothing),
        _ => false,
    }
}

fn cell(value: &Value) -> String {
    cut(&said(value), CELL_COLUMNS)
}

/// A value in one line: `a, b` and `name=value name=value`.
fn said(value: &Value) -> String {
    let inside = |value: &Value| match value {
        Value::Object(members) if !members.is_empty() => format!("{{{}}}", said(value)),
        Value::Array(list) if list.len() > 1 => format!("[{}]", said(value)),
        other => said(other),
    };
    match value {
        Value::Null => String::new(),
        Value::Bool(yes) => (if *yes { "yes" } else { "no" }).to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) => list.iter().map(inside).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let there = members.iter().filter(|(_, value)| !is_nothing(value));
            let all = there.map(|(name, value)| format!("{name}={}", inside(value)));
            all.collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_a_table_and_an_object_is_lines() {
        let clients = json!({"clients": [
            {"client_id": "lamp", "connected": true, "why": null, "since_secs": 1.5},
            {"client_id": "s\u{1b}[2J", "connected": false, "why": "keep_alive_timeout", "since_secs": 20},
        ], "meta": {"next": 7}});
        assert_eq!(
            words(&clients),
            "client_id   connected  since_secs  why\n\
             lamp        yes        1.5\n\
             s\\u{1b}[2J  no         20          keep_alive_timeout\n"
        );
        let info = json!({"name": "x", "listeners": [{"name": "main", "urls": {"tcp": "mqtt://a"}}], "socket": null});
        assert_eq!(
            words(&info),
            "listeners\n  name  urls\n  main  tcp=mqtt://a\nname       x\n"
        );
        let rule =
            json!({"faults": [{"rule": {"when": {"packet": ["PUBACK", "PUBREC"], "qos": 1}, "first": 2}}]});
        assert_eq!(
            words(&rule),
            "rule\nfirst=2 when={packet=[PUBACK, PUBREC] qos=1}\n"
        );
        assert_eq!(words(&json!({"faults": []})), "none\n");
        assert_eq!(words(&json!({"users": ["ann", "bob"]})), "ann\nbob\n");
        assert_eq!(words(&json!({"sessions": 0})), "sessions  0\n");
        let nothing = json!({"count": 0, "entries": [], "meta": {"next": null}});
        assert_eq!(words(&nothing), "count  0\n");
    }
}
