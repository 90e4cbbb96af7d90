//! [`Mistake`]: what is wrong in the file, and where.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A mistake in the file.
///
/// ```
/// use broker_core::access::DynamicSecurity;
///
/// let text = "{\n  \"groups\": [{ \"groupname\": \"all\", \"roles\": [{ \"rolename\": \"reader\" }] }]\n}";
/// let mistake = DynamicSecurity::read(text).unwrap_err();
/// assert_eq!(mistake.line, 2);
/// assert_eq!(mistake.to_string(), "2: `groups[0].roles[0].rolename`: there is no role \"reader\" among `roles`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line, counted from 1.
    pub line: usize,
    /// Where in the JSON, as `clients[2].username`; empty for the whole file.
    pub path: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl fmt::Display for Mistake {
    /// The line comes first, to stand behind the name of the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" | "." => write!(f, "{}: {}", self.line, self.what),
            path => write!(f, "{}: `{path}`: {}", self.line, self.what),
        }
    }
}

impl Mistake {
    /// What the reader of JSON says.
    pub(super) fn of_json(error: &serde_json::Error, path: String) -> Self {
        let what = error.to_string();
        // It writes the place at the end of the message; here it is a field.
        let what = what.rsplit_once(" at line ").map_or(&*what, |(what, _)| what);
        Self {
            line: error.line(),
            path,
            what: what.to_owned(),
        }
    }

    /// What is wrong with the value at this path of a text that is JSON.
    pub(super) fn at(text: &str, path: &[Step<'_>], what: String) -> Self {
        let mut json = serde_json::Deserializer::from_str(text);
        // The error that it makes there knows the line.
        let line = Seek(path).deserialize(&mut json).err().map_or(1, |it| it.line());
        let path = path
            .iter()
            .map(ToString::to_string)
            .collect::<String>()
            .trim_start_matches('.')
            .to_owned();
        Self { line, path, what }
    }
}

/// A step on the way to a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, ".{key}"),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// Goes to the value at a path, and ends there with an error.
#[derive(Clone, Copy)]
struct Seek<'a>(&'a [Step<'a>]);

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        if self.0.is_empty() {
            <IgnoredAny as serde::Deserialize>::deserialize(from)?;
            return Err(D::Error::custom("here"));
        }
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match self.0 {
                [Step::Key(wanted), rest @ ..] if key == *wanted => map.next_value_seed(Seek(rest))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for index in 0.. {
            let found = match self.0 {
                [Step::Index(wanted), rest @ ..] if index == *wanted => list.next_element_seed(Seek(rest))?,
                _ => list.next_element::<IgnoredAny>()?.map(drop),
            };
            if found.is_none() {
                break;
            }
        }
        Ok(())
    }
}
