//! docs/BROKERS.md, made of what was seen.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::uses::titles;
use super::{Feature, Seen, Sums, features};

/// So many rows of a broker that failed are named.
const MOST_NAMED: usize = 25;

const HEAD: &str = "\
# Brokers

Which features of MQTT a broker has, as the rows of [CONFORMANCE.md](CONFORMANCE.md) show it over TCP: packets that are sent, packets
that must come back, and as clients that others wrote use it. Written by `cargo run -p tests --bin brokers`, which starts each broker that can be had here, on its default
settings where these let anybody in, and puts it through all rows that a standard demands. A row that fails is tried again on a broker
that was just started. What a standard leaves open, and what needs settings or a clock that can be moved, counts for nobody.

- **yes**: each row of the feature passes, in 3.1.1 and in 5.0.
- **5 of 7**: so many rows pass. **no**: none does. **–**: there was nothing to look at: the version is not spoken,
  or the broker grants a lower QoS than the rows ask for, as it may.
- A row is a small thing: one that fails may be one that nobody needs. What failed is below, by name.

Any broker at any address goes through the same: `cargo run -p tests --bin brokers -- HOST:PORT` prints its column and what failed, and
`--bin conformance -- --against HOST:PORT` each row. Both publish, retain and take sessions there: not at a broker that others use.

Ours is held to these very rows in each test run, and they were written beside it: so its column says that the rows are kept, not that it is
the best broker. It is made for tests and lessons on one machine; for production take one of the others. A connection that begins with HTTP
gets an answer in HTTP here, which the row for it takes for wrong.

One habit can fail many rows: rumqttd delivers at the QoS that it granted, also what was published at a lower one; mochi adds a Message
Expiry Interval of a day to each message for 5.0 clients; RabbitMQ grants QoS 1 at most.

";

/// The title of the table of everyday uses, and what to know of it.
const USES: (&str, &str) = (
    "Everyday uses",
    "\
What programs do, with paho-mqtt 2 and MQTT.js 5, in 3.1.1 and in 5.0: **3 of 4** is three of these four. Each use is a short program,
[for Python](../tests/data/paho/2/scenarios.py) and [for Node](../tests/data/mqttjs/scenarios.mjs), that says `ok` or what was not as
it should be. **–**: the version is not spoken, or the broker grants a lower QoS than the use needs.

It is broker and client together. Both clients send more at once than a small Receive Maximum lets them: HiveMQ ends them for that in 5.0.
MQTT.js hands 200 messages of QoS 2 over at once: mosquitto 2.0.11 passes 20 of them on. That each overlapping subscription brings a
copy of its own is allowed; programs seldom expect it.

",
);

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
            heading(&mut out, &section, "feature", all);
        }
        line(&mut out, &feature, all);
    }
    uses(&mut out, all);
    out.push_str("\n## What failed\n");
    for seen in all {
        failures(&mut out, seen);
    }
    out
}

/// The title of a table, and its first line.
fn heading(out: &mut String, section: &str, what: &str, all: &[Seen]) {
    let _ = write!(out, "\n## {section}\n\n");
    if section == USES.0 {
        out.push_str(USES.1);
    }
    let _ = write!(out, "| {what} |");
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

/// The table of everyday uses.
fn uses(out: &mut String, all: &[Seen]) {
    heading(out, USES.0, "use", all);
    for (name, title) in titles() {
        let _ = write!(out, "| {title} |");
        for seen in all {
            let _ = write!(out, " {} |", used(seen, name));
        }
        out.push('\n');
    }
}

fn used(seen: &Seen, name: &str) -> String {
    let mut sums = Sums::default();
    for why in seen.uses.get(name).into_iter().flat_map(|by| by.values()) {
        *if why.is_none() {
            &mut sums.passed
        } else {
            &mut sums.failed
        } += 1;
    }
    in_words(sums)
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
    in_words(total)
}

fn in_words(sums: Sums) -> String {
    match (sums.passed, sums.failed) {
        (0, 0) => "–".to_owned(),
        (_, 0) => "yes".to_owned(),
        (0, _) => "no".to_owned(),
        (passed, failed) => format!("{passed} of {}", passed + failed),
    }
}

/// What was seen of one broker, for a person: a line for each feature and use, then what failed.
pub fn of_one(seen: &Seen) -> String {
    let mut out = String::new();
    let mut line = |title: &str, cell: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{cell:>10}  {title}");
    };
    for (version, sums) in &seen.all {
        line(&format!("rows of {version}"), in_words(*sums));
    }
    for feature in features() {
        line(&feature.title, cell(seen, &feature));
    }
    for (name, title) in titles() {
        line(title, used(seen, name));
    }
    for (row, by_version) in &seen.failed {
        for (version, why) in by_version {
            let _ = writeln!(out, "failed: {row} ({version}): {why}");
        }
    }
    for (name, title) in titles() {
        for (client, why) in seen.uses.get(name).into_iter().flatten() {
            if let Some(why) = why {
                let _ = writeln!(out, "failed: {title} ({client}): {why}");
            }
        }
    }
    out
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
