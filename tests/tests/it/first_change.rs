//! The first change of CONTRIBUTING.md, made to a copy of the sources: the patch applies, and what it says holds on every
//! way into the broker.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::harness::binaries::workspace;

/// What a program printed; it must go well.
fn run(command: &mut Command) -> String {
    let output = command.output().expect("it can be started");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}\n{complaint}");
    said
}

/// Of the core's dependencies for tests, leaves those of its unit tests. Others, such as the whole broker for the examples, would be
/// built once more for nothing.
fn has_only_what_unit_tests_need(manifest: &Path) {
    let whole = fs::read_to_string(manifest).expect("it is in the copy");
    let (before, tests) = whole
        .split_once("[dev-dependencies]\n")
        .expect("it has dependencies for tests");
    let after = tests.find("\n[").expect("more comes behind them");
    let mut kept = String::new();
    for line in tests.lines() {
        if ["packets.", "proptest."]
            .iter()
            .any(|name| line.starts_with(name))
        {
            kept = kept + line + "\n";
        }
    }
    let less = format!("{before}[dev-dependencies]\n{kept}{}", &tests[after..]);
    fs::write(manifest, less).expect("it can be written");
}

#[test]
#[ignore = "builds the core once more; .ci/run asks for it"]
fn the_first_change_applies_and_holds_on_every_way() {
    let (from, folder) = (
        workspace(),
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("first-change"),
    );
    let copy = folder.join("copy");
    let _ = fs::remove_dir_all(&copy);
    let known = ["ls-files", "--cached", "--others", "--exclude-standard"];
    for name in run(Command::new("git").args(known).current_dir(from)).lines() {
        let (source, to) = (from.join(name), copy.join(name));
        if source.is_file() {
            fs::create_dir_all(to.parent().expect("it has a folder")).expect("it can be made");
            fs::copy(source, to).expect("it can be copied");
        }
    }
    // A repository of its own, or the patch would be sought in the one around it.
    run(Command::new("git").args(["init", "-q"]).current_dir(&copy));
    let patch = ["apply", "broker/core/tests/data/first_change.patch"];
    run(Command::new("git").args(patch).current_dir(&copy));
    has_only_what_unit_tests_need(&copy.join("broker/core/Cargo.toml"));
    let said = run(Command::new("cargo")
        .args([
            "test",
            "--offline",
            "-p",
            "broker-core",
            "--lib",
            "--",
            "--ignored",
        ])
        .arg("the_patched_rules_hold_on_every_way")
        .env("CARGO_TARGET_DIR", folder.join("build"))
        .current_dir(&copy));
    assert!(said.contains("1 passed"), "{said}");
}
