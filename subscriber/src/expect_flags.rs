//! The flags of `--expect`, checked.

use std::time::Duration;

use client::{UsageError, argument_bytes, parse_duration, parse_qos};
use regex_lite::Regex;
use serde_json::Value;

use crate::expect::{Count, Expectation};
use crate::flags::{ExpectFlags, Flags};

/// How long is waited if nothing is said.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is expected, and within which time; `None` without `--expect`.
pub(crate) fn expectation(flags: &Flags) -> Result<Option<(Expectation, Duration)>, UsageError> {
    let given = &flags.expect;
    let Some(filter) = &given.expect else {
        return Ok(None);
    };
    contradictions(flags)?;
    let mut wanted = Expectation::new(filter);
    wanted.payload = given.payload.as_deref().map(argument_bytes);
    if let Some(text) = &given.payload_matches {
        let regex =
            Regex::new(text).map_err(|error| UsageError(format!("--payload-matches: `{text}`: {error}")))?;
        wanted.regex = Some(regex);
    }
    if let Some(text) = &given.payload_json {
        let json = serde_json::from_str(text);
        wanted.json =
            Some(json.map_err(|error| UsageError(format!("--payload-json: `{text}` is not JSON: {error}")))?);
    }
    for text in &given.payload_at {
        wanted.at.push(at(text)?);
    }
    wanted.qos = given
        .expect_qos
        .as_deref()
        .map(|text| parse_qos("--expect-qos", text))
        .transpose()?;
    wanted.retain = match given.expect_retain.as_deref() {
        None => None,
        Some("yes" | "true") => Some(true),
        Some("no" | "false") => Some(false),
        Some(other) => {
            return Err(UsageError(format!(
                "--expect-retain: `{other}` is not one of yes, no"
            )));
        }
    };
    if let Some(text) = &given.expect_count {
        wanted.count = Count::parse(text)?;
    }
    let within = given.within.as_deref();
    let within = within.map_or(Ok(PATIENCE), |text| parse_duration("--within", text))?;
    Ok(Some((wanted, within)))
}

fn contradictions(flags: &Flags) -> Result<(), UsageError> {
    let given: &ExpectFlags = &flags.expect;
    let wrong = |text: &str| Err(UsageError::new(text));
    if flags.count.is_some() {
        return wrong(
            "-C counts messages of any kind; with --expect, --expect-count says how many must match.",
        );
    }
    if flags.timeout.is_some() {
        return wrong("-W exits with 27; with --expect, --within says how long to wait.");
    }
    if flags.exit_after_subscribe {
        return wrong("-E exits before any message can come; leave it out with --expect.");
    }
    if given.payload.is_some() && (given.payload_json.is_some() || !given.payload_at.is_empty()) {
        return wrong(
            "--payload is the whole payload, byte for byte; leave --payload-json and --payload-at out.",
        );
    }
    if flags.no_retain && given.expect_retain.as_deref() == Some("yes") {
        return wrong(
            "-R leaves retained messages out, and --expect-retain yes waits for one; give one of them.",
        );
    }
    Ok(())
}

/// `/list/0=x`: the value is JSON if it can be read as JSON, else text.
fn at(text: &str) -> Result<(String, Value), UsageError> {
    let wrong = || {
        UsageError(format!(
            "--payload-at: `{text}` is not a JSON pointer and a value; write /temperature=21.5 or /list/0/name=x"
        ))
    };
    let (pointer, value) = text.split_once('=').ok_or_else(wrong)?;
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Err(wrong());
    }
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((pointer.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn parse(arguments: &[&str]) -> Result<Option<(Expectation, Duration)>, String> {
        let flags = Flags::try_parse_from([&["subscriber"], arguments].concat())
            .map_err(|error| error.to_string())?;
        expectation(&flags).map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_json_or_text() {
        let (wanted, within) = parse(&["--expect", "a", "--payload-at", "/a=1", "--payload-at", "/b=x=y"])
            .unwrap()
            .unwrap();
        assert_eq!(
            wanted.at,
            [("/a".to_owned(), 1.into()), ("/b".to_owned(), "x=y".into())]
        );
        assert_eq!(within, PATIENCE);
        assert!(parse(&["-t", "a"]).unwrap().is_none());
    }

    #[test]
    fn wrong_and_contradicting_flags_say_what_would_be_right() {
        for (arguments, words) in [
            (vec!["--within", "2s"], "--expect"),
            (vec!["--expect", "a", "--within", "soon"], "500ms"),
            (vec!["--expect", "a", "--payload-json", "{"], "not JSON"),
            (
                vec!["--expect", "a", "--payload-matches", "("],
                "--payload-matches",
            ),
            (vec!["--expect", "a", "--payload-at", "a=1"], "/temperature=21.5"),
            (vec!["--expect", "a", "--expect-retain", "maybe"], "yes, no"),
            (vec!["--expect", "a", "--expect-count", "many"], "=3 for exactly"),
            (vec!["--expect", "a", "-C", "1"], "--expect-count"),
            (vec!["--expect", "a", "-W", "1"], "--within"),
            (vec!["--expect", "a", "-E"], "-E"),
            (
                vec!["--expect", "a", "--payload", "x", "--payload-json", "1"],
                "byte for byte",
            ),
            (vec!["--expect", "a", "-R", "--expect-retain", "yes"], "-R leaves"),
        ] {
            let error = parse(&arguments).unwrap_err();
            assert!(error.contains(words), "{arguments:?}: {error}");
        }
    }
}
