//! What holds for every route, said once: its name for programs that are made from the document, its problems, who may.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::Modify;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder, Schema};

use crate::api::strict::Takes;

/// Completes the document.
pub(super) struct Complete;

impl Modify for Complete {
    fn modify(&self, document: &mut OpenApi) {
        let schemas = document.components.get_or_insert_default().schemas.clone();
        for (path, item) in &mut document.paths.paths {
            for (method, operation) in operations(item) {
                operation.operation_id = Some(id(method, path));
                if let Some(body) = &mut operation.request_body {
                    // An empty body counts as `{}`.
                    let needed = body
                        .content
                        .values()
                        .any(|it| needs(&schemas, it.schema.as_ref()));
                    body.required = Some(if needed { Required::True } else { Required::False });
                }
                let refused = || RefOr::T(problem());
                operation
                    .responses
                    .responses
                    .entry("4XX".to_owned())
                    .or_insert_with(refused);
            }
        }
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("the first line of the file that http.token_file names"));
        let components = document.components.get_or_insert_default();
        components
            .security_schemes
            .insert("token".to_owned(), SecurityScheme::Http(bearer.build()));
        // Without http.token_file no token is asked for.
        document.security = Some(vec![
            SecurityRequirement::default(),
            SecurityRequirement::new("token", [""; 0]),
        ]);
    }
}

/// Whether a body of this shape has a member that must be there.
fn needs(schemas: &BTreeMap<String, RefOr<Schema>>, shape: Option<&RefOr<Schema>>) -> bool {
    let shape = match shape {
        Some(RefOr::Ref(to)) => to
            .ref_location
            .rsplit('/')
            .next()
            .and_then(|name| schemas.get(name)),
        other => other,
    };
    match shape {
        Some(RefOr::T(Schema::Object(object))) => !object.required.is_empty(),
        _ => true,
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("delete", &mut item.delete),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// What each route takes, by its method and path.
pub(super) fn takes(mut document: OpenApi) -> BTreeMap<(String, String), Takes> {
    let mut all = BTreeMap::new();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            let mut parameters = operation.parameters.iter().flatten();
            let takes = Takes {
                query: parameters.any(|it| it.parameter_in == ParameterIn::Query),
                body: operation.request_body.is_some(),
            };
            all.insert((method.to_ascii_uppercase(), path.clone()), takes);
        }
    }
    all
}

/// `get_clients_client_id` of `GET /api/v1/clients/{client_id}`.
fn id(method: &str, path: &str) -> String {
    let path = path.trim_start_matches("/api/v1");
    let words = path.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let words = words.filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

fn problem() -> Response {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new()
        .description("why it has no result")
        .content("application/problem+json", body.build())
        .build()
}

/// What the library says less well than JSON Schema does.
pub(super) fn tidy(mut document: Value) -> Value {
    match &mut document {
        Value::Object(members) => {
            // Numbers without a sign go further.
            if members.get("minimum") == Some(&0.into())
                && let Some(Value::String(format)) = members.get_mut("format")
                && format.starts_with("int")
            {
                format.insert(0, 'u');
            }
            // A stream is no one text.
            if let Some(Value::Object(stream)) = members.get_mut("text/event-stream") {
                stream.remove("schema");
            }
            // A tuple.
            if members.get("items").is_some_and(Value::is_array) {
                let items = members.insert("items".to_owned(), false.into());
                members.insert("prefixItems".to_owned(), items.unwrap_or_default());
            }
            for member in members.values_mut() {
                *member = tidy(member.take());
            }
        }
        Value::Array(all) => {
            for one in all {
                *one = tidy(one.take());
            }
        }
        _ => {}
    }
    document
}
