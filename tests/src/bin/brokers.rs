//! Puts brokers through the conformance rows, and writes docs/BROKERS.md.
//!
//! ```text
//! cargo run -p tests --features rumqttd --bin brokers                 all that can be had here
//! cargo run -p tests --features rumqttd --bin brokers -- NATS mochi   only these; of the others what was seen before stays
//! ```
//!
//! Needs mosquitto, Node, Go, Java with Maven, and rabbitmq-server; a broker that cannot be had is named, and left as it was.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write as _};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Instant;

use tests::bench::machine::Machine;
use tests::bench::target::serve_here;
use tests::brokers::peer::{ALL, Peer};
use tests::brokers::{Seen, look_at, page, results, results_path};
use tests::conformance::{encode, row};

fn main() -> ExitCode {
    match work() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            eprintln!("brokers: {why}");
            ExitCode::from(2)
        }
    }
}

fn work() -> Result<bool, String> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, what, port] = &names[..]
        && serve == "serve"
    {
        let port = port.parse().map_err(|_| format!("{port:?} is no port"))?;
        return serve_here(what, port)
            .map(|()| true)
            .map_err(|error| error.to_string());
    }
    if let Some(unknown) = names
        .iter()
        .find(|name| !ALL.iter().any(|peer| peer.name == name.as_str()))
    {
        let all = ALL.map(|peer| peer.name).join(", ");
        return Err(format!("there is no broker {unknown:?}; there are {all}"));
    }
    let rows = row::load()?;
    let mut all = results().unwrap_or_default();
    let mut is_whole = true;
    for peer in ALL
        .iter()
        .filter(|peer| names.is_empty() || names.iter().any(|name| name == peer.name))
    {
        match looked_at(peer, &rows) {
            Ok(seen) => {
                all.retain(|other| other.name != seen.name);
                all.push(seen);
                all.sort_by_key(|seen| ALL.iter().position(|peer| peer.name == seen.name));
                write(&all)?;
            }
            Err(why) => {
                eprintln!("{}: left out: {why}", peer.name);
                is_whole = false;
            }
        }
    }
    println!("{} written", page::path().display());
    Ok(is_whole)
}

/// Writes what was seen, and the page of it.
fn write(all: &[Seen]) -> Result<(), String> {
    let text = serde_json::to_string_pretty(all).map_err(|error| error.to_string())?;
    std::fs::write(results_path(), text + "\n").map_err(|error| error.to_string())?;
    std::fs::write(page::path(), page::write(all)).map_err(|error| error.to_string())
}

fn looked_at(peer: &Peer, rows: &[row::Row]) -> Result<Seen, String> {
    encode::KEEP_ALIVE.store(peer.keep_alive_secs, Ordering::Relaxed);
    let began = Instant::now();
    let mut seen = Seen {
        name: peer.name.to_owned(),
        version: peer.version.to_owned(),
        how: peer.how.to_owned(),
        date: Machine::here().date,
        all: BTreeMap::new(),
        features: BTreeMap::new(),
        failed: BTreeMap::new(),
    };
    let shows = std::io::stderr().is_terminal();
    look_at(peer, rows, &mut seen, &mut |done, all| {
        if shows && done % 20 == 0 {
            eprint!("\r\x1b[K{}: {done} of {all}", peer.name);
            let _ = std::io::stderr().flush();
        }
    })?;
    let (passed, failed) = seen.all.values().fold((0, 0), |(passed, failed), sums| {
        (passed + sums.passed, failed + sums.failed)
    });
    let end = if shows { "\r\x1b[K" } else { "" };
    eprintln!(
        "{end}{}: {passed} passed, {failed} failed, in {:.0} s",
        peer.name,
        began.elapsed().as_secs_f64()
    );
    Ok(seen)
}
