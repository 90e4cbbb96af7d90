//! What words of the command line say: JSON, patterns, expectations, rules.
//!
//! `PUBLISH in topic=a/+ qos=1 payload~=^on` is a pattern; `name=slow client=lamp attributes.latency=100` a rule. Everywhere
//! JSON may stand in their place: `{…}`, `@FILE`, or `-` for stdin.

use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::pattern::Pattern;
use crate::plain_file;

/// How a word compares: what stands between name and value, and the comparison that it becomes. Longer ones first.
const COMPARISONS: [(&str, &str, &str); 6] = [
    ("!=", "not", "is another"),
    ("~=", "matches", "a regular expression finds something in it"),
    ("*=", "contains", "has this text in it"),
    (">=", "from", "is at least this number"),
    ("<=", "to", "is at most this number"),
    ("=", "", "is this"),
];

/// For the page: each comparison with its meaning.
pub(in crate::cli) fn comparisons() -> impl Iterator<Item = (&'static str, &'static str)> {
    COMPARISONS
        .iter()
        .rev()
        .map(|(sign, _, meaning)| (*sign, *meaning))
}

/// The types of packets, in small letters, are no events.
const PACKETS: [&str; 15] = [
    "CONNECT",
    "CONNACK",
    "PUBLISH",
    "PUBACK",
    "PUBREC",
    "PUBREL",
    "PUBCOMP",
    "SUBSCRIBE",
    "SUBACK",
    "UNSUBSCRIBE",
    "UNSUBACK",
    "PINGREQ",
    "PINGRESP",
    "DISCONNECT",
    "AUTH",
];

/// JSON where the words are JSON: `{…}`, `[…]`, `@FILE`, `-`.
pub(super) fn json(words: &[String]) -> Result<Option<Value>, String> {
    let [word] = words else { return Ok(None) };
    let (from, text) = if word == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|error| format!("stdin: {error}"))?;
        ("stdin", text)
    } else if let Some(path) = word.strip_prefix('@') {
        let text = plain_file::read_text(Path::new(path));
        (path, text.map_err(|error| format!("the file {path}: {error}"))?)
    } else if word.starts_with(['{', '[']) {
        ("the JSON", word.clone())
    } else {
        return Ok(None);
    };
    let value = serde_json::from_str(&text).map_err(|error| format!("{from} is no JSON: {error}"))?;
    Ok(Some(value))
}

/// A pattern.
pub(super) fn pattern(words: &[String]) -> Result<Value, String> {
    if let Some(json) = json(words)? {
        return Ok(json);
    }
    let mut pattern = Map::new();
    let mut pairs = Vec::new();
    for word in words {
        match &**word {
            "in" | "out" => put(&mut pattern, "direction", json!(word))?,
            "packet" | "event" => put(&mut pattern, "record", json!(word))?,
            _ => match split(word) {
                Some(("from" | "to", "=", client)) => {
                    let direction = if word.starts_with("from") { "in" } else { "out" };
                    put(&mut pattern, "direction", json!(direction))?;
                    put(&mut pattern, "client_id", json!(client))?;
                }
                Some(("of", "=", client)) => put(&mut pattern, "client_id", json!(client))?,
                Some(("json", "=", text)) => {
                    let subset: Value =
                        serde_json::from_str(text).map_err(|error| format!("{word} is no JSON: {error}"))?;
                    put(&mut pattern, "payload", json!({ "json_subset": subset }))?;
                }
                Some(pair) => pairs.push(pair),
                None => {
                    let (name, kinds) = kinds(word)?;
                    put(&mut pattern, name, kinds)?;
                }
            },
        }
    }
    // An event is not sent: it is of a client.
    if pattern.contains_key("event") {
        pattern.remove("direction");
    }
    for (path, sign, text) in pairs {
        let typed = compared(sign, value(text));
        // Whether a number or a text is meant, the field says: with the other no entry could fit.
        let fits = |value: Value| {
            let mut one = pattern.clone();
            set(&mut one, path, value).is_ok()
                && serde_json::from_value::<Pattern>(Value::Object(one)).is_ok()
        };
        let as_text = compared(sign, json!(text));
        let value = if !fits(typed.clone()) && fits(as_text.clone()) {
            as_text
        } else {
            typed
        };
        set(&mut pattern, path, value)?;
    }
    Ok(Value::Object(pattern))
}

/// A pattern of messages that clients publish, whose kind need not be said.
pub(super) fn message(words: &[String]) -> Result<Value, String> {
    let has_kind = |word: &String| word.eq_ignore_ascii_case("publish");
    let is_json = |word: &String| word == "-" || word.starts_with(['{', '@']);
    if words.iter().any(|word| has_kind(word) || is_json(word)) {
        return pattern(words);
    }
    let kind = ["PUBLISH", "in"].map(ToOwned::to_owned);
    pattern(&[&kind[..], words].concat())
}

/// Patterns one after the other, with the word `then` between them.
pub(super) fn steps(words: &[String]) -> Result<Vec<Value>, String> {
    words
        .split(|word| word == "then")
        .map(|words| {
            if words.is_empty() {
                return Err("there is no pattern before or behind a `then`".to_owned());
            }
            pattern(words)
        })
        .collect()
}

/// An object of any kind: `name=slow attributes.latency=100`.
pub(super) fn object(words: &[String]) -> Result<Value, String> {
    if let Some(json) = json(words)? {
        return Ok(json);
    }
    let mut object = Map::new();
    for word in words {
        let Some((path, "=", text)) = split(word) else {
            return Err(format!(
                "{word:?} is neither NAME=VALUE, with dots in NAME for what is inside something, nor JSON, @FILE or -"
            ));
        };
        set(&mut object, path, value(text))?;
    }
    Ok(Value::Object(object))
}

/// How often: `3`, `2..`, `..5`, `2..5`.
pub(super) fn count(text: &str) -> Result<Value, String> {
    let number = |text: &str| {
        text.parse::<usize>()
            .map_err(|_| format!("{text:?} is no number of times; expected 3, 2.., ..5 or 2..5"))
    };
    match text.split_once("..") {
        None => number(text).map(|times| json!(times)),
        Some((min, "")) => Ok(json!({ "min": number(min)? })),
        Some(("", max)) => Ok(json!({ "min": 0, "max": number(max)? })),
        Some((min, max)) => Ok(json!({ "min": number(min)?, "max": number(max)? })),
    }
}

/// `PUBLISH`, `PUBACK,PUBREC`, `connected`, `disconnected,refused`.
fn kinds(word: &str) -> Result<(&'static str, Value), String> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
    };
    if !word.split(',').all(is_name) {
        return Err(format!(
            "{word:?} is no part of a pattern; expected PUBLISH, the name of an event, in, out, from=CLIENT, to=CLIENT, \
             of=CLIENT, json={{…}} or FIELD=VALUE"
        ));
    }
    let packet = |name: &str| PACKETS.iter().find(|packet| packet.eq_ignore_ascii_case(name));
    // One that is neither is named in the broker's answer, with the nearest.
    let is_packet = |name: &str| packet(name).is_some() || name.bytes().all(|byte| byte.is_ascii_uppercase());
    let (key, names): (_, Vec<&str>) = if word.split(',').all(is_packet) {
        let names = word.split(',').map(|name| packet(name).copied().unwrap_or(name));
        ("packet", names.collect())
    } else {
        ("event", word.split(',').collect())
    };
    Ok((
        key,
        match &names[..] {
            [name] => json!(name),
            names => json!(names),
        },
    ))
}

/// `NAME`, `=`, `VALUE`.
fn split(word: &str) -> Option<(&str, &'static str, &str)> {
    let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')))?;
    let (name, rest) = word.split_at(end);
    let (sign, value) = COMPARISONS
        .iter()
        .find_map(|(sign, ..)| Some((*sign, rest.strip_prefix(sign)?)))?;
    (!name.is_empty()).then_some((name, sign, value))
}

/// JSON where it is a number, `true`, `false`, `null`, or in brackets or quotes; else a text.
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

fn compared(sign: &str, value: Value) -> Value {
    let comparison = COMPARISONS.iter().find(|(known, ..)| *known == sign);
    match comparison {
        Some((_, name, _)) if !name.is_empty() => json!({ *name: value }),
        _ => value,
    }
}

fn put(map: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), String> {
    match map.insert(name.to_owned(), value.clone()) {
        Some(before) if before != value => Err(format!("`{name}` is said twice: {before} and {value}")),
        _ => Ok(()),
    }
}

/// Puts a value at a path with dots. Comparisons of one field, such as `>=` and `<=`, go together.
fn set(map: &mut Map<String, Value>, path: &str, value: Value) -> Result<(), String> {
    if let Some((first, rest)) = path.split_once('.') {
        let inner = map.entry(first).or_insert_with(|| json!({}));
        return match inner {
            Value::Object(inner) => set(inner, rest, value),
            other => Err(format!("`{first}` is said twice: {other} and `{path}`")),
        };
    }
    match (map.get_mut(path), value) {
        (Some(Value::Object(before)), Value::Object(more)) => more
            .into_iter()
            .try_for_each(|(name, value)| put(before, &name, value)),
        (_, value) => put(map, path, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(ToOwned::to_owned).collect()
    }

    #[test]
    fn words_are_a_pattern_and_the_field_says_whether_a_number_or_a_text_is_meant() {
        for (said, meant) in [
            ("PUBLISH", json!({"packet": "PUBLISH"})),
            ("publish in", json!({"packet": "PUBLISH", "direction": "in"})),
            ("PUBACK,PUBREC", json!({"packet": ["PUBACK", "PUBREC"]})),
            (
                "disconnected client_id=42",
                json!({"event": "disconnected", "client_id": "42"}),
            ),
            (
                "PUBLISH payload=42 qos=1",
                json!({"packet": "PUBLISH", "payload": "42", "qos": 1}),
            ),
            (
                "PUBLISH from=lamp",
                json!({"packet": "PUBLISH", "direction": "in", "client_id": "lamp"}),
            ),
            (
                "PUBLISH to=7",
                json!({"packet": "PUBLISH", "direction": "out", "client_id": "7"}),
            ),
            (
                "disconnected of=7",
                json!({"event": "disconnected", "client_id": "7"}),
            ),
            (
                "PUBLISH json={\"on\":true}",
                json!({"packet": "PUBLISH", "payload": {"json_subset": {"on": true}}}),
            ),
            (
                "CONNECT user_name=null",
                json!({"packet": "CONNECT", "user_name": null}),
            ),
            (
                "CONNECT keep_alive>=1 keep_alive<=60",
                json!({"packet": "CONNECT", "keep_alive": {"from": 1, "to": 60}}),
            ),
            (
                "PUBLISH payload~=^o.$",
                json!({"packet": "PUBLISH", "payload": {"matches": "^o.$"}}),
            ),
            (
                "PUBLISH payload*=n=1",
                json!({"packet": "PUBLISH", "payload": {"contains": "n=1"}}),
            ),
            (
                "PUBLISH payload*=1",
                json!({"packet": "PUBLISH", "payload": {"contains": "1"}}),
            ),
            ("PUBLISH qos!=0", json!({"packet": "PUBLISH", "qos": {"not": 0}})),
            (
                "PUBLISH properties.content_type=text/plain",
                json!({"packet": "PUBLISH", "properties": {"content_type": "text/plain"}}),
            ),
            (r#"{"packet":"PUBLISH"}"#, json!({"packet": "PUBLISH"})),
            // The broker says what is wrong with these.
            ("PUBLSH", json!({"packet": "PUBLSH"})),
            ("PUBLISH topc=a", json!({"packet": "PUBLISH", "topc": "a"})),
        ] {
            assert_eq!(pattern(&words(said)), Ok(meant), "{said}");
        }
        for (said, what) in [
            ("PUBLISH in out", "`direction` is said twice"),
            ("PUBLISH a/b", "\"a/b\" is no part of a pattern"),
            ("{", "the JSON is no JSON: EOF"),
            ("PUBLISH then", "there is no pattern before or behind"),
        ] {
            let error = steps(&words(said)).expect_err(said);
            assert!(error.starts_with(what), "{said}: {error}");
        }
        assert_eq!(
            steps(&words("CONNECT then PUBLISH")).map(|steps| steps.len()),
            Ok(2)
        );
    }

    #[test]
    fn the_names_of_packets_are_those_of_the_wire() {
        for name in PACKETS {
            let pattern = serde_json::from_value::<Pattern>(json!({ "packet": name }));
            assert!(pattern.is_ok(), "{name}");
        }
    }

    #[test]
    fn words_are_an_object() {
        assert_eq!(
            object(&words(
                "name=slow client=lamp type=latency attributes.latency=100"
            )),
            Ok(json!({"name": "slow", "client": "lamp", "type": "latency", "attributes": {"latency": 100}}))
        );
        assert_eq!(object(&words(r#"name="7""#)), Ok(json!({"name": "7"})));
        assert!(object(&words("slow")).is_err() && object(&words("a=1 a.b=2")).is_err());
    }

    #[test]
    fn counts_are_numbers_and_ranges() {
        assert_eq!(count("3"), Ok(json!(3)));
        assert_eq!(count("2.."), Ok(json!({"min": 2})));
        assert_eq!(count("..5"), Ok(json!({"min": 0, "max": 5})));
        assert_eq!(count("2..5"), Ok(json!({"min": 2, "max": 5})));
        assert!(count("some").is_err() && count("..").is_err());
    }
}
