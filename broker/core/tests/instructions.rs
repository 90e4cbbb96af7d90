//! How many instructions the hot path takes for a message, counted by callgrind and compared with committed bounds.
//! Counts repeat almost exactly on every machine, however busy it is, so CI can check them.
//!
//! The counts are those of the dev profile, so that CI needs no second build. They are several times those of a
//! release, but both grow together.
//!
//! `UPDATE_INSTRUCTIONS=1 cargo test -p broker-core --test instructions` writes the counts of this build into the file with
//! the bounds; a count that went up needs a reason. Where valgrind is not installed nothing is counted, except in CI,
//! where that is a failure.

#[path = "../benches/hot/bed.rs"]
mod bed;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use bed::{BATCH, Bed, topics};
use broker_core::engine::Direction;
use broker_core::fault::{Faults, Rule, Who};
use broker_core::line::{Attach, Line, World};
use broker_core::pattern::pubrel;
use broker_core::scenario::Scenarios;
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{QoS, Version};

/// Batches before those that are counted: all buffers have their size then, and the journal has gone round.
const WARM_UP: usize = 8;
/// Entries of the journal; few, so that it goes round early.
const JOURNAL_ENTRIES: u32 = 1024;
const BATCHES: usize = 5;
/// How far a count may be from its bound, in per cent. Less is no failure, but the bound should follow.
const TOLERANCE: u64 = 15;
/// The test that callgrind runs.
const UNDER_CALLGRIND: &str = "workload";
/// Tells it which workload.
const WORKLOAD: &str = "INSTRUCTIONS_WORKLOAD";

type Workload = (&'static str, fn(journal: bool) -> Box<dyn FnMut()>);

const WORKLOADS: [Workload; 12] = [
    ("QoS 0, 1 to 1", |journal| flow(journal, 1, 1)),
    ("QoS 0, 1 to 1, ten topics in turn", |journal| {
        flow(journal, 10, 1)
    }),
    ("QoS 0, 1 to 1, as many topics as messages", |journal| {
        flow(journal, BATCH * (WARM_UP + BATCHES), 1)
    }),
    ("QoS 0, 1 to 50", |journal| flow(journal, 1, 50)),
    ("QoS 0, 1 to 50, ten topics in turn", |journal| {
        flow(journal, 10, 50)
    }),
    // What one rule costs that matches nothing, on both connections.
    ("QoS 0, 1 to 1, through lines", through_lines),
    ("QoS 1, 1 to 1", |journal| exchange(journal, QoS::AtLeastOnce)),
    ("QoS 2, 1 to 1", |journal| exchange(journal, QoS::ExactlyOnce)),
    // An ACL costs a lane nothing.
    ("QoS 0, 1 to 1, an ACL of 1000 lines", |journal| {
        flow_in(bed_with_acl(journal), 1, 1)
    }),
    (
        "QoS 0, 1 to 1, ten topics in turn, an ACL of 1000 lines",
        |journal| flow_in(bed_with_acl(journal), 10, 1),
    ),
    ("QoS 0, 1 to 50, an ACL of 1000 lines", |journal| {
        flow_in(bed_with_acl(journal), 1, 50)
    }),
    ("QoS 1, 1 to 1, an ACL of 1000 lines", |journal| {
        exchange_in(bed_with_acl(journal), QoS::AtLeastOnce)
    }),
];

fn settings(journal: bool) -> BrokerSettings {
    let mut settings = BrokerSettings::default();
    settings.journal.entries = if journal { JOURNAL_ENTRIES } else { 0 };
    settings
}

fn bed(journal: bool) -> Bed {
    Bed::with(Version::V311, settings(journal))
}

fn bed_with_acl(journal: bool) -> Bed {
    let acl = bed::acl_lines(1000);
    Bed::with(
        Version::V311,
        BrokerSettings {
            acl,
            ..settings(journal)
        },
    )
}

fn flow(journal: bool, topic_count: usize, subscribers: usize) -> Box<dyn FnMut()> {
    flow_in(bed(journal), topic_count, subscribers)
}

fn flow_in(mut bed: Bed, topic_count: usize, subscribers: usize) -> Box<dyn FnMut()> {
    for number in 0..subscribers {
        bed.subscriber(&format!("sub{number}"), "bench/#", QoS::AtMostOnce);
    }
    let publisher = bed.connect("pub");
    let batches: Vec<Vec<u8>> = topics(topic_count)
        .chunks(BATCH)
        .map(|topics| bed.batch(topics, QoS::AtMostOnce))
        .collect();
    let mut turn = 0;
    Box::new(move || {
        let batch = &batches[turn % batches.len()];
        turn += 1;
        let bytes = bed.flow(publisher, batch);
        assert_eq!(bytes, batch.len() * subscribers, "everybody gets every message");
    })
}

/// The same as [`flow`], with a line before the publisher and one before the subscriber.
fn through_lines(journal: bool) -> Box<dyn FnMut()> {
    let mut bed = bed(journal);
    bed.subscriber("sub", "bench/#", QoS::AtMostOnce);
    let publisher = bed.connect("pub");
    let batch = bed.batch(&topics(1), QoS::AtMostOnce);
    let mut faults = Faults::new(1);
    let rule = Rule::on(pubrel()).drop_it().named("matches nothing");
    faults.add(Time::ZERO, rule).expect("it can work");
    let mut scenarios = Scenarios::default();
    let mut lines = ["pub", "sub"].map(|client_id| {
        let who = Who {
            conn: publisher,
            client_id: client_id.into(),
            user: None,
            listener: "main".into(),
            version: Version::V311,
        };
        Line::new(who, Attach::default())
    });
    Box::new(move || {
        for (line, direction) in lines.iter_mut().zip([Direction::In, Direction::Out]) {
            let mut world = World {
                now: Time::ZERO,
                faults: &mut faults,
                scenarios: &mut scenarios,
                note: &mut |note| drop(std::hint::black_box(note)),
            };
            line.receive(&mut world, direction, &batch);
            let ready = line.ready(direction).expect("nothing holds it up").bytes;
            assert_eq!(ready.len(), batch.len());
            if direction == Direction::In {
                bed.flow(publisher, ready);
            }
            line.took(direction, batch.len());
        }
    })
}

fn exchange(journal: bool, qos: QoS) -> Box<dyn FnMut()> {
    exchange_in(bed(journal), qos)
}

fn exchange_in(mut bed: Bed, qos: QoS) -> Box<dyn FnMut()> {
    bed.subscriber("sub", "bench/#", qos);
    let publisher = bed.connect("pub");
    let batch = bed.batch(&topics(1), qos);
    Box::new(move || bed.exchange(publisher, &batch))
}

/// What callgrind counts: it is told this function's name.
#[inline(never)]
fn counted_batches(batch: &mut dyn FnMut()) {
    for _ in 0..BATCHES {
        batch();
    }
}

fn suffix(journal: bool) -> &'static str {
    if journal { "" } else { ", no journal" }
}

#[test]
#[ignore = "run under callgrind by the test below"]
fn workload() {
    let asked = std::env::var(WORKLOAD).unwrap_or_default();
    for (name, workload) in WORKLOADS {
        for journal in [true, false] {
            if asked == format!("{name}{}", suffix(journal)) {
                let mut batch = workload(journal);
                for _ in 0..WARM_UP {
                    batch();
                }
                counted_batches(&mut batch);
            }
        }
    }
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "the bounds are those of the dev profile")]
fn the_hot_path_takes_no_more_instructions_than_it_did() {
    let found = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !found.is_ok_and(|status| status.success()) {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI counts instructions: install valgrind"
        );
        eprintln!("valgrind is not installed: no instructions are counted");
        return;
    }
    let mut counts = BTreeMap::new();
    for (name, _) in WORKLOADS {
        for journal in [true, false] {
            counts.insert(format!("{name}{}", suffix(journal)), count(name, journal));
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/instructions.txt");
    if std::env::var_os("UPDATE_INSTRUCTIONS").is_some() {
        let mut text = String::new();
        for (name, count) in &counts {
            let _ = writeln!(text, "{count:>6} {name}");
        }
        return std::fs::write(&path, text).unwrap();
    }
    let bounds = std::fs::read_to_string(&path).unwrap();
    let mut missed = Vec::new();
    for (name, count) in &counts {
        let bound = bounds
            .lines()
            .find_map(|line| line.trim().split_once(' ').filter(|(_, of)| of == name))
            .and_then(|(bound, _)| bound.parse::<u64>().ok())
            .unwrap_or_else(|| panic!("{} has no bound for {name:?}", path.display()));
        println!("{name}: {count} instructions a message, committed {bound}");
        if *count > bound + bound * TOLERANCE / 100 {
            missed.push(format!(
                "{name}: {count} instructions a message where {bound} are committed"
            ));
        }
    }
    assert!(
        missed.is_empty(),
        "{}\n`callgrind_annotate` says where they go; {} has the bounds",
        missed.join("\n"),
        path.display()
    );
}

/// Instructions a message of one workload.
fn count(name: &str, journal: bool) -> u64 {
    let out = std::env::temp_dir().join(format!("instructions-{}", std::process::id()));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*counted_batches*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe().unwrap())
        .args([UNDER_CALLGRIND, "--exact", "--ignored"])
        .env(WORKLOAD, format!("{name}{}", suffix(journal)))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let counts = std::fs::read_to_string(&out).unwrap();
    std::fs::remove_file(&out).unwrap();
    let total = counts.lines().find_map(|line| line.strip_prefix("totals: "));
    total.unwrap().trim().parse::<u64>().unwrap() / (BATCH * BATCHES) as u64
}
