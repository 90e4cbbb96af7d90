//! For a key that does not exist: the keys that were probably meant, and what else helps.

use crate::broker::keys;
use crate::error::{Origin, ProblemKind};
use crate::schema::{KeyDoc, TableDoc};
use crate::variables::variable_of;

/// The problem that there is no such key as `key`, which was given at `origin`.
pub(crate) fn unknown_key(key: &str, origin: &Origin) -> ProblemKind {
    let found = nearest_keys(key);
    let hint = match (origin, found.first()) {
        // With several candidates it is not known which one was meant.
        (Origin::File { .. }, Some(doc)) if found.len() == 1 => misplaced(key, doc),
        (Origin::File { .. }, None) => Some(list_of_keys(key)),
        (_, Some(_)) => None,
        (_, None) => Some("`broker --print-config` shows all keys".to_owned()),
    };
    let nearest = found
        .into_iter()
        .map(|doc| {
            if let Origin::Env(_) = origin {
                variable_of(doc.key)
            } else {
                doc.key.to_owned()
            }
        })
        .collect();
    ProblemKind::UnknownKey { nearest, hint }
}

/// The problem that the tables of a list have no key of this name. `spelled` says how the place would name another.
pub(crate) fn unknown_in_table(
    table: &TableDoc,
    name: &str,
    spelled: impl Fn(&str) -> String,
) -> ProblemKind {
    let near = closest(table.keys.iter(), name.len(), |doc| distance(name, doc.key));
    let nearest: Vec<String> = near.into_iter().map(|doc| spelled(doc.key)).collect();
    let hint = nearest.is_empty().then(|| {
        let names: Vec<&str> = table.keys.iter().map(|doc| doc.key).collect();
        format!(
            "the keys of each of the {} are {}",
            table.plural,
            names.join(", ")
        )
    });
    ProblemKind::UnknownKey { nearest, hint }
}

/// The keys nearest to `key`, all equally near; empty when no key is near.
fn nearest_keys(key: &str) -> Vec<&'static KeyDoc> {
    let name = key.rsplit_once('.').map_or(key, |(_, name)| name);
    closest(keys(), name.len(), |doc| {
        let whole = distance(key, doc.key);
        let without_section = 1 + distance(name, doc.name());
        whole.min(without_section)
    })
}

/// The candidates at the least distance, when that is near enough for a name of this length to be a slip.
pub(crate) fn closest<T>(
    candidates: impl Iterator<Item = T>,
    length: usize,
    distance: impl Fn(&T) -> usize,
) -> Vec<T> {
    let mut best = 1 + (length / 3).clamp(1, 4);
    let mut found = Vec::new();
    for candidate in candidates {
        let distance = distance(&candidate);
        if distance < best {
            found.clear();
            best = distance;
        }
        if distance == best {
            found.push(candidate);
        }
    }
    found
}

pub(crate) fn distance(given: &str, known: &str) -> usize {
    strsim::osa_distance(given, known)
}

/// A right name in the wrong section: where it belongs.
fn misplaced(key: &str, doc: &KeyDoc) -> Option<String> {
    let given = key.rsplit_once('.').map_or("", |(section, _)| section);
    match doc.section() {
        section if section == given => None,
        "" => Some("It belongs at the top of the file, before the first [section]".to_owned()),
        section => Some(format!("It belongs under [{section}]")),
    }
}

/// The keys of the section that an unknown key stands in.
fn list_of_keys(key: &str) -> String {
    let name = key.rsplit_once('.').map_or("", |(section, _)| section);
    let place = if name.is_empty() {
        "at the top of the file".to_owned()
    } else {
        format!("of [{name}]")
    };
    let names: Vec<&str> = keys()
        .filter(|doc| doc.section() == name)
        .map(KeyDoc::name)
        .collect();
    format!("the keys {place} are {}", names.join(", "))
}
