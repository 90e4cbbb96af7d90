//! docs/ACCESS.md does what it says: its blocks are run from top to bottom, on the port that it names. (Its Rust is a
//! documentation test.)
//!
//! A block whose first line is a comment with a name is a file of that name. A block that begins with `broker -` starts a broker, in
//! place of the one before. All others run beside it; behind a command may stand what it prints, or with which words it fails.

use tests::harness::page::{Block, Line, Place, blocks};
use tests::harness::peers::{mosquitto, or_skip, tool};
use tests::harness::{Program, default_port};

/// Whether the programs of this line are there; else it is skipped.
fn can_run(line: &str) -> bool {
    match line.split(' ').next() {
        Some(name) if name.starts_with("mosquitto_") => or_skip(mosquitto(name)).is_some(),
        Some("curl") => or_skip(tool("curl")).is_some(),
        Some("broker" | "publisher" | "kill" | "echo" | "cat" | "grep") => true,
        _ => panic!("teach this test `{line}`"),
    }
}

#[test]
fn every_example_does_what_it_says() {
    let port = default_port();
    let place = Place::new("access_page");
    let mut running: Option<Program> = None;
    let mut lines = 0;
    for Block { language, text } in blocks("docs/ACCESS.md") {
        println!("{language}:\n{text}");
        match language.as_str() {
            "sh" if text.starts_with("broker -") => {
                stop(running.take());
                let mut broker = place.shell(&format!("exec {}", text.trim()));
                broker.until("that it listens", |line| line.contains("listening on "));
                running = Some(broker);
            }
            "sh" => {
                for line in text.lines().filter(|line| can_run(line)) {
                    let line = Line::from(line);
                    line.check(&place.shell(line.command).wait());
                    lines += 1;
                }
            }
            "toml" | "conf" | "python" => place.write(&text),
            // The one is run elsewhere, and of the other only what it looks like is shown.
            "rust" | "text" | "json" => {}
            _ => panic!("teach this test {language}"),
        }
    }
    stop(running);
    assert!(lines >= 8, "only {lines} lines were run");
    drop(port);
}

/// Stops a broker as Ctrl-C does.
fn stop(running: Option<Program>) {
    if let Some(broker) = running {
        broker.signal("INT");
        broker.succeed();
    }
}
