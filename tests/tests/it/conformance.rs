//! Every row of `tests/data/rows`, for every version it fits: against the engine, and over every way into a broker.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use broker::Broker;
use broker::settings::{BrokerSettings, Durability, Listener};
use tests::conformance::Version;
use tests::conformance::ledger::gather;
use tests::conformance::row::{Row, load};
use tests::conformance::run::{Outcome, run};
use tests::conformance::socket::Sockets;
use tests::harness::folder::Folder;
use tests::harness::{Door, Way};

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

/// The row whose first bytes are not MQTT's, but those of a protocol that a port knows. Inside WebSocket nothing else can come,
/// so there it holds as it stands.
const HTTP: &str = "connect: first packet is HTTP";

/// What was wrong with how a row went over a way.
fn fault(row: &Row, outcome: Outcome, way: Way) -> Option<String> {
    let answered = row.name == HTTP && !way.has_web_socket();
    match outcome {
        Outcome::Failed(why) if answered && why.contains("got [48 54 54 50 2f") => None,
        Outcome::Failed(why) => Some(why),
        Outcome::Passed | Outcome::Skipped(_) if answered => Some("no answer in HTTP came".to_owned()),
        Outcome::Passed | Outcome::Skipped(_) => None,
    }
}

/// Each row over one way, for each version that it fits.
fn every_row_over(way: Way) {
    const THREADS: usize = 4;
    let rows = rows();
    // One CA vouches for all brokers.
    let folder = Folder::new();
    let settings = BrokerSettings {
        durability: Durability::Off,
        ..BrokerSettings::default()
    };
    drop(start(settings, folder.path()));
    let ca = std::fs::read_to_string(folder.file("ca.pem")).expect("the CA is kept there");
    let next = AtomicUsize::new(0);
    let (folder, ca, rows) = (&folder, &ca, &rows);
    let part = || {
        let mut failures = Vec::new();
        let mut cases = 0;
        while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
            for version in row.versions.iter().filter(|version| !row.needs_clock(**version)) {
                cases += 1;
                if let Some(why) = fault(row, row_over(row, *version, way, folder, ca), way) {
                    failures.push(format!("{} [{version}] over {way}\n    {why}", row.name));
                }
            }
        }
        (failures, cases)
    };
    let parts: Vec<(Vec<String>, usize)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(part)).collect();
        let parts = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        parts.map(|part| part.expect("a part finishes")).collect()
    });
    let failures: Vec<String> = parts.iter().flat_map(|(failures, _)| failures.clone()).collect();
    show(&failures, parts.iter().map(|(_, cases)| cases).sum());
}

/// One row against a broker of its own.
fn row_over(row: &Row, version: Version, way: Way, folder: &Folder, ca: &str) -> Outcome {
    let mut settings = row
        .broker_settings()
        .unwrap_or_else(|why| panic!("{}: {why}", row.name));
    let socket = folder.new_file(".sock");
    if way == Way::Unix {
        settings.listener.push(Listener::socket(&socket));
    }
    // Over TCP each keeps its state, so that the rows hold for such a broker, too. The others share a CA.
    let broker = if way == Way::Tcp {
        settings.durability = Durability::Os;
        start(settings, &folder.new_file("-state"))
    } else {
        settings.durability = Durability::Off;
        start(settings, folder.path())
    };
    let door = match way {
        Way::Unix => Door::unix(socket),
        way if way.has_tls() => Door::new(way, broker.addr()).trusting(ca),
        way => Door::new(way, broker.addr()),
    };
    run(row, version, &mut Sockets::new(door, Duration::from_secs(5)))
}

fn start(mut settings: BrokerSettings, state_dir: &Path) -> Broker {
    settings.port = 0;
    settings.bind = vec![std::net::Ipv4Addr::LOCALHOST.into()];
    settings.state_dir = state_dir.display().to_string();
    let builder = Broker::builder().settings(settings).seed(1);
    builder.start().wait().unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn every_row_over_tcp() {
    every_row_over(Way::Tcp);
}

#[test]
fn every_row_over_tls() {
    every_row_over(Way::Tls);
}

#[test]
fn every_row_over_web_socket() {
    every_row_over(Way::Ws);
}

#[test]
fn every_row_over_web_socket_inside_tls() {
    every_row_over(Way::Wss);
}

#[cfg(unix)]
#[test]
fn every_row_over_a_unix_socket() {
    every_row_over(Way::Unix);
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
