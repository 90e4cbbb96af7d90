//! Files that a stub or a device of a request reads: the request has them in it. The broker reads none of its own for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::problem::{Kind, Problem};
use crate::script::content;
use crate::template::Files;

fn wrong(path: &str, what: &str) -> Problem {
    Problem::new(Kind::Invalid, format!("`{path}`: {what}")).with("path", path)
}

/// Takes the member `files` out of the body: an object of names, each with a text or `{"base64": …}`.
pub(super) fn take(body: &mut Value) -> Result<Files, Problem> {
    let files = body.as_object_mut().and_then(|members| members.remove("files"));
    let Some(files) = files else {
        return Ok(Files::default());
    };
    let Value::Object(files) = files else {
        let what = "it is an object: a name, and the text in it, as in {\"rows.csv\": \"a,b\\n1,2\\n\"}";
        return Err(wrong("files", what));
    };
    files.into_iter().try_fold(Files::default(), |all, (name, said)| {
        let path = format!("files.{name}");
        let bytes = match &said {
            Value::String(text) => Some(text.clone().into_bytes()),
            said => said
                .as_object()
                .filter(|members| members.len() == 1)
                .and_then(|members| members.get("base64")?.as_str())
                .map(|text| {
                    STANDARD
                        .decode(text)
                        .map_err(|error| wrong(&path, &format!("it is no Base64: {error}")))
                })
                .transpose()?,
        };
        let bytes = bytes.ok_or_else(|| wrong(&path, "it is a text, or {\"base64\": …}"))?;
        let content = content(&name, bytes).map_err(|error| wrong(&path, &error.to_string()))?;
        Ok(all.with(&name, content))
    })
}

/// Refuses what reads a file that is not there.
pub(super) fn check(names: &[String], files: &Files) -> Result<(), Problem> {
    let Some(missing) = names.iter().find(|name| !files.has(name)) else {
        return Ok(());
    };
    let what = format!(
        "over HTTP no file of the broker's machine is read: send the content of {missing:?} along, as \
         {{\"files\": {{{missing:?}: \"…\"}}}}"
    );
    Err(wrong("files", &what))
}
