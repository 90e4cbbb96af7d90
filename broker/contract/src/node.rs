//! [`Node`]: a value as JSON and YAML have it, with the line of each part.

use serde_json::{Map, Number, Value as Json};

/// So deep may values lie in each other.
pub(crate) const DEEPEST: usize = 100;
/// So many values may a document have, those behind aliases counted each time.
pub(crate) const MOST_NODES: usize = 200_000;
/// So many members may a map have.
pub(crate) const MOST_MEMBERS: usize = 10_000;
/// So many bytes of a text count as one value more.
pub(crate) const BYTES_A_NODE: usize = 256;

/// A value, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub line: usize,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// The key of a member, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    pub text: String,
    pub line: usize,
}

impl Node {
    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let found = self.members().iter().find(|(key, _)| key.text == name);
        found.map(|(_, value)| value)
    }

    /// The members of a map; none where it is something else.
    pub fn members(&self) -> &[(Key, Self)] {
        match &self.value {
            Value::Map(members) => members,
            _ => &[],
        }
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    pub fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// The elements of a list; none where it is something else.
    pub fn elements(&self) -> &[Self] {
        match &self.value {
            Value::List(list) => list,
            _ => &[],
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What kind of value it is, in words.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// The same without lines.
    pub fn json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(yes) => Json::Bool(*yes),
            Value::Number(number) => Json::Number(number.clone()),
            Value::Text(text) => Json::String(text.clone()),
            Value::List(list) => list.iter().map(Self::json).collect(),
            Value::Map(members) => {
                let member = |(key, value): &(Key, Self)| (key.text.clone(), value.json());
                Json::Object(members.iter().map(member).collect::<Map<_, _>>())
            }
        }
    }

    /// What a JSON Pointer leads to; its parts are written as in JSON Pointers, without `%`.
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        let mut here = self;
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            here = match &here.value {
                Value::Map(_) => here.get(&part)?,
                Value::List(list) => list.get(part.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(here)
    }
}
