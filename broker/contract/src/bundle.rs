//! A schema with all that it refers to, as one value that stands for itself, and the line of each part of it.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value as Json};

use crate::files::{At, Files, reference};
use crate::node::{Node, Value};
use crate::pattern::Size;
use crate::place::{Place, Told, meant};

/// Keywords that have a schema, or a list of schemas.
pub(crate) const SCHEMAS: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords that have a schema for each of some names.
pub(crate) const NAMED_SCHEMAS: &[&str] = &[
    "dependencies",
    "dependentSchemas",
    "patternProperties",
    "properties",
];
/// Where schemas lie that others refer to.
const SHELVES: &[&str] = &["$defs", "definitions"];
/// All other keywords that have an effect, or that say something to people.
const PLAIN: &[&str] = &[
    "$comment",
    "$schema",
    "const",
    "contentEncoding",
    "contentMediaType",
    "default",
    "dependentRequired",
    "deprecated",
    "description",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "readOnly",
    "required",
    "title",
    "type",
    "uniqueItems",
    "writeOnly",
    "example",
];
/// Keywords that would change what `$ref` means. References are followed before the schema is compiled.
const NAMES_OF_SCHEMAS: &[&str] = &[
    "$id",
    "id",
    "$anchor",
    "$vocabulary",
    "$recursiveAnchor",
    "$dynamicAnchor",
];
/// What `type` can say.
const TYPES: &[&str] = &[
    "array", "boolean", "integer", "null", "number", "object", "string",
];
/// What `format` can say, and is checked.
const FORMATS: &[&str] = &[
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "idn-email",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];
/// References that depend on the way that led to them.
const DYNAMIC: &[&str] = &["$recursiveRef", "$dynamicRef"];

/// So many bytes each part of a schema takes, besides its JSON Pointer, which is kept more than once.
const SIZE_OF_PART: usize = 400;

/// A schema that refers to nothing but itself.
#[derive(Debug)]
pub(crate) struct Bundle {
    pub schema: Json,
    /// Where each part stands, by its JSON Pointer in `schema`.
    lines: HashMap<String, Place>,
    /// How large its regular expressions are.
    pub patterns: HashMap<String, Size>,
    /// What was passed over.
    pub notes: Vec<Told>,
}

impl Bundle {
    /// Makes one of the schema that stands here. `has_siblings` says whether what stands beside `$ref` holds, too, as in drafts
    /// from 2019-09 on.
    pub fn new(files: &Files, at: At<'_>, has_siblings: bool) -> Result<Self, Told> {
        let root = if has_siblings { at } else { files.resolve(at)? };
        let mut maker = Maker {
            files,
            has_siblings,
            lines: HashMap::new(),
            patterns: HashMap::new(),
            notes: Vec::new(),
            numbers: BTreeMap::new(),
            waiting: Vec::new(),
        };
        let mut schema = maker.schema(root, "")?;
        let mut definitions = Map::new();
        while let Some((number, at)) = maker.waiting.pop() {
            let made = maker.schema(at, &format!("/definitions/{number}"))?;
            definitions.insert(number.to_string(), made);
        }
        if let (Json::Object(members), false) = (&mut schema, definitions.is_empty()) {
            members.insert("definitions".to_owned(), Json::Object(definitions));
        }
        Ok(Self {
            schema,
            lines: maker.lines,
            patterns: maker.patterns,
            notes: maker.notes,
        })
    }

    /// Where this part of the schema stands, or what it is a part of.
    pub fn place(&self, pointer: &str) -> Option<&Place> {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.lines.get(pointer) {
                return Some(place);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }
}

struct Maker<'a> {
    files: &'a Files,
    has_siblings: bool,
    lines: HashMap<String, Place>,
    patterns: HashMap<String, Size>,
    notes: Vec<Told>,
    /// The number of each schema that something refers to, by its address.
    numbers: BTreeMap<*const Node, usize>,
    waiting: Vec<(usize, At<'a>)>,
}

impl<'a> Maker<'a> {
    fn schema(&mut self, at: At<'a>, pointer: &str) -> Result<Json, Told> {
        self.line(at, pointer.to_owned(), at.node.line)?;
        let mut made = Map::new();
        if let Some(reference) = reference(at.node) {
            let target = self
                .files
                .resolve(at.of(self.files.follow(at, reference).map(|_| at.node)?))?;
            let next = self.numbers.len();
            let number = *self
                .numbers
                .entry(std::ptr::from_ref(target.node))
                .or_insert_with(|| {
                    self.waiting.push((next, target));
                    next
                });
            made.insert("$ref".to_owned(), Json::String(format!("#/definitions/{number}")));
            if !self.has_siblings {
                return Ok(Json::Object(made));
            }
        }
        let members = match &at.node.value {
            Value::Map(members) => members,
            Value::Bool(yes) => return Ok(Json::Bool(*yes)),
            _ => {
                let what = format!("is {}; a schema is a map, or true or false", at.node.kind());
                return Err(self.files.told(at, what));
            }
        };
        for (key, value) in members {
            let name = key.text.as_str();
            if made.contains_key("$ref") && name == "$ref" {
                continue;
            }
            let value = at.of(value);
            let inner = format!("{pointer}/{}", escaped(name));
            self.line(at, inner.clone(), key.line)?;
            if SHELVES.contains(&name) || NAMES_OF_SCHEMAS.contains(&name) {
                continue;
            }
            let converted = if SCHEMAS.contains(&name) {
                self.one_or_more(value, &inner)?
            } else if NAMED_SCHEMAS.contains(&name) && value.node.is_map() {
                let mut named = Map::new();
                for (key, value) in value.node.members() {
                    let inner = format!("{inner}/{}", escaped(&key.text));
                    if name == "patternProperties" {
                        self.pattern(at.of(value), &key.text)?;
                    }
                    let made = self.one_or_more(at.of(value), &inner)?;
                    named.insert(key.text.clone(), made);
                }
                Json::Object(named)
            } else {
                self.plain(at, name, value, key.line)?;
                value.node.json()
            };
            made.insert(name.to_owned(), converted);
        }
        Ok(Json::Object(made))
    }

    /// A keyword without a schema in it.
    fn plain(&mut self, at: At<'a>, name: &str, value: At<'a>, line: usize) -> Result<(), Told> {
        self.note_unknown(at, name, line);
        match (name, value.node.text()) {
            ("pattern", Some(text)) => self.pattern(value, text)?,
            ("format", Some(text)) if !FORMATS.contains(&text) => {
                let near = meant(text, FORMATS.iter().copied());
                self.notes.push(Told {
                    place: self.files.place(at.file, line),
                    what: format!("the format `{text}` is not checked{near}"),
                });
            }
            ("type", text) => {
                let listed = value.node.elements().iter().filter_map(Node::text);
                if let Some(wrong) = text.into_iter().chain(listed).find(|one| !TYPES.contains(one)) {
                    let all = TYPES.join(", ");
                    let what = format!("`{wrong}` is not a type of JSON Schema; those are {all}");
                    return Err(self.files.told(value, what));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A schema, or a list of them; of `dependencies` also a list of names.
    fn one_or_more(&mut self, at: At<'a>, pointer: &str) -> Result<Json, Told> {
        let Value::List(list) = &at.node.value else {
            return self.schema(at, pointer);
        };
        let mut made = Vec::new();
        for (number, one) in list.iter().enumerate() {
            made.push(match &one.value {
                Value::Text(name) => Json::String(name.clone()),
                _ => self.schema(at.of(one), &format!("{pointer}/{number}"))?,
            });
        }
        Ok(Json::Array(made))
    }

    /// A regular expression stands here.
    fn pattern(&mut self, at: At<'_>, text: &str) -> Result<(), Told> {
        let size = self.patterns.entry(text.to_owned());
        let size = size.or_insert_with(|| Size::of(text));
        self.files.take_room(at, size.bytes())
    }

    /// The part with this JSON Pointer stands in this line.
    fn line(&mut self, at: At<'_>, pointer: String, line: usize) -> Result<(), Told> {
        self.files.take_room(at, pointer.len() + SIZE_OF_PART)?;
        self.lines.insert(pointer, self.files.place(at.file, line));
        Ok(())
    }

    fn note_unknown(&mut self, at: At<'_>, name: &str, line: usize) {
        let what = if DYNAMIC.contains(&name) {
            format!("`{name}` is not followed; write $ref")
        } else if PLAIN.contains(&name) || name.starts_with("x-") {
            return;
        } else if name == "discriminator" {
            "`discriminator` is not looked at; oneOf and anyOf are".to_owned()
        } else {
            let near = meant(name, SCHEMAS.iter().chain(NAMED_SCHEMAS).chain(PLAIN).copied());
            format!("`{name}` is not a keyword of JSON Schema, and is not checked{near}")
        };
        self.notes.push(Told {
            place: self.files.place(at.file, line),
            what,
        });
    }
}

/// A name as a part of a JSON Pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
