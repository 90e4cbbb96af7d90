//! [`Body`]: what a request says in JSON.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::Shared;
use super::problem::{Kind, Problem};

/// A body has to be there after so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// The body of a request, read as JSON, whatever `Content-Type` says: `curl -d` says that it sends a form. An empty body counts as
/// `{}`. Pages of elsewhere are kept out by their `Origin`.
pub(super) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Shared>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let bytes = bytes(request, shared).await?;
        if bytes.is_empty() {
            return read(b"{}").map(Self);
        }
        read(&bytes).map(Self)
    }
}

/// The body of a request as it is.
pub(super) async fn bytes(request: Request, shared: &Shared) -> Result<Bytes, Problem> {
    let most = shared.broker.settings.http.max_body_bytes as usize;
    let too_large = || {
        Problem::new(
            Kind::TooLarge,
            format!("the body has more than the {most} bytes of http.max_body_bytes"),
        )
    };
    match timeout(PATIENCE, to_bytes(request.into_body(), most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if error.to_string().contains("limit") => Err(too_large()),
        Ok(Err(error)) => Err(Problem::new(
            Kind::BadRequest,
            format!("the body broke off: {error}"),
        )),
        Err(_) => Err(Problem::new(
            Kind::BadRequest,
            format!("the body was not there after {} s", PATIENCE.as_secs()),
        )),
    }
}

/// Reads JSON; the error says where and what is wrong with it.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut from).map_err(|error| {
        let path = error.path().to_string();
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
        let problem = Problem::new(kind, format!("{place}{}{}", inner, hint(&inner.to_string())));
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
    let plain = |name: &str| name.to_ascii_lowercase().replace('-', "_");
    names
        .map(|name| (strsim::damerau_levenshtein(&plain(wrong), &plain(name)), name))
        .filter(|(distance, name)| *distance <= name.len().max(wrong.len()) / 2)
        .min()
        .map(|(_, name)| name)
}
