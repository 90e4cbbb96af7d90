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

#[test]
#[ignore = "builds the core once more, for a minute; .ci/run asks for it"]
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
    let said = run(Command::new("cargo")
        .args([
            "test",
            "--locked",
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
