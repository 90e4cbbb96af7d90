//! Topics as a tree, in which levels that look like identifiers become parameters.

use std::collections::{BTreeMap, BTreeSet};

use super::Kind;

/// From so many levels on, whose topics go on in the same way, names are taken for values of a parameter.
const MANY_ALIKE: usize = 4;
/// So many examples of a parameter are looked at for its name and value.
const PARAMETER: &str = "{}";

/// A level, and what follows it.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    kind: Option<Kind>,
    below: BTreeMap<String, Tree>,
    /// A value of the parameter that this level is.
    example: Option<String>,
}

/// A channel that was found.
pub(super) struct Found<'a> {
    levels: Vec<Level<'a>>,
    pub kind: &'a Kind,
}

#[derive(Clone)]
enum Level<'a> {
    Name(&'a str),
    Parameter { name: String, example: &'a str },
}

impl Tree {
    pub fn add(&mut self, topic: &str, kind: &Kind) {
        let mut here = self;
        for level in topic.split('/') {
            here = here.below.entry(level.to_owned()).or_default();
        }
        here.kind.get_or_insert_default().merge(kind);
    }

    fn merge(&mut self, other: Self) {
        if let Some(kind) = &other.kind {
            self.kind.get_or_insert_default().merge(kind);
        }
        if self.example.is_none() {
            self.example = other.example;
        }
        for (name, tree) in other.below {
            self.below.entry(name).or_default().merge(tree);
        }
    }

    /// The same with parameters.
    pub fn generalized(mut self) -> Self {
        let merged = self.alike();
        if !merged.is_empty() {
            let mut parameter = Self::default();
            for name in merged {
                if let Some(tree) = self.below.remove(&name) {
                    parameter.example.get_or_insert(name);
                    parameter.merge(tree);
                }
            }
            self.below.insert(PARAMETER.to_owned(), parameter);
        }
        let deeper = self
            .below
            .into_iter()
            .map(|(name, tree)| (name, tree.generalized()));
        self.below = deeper.collect();
        self
    }

    /// The levels below that are values of one parameter.
    fn alike(&self) -> Vec<String> {
        let names = || self.below.keys().filter(|name| !name.is_empty());
        let ids: Vec<&String> = names().filter(|name| is_id(name)).collect();
        if ids.len() >= 2 || ids.iter().any(|name| is_surely_id(name)) {
            return ids.into_iter().cloned().collect();
        }
        // Rooms and such: many names, behind which the topics are the same.
        let mut groups: BTreeMap<BTreeSet<&String>, Vec<&String>> = BTreeMap::new();
        for (name, tree) in self.below.iter().filter(|(name, _)| !name.is_empty()) {
            if !tree.below.is_empty() {
                groups.entry(tree.below.keys().collect()).or_default().push(name);
            }
        }
        let largest = groups.into_values().max_by_key(Vec::len).unwrap_or_default();
        if largest.len() < MANY_ALIKE {
            return Vec::new();
        }
        largest.into_iter().cloned().collect()
    }

    pub fn channels(&self) -> Vec<Found<'_>> {
        let mut found = Vec::new();
        self.collect(&mut Vec::new(), &mut found);
        found
    }

    fn collect<'a>(&'a self, levels: &mut Vec<Level<'a>>, found: &mut Vec<Found<'a>>) {
        if let Some(kind) = &self.kind {
            found.push(Found {
                levels: levels.clone(),
                kind,
            });
        }
        for (name, tree) in &self.below {
            levels.push(match &tree.example {
                Some(example) if name == PARAMETER => Level::Parameter {
                    name: parameter(levels),
                    example,
                },
                _ => Level::Name(name),
            });
            tree.collect(levels, found);
            levels.pop();
        }
    }
}

impl Found<'_> {
    pub fn address(&self) -> String {
        let level = |level: &Level<'_>| match level {
            Level::Name(name) => (*name).to_owned(),
            Level::Parameter { name, .. } => format!("{{{name}}}"),
        };
        self.levels.iter().map(level).collect::<Vec<_>>().join("/")
    }

    /// The names of the parameters, with a value of each.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let parameter = |level: &Level<'_>| match level {
            Level::Name(_) => None,
            Level::Parameter { name, example } => Some((name.clone(), (*example).to_owned())),
        };
        self.levels.iter().filter_map(parameter).collect()
    }

    /// A name made of the levels that are not parameters: `lampsState`.
    pub fn name(&self) -> String {
        let mut name = String::new();
        for level in &self.levels {
            let Level::Name(text) = level else { continue };
            for word in text
                .split(|one: char| !one.is_ascii_alphanumeric())
                .filter(|word| !word.is_empty())
            {
                let mut letters = word.chars();
                let first = letters.next().unwrap_or_default();
                if name.is_empty() {
                    name.push(first.to_ascii_lowercase());
                } else {
                    name.push(first.to_ascii_uppercase());
                }
                name.push_str(letters.as_str());
            }
        }
        if name.is_empty() {
            "message".to_owned()
        } else {
            name
        }
    }
}

/// What a parameter behind these levels is called.
fn parameter(before: &[Level<'_>]) -> String {
    let last = before.iter().rev().find_map(|level| match level {
        Level::Name(name) if name.chars().any(|one| one.is_ascii_alphabetic()) => Some(*name),
        _ => None,
    });
    let plain: String = last
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let one = plain
        .strip_suffix('s')
        .filter(|one| one.len() > 2 && !one.ends_with('s'))
        .unwrap_or(&plain);
    let name = if one.is_empty() {
        "id".to_owned()
    } else {
        format!("{one}Id")
    };
    let taken = |name: &str| {
        before
            .iter()
            .any(|level| matches!(level, Level::Parameter { name: one, .. } if one == name))
    };
    super::unique(&name, taken)
}

/// Whether a level can be an identifier: it has a digit, and is not a version.
fn is_id(level: &str) -> bool {
    let is_version = level
        .strip_prefix(['v', 'V'])
        .is_some_and(|rest| rest.starts_with(|one: char| one.is_ascii_digit()));
    !is_version && level.contains(|one: char| one.is_ascii_digit())
}

/// Whether it can hardly be anything else, also where it stands alone.
fn is_surely_id(level: &str) -> bool {
    let plain: String = level
        .chars()
        .filter(|one| !matches!(one, '-' | ':' | '_'))
        .collect();
    let is_number = plain.len() >= 5 && plain.chars().all(|one| one.is_ascii_digit());
    is_number || plain.len() >= 8 && plain.chars().all(|one| one.is_ascii_hexdigit())
}
