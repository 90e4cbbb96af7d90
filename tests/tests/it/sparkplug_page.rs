//! docs/SPARKPLUG.md does what it says: its commands are run, from top to bottom.

use tests::harness::page::{Block, Line, Place, blocks};

#[test]
fn every_command_does_what_it_says() {
    let place = Place::new("sparkplug_page");
    let mut ran = 0;
    for Block { language, text } in blocks("docs/SPARKPLUG.md") {
        println!("{language}:\n{text}");
        assert_eq!(language, "sh", "teach this test {language}");
        // What is said on standard error is said by one command; else a block is one script.
        if text.contains("# says: ") {
            for line in text.lines() {
                let line = Line::from(line);
                line.check(&place.shell(line.command).wait());
                ran += 1;
            }
            continue;
        }
        let finished = place.shell(&format!("set -e; rm -f ready\n{text}")).wait();
        assert_eq!(finished.code, Some(0), "{text}\n{finished:#?}");
        let printed = finished.stdout.join("\n");
        for (_, want) in text.lines().filter_map(|line| line.split_once("# prints: ")) {
            assert!(printed.contains(want.trim()), "{want}\n{finished:#?}");
            ran += 1;
        }
    }
    assert!(ran >= 10, "only {ran} were run");
}
