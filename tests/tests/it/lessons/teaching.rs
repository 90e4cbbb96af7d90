//! docs/TEACHING.md does what it says: its commands are run from top to bottom, on the port that it names.

use tests::harness::page::{Block, Line, Place, blocks};
use tests::harness::peers::{or_skip, tool};
use tests::harness::{Program, default_port};

#[test]
fn every_command_for_teachers_does_what_it_says() {
    if or_skip(tool("openssl")).is_none() {
        return;
    }
    let port = default_port();
    let place = Place::new("teaching_page");
    let mut running: Option<Program> = None;
    let mut lines = 0;
    for Block { text, .. } in blocks("docs/TEACHING.md")
        .into_iter()
        .filter(|block| block.language == "sh")
    {
        println!("{text}");
        if text.starts_with("broker -") {
            let mut broker = place.shell(&format!("exec {}", text.trim()));
            broker.until("that it listens", |line| line.contains("listening on "));
            running = Some(broker);
            continue;
        }
        for line in text.lines() {
            let line = Line::from(line);
            line.check(&place.shell(line.command).wait());
            lines += 1;
        }
    }
    let broker = running.expect("the page starts a broker");
    broker.signal("INT");
    broker.succeed();
    assert!(lines >= 4, "only {lines} lines were run");
    drop(port);
}
