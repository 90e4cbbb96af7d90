//! Words for those who ask over HTTP: what only Rust programs can do is left out.

use crate::expect::Failure;

/// So begins what is for Rust programs alone. It ends with its parenthesis.
const FOR_RUST: &str = " (in Rust: ";

/// The text without what is for Rust programs.
pub(super) fn plain(mut text: String) -> String {
    while let Some(begin) = text.find(FOR_RUST)
        && let Some(length) = parenthesis(&text[begin + 1..])
    {
        text.replace_range(begin..=begin + length, "");
    }
    text
}

/// How long the parenthesis is with which the text begins.
fn parenthesis(text: &str) -> Option<usize> {
    let (mut depth, mut is_quoted, mut is_escaped) = (0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b'(' if !is_quoted => depth += 1,
            b')' if !is_quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// What serde calls a type, and what that is in JSON.
const TYPES: [(&str, &str); 9] = [
    ("u8", "a whole number up to 255"),
    ("u16", "a whole number up to 65535"),
    ("u32", "a whole number"),
    ("u64", "a whole number"),
    ("usize", "a whole number"),
    ("f64", "a number"),
    ("a map", "an object"),
    ("a sequence", "a list"),
    ("a boolean", "true or false"),
];

/// What serde says of JSON, without the names that Rust has for types.
pub(super) fn of_json(said: &str) -> String {
    let Some((before, wanted)) = said.rsplit_once(", expected ") else {
        return said.to_owned();
    };
    let plain = if wanted.starts_with("struct ") {
        "an object"
    } else {
        let known = TYPES.iter().find(|(name, _)| *name == wanted);
        known.map_or(wanted, |(_, plain)| plain)
    };
    format!("{before}, expected {plain}")
}

/// The same of a report.
pub(super) fn failure(failure: &Failure) -> Failure {
    let mut failure = failure.clone();
    for note in &mut failure.notes {
        *note = plain(std::mem::take(note));
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_rust_is_left_out() {
        let said = r#"it is away: end that (in Rust: `Outage::end`), or wait (in Rust: wait().of("a)\"").now()); so"#;
        assert_eq!(plain(said.to_owned()), "it is away: end that, or wait; so");
        assert_eq!(plain("a (in Rust: b".to_owned()), "a (in Rust: b");
    }

    #[test]
    fn types_are_those_of_json() {
        let said = "invalid type: string \"x, expected u8\", expected u8";
        let plain = "invalid type: string \"x, expected u8\", expected a whole number up to 255";
        assert_eq!(of_json(said), plain);
        assert_eq!(
            of_json("invalid type: integer `7`, expected struct Message"),
            "invalid type: integer `7`, expected an object"
        );
        for other in ["missing field `for`", "x, expected a string"] {
            assert_eq!(of_json(other), other);
        }
    }
}
