//! The program `broker`, from outside: flags, banner, events, ready file, exit codes, signals.

mod access;
mod certificates;
mod check;
mod child;
#[cfg(feature = "http")]
mod ctl;
mod daemon;
mod health;
mod journal;
mod log;
mod mistakes;
mod mosquitto_conf;
mod output;
mod passwd;
mod program;
mod service;
mod start;
mod stop;
mod task;

use std::path::Path;

/// Compares a page with the one in the repository; with `UPDATE_DOCS` set, writes it instead.
fn assert_fresh(name: &str, generate: impl FnOnce(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    let page = generate(&kept);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page).expect("the page is written");
        return;
    }
    assert!(
        kept == page,
        "docs/{name} is stale: `UPDATE_DOCS=1 cargo test -p broker --test it cli` writes it anew"
    );
}

#[test]
fn the_reference_page_is_fresh() {
    assert_fresh("BROKER.md", |_| broker::cli::reference::markdown());
}

#[test]
fn the_page_on_engines_is_fresh() {
    assert_fresh("ENGINES.md", broker::capability::markdown);
}

#[test]
fn the_page_about_stubs_is_up_to_date() {
    let mark = "<!-- made from the code -->";
    assert_fresh("STUBS.md", |page| {
        let by_hand = page.split(mark).next().unwrap_or_default();
        format!("{by_hand}{mark}\n\n{}", broker::stub::reference())
    });
}

#[test]
fn the_page_on_patterns_is_fresh() {
    assert_fresh("PATTERNS.md", |_| broker::pattern::markdown());
}

#[test]
fn the_tables_of_the_page_on_faults_are_fresh() {
    assert_fresh("FAULTS.md", |kept| {
        broker::fault::tables()
            .into_iter()
            .fold(kept.to_owned(), |page, (name, table)| {
                let mark = format!("<!-- table: {name} -->\n");
                let (before, rest) = page.split_once(&mark).expect("the page has the table");
                let (_, after) = rest.split_once("<!-- end -->").expect("the table has an end");
                format!("{before}{mark}{table}<!-- end -->{after}")
            })
    });
}
