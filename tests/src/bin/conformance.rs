//! Puts a broker through the conformance rows.
//!
//! ```text
//! cargo run -p tests --bin conformance                              writes docs/CONFORMANCE.md
//! cargo run -p tests --bin conformance -- --against localhost:1883  a table: which rows another broker passes
//!                       or mqtts://, ws://, wss:// before it; or unix:// and a path
//!     --cafile FILE     the CA that vouches for localhost there, for mqtts and wss
//!     --json            the table as JSON lines
//!     --only TEXT       only rows whose name holds TEXT
//!     --timeout-ms N    how long a packet may take to come (300)
//!     --keep-alive N    Keep Alive where a row says none (0; rumqttd takes nobody with that)
//!     --wait-secs N     rows may really wait that long, each time (0: rows that need a clock are left out)
//! cargo run -p tests --bin conformance -- --list                    the rows, with what they prove
//! ```

use std::net::ToSocketAddrs;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tests::conformance::row::{self, Row};
use tests::conformance::run::{Outcome, run};
use tests::conformance::socket::Sockets;
use tests::conformance::{cite, encode, ledger, page};
use tests::harness::{Door, Way};

fn main() -> ExitCode {
    match work() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            eprintln!("conformance: {why}");
            ExitCode::from(2)
        }
    }
}

#[derive(Default)]
struct Flags {
    against: Option<String>,
    ca_file: Option<String>,
    json: bool,
    list: bool,
    only: String,
    timeout: Option<u64>,
    wait: u64,
}

fn flags() -> Result<Flags, String> {
    let mut flags = Flags::default();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        let number = |text: String| text.parse().map_err(|_| format!("{text:?} is no number"));
        match arg.as_str() {
            "--against" => flags.against = Some(value()?),
            "--cafile" => flags.ca_file = Some(value()?),
            "--json" => flags.json = true,
            "--list" => flags.list = true,
            "--only" => flags.only = value()?,
            "--timeout-ms" => flags.timeout = Some(number(value()?)?),
            "--keep-alive" => {
                let secs = value()?;
                let secs = secs
                    .parse()
                    .map_err(|_| format!("{secs:?} is no Keep Alive: 0 to 65535"))?;
                encode::KEEP_ALIVE.store(secs, Ordering::Relaxed);
            }
            "--wait-secs" => flags.wait = number(value()?)?,
            _ => {
                return Err(format!(
                    "{arg:?} is no flag: --against --cafile --json --keep-alive --list --only --timeout-ms --wait-secs"
                ));
            }
        }
    }
    Ok(flags)
}

fn work() -> Result<bool, String> {
    let flags = flags()?;
    let mut rows = row::load()?;
    rows.retain(|row| row.name.contains(&flags.only));
    if flags.list {
        for row in &rows {
            println!("{}\t{}", row.name, row.proves.join(" "));
        }
        return Ok(true);
    }
    match &flags.against {
        Some(addr) => against(addr, &rows, &flags),
        None => write_page(&rows),
    }
}

fn write_page(rows: &[Row]) -> Result<bool, String> {
    let evidence = ledger::gather(rows, 0);
    for failure in &evidence.failures {
        println!("FAILED {failure}");
    }
    let (statements, cited) = (ledger::statements()?, cite::citations()?);
    let complaints = ledger::complaints(&statements, &evidence, &cited)?;
    for complaint in &complaints {
        println!("LEDGER {complaint}");
    }
    let text = page::write(&statements, &evidence, &cited);
    std::fs::write(page::path(), text).map_err(|error| error.to_string())?;
    println!(
        "{} rows, {} cases, {} failed, {} complaints; {} written",
        evidence.rows,
        evidence.cases,
        evidence.failures.len(),
        complaints.len(),
        page::path().display()
    );
    Ok(evidence.failures.is_empty() && complaints.is_empty())
}

/// Where `--against` leads: `host:port`, or a URL that says on which way.
fn door(place: &str, flags: &Flags) -> Result<Door, String> {
    let (scheme, addr) = place.split_once("://").unwrap_or(("mqtt", place));
    if scheme == "unix" {
        return Ok(Door::unix(addr));
    }
    let way = Way::OVER_TCP.into_iter().find(|way| way.scheme() == scheme);
    let way = way.ok_or(format!("{scheme}: mqtt, mqtts, ws, wss or unix"))?;
    let addr = addr
        .to_socket_addrs()
        .map_err(|error| format!("{addr}: {error}"))?
        .next()
        .ok_or(format!("{addr}: no such address"))?;
    let door = Door::new(way, addr);
    if !way.has_tls() {
        return Ok(door);
    }
    let path = flags
        .ca_file
        .as_ref()
        .ok_or("--cafile says which CA vouches for localhost there")?;
    let ca = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(door.trusting(&ca))
}

fn against(addr: &str, rows: &[Row], flags: &Flags) -> Result<bool, String> {
    let door = door(addr, flags)?;
    let patience = Duration::from_millis(flags.timeout.unwrap_or(300));
    // Passed, failed, left out; first what the standard demands, then what it leaves open.
    let mut sums = [[0_usize; 3]; 2];
    for row in rows {
        for version in &row.versions {
            let (word, why) = if row.settings.is_empty() {
                let mut wire = Sockets::new(&door, patience).foreign(Duration::from_secs(flags.wait));
                let outcome = run(row, *version, &mut wire);
                wire.clean_up(row);
                match outcome {
                    Outcome::Passed => ("pass", String::new()),
                    Outcome::Failed(why) => ("FAIL", why),
                    Outcome::Skipped(why) => ("skip", why.to_owned()),
                }
            } else {
                ("skip", "needs settings of ours".to_owned())
            };
            let place = ["pass", "FAIL", "skip"]
                .iter()
                .position(|known| *known == word)
                .unwrap_or(2);
            sums[usize::from(row.choice)][place] += 1;
            if flags.json {
                let line = json!({ "row": row.name, "version": version.to_string(), "result": word,
                    "open": row.choice, "why": why, "proves": row.proves_in(*version).collect::<Vec<_>>() });
                println!("{line}");
            } else {
                println!(
                    "{word}  {:<6} {}{}",
                    version.to_string(),
                    row.name,
                    if row.choice { "  (open)" } else { "" }
                );
                if word == "FAIL" {
                    println!("        {why}");
                }
            }
        }
    }
    for (what, [passed, failed, skipped]) in ["the standards demand", "the standards leave open"]
        .iter()
        .zip(sums)
    {
        eprintln!("{addr}: of what {what}: {passed} passed, {failed} failed, {skipped} left out");
    }
    Ok(sums[0][1] == 0)
}
