//! The layers as the `config` crate merges them.
//!
//! A later layer replaces a value, and a list with it, whole. What names a part of a list (`auth.users[0].password`)
//! replaces that part alone, or adds the next table to the list as it stands below.
//!
//! Each value carries its origin through the merge as that crate carries it: as the text that names it in an error.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use config::builder::DefaultState;
use config::{Config, ConfigBuilder, ConfigError, Map, Source, ValueKind};

use crate::broker::{BrokerSettings, keys};
use crate::error::{Origin, Problem, ProblemKind};
use crate::schema::Expect;
use crate::target::{Part, Target};
use crate::value::{Kind, Value};

/// A value, what it is for, and where it was given.
pub(crate) type Given = (Target, Value, Origin);

/// The layers so far.
pub(super) struct Layers {
    builder: ConfigBuilder<DefaultState>,
    /// The origins of all values, by the text that the values carry.
    origins: BTreeMap<String, Origin>,
    /// How many tables each list has that a layer gave. A list that was given wrong is not counted.
    lengths: HashMap<&'static str, Option<usize>>,
}

impl Layers {
    /// The lowest layer, the built-in defaults, needs no source: a field that no layer names takes its own.
    pub(super) fn new() -> Self {
        Self {
            builder: Config::builder(),
            origins: BTreeMap::new(),
            lengths: HashMap::new(),
        }
    }

    /// Lays one more layer over the others. What is wrong with its values goes to `problems`.
    pub(super) fn add(&mut self, given: Vec<Given>, problems: &mut Vec<Problem>) {
        for (target, value, origin) in given {
            let checked = target.check(&value, &origin, problems);
            match target.part {
                None => {
                    self.lengths
                        .insert(target.doc.key, checked.as_ref().and_then(length));
                }
                Some(part) => self.add_part(target, part, &origin, problems),
            }
            if let Some(value) = checked {
                let value = self.carrying(value, &origin);
                let builder = std::mem::take(&mut self.builder);
                self.builder = builder.add_source(Single(target.key(), value));
            }
        }
    }

    /// Holds a part against the list that it is for.
    fn add_part(&mut self, target: Target, part: Part, origin: &Origin, problems: &mut Vec<Problem>) {
        let list = target.doc.key;
        let Part { table, index, doc } = part;
        let Some(length) = self.lengths.entry(list).or_insert(Some(0)) else {
            return; // the list itself is wrong, which was said
        };
        if index > *length {
            let text = format!("is given, but the list has {length}; the next one is `{list}[{length}]`");
            problems.push(Problem {
                key: format!("{list}[{index}]"),
                origin: origin.clone(),
                kind: ProblemKind::Conflict(text),
            });
            return;
        }
        let key = format!("{list}[{index}]");
        if index == *length {
            *length += 1;
            problems.extend(table.required().map(|doc| Problem {
                key: key.clone(),
                origin: origin.clone(),
                kind: ProblemKind::Missing {
                    what: doc.key,
                    expected: table.form(),
                },
            }));
        }
        // What lacked in the table, until now.
        problems.retain(|problem| {
            let supplies =
                |what| what == doc.key || table.key(what).is_some_and(|lacking| lacking.or_else == doc.key);
            let lacked = matches!(problem.kind, ProblemKind::Missing { what, .. } if supplies(what));
            !(lacked && problem.key == key)
        });
    }

    /// A checked value as the `config` crate takes it: it and all its parts with their origins.
    fn carrying(&mut self, value: Value, origin: &Origin) -> config::Value {
        let origin = origin.at_line(value.line);
        let kind = match value.kind {
            // An integer of TOML: checked to be within it.
            Kind::Integer(said) => u64::try_from(said).ok().into(),
            Kind::Boolean(said) => said.into(),
            Kind::Text(said) | Kind::Untyped(said) | Kind::Other(said) => said.into(),
            Kind::List(items) => {
                let items = items.into_iter().map(|item| self.carrying(item, &origin));
                ValueKind::Array(items.collect())
            }
            Kind::Table(fields) => {
                let fields = fields.into_iter();
                ValueKind::Table(
                    fields
                        .map(|(name, value)| (name, self.carrying(value, &origin)))
                        .collect(),
                )
            }
        };
        let text = origin.to_string();
        let value = config::Value::new(Some(&text), kind);
        self.origins.insert(text, origin);
        value
    }

    /// The settings in force, and the origin of each key that a layer gave and of the parts of lists of tables.
    pub(super) fn merged(self) -> Result<(BrokerSettings, BTreeMap<String, Origin>), ConfigError> {
        let merged = self.builder.build()?;
        let mut origins = BTreeMap::new();
        let mut note = |key: &str, value: &config::Value| {
            let origin = value.origin().and_then(|text| self.origins.get(text));
            origins.extend(origin.map(|origin| (key.to_owned(), origin.clone())));
        };
        for doc in keys() {
            let Some(value) = find(&merged.cache, doc.key) else {
                continue;
            };
            note(doc.key, value);
            let (Expect::Tables(_), ValueKind::Array(tables)) = (doc.expect, &value.kind) else {
                continue;
            };
            for (index, table) in tables.iter().enumerate() {
                let key = format!("{}[{index}]", doc.key);
                note(&key, table);
                let ValueKind::Table(fields) = &table.kind else {
                    continue;
                };
                for (name, value) in fields {
                    note(&format!("{key}.{name}"), value);
                }
            }
        }
        Ok((merged.try_deserialize()?, origins))
    }
}

/// The value of a key in a tree of sections.
fn find<'a>(root: &'a config::Value, key: &str) -> Option<&'a config::Value> {
    key.split('.').try_fold(root, |value, name| match &value.kind {
        ValueKind::Table(fields) => fields.get(name),
        _ => None,
    })
}

/// How many a list has.
fn length(value: &Value) -> Option<usize> {
    match &value.kind {
        Kind::List(items) => Some(items.len()),
        _ => None,
    }
}

/// One value for one key. A layer is a run of these, since a part of a list comes after the list.
#[derive(Clone)]
struct Single(String, config::Value);

/// The name without the value, which may be a password.
impl fmt::Debug for Single {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Single").field(&self.0).finish_non_exhaustive()
    }
}

impl Source for Single {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, config::Value>, ConfigError> {
        Ok(Map::from([(self.0.clone(), self.1.clone())]))
    }
}
