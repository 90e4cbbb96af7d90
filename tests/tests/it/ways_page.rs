//! docs/WAYS.md does what it says: its blocks are run from top to bottom, on the ports that it names. (Its Rust is a
//! documentation test.)
//!
//! A block that begins with `broker` starts one, in place of the one before. All other blocks run beside it; each line, or each
//! block of Python, JavaScript or HTML, that names test/topic publishes `bar` to it. Behind a command may stand what it
//! prints, or with which words it fails.

use std::process::Command;

use tests::harness::page::{Block, Line, Place, blocks};
use tests::harness::peers::{Missing, mosquitto, mqtt_js, or_skip, paho_2};
use tests::harness::{Program, default_port};

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
    let place = Place::new("ways_page");
    // A broker that nobody started yet, and what waits for messages.
    let mut running: Option<(Program, Program)> = None;
    let mut published = 0;
    for Block { language, text } in blocks("docs/WAYS.md") {
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
                    line.check(&finished);
                    if line.command.contains("test/topic") && line.fails.is_none() {
                        published += 1;
                        came(running.as_mut());
                    }
                }
            }
            "toml" => {
                place.write(&text);
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

/// Stops a broker as Ctrl-C does.
fn stop(running: Option<(Program, Program)>) {
    if let Some((broker, subscriber)) = running {
        subscriber.kill();
        broker.signal("INT");
        broker.succeed();
    }
}
