//! The commands of docs/SCALING.md, run from top to bottom in a folder with its files.

use tests::harness::page::{Block, Line, Place, blocks};
use tests::harness::{Mosquitto, Served};

#[test]
fn every_command_does_what_it_says() {
    let place = Place::new("scaling_page");
    // The cluster is another broker, or another one of ours where there is none.
    let other = Mosquitto::start("");
    let served = Served::start(&[]);
    let cluster = other.as_ref().map_or(served.addr(), Mosquitto::addr);
    let (mut files, mut held) = (0, 0);
    for Block { language, text } in blocks("docs/SCALING.md") {
        match language.as_str() {
            "toml" | "sh" if text.starts_with("# ") => {
                place.write(&text);
                files += 1;
            }
            "sh" => {
                for line in text.lines() {
                    println!("{line}");
                    let line = Line::from(line);
                    assert!(line.prints.is_some(), "{line:?} says nothing");
                    let command = format!("export CLUSTER=mqtt://{cluster}; {}", line.command);
                    line.check(&place.shell(&command).wait());
                    held += 1;
                }
            }
            _ => panic!("teach this test {language}"),
        }
    }
    assert!(files >= 3 && held >= 8, "{files} files and {held} lines");
}
