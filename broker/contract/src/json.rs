//! JSON as a [`Node`]. `serde_json` says whether it is right; the lines are counted here.

use serde_json::Value as Json;

use crate::node::{Key, MOST_MEMBERS, MOST_NODES, Node, Value};

/// Reads one value.
pub(crate) fn read(text: &str) -> Result<Node, (usize, String)> {
    if let Err(error) = serde_json::from_str::<Json>(text) {
        return Err((error.line().max(1), format!("is not JSON: {error}")));
    }
    let mut scan = Scan {
        text,
        at: 0,
        line: 1,
        nodes: 0,
        wrong: None,
    };
    let read = scan.value();
    read.ok_or_else(|| {
        let why = scan.wrong.take();
        (scan.line, why.unwrap_or_else(|| "is not JSON".to_owned()))
    })
}

/// Goes through a text that is known to be JSON.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    nodes: usize,
    /// Why it is not read to its end.
    wrong: Option<String>,
}

impl<'a> Scan<'a> {
    /// The next byte that is not white space.
    fn next(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            match byte {
                b'\n' => self.line += 1,
                b' ' | b'\t' | b'\r' => {}
                _ => return Some(byte),
            }
            self.at += 1;
        }
    }

    /// Whether the next byte is this one, which is passed over then.
    fn eats(&mut self, byte: u8) -> bool {
        let is_it = self.next() == Some(byte);
        self.at += usize::from(is_it);
        is_it
    }

    fn value(&mut self) -> Option<Node> {
        let first = self.next()?;
        let line = self.line;
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            self.wrong = Some(format!("is too much: a file has at most {MOST_NODES} values"));
            return None;
        }
        let value = match first {
            b'{' => {
                self.at += 1;
                let mut members: Vec<(Key, Node)> = Vec::new();
                while self.next()? != b'}' {
                    let line = self.line;
                    let text = self.text()?;
                    self.eats(b':');
                    let value = self.value()?;
                    self.eats(b',');
                    if members.len() >= MOST_MEMBERS {
                        self.wrong = Some(format!("is too much: a map has at most {MOST_MEMBERS} members"));
                        return None;
                    }
                    // As `serde_json` does it: the last one holds.
                    members.retain(|(key, _)| key.text != text);
                    members.push((Key { text, line }, value));
                }
                self.at += 1;
                Value::Map(members)
            }
            b'[' => {
                self.at += 1;
                let mut list = Vec::new();
                while self.next()? != b']' {
                    list.push(self.value()?);
                    self.eats(b',');
                }
                self.at += 1;
                Value::List(list)
            }
            b'"' => Value::Text(self.text()?),
            _ => match serde_json::from_str(self.word()).ok()? {
                Json::Bool(yes) => Value::Bool(yes),
                Json::Number(number) => Value::Number(number),
                _ => Value::Null,
            },
        };
        Some(Node { line, value })
    }

    fn text(&mut self) -> Option<String> {
        let rest = self.text.get(self.at..)?;
        let mut escaped = false;
        let end = rest.bytes().skip(1).position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })? + 2;
        self.at += end;
        serde_json::from_str(&rest[..end]).ok()
    }

    fn word(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.find(|one: char| ",]}".contains(one) || one.is_whitespace());
        let word = &rest[..end.unwrap_or(rest.len())];
        self.at += word.len();
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_serde_json_with_lines() {
        let text = "{\n  \"a\": [1, -2.5e3,\n true, null, \"x\\\"\\\\\", {}],\n\t\"b\": {\"c\": [], \"\\u00e9\": \"\\ud83d\\ude00\"}\n}";
        let node = read(text).unwrap();
        assert_eq!(node.json(), serde_json::from_str::<Json>(text).unwrap());
        assert_eq!(node.at("/a/2").unwrap().line, 3);
        assert_eq!(node.at("/b/c").unwrap().line, 4);
        for text in ["1", "\"\"", "[]", " {\"a\":{}} "] {
            assert_eq!(
                read(text).unwrap().json(),
                serde_json::from_str::<Json>(text).unwrap()
            );
        }
        let (line, what) = read("{\n\"a\": x}").unwrap_err();
        assert_eq!((line, what.starts_with("is not JSON: ")), (2, true));
    }
}
