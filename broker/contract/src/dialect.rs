//! What dialects of JSON Schema differ in, and what the library leaves to us: formats, and words about patterns.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, ValidationError};

use crate::pattern::LARGEST as LARGEST_PATTERN;

/// Whether a text is a UUID, in the form that has dashes.
pub(crate) fn is_uuid(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    let is_right = |(place, byte): (usize, u8)| {
        if dashes.contains(&place) {
            byte == b'-'
        } else {
            byte.is_ascii_hexdigit()
        }
    };
    text.len() == 36 && text.bytes().enumerate().all(is_right)
}

/// Why a regular expression is none, where it is one that is wrong.
pub(crate) fn no_pattern(error: &ValidationError<'_>) -> Option<String> {
    let ValidationErrorKind::Format { format } = error.kind() else {
        return None;
    };
    let pattern = error.instance().as_str().filter(|_| format == "regex")?;
    let why = regex::Regex::new(pattern).err().map(|error| error.to_string());
    let why = why.as_deref().and_then(|why| why.lines().last());
    let is_small = regex::RegexBuilder::new(pattern)
        .size_limit(LARGEST_PATTERN)
        .build()
        .is_ok();
    let why = match why {
        Some(why) => why.trim_start_matches("error: "),
        None if is_small => "JSON Schema has those of ECMA-262, where it means nothing",
        None => "it is too large",
    };
    Some(format!(
        "{pattern:?} is not a pattern that can be checked here: {why}"
    ))
}

/// The dialect that this names.
pub(crate) fn draft(uri: &str) -> Option<Draft> {
    Some(match uri {
        uri if uri.contains("draft-04") => Draft::Draft4,
        uri if uri.contains("draft-06") => Draft::Draft6,
        uri if uri.contains("draft-07") => Draft::Draft7,
        uri if uri.contains("2019-09") => Draft::Draft201909,
        uri if uri.contains("2020-12") => Draft::Draft202012,
        _ => return None,
    })
}
