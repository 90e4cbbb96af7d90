//! The README's commands do what it says. (Its Rust is a documentation test.)
//!
//! Every line of every `sh` block must be one that this test knows how to run: a new kind of command needs a new arm here.

use std::fs;
use std::process::Command;

use tests::harness::binaries::{program, target_dir, workspace};
use tests::harness::peers::{or_skip, paho_2};
use tests::harness::source::read;
use tests::harness::{Program, default_port};

/// The blocks of the README in this language, in order.
fn blocks(language: &str) -> Vec<String> {
    let readme = read(&workspace().join("README.md"));
    let fence = format!("```{language}\n");
    let blocks = readme.split(&fence).skip(1);
    blocks
        .map(|block| block.split("```").next().expect("up to its end").to_owned())
        .collect()
}

/// One command, and what the comment behind it says that it prints.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    command: String,
    prints: Option<String>,
}

/// Every line of every `sh` block.
fn lines() -> Vec<Line> {
    blocks("sh")
        .iter()
        .flat_map(|block| block.lines())
        .map(|line| {
            let (command, comment) = line.split_once(" #").unwrap_or((line, ""));
            let prints = comment
                .split_once("prints: ")
                .map(|(_, prints)| prints.trim().to_owned());
            Line {
                command: command.trim().to_owned(),
                prints,
            }
        })
        .filter(|line| !line.command.is_empty())
        .collect()
}

/// Runs one of our programs with arguments as they stand in a shell.
fn shell(name: &str, arguments: &str) -> Program {
    let program = program(name);
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("exec \"$0\" {arguments}"))
        .arg(program.get_program());
    for (variable, value) in program.get_envs() {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    // No settings file of the person who runs the tests.
    let folder = target_dir().join("tmp");
    fs::create_dir_all(&folder).expect("target/ can be written");
    Program::start(command.current_dir(folder))
}

/// What `cargo run ARGUMENTS` runs: the program, and the arguments after `--`.
fn cargo_run(arguments: &str) -> (&str, &str) {
    let (cargos, ours) = arguments.split_once("--").unwrap_or((arguments, ""));
    match cargos.split_whitespace().collect::<Vec<_>>()[..] {
        [] => ("broker", ours),
        ["-p", package] => (package, ours),
        _ => panic!("teach this test `cargo run {arguments}`"),
    }
}

#[test]
fn cargo_run_runs_the_broker_and_each_package_its_program() {
    let manifest = read(&workspace().join("Cargo.toml"));
    let manifest: toml::Table = manifest.parse().expect("it is TOML");
    assert_eq!(
        manifest["workspace"]["default-members"],
        toml::Value::from(vec!["broker"])
    );
    for package in ["broker", "publisher", "subscriber"] {
        let folder = workspace().join(package);
        // One program a package, of its name: `cargo run -p` needs no more.
        assert!(folder.join("src/main.rs").is_file() && !folder.join("src/bin").exists());
        assert!(read(&folder.join("Cargo.toml")).contains(&format!("name = \"{package}\"")));
    }
}

#[test]
fn every_command_does_what_it_says() {
    let lines = lines();
    assert!(lines.len() >= 5, "too few commands for a README: {lines:?}");
    let port = default_port();
    let mut broker: Option<Program> = None;
    let mut subscribers: Vec<(Program, String)> = Vec::new();
    let mut published = 0;
    for Line { command, prints } in lines {
        println!("line: {command}");
        if let Some(arguments) = command.strip_prefix("cargo run") {
            let (name, arguments) = cargo_run(arguments);
            match name {
                "broker" => {
                    stop(broker.take());
                    let mut started = shell("broker", arguments);
                    let banner = started.line();
                    assert!(banner.contains("listening on 127.0.0.1:1883"), "{banner}");
                    broker = Some(started);
                }
                "subscriber" => {
                    let started = shell("subscriber", arguments);
                    let broker = broker.as_mut().expect("a broker runs");
                    broker.until("the subscription", |line| line.contains(" subscribed "));
                    subscribers.push((started, prints.expect("it says what it prints")));
                }
                "publisher" => {
                    assert!(shell("publisher", arguments).succeed().is_empty());
                    published += 1;
                    for (subscriber, prints) in &mut subscribers {
                        assert_eq!(subscriber.line(), *prints);
                    }
                }
                other => panic!("teach this test `cargo run -p {other}`"),
            }
        } else if command.starts_with("cargo test") {
            // This very run, and what decides in the end.
            assert!(
                read(&workspace().join(".ci/run")).contains(&command),
                "{command} is not what .ci/run runs"
            );
        } else {
            panic!("teach this test how to run `{command}`");
        }
    }
    assert!(published > 0 && !subscribers.is_empty());
    drop(subscribers);
    stop(broker);
    drop(port);
}

/// Stops a broker as Ctrl-C does.
fn stop(broker: Option<Program>) {
    if let Some(broker) = broker {
        broker.signal("INT");
        broker.succeed();
    }
}

#[test]
fn the_python_in_it_publishes() {
    let blocks = blocks("python");
    assert!(
        !blocks.is_empty(),
        "there is no Python in it any more: this test can go"
    );
    let Some(python) = or_skip(paho_2()) else { return };
    let port = default_port();
    let mut broker = shell("broker", "");
    assert!(broker.line().contains("listening"));
    for block in blocks {
        let mut subscriber = shell("subscriber", "-t 'test/#' -v");
        broker.until("the subscription", |line| line.contains(" subscribed "));
        Program::start(Command::new(&python).args(["-c", &block])).succeed();
        assert_eq!(subscriber.line(), "test/topic bar");
    }
    stop(Some(broker));
    drop(port);
}

/// Pages that a program writes, which may not have been run yet.
const WRITTEN: &[&str] = &["docs/PERFORMANCE.md"];

#[test]
fn every_file_it_links_to_is_there() {
    for page in [
        "README.md",
        "CONTRIBUTING.md",
        "docs/ARCHITECTURE.md",
        "docs/WAYS.md",
        "docs/ACCESS.md",
        "docs/DISTURB.md",
        "docs/STUBS.md",
        "docs/DEVICES.md",
    ] {
        let path = workspace().join(page);
        let text = read(&path);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let file = link.split('#').next().expect("before the fragment");
            let target = path.parent().expect("it is in a folder").join(file);
            let there = target.exists() || WRITTEN.contains(&file);
            assert!(there, "{page} links to {link}, which is not there");
        }
    }
}

#[test]
fn every_file_its_tables_name_is_there() {
    for page in ["README.md", "docs/ARCHITECTURE.md"] {
        let text = read(&workspace().join(page));
        let cells = text
            .lines()
            .filter(|line| line.starts_with('|'))
            .flat_map(|line| line.split('`').skip(1).step_by(2));
        for name in cells.filter(|name| name.contains('/') && !name.contains(['<', ' ', '*'])) {
            assert!(
                workspace().join(name).exists(),
                "{page} names {name}, which is not there"
            );
        }
    }
}
