//! [`Word`]: a word of the filter. In quotes a client or a topic is exact, and may hold spaces.

use super::row::{Kind, Row, titles};
use crate::journal::EVENTS;
use crate::topic::{matches, validate_filter};
use crate::wire::PacketType;

const KEYS: [&str; 5] = ["client", "topic", "type", "id", "text"];

#[derive(Debug)]
pub(super) enum Word {
    Client(String),
    ClientIs(String),
    Id(String),
    Types(Vec<String>),
    Topic(String),
    TopicIs(String),
    TopicPart(String),
    Text(String),
}

/// A value in quotes: a quote in it is written twice.
pub(super) fn exact(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The words of a query.
pub(super) fn words(query: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = query.trim_start();
    while !rest.is_empty() {
        let quoted = KEYS
            .iter()
            .find_map(|key| Some((*key, rest.strip_prefix(key)?.strip_prefix(":\"")?)));
        if let Some((key, text)) = quoted {
            let (value, behind) = in_quotes(text);
            words.extend(Word::quoted(key, value, behind.is_some()));
            rest = behind.unwrap_or_default();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            words.extend(Word::of(word));
            rest = behind;
        }
        rest = rest.trim_start();
    }
    words
}

/// The text up to the quote that ends it, and what stands behind that. `None` where there is none yet.
fn in_quotes(text: &str) -> (String, Option<&str>) {
    let mut value = String::new();
    let mut rest = text;
    while let Some((part, behind)) = rest.split_once('"') {
        value.push_str(part);
        let Some(more) = behind.strip_prefix('"') else {
            return (value, Some(behind));
        };
        value.push('"');
        rest = more;
    }
    value.push_str(rest);
    (value, None)
}

impl Word {
    fn of(word: &str) -> Option<Self> {
        match word.split_once(':') {
            Some((key, value)) if KEYS.contains(&key) => Self::keyed(key, value),
            _ => Some(Self::Text(word.to_lowercase())),
        }
    }

    fn keyed(key: &str, value: &str) -> Option<Self> {
        if value.is_empty() {
            return None;
        }
        let low = value.to_lowercase();
        Some(match key {
            "client" => Self::Client(low),
            "id" => Self::Id(value.to_owned()),
            "type" => Self::Types(
                low.split(',')
                    .filter(|one| !one.is_empty())
                    .map(str::to_owned)
                    .collect(),
            ),
            // A topic is as it is written; other words are found in either case.
            "topic" => Self::Topic(value.to_owned()),
            _ => Self::Text(low),
        })
    }

    /// While its end is being typed it fits what has this in it.
    fn quoted(key: &str, value: String, is_closed: bool) -> Option<Self> {
        match (key, is_closed) {
            ("client", true) => Some(Self::ClientIs(value)),
            ("topic", true) => Some(Self::TopicIs(value)),
            ("topic", false) if !value.is_empty() => Some(Self::TopicPart(value)),
            _ => Self::keyed(key, &value),
        }
    }

    pub fn fits(&self, row: &Row) -> bool {
        let topic = row.topic.as_deref();
        match self {
            Self::Client(_) | Self::ClientIs(_) => self.asks(&row.who) == Some(true),
            Self::Id(number) => row.id > 0 && row.id.to_string() == *number,
            Self::Types(types) => {
                let (word, shown) = (type_of(row.kind), row.title().to_lowercase());
                types
                    .iter()
                    .any(|one| word.starts_with(one) || shown.starts_with(one))
            }
            Self::Topic(filter) => topic.is_some_and(|topic| matches(filter, topic)),
            Self::TopicIs(name) => topic == Some(name),
            Self::TopicPart(part) => topic.is_some_and(|topic| topic.contains(part)),
            Self::Text(part) => {
                let topic = topic.unwrap_or_default();
                let tags: Vec<_> = row.tags().into_iter().map(|(text, _)| text).collect();
                let (word, shown, marks) = (type_of(row.kind), row.title(), tags.join(" "));
                let all = format!("{} {word} {shown} {topic} {} {marks}", row.who, row.text);
                all.to_lowercase().contains(part)
            }
        }
    }

    /// Whether it asks for this client; `None` where it asks for none.
    pub fn asks(&self, name: &str) -> Option<bool> {
        match self {
            Self::Client(part) => Some(name.to_lowercase().contains(part)),
            Self::ClientIs(one) => Some(one == name),
            _ => None,
        }
    }

    /// What is wrong with it where no row can fit, and what would be right.
    pub fn wrong(&self) -> Option<String> {
        match self {
            Self::Id(number) if number.parse().is_ok_and(|id: u16| id > 0) => None,
            Self::Id(number) => Some(format!(
                "id:{number} is no Packet Identifier: it is a number from 1 to 65535, such as id:7."
            )),
            Self::Types(types) => {
                let unknown = types.iter().find(|one| !is_type(one))?;
                Some(format!(
                    "type:{unknown} is no type: right are packets, such as type:publish or type:puback,pubrec, \
                     and events, such as type:dropped."
                ))
            }
            Self::Topic(filter) => {
                let wrong = validate_filter(filter).err()?;
                Some(format!(
                    "topic:{filter} is no topic filter: {wrong}. Right is, for example, topic:home/+/state."
                ))
            }
            _ => None,
        }
    }
}

fn type_of(kind: Kind) -> String {
    kind.word().to_lowercase()
}

/// Whether a packet or an event begins like this.
fn is_type(word: &str) -> bool {
    let packets = (1..16).filter_map(|number: u8| PacketType::from_first_byte(number << 4));
    let kinds = packets.map(Kind::Packet).chain([Kind::Malformed]);
    kinds
        .chain(EVENTS.iter().map(|event| Kind::Event(event.word)))
        .map(type_of)
        .chain(titles().map(|title| title.to_lowercase()))
        .any(|kind| kind.starts_with(word))
}
