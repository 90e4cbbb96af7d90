//! [`PayloadIs`]: what is expected of a payload.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use settings::text::Quoted;

use super::{Difference, json};
use crate::journal::Omitted;

/// What is expected of a payload.
///
/// ```
/// use broker::expect::{PayloadIs, Pattern, publish};
///
/// let json = r#"{"what": {"packet": "PUBLISH"}, "way": "in", "topic": "a", "payload": [{"len": 2}]}"#;
/// assert_eq!(serde_json::from_str::<Pattern>(json)?, publish("a").payload(PayloadIs::Len(2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PayloadIs {
    /// This text.
    Text(String),
    /// A text with this in it.
    Contains(String),
    /// These bytes; in JSON, as Base64.
    #[serde(rename = "bytes_base64")]
    Bytes(#[serde(with = "as_base64")] Vec<u8>),
    /// A text in which this regular expression finds something. To match all of it, write `^…$`.
    Matches(Regex),
    /// This JSON value. The order of members and the form of numbers do not matter.
    Json(Value),
    /// JSON with at least what is named here: objects may have further members.
    JsonSubset(Value),
    /// JSON that has `is` at the place that `pointer` names (RFC 6901: `/list/0/name`).
    JsonAt {
        /// The place.
        pointer: String,
        /// What stands there.
        is: Value,
    },
    /// So many bytes.
    Len(usize),
    /// It has this SHA-256, as `sha256sum` prints it.
    Sha256(String),
}

/// Bytes as the journal writes them.
mod as_base64 {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = BASE64_STANDARD.decode(&text);
        bytes.map_err(|error| D::Error::custom(format!("{text:?} is not Base64: {error}")))
    }
}

/// A regular expression, kept with its source.
///
/// ```
/// use broker::expect::{PayloadIs, Regex};
///
/// let number = PayloadIs::Matches(Regex::from(r"^\d+$".to_owned()));
/// assert_eq!(number.to_string(), r"matching /^\d+$/");
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Regex {
    source: String,
    compiled: Result<regex_lite::Regex, String>,
}

impl Regex {
    /// What is wrong with it, if it is none.
    ///
    /// ```
    /// use broker::expect::Regex;
    ///
    /// assert!(Regex::from("[".to_owned()).error().is_some()); // an expectation with it says so
    /// assert_eq!(Regex::from("[a-z]".to_owned()).error(), None);
    /// ```
    pub fn error(&self) -> Option<&str> {
        self.compiled.as_ref().err().map(String::as_str)
    }

    /// As it was written.
    ///
    /// ```
    /// use broker::expect::Regex;
    ///
    /// assert_eq!(Regex::from("^on|off$".to_owned()).as_str(), "^on|off$");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.source
    }
}

impl From<String> for Regex {
    fn from(source: String) -> Self {
        let compiled = regex_lite::Regex::new(&source).map_err(|error| error.to_string());
        Self { source, compiled }
    }
}

impl From<Regex> for String {
    fn from(regex: Regex) -> Self {
        regex.source
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Regex({:?})", self.source)
    }
}

impl PayloadIs {
    /// Where the payload is not as expected.
    pub(super) fn differences(&self, payload: &[u8], differences: &mut Vec<Difference>) {
        let fits = match self {
            Self::Text(wanted) => payload == wanted.as_bytes(),
            Self::Bytes(wanted) => payload == wanted,
            Self::Contains(part) => std::str::from_utf8(payload).is_ok_and(|text| text.contains(part)),
            Self::Matches(regex) => match (&regex.compiled, std::str::from_utf8(payload)) {
                (Ok(compiled), Ok(text)) => compiled.is_match(text),
                _ => false,
            },
            Self::Len(wanted) => payload.len() == *wanted,
            Self::Sha256(wanted) => Omitted::of(payload).digest().eq_ignore_ascii_case(wanted),
            Self::Json(_) | Self::JsonSubset(_) | Self::JsonAt { .. } => {
                return self.json_differences(payload, differences);
            }
        };
        if !fits {
            let found = match self {
                Self::Len(_) => format!("of {} bytes", payload.len()),
                Self::Sha256(_) => format!("with the SHA-256 {}", Omitted::of(payload).digest()),
                _ => shown(payload),
            };
            differences.push(Difference::new("payload", found, self.to_string()));
        }
    }

    /// Whether it fits a payload of which no more is known than this. What needs the bytes does not.
    pub(super) fn fits_omitted(&self, omitted: Omitted) -> bool {
        match self {
            Self::Text(wanted) => Omitted::of(wanted.as_bytes()) == omitted,
            Self::Bytes(wanted) => Omitted::of(wanted) == omitted,
            Self::Len(wanted) => omitted.bytes == *wanted,
            Self::Sha256(wanted) => omitted.digest().eq_ignore_ascii_case(wanted),
            _ => false,
        }
    }

    fn json_differences(&self, payload: &[u8], differences: &mut Vec<Difference>) {
        let found: Value = match serde_json::from_slice(payload) {
            Ok(value) => value,
            Err(error) => {
                let found = format!("{} (no JSON: {error})", shown(payload));
                return differences.push(Difference::new("payload", found, self.to_string()));
            }
        };
        match self {
            Self::Json(wanted) => json::whole("payload", &found, wanted, differences),
            Self::JsonSubset(wanted) => json::subset("payload", &found, wanted, differences),
            Self::JsonAt { pointer, is } => {
                let place = format!("payload at {pointer}");
                match found.pointer(pointer) {
                    Some(found) => json::whole(&place, found, is, differences),
                    None => differences.push(Difference::new(place, "absent", json::shown(is))),
                }
            }
            _ => {}
        }
    }
}

impl fmt::Display for PayloadIs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => Quoted(text, json::SHOWN).fmt(f),
            Self::Contains(part) => write!(f, "containing {}", Quoted(part, json::SHOWN)),
            Self::Bytes(bytes) => f.write_str(&shown(bytes)),
            Self::Matches(regex) => write!(f, "matching /{}/", regex.source),
            Self::Json(value) => write!(f, "{}", json::shown(value)),
            Self::JsonSubset(value) => write!(f, "with {}", json::shown(value)),
            Self::JsonAt { pointer, is } => write!(f, "with {} at {pointer}", json::shown(is)),
            Self::Len(bytes) => write!(f, "of {bytes} bytes"),
            Self::Sha256(digest) => write!(f, "with the SHA-256 {digest}"),
        }
    }
}

/// What is wrong with these conditions on one payload, if none can fit them.
pub(super) fn wrong(conditions: &[PayloadIs]) -> Option<String> {
    conditions.iter().find_map(|is| match is {
        PayloadIs::Matches(regex) => regex
            .error()
            .map(|error| format!("{:?} is not a regular expression: {error}", regex.as_str())),
        PayloadIs::JsonAt { pointer, .. } => (!pointer.is_empty() && !pointer.starts_with('/'))
            .then(|| format!("{pointer:?} is not a JSON pointer: it begins with /, as in \"/list/0/name\"")),
        PayloadIs::Sha256(digest) => {
            let is_one = digest.len() == 64 && digest.bytes().all(|digit| digit.is_ascii_hexdigit());
            (!is_one).then(|| format!("{digest:?} is not a SHA-256: that has 64 hexadecimal digits"))
        }
        PayloadIs::Text(text) => contradiction(text.as_bytes(), conditions),
        PayloadIs::Bytes(bytes) => contradiction(bytes, conditions),
        _ => None,
    })
}

/// A payload that is given whole has to fit the other conditions.
fn contradiction(whole: &[u8], conditions: &[PayloadIs]) -> Option<String> {
    let mut differences = Vec::new();
    for other in conditions {
        other.differences(whole, &mut differences);
    }
    let difference = differences.first()?;
    Some(format!("it asks for two things at once: {difference}"))
}

/// A payload as a report shows it: text in quotes, else in hexadecimal.
pub(super) fn shown(payload: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(payload) {
        return Quoted(text, json::SHOWN).to_string();
    }
    let hex: Vec<String> = payload
        .iter()
        .take(24)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    json::cut(&format!("<{}>", hex.join(" ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(is: &PayloadIs, payload: &[u8]) -> String {
        let mut differences = Vec::new();
        is.differences(payload, &mut differences);
        let said: Vec<String> = differences.iter().map(ToString::to_string).collect();
        said.join("; ")
    }

    #[test]
    fn each_kind_fits_and_says_why_not() {
        let cases: [(PayloadIs, &[u8], &[u8], &str); 7] = [
            (
                PayloadIs::Text("on".into()),
                b"on",
                b"off",
                r#"payload "off", not "on""#,
            ),
            (
                PayloadIs::Contains("n".into()),
                b"on",
                b"off",
                r#"payload "off", not containing "n""#,
            ),
            (
                PayloadIs::Bytes(vec![0xFF, 0]),
                &[0xFF, 0],
                &[0xFF],
                "payload <ff>, not <ff 00>",
            ),
            (
                PayloadIs::Matches("^\\d+$".to_owned().into()),
                b"12",
                b"1x",
                r#"payload "1x", not matching /^\d+$/"#,
            ),
            (
                PayloadIs::Len(2),
                b"on",
                b"off",
                "payload of 3 bytes, not of 2 bytes",
            ),
            (
                PayloadIs::Json(json!({"a": 1})),
                b"{\"a\":1.0}",
                b"{\"a\":2}",
                "payload at /a 2, not 1",
            ),
            (
                PayloadIs::JsonAt {
                    pointer: "/a/0".into(),
                    is: json!("x"),
                },
                b"{\"a\":[\"x\"]}",
                b"{\"a\":[]}",
                r#"payload at /a/0 absent, not "x""#,
            ),
        ];
        for (is, good, bad, why) in cases {
            assert_eq!(said(&is, good), "", "{is:?}");
            assert_eq!(said(&is, bad), why);
        }
    }

    #[test]
    fn what_is_no_json_says_so() {
        let said = said(&PayloadIs::JsonSubset(json!({"a": 1})), b"nope");
        assert!(said.starts_with("payload \"nope\" (no JSON: "), "{said}");
    }
}
