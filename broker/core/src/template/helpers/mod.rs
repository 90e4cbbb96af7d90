//! Helpers: functions and filters that templates have beside those of Jinja. What each does is said in [`table`].

mod math;
mod random;
pub(super) mod table;
mod text;
mod times;

use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Kwargs, Object, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State};
use serde_json::Value as Json;

use super::scan::{Kind, Token};
use super::{Content, Feed, Invalid, compiled};
use crate::chance::Rng;
use crate::time::Time;

/// What helpers draw on during one filling in.
#[derive(Debug)]
pub(super) struct Run {
    pub now: Time,
    pub drawn: Mutex<(Feed, Rng)>,
}

impl Object for Run {}

/// The run that a helper belongs to.
fn run(state: &State<'_, '_>) -> Result<Arc<Run>, Error> {
    let found = state
        .lookup(compiled::run_name())
        .and_then(|value| value.downcast_object::<Run>());
    found.ok_or_else(|| wrong("helpers work only in templates"))
}

impl Run {
    fn with<T>(&self, act: impl FnOnce(&mut Feed, &mut Rng) -> T) -> T {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let (feed, chance) = &mut *drawn;
        act(feed, chance)
    }
}

fn wrong(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, what.into())
}

/// A keyword argument, or what it is without one.
fn or<T>(named: &Kwargs, name: &str, default: T) -> Result<T, Error>
where
    T: for<'a> minijinja::value::ArgType<'a, Output = T>,
{
    Ok(named.get::<Option<T>>(name)?.unwrap_or(default))
}

pub(super) fn register(engine: &mut Environment<'static>) {
    // It shows all that there is.
    engine.remove_global("debug");
    engine.add_function("counter", counter);
    engine.add_function("file", file);
    engine.add_function("pick", pick);
    engine.add_function("item", item);
    times::register(engine);
    random::register(engine);
    math::register(engine);
    text::register(engine);
}

/// Writes a value into the text: `true`, `null`, maps and lists as JSON has them.
pub(super) fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Map | ValueKind::Seq | ValueKind::Iterable | ValueKind::None | ValueKind::Bool => {
            out.write_str(&to_json(value)?.to_string()).map_err(Error::from)
        }
        _ => minijinja::escape_formatter(out, state, value),
    }
}

pub(super) fn to_json(value: &Value) -> Result<Json, Error> {
    serde_json::to_value(value).map_err(|error| wrong(format!("this cannot be JSON: {error}")))
}

fn counter(state: &State<'_, '_>, name: Option<&str>, named: Kwargs) -> Result<i64, Error> {
    let (from, step) = (or(&named, "from", 1)?, or(&named, "step", 1)?);
    named.assert_all_used()?;
    let counted = run(state)?.with(|feed, _| feed.count(name.unwrap_or_default(), from, step));
    counted
        .ok_or_else(|| wrong("there are too many counters: names are not to come from messages without end"))
}

fn read(state: &State<'_, '_>, name: &str) -> Result<Arc<super::feed::File>, Error> {
    let file = run(state)?.with(|feed, _| feed.file(name));
    file.ok_or_else(|| wrong(format!("the file {name:?} was not handed in")))
}

fn file(state: &State<'_, '_>, name: &str) -> Result<Value, Error> {
    let file = read(state, name)?;
    match &file.content {
        Content::Text(text) => Ok(Value::from(text)),
        Content::Items(_) => Ok(file.items.iter().cloned().collect()),
        Content::Bytes(_) => Err(wrong(format!(
            "{name:?} is not UTF-8: it can be a payload, with the key `file`"
        ))),
    }
}

fn pick(state: &State<'_, '_>, name: &str) -> Result<Value, Error> {
    let file = read(state, name)?;
    let nth = run(state)?.with(|_, chance| chance.below(file.items.len() as u64));
    let item = file.items.get(nth as usize).cloned();
    item.ok_or_else(|| wrong(format!("there is nothing in {name:?}")))
}

fn item(state: &State<'_, '_>, name: &str, nth: i64) -> Result<Value, Error> {
    let file = read(state, name)?;
    let items = i64::try_from(file.items.len()).unwrap_or(i64::MAX);
    let at = nth
        .checked_rem_euclid(items)
        .and_then(|at| usize::try_from(at).ok());
    let item = at.and_then(|at| file.items.get(at)).cloned();
    item.ok_or_else(|| wrong(format!("there is nothing in {name:?}")))
}

/// The files that a template reads: their names stand in it, so that they are read before anything happens.
pub(super) fn files(source: &str, tokens: &[Token<'_>]) -> Result<Vec<String>, Invalid> {
    let mut names: Vec<String> = Vec::new();
    for (at, three) in tokens.windows(3).enumerate() {
        let [call, open, name] = three else { continue };
        let is_member = at.checked_sub(1).is_some_and(|before| tokens[before].is("."));
        if is_member || !open.is("(") || !["file", "pick", "item"].iter().any(|name| call.is(name)) {
            continue;
        }
        if name.kind != Kind::Text {
            let what = format!(
                "the name of a file stands in the template, in quotes: {}(\"names.txt\")",
                call.text
            );
            return Err(Invalid::at(source, name.at, what));
        }
        if !names.iter().any(|known| known == name.text) {
            names.push(name.text.to_owned());
        }
    }
    Ok(names)
}
