//! Sparkplug: each rule kept and broken, what is not understood, and bytes that nobody would send.

mod encode;
mod hostile;
mod story;

use std::collections::BTreeSet;

use broker_contract::SPARKPLUG_RULES;

use story::Story;

const ROWS: &str = include_str!("../../../../../tests/data/sparkplug/rules.txt");

/// All that an edge node and a host application do, as the specification wants it.
const RIGHT: &str = "host; hostsub; state; connect; subscribe; nbirth; dbirth; ndata; ddata; ncmd; dcmd; rebirth; ndata; nbirth; \
    dbirth +Table .type=16 .dataset=2:2:2:3 +Motor .type=19 .template=0:Motor; \
    ddata; ddeath; ndata; dbirth; ddata; ndeath; disconnect; \
    connect bdSeq=1; subscribe; nbirth bdSeq=1 +Motor .type=19 .template=1: @Temp .property=Quality:3:192 .property=Unit:12:1; \
    ndata +Label .text=y; lost; connect bdSeq=2 v5; subscribe; nbirth bdSeq=2 seq=254; ndata; ndata; ndata; dismiss; \
    state text={\"online\":false,\"timestamp\":7}; disconnect client=host";

#[test]
fn what_is_right_breaks_nothing() {
    let mut story = Story::default();
    for (told, step) in story.tell(RIGHT).iter().zip(RIGHT.split(';')) {
        assert!(told.is_empty(), "{step}: {told:?}");
    }
    let report = story.sparkplug.report();
    assert_eq!((report.broken, report.violations_total), (0, 0));
    let node = &report.nodes[0];
    assert_eq!(
        (node.group.as_str(), node.node.as_str(), node.online),
        ("g", "n", false)
    );
    assert_eq!(
        (node.births, node.deaths, node.data, node.commands),
        (4, 3, 10, 3)
    );
    assert_eq!((node.rebirths_asked, node.owes_rebirth), (1, false));
    let host = &report.hosts[0];
    assert_eq!((host.online, host.births, host.deaths), (false, 1, 1));
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    assert!(
        report
            .text()
            .contains("edge node g/n: offline, 4 births, 3 deaths, 10 data messages, 1 device (0 online)")
    );
    story.sparkplug.reset();
    assert!(story.sparkplug.report().nodes.is_empty());
}

#[test]
fn each_rule_is_broken_by_its_row_and_by_nothing_before() {
    let mut seen = BTreeSet::new();
    let rows = ROWS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    for row in rows {
        let parts: Vec<&str> = row.split(" | ").collect();
        let [rule, steps, words] = parts[..] else {
            panic!("{row}")
        };
        let mut told = Story::default().tell(steps);
        let last = told.pop().unwrap();
        for before in told {
            assert!(before.is_empty(), "{row}\n{before:?}");
        }
        let found = last.iter().find(|(id, _)| id == rule);
        let Some((_, sentence)) = found else {
            panic!("{row}\n{last:?}")
        };
        assert!(
            sentence.contains(words) && sentence.ends_with(&format!("({rule})")),
            "{row}\n{sentence}"
        );
        seen.insert(rule);
    }
    for rule in SPARKPLUG_RULES {
        assert!(seen.contains(rule.id), "{} has no row", rule.id);
        assert!(
            !rule.wants.is_empty() && rule.wants.ends_with('.'),
            "{}",
            rule.wants
        );
    }
    assert_eq!(
        seen.len(),
        SPARKPLUG_RULES.len(),
        "a row for a rule that there is not"
    );
}

#[test]
fn a_gap_in_seq_is_told_once() {
    let mut story = Story::default();
    let told = story.tell("connect; subscribe; nbirth; ndata seq=3; ndata; ndata");
    let counts: Vec<usize> = told.iter().map(Vec::len).collect();
    assert_eq!(counts, [0, 0, 0, 1, 0, 0]);
    assert_eq!(
        story.sparkplug.report().rules,
        [("tck-id-payloads-ndata-seq-inc", 1)]
    );
}

#[test]
fn what_is_owed_and_what_is_not_looked_at_stands_in_the_report() {
    let mut story = Story::default();
    story.tell("connect; subscribe; nbirth; rebirth; ndata topic=STATE/old; ndata topic=lamps/1");
    let report = story.sparkplug.report();
    assert!(report.nodes[0].owes_rebirth);
    assert_eq!(report.messages, 2);
    assert!(
        report.notes[0].contains("is of Sparkplug before 3.0"),
        "{:?}",
        report.notes
    );
    let text = report.text();
    assert!(
        text.contains("1 rebirth asked for, no NBIRTH came since"),
        "{text}"
    );
    assert_eq!(report.json()["nodes"][0]["owes_rebirth"], true);
}
