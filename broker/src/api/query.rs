//! [`Query`]: what a request says in its address.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::Shared;
use super::body::{hint, middle_out};
use super::problem::{Kind, Problem};

/// The parameters behind `?`.
pub(super) struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Shared>> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Shared>) -> Result<Self, Problem> {
        let read = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        read.map(|query| Self(query.0)).map_err(|error| {
            let said =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            let hint = hint(said.rsplit(": ").next().unwrap_or(&said));
            Problem::new(
                Kind::Invalid,
                format!("a parameter of the address: {}{hint}", middle_out(&said)),
            )
        })
    }
}
