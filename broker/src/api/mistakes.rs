//! What is wrong with a rule, a stub or a device of a request, as a problem.

use serde_json::{Value, json};
use settings::text::cut;

use super::body::nearest;
use super::problem::{Kind, Problem};
use super::words::plain;
use crate::error::{Error, Kind as ErrorKind};
use crate::fault::Invalid;

/// So many mistakes are told one by one, each in so many characters: some repeat what came.
const MOST_TOLD: usize = 20;
const DETAIL_CHARS: usize = 1_000;

/// The path in the body: behind `fault "lost": `.
fn path(invalid: &Invalid) -> Option<&str> {
    let behind = match invalid.place.rsplit_once('"') {
        Some((_, behind)) => behind,
        None => &invalid.place,
    };
    behind.split_once(": ").map(|(_, path)| path)
}

/// All that is wrong with one of them.
pub(super) fn problem(all: &[Invalid]) -> Problem {
    let Some(first) = all.first() else {
        return Problem::new(Kind::Invalid, "it cannot work");
    };
    let detail = match all.len() {
        1 => first.to_string(),
        many => {
            let second = &all[1];
            let more = many.saturating_sub(2);
            let more = if more > 0 {
                format!(" (and {more} more: see `errors`)")
            } else {
                String::new()
            };
            format!("{first}; {second}{more}")
        }
    };
    let one = |invalid: &Invalid| json!({"path": path(invalid), "detail": cut(&plain(invalid.to_string()), DETAIL_CHARS)});
    let errors: Vec<Value> = all.iter().take(MOST_TOLD).map(one).collect();
    let problem = Problem::new(Kind::Invalid, cut(&detail, DETAIL_CHARS));
    let problem = match path(first) {
        Some(path) => problem.with("path", path),
        None => problem,
    };
    problem.with("errors", errors)
}

/// What an error of the broker says, as that of a body.
pub(super) fn refused(error: Error) -> Problem {
    match error.kind() {
        ErrorKind::Script(invalid) => problem(std::slice::from_ref(invalid)),
        _ => error.into(),
    }
}

/// Why a stub or a device was not added. What was read can work: mostly it is the name that is taken, and then this finds it.
pub(super) async fn not_added<T>(error: Error, found: impl Future<Output = Result<T, Problem>>) -> Problem {
    if error.is_invalid() && found.await.is_ok() {
        return Problem::taken(error);
    }
    refused(error)
}

/// There is none of this name; the nearest, or those that there are.
pub(super) fn no_such<'a>(what: &str, name: &str, names: impl Iterator<Item = &'a str> + Clone) -> Problem {
    /// So many are told.
    const TOLD: usize = 8;

    let others = if let Some(near) = nearest(name, names.clone()) {
        format!("; did you mean {near:?}?")
    } else {
        let told: Vec<String> = names.take(TOLD).map(|name| format!("{name:?}")).collect();
        if told.is_empty() {
            "; there is none at all".to_owned()
        } else {
            format!("; there are {}", told.join(", "))
        }
    };
    let name = settings::text::Quoted(name, 60);
    Problem::not_found(format!("there is no {what} {name}{others}"))
}

/// The name of the path goes into the body, where that says none. It cannot say another.
pub(super) fn named(mut body: Value, name: &str) -> Result<Value, Problem> {
    if let Value::Object(members) = &mut body {
        let said = members.entry("name").or_insert_with(|| name.into());
        if said != name {
            let detail =
                format!("`name`: the body says {said}, and the path {name:?}: leave it out of the body");
            return Err(Problem::new(Kind::Invalid, detail).with("path", "name"));
        }
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_behind_the_name() {
        let of = |place: &str| {
            path(&Invalid {
                place: place.to_owned(),
                what: String::new(),
            })
            .map(str::to_owned)
        };
        assert_eq!(of(r#"fault "a: b": when.qos"#).as_deref(), Some("when.qos"));
        assert_eq!(of("a stub: publish").as_deref(), Some("publish"));
        assert_eq!(of(r#"device "lamp""#), None);
    }
}
