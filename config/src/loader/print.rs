//! What `--print-config` shows: each key in force with its value and where it came from.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::Loaded;
use crate::broker::SECTIONS;
use crate::error::Origin;
use crate::schema::KeyDoc;

/// Values longer than this do not push the comments of their neighbours to the right.
const WIDEST: usize = 64;

impl Loaded {
    /// The settings in force as TOML, each key with its origin as a comment. It can be fed back in, but for
    /// passwords, which show as `***`. A list of tables whose parts come from several places has a line for each part.
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
        self.lines(|_| true)
    }

    /// Those settings as TOML that a layer gave, in the same form: a file with them alone gives the same settings, but for
    /// passwords.
    ///
    /// ```
    /// let loaded = settings::Loader::new().flag("--port", "port", 1884).load()?;
    /// assert_eq!(loaded.print_given(), "port = 1884  # flag --port\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn print_given(&self) -> String {
        self.lines(|key| self.origins.contains_key(key))
    }

    /// The keys that are wanted, those of tables in a list included.
    fn lines(&self, is_wanted: impl Fn(&str) -> bool) -> String {
        let values = self.settings.values();
        let mut lines = Vec::new();
        // Where not all keys are wanted, tables have a line for each of theirs, so that some may be left out.
        let as_tables = |doc: &KeyDoc| !self.parts(doc).is_empty() || !is_wanted("") && self.has_parts(doc);
        for section in SECTIONS {
            let wanted = |doc: &KeyDoc| doc.section() == section.name && is_wanted(doc.key);
            let inside = || values.iter().filter(|(doc, _)| wanted(doc));
            if inside().next().is_none() {
                continue;
            }
            if !section.name.is_empty() {
                let joint = if lines.is_empty() { "" } else { "\n" };
                lines.push(Line::header(format!("{joint}[{}]", section.name)));
            }
            for (doc, value) in inside().filter(|(doc, _)| !as_tables(doc)) {
                let text = format!("{} = {}", doc.name(), toml_text(value));
                lines.push(Line::with_origin(text, self.origin(doc.key)));
            }
            // What follows the head of such a table belongs to it: so they come last.
            for (doc, value) in inside().filter(|(doc, _)| as_tables(doc)) {
                self.print_tables(doc, value, &is_wanted, &mut lines);
            }
        }
        let widths = lines
            .iter()
            .filter(|line| line.origin.is_some())
            .map(|line| line.text.chars().count())
            .filter(|&width| width <= WIDEST);
        let width = widths.max().unwrap_or(WIDEST);
        let mut text = String::new();
        for line in lines {
            // Writing to a String cannot fail.
            let _ = match line.origin {
                Some(origin) => writeln!(text, "{:width$}  # {}", line.text, one_line(&origin)),
                None => writeln!(text, "{}", line.text),
            };
        }
        text
    }

    /// A list of tables, table by table.
    fn print_tables(
        &self,
        doc: &KeyDoc,
        value: &Json,
        is_wanted: impl Fn(&str) -> bool,
        lines: &mut Vec<Line>,
    ) {
        for (index, table) in value.as_array().into_iter().flatten().enumerate() {
            let key = format!("{}[{index}]", doc.key);
            lines.push(Line::with_origin(format!("[[{}]]", doc.key), self.origin(&key)));
            for (name, value) in table.as_object().into_iter().flatten() {
                let key = format!("{key}.{name}");
                if !is_wanted(&key) {
                    continue;
                }
                let origin = self.origin(&key);
                lines.push(Line::with_origin(
                    format!("{name} = {}", toml_text(value)),
                    origin,
                ));
            }
        }
    }

    /// Whether a list of tables has any.
    fn has_parts(&self, doc: &KeyDoc) -> bool {
        self.origins.contains_key(&format!("{}[0]", doc.key))
    }

    /// The parts of a list of tables that do not come from where the list does, each with its name in the list.
    fn parts(&self, doc: &KeyDoc) -> Vec<(&str, &Origin)> {
        let whole = self.origin(doc.key);
        let parts = self.origins.iter().filter_map(|(key, origin)| {
            let part = key.strip_prefix(doc.key).filter(|part| part.starts_with('['))?;
            Some((part, origin))
        });
        parts.filter(|(_, origin)| *origin != whole).collect()
    }

    /// The same as a JSON object: each key with its `value` and `origin`; passwords show as `***`. `parts` has the
    /// origins of those parts of a list of tables that come from elsewhere.
    ///
    /// ```text
    /// { "limits.max_connections": { "value": 5, "origin": { "from": "flag", "name": "--max-connections" } }, … }
    /// ```
    pub fn print_json(&self) -> String {
        let entry = |(doc, value): (&'static KeyDoc, Json)| {
            let mut entry = json!({ "value": value, "origin": origin_json(self.origin(doc.key)) });
            let parts = self.parts(doc).into_iter();
            let parts: Map<String, Json> = parts
                .map(|(part, origin)| (part.to_owned(), origin_json(origin)))
                .collect();
            if !parts.is_empty() {
                entry["parts"] = parts.into();
            }
            (doc.key.to_owned(), entry)
        };
        let entries: Map<String, Json> = self.settings.values().into_iter().map(entry).collect();
        format!("{:#}", Json::Object(entries))
    }
}

/// One line of the TOML, with its origin as a comment if it has one.
struct Line {
    text: String,
    origin: Option<String>,
}

impl Line {
    fn header(text: String) -> Self {
        Self { text, origin: None }
    }

    fn with_origin(text: String, origin: &Origin) -> Self {
        let origin = Some(origin.to_string());
        Self { text, origin }
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
