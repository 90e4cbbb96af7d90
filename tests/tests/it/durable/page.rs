//! docs/DURABILITY.md does what it says: its commands are run, its settings are read. (Its Rust is a documentation test.)

use broker::settings;
use tests::harness::page::{Block, Line, Place, blocks};

#[test]
fn every_command_does_what_it_says() {
    let place = Place::new("durability_page");
    let mut ran = 0;
    for Block { language, text } in blocks("docs/DURABILITY.md") {
        match language.as_str() {
            "sh" => {
                for line in text.lines() {
                    let line = Line::from(line);
                    line.check(&place.shell(line.command).wait());
                    ran += 1;
                }
            }
            "toml" => {
                let path = place.path().join("page.toml");
                std::fs::write(&path, text).expect("it can be written");
                let loaded = settings::Loader::new().file(&path).load();
                let settings = loaded.expect("it is right").settings;
                assert_eq!(settings.durability, settings::Durability::Fsync);
            }
            "conf" | "rust" => {}
            other => panic!("teach this test {other}"),
        }
    }
    assert_eq!(ran, 4);
}
