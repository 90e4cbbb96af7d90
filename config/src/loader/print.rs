//! What `--print-config` shows: each key in force with its value and where it came from.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::Loaded;
use crate::broker::SECTIONS;
use crate::error::Origin;

/// Values longer than this do not push the comments of their neighbours to the right.
const WIDEST: usize = 60;

impl Loaded {
    /// The settings in force as TOML, each key with its origin as a comment. It can be fed back in, but for
    /// passwords, which show as `***`.
    ///
    /// ```text
    /// [limits]
    /// max_connections = 5      # flag --max-connections
    /// ```
    ///
    /// ```
    /// let loaded = settings::Loader::new().flag("--max-connections", "limits.max_connections", 5).load()?;
    /// let text = loaded.print();
    /// assert!(text.lines().any(|line| line.starts_with("max_connections = 5") && line.ends_with("# flag --max-connections")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn print(&self) -> String {
        let lines: Vec<(&str, String, String)> = self
            .settings
            .values()
            .into_iter()
            .map(|(doc, value)| {
                (
                    doc.section(),
                    format!("{} = {}", doc.name(), toml_text(&value)),
                    self.origin(doc.key).to_string(),
                )
            })
            .collect();
        let width = lines
            .iter()
            .map(|(_, line, _)| line.chars().count())
            .filter(|&width| width <= WIDEST)
            .max();
        let width = width.unwrap_or(WIDEST);
        let mut text = String::new();
        for section in SECTIONS {
            if !section.name.is_empty() {
                // Writing to a String cannot fail, here and below.
                let _ = writeln!(text, "\n[{}]", section.name);
            }
            for (_, line, origin) in lines.iter().filter(|(name, ..)| *name == section.name) {
                let _ = writeln!(text, "{line:width$}  # {}", one_line(origin));
            }
        }
        text
    }

    /// The same as a JSON object: each key with its `value` and `origin`; passwords show as `***`.
    ///
    /// ```text
    /// { "limits.max_connections": { "value": 5, "origin": { "from": "flag", "name": "--max-connections" } }, … }
    /// ```
    ///
    /// ```
    /// let loaded = settings::Loader::new().flag("--port", "port", 0).load()?;
    /// let json: serde_json::Value = serde_json::from_str(&loaded.print_json())?;
    /// assert_eq!(json["port"]["value"], 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn print_json(&self) -> String {
        let entries: serde_json::Map<String, Json> = self
            .settings
            .values()
            .into_iter()
            .map(|(doc, value)| {
                let entry = json!({ "value": value, "origin": origin_json(self.origin(doc.key)) });
                (doc.key.to_owned(), entry)
            })
            .collect();
        format!("{:#}", Json::Object(entries))
    }
}

fn origin_json(origin: &Origin) -> Json {
    match origin {
        Origin::Default => json!({ "from": "default" }),
        Origin::File { path, line } => {
            json!({ "from": "file", "path": path.to_string_lossy(), "line": line })
        }
        Origin::Env(name) => json!({ "from": "environment", "name": name }),
        Origin::Flag(name) => json!({ "from": "flag", "name": name }),
        Origin::Program => json!({ "from": "program" }),
    }
}

/// A value as TOML writes it.
pub(super) fn toml_text(value: &Json) -> String {
    match value {
        Json::String(text) => toml::Value::from(text.as_str()).to_string(),
        Json::Array(items) => format!("[{}]", items.iter().map(toml_text).collect::<Vec<_>>().join(", ")),
        Json::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name} = {}", toml_text(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => value.to_string(),
    }
}

/// A text that stays within its comment: a path may hold a line break.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| {
            if crate::text::is_unseen(character) {
                '?'
            } else {
                character
            }
        })
        .collect()
}
