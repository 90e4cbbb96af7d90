//! [`Is`]: what a test, a rule or a filter asks of a field.

use serde_json::{Number, Value as Json};

use super::comparison::Comparison;
use super::read;
use super::regex::Regex;

/// What is asked of a field: that it is equal to a value, or another comparison.
///
/// A text, a number or a truth is a comparison by itself: it asks for the same. `null` asks that the field is absent. An
/// object asks for its members, a list for a list with these elements. Of a field that is a list one element has to fit.
///
/// ```
/// use broker_core::pattern::{Is, connect, publish};
///
/// let patterns = [
///     connect().field("keep_alive", Is::between(1, 60)),
///     connect().field("user_name", Is::absent()),
///     publish("a/#").field("qos", Is::one_of([1, 2])),
///     publish("a/#").payload(Is::not(Is::containing("error"))),
///     publish("a/#").payload(Is::json_at("/celsius", Is::at_least(20.5))),
/// ];
/// for pattern in patterns {
///     println!("{pattern}"); // PUBLISH from a client on a/#, qos 1 or 2
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Is(pub(super) Comparison);

/// A value is compared as the same value in JSON would be.
impl<T: Into<Json>> From<T> for Is {
    fn from(value: T) -> Self {
        Self(read::comparison(value.into()))
    }
}

impl Is {
    /// One of these fits.
    pub fn one_of<T: Into<Is>>(any: impl IntoIterator<Item = T>) -> Self {
        Self(Comparison::OneOf(
            any.into_iter().map(|one| one.into().0).collect(),
        ))
    }

    /// All of these fit.
    pub fn all<T: Into<Is>>(all: impl IntoIterator<Item = T>) -> Self {
        Self(Comparison::All(all.into_iter().map(|one| one.into().0).collect()))
    }

    /// This does not fit. A field that is absent fits.
    #[allow(clippy::should_implement_trait)]
    pub fn not(other: impl Into<Is>) -> Self {
        Self(Comparison::Not(Box::new(other.into().0)))
    }

    /// The field is there, with any value.
    pub fn present() -> Self {
        Self(Comparison::Present(true))
    }

    /// The field is not there.
    pub fn absent() -> Self {
        Self(Comparison::Present(false))
    }

    /// A number from `from` to `to`, both included.
    pub fn between(from: impl Into<Json>, to: impl Into<Json>) -> Self {
        Self::range(Some(from.into()), Some(to.into()))
    }

    /// This number or a greater one.
    pub fn at_least(from: impl Into<Json>) -> Self {
        Self::range(Some(from.into()), None)
    }

    /// This number or a smaller one.
    pub fn at_most(to: impl Into<Json>) -> Self {
        Self::range(None, Some(to.into()))
    }

    fn range(from: Option<Json>, to: Option<Json>) -> Self {
        let number = |bound: Option<Json>| -> Result<Option<Number>, String> {
            match bound {
                None => Ok(None),
                Some(Json::Number(number)) => Ok(Some(number)),
                Some(other) => Err(format!("{other} is not a number")),
            }
        };
        Self(match (number(from), number(to)) {
            (Ok(from), Ok(to)) => Comparison::Range { from, to },
            (Err(error), _) | (_, Err(error)) => Comparison::Wrong(error),
        })
    }

    /// A text with this in it.
    pub fn containing(part: impl Into<String>) -> Self {
        Self(Comparison::Contains(part.into()))
    }

    /// A text in which this regular expression finds something. To match all of it, write `^…$`.
    pub fn matching(regex: impl Into<String>) -> Self {
        Self(Comparison::Matches(Regex::new(regex)))
    }

    /// These bytes.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Comparison::Bytes(bytes.into()))
    }

    /// The length in bytes, which may be compared in turn: `Is::len_bytes(Is::at_most(10))`.
    pub fn len_bytes(length: impl Into<Is>) -> Self {
        Self(Comparison::LenBytes(Box::new(length.into().0)))
    }

    /// Bytes with this SHA-256, as `sha256sum` prints it.
    pub fn sha256(digest: impl Into<String>) -> Self {
        Self(Comparison::Sha256(digest.into()))
    }

    /// A payload that is this JSON value, however it is written.
    pub fn json(value: impl Into<Json>) -> Self {
        Self(Comparison::Json(value.into()))
    }

    /// A payload that is JSON with at least these members.
    pub fn json_subset(value: impl Into<Json>) -> Self {
        Self(Comparison::JsonSubset(value.into()))
    }

    /// A payload that is JSON, and what stands at the pointer (RFC 6901: `/list/0/name`) fits.
    pub fn json_at(pointer: impl Into<String>, is: impl Into<Is>) -> Self {
        Self(Comparison::JsonAt(pointer.into(), Box::new(is.into().0)))
    }
}
