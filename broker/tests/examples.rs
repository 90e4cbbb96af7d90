//! The examples run, and print what they say that they print.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

fn broker() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The examples, built: `cargo test` has done it unless it was asked for this test alone.
fn built() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a file");
    // target/debug/deps/NAME-HASH
    let profile = test.ancestors().nth(2).expect("it is in target/PROFILE/deps");
    let folder = profile.join("examples");
    let newest = ["src", "examples", "../config/src"].map(|part| newest_in(&broker().join(part)));
    let newest = newest.into_iter().max().expect("there are some");
    let is_fresh = |name: &String| {
        let made = folder.join(name).metadata().and_then(|file| file.modified());
        made.is_ok_and(|made| made >= newest)
    };
    if !names().iter().all(is_fresh) {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["build", "--quiet", "--package", "broker", "--examples"])
            .current_dir(broker())
            .status()
            .expect("there is a cargo");
        assert!(status.success());
    }
    folder
}

fn newest_in(folder: &Path) -> SystemTime {
    let entries = fs::read_dir(folder).expect("it can be read");
    let times = entries.map(|entry| {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            newest_in(&path)
        } else {
            path.metadata()
                .and_then(|file| file.modified())
                .expect("it is there")
        }
    });
    times.max().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(broker().join("examples"))
        .expect("there are examples")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            path.file_stem()
                .expect("it has a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// The lines of the block behind "It prints:", and the command of the first block.
fn promised(name: &str) -> (String, Vec<String>) {
    let source =
        fs::read_to_string(broker().join("examples").join(format!("{name}.rs"))).expect("it is there");
    let header: Vec<&str> = source
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .map(|line| line.trim_start_matches("//!").trim())
        .collect();
    let block = |after: usize| -> Vec<String> {
        let lines = header
            .iter()
            .skip(after)
            .skip_while(|line| !line.starts_with("```"));
        lines
            .skip(1)
            .take_while(|line| **line != "```")
            .map(ToString::to_string)
            .collect()
    };
    let prints = header.iter().position(|line| *line == "It prints:");
    (
        block(0).join("\n"),
        block(prints.unwrap_or_else(|| panic!("{name} does not say what it prints"))),
    )
}

#[test]
fn each_example_prints_what_it_says() {
    let folder = built();
    for name in names() {
        let (command, lines) = promised(&name);
        assert_eq!(command, format!("cargo run -p broker --example {name}"));
        let output = Command::new(folder.join(&name)).output().expect("it was built");
        let printed = String::from_utf8_lossy(&output.stdout);
        let printed: Vec<&str> = printed.lines().collect();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && printed == lines,
            "{name} printed {printed:#?}\n{complaints}"
        );
    }
}
