//! [`Text`]: a topic or a payload, looked at once. The quick forms come first.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::formula::{Filled, Formula, Names};
use super::number::Number;
use crate::chance::Rng;
use crate::template::{Failed, Feed, Invalid, Message, Scope, Seen, Shape, Template};
use crate::time::Time;

/// A topic or a payload.
#[derive(Debug, Clone)]
pub(super) enum Text {
    /// Nothing is to be filled in.
    Fixed(Box<[u8]>),
    /// Arithmetic, and the template that is asked where that cannot tell.
    Formula(Formula, Template),
    Template(Template),
    /// JSON with templates in it.
    Tree(Tree),
}

/// JSON with templates in it.
#[derive(Debug, Clone)]
pub(super) enum Tree {
    Plain(Json),
    Template(Template),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

/// What a text is filled in from.
pub(super) struct Context<'a> {
    pub now: Time,
    /// Seconds since the device was added.
    pub t: f64,
    pub n: u32,
    pub count: u32,
    pub client_id: &'a str,
    pub previous: Option<&'a Previous>,
    pub row: Option<&'a Json>,
    pub message: Option<&'a Message>,
    pub chance: &'a mut Rng,
    pub feed: &'a mut Feed,
}

/// The last payload.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Previous {
    Number(Number),
    Json(Json),
}

impl Previous {
    pub fn of(json: &Json) -> Self {
        Number::of(json).map_or_else(|| Self::Json(json.clone()), Self::Number)
    }

    /// What a payload says: JSON, or a text.
    pub fn of_payload(payload: &[u8]) -> Self {
        let json = serde_json::from_slice(payload);
        let text = |_| Json::from(String::from_utf8_lossy(payload).into_owned());
        Self::of(&json.unwrap_or_else(text))
    }

    fn json(&self) -> Cow<'_, Json> {
        match self {
            Self::Number(number) => Cow::Owned(number.json()),
            Self::Json(json) => Cow::Borrowed(json),
        }
    }
}

/// The names that a text may use.
pub(super) fn scope() -> Scope {
    static CLIENT: Shape = Shape::Members(&[("id", Shape::Any)]);
    let scope = Scope::default().with("t").with("n").with("count");
    scope.with_shape("client", CLIENT)
}

impl Text {
    /// A template.
    pub fn new(source: &str, scope: &Scope) -> Result<Self, Invalid> {
        let template = Template::new(source, scope)?;
        Ok(if template.is_plain() {
            Self::Fixed(source.as_bytes().into())
        } else if let Some(formula) = Formula::of(source) {
            Self::Formula(formula, template)
        } else {
            Self::Template(template)
        })
    }

    /// A payload: a text is a template, all else is JSON with templates in it. The error has the place in it.
    pub fn payload(payload: &Json, scope: &Scope) -> Result<Self, (String, Invalid)> {
        match payload {
            Json::Null => Ok(Self::Fixed(Box::default())),
            Json::String(source) => Self::new(source, scope).map_err(|error| (String::new(), error)),
            _ => Tree::new(payload, scope, "").map(Self::Tree),
        }
    }

    /// Whether it gives the same for one client at all times.
    pub fn is_constant(&self) -> bool {
        match self {
            Self::Fixed(_) => true,
            Self::Formula(formula, _) => formula.is_constant(),
            // Every helper is called.
            Self::Template(template) => {
                let varies = ["t", "previous", "row", "message"];
                !varies.iter().any(|name| template.uses(name)) && !template.source().contains(['(', '|'])
            }
            Self::Tree(_) => false,
        }
    }

    /// Whether it uses this name.
    pub fn uses(&self, name: &str) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Formula(_, template) | Self::Template(template) => template.uses(name),
            Self::Tree(tree) => tree.uses(name),
        }
    }

    /// Adds the names of the files that it reads.
    pub fn files(&self, files: &mut Vec<String>) {
        match self {
            Self::Fixed(_) => {}
            Self::Formula(_, template) | Self::Template(template) => {
                files.extend_from_slice(template.files());
            }
            Self::Tree(tree) => tree.files(files),
        }
    }

    /// Appends what it gives, and says which number that is, if it is known to be one.
    pub fn fill(&self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Result<Option<Number>, Failed> {
        match self {
            Self::Fixed(text) => out.extend_from_slice(text),
            Self::Formula(formula, template) => {
                let previous = match context.previous {
                    Some(Previous::Number(number)) => Some(*number),
                    _ => None,
                };
                let names = Names {
                    t: context.t,
                    n: context.n,
                    count: context.count,
                    previous,
                };
                match formula.fill(&names, context.chance, out) {
                    Filled::Number(number) => return Ok(Some(number)),
                    Filled::Text => {}
                    Filled::Unknown => out.extend_from_slice(context.text(template)?.as_bytes()),
                }
            }
            Self::Template(template) => out.extend_from_slice(context.text(template)?.as_bytes()),
            Self::Tree(tree) => {
                let json = tree.json(context)?;
                out.extend_from_slice(json.to_string().as_bytes());
            }
        }
        Ok(None)
    }

    /// What it gives, as a text.
    pub fn text(&self, context: &mut Context<'_>) -> Result<String, Failed> {
        let mut out = Vec::new();
        self.fill(context, &mut out)?;
        // Templates are texts, and give texts.
        Ok(String::from_utf8(out).unwrap_or_default())
    }
}

impl Context<'_> {
    fn text(&mut self, template: &Template) -> Result<String, Failed> {
        let seen = self.seen(template);
        template.text(&seen, self.feed, self.now, self.chance)
    }

    /// What the template asks for, and no more.
    fn seen(&self, template: &Template) -> Seen {
        let mut seen = Seen::default();
        if template.uses("t") {
            seen = seen.with("t", &self.t);
        }
        if template.uses("n") {
            seen = seen.with("n", &self.n);
        }
        if template.uses("count") {
            seen = seen.with("count", &self.count);
        }
        if template.uses("client") {
            seen = seen.with("client", &serde_json::json!({ "id": self.client_id }));
        }
        if let Some(previous) = self.previous.filter(|_| template.uses("previous")) {
            seen = seen.with("previous", &*previous.json());
        }
        if let Some(row) = self.row.filter(|_| template.uses("row")) {
            seen = seen.with("row", row);
        }
        match self.message {
            Some(message) if template.uses("message") => seen.with_message(message.clone()),
            _ => seen,
        }
    }
}

impl Tree {
    fn new(json: &Json, scope: &Scope, place: &str) -> Result<Self, (String, Invalid)> {
        Ok(match json {
            Json::String(source) => {
                let template = Template::new(&**source, scope).map_err(|error| (place.to_owned(), error))?;
                if template.is_plain() {
                    Self::Plain(json.clone())
                } else {
                    Self::Template(template)
                }
            }
            Json::Array(list) => {
                let one = |(at, json)| Self::new(json, scope, &format!("{place}[{at}]"));
                Self::List(list.iter().enumerate().map(one).collect::<Result<_, _>>()?)
            }
            Json::Object(map) => {
                let one = |(name, json): (&String, &Json)| {
                    let tree = Self::new(json, scope, &format!("{place}.{name}"))?;
                    Ok((name.clone(), tree))
                };
                Self::Map(map.iter().map(one).collect::<Result<_, _>>()?)
            }
            _ => Self::Plain(json.clone()),
        })
    }

    fn uses(&self, name: &str) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Template(template) => template.uses(name),
            Self::List(list) => list.iter().any(|tree| tree.uses(name)),
            Self::Map(map) => map.iter().any(|(_, tree)| tree.uses(name)),
        }
    }

    fn files(&self, files: &mut Vec<String>) {
        match self {
            Self::Plain(_) => {}
            Self::Template(template) => files.extend_from_slice(template.files()),
            Self::List(list) => list.iter().for_each(|tree| tree.files(files)),
            Self::Map(map) => map.iter().for_each(|(_, tree)| tree.files(files)),
        }
    }

    fn json(&self, context: &mut Context<'_>) -> Result<Json, Failed> {
        Ok(match self {
            Self::Plain(json) => json.clone(),
            Self::Template(template) => {
                let seen = context.seen(template);
                template.json(&seen, context.feed, context.now, context.chance)?
            }
            Self::List(list) => {
                let all: Result<Vec<_>, _> = list.iter().map(|tree| tree.json(context)).collect();
                Json::Array(all?)
            }
            Self::Map(map) => {
                let one = |(name, tree): &(String, Tree)| Ok((name.clone(), tree.json(context)?));
                Json::Object(map.iter().map(one).collect::<Result<_, Failed>>()?)
            }
        })
    }
}
