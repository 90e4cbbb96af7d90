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

/// The header of an example, and the lines of the block behind "It prints:", where it always prints the same.
fn promised(name: &str) -> (String, Option<Vec<String>>) {
    let path = broker().join("examples").join(format!("{name}.rs"));
    let source = fs::read_to_string(path).expect("it is there");
    let header: Vec<&str> = source
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .map(|line| line.trim_start_matches("//!").trim())
        .collect();
    let prints = header.iter().position(|line| *line == "It prints:").map(|at| {
        let lines = header.iter().skip(at).skip_while(|line| !line.starts_with("```"));
        let block = lines.skip(1).take_while(|line| **line != "```");
        block.map(ToString::to_string).collect()
    });
    (header.join("\n"), prints)
}

#[test]
fn each_example_runs_and_prints_what_it_says() {
    let folder = built();
    for name in names() {
        let (header, lines) = promised(&name);
        let command = format!("cargo run -p broker --example {name}");
        assert!(header.contains(&command), "{name} does not say how to run it");
        let output = Command::new(folder.join(&name)).output().expect("it was built");
        let printed = String::from_utf8_lossy(&output.stdout);
        let printed: Vec<&str> = printed.lines().collect();
        let complaints = String::from_utf8_lossy(&output.stderr);
        let as_promised = lines.is_none_or(|lines| printed == lines);
        assert!(
            output.status.success() && as_promised,
            "{name} printed {printed:#?}\n{complaints}"
        );
    }
}
