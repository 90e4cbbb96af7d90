//! Every row of `tests/data/rows`, for every version it fits: against the engine, and over TCP.

use std::time::Duration;

use tests::conformance::ledger::gather;
use tests::conformance::row::{Row, load};
use tests::conformance::run::{Outcome, run};
use tests::conformance::socket::Sockets;

fn rows() -> Vec<Row> {
    load().unwrap_or_else(|why| panic!("{why}"))
}

fn show(failures: &[String], cases: usize) {
    assert!(
        failures.is_empty(),
        "{} of {cases} cases failed:\n\n{}\n",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn every_row_in_process() {
    let evidence = gather(&rows(), 0);
    assert!(evidence.cases > 0, "there are no rows");
    show(&evidence.failures, evidence.cases);
}

#[test]
fn every_row_in_process_byte_by_byte() {
    let evidence = gather(&rows(), 1);
    show(&evidence.failures, evidence.cases);
}

#[test]
fn every_row_over_tcp() {
    const THREADS: usize = 4;
    let rows = rows();
    let parts: Vec<(Vec<String>, usize)> = std::thread::scope(|scope| {
        let of = rows.chunks(rows.len().div_ceil(THREADS).max(1));
        let threads: Vec<_> = of.map(|part| scope.spawn(|| over_tcp(part))).collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .collect()
    });
    assert_eq!(
        parts.len(),
        rows.chunks(rows.len().div_ceil(THREADS).max(1)).len(),
        "a part did not finish"
    );
    let failures: Vec<String> = parts.iter().flat_map(|(failures, _)| failures.clone()).collect();
    show(&failures, parts.iter().map(|(_, cases)| cases).sum());
}

/// Each row against a broker of its own; what failed, and how many cases there were.
fn over_tcp(rows: &[Row]) -> (Vec<String>, usize) {
    let mut failures = Vec::new();
    let mut cases = 0;
    for row in rows {
        for version in row.versions.iter().filter(|version| !row.needs_clock(**version)) {
            cases += 1;
            let mut settings = row
                .broker_settings()
                .unwrap_or_else(|why| panic!("{}: {why}", row.name));
            settings.port = 0;
            settings.bind = vec![std::net::Ipv4Addr::LOCALHOST.into()];
            let builder = broker::Broker::builder().settings(settings).seed(1);
            let broker = builder.start().wait().unwrap_or_else(|why| panic!("{why}"));
            let mut wire = Sockets::new(broker.addr(), Duration::from_secs(5));
            if let Outcome::Failed(why) = run(row, *version, &mut wire) {
                failures.push(format!("{} [{version}] over TCP\n    {why}", row.name));
            }
            drop(wire);
            drop(broker);
        }
    }
    (failures, cases)
}

#[test]
fn the_settings_for_interoperability_suites_are_settings() {
    let file = tests::conformance::root().join("tests/data/interop.toml");
    let loaded = broker::settings::Loader::new()
        .file(file)
        .load()
        .unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(loaded.settings.session.max_keep_alive_secs, 60);
    assert_eq!(loaded.settings.access.deny_subscribe, ["test/nosubscribe"]);
    assert!(!loaded.settings.access.tell_why);
}
