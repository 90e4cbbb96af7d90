//! [`Part`]: a part of a payload of JSON.

use serde_json::Value as Json;

use super::compiled::Making;
use super::form::invalid;
use crate::fault::Invalid;
use crate::template::{Failed, Scope, Template};

/// A part of JSON in which texts are templates.
#[derive(Debug)]
pub(super) enum Part {
    Plain(Json),
    Text(Template),
    List(Vec<Part>),
    Object(Vec<(String, Part)>),
}

impl Part {
    pub fn new(whose: &str, path: &str, json: &Json, scope: &Scope) -> Result<Self, Invalid> {
        Ok(match json {
            Json::String(source) => {
                let made = Template::new(&**source, scope);
                let template = made.map_err(|error| invalid(whose, path, error.to_string()))?;
                if template.is_plain() {
                    Self::Plain(json.clone())
                } else {
                    Self::Text(template)
                }
            }
            Json::Array(all) => {
                let part = |(nth, json)| Self::new(whose, &format!("{path}[{nth}]"), json, scope);
                Self::List(all.iter().enumerate().map(part).collect::<Result<_, _>>()?)
            }
            Json::Object(all) => {
                let part = |(name, json): (&String, &Json)| {
                    Ok((
                        name.clone(),
                        Self::new(whose, &format!("{path}.{name}"), json, scope)?,
                    ))
                };
                Self::Object(all.iter().map(part).collect::<Result<_, _>>()?)
            }
            plain => Self::Plain(plain.clone()),
        })
    }

    pub fn templates<'a>(&'a self, all: &mut Vec<&'a Template>) {
        match self {
            Self::Plain(_) => {}
            Self::Text(template) => all.push(template),
            Self::List(parts) => parts.iter().for_each(|part| part.templates(all)),
            Self::Object(parts) => parts.iter().for_each(|(_, part)| part.templates(all)),
        }
    }

    pub fn make(&self, making: &mut Making<'_>) -> Result<Json, Failed> {
        Ok(match self {
            Self::Plain(json) => json.clone(),
            Self::Text(template) => template.json(making.seen, making.feed, making.now, making.chance)?,
            Self::List(parts) => parts
                .iter()
                .map(|part| part.make(making))
                .collect::<Result<_, _>>()?,
            Self::Object(parts) => {
                let mut part = |(name, part): &(String, Part)| Ok((name.clone(), part.make(making)?));
                Json::Object(parts.iter().map(&mut part).collect::<Result<_, _>>()?)
            }
        })
    }
}
