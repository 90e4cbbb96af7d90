//! docs/BROKERS.md is what was seen of brokers, and its features are rows that there are.

use tests::brokers::{features, page, results};
use tests::conformance::row;

#[test]
fn the_page_is_what_was_seen() {
    let all = results().expect("it was looked");
    let text = std::fs::read_to_string(page::path()).expect("there is a page");
    assert!(
        text == page::write(&all),
        "docs/BROKERS.md is stale: cargo run -p tests --features rumqttd --bin brokers"
    );
    let ours = all
        .iter()
        .find(|seen| seen.name == "citronella")
        .expect("ours is among them");
    // It is answered in HTTP.
    let failed: Vec<&str> = ours.failed.keys().map(String::as_str).collect();
    assert_eq!(failed, ["connect: first packet is HTTP"], "{:#?}", ours.failed);
}

#[test]
fn each_feature_has_rows_and_each_beginning_is_that_of_one() {
    let rows = row::load().expect("the rows are right");
    for feature in features() {
        for begin in &feature.rows {
            assert!(
                rows.iter().any(|row| row.name.starts_with(begin.as_str())),
                "{}: no row begins with {begin:?}",
                feature.title
            );
        }
    }
}
