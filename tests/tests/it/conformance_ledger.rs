//! The ledger is complete, and the page written from it is not stale.

use tests::conformance::{cite, ledger, page, row};

#[test]
fn every_statement_has_its_proof_or_its_reason() {
    let rows = row::load().unwrap_or_else(|why| panic!("{why}"));
    let evidence = ledger::gather(&rows, 0);
    let statements = ledger::statements().unwrap_or_else(|why| panic!("{why}"));
    let cited = cite::citations().unwrap_or_else(|why| panic!("{why}"));
    let complaints = ledger::complaints(&statements, &evidence, &cited).unwrap_or_else(|why| panic!("{why}"));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));

    let page = page::write(&statements, &evidence, &cited);
    let written = std::fs::read_to_string(page::path()).unwrap_or_default();
    assert!(
        page == written,
        "docs/CONFORMANCE.md is stale: write it anew with `cargo run -p tests --bin conformance`"
    );
}
