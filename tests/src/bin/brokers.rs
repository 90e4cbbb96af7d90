//! Puts brokers through the conformance rows, and writes docs/BROKERS.md.
//!
//! ```text
//! cargo run -p tests --features rumqttd --bin brokers                 all that can be had here
//! cargo run -p tests --features rumqttd --bin brokers -- NATS mochi   only these; of the others what was seen before stays
//! cargo run -p tests --bin brokers -- 127.0.0.1:1883                  the broker there, whichever it is: printed, not written
//! ```
//!
//! Needs mosquitto, Node, Go, Java with Maven, and rabbitmq-server; a broker that cannot be had is named, and left as it was.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write as _};
use std::net::ToSocketAddrs as _;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Instant;

use tests::bench::machine::Machine;
use tests::bench::target::serve_here;
use tests::brokers::peer::{ALL, Running};
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
    if let [addr] = &names[..]
        && let Some(addr) = addr.to_socket_addrs().ok().and_then(|mut all| all.next())
    {
        let seen = looked_at(blank(&addr.to_string(), "", ""), &|| Running::there(addr))?;
        print!("{}", page::of_one(&seen));
        return Ok(true);
    }
    if let Some(unknown) = names
        .iter()
        .find(|name| !ALL.iter().any(|peer| peer.name == name.as_str()))
    {
        let all = ALL.map(|peer| peer.name).join(", ");
        return Err(format!(
            "there is no broker {unknown:?}; there are {all}, and HOST:PORT"
        ));
    }
    let mut all = results().unwrap_or_default();
    let mut is_whole = true;
    for peer in ALL
        .iter()
        .filter(|peer| names.is_empty() || names.iter().any(|name| name == peer.name))
    {
        encode::KEEP_ALIVE.store(peer.keep_alive_secs, Ordering::Relaxed);
        let blank = blank(peer.name, peer.version, peer.how);
        match looked_at(blank, &|| peer.start()) {
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

/// Of a broker of which nothing is known yet.
fn blank(name: &str, version: &str, how: &str) -> Seen {
    Seen {
        name: name.to_owned(),
        version: version.to_owned(),
        how: how.to_owned(),
        date: Machine::here().date,
        all: BTreeMap::new(),
        features: BTreeMap::new(),
        failed: BTreeMap::new(),
        uses: BTreeMap::new(),
    }
}

fn looked_at(mut seen: Seen, start: &dyn Fn() -> Result<Running, String>) -> Result<Seen, String> {
    let began = Instant::now();
    let shows = std::io::stderr().is_terminal();
    let name = seen.name.clone();
    look_at(start, &row::load()?, &mut seen, &mut |done, all| {
        if shows && done % 20 == 0 {
            eprint!("\r\x1b[K{name}: {done} of {all}");
            let _ = std::io::stderr().flush();
        }
    })?;
    let (passed, failed) = seen.all.values().fold((0, 0), |(passed, failed), sums| {
        (passed + sums.passed, failed + sums.failed)
    });
    let end = if shows { "\r\x1b[K" } else { "" };
    eprintln!(
        "{end}{}: {passed} passed, {failed} failed, in {:.0} s",
        seen.name,
        began.elapsed().as_secs_f64()
    );
    Ok(seen)
}
