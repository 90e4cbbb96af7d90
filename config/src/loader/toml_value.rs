//! Values as TOML writes them, each with the line that it stands on.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::value::{Kind, Value};

/// A value of a TOML text.
fn value(lines: &Lines, value: &Spanned<DeValue<'_>>) -> Value {
    let kind = match value.get_ref() {
        DeValue::String(said) => Kind::Text(said.to_string()),
        DeValue::Boolean(said) => Kind::Boolean(*said),
        // An integer too large even for this is too large for every key, and shown as written.
        DeValue::Integer(said) => i128::from_str_radix(said.as_str(), said.radix())
            .map_or_else(|_| Kind::Other(said.to_string()), Kind::Integer),
        DeValue::Float(said) => Kind::Other(said.to_string()),
        DeValue::Datetime(said) => Kind::Other(said.to_string()),
        DeValue::Array(list) => Kind::List(list.iter().map(|item| self::value(lines, item)).collect()),
        DeValue::Table(table) => Kind::Table(entries(lines, table)),
    };
    Value {
        line: Some(lines.of(value.span().start)),
        kind,
    }
}

/// The entries of a table, in the order of the file; each value has the line of its key.
pub(crate) fn entries(lines: &Lines, table: &DeTable<'_>) -> Vec<(String, Value)> {
    let mut entries: Vec<(String, Value)> = table
        .iter()
        .map(|(key, given)| {
            let line = Some(lines.of(key.span().start));
            let value = Value {
                line,
                ..value(lines, given)
            };
            (key.get_ref().to_string(), value)
        })
        .collect();
    entries.sort_by_key(|(_, value)| value.line);
    entries
}

/// The items of a list that stands alone in a text, such as `["a", "b"]`; `None` when it is not TOML.
pub(crate) fn list(text: &str) -> Option<Vec<Value>> {
    let line = format!("list = {text}");
    let table = DeTable::parse(&line).ok()?;
    match entries(&Lines::new(&line), table.get_ref()).pop()?.1.kind {
        // The lines are those of this text, not of a file.
        Kind::List(items) => Some(
            items
                .into_iter()
                .map(|item| Value { line: None, ..item })
                .collect(),
        ),
        _ => None,
    }
}

/// Where the lines of a text begin.
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    /// The lines of this text.
    pub(crate) fn new(text: &str) -> Self {
        Self(
            std::iter::once(0)
                .chain(text.match_indices('\n').map(|(offset, _)| offset + 1))
                .collect(),
        )
    }

    /// The line, from 1, that holds the byte at `offset`.
    pub(crate) fn of(&self, offset: usize) -> usize {
        self.0.partition_point(|&start| start <= offset)
    }
}
