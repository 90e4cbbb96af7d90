//! What is wrong with tables of files, and where.

use std::fmt;
use std::path::PathBuf;

use settings::ScriptTable;

use crate::fault::Invalid;

/// So many mistakes are told.
const MOST_TOLD: usize = 100;

/// What is wrong with a table, and its place.
#[derive(Debug)]
pub(crate) struct Misread {
    pub path: PathBuf,
    pub line: usize,
    pub invalid: Invalid,
}

impl Misread {
    pub fn new(table: &ScriptTable, invalid: Invalid) -> Self {
        // One without a name may be `a stub`.
        let place = invalid.place.strip_prefix("a ").unwrap_or(&invalid.place);
        let place = place.strip_prefix(&called(table));
        let path = place
            .and_then(|place| place.strip_prefix(": "))
            .unwrap_or_default();
        Self {
            path: table.path.clone(),
            line: table.line_of(path),
            invalid,
        }
    }
}

/// What errors call it: `fault "lost"`.
pub(super) fn called(table: &ScriptTable) -> String {
    let name = table.value.get("name").and_then(|name| name.as_str());
    let kind = table.kind;
    name.map_or_else(|| kind.to_owned(), |name| format!("{kind} {name:?}"))
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.invalid)
    }
}

/// All that is wrong with the tables, in the order of the files. Prints one a line.
#[derive(Debug)]
pub(crate) struct Misreads(pub Vec<Misread>);

impl fmt::Display for Misreads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [one] = &self.0[..] {
            return one.fmt(f);
        }
        write!(f, "{} mistakes in rules, stubs and devices:", self.0.len())?;
        self.0
            .iter()
            .take(MOST_TOLD)
            .try_for_each(|one| write!(f, "\n  {one}"))?;
        match self.0.len().saturating_sub(MOST_TOLD) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl std::error::Error for Misreads {}
