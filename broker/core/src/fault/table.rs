//! [`Table`]: reads a table of TOML or an object of JSON, and says of each mistake where it is.

use serde_json::{Map, Value as Json};

use crate::pattern::nearest;
use crate::wire::PacketType;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wrong {
    pub path: String,
    pub what: String,
}

impl Wrong {
    pub fn new(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            what: what.into(),
        }
    }
}

/// The path of a member.
pub(super) fn inside(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

/// A whole number; 1.0 is 1 as well.
pub(super) fn whole(value: &Json) -> Option<u64> {
    value.as_u64().or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
        format!("{number:.0}").parse().ok()
    })
}

/// An object, and where it stands.
pub(crate) struct Table<'a> {
    path: &'a str,
    members: &'a Map<String, Json>,
}

impl<'a> Table<'a> {
    pub fn new(path: &'a str, members: &'a Map<String, Json>) -> Self {
        Self { path, members }
    }

    /// The same, of a value that has to be an object.
    pub fn of(path: &'a str, value: &'a Json, what: &str) -> Result<Self, Wrong> {
        match value {
            Json::Object(members) => Ok(Self { path, members }),
            other => Err(Wrong::new(path, format!("{what} is an object, not {other}"))),
        }
    }

    /// Refuses every name that is not one of these.
    pub fn only(&self, known: &[&str]) -> Result<(), Wrong> {
        self.unknown(known).next().map_or(Ok(()), Err)
    }

    /// Every name that is not one of these.
    pub fn unknown(&self, known: &[&str]) -> impl Iterator<Item = Wrong> {
        let names = self.members.keys().filter(|name| !known.contains(&&***name));
        names.map(move |name| {
            let near = nearest(name, known.iter().copied());
            let there_are = match known {
                [only] => format!("there is only {only}"),
                all => format!("there are {}", all.join(", ")),
            };
            let what = format!("there is no key {name:?} here{near}; {there_are}");
            Wrong::new(inside(self.path, name), what)
        })
    }

    pub fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    pub fn get(&self, name: &str) -> Option<&'a Json> {
        self.members.get(name)
    }

    pub fn wrong(&self, name: &str, what: impl Into<String>) -> Wrong {
        Wrong::new(inside(self.path, name), what)
    }

    /// A key that must be there.
    pub fn needed<T>(&self, name: &str, found: Option<T>) -> Result<T, Wrong> {
        found.ok_or_else(|| self.wrong(name, "it is needed, and it is not there"))
    }

    pub fn text(&self, name: &str) -> Result<Option<&'a str>, Wrong> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(Json::String(_)) => Err(self.wrong(name, "it is empty")),
            Some(other) => Err(self.wrong(name, format!("it is a text, not {other}"))),
        }
    }

    /// A whole number from the first to the second.
    pub fn whole(&self, name: &str, from: u64, to: u64) -> Result<Option<u64>, Wrong> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let number = whole(value).filter(|number| (from..=to).contains(number));
        let wrong = || {
            let what = format!("it is a whole number from {from} to {to}, not {value}");
            self.wrong(name, what)
        };
        number.map(Some).ok_or_else(wrong)
    }

    /// A number that is not below 0.
    pub fn number(&self, name: &str) -> Result<Option<f64>, Wrong> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value
                .as_f64()
                .filter(|number| *number >= 0.0 && number.is_finite())
            {
                Some(number) => Ok(Some(number)),
                None => Err(self.wrong(name, format!("it is a number that is not below 0, not {value}"))),
            },
        }
    }

    pub fn truth(&self, name: &str) -> Result<Option<bool>, Wrong> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Bool(yes)) => Ok(Some(*yes)),
            Some(other) => Err(self.wrong(name, format!("it is true or false, not {other}"))),
        }
    }

    /// One of these words.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Wrong> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let names = || words.iter().map(|(word, _)| *word);
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| Some(*value)).ok_or_else(|| {
            let near = nearest(text, names());
            let all: Vec<&str> = names().collect();
            self.wrong(
                name,
                format!("there is no {text:?} here{near}; there are {}", all.join(", ")),
            )
        })
    }

    pub fn packet_type(&self, name: &str, text: &str) -> Result<PacketType, Wrong> {
        let all = || (1_u8..=15).filter_map(|bits| PacketType::from_first_byte(bits << 4));
        all()
            .find(|one| one.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| {
                let near = nearest(text, all().map(PacketType::name));
                let names: Vec<&str> = all().map(PacketType::name).collect();
                self.wrong(
                    name,
                    format!(
                        "there is no packet {text:?}{near}; there are {}",
                        names.join(", ")
                    ),
                )
            })
    }
}
