//! Users and rights, while the broker runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use settings::BrokerSettings;
use utoipa::ToSchema;

use super::mistakes::no_such;
use super::new_broker::wrong;
use super::problem::{Kind, Shape};
use super::shapes::Removed;
use super::{Body, Path, Problem, Shared};
use crate::error::Error;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/users", get(users))
        .route("/api/v1/users/{name}", put(set_user).delete(remove_user))
        .route("/api/v1/acl", put(set_acl))
        .route("/api/v1/allow-anonymous", put(allow_anonymous))
        .route("/api/v1/access/reload", post(reload))
}

/// The longest name of a user, and the longest password.
const LONGEST: usize = 65_535;

/// All users.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Users {
    /// Their names, sorted: those of settings and files, and those that were set here.
    users: Vec<String>,
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct User {
    name: String,
}

/// How a user comes in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    /// The password. It is kept in memory alone, and shown nowhere.
    #[schema(value_type = String, example = "pencil")]
    password: Value,
}

/// Who may publish and read what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Lines {
    /// The lines, each in the form of an `[[acl]]` table. Without any, everything is allowed.
    #[schema(value_type = Vec<Object>, example = json!([{"user": "ann", "topic": "#", "access": "readwrite"}]))]
    acl: Value,
}

/// The list that is in force.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Acl {
    /// How many lines it has.
    lines: usize,
}

/// Whether clients may come in without a user name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Anonymous {
    allow: bool,
}

/// What is different now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Changes {
    /// Users that were not there before.
    added: usize,
    /// Users that are no longer there.
    removed: usize,
    /// Users whose password is another one, or who may come in under other conditions.
    changed: usize,
    /// Lines of lists, by the file or the setting.
    acl: BTreeMap<String, LinesChanged>,
    /// Clients that were disconnected, because they could not come in any more.
    disconnected: usize,
}

/// How many lines of one list are different now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LinesChanged {
    added: usize,
    removed: usize,
}

/// The names of all users.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "access",
    responses(
        (status = 200, description = "the users", body = Users),
        (status = "4XX", description = "the engine has none", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn users(State(shared): super::State) -> Result<Json<Users>, Problem> {
    let users = shared.broker.users().await?;
    Ok(Json(Users { users }))
}

/// Adds a user, or gives one another password. A client that is connected under this name with another password is disconnected.
#[utoipa::path(
    put, path = "/api/v1/users/{name}", tag = "access", params(("name" = String, Path, description = "the user name")),
    request_body = Login,
    responses(
        (status = 200, description = "this user may come in", body = User),
        (status = "4XX", description = "nothing has changed", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_user(
    State(shared): super::State,
    Path(name): Path<String>,
    Body(Login { password }): Body<Login>,
) -> Result<Json<User>, Problem> {
    // What stands there in place of a text may still be a secret: it is not repeated.
    let Some(password) = password.as_str().filter(|password| password.len() <= LONGEST) else {
        let detail = format!("`password`: it is a text of at most {LONGEST} bytes");
        return Err(Problem::new(Kind::Invalid, detail).with("path", "password"));
    };
    shared.broker.set_user(&*name, password).await?;
    Ok(Json(User { name }))
}

/// Removes a user, wherever it comes from; its clients are disconnected.
#[utoipa::path(
    delete, path = "/api/v1/users/{name}", tag = "access", params(("name" = String, Path, description = "the user name")),
    responses(
        (status = 200, description = "this user may not come in any more", body = Removed),
        (status = "4XX", description = "there is none of this name", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove_user(
    State(shared): super::State,
    Path(name): Path<String>,
) -> Result<Json<Removed>, Problem> {
    if shared.broker.remove_user(&*name).await? {
        return Ok(Json(Removed::ONE));
    }
    let users = shared.broker.users().await?;
    Err(no_such("user", &name, users.iter().map(String::as_str)))
}

/// This access control list at every listener, in place of those of settings and files. Each next packet is decided by it.
#[utoipa::path(
    put, path = "/api/v1/acl", tag = "access", request_body = Lines,
    responses(
        (status = 200, description = "it is in force", body = Acl),
        (status = "4XX", description = "nothing has changed", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_acl(
    State(shared): super::State,
    Body(Lines { acl }): Body<Lines>,
) -> Result<Json<Acl>, Problem> {
    let mut said = BrokerSettings::default();
    settings::set_all(&mut said, &json!({"acl": acl})).map_err(|error| wrong(&error))?;
    // Of a filter that is not valid: the error begins with its line.
    let misread = |error: Error| match error.to_string().split_once(": ") {
        Some((line, _)) if error.is_invalid() => Problem::from(error).with("path", line),
        _ => error.into(),
    };
    shared.broker.set_acl(&said.acl).await.map_err(misread)?;
    Ok(Json(Acl {
        lines: said.acl.len(),
    }))
}

/// Whether clients may come in without a user name. If not, those who are there without one are disconnected.
#[utoipa::path(
    put, path = "/api/v1/allow-anonymous", tag = "access", request_body = Anonymous,
    responses(
        (status = 200, description = "it is so now", body = Anonymous),
        (status = "4XX", description = "nothing has changed", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn allow_anonymous(
    State(shared): super::State,
    Body(said): Body<Anonymous>,
) -> Result<Json<Anonymous>, Problem> {
    shared.broker.allow_anonymous(said.allow).await?;
    Ok(Json(said))
}

/// Reads the files of users and access control lists again that the settings name, all of them or, if one is wrong, none.
#[utoipa::path(
    post, path = "/api/v1/access/reload", tag = "access",
    responses(
        (status = 200, description = "they were read", body = Changes),
        (status = "4XX", description = "nothing has changed", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reload(State(shared): super::State) -> Result<Json<Changes>, Problem> {
    let changes = shared.broker.reload_access().await?;
    Ok(Json(Changes {
        added: changes.added,
        removed: changes.removed,
        changed: changes.changed,
        acl: changes
            .acl
            .into_iter()
            .map(|(list, (added, removed))| (list, LinesChanged { added, removed }))
            .collect(),
        disconnected: changes.disconnected,
    }))
}
