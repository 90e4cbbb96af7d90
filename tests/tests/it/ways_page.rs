//! docs/WAYS.md does what it says: its blocks are run from top to bottom, on the ports that it names. (Its Rust is a
//! documentation test.)
//!
//! A block that begins with `broker` starts one, in place of the one before. All other blocks run beside it; each line, or each
//! block of Python, JavaScript or HTML, that names test/topic publishes `bar` to it. Behind a command may stand what it
//! prints, or with which words it fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::harness::binaries::{program, target_dir, workspace};
use tests::harness::peers::{Missing, mosquitto, mqtt_js, or_skip, paho_2};
use tests::harness::source::read;
use tests::harness::{Finished, Program, default_port};

/// A block of the page, and its language.
type Block = (String, String);

fn blocks() -> Vec<Block> {
    let page = read(&workspace().join("docs/WAYS.md"));
    let fenced = page.split("```").skip(1).step_by(2);
    fenced
        .map(|block| {
            let (language, text) = block.split_once('\n').expect("a language and a block");
            (language.to_owned(), text.to_owned())
        })
        .collect()
}

/// Where the blocks are run, with our programs on the path.
struct Place {
    folder: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = target_dir().join("tmp/ways_page");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("target/ can be written");
        Self { folder }
    }

    /// A program in it.
    fn command(&self, name: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(name);
        command.current_dir(&self.folder);
        // One of ours says where all of them are, and which variables they should not see.
        for name in ["broker", "publisher", "subscriber"] {
            let ours = program(name);
            for (variable, value) in ours.get_envs() {
                match value {
                    Some(value) => command.env(variable, value),
                    None => command.env_remove(variable),
                };
            }
            let programs = Path::new(ours.get_program()).parent().expect("it is in a folder");
            let path = std::env::var_os("PATH").unwrap_or_default();
            let paths = std::iter::once(programs.to_owned()).chain(std::env::split_paths(&path));
            command.env(
                "PATH",
                std::env::join_paths(paths).expect("paths without a colon"),
            );
        }
        command
    }

    fn shell(&self, line: &str) -> Program {
        Program::start(self.command("bash").args(["-c", line]))
    }
}

/// A command of a shell, and what the comment behind it says.
struct Line<'a> {
    command: &'a str,
    prints: Option<&'a str>,
    fails: Option<&'a str>,
}

impl<'a> From<&'a str> for Line<'a> {
    fn from(line: &'a str) -> Self {
        let (command, comment) = line.split_once("  # ").unwrap_or((line, ""));
        Self {
            command,
            prints: comment.strip_prefix("prints: "),
            fails: comment.strip_prefix("fails: "),
        }
    }
}

/// Whether the programs of this line are there; else it is skipped.
fn can_run(line: &str) -> bool {
    let missing = match line.split(' ').next() {
        Some("mosquitto_pub") => mosquitto("mosquitto_pub").err(),
        Some("curl") => {
            let there = Command::new("curl").arg("--version").output();
            let what = || Missing::new("there is no curl".to_owned(), "apt-get install curl");
            there.is_err().then(what)
        }
        Some("broker" | "publisher") => None,
        _ => panic!("teach this test `{line}`"),
    };
    or_skip(missing.map_or(Ok(()), Err)).is_some()
}

/// What a script of another language runs as, if that language is there.
fn script(place: &Place, language: &str, text: &str) -> Option<Program> {
    if language == "python" {
        let python = or_skip(paho_2())?;
        return Some(Program::start(place.command(python).args(["-c", text])));
    }
    let (node, home) = or_skip(mqtt_js())?;
    let text = match language {
        "js" => text.to_owned(),
        // In a page the library is a name that is there.
        "html" => {
            let inside = text
                .split("<script>")
                .nth(1)
                .and_then(|rest| rest.split("</script>").next());
            format!("const mqtt = require('mqtt')\n{}", inside.expect("a script"))
        }
        _ => panic!("teach this test {language}"),
    };
    let mut command = place.command(node);
    command
        .env("NODE_PATH", home.join("node_modules"))
        .args(["-e", &text]);
    Some(Program::start(&mut command))
}

#[test]
fn every_example_does_what_it_says() {
    let port = default_port();
    let place = Place::new();
    // A broker that nobody started yet, and what waits for messages.
    let mut running: Option<(Program, Program)> = None;
    let mut published = 0;
    for (language, text) in blocks() {
        println!("{language}:\n{text}");
        match language.as_str() {
            "sh" if text.starts_with("broker\n") || text.starts_with("broker -") => {
                stop(running.take());
                running = Some(start(&place, text.trim()));
            }
            "sh" => {
                for line in text.lines().filter(|line| can_run(line)) {
                    let line = Line::from(line);
                    let finished = place.shell(line.command).wait();
                    check(&line, &finished);
                    if line.command.contains("test/topic") && line.fails.is_none() {
                        published += 1;
                        came(running.as_mut());
                    }
                }
            }
            "toml" => {
                let name = text.lines().next().and_then(|line| line.strip_prefix("# "));
                fs::write(place.folder.join(name.expect("its name")), &text).expect("it can be written");
            }
            "python" | "js" | "html" => {
                if let Some(script) = script(&place, &language, &text) {
                    script.succeed();
                    published += 1;
                    came(running.as_mut());
                }
            }
            // The one is run elsewhere, and of the other only what it looks like is shown.
            "rust" | "text" => {}
            _ => panic!("teach this test {language}"),
        }
    }
    stop(running);
    assert!(published >= 8, "only {published} examples published");
    drop(port);
}

/// Starts a broker, and a subscriber to it.
fn start(place: &Place, line: &str) -> (Program, Program) {
    let mut broker = place.shell(&format!("exec {line}"));
    let banner = broker.line();
    assert!(banner.contains("listening on 127.0.0.1:1883"), "{banner}");
    let subscriber = place.shell("exec subscriber -t 'test/#' -v");
    broker.until("the subscription", |line| line.contains(" subscribed "));
    (broker, subscriber)
}

fn came(running: Option<&mut (Program, Program)>) {
    let (_, subscriber) = running.expect("a broker runs");
    assert_eq!(subscriber.line(), "test/topic bar");
}

fn check(line: &Line<'_>, finished: &Finished) {
    let Line {
        command,
        prints,
        fails,
    } = line;
    let said = format!("{finished:?}");
    assert_eq!(finished.code == Some(0), fails.is_none(), "{command}: {said}");
    let printed = finished.stdout.join("\n");
    assert!(
        prints.is_none_or(|prints| printed.contains(prints)),
        "{command}: {said}"
    );
    let complained = finished.stderr.join("\n");
    assert!(
        fails.is_none_or(|fails| complained.contains(fails)),
        "{command}: {said}"
    );
}

/// Stops a broker as Ctrl-C does.
fn stop(running: Option<(Program, Program)>) {
    if let Some((broker, subscriber)) = running {
        subscriber.kill();
        broker.signal("INT");
        broker.succeed();
    }
}
