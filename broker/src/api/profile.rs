//! `/api/v1/profile`, `/api/v1/profiles`, `/api/v1/violations`: what another broker would not take.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::mistakes::{self, no_such};
use super::problem::Shape;
use super::shapes::Removed;
use super::{Body, Path, Problem, Shared};
use crate::profile::{Mode, Profile, Tallied, Tally};
use crate::profiles;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/profile", get(held).put(hold).delete(drop_it))
        .route("/api/v1/profiles", get(list))
        .route("/api/v1/profiles/{name}", get(one))
        .route("/api/v1/violations", get(violations))
}

/// What comes of a violation.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ProfileMode {
    /// It is told, and the packet passes.
    #[default]
    Warn,
    /// It is told, and the broker does what the other would do.
    Enforce,
}

impl From<Mode> for ProfileMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Warn => Self::Warn,
            Mode::Enforce => Self::Enforce,
        }
    }
}

/// The profile that clients are held against.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HeldProfile {
    /// Its name; `null` where clients are held against none.
    name: Option<String>,
    /// What sentences call that broker.
    title: Option<String>,
    mode: ProfileMode,
    /// The profile, in the form of its file.
    #[schema(value_type = Option<Object>)]
    profile: Option<Value>,
}

impl HeldProfile {
    fn new(profile: &Profile, mode: Mode) -> Self {
        Self {
            name: Some(profile.name.clone()),
            title: Some(profile.title.clone()),
            mode: mode.into(),
            profile: Some(profile.to_json()),
        }
    }
}

/// A profile that clients are to be held against.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewProfile {
    /// The name of one that the broker has, or of the one that is said here.
    #[schema(example = "aws-iot")]
    name: String,
    #[serde(default)]
    mode: ProfileMode,
    /// One's own, in the form of its file.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    profile: Option<Value>,
}

/// A profile that the broker has.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KnownProfile {
    name: String,
    /// What sentences call that broker.
    title: String,
    about: String,
    /// The profile, in the form of its file.
    #[schema(value_type = Object)]
    profile: Value,
}

impl From<Profile> for KnownProfile {
    fn from(profile: Profile) -> Self {
        Self {
            profile: profile.to_json(),
            name: profile.name,
            title: profile.title,
            about: profile.about,
        }
    }
}

/// The profiles that the broker has.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KnownProfiles {
    /// By name.
    profiles: Vec<KnownProfile>,
}

/// What one client did against one rule.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Violation {
    client_id: String,
    /// What kind of thing says the rule: `profile`, `asyncapi`, `schema`.
    origin: String,
    /// Its name.
    contract: String,
    /// The rule: in a profile the name of the limit.
    rule: String,
    /// How often.
    count: u64,
    /// Whether the broker acted on it, or let it pass.
    enforced: bool,
    /// What was said of the first, in one sentence.
    text: String,
    /// The topic name of the first, where a PUBLISH did it.
    topic: Option<String>,
    /// Who says so.
    source: String,
    /// When the first was, on the broker's clock.
    first_at_secs: f64,
    /// When the last was.
    last_at_secs: f64,
}

impl From<&Tallied> for Violation {
    fn from(row: &Tallied) -> Self {
        let first = &row.first;
        Self {
            client_id: first.client_id.to_string(),
            origin: first.origin.to_owned(),
            contract: first.contract.to_string(),
            rule: first.rule.to_string(),
            count: row.count,
            enforced: first.enforced,
            text: first.text.to_string(),
            topic: first.topic.as_deref().map(ToOwned::to_owned),
            source: first.source.to_string(),
            first_at_secs: row.first_at.since_start().as_secs_f64(),
            last_at_secs: row.last_at.since_start().as_secs_f64(),
        }
    }
}

/// What clients did that a profile or a contract would not take.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Violations {
    /// How many there were in all.
    total: u64,
    /// How many of them are not in the list, which has at most 1,000 rows.
    unlisted: u64,
    /// By client, and then by rule.
    violations: Vec<Violation>,
}

impl From<&Tally> for Violations {
    fn from(tally: &Tally) -> Self {
        Self {
            total: tally.total(),
            unlisted: tally.unlisted(),
            violations: tally.rows().map(Violation::from).collect(),
        }
    }
}

/// The profile that clients are held against.
#[utoipa::path(
    get, path = "/api/v1/profile", tag = "profiles",
    responses((status = 200, description = "the profile, or that there is none", body = HeldProfile))
)]
pub(super) async fn held(State(shared): super::State) -> Result<Json<HeldProfile>, Problem> {
    let held = shared.broker.profile().get().await?;
    let none = HeldProfile {
        name: None,
        title: None,
        mode: ProfileMode::default(),
        profile: None,
    };
    Ok(Json(held.map_or(none, |(profile, mode)| {
        HeldProfile::new(&profile, mode)
    })))
}

/// Holds clients against a profile from their next packet on, in the place of the one before. What was counted is forgotten.
#[utoipa::path(
    put, path = "/api/v1/profile", tag = "profiles", request_body = NewProfile,
    responses(
        (status = 200, description = "clients are held against it", body = HeldProfile),
        (status = "4XX", description = "nothing has changed", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn hold(
    State(shared): super::State,
    Body(said): Body<NewProfile>,
) -> Result<Json<HeldProfile>, Problem> {
    let profile = match &said.profile {
        Some(own) => {
            let read = Profile::from_json_or_all_wrongs(&said.name, own);
            read.map_err(|all| mistakes::problem(&all))?
        }
        None => profiles::named(&said.name).map_err(|wrong| mistakes::problem(&[wrong]))?,
    };
    let mode = match said.mode {
        ProfileMode::Warn => Mode::Warn,
        ProfileMode::Enforce => Mode::Enforce,
    };
    let answer = HeldProfile::new(&profile, mode);
    shared.broker.profile().set(profile, mode).await?;
    Ok(Json(answer))
}

/// Holds clients against no profile any more.
#[utoipa::path(
    delete, path = "/api/v1/profile", tag = "profiles",
    responses((status = 200, description = "there is none any more", body = Removed))
)]
pub(super) async fn drop_it(State(shared): super::State) -> Result<Json<Removed>, Problem> {
    let removed = usize::from(shared.broker.profile().remove().await?);
    Ok(Json(Removed { removed }))
}

/// The profiles that the broker has.
#[utoipa::path(
    get, path = "/api/v1/profiles", tag = "profiles",
    responses((status = 200, description = "the profiles", body = KnownProfiles))
)]
pub(super) async fn list() -> Json<KnownProfiles> {
    let profiles = profiles::all().map(KnownProfile::from).collect();
    Json(KnownProfiles { profiles })
}

/// One of them.
#[utoipa::path(
    get, path = "/api/v1/profiles/{name}", tag = "profiles", params(("name" = String, Path, description = "its name")),
    responses(
        (status = 200, description = "the profile", body = KnownProfile),
        (status = "4XX", description = "there is none of this name", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn one(Path(name): Path<String>) -> Result<Json<KnownProfile>, Problem> {
    let found = profiles::named(&name);
    let absent = |_| no_such("profile", &name, profiles::names());
    found.map(|profile| Json(profile.into())).map_err(absent)
}

/// Which client broke which rule of the profile, or of a contract, and how often.
#[utoipa::path(
    get, path = "/api/v1/violations", tag = "profiles",
    responses((status = 200, description = "the violations", body = Violations))
)]
pub(super) async fn violations(State(shared): super::State) -> Result<Json<Violations>, Problem> {
    let tally = shared.broker.profile().violations().await?;
    Ok(Json(Violations::from(&tally)))
}
