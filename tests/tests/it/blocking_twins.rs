//! Whoever has no async code misses nothing.

use std::collections::BTreeSet;

use tests::harness::source::{code_of, name_of, read, rust_files};

/// What is called after `of` in the files of a part of the broker: `control` is `control.rs` and what lies in `control/`.
fn names(part: &str, of: &str) -> BTreeSet<String> {
    let part = format!("broker/src/{part}");
    let is_twin = |name: &str| name.contains("blocking");
    let files = rust_files("broker/src").into_iter().filter(|file| {
        let name = name_of(file);
        let inside = name.strip_prefix(&part);
        inside.is_some_and(|rest| rest == ".rs" || rest.starts_with('/')) && is_twin(&name) == is_twin(&part)
    });
    let mut found = BTreeSet::new();
    for file in files {
        let code = code_of(&read(&file));
        let calls = code.lines().filter_map(|line| line.trim().strip_prefix(of));
        found.extend(calls.map(|rest| rest.split(['(', '<']).next().unwrap_or_default().to_owned()));
    }
    found
}

#[test]
fn every_async_call_of_the_handle_has_a_blocking_twin() {
    let mut missing = Vec::new();
    for (part, twins) in [
        ("broker", "blocking"),
        ("control", "blocking"),
        ("keeping", "blocking"),
        ("reading", "reading/blocking"),
        ("expecting", "expecting/blocking"),
    ] {
        let mut blocking = names(twins, "pub fn ");
        // What the broker itself has been given there.
        blocking.extend(names("blocking", "pub fn "));
        let calls = names(part, "pub async fn ");
        assert!(!calls.is_empty(), "{part}: this test reads it wrong");
        let lacking = calls
            .into_iter()
            .filter(|call| !blocking.contains(call) && call != "next");
        missing.extend(lacking.map(|call| format!("{part}: {call} has no twin in {twins}")));
    }
    assert_eq!(missing, [""; 0]);
}
