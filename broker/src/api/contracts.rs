//! `/api/v1/contracts`: what clients are held against, and what was seen of it.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::sparkplug::SparkplugSeen;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/contracts", get(contracts))
}

/// Contracts, and what was seen of them.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct ContractReport {
    /// Messages of clients that were looked at.
    messages: u64,
    /// Messages and CONNECT packets that broke something.
    broken: u64,
    /// Each channel; those that nobody has used, too.
    channels: Vec<ChannelUse>,
    /// Topics that no document has.
    undocumented: Vec<Undocumented>,
    /// How many things were broken.
    violations_total: u64,
    /// The latest of them.
    violations: Vec<ContractViolation>,
    /// What of the documents is not understood, or not checked.
    notes: Vec<String>,
    /// What was seen of Sparkplug; `null` where `contracts.sparkplug` is false.
    sparkplug: Option<SparkplugSeen>,
}

/// What was seen of a channel.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChannelUse {
    /// The document.
    contract: String,
    /// The channel.
    channel: String,
    /// Its topics, with parameters in braces.
    address: String,
    /// Messages that clients published there.
    messages: u64,
    /// Those of them that broke something.
    broken: u64,
}

/// A topic without a channel.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Undocumented {
    topic: String,
    messages: u64,
}

/// A client broke a contract.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ContractViolation {
    client_id: String,
    /// The document.
    contract: String,
    /// What was broken: `topic`, `action`, `parameter`, `payload`, `content_type`, `qos`, `retain`, `property` or `connect`.
    rule: String,
    /// The topic; empty for a CONNECT.
    topic: String,
    /// The channel, if one has the topic.
    channel: Option<String>,
    /// The message that it was to be.
    message: Option<String>,
    /// The path in the payload, as a JSON Pointer; empty for all of it.
    path: String,
    /// The line of the document that says so.
    source: String,
    /// What is wrong, in one sentence.
    text: String,
}

/// What clients are held against, and what was seen of it.
#[utoipa::path(
    get, path = "/api/v1/contracts", tag = "broker",
    responses((status = 200, description = "the report", body = ContractReport))
)]
pub(super) async fn contracts(State(shared): super::State) -> Json<ContractReport> {
    Json(report(&shared))
}

#[cfg(not(feature = "contracts"))]
fn report(_: &Shared) -> ContractReport {
    ContractReport::default()
}

#[cfg(feature = "contracts")]
fn report(shared: &Shared) -> ContractReport {
    let sparkplug = shared.broker.sparkplug_report().map(SparkplugSeen::from);
    let Some(report) = shared.broker.contract_report() else {
        return ContractReport {
            sparkplug,
            ..ContractReport::default()
        };
    };
    let channels = report.channels.into_iter().map(|one| ChannelUse {
        contract: one.contract.to_string(),
        channel: one.channel,
        address: one.address,
        messages: one.messages,
        broken: one.broken,
    });
    let undocumented = report.undocumented.into_iter();
    let undocumented = undocumented.map(|(topic, messages)| Undocumented { topic, messages });
    let violations = report
        .violations
        .into_iter()
        .map(|(client_id, one)| ContractViolation {
            client_id,
            contract: one.contract.to_string(),
            rule: one.rule.name().to_owned(),
            source: one.place.to_string(),
            text: one.to_string(),
            topic: one.topic,
            channel: one.channel,
            message: one.message,
            path: one.path,
        });
    ContractReport {
        messages: report.messages,
        broken: report.broken,
        channels: channels.collect(),
        undocumented: undocumented.collect(),
        violations_total: report.violated,
        violations: violations.collect(),
        notes: shared.broker.contract_notes(),
        sparkplug,
    }
}
