//! docs/SCALING.md: its tables are what was measured and what happens at each limit, its commands do what they say, and the program
//! that measures works.

#[cfg(unix)]
mod files;
mod ground;
mod limits;
mod messages;
mod others;
#[cfg(unix)]
mod page;

use std::collections::BTreeSet;
use std::process::Command;

use broker::settings::{self, Expect};
use tests::harness::binaries::{program, workspace};
use tests::harness::source::read;
use tests::scaling::{limits as table, measured, page as written};

/// Numbers among the settings that could be taken for bounds of what a broker holds, each with why it is not in the table.
const NO_BOUND: &[(&str, &str)] = &[
    ("limits.retained_expiry_secs", "a time after which something ends"),
    (
        "session.outgoing_topic_alias_maximum",
        "nobody sees it reached: topics are written out",
    ),
];

#[test]
fn the_page_is_what_was_measured_and_what_happens_at_each_limit() {
    let results = measured().expect("it was measured");
    let text = std::fs::read_to_string(written::path()).expect("there is a page");
    assert!(
        text == written::anew(&results).expect("it has its marks"),
        "docs/SCALING.md is stale: cargo run -p tests --bin scaling -- --page"
    );
    assert_eq!(written::unknown(&results), [""; 0], "no such rows");
    assert_eq!(written::missing(&results), [""; 0], "not measured");
}

#[test]
fn each_bound_of_the_settings_is_in_the_table() {
    let limits = table::all();
    let named: BTreeSet<&str> = limits.iter().map(|limit| limit.setting.as_str()).collect();
    assert_eq!(named.len(), limits.len(), "a bound is there twice");
    let bounds = settings::keys().filter(|key| {
        let is_bound = key.name().starts_with("max_") || key.name().ends_with("_maximum");
        let is_number = matches!(key.expect, Expect::Integer { .. });
        is_number && (is_bound || ["limits", "journal"].contains(&key.section()))
    });
    let missing: Vec<&str> = bounds
        .map(|key| key.key)
        .filter(|key| !key.starts_with("rumqttd."))
        .filter(|key| !named.contains(key) && !NO_BOUND.iter().any(|(other, _)| other == key))
        .collect();
    assert_eq!(missing, [""; 0], "what happens there?");
}

#[test]
fn each_limit_is_proven_once() {
    let cases = [self::limits::CASES, messages::CASES, others::CASES].concat();
    let mut proven: Vec<&str> = cases.iter().map(|case| case.setting).collect();
    let limits = table::all();
    let elsewhere = limits.iter().filter(|limit| !limit.proof.is_empty());
    proven.extend(elsewhere.map(|limit| limit.setting.as_str()));
    proven.sort_unstable();
    let mut named: Vec<&str> = limits.iter().map(|limit| limit.setting.as_str()).collect();
    named.sort_unstable();
    assert_eq!(proven, named);
}

#[test]
fn each_proof_that_stands_elsewhere_is_a_test_that_names_the_bound() {
    for limit in table::all().iter().filter(|limit| !limit.proof.is_empty()) {
        let (file, function) = limit.proof.split_once(": ").expect("FILE: FUNCTION");
        let text = read(&workspace().join(file));
        let test = text.split(&format!("fn {function}(")).nth(1);
        let test = test.unwrap_or_else(|| panic!("{file} has no {function}"));
        let test = test.split("\n}\n").next().expect("up to its end");
        let name = limit.setting.rsplit('.').next().expect("it has a name");
        assert!(test.contains(name), "{function} says nothing of {name}");
    }
}

/// A few rows of few things: whether the program works, whatever the speed.
#[test]
fn the_program_measures() {
    let broker = program("broker");
    let output = Command::new(env!("CARGO_BIN_EXE_scaling"))
        .args(["--quick", "--json", "idle-tcp", "queued-one", "tcp-1-1-qos1-64"])
        .env("CITRONELLA_BIN", broker.get_program())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let results: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows = results["rows"].as_array().expect("rows");
    let names: Vec<&str> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(names, ["idle-tcp", "queued-one", "tcp-1-1-qos1-64"]);
    for row in rows {
        assert_eq!(row["ours"].as_array().map(Vec::len), Some(1), "{row}: {said}");
    }
    assert_eq!(rows[0]["ours"][0]["count"], 200);
    assert_eq!(rows[2]["ours"][0]["lost"], 0.0);

    let output = Command::new(env!("CARGO_BIN_EXE_scaling"))
        .arg("no-such-row")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "scaling: there is no row \"no-such-row\"; --list names them\n"
    );
}
