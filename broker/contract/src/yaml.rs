//! YAML 1.2 as a [`Node`], with the core schema: `on` and `yes` are texts, `true` is not.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::Number;

use crate::node::{BYTES_A_NODE, DEEPEST, Key, MOST_MEMBERS, MOST_NODES, Node, Value};

/// A line, and what is wrong there.
type Wrong = (usize, String);

/// A list or map that is not complete.
struct Open {
    line: usize,
    anchor: usize,
    what: Part,
    nodes: usize,
}

enum Part {
    List(Vec<Node>),
    Map(Vec<(Key, Node)>, Option<Key>),
}

/// Reads one document.
pub(crate) fn read(text: &str) -> Result<Node, Wrong> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let what = format!("is not YAML: {}", error.info());
            (error.marker().line().max(1), what)
        })?;
        reader.event(event, span.start.line().max(1))?;
    }
    reader.root.ok_or_else(|| (1, "is empty".to_owned()))
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    root: Option<Node>,
    /// What an anchor stands for, and how many values it has.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

impl Reader {
    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), Wrong> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                Err((line, "begins a second document; a file has one".to_owned()))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                if let Some(Open {
                    what: Part::Map(_, key @ None),
                    nodes,
                    ..
                }) = self.open.last_mut()
                {
                    let text = text.into_owned();
                    let more = text.len() / BYTES_A_NODE;
                    *key = Some(Key { text, line });
                    *nodes += more;
                    return self.count(line, more);
                }
                let value = scalar(&text, plain, tag.as_deref());
                let nodes = 1 + text.len() / BYTES_A_NODE;
                self.count(line, nodes)?;
                self.done(Node { line, value }, anchor, nodes)
            }
            Event::Alias(id) => {
                let Some((_, nodes)) = self.anchors.get(&id) else {
                    return Err((line, "is an alias of what it is a part of".to_owned()));
                };
                let nodes = *nodes;
                self.count(line, nodes)?;
                let node = self.anchors[&id].0.clone();
                self.done(node, 0, nodes)
            }
            Event::SequenceStart(anchor, _) => self.begin(line, anchor, Part::List(Vec::new())),
            Event::MappingStart(anchor, _) => self.begin(line, anchor, Part::Map(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else {
                    return Ok(());
                };
                let value = match open.what {
                    Part::List(list) => Value::List(list),
                    Part::Map(members, _) => Value::Map(merged(members)?),
                };
                let node = Node {
                    line: open.line,
                    value,
                };
                self.done(node, open.anchor, open.nodes + 1)
            }
            _ => Ok(()),
        }
    }

    /// So many more values there are, those behind aliases counted each time, and so are those that an alias may name.
    fn count(&mut self, line: usize, nodes: usize) -> Result<(), Wrong> {
        self.nodes += nodes;
        if self.nodes > MOST_NODES {
            let what = format!(
                "is too much: a file has at most {MOST_NODES} values, of which a long text counts as several"
            );
            return Err((line, what));
        }
        Ok(())
    }

    fn begin(&mut self, line: usize, anchor: usize, what: Part) -> Result<(), Wrong> {
        if self.open.len() >= DEEPEST {
            return Err((line, format!("lies more than {DEEPEST} levels deep")));
        }
        if let Some(Open {
            what: Part::Map(_, None),
            ..
        }) = self.open.last()
        {
            return Err((line, "is a list or a map as a key; a key is a text".to_owned()));
        }
        self.count(line, 1)?;
        self.open.push(Open {
            line,
            anchor,
            what,
            nodes: 0,
        });
        Ok(())
    }

    /// A value is complete: it goes where it belongs.
    fn done(&mut self, node: Node, anchor: usize, nodes: usize) -> Result<(), Wrong> {
        let line = node.line;
        if anchor != 0 {
            self.count(line, nodes)?;
            self.anchors.insert(anchor, (node.clone(), nodes));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.nodes += nodes;
        match &mut open.what {
            Part::List(list) => list.push(node),
            Part::Map(members, key) => {
                let Some(key) = key.take() else {
                    return Err((line, "is an alias as a key; a key is a text".to_owned()));
                };
                if members.len() >= MOST_MEMBERS {
                    return Err((
                        line,
                        format!("is too much: a map has at most {MOST_MEMBERS} members"),
                    ));
                }
                if let Some((first, _)) = members.iter().find(|(one, _)| one.text == key.text) {
                    let what = format!(
                        "has `{}` a second time; it stands in line {}, too",
                        key.text, first.line
                    );
                    return Err((key.line, what));
                }
                members.push((key, node));
            }
        }
        Ok(())
    }
}

/// The members, with those of the maps that `<<` names and that are not given here.
fn merged(mut members: Vec<(Key, Node)>) -> Result<Vec<(Key, Node)>, Wrong> {
    let Some(place) = members.iter().position(|(key, _)| key.text == "<<") else {
        return Ok(members);
    };
    let (key, from) = members.remove(place);
    let maps = match from.value {
        Value::List(list) => list,
        _ => vec![from],
    };
    for map in maps {
        let Value::Map(more) = map.value else {
            return Err((key.line, "`<<` takes a map, or a list of maps".to_owned()));
        };
        if members.len() + more.len() > MOST_MEMBERS {
            return Err((
                key.line,
                format!("is too much: a map has at most {MOST_MEMBERS} members"),
            ));
        }
        for (key, value) in more {
            if !members.iter().any(|(one, _)| one.text == key.text) {
                members.push((key, value));
            }
        }
    }
    Ok(members)
}

/// What a scalar means.
fn scalar(text: &str, plain: bool, tag: Option<&Tag>) -> Value {
    let is_text = || Value::Text(text.to_owned());
    match tag {
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => return is_text(),
        None if !plain => return is_text(),
        _ => {}
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    number(text).map_or_else(is_text, Value::Number)
}

fn number(text: &str) -> Option<Number> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(Number::from);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok().map(Number::from);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        || !digits.contains(|one: char| one.is_ascii_digit())
        || digits.contains(|one: char| !(one.is_ascii_digit() || "eE.+-".contains(one)))
    {
        return None;
    }
    let plain = text.strip_prefix('+').unwrap_or(text);
    let whole = plain.parse::<i64>().map(Number::from).ok();
    let whole = whole.or_else(|| plain.parse::<u64>().map(Number::from).ok());
    whole.or_else(|| plain.parse::<f64>().ok().and_then(Number::from_f64))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_those_of_the_core_schema() {
        let text = "a: 1\nb: [-2.5, 'x', \"\\n\", on, ~, 0x1f]\nc:\n  d: true\n  e: !!str 7\n  f: 1.0.0\n  g: 2026-01-01\n200: {}\n";
        let node = read(text).unwrap();
        let want = json!({"a": 1, "b": [-2.5, "x", "\n", "on", null, 31],
            "c": {"d": true, "e": "7", "f": "1.0.0", "g": "2026-01-01"}, "200": {}});
        assert_eq!(node.json(), want);
        assert_eq!(node.at("/c/f").unwrap().line, 6);
        assert_eq!(node.at("/b/3").unwrap().line, 2);
    }

    #[test]
    fn aliases_and_merges_are_followed_and_bounded() {
        let node = read("x: &x {a: 1, b: 2}\ny: *x\nz:\n  <<: *x\n  b: 3\n").unwrap();
        assert_eq!(
            node.json(),
            json!({"x": {"a": 1, "b": 2}, "y": {"a": 1, "b": 2}, "z": {"b": 3, "a": 1}})
        );
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let before = format!("*a{}", level - 1);
            let all = [before.as_str(); 10].join(", ");
            writeln!(bomb, "a{level}: &a{level} [{all}]").unwrap();
        }
        let (line, what) = read(&bomb).unwrap_err();
        assert!(line < 7 && what.contains("is too much"), "{line}: {what}");
        assert!(read("a: &a [*a]\n").unwrap_err().1.contains("alias"));
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert!(read(&deep).is_err());
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        for (text, line, what) in [
            (
                "a: 1\nb: 2\na: 3\n",
                3,
                "has `a` a second time; it stands in line 1, too",
            ),
            ("a: 1\n b: 2\n", 2, "is not YAML"),
            ("a: 'x\n", 1, "is not YAML"),
            ("", 1, "is empty"),
            ("a: 1\n---\nb: 2\n", 2, "a second document"),
            ("a: 1\n[b]: 2\n", 2, "a key is a text"),
        ] {
            let (at, found) = read(text).unwrap_err();
            assert!(found.contains(what), "{text:?}: {at} {found}");
            assert_eq!(at, line, "{text:?}: {found}");
        }
    }
}
