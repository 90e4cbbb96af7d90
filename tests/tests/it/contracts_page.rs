//! docs/CONTRACTS.md does what it says: its files are written, and its commands are run, from top to bottom.

use tests::harness::page::{Block, Line, Place, blocks};

#[test]
fn every_command_does_what_it_says() {
    let place = Place::new("contracts_page");
    let mut lines = 0;
    for Block { language, text } in blocks("docs/CONTRACTS.md") {
        println!("{language}:\n{text}");
        match language.as_str() {
            "sh" => {
                for line in text.lines() {
                    let line = Line::from(line);
                    line.check(&place.shell(line.command).wait());
                    lines += 1;
                }
            }
            "yaml" => place.write(&text),
            // JSON has no comments.
            "json" => {
                let (name, text) = text.split_once('\n').expect("its name, and the file");
                place.write(&format!("{name}\n"));
                let name = name.trim_start_matches("# ");
                place.shell(&format!("cat > {name} <<'END'\n{text}END")).succeed();
            }
            _ => panic!("teach this test {language}"),
        }
    }
    assert!(lines >= 10, "only {lines} lines were run");
}
