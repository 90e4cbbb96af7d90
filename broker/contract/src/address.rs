//! [`Address`]: the topics of a channel.

use serde_json::Value as Json;

use crate::effort::Budget;
use crate::schema::Schema;

/// So many bytes has a topic at most.
const LONGEST_TOPIC: usize = 65_535;

/// A topic with parameters: `lamps/{lampId}/state`. A parameter stands for one level, or for a part of it. `+` and `#` mean
/// what they mean in a topic filter, although AsyncAPI does not say so.
#[derive(Debug)]
pub struct Address {
    text: String,
    levels: Vec<Level>,
}

#[derive(Debug, PartialEq, Eq)]
enum Level {
    Plain(String),
    /// Texts and parameters by turns.
    Pattern(Vec<Piece>),
    Any,
    /// All that follows, also nothing.
    Rest,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Parameter(String),
}

/// What the values of a parameter may be.
#[derive(Debug, Default)]
pub(crate) struct Parameter {
    /// Those that the document lists; empty where it lists none.
    pub values: Vec<String>,
    /// One that it may have.
    pub example: Option<String>,
    /// What version 2 has for it.
    pub schema: Option<Schema>,
}

impl Parameter {
    /// What is wrong with this value.
    pub fn flaw(&self, value: &str, budget: &Budget) -> Option<String> {
        if !self.values.is_empty() && !self.values.iter().any(|one| one == value) {
            return Some(format!("is {value:?}, and may be {}", self.values.join(", ")));
        }
        let schema = self.schema.as_ref()?;
        let text = Json::String(value.to_owned());
        // A level is a text; where a number is asked for, one that looks like a number will do.
        let as_number = || serde_json::from_str::<Json>(value).ok().filter(Json::is_number);
        let flaw = schema.check(&text, budget).into_iter().next()?;
        let is_right = |number: Json| schema.check(&number, budget).is_empty();
        if as_number().is_some_and(is_right) {
            return None;
        }
        Some(if flaw.is_unchecked {
            format!("is {}", flaw.what)
        } else {
            format!("is wrong: {}", flaw.what)
        })
    }
}

/// The values that a topic has for parameters, in their order.
pub(crate) type Values<'a> = Vec<(&'a str, &'a str)>;

impl Address {
    /// Reads it; an error says what is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("is empty; a topic has at least one character".to_owned());
        }
        if text.contains('\0') {
            return Err("has the character U+0000, which no topic has".to_owned());
        }
        if text.len() > LONGEST_TOPIC {
            return Err(format!(
                "has {} bytes; a topic has at most {LONGEST_TOPIC}",
                text.len()
            ));
        }
        let parts: Vec<&str> = text.split('/').collect();
        let mut levels = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            levels.push(match *part {
                "+" => Level::Any,
                "#" if number + 1 == parts.len() => Level::Rest,
                part if part.contains(['+', '#']) => {
                    return Err(format!(
                        "has {part:?} as a level; + and # stand alone, # at the end"
                    ));
                }
                part => level(part)?,
            });
        }
        Ok(Self {
            text: text.to_owned(),
            levels,
        })
    }

    /// As the document has it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A topic of it, in which this is the value of each parameter.
    pub(crate) fn filled(&self, mut value: impl FnMut(&str) -> String) -> String {
        let mut made: Vec<String> = Vec::new();
        for level in &self.levels {
            made.push(match level {
                Level::Plain(text) => text.clone(),
                Level::Pattern(pieces) => {
                    let pieces = pieces.iter().map(|piece| match piece {
                        Piece::Text(text) => text.clone(),
                        Piece::Parameter(name) => value(name),
                    });
                    pieces.collect()
                }
                Level::Any | Level::Rest => "any".to_owned(),
            });
        }
        made.join("/")
    }

    /// The topic filter that its topics fit.
    pub(crate) fn filter(&self) -> String {
        let level = |level: &Level| match level {
            Level::Plain(text) => text.clone(),
            Level::Pattern(_) | Level::Any => "+".to_owned(),
            Level::Rest => "#".to_owned(),
        };
        self.levels.iter().map(level).collect::<Vec<_>>().join("/")
    }

    /// The names of its parameters.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &str> {
        let pieces = self.levels.iter().flat_map(|level| match level {
            Level::Pattern(pieces) => pieces.as_slice(),
            _ => &[],
        });
        pieces.filter_map(|piece| match piece {
            Piece::Parameter(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The values that a topic has for its parameters, if it is one of its topics.
    pub(crate) fn values<'a>(&'a self, topic: &'a str) -> Option<Values<'a>> {
        let mut values = Vec::new();
        let mut parts = topic.split('/');
        for level in &self.levels {
            let Some(part) = parts.next() else {
                return matches!(level, Level::Rest).then_some(values);
            };
            match level {
                Level::Rest => return Some(values),
                Level::Any => {}
                Level::Plain(text) => {
                    if text != part {
                        return None;
                    }
                }
                Level::Pattern(pieces) => {
                    if !fits(pieces, part, &mut values) {
                        return None;
                    }
                }
            }
        }
        parts.next().is_none().then_some(values)
    }

    /// Orders addresses: those that say more come first, level by level.
    pub(crate) fn rank(&self) -> Vec<u8> {
        let rank = |level: &Level| match level {
            Level::Plain(_) => 0,
            Level::Pattern(pieces) if pieces.len() > 1 => 1,
            Level::Pattern(_) => 2,
            Level::Any => 3,
            Level::Rest => 4,
        };
        self.levels.iter().map(rank).collect()
    }
}

fn level(part: &str) -> Result<Level, String> {
    let mut pieces = Vec::new();
    let mut rest = part;
    while let Some((text, after)) = rest.split_once('{') {
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| format!("has {part:?}, in which a }} is missing"))?;
        if name.is_empty() || name.contains('{') {
            return Err(format!("has {part:?}, in which a parameter has no name"));
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        } else if matches!(pieces.last(), Some(Piece::Parameter(_))) {
            return Err(format!(
                "has {part:?}, in which nobody can tell one parameter from the next"
            ));
        }
        pieces.push(Piece::Parameter(name.to_owned()));
        rest = after;
    }
    if pieces.is_empty() {
        return Ok(Level::Plain(part.to_owned()));
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(Level::Pattern(pieces))
}

/// Whether a level consists of these; each parameter takes as little as it can, the last one what is left.
fn fits<'a>(pieces: &'a [Piece], part: &'a str, values: &mut Values<'a>) -> bool {
    let mut rest = part;
    for (number, piece) in pieces.iter().enumerate() {
        let name = match piece {
            Piece::Parameter(name) => name,
            Piece::Text(text) => match rest.strip_prefix(text.as_str()) {
                Some(after) => {
                    rest = after;
                    continue;
                }
                None => return false,
            },
        };
        let end = match &pieces[number + 1..] {
            [] => Some(rest.len()),
            [Piece::Text(text)] => rest.strip_suffix(text.as_str()).map(str::len),
            [Piece::Text(text), ..] => {
                let first = rest.chars().next().map_or(0, char::len_utf8);
                rest[first..].find(text.as_str()).map(|at| at + first)
            }
            [Piece::Parameter(_), ..] => None,
        };
        let Some(end) = end.filter(|end| *end > 0) else {
            return false;
        };
        values.push((name, &rest[..end]));
        rest = &rest[end..];
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(address: &str, topic: &str) -> Option<String> {
        let address = Address::read(address).unwrap();
        let values = address.values(topic)?;
        let values: Vec<String> = values
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        Some(values.join(" "))
    }

    #[test]
    fn a_parameter_stands_for_one_level_or_a_part_of_it() {
        for (address, topic, found) in [
            ("a/{x}/b", "a/7/b", Some("x=7")),
            ("a/{x}/b", "a/7/8/b", None),
            ("a/{x}/b", "a//b", None),
            ("a/{x}", "a", None),
            ("a/lamp-{x}.{y}/b", "a/lamp-7.on/b", Some("x=7 y=on")),
            ("{x}_s", "a_b_s", Some("x=a_b")),
            ("{x}-{y}", "a-b-c", Some("x=a y=b-c")),
            ("{x}-{y}", "é-b", Some("x=é y=b")),
            ("a/+/#", "a/b", Some("")),
            ("a/+/#", "a/b/c/d", Some("")),
            ("a", "a", Some("")),
            ("/a", "/a", Some("")),
            ("a", "b", None),
        ] {
            assert_eq!(values(address, topic).as_deref(), found, "{address} {topic}");
        }
        for (wrong, said) in [
            ("", "is empty"),
            ("a/{x", "a } is missing"),
            ("a/{}", "no name"),
            ("a/{x}{y}", "nobody can tell"),
            ("a/b+", "stand alone"),
            ("#/a", "stand alone"),
        ] {
            let found = Address::read(wrong).unwrap_err();
            assert!(found.contains(said), "{wrong}: {found}");
        }
    }

    #[test]
    fn what_says_more_comes_first() {
        let mut all = ["#", "a/{x}", "a/+", "a/b", "a/b{x}", "{x}/b"];
        all.sort_by_key(|address| Address::read(address).unwrap().rank());
        assert_eq!(all, ["a/b", "a/b{x}", "a/{x}", "a/+", "{x}/b", "#"]);
    }
}
