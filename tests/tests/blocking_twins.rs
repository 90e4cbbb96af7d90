//! Whoever has no async code misses nothing.

use std::collections::BTreeSet;

use tests::harness::binaries::workspace;
use tests::harness::source::{code_of, read};

#[test]
fn every_async_call_of_the_handle_has_a_blocking_twin() {
    let names = |file: &str, of: &str| -> BTreeSet<String> {
        let code = code_of(&read(&workspace().join("broker/src").join(file)));
        let calls = code.lines().filter_map(|line| line.trim().strip_prefix(of));
        calls
            .map(|rest| rest.split(['(', '<']).next().unwrap_or_default().to_owned())
            .collect()
    };
    let mut missing = Vec::new();
    for (file, twins) in [
        ("broker.rs", "blocking.rs"),
        ("broker/watching.rs", "blocking.rs"),
        ("control.rs", "blocking/control.rs"),
        ("control/clock.rs", "blocking/clock.rs"),
        ("control/waits.rs", "blocking/waits.rs"),
        ("keeping.rs", "blocking/keeping.rs"),
        ("reading.rs", "reading/blocking.rs"),
        ("reading/tail.rs", "reading/blocking.rs"),
        ("expecting.rs", "expecting/blocking.rs"),
        ("expecting/wanted.rs", "expecting/blocking.rs"),
    ] {
        let mut blocking = names(twins, "pub fn ");
        // What the broker itself has been given elsewhere.
        for other in ["blocking.rs", "blocking/control.rs", "blocking/waits.rs"] {
            blocking.extend(names(other, "pub fn "));
        }
        let calls = names(file, "pub async fn ");
        assert!(
            !calls.is_empty() || file.starts_with("expecting"),
            "{file}: this test reads it wrong"
        );
        let lacking = calls
            .into_iter()
            .filter(|call| !blocking.contains(call) && call != "next");
        missing.extend(lacking.map(|call| format!("{file}: {call} has no twin in {twins}")));
    }
    assert_eq!(missing, [""; 0]);
}
