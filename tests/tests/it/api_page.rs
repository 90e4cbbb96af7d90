//! docs/API.md does what it says: its blocks are run from top to bottom, on the port that it names.

use tests::harness::page::{Block, Line, Place, blocks};
use tests::harness::peers::{or_skip, tool};
use tests::harness::{Program, default_port};

#[test]
fn every_example_does_what_it_says() {
    if or_skip(tool("curl")).is_none() {
        return;
    }
    let port = default_port();
    let place = Place::new("api_page");
    let mut broker: Option<Program> = None;
    let mut beside: Vec<Program> = Vec::new();
    let mut asked = 0;
    for Block { language, text } in blocks("docs/API.md") {
        println!("{language}:\n{text}");
        match language.as_str() {
            "sh" if text == "broker\n" || text.starts_with("broker -") => {
                beside.drain(..).for_each(Program::kill);
                stop(broker.take());
                let mut started = place.shell(&format!("exec {}", text.trim()));
                started.until("that it listens", |line| line.contains("listening on "));
                broker = Some(started);
            }
            "sh" if text.starts_with("subscriber ") => {
                beside.push(place.shell(&format!("exec {}", text.trim())));
                let broker = broker.as_mut().expect("a broker runs");
                broker.until("that it is subscribed", |line| line.contains(" subscribed "));
            }
            "sh" => {
                for line in text.lines() {
                    let line = Line::from(line);
                    line.check(&place.shell(line.command).wait());
                    asked += usize::from(line.prints.or(line.fails).is_some());
                }
            }
            "toml" => place.write(&text),
            // It is run elsewhere.
            "python" => {}
            _ => panic!("teach this test {language}"),
        }
    }
    beside.into_iter().for_each(Program::kill);
    stop(broker);
    assert!(asked >= 20, "only {asked} lines were held against what they say");
    drop(port);
}

/// Stops a broker as Ctrl-C does.
fn stop(running: Option<Program>) {
    if let Some(broker) = running {
        broker.signal("INT");
        broker.succeed();
    }
}
