//! Each limit of each profile, as rows of `tests/data/profiles/rows.toml`: what just passes, and what does not, in both modes. Where
//! violations are only told, the client sees what it would see without a profile; else what that broker does.

use std::time::Duration;

use broker::expect::{no_violations, rule, violation};
use broker::profile::{Bound, KINDS, Limit, Mode, Outcome, Profile};
use broker::{Broker, profiles};
use serde::Deserialize;
use tests::conformance::Version;
use tests::conformance::row::Row;
use tests::conformance::run::{Got, Outcome as Went, Wire, run};
use tests::conformance::socket::Sockets;
use tests::conformance::step::parse;
use tests::harness::source::read;
use tests::harness::{DEADLINE, binaries::workspace};

/// A row, as the file has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    limit: String,
    versions: Vec<String>,
    before: String,
    within: String,
    after_within: String,
    over: String,
    passes: String,
    answered: String,
    lowered: String,
    highest: String,
    lowest: String,
    too_high: String,
    too_low: String,
}

#[derive(Deserialize)]
struct File {
    row: Vec<Written>,
}

fn rows() -> Vec<Written> {
    let text = read(&workspace().join("tests/data/profiles/rows.toml"));
    toml::from_str::<File>(&text).expect("the file is right").row
}

/// MQTT has no packet that passes such a limit.
const LONGEST_PACKET: u64 = 268_435_460;

/// The rows for one limit: two where it has two ends.
fn of_limit(limit: &Limit, rows: &[Written]) -> Vec<Written> {
    let name = limit.kind.name();
    let row = rows.iter().find(|row| row.limit == name);
    let row = row.unwrap_or_else(|| panic!("{name} has no row"));
    let (min, max) = match limit.bound {
        Bound::Range(min, max) => (min, max),
        _ => (0, 0),
    };
    if row.too_high.is_empty() {
        return vec![filled(row, limit, max)];
    }
    let mut all = Vec::new();
    if max < u64::MAX {
        let (within, over) = (row.highest.clone(), row.too_high.clone());
        let row = Written {
            within,
            over,
            ..row.clone()
        };
        all.push(filled(&row, limit, max));
    }
    if min > 0 {
        let (within, over) = (row.lowest.clone(), row.too_low.clone());
        let row = Written {
            within,
            over,
            ..row.clone()
        };
        all.push(filled(&row, limit, min));
    }
    all
}

/// The row with the bound of the limit in it.
fn filled(row: &Written, limit: &Limit, bound: u64) -> Written {
    let word = match &limit.bound {
        Bound::Not(words) => words[0].replace('#', "nothing"),
        _ => "elsewhere".to_owned(),
    };
    let own = match &limit.bound {
        Bound::Only(words) => words[0].replace("%c", "b").replace('#', "some"),
        _ => String::new(),
    };
    let reason = match limit.outcome {
        Outcome::Answer(reason) | Outcome::Disconnect(reason) => reason.0,
        _ => 0,
    };
    let fill = |text: &String| -> String {
        let mut lines = Vec::new();
        for line in text.lines() {
            let mut line = line
                .replace("%max - 20%", &bound.saturating_sub(20).to_string())
                .replace("%word%", &word)
                .replace("%own%", &own)
                .replace("%reason%", &format!("{reason:#04x}"));
            for (name, number) in [
                ("max", bound),
                ("min", bound),
                ("bound", bound),
                ("over", bound.saturating_add(1)),
                ("under", bound.saturating_sub(1)),
            ] {
                line = line.replace(&format!("%{name}%"), &number.to_string());
                let many = usize::try_from(number).unwrap_or(usize::MAX);
                let mut put = |what: &str, text: &dyn Fn() -> String| {
                    let place = format!("%{what} {name}%");
                    if line.contains(&place) {
                        line = line.replace(&place, &text());
                    }
                };
                put("x", &|| "x".repeat(many));
                put("reasons", &|| vec![format!("{reason:#04x}"); many].join(","));
                put("failures", &|| vec!["0x80"; many].join(","));
                put("levels", &|| vec!["a"; many].join("/"));
                put("filters", &|| {
                    let filters: Vec<String> = (0..many).map(|n| format!("to=f{n}")).collect();
                    filters.join(" ")
                });
            }
            match line.split_once(" times ") {
                Some((times, each)) => {
                    let times: u64 = times.parse().expect("a number");
                    lines.extend((1..=times).map(|number| each.replace('#', &number.to_string())));
                }
                None => lines.push(line),
            }
        }
        lines.join("\n")
    };
    Written {
        before: fill(&row.before),
        within: fill(&row.within),
        after_within: fill(&row.after_within),
        over: fill(&row.over),
        passes: fill(&row.passes),
        answered: fill(&row.answered),
        lowered: fill(&row.lowered),
        ..row.clone()
    }
}

/// What the client gets where the profile is enforced.
fn enforced(row: &Written, outcome: Outcome, version: Version) -> String {
    let is_first = row.before.is_empty();
    match outcome {
        Outcome::Close => "a closes silently".to_owned(),
        Outcome::Disconnect(reason) if is_first => format!("a refused {:#04x}", reason.0),
        Outcome::Disconnect(reason) if version.is_v5() => format!("a closes {:#04x}", reason.0),
        Outcome::Disconnect(_) => "a closes".to_owned(),
        Outcome::Answer(_) => {
            let has_answer = match version {
                Version::V5 => row.answered.contains("@5"),
                Version::V311 => row.answered.contains("@3.1.1"),
                Version::V31 => false,
            };
            if has_answer {
                row.answered.clone()
            } else {
                "a closes".to_owned()
            }
        }
        Outcome::Ignore => "a stays".to_owned(),
        Outcome::Lose => row.passes.clone(),
        Outcome::Pause => format!("advance 1s\n{}", row.passes),
        Outcome::Lower => row.lowered.clone(),
    }
}

/// Sockets to a broker whose clock can be moved.
struct Clocked<'a>(Sockets, &'a Broker);

impl Wire for Clocked<'_> {
    fn open(&mut self, conn: &str) -> Result<(), String> {
        self.0.open(conn)
    }

    fn send(&mut self, conn: &str, bytes: &[u8]) {
        self.0.send(conn, bytes);
    }

    fn next(&mut self, conn: &str) -> Got {
        self.0.next(conn)
    }

    fn drop(&mut self, conn: &str) {
        self.0.drop(conn);
    }

    fn advance(&mut self, by: Duration) -> bool {
        // What it pauses for has come.
        self.1.expect(violation()).wait();
        self.1.clock().advance(by).wait().expect("the clock goes on");
        true
    }
}

/// Says the lines to a broker that is held against this limit alone; gives it back.
fn said(
    profile: &Profile,
    limit: &Limit,
    mode: Mode,
    lines: &[&str],
    version: Version,
) -> Result<Broker, String> {
    let broker = Broker::builder().configure(|settings| settings.sys.interval_secs = 0);
    let broker = broker.start().wait().expect("it starts");
    broker.clock().freeze().wait().expect("it stands still");
    let one = Profile {
        limits: vec![limit.clone()],
        ..profile.clone()
    };
    broker.profile().set(one, mode).wait().expect("it is set");
    let text = lines.join("\n");
    let row = Row {
        name: limit.kind.name().to_owned(),
        versions: vec![version],
        settings: Vec::new(),
        steps: parse(&text).map_err(|why| format!("{why}\n{text}"))?,
        proves: Vec::new(),
        choice: true,
    };
    let mut wire = Clocked(Sockets::new(broker.addr(), DEADLINE), &broker);
    match run(&row, version, &mut wire) {
        Went::Passed => {}
        Went::Skipped(why) => return Err(why.to_owned()),
        Went::Failed(why) => return Err(settings::text::cut(&why, 600)),
    }
    drop(wire);
    Ok(broker)
}

/// What is wrong with one limit, in both modes.
fn held(profile: &Profile, limit: &Limit, rows: &[Written], faults: &mut Vec<String>) -> usize {
    let name = limit.kind.name();
    if matches!(limit.bound, Bound::Range(_, LONGEST_PACKET..) if name == "packet_bytes") {
        return 0;
    }
    let mut cases = 0;
    for row in of_limit(limit, rows) {
        let named = row
            .versions
            .iter()
            .flat_map(|version| Version::named(version).expect("a version"));
        let mut versions: Vec<Version> = named.copied().collect();
        if versions.is_empty() {
            versions = vec![Version::V311, Version::V5];
        }
        for version in versions {
            cases += 1;
            let to = &[&*row.before, &row.within, &row.after_within][..];
            let mut fault = |mode: &str, why: String| {
                faults.push(format!("{}: {name} [{version}], {mode}\n    {why}", profile.name));
            };
            match said(profile, limit, Mode::Enforce, to, version) {
                Ok(broker) => {
                    broker.expect(no_violations()).wait();
                }
                Err(why) => fault("within", why),
            }
            let warned = [to, &[&row.over, &row.passes]].concat();
            match said(profile, limit, Mode::Warn, &warned, version) {
                Ok(broker) => told(&broker, profile, limit, false),
                Err(why) => fault("warn", why),
            }
            let ends = enforced(&row, limit.outcome, version);
            let acted = [to, &[&row.over, &ends]].concat();
            match said(profile, limit, Mode::Enforce, &acted, version) {
                Ok(broker) => told(&broker, profile, limit, true),
                Err(why) => fault("enforce", why),
            }
        }
    }
    cases
}

/// It was told once, with the sentence that has the source, and counted.
fn told(broker: &Broker, profile: &Profile, limit: &Limit, is_enforced: bool) {
    let name = limit.kind.name();
    let pattern = violation()
        .field("rule", name)
        .field("contract", profile.name.as_str())
        .field("enforced", is_enforced);
    broker.expect(pattern.times(1)).unproven_is_enough().wait();
    let found = broker.profile().violations().wait().expect("it runs");
    let rows: Vec<_> = found.rows().collect();
    assert_eq!((rows.len(), found.total()), (1, 1), "{name}: {rows:?}");
    let text = &rows[0].first.text;
    let begins = format!("{} would {}: ", profile.title, limit.would());
    let ends = format!(" ({}, {})", limit.source, limit.as_of);
    assert!(text.starts_with(&begins) && text.ends_with(&ends), "{text}");
    let refuses = !matches!(limit.outcome, Outcome::Lower);
    if is_enforced && refuses {
        broker
            .expect(rule(format!("profile {}: {name}", profile.name)).fired(1))
            .unproven_is_enough()
            .wait();
    }
}

#[test]
fn each_limit_of_each_profile_in_both_modes() {
    let rows = rows();
    let all: Vec<(Profile, Limit)> = profiles::all()
        .flat_map(|profile| {
            let limits = profile.limits.clone();
            limits.into_iter().map(move |limit| (profile.clone(), limit))
        })
        .collect();
    let (mut faults, mut cases) = (Vec::new(), 0);
    for (profile, limit) in &all {
        cases += held(profile, limit, &rows, &mut faults);
    }
    assert!(cases > all.len(), "{cases} cases");
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn each_row_is_of_a_kind_that_a_profile_has() {
    for row in rows() {
        assert!(KINDS.iter().any(|kind| kind.name == row.limit), "{}", row.limit);
        let is_used = profiles::all().any(|profile| {
            let mut limits = profile.limits.iter();
            limits.any(|limit| limit.kind.name() == row.limit)
        });
        assert!(is_used, "no profile has {}", row.limit);
    }
}
