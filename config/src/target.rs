//! What a caller names by a key: a whole value, or one key of one table in a list of tables.

use crate::broker::find;
use crate::check::{check, check_in_table};
use crate::error::{Origin, Problem, ProblemKind};
use crate::nearest::{unknown_in_table, unknown_key};
use crate::schema::{Expect, KeyDoc, TableDoc};
use crate::value::Value;
use crate::variables::variable_of;

/// A key that there is.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    /// The key that holds the whole value.
    pub(crate) doc: &'static KeyDoc,
    /// The part of a list that is meant; `None` for the whole value.
    pub(crate) part: Option<Part>,
}

/// One key of one table in a list of tables.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    /// What each table of the list holds.
    pub(crate) table: &'static TableDoc,
    /// Which table, from 0.
    pub(crate) index: usize,
    /// Its key.
    pub(crate) doc: &'static KeyDoc,
}

impl Target {
    /// What `limits.max_connections` or `auth.users[0].password` names.
    pub(crate) fn find(key: &str, origin: &Origin) -> Result<Self, Problem> {
        if let Some(doc) = find(key) {
            return Ok(Self { doc, part: None });
        }
        let kind = match part(key, origin) {
            Some(Ok(target)) => return Ok(target),
            Some(Err(kind)) => kind,
            None => unknown_key(key, origin),
        };
        Err(Problem {
            key: key.to_owned(),
            origin: origin.clone(),
            kind,
        })
    }

    /// Its name: `auth.users[0].password`.
    pub(crate) fn key(&self) -> String {
        match self.part {
            None => self.doc.key.to_owned(),
            Some(part) => format!("{}[{}].{}", self.doc.key, part.index, part.doc.key),
        }
    }

    /// The value in its one canonical form. What is wrong with it goes to `problems`. A value that only lacks something
    /// is returned, too: a later layer may still give what it lacks.
    pub(crate) fn check(&self, value: &Value, origin: &Origin, problems: &mut Vec<Problem>) -> Option<Value> {
        let (canonical, complaints) = match self.part {
            None => check(self.doc, value),
            Some(part) => check_in_table(part.table, part.doc, value),
        };
        problems.extend(complaints.into_iter().map(|complaint| Problem {
            key: format!("{}{}", self.key(), complaint.part),
            origin: origin.at_line(complaint.line),
            kind: complaint.kind,
        }));
        canonical
    }
}

/// What `auth.users[0].password` names; `None` when it does not begin with a list of tables.
fn part(key: &str, origin: &Origin) -> Option<Result<Target, ProblemKind>> {
    let (list, rest) = key.split_once('[')?;
    let doc = find(list)?;
    let Expect::Tables(table) = doc.expect else {
        return None;
    };
    let spelled = |index: &str, name: &str| {
        let key = format!("{list}[{index}].{name}");
        if let Origin::Env(_) = origin {
            variable_of(&key)
        } else {
            key
        }
    };
    let found = rest.split_once("].");
    let Some((index, (text, name))) = found.and_then(|found| Some((found.0.parse().ok()?, found))) else {
        let first = table.keys.first().map_or("", |doc| doc.key);
        let hint = format!("a part of the list is named like `{}`", spelled("0", first));
        return Some(Err(ProblemKind::UnknownKey {
            nearest: Vec::new(),
            hint: Some(hint),
        }));
    };
    Some(match table.key(name) {
        Some(field) => Ok(Target {
            doc,
            part: Some(Part {
                table,
                index,
                doc: field,
            }),
        }),
        None => Err(unknown_in_table(table, name, |other| spelled(text, other))),
    })
}
