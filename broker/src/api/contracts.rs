//! `/api/v1/contracts`: the documents that clients are held to, and what was seen of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::{Kind, Shape};
use super::shapes::Removed;
use super::sparkplug::SparkplugSeen;
use super::{Body, Problem, Shared};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/contracts", get(contracts).put(hold).delete(drop_them))
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

/// Documents and schemas that clients are to be held to. Names are those of the settings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewContracts {
    /// AsyncAPI documents, by their names in `files`.
    #[serde(default)]
    #[schema(example = json!(["lamps.yaml"]))]
    asyncapi: Vec<String>,
    /// JSON Schemas by topic, as `FILTER=FILE`.
    #[serde(default)]
    #[schema(example = json!([]))]
    schemas: Vec<String>,
    /// Client identifiers of the application that the documents describe; `*` stands for any characters.
    #[serde(default)]
    #[schema(example = json!([]))]
    application: Vec<String>,
    /// Whether a message that breaks a contract is refused.
    #[serde(default)]
    enforce: bool,
    /// Whether edge nodes and host applications are held against Sparkplug B; what breaks it is told and never refused.
    #[serde(default)]
    sparkplug: bool,
    /// The texts of the files by their names; those that are referred to, too. None is read from the broker's machine.
    #[serde(default)]
    #[schema(example = json!({"lamps.yaml": "asyncapi: 3.0.0\nchannels: {state: {address: lamps/state}}\n"}))]
    files: BTreeMap<String, String>,
}

/// Holds clients to contracts from their next packet on, in the place of those before. What was seen is forgotten.
#[utoipa::path(
    put, path = "/api/v1/contracts", tag = "broker", request_body = NewContracts,
    responses(
        (status = 200, description = "clients are held to them", body = ContractReport),
        (status = "4XX", description = "nothing has changed", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn hold(
    State(shared): super::State,
    Body(said): Body<NewContracts>,
) -> Result<Json<ContractReport>, Problem> {
    change(&shared, said).await?;
    Ok(Json(report(&shared)))
}

/// Holds clients to no contract any more.
#[utoipa::path(
    delete, path = "/api/v1/contracts", tag = "broker",
    responses((status = 200, description = "there is none any more", body = Removed))
)]
pub(super) async fn drop_them(State(shared): super::State) -> Result<Json<Removed>, Problem> {
    remove(&shared).await.map(Json)
}

#[cfg(not(feature = "contracts"))]
async fn change(_: &Shared, said: NewContracts) -> Result<(), Problem> {
    let NewContracts {
        asyncapi,
        schemas,
        application,
        enforce,
        sparkplug,
        files,
    } = said;
    drop((asyncapi, schemas, application, enforce, sparkplug, files));
    let why = "this program was built without the feature `contracts`";
    Err(Problem::new(Kind::Unsupported, why))
}

#[cfg(not(feature = "contracts"))]
async fn remove(_: &Shared) -> Result<Removed, Problem> {
    Ok(Removed { removed: 0 })
}

#[cfg(feature = "contracts")]
async fn change(shared: &Shared, said: NewContracts) -> Result<(), Problem> {
    use crate::contract::{Files, Held};

    let files = said.files;
    let said = settings::Contracts {
        asyncapi: said.asyncapi,
        schemas: said.schemas,
        application: said.application,
        examples: false,
        enforce: said.enforce,
        sparkplug: said.sparkplug,
    };
    let of_schemas = said.schemas.iter().filter_map(|schema| schema.split_once('='));
    let named = of_schemas.map(|(_, file)| file);
    for name in said.asyncapi.iter().map(String::as_str).chain(named) {
        if !files.contains_key(name) {
            return Err(missing(name, &files));
        }
    }
    shared.broker.may_hold(&said)?;
    // To compile many schemas takes a while, in which others are answered.
    let read = move || Held::read(&said, &Files::Given(&files));
    let read = tokio::task::spawn_blocking(read).await;
    let read = read.map_err(|error| Problem::new(Kind::Internal, error.to_string()))?;
    let Some(held) = read.map_err(|wrong| wrong_in(&wrong))? else {
        let what = "`asyncapi`: it names no document, `schemas` no schema, and `sparkplug` is false; name one that is in `files`";
        return Err(Problem::new(Kind::Invalid, what).with("path", "asyncapi"));
    };
    shared.broker.hold_to(Some(held)).await?;
    Ok(())
}

#[cfg(feature = "contracts")]
async fn remove(shared: &Shared) -> Result<Removed, Problem> {
    let removed = usize::from(shared.broker.remove_contracts().await?);
    Ok(Removed { removed })
}

#[cfg(feature = "contracts")]
fn missing(name: &str, files: &BTreeMap<String, String>) -> Problem {
    let near = super::body::nearest(name, files.keys().map(String::as_str));
    let near = near.map(|near| format!("; did you mean {near:?}?"));
    let what = format!(
        "`files`: there is no text of {} in it, and no file of the broker's machine is read for a request{}",
        settings::text::Quoted(name, 60),
        near.unwrap_or_default(),
    );
    Problem::new(Kind::Invalid, what).with("path", "files")
}

/// All that is wrong in the files, each with its line.
#[cfg(feature = "contracts")]
fn wrong_in(wrong: &[broker_contract::Told]) -> Problem {
    let first = wrong.first().map(ToString::to_string).unwrap_or_default();
    let detail = match wrong.len() {
        0 | 1 => first,
        many => format!("{first} (and {} more: see `errors`)", many - 1),
    };
    let one = |told: &broker_contract::Told| serde_json::json!({"file": &*told.place.file, "line": told.place.line, "detail": super::words::plain(told.to_string())});
    let errors: Vec<serde_json::Value> = wrong.iter().map(one).collect();
    Problem::new(Kind::Invalid, detail)
        .with("path", "files")
        .with("errors", errors)
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
