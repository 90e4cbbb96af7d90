//! The description of the API (OpenAPI 3.1), at `/api/v1/openapi.json` and in `docs/openapi.json`.

mod complete;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::OpenApi;

use complete::{Complete, tidy};

use super::body::nearest;
use super::strict::Takes;
use super::{
    Shared, access, bridges, brokers, certificates, clock, contracts, devices, disconnect, faults, health,
    info, keeping, metrics, profile, publish, recordings, reset, scenarios, stubs, world,
};
use super::{clients, events, expectations, export, messages, near_misses, packets, schema, state, waits};

/// Every route, and the shapes that they share.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Citronella",
        description = "The control API of the broker: everything that its Rust handle can do."
    ),
    modifiers(&Complete),
    components(schemas(super::problem::Shape)),
    paths(
        health::live,
        health::ready,
        health::healthy,
        info::info,
        publish::publish,
        faults::list,
        faults::add,
        faults::clear,
        faults::one,
        faults::replace,
        faults::remove,
        faults::enable,
        faults::reset,
        faults::release,
        world::interrupt,
        world::interrupt_client,
        world::partitions,
        world::part,
        world::heal,
        world::down,
        world::up,
        clock::clock,
        clock::freeze,
        clock::resume,
        clock::advance,
        clock::fast_forward,
        disconnect::disconnect_now,
        disconnect::disconnect,
        disconnect::end_session,
        disconnect::clear_retained,
        disconnect::delete_retained,
        reset::reset,
        stubs::list,
        stubs::add,
        stubs::clear,
        stubs::one,
        stubs::replace,
        stubs::remove,
        scenarios::list,
        scenarios::one,
        scenarios::set,
        scenarios::reset,
        profile::held,
        profile::hold,
        profile::drop_it,
        profile::list,
        profile::one,
        profile::violations,
        devices::list,
        devices::add,
        devices::clear,
        devices::one,
        devices::replace,
        devices::remove,
        keeping::snapshot,
        keeping::restore,
        keeping::restart,
        keeping::crash,
        keeping::begin_outage,
        keeping::end_outage,
        recordings::start,
        recordings::stop,
        recordings::status,
        recordings::play,
        access::users,
        access::set_user,
        access::remove_user,
        access::set_acl,
        access::allow_anonymous,
        access::reload,
        certificates::ca,
        certificates::crl,
        certificates::reload,
        contracts::contracts,
        contracts::hold,
        contracts::drop_them,
        metrics::metrics,
        bridges::list,
        brokers::list,
        brokers::begin,
        brokers::clear,
        brokers::one,
        brokers::remove,
        document,
        packets::list,
        packets::find,
        packets::one,
        packets::clear,
        packets::mark,
        messages::list,
        messages::find,
        messages::count,
        messages::wait,
        messages::wait_for_count,
        expectations::expect,
        waits::settle,
        waits::client,
        waits::retained,
        near_misses::near_misses,
        state::state,
        state::stats,
        state::sessions,
        state::session,
        state::subscriptions,
        state::retained,
        state::retained_message,
        state::capabilities,
        clients::list,
        clients::one,
        events::events,
        export::export,
    ),
    components(schemas(schema::Failure, schema::Entry, schema::Count))
)]
struct Document;

/// Most routes are below this.
const BELOW: &str = "/api/v1/";

static TEXT: LazyLock<String> = LazyLock::new(text);

/// What each route takes, by its method and path.
pub(super) fn takes() -> BTreeMap<(String, String), Takes> {
    complete::takes(Document::openapi())
}

/// The document as it is kept: indented, so that a change shows.
pub(super) fn text() -> String {
    let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
    schema::complete(&mut document);
    let mut text = serde_json::to_string_pretty(&tidy(document)).unwrap_or_default();
    text.push('\n');
    text
}

fn below(path: &str) -> &str {
    path.strip_prefix(BELOW).unwrap_or(path)
}

/// The path of a route that is nearest to this one, if one is near.
pub(super) fn nearest_path(path: &str) -> Option<String> {
    let document: serde_json::Value = serde_json::from_str(&TEXT).ok()?;
    let paths = document.get("paths")?.as_object()?;
    let near = nearest(below(path), paths.keys().map(|path| below(path)))?;
    paths.keys().find(|path| below(path) == near).cloned()
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/openapi.json", get(document))
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "broker", responses((status = 200, description = "this document", body = serde_json::Value)))]
pub(super) async fn document() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str())
}
