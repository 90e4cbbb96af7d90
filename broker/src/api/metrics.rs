//! `/metrics`: the broker's figures, as Prometheus reads them.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::problem::Shape;
use super::{Problem, Shared};
use crate::engine::{Figures, Stats};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/metrics", get(metrics))
}

/// The text form of Prometheus.
const FORM: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The broker's figures, as Prometheus reads them: what there is now, and counters, which end in `_total`.
#[utoipa::path(
    get, path = "/metrics", tag = "health",
    responses(
        (status = 200, description = "the figures", body = String, content_type = "text/plain"),
        (status = "4XX", description = "the broker has stopped", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn metrics(State(shared): super::State) -> Result<impl IntoResponse, Problem> {
    let broker = &shared.broker;
    let mut page = Page::default();
    let what = format!(
        "version=\"{}\",engine=\"{}\"",
        env!("CARGO_PKG_VERSION"),
        broker.engine()
    );
    page.add(
        "info",
        "gauge",
        "Which broker this is.",
        &format!("{{{what}}}"),
        1,
    );
    // Only our own engine knows what there is now.
    let stats = match broker.figures().await {
        Ok(figures) => {
            page.figures(&figures);
            figures.stats
        }
        Err(error) if error.is_unsupported() => broker.stats().await?,
        Err(error) => return Err(error.into()),
    };
    page.counters(&stats);
    let brokers = shared.brokers.count() as u64;
    page.gauge(
        "brokers",
        "Further brokers that requests began and that still run.",
        brokers,
    );
    Ok(([(CONTENT_TYPE, FORM)], page.0))
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn add(&mut self, name: &str, kind: &str, what: &str, labels: &str, value: u64) {
        let name = format!("citronella_{name}");
        // Writing to a String cannot fail.
        let _ = write!(
            self.0,
            "# HELP {name} {what}\n# TYPE {name} {kind}\n{name}{labels} {value}\n"
        );
    }

    fn gauge(&mut self, name: &str, what: &str, value: u64) {
        self.add(name, "gauge", what, "", value);
    }

    fn figures(&mut self, figures: &Figures) {
        for (name, what, value) in [
            (
                "uptime_seconds",
                "Since the start of the broker, on its clock.",
                figures.uptime_secs,
            ),
            ("clients_connected", "Clients connected now.", figures.connected),
            ("sessions", "Sessions, connected or not.", figures.sessions),
            (
                "subscriptions",
                "Subscriptions, shared ones included.",
                figures.subscriptions,
            ),
            (
                "shared_subscriptions",
                "Shared subscriptions.",
                figures.shared_subscriptions,
            ),
            (
                "retained_messages",
                "Retained messages, $SYS ones left out.",
                figures.retained,
            ),
            (
                "stored_messages",
                "Messages kept: retained, queued and in flight, one for each session that a message is kept for.",
                figures.stored,
            ),
            (
                "stored_bytes",
                "What these cost, as the bounds of the settings count it.",
                figures.stored_bytes,
            ),
            (
                "inflight_messages",
                "QoS 1 and 2 messages to clients that are sent and not acknowledged to the end.",
                figures.inflight,
            ),
            (
                "unwritten_bytes",
                "Bytes that wait for the network to take them.",
                figures.unwritten_bytes,
            ),
        ] {
            self.gauge(name, what, value);
        }
    }
}

/// Each counter: its field, its name, what it counts. One that is new must stand here, or this does not compile.
macro_rules! counters {
    ($($field:ident => $name:literal, $what:literal;)*) => {
        impl Page {
            fn counters(&mut self, stats: &Stats) {
                let Stats { $($field,)* clients_maximum } = *stats;
                $(self.add(concat!($name, "_total"), "counter", $what, "", $field);)*
                self.gauge("clients_maximum", "Most clients connected at the same time.", clients_maximum);
            }
        }
    };
}

counters! {
    connections_opened => "connections_opened", "Network connections accepted.";
    connects_received => "connects_received", "CONNECTs received.";
    clients_connected => "connects_accepted", "CONNECTs accepted.";
    clients_refused => "connects_refused", "CONNECTs refused.";
    violations => "violations", "Connections closed because the client's bytes were no packet or broke a rule.";
    keep_alive_timeouts => "keep_alive_timeouts", "Connections closed by Keep Alive.";
    connect_timeouts => "connect_timeouts", "Connections closed because no CONNECT came in time.";
    write_timeouts => "write_timeouts", "Connections closed because the client took nothing while bytes waited for it.";
    connections_turned_away => "connections_turned_away", "Connections turned away at the door because too many were open.";
    connections_gave_way => "connections_gave_way", "Connections closed before they were let in, to make room for a new one.";
    handshakes_failed => "handshakes_failed", "Connections that got no further than TLS, WebSocket, HTTP or a PROXY header.";
    bytes_received => "bytes_received", "Bytes received.";
    bytes_sent => "bytes_sent", "Bytes sent.";
    packets_received => "packets_received", "Packets received, of any type.";
    packets_sent => "packets_sent", "Packets sent, of any type.";
    publish_received => "publish_received", "PUBLISH packets received.";
    publish_sent => "publish_sent", "PUBLISH packets sent.";
    publish_bytes_received => "publish_bytes_received", "Payload bytes of PUBLISH packets received.";
    publish_bytes_sent => "publish_bytes_sent", "Payload bytes of PUBLISH packets sent.";
    dropped_queue_full => "dropped_queue_full", "Deliveries dropped because the session's queue was full.";
    dropped_outbox_full => "dropped_outbox_full", "Deliveries dropped because the client reads too slowly.";
    dropped_memory_full => "dropped_memory_full", "Deliveries dropped because the broker held as much as it may.";
    refused_for_memory => "refused_for_memory", "Other refusals because the broker held as much as it may.";
    dropped_too_large => "dropped_too_large", "Deliveries dropped because they exceed the client's Maximum Packet Size.";
    dropped_expired => "dropped_expired", "Deliveries dropped because the message expired while it waited.";
    dropped_session_ended => "dropped_session_ended", "Deliveries dropped because the session ended.";
    sessions_expired => "sessions_expired", "Sessions that ended because their Session Expiry Interval passed.";
    panics_caught => "panics_caught", "Panics caught while a connection was served; each is a bug.";
}
