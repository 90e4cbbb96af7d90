//! [`Path`]: what a request names in its path.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::Shared;
use super::problem::{Kind, Problem};

/// The parts of the path that a route leaves open, with `%` and its digits read.
pub(super) struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Shared>> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, shared).await;
        read.map(|path| Self(path.0))
            .map_err(|refused| Problem::new(Kind::BadRequest, format!("the path: {}", refused.body_text())))
    }
}
