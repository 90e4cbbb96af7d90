//! [`Body`]: what a request says in JSON.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::problem::{Kind, Problem};
use super::{Shared, intake, words};

/// How much of a place in a body is shown: deep ones are long.
const PATH_CHARS: usize = 100;
/// How much is shown of what serde says: it repeats what came, however long that is. The end says where it was.
const BEGIN_CHARS: usize = 300;
const END_CHARS: usize = 100;
/// Names of which the nearest is looked for have at most so many bytes.
const NAME_BYTES: usize = 64;

/// The body of a request, read as JSON, whatever `Content-Type` says: `curl -d` says that it sends a form. An empty body counts as
/// `{}`. Pages of elsewhere are kept out by their `Origin`.
pub(super) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Shared>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let bytes = intake::bytes(request, shared).await?;
        match bytes.trim_ascii_start().first() {
            None => return read(b"{}").map(Self),
            // Serde would take it for the members in their order.
            Some(b'[') => {
                let what = "the body is a list; expected an object, such as {\"name\": …}";
                return Err(Problem::new(Kind::Invalid, what));
            }
            Some(_) => {}
        }
        read(&bytes).map(Self)
    }
}

/// Reads JSON; the error says where and what is wrong with it.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut from).map_err(|error| {
        let path = settings::text::cut(&error.path().to_string(), PATH_CHARS);
        let inner = error.into_inner();
        let kind = if inner.is_data() {
            Kind::Invalid
        } else {
            Kind::BadRequest
        };
        let place = if path == "." {
            String::new()
        } else {
            format!("`{path}`: ")
        };
        let said = without_place(&inner);
        let problem = Problem::new(kind, format!("{place}{}{}", middle_out(&said), hint(&said)));
        if path == "." {
            problem
        } else {
            problem.with("path", path)
        }
    })?;
    from.end()
        .map_err(|error| Problem::new(Kind::BadRequest, format!("behind the JSON comes more: {error}")))?;
    Ok(value)
}

/// Where the JSON is well, the member says where something is wrong, and the column does not help.
fn without_place(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match said.strip_suffix(&place) {
        Some(plain) if error.is_data() => words::of_json(plain),
        _ => said,
    }
}

/// A long text without its middle.
pub(super) fn middle_out(said: &str) -> String {
    let length = said.chars().count();
    if length <= BEGIN_CHARS + END_CHARS {
        return said.to_owned();
    }
    let begin: String = said.chars().take(BEGIN_CHARS).collect();
    let end: String = said.chars().skip(length - END_CHARS).collect();
    format!("{begin}…{end}")
}

/// The nearest known name, where serde says that one is unknown and lists those that it knows.
pub(super) fn hint(said: &str) -> String {
    let mut names = said.split('`').skip(1).step_by(2);
    if !said.starts_with("unknown field") && !said.starts_with("unknown variant") {
        return String::new();
    }
    let Some(wrong) = names.next() else {
        return String::new();
    };
    nearest(wrong, names).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// The name that is nearest to this one, if one is near.
pub(super) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if wrong.len() > NAME_BYTES {
        return None;
    }
    let plain = |name: &str| name.to_ascii_lowercase().replace('-', "_");
    names
        .map(|name| (strsim::damerau_levenshtein(&plain(wrong), &plain(name)), name))
        .filter(|(distance, name)| *distance <= name.len().max(wrong.len()) / 2)
        .min()
        .map(|(_, name)| name)
}
