//! `subscriber --expect`: exit codes for tests in a shell, and what is said when they fail.

use tests::harness::Finished;

use super::{broker, start, subscriber_and_publisher};

/// What comes of these messages, each a publisher's arguments, when this is expected.
fn expect(arguments: &[&str], message: &[&str]) -> Finished {
    let broker = broker();
    start(&mut subscriber_and_publisher(broker.addr(), arguments, message)).wait()
}

/// A time that no test waits out if the message comes.
const LONG: &str = "20s";
/// A time that the test waits out, because no message comes.
const SHORT: &str = "300ms";

#[test]
fn what_is_expected_and_comes_is_success() {
    let json = r#"{"temperature":21.50,"unit":"C","list":[1,{"name":"x"}]}"#;
    let message = ["-t", "home/kitchen", "-m", json, "-q", "1"];
    for wanted in [
        &["--payload", json][..],
        &["--payload-json", r#"{"temperature":21.5}"#],
        &["--payload-json", r#"{"list":[{"name":"x"}]}"#],
        &[
            "--payload-at",
            "/list/1/name=x",
            "--payload-at",
            "/temperature=21.5",
        ],
        &["--payload-matches", r"temperature.:2\d\.5"],
        &["--expect-qos", "1", "--expect-retain", "no"],
        &["--expect-count", "1"],
    ] {
        let finished = expect(
            &[&["--expect", "home/+", "--within", LONG], wanted].concat(),
            &message,
        );
        assert_eq!(finished.code, Some(0), "{wanted:?}: {finished:#?}");
        assert_eq!(finished.stdout, [json], "{wanted:?}");
        assert_eq!(finished.stderr, [""; 0]);
    }
}

/// What comes of an expectation when these were retained before: they are there at once, so that the time to wait need not
/// be as long as a slow machine takes to publish them.
fn expect_retained(arguments: &[&str], topics: &[&str], payload: &str) -> Finished {
    let broker = broker();
    for topic in topics {
        let message = ["-t", topic, "-m", payload, "-q", "1", "-r"];
        start(&mut super::client("publisher", broker.addr(), &message)).succeed();
    }
    start(&mut super::client("subscriber", broker.addr(), arguments)).wait()
}

#[test]
fn what_does_not_come_is_failure_and_what_came_is_shown() {
    for (wanted, why) in [
        (&["--payload", "x"][..], "(the payload is not \"x\")"),
        (
            &["--payload-json", r#"{"unit":"C"}"#],
            "(\"F\" instead of \"C\" at /unit)",
        ),
        (
            &["--payload-at", "/unit=C"],
            "(at /unit is \"F\" instead of \"C\")",
        ),
        (&["--payload-at", "/none=1"], "(there is nothing at /none)"),
        (
            &["--payload-matches", "^unit"],
            "(the payload does not match /^unit/)",
        ),
        (&["--expect-qos", "2"], "(QoS 1 instead of 2)"),
        (&["--expect-retain", "no"], "(retained instead of not retained)"),
    ] {
        let arguments = [&["--expect", "home/+", "--within", SHORT], wanted].concat();
        let finished = expect_retained(&arguments, &["home/kitchen"], r#"{"unit":"F"}"#);
        assert_eq!(finished.code, Some(1), "{wanted:?}: {finished:#?}");
        let expected = [
            "Expected a message to home/+; none came. What else arrived:".to_owned(),
            format!("  home/kitchen  {{\"unit\":\"F\"}}  {why}"),
        ];
        assert_eq!(finished.stderr, expected);
        assert_eq!(finished.stdout, [""; 0]);
    }
}

#[test]
fn messages_are_counted() {
    for (count, code) in [("2", 0), ("=2", 0), ("3", 1), ("=1", 1), ("0", 1), ("=3", 1)] {
        let arguments = ["--expect", "a/+", "--expect-count", count, "--within", SHORT];
        let finished = expect_retained(&arguments, &["a/1", "a/2"], "x");
        assert_eq!(finished.code, Some(code), "{count}: {finished:#?}");
    }
    let finished = expect_retained(
        &["--expect", "b", "--expect-count", "0", "--within", SHORT],
        &["a"],
        "x",
    );
    assert_eq!(finished.code, Some(0), "{finished:#?}");
}

#[test]
fn a_command_that_fails_or_is_not_there_is_told() {
    let broker = broker();
    let mut command = super::client(
        "subscriber",
        broker.addr(),
        &["--expect", "a", "--within", LONG, "--", "no-such-program"],
    );
    let finished = start(&mut command).wait();
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    assert!(
        finished.stderr.join("\n").contains("cannot run no-such-program"),
        "{finished:#?}"
    );
    // The message comes, and the command ends with an error all the same.
    let shell = format!(
        "{} -t a -m x -q 1; exit 3",
        tests::harness::binaries::program("publisher")
            .get_program()
            .display()
    );
    let mut command = super::client(
        "subscriber",
        broker.addr(),
        &["--expect", "a", "--", "sh", "-c", &shell],
    );
    let finished = start(&mut command).wait();
    assert_eq!(
        (finished.code, finished.stdout.clone()),
        (Some(1), vec!["x".to_owned()]),
        "{finished:#?}"
    );
    assert!(
        finished
            .stderr
            .join("\n")
            .contains("sh ended with exit status: 3"),
        "{finished:#?}"
    );
}
