//! Building the copy: first the library until no mutant is left that does not compile, then the tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::copy::Folders;
use crate::mutant::Place;

/// What runs long in the tests, and is optimized a little: the copy is built once and run thousands of times.
const OPTIMIZED: &[&str] = &[
    "broker-core",
    "broker",
    "tests",
    "proptest",
    "hmac",
    "pbkdf2",
    "sha2",
];

/// Runs cargo in the copy; its messages, and whether it went well.
fn cargo(folders: &Folders, arguments: &[&str]) -> Result<(Vec<Value>, bool), String> {
    let done = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(arguments)
        .arg("--message-format=json")
        .args(OPTIMIZED.iter().flat_map(|name| {
            [
                "--config".to_owned(),
                format!("profile.dev.package.{name}.opt-level=1"),
            ]
        }))
        .current_dir(folders.copy())
        .env("CARGO_TARGET_DIR", folders.work.join("build"))
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    let text = String::from_utf8_lossy(&done.stdout);
    let messages = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    Ok((messages, done.status.success()))
}

/// Checks the library, and names the mutants for which it does not compile.
///
/// # Errors
/// It does not compile, and no mutant is the reason.
pub fn wrong(folders: &Folders, places: &BTreeMap<String, Vec<Place>>) -> Result<BTreeSet<usize>, String> {
    let (messages, success) = cargo(folders, &["check", "-q", "-p", "broker-core", "--lib"])?;
    let mut wrong = BTreeSet::new();
    let mut said = Vec::new();
    for message in messages
        .iter()
        .filter(|message| message["message"]["level"] == "error")
    {
        said.extend(message["message"]["rendered"].as_str().map(str::to_owned));
        let mut spans = Vec::new();
        gather(&message["message"], &mut spans);
        let around = spans.iter().find_map(|span| blame(span, places, encloses));
        let inside = || {
            spans
                .iter()
                .find_map(|span| blame(span, places, |place, span| encloses(span, place)))
        };
        wrong.extend(around.or_else(inside));
    }
    if success {
        Ok(BTreeSet::new())
    } else if wrong.is_empty() {
        Err(format!("the copy does not compile:\n{}", said.join("\n")))
    } else {
        Ok(wrong)
    }
}

/// All spans of a message: the main ones first, then the others, then those of its notes.
fn gather(message: &Value, spans: &mut Vec<Value>) {
    let own = message["spans"].as_array().into_iter().flatten();
    let (main, others): (Vec<&Value>, Vec<&Value>) = own.partition(|span| span["is_primary"] == true);
    spans.extend(main.into_iter().chain(others).cloned());
    for child in message["children"].as_array().into_iter().flatten() {
        gather(child, spans);
    }
}

/// The first byte of something, and the first one after it.
type Range = (usize, usize);

fn encloses(outer: Range, inner: Range) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}

/// The smallest of those mutants that lie to a span as asked; the last one, where they are as small: a block without an
/// end has lost its last statement.
fn blame(
    span: &Value,
    places: &BTreeMap<String, Vec<Place>>,
    asked: impl Fn(Range, Range) -> bool,
) -> Option<usize> {
    let span_range = (
        span["byte_start"].as_u64()? as usize,
        span["byte_end"].as_u64()? as usize,
    );
    let places = places.get(span["file_name"].as_str()?)?;
    let fits = places
        .iter()
        .filter(|place| asked((place.from, place.to), span_range));
    fits.min_by_key(|place| (place.to - place.from, usize::MAX - place.from))
        .map(|place| place.number)
}

/// Builds these targets of a package, and gives the programs by name.
///
/// # Errors
/// They do not compile.
pub fn programs(
    folders: &Folders,
    package: &str,
    targets: BTreeSet<&str>,
) -> Result<BTreeMap<String, PathBuf>, String> {
    let mut arguments = vec!["test", "-q", "--no-run", "-p", package];
    for target in targets {
        match target {
            "lib" => arguments.push("--lib"),
            name => arguments.extend(["--test", name]),
        }
    }
    let (messages, success) = cargo(folders, &arguments)?;
    if !success {
        let said = messages
            .iter()
            .filter(|message| message["message"]["level"] == "error");
        let said: Vec<&str> = said
            .filter_map(|message| message["message"]["rendered"].as_str())
            .collect();
        return Err(format!("the tests do not compile:\n{}", said.join("\n")));
    }
    let made = messages
        .iter()
        .filter(|message| message["profile"]["test"] == true);
    Ok(made
        .filter_map(|message| {
            let name = message["target"]["name"].as_str()?;
            let is_library = message["target"]["kind"][0] == "lib";
            let program = message["executable"].as_str()?;
            let name = if is_library { "lib" } else { name };
            Some((name.to_owned(), PathBuf::from(program)))
        })
        .collect())
}
