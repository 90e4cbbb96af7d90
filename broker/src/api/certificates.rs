//! `/api/v1/certificates`: what clients trust. A private key never leaves.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Shape;
use super::{Problem, Shared};
use crate::broker::Broker;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/certificates/ca", get(ca))
        .route("/api/v1/certificates/crl", get(crl))
        .route("/api/v1/certificates/reload", post(reload))
}

/// What the CA does, where there is one.
#[cfg(feature = "tls")]
mod of {
    use super::{Broker, Problem};

    pub fn ca(broker: &Broker) -> Result<String, Problem> {
        Ok(broker.ca_pem()?)
    }

    pub fn crl(broker: &Broker) -> Result<String, Problem> {
        Ok(broker.crl_pem()?)
    }

    pub fn reload(broker: &Broker) -> Result<(), Problem> {
        Ok(broker.reload_certificates()?)
    }
}

/// The same in a program that was built without TLS.
#[cfg(not(feature = "tls"))]
mod of {
    use super::super::problem::Kind;
    use super::{Broker, Problem};

    fn none<T>() -> Result<T, Problem> {
        Err(Problem::new(
            Kind::Unsupported,
            "this broker was built without TLS",
        ))
    }

    pub fn ca(_: &Broker) -> Result<String, Problem> {
        none()
    }

    pub fn crl(_: &Broker) -> Result<String, Problem> {
        none()
    }

    pub fn reload(_: &Broker) -> Result<(), Problem> {
        none()
    }
}

/// The certificates were read again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reloaded {
    /// `true`.
    reloaded: bool,
}

fn pem(text: String) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/x-pem-file")], text)
}

/// The certificate of the CA that signed what clients are shown, in PEM.
#[utoipa::path(
    get, path = "/api/v1/certificates/ca", tag = "certificates",
    responses(
        (status = 200, description = "the certificate", body = String, content_type = "application/x-pem-file"),
        (status = "4XX", description = "there is none", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn ca(State(shared): super::State) -> Result<impl IntoResponse, Problem> {
    of::ca(&shared.broker).map(pem)
}

/// The list of certificates that this CA has revoked, in PEM.
#[utoipa::path(
    get, path = "/api/v1/certificates/crl", tag = "certificates",
    responses(
        (status = 200, description = "the list", body = String, content_type = "application/x-pem-file"),
        (status = "4XX", description = "there is none", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn crl(State(shared): super::State) -> Result<impl IntoResponse, Problem> {
    of::crl(&shared.broker).map(pem)
}

/// Reads the files of certificates, keys and revocation lists again that the settings name. Connections stay as they are.
#[utoipa::path(
    post, path = "/api/v1/certificates/reload", tag = "certificates",
    responses(
        (status = 200, description = "they were read", body = Reloaded),
        (status = "4XX", description = "everything stays as it is", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reload(State(shared): super::State) -> Result<Json<Reloaded>, Problem> {
    of::reload(&shared.broker)?;
    Ok(Json(Reloaded { reloaded: true }))
}
