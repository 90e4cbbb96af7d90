//! docs/CI.md does what it says, and the files of docs/examples are as their services want them.
#![cfg(unix)]

use std::path::PathBuf;
use std::process::Command;

use tests::harness::binaries::{program, workspace};
use tests::harness::page::{Block, Line, Place, blocks};
use tests::harness::peers::{mosquitto, or_skip, tool};
use tests::harness::source::read;

fn example(name: &str) -> PathBuf {
    workspace().join("docs/examples").join(name)
}

#[test]
fn every_command_does_what_it_says() {
    let place = Place::new("ci_page");
    place
        .shell(&format!("cp -r '{}'/. .", example("").display()))
        .succeed();
    let mut held = 0;
    for Block { language, text } in blocks("docs/CI.md") {
        assert_eq!(language, "sh", "teach this test {language}");
        for line in text.lines() {
            println!("{line}");
            let line = Line::from(line);
            assert!(line.prints.or(line.fails).is_some(), "{line:?} says nothing");
            line.check(&place.shell(line.command).wait());
            held += 1;
        }
    }
    assert!(held >= 9, "only {held} lines were held against what they say");
}

/// A job has no clients of this project: their programs would have to be built for it.
#[test]
fn the_test_in_a_shell_and_that_of_a_service_do_with_mosquittos_clients() {
    let Some(client) = or_skip(mosquitto("mosquitto_pub").and(mosquitto("mosquitto_sub"))) else {
        return;
    };
    let place = Place::new("ci_page_mosquitto");
    let broker = program("broker").get_program().to_owned();
    let paths = [
        client.parent().expect("its folder"),
        "/usr/bin".as_ref(),
        "/bin".as_ref(),
    ];
    let path = std::env::join_paths(paths).expect("paths without a colon");
    let run = |script: &str| {
        // `broker` alone of our programs.
        let line = format!("ln -sf \"$0\" broker; export PATH=$PWD:$1; {script}");
        let output = place
            .command("bash")
            .args(["-euc", &line])
            .arg(&broker)
            .arg(&path)
            .output();
        let output = output.expect("it runs");
        assert!(output.status.success(), "{script}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let out = run(&format!("broker -- '{}'", example("shell/test.sh").display()));
    assert!(out.ends_with("all is well\n"), "{out}");
    for file in ["github/tests.yml", "gitlab/.gitlab-ci.yml"] {
        let text = read(&example(file));
        let lines = text.lines().map(|line| line.trim().trim_start_matches("- "));
        let tested: Vec<&str> = lines
            .filter(|line| line.starts_with("mosquitto_pub") || line.starts_with("test "))
            .collect();
        assert_eq!(tested.len(), 2, "{file}");
        run(&format!("broker -- sh -euc '{}'", tested.join("\n")));
    }
}

#[test]
fn each_file_of_a_service_is_one_that_its_linter_takes() {
    let files = [
        "github/tests.yml",
        "gitlab/.gitlab-ci.yml",
        "compose/compose.yaml",
    ]
    .map(example);
    let held = |mut linter: Command| {
        let output = linter.output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.is_empty(), "{linter:?}: {said}");
    };
    if let Some(yamllint) = or_skip(tool("yamllint")) {
        let mut linter = Command::new(yamllint);
        let rules = "{extends: default, rules: {line-length: disable, document-start: disable, truthy: disable, \
                     comments: {min-spaces-from-content: 1}}}";
        linter.args(["--strict", "-d", rules]).args(&files);
        held(linter);
    }
    if let Some(actionlint) = or_skip(tool("actionlint")) {
        let mut linter = Command::new(actionlint);
        linter.arg(&files[0]);
        held(linter);
    }
}

#[test]
fn what_the_files_say_to_the_broker_is_right() {
    let job = read(&example("github/tests.yml"));
    let variables: Vec<(&str, &str)> = job
        .lines()
        .filter_map(|line| line.trim().split_once(": "))
        .filter(|(name, _)| name.starts_with("CITRONELLA_"))
        .map(|(name, value)| (name, value.trim_matches('"')))
        .collect();
    assert_eq!(variables.len(), 2, "{job}");
    let image = workspace().join("packaging/docker");
    let mut broker = program("broker");
    broker
        .arg("-c")
        .arg(image.join("mosquitto.conf"))
        .arg("--print-config");
    let output = broker.envs(variables.iter().copied()).output().expect("it runs");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    for (name, _) in variables {
        assert!(
            shown.contains(&format!("# environment {name}")),
            "{name} in {shown}"
        );
    }
    for file in ["gitlab/.gitlab-ci.yml", "compose/compose.yaml"] {
        let text = read(&example(file));
        assert!(text.contains("/mosquitto-no-auth.conf"), "{file}");
    }
    assert!(image.join("mosquitto-no-auth.conf").is_file());
}
