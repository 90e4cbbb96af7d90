//! The program `broker`, from outside: flags, banner, events, ready file, exit codes, signals.

mod client;
mod journal;
mod mistakes;
mod output;
mod program;
mod start;
mod stop;

use std::path::Path;

#[test]
fn the_reference_page_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/BROKER.md");
    let page = broker::cli::reference::markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page).expect("the page is written");
        return;
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        kept == page,
        "docs/BROKER.md is stale: `UPDATE_DOCS=1 cargo test -p broker --test cli` writes it anew"
    );
}
