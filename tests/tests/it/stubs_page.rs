//! docs/STUBS.md does what it says: its blocks are run from top to bottom, on the port that it names. (Its Rust is a documentation
//! test.)

use tests::harness::page::{Block, Line, Place, blocks};
use tests::harness::{Program, default_port};

#[test]
fn every_example_does_what_it_says() {
    let port = default_port();
    let place = Place::new("stubs_page");
    let mut running: Option<Program> = None;
    let mut lines = 0;
    for Block { language, text } in blocks("docs/STUBS.md") {
        println!("{language}:\n{text}");
        match language.as_str() {
            "sh" if text.starts_with("broker ") => {
                stop(running.take());
                let mut broker = place.shell(&format!("exec {}", text.trim()));
                broker.until("that it listens", |line| line.contains("listening on "));
                running = Some(broker);
            }
            "sh" => {
                for line in text.lines() {
                    let line = Line::from(line);
                    line.check(&place.shell(line.command).wait());
                    lines += 1;
                }
            }
            "toml" => place.write(&text),
            // It is run elsewhere.
            "rust" => {}
            _ => panic!("teach this test {language}"),
        }
    }
    stop(running);
    assert!(lines >= 6, "only {lines} lines were run");
    drop(port);
}

/// Stops a broker as Ctrl-C does.
fn stop(running: Option<Program>) {
    if let Some(broker) = running {
        broker.signal("INT");
        broker.succeed();
    }
}
