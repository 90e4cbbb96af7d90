//! [`Effort`]: how much work it is to hold a value against a schema, known before it is done.
//!
//! A schema of a few lines can ask for more work than a machine will ever do: schemas that each try two others, 28 times over
//! each other. So what leads from a value to itself is bounded when the schema is read, and the rest for each value.

use std::cell::Cell;
use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use crate::bundle::{Bundle, NAMED_SCHEMAS, SCHEMAS, escaped};
use crate::pattern::Size;

/// So many steps may all checks of one message take; each is well below a microsecond.
const MOST_STEPS: u64 = 10_000_000;
/// So many schemas may be held against one and the same value.
const MOST_IN_PLACE: u64 = 10_000;
/// So deep may schemas lie in each other: for one value, and from the value as a whole to the innermost.
const DEEPEST_IN_PLACE: usize = 100;
const DEEPEST: usize = 400;
/// So often is what lies beside `unevaluated…` looked at: once for itself, and again to know what of a value it covers.
const BESIDE_UNEVALUATED: u64 = 4;
/// So many bytes of a text count as one step; a pattern makes several of each.
const BYTES_A_STEP: usize = 64;

/// The work that is left for one message.
#[derive(Debug)]
pub(crate) struct Budget(Cell<u64>);

impl Default for Budget {
    fn default() -> Self {
        Self(Cell::new(MOST_STEPS))
    }
}

/// A value would take too much work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMuch;

impl Budget {
    /// The steps that were taken.
    pub fn taken(&self) -> u64 {
        MOST_STEPS.saturating_sub(self.0.get())
    }

    fn spend(&self, steps: u64) -> Result<(), TooMuch> {
        let left = self.0.get().checked_sub(steps);
        self.0.set(left.unwrap_or(0));
        left.map(drop).ok_or(TooMuch)
    }
}

/// The parts of a schema, each with what it asks for.
#[derive(Debug)]
pub(crate) struct Effort {
    parts: Vec<Part>,
}

/// A schema in the schema.
#[derive(Debug, Default)]
struct Part {
    /// Its JSON Pointer.
    pointer: String,
    /// What it takes by itself, and how many flaws it can have.
    steps: u64,
    flaws: u64,
    /// What a text takes; and the name of a member.
    of_text: u64,
    of_name: u64,
    /// Schemas for the same value, and how often they are looked at.
    in_place: Vec<usize>,
    times: u64,
    /// Whether they are alternatives: then it is first asked whether one is kept, and then what is wrong by each.
    has_choices: bool,
    properties: HashMap<String, usize>,
    /// Schemas for each member, for each name of one, for elements by their place, and for each element.
    members: Vec<usize>,
    names: Vec<usize>,
    by_place: Vec<usize>,
    elements: Vec<usize>,
    is_unique: bool,
}

/// What is wrong with a part of a schema: its JSON Pointer, and a sentence.
pub(crate) type Wrong = (String, String);

impl Effort {
    /// That of a schema whose references lead to `#/definitions/0` and so on.
    pub fn of(bundle: &Bundle) -> Result<Self, Wrong> {
        let schema = &bundle.schema;
        let none = Map::new();
        let definitions = schema.get("definitions").and_then(Json::as_object);
        let definitions = definitions.unwrap_or(&none);
        let mut maker = Maker {
            parts: Vec::new(),
            patterns: &bundle.patterns,
        };
        maker.parts.resize_with(definitions.len() + 1, Part::default);
        maker.fill(0, schema, String::new());
        for number in 0..definitions.len() {
            if let Some(definition) = definitions.get(&number.to_string()) {
                maker.fill(number + 1, definition, format!("/definitions/{number}"));
            }
        }
        let effort = Self { parts: maker.parts };
        let mut known = vec![None; effort.parts.len()];
        for part in 0..effort.parts.len() {
            effort.in_place(part, 0, &mut known)?;
        }
        Ok(effort)
    }

    /// How many schemas this one has held against one value, itself included, and how deep they lie in each other.
    fn in_place(
        &self,
        at: usize,
        depth: usize,
        known: &mut [Option<(u64, usize)>],
    ) -> Result<(u64, usize), Wrong> {
        if let Some(known) = known[at] {
            return Ok(known);
        }
        let part = &self.parts[at];
        let wrong = |what: String| Err((part.pointer.clone(), what));
        if depth > DEEPEST_IN_PLACE {
            // A cycle comes to this, too.
            return wrong(format!(
                "leads through more than {DEEPEST_IN_PLACE} schemas for one and the same value, or back to itself"
            ));
        }
        let mut count = 1_u64;
        let mut deepest = 0;
        for inner in &part.in_place {
            let (more, below) = self.in_place(*inner, depth + 1, known)?;
            count = count.saturating_add(more.saturating_mul(part.times));
            deepest = deepest.max(below + 1);
        }
        if deepest > DEEPEST_IN_PLACE {
            return wrong(format!(
                "leads through more than {DEEPEST_IN_PLACE} schemas for one and the same value"
            ));
        }
        if count > MOST_IN_PLACE {
            return wrong(format!(
                "comes to more than {MOST_IN_PLACE} schemas for one and the same value, each counted as often as something leads to it"
            ));
        }
        known[at] = Some((count, deepest));
        Ok((count, deepest))
    }

    /// Takes what holding this value against the schema needs. Gives how many flaws there can be.
    pub fn take(&self, value: &Json, budget: &Budget) -> Result<u64, TooMuch> {
        let mut walk = Walk {
            effort: self,
            budget,
            flaws: 0,
        };
        walk.part(0, value, 0)?;
        Ok(walk.flaws)
    }
}

/// Makes parts of a schema.
struct Maker<'a> {
    parts: Vec<Part>,
    patterns: &'a HashMap<String, Size>,
}

impl Maker<'_> {
    fn pattern(&self, text: &str) -> u64 {
        self.patterns.get(text).map_or(0, |size| size.steps())
    }

    fn part(&mut self, schema: &Json, pointer: String) -> usize {
        self.parts.push(Part::default());
        let part = self.parts.len() - 1;
        self.fill(part, schema, pointer);
        part
    }

    fn fill(&mut self, at: usize, schema: &Json, pointer: String) {
        let mut part = Part {
            steps: 1,
            flaws: 1,
            times: 1,
            ..Part::default()
        };
        let none = Map::new();
        for (name, value) in schema.as_object().unwrap_or(&none) {
            let inner = format!("{pointer}/{name}");
            let is_shelf = name == "definitions" && pointer.is_empty();
            let is_of_schemas = SCHEMAS.contains(&name.as_str()) || NAMED_SCHEMAS.contains(&name.as_str());
            if name == "$ref" {
                let number = value.as_str().and_then(|to| to.rsplit('/').next());
                let number = number.and_then(|number| number.parse::<usize>().ok());
                part.in_place.extend(number.map(|number| number + 1));
            } else if is_of_schemas {
                self.fill_schemas(&mut part, name, value, &inner);
            } else if !is_shelf {
                part.steps += size(value);
            }
            part.steps += 1;
            part.flaws += match name.as_str() {
                "required" | "dependencies" | "dependentRequired" => size(value),
                _ => 1,
            };
            match (name.as_str(), value) {
                ("pattern", Json::String(text)) => part.of_text += self.pattern(text),
                ("uniqueItems", Json::Bool(true)) => part.is_unique = true,
                _ => {}
            }
        }
        part.of_text += 1;
        part.of_name += 1;
        part.pointer = pointer;
        self.parts[at] = part;
    }

    fn fill_schemas(&mut self, part: &mut Part, name: &str, value: &Json, pointer: &str) {
        let mut each: Vec<usize> = Vec::new();
        match value {
            Json::Array(list) => {
                let schemas = list.iter().enumerate().filter(|(_, one)| !one.is_string());
                for (number, one) in schemas {
                    each.push(self.part(one, format!("{pointer}/{number}")));
                }
            }
            Json::Object(named) if NAMED_SCHEMAS.contains(&name) => {
                for (key, one) in named.iter().filter(|(_, one)| !one.is_array()) {
                    let inner = self.part(one, format!("{pointer}/{}", escaped(key)));
                    match name {
                        "properties" => drop(part.properties.insert(key.clone(), inner)),
                        _ => each.push(inner),
                    }
                    if name == "patternProperties" {
                        part.of_name += self.pattern(key);
                    }
                }
            }
            one => each.push(self.part(one, pointer.to_owned())),
        }
        match name {
            "items" | "prefixItems" if value.is_array() => part.by_place.extend(each),
            "items" | "additionalItems" | "contains" | "unevaluatedItems" => part.elements.extend(each),
            "patternProperties" | "additionalProperties" | "unevaluatedProperties" => {
                part.members.extend(each);
            }
            "propertyNames" => part.names.extend(each),
            _ => part.in_place.extend(each),
        }
        if name.starts_with("unevaluated") {
            part.times = BESIDE_UNEVALUATED;
        }
        part.has_choices |= ["anyOf", "oneOf", "not", "if"].contains(&name);
    }
}

struct Walk<'a> {
    effort: &'a Effort,
    budget: &'a Budget,
    flaws: u64,
}

impl Walk<'_> {
    /// Goes all ways that a validator can go. Returns how many steps they are.
    fn part(&mut self, at: usize, value: &Json, depth: usize) -> Result<u64, TooMuch> {
        if depth > DEEPEST {
            return Err(TooMuch);
        }
        let part = &self.effort.parts[at];
        let below = depth + 1;
        let mut own = part.steps;
        self.flaws = self.flaws.saturating_add(part.flaws);
        let mut children = 0_u64;
        match value {
            Json::String(text) => own = own.saturating_add(pieces(text).saturating_mul(part.of_text)),
            Json::Array(list) => {
                own = own.saturating_add(list.len() as u64);
                if part.is_unique {
                    own = own.saturating_add(unique(list));
                }
            }
            Json::Object(members) => own = own.saturating_add(members.len() as u64),
            _ => {}
        }
        self.budget.spend(own)?;
        match value {
            Json::Array(list) => {
                for (place, element) in list.iter().enumerate() {
                    for inner in part.by_place.get(place).into_iter().chain(&part.elements) {
                        children += self.part(*inner, element, below)?;
                    }
                }
            }
            Json::Object(members) => {
                for (name, member) in members {
                    let named = pieces(name).saturating_mul(part.of_name);
                    self.budget.spend(named)?;
                    children += named;
                    for inner in part.properties.get(name).into_iter().chain(&part.members) {
                        children += self.part(*inner, member, below)?;
                    }
                    for inner in &part.names {
                        let name = Json::String(name.clone());
                        children += self.part(*inner, &name, below)?;
                    }
                }
            }
            _ => {}
        }
        let mut in_place = 0_u64;
        for inner in &part.in_place {
            in_place = in_place.saturating_add(self.part(*inner, value, below)?);
        }
        let again = in_place.saturating_mul(part.times);
        self.budget.spend(again - in_place)?;
        if part.has_choices {
            self.budget.spend(in_place)?;
        }
        Ok(own.saturating_add(children).saturating_add(again))
    }
}

/// So many steps is it to read this text.
fn pieces(text: &str) -> u64 {
    1 + (text.len() / BYTES_A_STEP) as u64
}

/// What it takes to see that no two are alike. Numbers and texts are told apart by hashing them; lists and maps can be made to
/// have the same hash, so that each is compared with each.
fn unique(list: &[Json]) -> u64 {
    let count = list.len() as u64;
    let values = list.iter().map(size).fold(0, u64::saturating_add);
    if list.iter().any(|one| one.is_array() || one.is_object()) {
        values.saturating_add(count.saturating_mul(count) / 8)
    } else {
        values
    }
}

/// How many values this one consists of.
fn size(value: &Json) -> u64 {
    match value {
        Json::Array(list) => 1 + list.iter().map(size).sum::<u64>(),
        Json::Object(members) => 1 + members.values().map(size).sum::<u64>(),
        Json::String(text) => pieces(text),
        _ => 1,
    }
}
