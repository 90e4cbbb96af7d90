//! docs/DISTURB.md does what it says: its blocks are run from top to bottom, on the port that it names. (Its Rust is a
//! documentation test.)
//!
//! A block of TOML is a file that a broker takes. A block that begins with `broker` starts one, in place of the one before. All
//! other lines run beside it: behind a command may stand what the broker tells then.

use tests::harness::page::{Block, Line, Place, blocks};
use tests::harness::{Program, default_port};

#[test]
fn every_example_does_what_it_says() {
    let port = default_port();
    let place = Place::new("disturb_page");
    let mut running: Option<Program> = None;
    let (mut lines, mut files) = (0, 0);
    for Block { language, text } in blocks("docs/DISTURB.md") {
        println!("{language}:\n{text}");
        match language.as_str() {
            "toml" => {
                place.write(&text);
                let name = text.lines().next().and_then(|line| line.strip_prefix("# "));
                let command = format!("exec broker -p 0 --script {}", name.expect("its name"));
                stop(Some(start(&place, &command)));
                files += 1;
            }
            "sh" if text.starts_with("broker ") => {
                stop(running.take());
                running = Some(start(&place, &format!("exec {}", text.trim())));
            }
            "sh" => {
                for line in text.lines() {
                    let (command, tells) = line.split_once("  # tells: ").unwrap_or((line, ""));
                    Line::from(command).check(&place.shell(command).wait());
                    let broker = running.as_mut().expect("a broker runs");
                    broker.until(tells, |line| line.contains(tells));
                    lines += 1;
                }
            }
            // It is run elsewhere.
            "rust" => {}
            _ => panic!("teach this test {language}"),
        }
    }
    stop(running);
    assert!(lines >= 1 && files >= 5, "only {lines} lines and {files} files");
    drop(port);
}

fn start(place: &Place, command: &str) -> Program {
    let mut broker = place.shell(command);
    broker.until("that it listens", |line| line.contains("listening on "));
    broker
}

/// Stops a broker as Ctrl-C does.
fn stop(running: Option<Program>) {
    if let Some(broker) = running {
        broker.signal("INT");
        broker.succeed();
    }
}
