//! The examples run, and print what they say that they print.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tests::harness::binaries::{built, workspace};

fn folder() -> PathBuf {
    workspace().join("broker/examples")
}

fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
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
    let path = folder().join(format!("{name}.rs"));
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
    let files: Vec<String> = names()
        .iter()
        .map(|name| format!("examples/{name}{}", std::env::consts::EXE_SUFFIX))
        .collect();
    let built = built(&files, &["-p=broker", "--examples"].map(str::to_owned));
    for (name, file) in names().iter().zip(files) {
        let (header, lines) = promised(name);
        let command = format!("cargo run -p broker --example {name}");
        assert!(header.contains(&command), "{name} does not say how to run it");
        let output = Command::new(built.join(file)).output().expect("it was built");
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
