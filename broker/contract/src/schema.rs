//! [`Schema`]: a JSON Schema, and what is wrong with a value that does not keep to it.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value as Json;

use crate::bundle::Bundle;
use crate::dialect::{draft, is_uuid, no_pattern};
use crate::effort::{Budget, Effort, TooMuch};
use crate::files::{At, Files};
use crate::node::Node;
use crate::pattern::LARGEST as LARGEST_PATTERN;
use crate::place::{Place, Told};

/// So many flaws of one value are told.
const MOST_FLAWS: usize = 8;
/// So long is what is said of one.
const LONGEST_WORDS: usize = 240;
/// Where more flaws than this are possible, they are not looked for one by one.
const MOST_SOUGHT: u64 = 100_000;

/// A compiled JSON Schema.
#[derive(Debug)]
pub struct Schema {
    validator: Validator,
    effort: Effort,
    bundle: Bundle,
    place: Place,
}

/// Where a value does not keep to its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The path in the value, as a JSON Pointer; empty for all of it.
    pub path: String,
    /// What is wrong.
    pub what: String,
    /// The line of the schema that says so.
    pub place: Place,
    /// It is not known whether it keeps to the schema, for it would take too much work to find out.
    pub is_unchecked: bool,
}

impl Schema {
    /// Reads the schema that a file consists of. Its dialect is that of `$schema`, or draft 7.
    ///
    /// # Errors
    /// It is not a schema.
    ///
    /// ```
    /// use broker_contract::{Files, Schema};
    ///
    /// let text = "type: object\nproperties:\n  lumens: {type: integer, minimum: 0}\n";
    /// let files = Files::read("light.yaml", &mut |_| Ok(text.to_owned())).unwrap();
    /// let (schema, _) = Schema::of_file(&files).unwrap();
    /// let flaws = schema.flaws(&serde_json::json!({"lumens": -1}));
    /// assert_eq!((&*flaws[0].path, flaws[0].place.line), ("/lumens", 3));
    /// assert_eq!(flaws[0].what, "-1 is less than the minimum of 0");
    /// ```
    pub fn of_file(files: &Files) -> Result<(Self, Vec<Told>), Told> {
        Self::new(files, files.root(), "")
    }

    /// Compiles what stands here. `dialect` is what is said of its dialect elsewhere. Gives what is not understood of it, too.
    pub(crate) fn new(files: &Files, at: At<'_>, dialect: &str) -> Result<(Self, Vec<Told>), Told> {
        let place = files.place(at.file, at.node.line);
        let said = at.node.get("$schema").and_then(Node::text);
        let known = draft(said.unwrap_or(dialect));
        let draft = known.unwrap_or(Draft::Draft7);
        let has_siblings = matches!(draft, Draft::Draft201909 | Draft::Draft202012);
        let mut bundle = Bundle::new(files, at, has_siblings)?;
        if let (None, Some(unknown)) = (known, said) {
            bundle.notes.push(Told {
                place: place.clone(),
                what: format!(
                    "`$schema: {unknown}` is not known, and is read as draft 7; known are drafts 4, 6, 7, 2019-09 and 2020-12"
                ),
            });
        }
        let told = |(pointer, what): (String, String)| Told {
            place: bundle.place(&pointer).unwrap_or(&place).clone(),
            what,
        };
        let effort = Effort::of(&bundle).map_err(told)?;
        let patterns = PatternOptions::regex().size_limit(LARGEST_PATTERN);
        let options = jsonschema::options()
            .with_draft(draft)
            .with_pattern_options(patterns);
        // Draft 7 does not name it, and documents use it.
        let options = options.should_validate_formats(true).with_format("uuid", is_uuid);
        let validator = options.build(&bundle.schema).map_err(|error| {
            let place = bundle
                .place(error.instance_path().as_str())
                .unwrap_or(&place)
                .clone();
            Told {
                place,
                what: format!(
                    "is not a schema: {}",
                    no_pattern(&error).unwrap_or_else(|| words(&error))
                ),
            }
        })?;
        let notes = std::mem::take(&mut bundle.notes);
        Ok((
            Self {
                validator,
                effort,
                bundle,
                place,
            },
            notes,
        ))
    }

    /// Where it stands.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The members that it names.
    pub(crate) fn names(&self) -> Option<&serde_json::Map<String, Json>> {
        self.bundle.schema.get("properties").and_then(Json::as_object)
    }

    /// Whether a text can keep to it, as far as its first lines say.
    pub(crate) fn is_of_texts(&self) -> bool {
        let schema = &self.bundle.schema;
        let is_listed = |name: &str, is_it: fn(&Json) -> bool| match schema.get(name) {
            Some(Json::Array(all)) => all.iter().any(is_it),
            Some(one) => is_it(one),
            None => false,
        };
        is_listed("type", |one| one == "string")
            || is_listed("enum", Json::is_string)
            || is_listed("const", Json::is_string)
    }

    /// Where this does not keep to it; the first few places.
    pub fn flaws(&self, value: &Json) -> Vec<Flaw> {
        self.check(value, &Budget::default())
    }

    /// The same, with the work that is left.
    pub(crate) fn check(&self, value: &Json, budget: &Budget) -> Vec<Flaw> {
        let whole = |what: &str, is_unchecked| {
            vec![Flaw {
                path: String::new(),
                what: what.to_owned(),
                place: self.place.clone(),
                is_unchecked,
            }]
        };
        match self.effort.take(value, budget) {
            Err(TooMuch) => whole(
                "not checked: to hold this message against the document takes too much work",
                true,
            ),
            Ok(_) if self.validator.is_valid(value) => Vec::new(),
            Ok(possible) if possible > MOST_SOUGHT => whole(
                "it does not keep to this schema; it is too large to say where",
                false,
            ),
            Ok(_) => {
                let errors = self.validator.iter_errors(value).take(MOST_FLAWS);
                errors.map(|error| self.flaw(&error)).collect()
            }
        }
    }

    fn flaw(&self, error: &ValidationError<'_>) -> Flaw {
        if let Some(inner) = nearest(error.kind()) {
            return self.flaw(inner);
        }
        let place = self.bundle.place(error.schema_path().as_str());
        Flaw {
            path: error.instance_path().as_str().to_owned(),
            what: words(error),
            place: place.unwrap_or(&self.place).clone(),
            is_unchecked: false,
        }
    }
}

/// Of several schemas none of which is kept: what is wrong by the one that the value is nearest to, if that can be said.
fn nearest<'a>(kind: &'a ValidationErrorKind) -> Option<&'a ValidationError<'static>> {
    let (ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context }) = kind
    else {
        return None;
    };
    let depth = |error: &ValidationError<'_>| error.instance_path().as_str().matches('/').count();
    let deepest = |errors: &'a Vec<ValidationError<'static>>| errors.iter().max_by_key(|error| depth(error));
    let mut best: Vec<_> = context.iter().filter_map(deepest).collect();
    best.sort_by_key(|error| std::cmp::Reverse(depth(error)));
    match best.as_slice() {
        [only] => Some(only),
        [first, second, ..] if depth(first) > depth(second) => Some(first),
        _ => None,
    }
}

fn words(error: &ValidationError<'_>) -> String {
    let said = error.to_string();
    if said.len() <= LONGEST_WORDS {
        return said;
    }
    // The value that is wrong comes first, and may be long: what is wrong with it comes last.
    let place = error.masked_with("the value").to_string();
    place.chars().take(LONGEST_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema(all: &[(&str, &str)]) -> Result<(Schema, Vec<Told>), Told> {
        let files = Files::read(all[0].0, &mut |name| {
            let found = all.iter().find(|(one, _)| *one == name);
            found
                .map(|(_, text)| (*text).to_owned())
                .ok_or_else(|| "no such file".to_owned())
        });
        Schema::of_file(&files.unwrap())
    }

    fn said(schema: &Schema, value: &Json) -> Vec<String> {
        let flaws = schema.flaws(value).into_iter();
        flaws
            .map(|flaw| format!("{} {} ({})", flaw.path, flaw.what, flaw.place))
            .collect()
    }

    const TREE: &str = "\
type: object
required: [name]
properties:
  name: {type: string, $id: 'http://x/y'}
  $ref:
    type: integer
  kids:
    type: array
    items: {$ref: '#'}
  at:
    $ref: 'common.json#/definitions/time'
definitions:
  unused: {$ref: 'https://example.com/none'}
";
    const COMMON: &str = "{\"definitions\": {\n\"time\": {\"oneOf\": [\n{\"type\": \"string\",\n\"format\": \"date-time\"},\n{\"type\": \"object\", \"properties\": {\"secs\": {\n\"type\": \"integer\"}}}]}}}";

    #[test]
    fn references_lead_through_files_and_back_and_flaws_have_their_lines() {
        let (schema, notes) = schema(&[("tree.yaml", TREE), ("common.json", COMMON)]).unwrap();
        assert_eq!(notes, []);
        let good = json!({"name": "a", "kids": [{"name": "b", "at": "2026-01-01T00:00:00Z"}], "$ref": 1});
        assert_eq!(said(&schema, &good), [""; 0]);
        let bad = json!({"name": "a", "kids": [{"name": 1}], "$ref": "x"});
        let found = said(&schema, &bad);
        assert!(
            found.contains(&"/kids/0/name 1 is not of type \"string\" (tree.yaml:4)".to_owned()),
            "{found:?}"
        );
        assert!(
            found.contains(&"/$ref \"x\" is not of type \"integer\" (tree.yaml:6)".to_owned()),
            "{found:?}"
        );
        let found = said(&schema, &json!({"name": "a", "at": {"secs": "x"}}));
        assert_eq!(
            found,
            ["/at/secs \"x\" is not of type \"integer\" (common.json:6)"]
        );
        let found = said(&schema, &json!({}));
        assert_eq!(found, [" \"name\" is a required property (tree.yaml:2)"]);
    }

    #[test]
    fn what_is_wrong_or_unknown_in_a_schema_has_its_line() {
        for (text, error) in [
            (
                "type: object\nproperties:\n  a: {type: strng}\n",
                "s.yaml:3: `strng` is not a type of JSON Schema; those are array, ",
            ),
            (
                "properties:\n  a: 7\n",
                "s.yaml:2: is a number; a schema is a map",
            ),
            (
                "items:\n  $ref: '#/definitons/x'\ndefinitions: {x: {}}\n",
                "s.yaml:2: `$ref: #/definitons/x` leads nowhere",
            ),
            ("items:\n  $ref: '#/items'\n", "s.yaml:2: `$ref` leads to itself"),
            (
                "type: string\npattern: '(?=a)'\n",
                "s.yaml:2: is not a schema: \"(?=a)\" is not a pattern that can be checked here: look-around",
            ),
        ] {
            let found = schema(&[("s.yaml", text)]).unwrap_err().to_string();
            assert!(found.starts_with(error), "{text}: {found}");
        }
        let (_, notes) = schema(&[("s.yaml", "x-mine: 1\nproprties: {}\ndiscriminator: a\n")]).unwrap();
        let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
        assert!(
            notes[0].starts_with("s.yaml:2: `proprties` is not a keyword"),
            "{notes:?}"
        );
        assert!(
            notes[0].ends_with("did you mean `properties`?") && notes.len() == 2,
            "{notes:?}"
        );
    }

    #[test]
    fn what_stands_beside_a_reference_holds_from_2019_on() {
        for (draft, flaws) in [("draft-07", 0), ("2019-09", 1), ("2020-12", 1)] {
            let text = format!(
                "$schema: https://json-schema.org/{draft}/schema\n$ref: '#/$defs/a'\nmaximum: 5\n$defs: {{a: {{type: integer}}}}\n"
            );
            let (schema, notes) = schema(&[("s.yaml", &text)]).unwrap();
            assert_eq!((schema.flaws(&json!(6)).len(), notes), (flaws, vec![]), "{draft}");
            assert_eq!(schema.flaws(&json!("x")).len(), 1, "{draft}");
        }
    }

    #[test]
    fn a_dialect_and_a_format_that_nobody_knows_are_noted() {
        let (_, notes) = schema(&[("s.yaml", "$schema: http://x/draft-99\nformat: date-tme\n")]).unwrap();
        let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
        assert_eq!(
            notes,
            [
                "s.yaml:2: the format `date-tme` is not checked; did you mean `date-time`?",
                "s.yaml:1: `$schema: http://x/draft-99` is not known, and is read as draft 7; known are drafts 4, 6, 7, 2019-09 and 2020-12",
            ]
        );
    }

    #[test]
    fn formats_are_checked() {
        let (schema, _) = schema(&[("s.yaml", "format: uuid\n")]).unwrap();
        assert_eq!(
            said(&schema, &json!("0f8fad5b-d9cb-469f-a165-70867728950e")),
            [""; 0]
        );
        for wrong in [
            "",
            "0f8fad5b-d9cb-469f-a165-70867728950",
            "0f8fad5b+d9cb-469f-a165-70867728950e",
        ] {
            assert_eq!(said(&schema, &json!(wrong)).len(), 1, "{wrong}");
        }
    }

    #[test]
    fn long_values_are_not_told_whole() {
        let (schema, _) = schema(&[("s.yaml", "type: integer\n")]).unwrap();
        let found = schema.flaws(&json!("x".repeat(10_000)));
        assert_eq!(found[0].what, "the value is not of type \"integer\"");
    }
}
