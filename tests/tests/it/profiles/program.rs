//! The commands of docs/PROFILES.md do what it says; its table of limits is that of the sources.

use std::fmt::Write as _;

use broker::profile::{KINDS, Takes};
use broker::{Broker, profiles};
use tests::harness::binaries::{target_dir, workspace};
use tests::harness::page::{Block, Place, blocks};
use tests::harness::source::read;

#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let place = Place::new("profiles_page");
    let all = blocks("docs/PROFILES.md");
    let mut ran = 0;
    for Block { text, .. } in all.iter().filter(|block| block.language == "sh") {
        let finished = place.shell(&format!("set -e; rm -f ready\n{text}")).wait();
        assert_eq!(finished.code, Some(0), "{text}\n{finished:#?}");
        for line in text.lines().filter_map(|line| line.split_once("# prints: ")) {
            let all = finished.stdout.join("\n");
            assert!(all.contains(line.1.trim()), "{}\n{finished:#?}", line.1);
        }
        ran += 1;
    }
    assert!(ran >= 6, "only {ran} blocks");
    for Block { text, .. } in all.iter().filter(|block| block.language == "toml") {
        let file = target_dir().join(format!("tmp/ours-{}.toml", std::process::id()));
        std::fs::write(&file, text).expect("target/ can be written");
        let profile = profiles::find(&file.to_string_lossy()).unwrap_or_else(|wrong| panic!("{wrong}"));
        assert_eq!(profile.limits.len(), 3);
        let broker = Broker::builder().profile(file.to_string_lossy()).start();
        assert!(broker.wait().is_ok());
        let _ = std::fs::remove_file(file);
    }
}

#[test]
fn every_kind_of_limit_is_on_the_page() {
    let mut table = "| limit | what it is about | takes |\n|---|---|---|\n".to_owned();
    for kind in KINDS {
        let takes = match kind.takes {
            Takes::Max => "`max`",
            Takes::Range => "`min`, `max`",
            Takes::Words => "`only` or `not`",
            Takes::Nothing => "",
        };
        let _ = writeln!(table, "| `{}` | {} | {takes} |", kind.name, kind.what.trim());
    }
    let path = workspace().join("docs/PROFILES.md");
    let page = read(&path);
    let (before, rest) = page.split_once("<!-- limits -->\n").expect("its beginning");
    let (_, after) = rest.split_once("<!-- /limits -->").expect("its end");
    let fresh = format!("{before}<!-- limits -->\n{table}<!-- /limits -->{after}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &fresh).expect("the page can be written");
    }
    assert!(
        read(&path) == fresh,
        "docs/PROFILES.md is stale: `UPDATE_DOCS=1 cargo test -p tests --test it profiles` writes it anew"
    );
}
