//! [`Files`]: a document with the files beside it, and what a `$ref` leads to.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::node::{Node, Value};
use crate::place::{Place, Told};
use crate::{json, yaml};

/// So many files may a document consist of.
const MOST_FILES: usize = 64;
/// So long may one be.
const LONGEST_FILE: usize = 4 * 1024 * 1024;
/// So many bytes may all schemas take that are made of a document. A schema to which several refer is made for each of them.
const MOST_ROOM: usize = 256 << 20;
/// So many references may follow each other.
const LONGEST_CHAIN: usize = 32;

/// Reads a file by its path from the folder of the document; an error says why it cannot.
pub type Read<'a> = &'a mut dyn FnMut(&str) -> Result<String, String>;

/// The files of a document, all read.
#[derive(Debug)]
pub struct Files {
    all: Vec<File>,
    /// Those that could not be read, and why.
    unread: HashMap<String, String>,
    /// The bytes that are left for schemas.
    room: Cell<usize>,
}

#[derive(Debug)]
struct File {
    name: Arc<str>,
    root: Node,
}

/// A value in one of the files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub file: usize,
    pub node: &'a Node,
}

impl<'a> At<'a> {
    /// A part of it.
    pub fn of(self, node: &'a Node) -> Self {
        Self {
            file: self.file,
            node,
        }
    }
}

impl Files {
    /// Reads `main`, and all files that it refers to.
    ///
    /// # Errors
    /// `main` cannot be read, or a file is not what its ending says.
    pub fn read(main: &str, read: Read<'_>) -> Result<Self, Vec<Told>> {
        let mut files = Self {
            all: Vec::new(),
            unread: HashMap::new(),
            room: Cell::new(MOST_ROOM),
        };
        let mut wrong = Vec::new();
        let mut waiting = vec![main.to_owned()];
        while let Some(name) = waiting.pop() {
            if files.find(&name).is_some() || files.unread.contains_key(&name) {
                continue;
            }
            if files.all.len() >= MOST_FILES {
                let why = format!("a document has at most {MOST_FILES} files");
                files.unread.insert(name, why);
                continue;
            }
            let is_main = files.all.is_empty();
            let text = read(&name).and_then(|text| {
                if text.len() <= LONGEST_FILE {
                    return Ok(text);
                }
                Err(format!(
                    "it has {} bytes; at most {LONGEST_FILE} are read",
                    text.len()
                ))
            });
            match text {
                Ok(text) => match parse(&name, &text) {
                    Ok(root) => {
                        named_files(&name, &root, &mut waiting);
                        files.all.push(File {
                            name: name.as_str().into(),
                            root,
                        });
                    }
                    Err((line, what)) => {
                        let place = Place {
                            file: name.as_str().into(),
                            line,
                        };
                        wrong.push(Told { place, what });
                        if is_main {
                            return Err(wrong);
                        }
                        files.unread.insert(name, "it is not right".to_owned());
                    }
                },
                Err(why) if is_main => {
                    let place = Place {
                        file: name.as_str().into(),
                        line: 1,
                    };
                    return Err(vec![Told {
                        place,
                        what: format!("cannot be read: {why}"),
                    }]);
                }
                Err(why) => {
                    files.unread.insert(name, why);
                }
            }
        }
        if wrong.is_empty() { Ok(files) } else { Err(wrong) }
    }

    /// The whole document.
    pub(crate) fn root(&self) -> At<'_> {
        At {
            file: 0,
            node: &self.all[0].root,
        }
    }

    /// How many files it consists of.
    #[allow(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|file| &*file.name == name)
    }

    /// The place of a line.
    pub(crate) fn place(&self, file: usize, line: usize) -> Place {
        Place {
            file: Arc::clone(&self.all[file].name),
            line,
        }
    }

    /// What is said of a value.
    pub(crate) fn told(&self, at: At<'_>, what: impl Into<String>) -> Told {
        Told {
            place: self.place(at.file, at.node.line),
            what: what.into(),
        }
    }

    /// Takes room for what is made of the value here.
    pub(crate) fn take_room(&self, at: At<'_>, bytes: usize) -> Result<(), Told> {
        let left = self.room.get().checked_sub(bytes);
        self.room.set(left.unwrap_or(0));
        left.map(drop).ok_or_else(|| {
            let most = MOST_ROOM >> 20;
            self.told(
                at,
                format!("is too much: all schemas of a document together, each counted where it is used, take at most {most} MiB"),
            )
        })
    }

    /// What this stands for: itself, or what its `$ref` leads to in the end.
    pub(crate) fn resolve<'a>(&'a self, at: At<'a>) -> Result<At<'a>, Told> {
        let mut here = at;
        let mut seen: Vec<&str> = Vec::new();
        while let Some(reference) = reference(here.node) {
            if seen.len() >= LONGEST_CHAIN || seen.contains(&reference) {
                seen.push(reference);
                let what = format!("`$ref` leads to itself: {}", seen.join(" → "));
                return Err(self.told(at, what));
            }
            seen.push(reference);
            here = self.follow(here, reference)?;
        }
        Ok(here)
    }

    /// What a reference that stands here leads to.
    pub(crate) fn follow<'a>(&'a self, from: At<'a>, reference: &str) -> Result<At<'a>, Told> {
        let fail = |what: String| Err(self.told(from, format!("`$ref: {reference}` {what}")));
        let (name, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let file = if name.is_empty() {
            from.file
        } else {
            match joined(&self.all[from.file].name, name) {
                Err(why) => return fail(why.to_owned()),
                Ok(name) => match (self.find(&name), self.unread.get(&name)) {
                    (Some(file), _) => file,
                    (None, Some(why)) => return fail(format!("cannot be read: {why}")),
                    (None, None) => return fail("cannot be read".to_owned()),
                },
            }
        };
        let root = &self.all[file].root;
        if !(pointer.is_empty() || pointer.starts_with('/')) {
            return fail("names an anchor; write a path, such as #/components/schemas/lamp".to_owned());
        }
        let pointer = decoded(pointer);
        if let Some(node) = root.at(&pointer) {
            return Ok(At { file, node });
        }
        // What was meant lies beside it.
        let (above, last) = pointer.rsplit_once('/').unwrap_or(("", &pointer));
        let names = root.at(above).map(Node::members).unwrap_or_default();
        let near = crate::place::meant(last, names.iter().map(|(key, _)| key.text.as_str()));
        fail(format!("leads nowhere{near}"))
    }
}

/// The text of `$ref`, where that is what a value consists of.
pub(crate) fn reference(node: &Node) -> Option<&str> {
    node.get("$ref").and_then(Node::text)
}

/// The name that a reference ends with: what it leads to is called so.
pub(crate) fn referred(node: &Node) -> Option<&str> {
    reference(node)?.rsplit('/').next()
}

fn parse(name: &str, text: &str) -> Result<Node, (usize, String)> {
    let is_json = name
        .rsplit('.')
        .next()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    // A text that came by itself has no ending.
    if is_json
        || text.trim_start().starts_with('{') && serde_json::from_str::<serde_json::Value>(text).is_ok()
    {
        json::read(text)
    } else {
        yaml::read(text)
    }
}

/// The files that are named in references of this one.
fn named_files(own: &str, node: &Node, found: &mut Vec<String>) {
    if let Some(reference) = reference(node) {
        let name = reference.split('#').next().unwrap_or_default();
        if !name.is_empty()
            && let Ok(name) = joined(own, name)
        {
            found.push(name);
        }
    }
    match &node.value {
        Value::List(list) => list.iter().for_each(|node| named_files(own, node, found)),
        Value::Map(members) => members.iter().for_each(|(_, node)| named_files(own, node, found)),
        _ => {}
    }
}

/// A path that stands in the file `own`, from the folder of the document.
fn joined(own: &str, path: &str) -> Result<String, &'static str> {
    if path.contains("://") || path.starts_with("//") {
        return Err("is on the network; only files beside the document are read");
    }
    if path.starts_with('/') || path.contains('\\') || path.get(1..2) == Some(":") {
        return Err("is not a path from the folder of its file");
    }
    let path = decoded(path);
    let mut parts: Vec<&str> = own.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Err("leads out of the folder of the document");
                }
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// The text that `%20` and the like stand for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match code.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(all: &[(&str, &str)]) -> Result<Files, Vec<Told>> {
        Files::read(all[0].0, &mut |name| {
            let found = all.iter().find(|(one, _)| *one == name);
            found
                .map(|(_, text)| (*text).to_owned())
                .ok_or_else(|| "no such file".to_owned())
        })
    }

    fn leads(all: &[(&str, &str)]) -> String {
        let files = files(all).unwrap();
        let root = files.root();
        match files.resolve(root.of(root.node.get("a").unwrap())) {
            Ok(found) => format!(
                "{} {}",
                files.place(found.file, found.node.line),
                found.node.json()
            ),
            Err(told) => told.to_string(),
        }
    }

    #[test]
    fn a_reference_leads_into_its_file_and_those_beside_it() {
        let deeper = ("sub/x.yaml", "b:\n  $ref: ../y.json#/c~1d/0\n");
        let found = leads(&[
            ("m.yaml", "a:\n  $ref: './sub/x.yaml#/b'\n"),
            deeper,
            ("y.json", "{\n\"c/d\": [\n7]}"),
        ]);
        assert_eq!(found, "y.json:3 7");
        assert_eq!(
            leads(&[("m.yaml", "a: {$ref: '#/b%20c'}\nb c: 1\n")]),
            "m.yaml:2 1"
        );
        assert_eq!(leads(&[("m.yaml", "a: 1\n")]), "m.yaml:1 1");
    }

    #[test]
    fn a_reference_that_leads_nowhere_says_so() {
        for (reference, said) in [
            ("#/lammp", "leads nowhere; did you mean `lamp`?"),
            ("https://example.com/x.yaml#/a", "is on the network"),
            ("//example.com/x.yaml", "is on the network"),
            ("../x.yaml", "leads out of the folder"),
            ("sub/../../x.yaml", "leads out of the folder"),
            ("%2e%2e/x.yaml", "leads out of the folder"),
            ("/etc/passwd", "is not a path from the folder"),
            ("x.yaml", "cannot be read: no such file"),
            ("#lamp", "names an anchor"),
            ("#/a", "leads to itself: #/a → #/a"),
        ] {
            let found = leads(&[("m.yaml", &format!("lamp: 1\na:\n  $ref: '{reference}'\n"))]);
            assert!(
                found.starts_with("m.yaml:3: ") && found.contains(said),
                "{reference}: {found}"
            );
        }
        let wrong = files(&[("m.yaml", "a: {$ref: x.json}\n"), ("x.json", "{\n,}")]).unwrap_err();
        assert!(
            wrong[0].to_string().starts_with("x.json:2: is not JSON"),
            "{wrong:?}"
        );
    }
}
