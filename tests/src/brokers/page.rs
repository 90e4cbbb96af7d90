//! docs/BROKERS.md, made of what was seen.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{Feature, Seen, Sums, features};

/// So many rows of a broker that failed are named.
const MOST_NAMED: usize = 25;

const HEAD: &str = "\
# Brokers

Which features of MQTT a broker has, as the rows of [CONFORMANCE.md](CONFORMANCE.md) show it over TCP: packets that are sent, packets
that must come back. Written by `cargo run -p tests --bin brokers`, which starts each broker that can be had here, on its default
settings where these let anybody in, and puts it through all rows that a standard demands. A row that fails is tried again on a broker
that was just started. What a standard leaves open, and what needs settings or a clock that can be moved, counts for nobody.

- **yes**: each row of the feature passes, in 3.1.1 and in 5.0.
- **5 of 7**: so many rows pass. **no**: none does. **–**: there was nothing to look at: the version is not spoken,
  or the broker grants a lower QoS than the rows ask for, as it may.
- A row is a small thing: one that fails may be one that nobody needs. What failed is below, by name; `--bin conformance -- --against
  HOST:PORT` says of each what happened, of any broker.

Ours is held to these very rows in each test run, and they were written beside it: so its column says that the rows are kept, not that it is
the best broker. It is made for tests and lessons on one machine; for production take one of the others. A connection that begins with HTTP
gets an answer in HTTP here, which the row for it takes for wrong.

One habit can fail many rows: rumqttd delivers at the QoS that it granted, also what was published at a lower one; mochi adds a Message
Expiry Interval of a day to each message for 5.0 clients; RabbitMQ grants QoS 1 at most.

";

/// Where the page is.
pub fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/BROKERS.md")
}

/// The page.
pub fn write(all: &[Seen]) -> String {
    let mut out = HEAD.to_owned();
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(
        out,
        "| broker | version | looked at | started as | 3.1.1: rows passed | 5.0: rows passed |"
    );
    let _ = writeln!(out, "|---|---|---|---|--:|--:|");
    for seen in all {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            seen.name,
            seen.version,
            seen.date,
            seen.how,
            whole(seen, "3.1.1"),
            whole(seen, "5")
        );
    }
    let mut section = String::new();
    for feature in features() {
        if feature.section != section {
            section.clone_from(&feature.section);
            heading(&mut out, &section, all);
        }
        line(&mut out, &feature, all);
    }
    out.push_str("\n## What failed\n");
    for seen in all {
        failures(&mut out, seen);
    }
    out
}

fn heading(out: &mut String, section: &str, all: &[Seen]) {
    let _ = write!(out, "\n## {section}\n\n| feature |");
    for seen in all {
        let _ = write!(out, " {} |", seen.name);
    }
    let _ = write!(out, "\n|---|");
    out.push_str(&":-:|".repeat(all.len()));
    out.push('\n');
}

fn line(out: &mut String, feature: &Feature, all: &[Seen]) {
    let _ = write!(out, "| {} |", feature.title);
    for seen in all {
        let _ = write!(out, " {} |", cell(seen, feature));
    }
    out.push('\n');
}

fn whole(seen: &Seen, version: &str) -> String {
    if !seen.speaks(version) {
        return "–".to_owned();
    }
    let sums = seen.all.get(version).copied().unwrap_or_default();
    format!("{} of {}", sums.passed, sums.passed + sums.failed)
}

fn cell(seen: &Seen, feature: &Feature) -> String {
    let mut total = Sums::default();
    for sums in seen
        .features
        .get(&feature.title)
        .into_iter()
        .flat_map(|by| by.values())
    {
        total.passed += sums.passed;
        total.failed += sums.failed;
    }
    match (total.passed, total.failed) {
        (0, 0) => "–".to_owned(),
        (_, 0) => "yes".to_owned(),
        (0, _) => "no".to_owned(),
        (passed, failed) => format!("{passed} of {}", passed + failed),
    }
}

fn failures(out: &mut String, seen: &Seen) {
    let mut named: Vec<String> = Vec::new();
    for (row, versions) in &seen.failed {
        let versions: Vec<&str> = versions.keys().map(String::as_str).collect();
        named.push(format!(
            "- {} ({})",
            row.replace('|', "\\|").replace('<', "&lt;"),
            versions.join(", ")
        ));
    }
    let _ = writeln!(out, "\n### {} {}\n", seen.name, seen.version);
    if named.is_empty() {
        out.push_str("Nothing.\n");
        return;
    }
    let more = named.len().saturating_sub(MOST_NAMED);
    named.truncate(MOST_NAMED);
    for row in named {
        let _ = writeln!(out, "{row}");
    }
    if more > 0 {
        let _ = writeln!(
            out,
            "- and {more} more, in [results.json](../tests/data/brokers/results.json)"
        );
    }
}
