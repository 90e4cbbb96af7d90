//! From names and values, as the address of a request has them, to a pattern.

use serde_json::Value as Json;

use super::comparison::Comparison;
use super::read::comparison;
use super::what::What;
use super::{Invalid, Pattern};

impl Pattern {
    /// Reads a pattern from the names and values behind the `?` of an address. The names are those of the JSON form; a path such
    /// as `will.topic` leads to a part of a field. A value is a text, or a number, `true` or `false` where the field has those. A
    /// comparison is an object of JSON. A name that is there several times asks for one of its values.
    ///
    /// # Errors
    /// No entry can fit: the error says why.
    ///
    /// ```
    /// use broker_core::pattern::{Is, Pattern, publish};
    ///
    /// let query = [("packet", "PUBLISH"), ("direction", "in"), ("topic", "a/+"), ("qos", "1"), ("qos", "2"), ("payload", "1")];
    /// assert_eq!(
    ///     Pattern::from_query(query)?,
    ///     publish("a/+").field("qos", Is::one_of([1, 2])).text("1")
    /// );
    /// let query = [("topic", "a"), ("payload", r#"{"contains": "on"}"#)];
    /// assert!(Pattern::from_query(query).is_ok());
    /// assert!(Pattern::from_query([("topik", "a")]).unwrap_err().what.contains(r#"did you mean "topic"?"#));
    /// # Ok::<(), broker_core::pattern::Invalid>(())
    /// ```
    pub fn from_query<'a>(query: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Invalid> {
        let mut asked: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, value) in query {
            match asked.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => asked.push((name, vec![value])),
            }
        }
        // Whether a field has numbers or text depends on the entries that are meant.
        asked.sort_by_key(|(name, _)| !matches!(*name, "record" | "packet" | "event" | "direction"));
        let mut pattern = Self::new(What::Any, None);
        for (name, values) in asked {
            let with = |read: fn(&str) -> Comparison| {
                let mut all: Vec<Comparison> = values.iter().map(|value| read(value)).collect();
                let mut with = pattern.clone();
                match all.pop() {
                    Some(only) if all.is_empty() => with.ask(name, only),
                    Some(last) => {
                        all.push(last);
                        with.ask(name, Comparison::OneOf(all));
                    }
                    None => {}
                }
                with
            };
            let as_text = with(text);
            let as_number = || Some(with(scalar)).filter(|pattern| pattern.check().is_ok());
            pattern = match as_text.check() {
                Ok(()) => as_text,
                Err(_) => as_number().unwrap_or(as_text),
            };
        }
        pattern.check()?;
        Ok(pattern)
    }

    /// Whether it says nothing of the kind of entries, and so means packets and events.
    pub fn is_of_any_kind(&self) -> bool {
        *self.what() == What::Any
    }
}

fn text(value: &str) -> Comparison {
    object(value).unwrap_or_else(|| Comparison::Equal(value.into()))
}

fn scalar(value: &str) -> Comparison {
    let scalar = serde_json::from_str(value)
        .ok()
        .filter(|read| matches!(read, Json::Bool(_) | Json::Number(_)));
    object(value).unwrap_or_else(|| Comparison::Equal(scalar.unwrap_or_else(|| value.into())))
}

fn object(value: &str) -> Option<Comparison> {
    if !value.starts_with('{') {
        return None;
    }
    serde_json::from_str(value).ok().map(comparison)
}
