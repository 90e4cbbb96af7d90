//! [`Shape`]: what values looked like, and the schema that all of them keep to.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

/// So deep are values looked at; what lies deeper may be anything.
const DEEPEST: usize = 16;
/// So many members of an object are told apart.
const MOST_MEMBERS: usize = 100;

/// What values looked like.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    anything: bool,
    null: bool,
    boolean: bool,
    integer: bool,
    number: bool,
    string: bool,
    array: Option<Box<Shape>>,
    object: Option<Members>,
}

#[derive(Debug, Clone, Default)]
struct Members {
    seen: u64,
    /// How often each was there, and what it was.
    all: BTreeMap<String, (u64, Shape)>,
}

impl Shape {
    pub fn saw(&mut self, value: &Json, depth: usize) {
        if depth >= DEEPEST {
            self.anything = true;
            return;
        }
        match value {
            Json::Null => self.null = true,
            Json::Bool(_) => self.boolean = true,
            // What `1.0` and `1` say is the same for a schema.
            Json::Number(number) if number.is_f64() => self.number = true,
            Json::Number(_) => self.integer = true,
            Json::String(_) => self.string = true,
            Json::Array(list) => {
                let items = self.array.get_or_insert_default();
                for value in list {
                    items.saw(value, depth + 1);
                }
            }
            Json::Object(members) => {
                let object = self.object.get_or_insert_default();
                object.seen += 1;
                for (name, value) in members {
                    if object.all.len() >= MOST_MEMBERS && !object.all.contains_key(name) {
                        continue;
                    }
                    let (count, shape) = object.all.entry(name.clone()).or_default();
                    *count += 1;
                    shape.saw(value, depth + 1);
                }
            }
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.anything |= other.anything;
        self.null |= other.null;
        self.boolean |= other.boolean;
        self.integer |= other.integer;
        self.number |= other.number;
        self.string |= other.string;
        if let Some(items) = &other.array {
            self.array.get_or_insert_default().merge(items);
        }
        if let Some(members) = &other.object {
            let object = self.object.get_or_insert_default();
            object.seen += members.seen;
            for (name, (count, shape)) in &members.all {
                let (all, own) = object.all.entry(name.clone()).or_default();
                *all += count;
                own.merge(shape);
            }
        }
    }

    pub fn schema(&self) -> Json {
        if self.anything {
            return json!({});
        }
        let mut types = Vec::new();
        for (is_one, name) in [
            (self.null, "null"),
            (self.boolean, "boolean"),
            (self.integer && !self.number, "integer"),
            (self.number, "number"),
            (self.string, "string"),
            (self.array.is_some(), "array"),
            (self.object.is_some(), "object"),
        ] {
            if is_one {
                types.push(Json::from(name));
            }
        }
        let mut schema = Map::new();
        match types.as_slice() {
            [] => {}
            [one] => {
                schema.insert("type".to_owned(), one.clone());
            }
            _ => {
                schema.insert("type".to_owned(), Json::Array(types));
            }
        }
        if let Some(members) = &self.object {
            let always = members
                .all
                .iter()
                .filter(|(_, (count, _))| *count == members.seen);
            let required: Json = always.map(|(name, _)| Json::from(name.as_str())).collect();
            if required != json!([]) {
                schema.insert("required".to_owned(), required);
            }
            let property = |(name, (_, shape)): (&String, &(u64, Self))| (name.clone(), shape.schema());
            if !members.all.is_empty() {
                let properties = members.all.iter().map(property).collect();
                schema.insert("properties".to_owned(), Json::Object(properties));
            }
        }
        if let Some(items) = &self.array {
            schema.insert("items".to_owned(), items.schema());
        }
        Json::Object(schema)
    }
}
