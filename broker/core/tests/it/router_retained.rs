//! The retained messages against a model: a sorted map and the plain definition of matching.

use std::collections::{BTreeMap, BTreeSet};

use broker_core::router::{Cursor, Retained};
use broker_core::topic;
use proptest::prelude::*;

/// Levels that meet often; `a-`, `a.` and `a0` stand around `a/` in the order of bytes, `%` behind `$`.
fn level() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        6 => Just("a"), 4 => Just("b"), 3 => Just(""), 1 => Just("$x"),
        1 => Just("a-"), 1 => Just("a."), 1 => Just("a0"), 1 => Just("%"), 1 => Just("\u{1F34B}"),
    ]
}

fn topic_name() -> impl Strategy<Value = String> {
    joined(prop::collection::vec(level(), 1..5))
}

fn filter() -> impl Strategy<Value = String> {
    let levels = prop::collection::vec(prop_oneof![1 => level(), 1 => Just("+")], 0..5);
    joined(
        (levels, prop::bool::weighted(0.3)).prop_map(|(mut levels, multi)| {
            if multi || levels.is_empty() {
                levels.push("#");
            }
            levels
        }),
    )
}

fn joined(levels: impl Strategy<Value = Vec<&'static str>>) -> impl Strategy<Value = String> {
    levels
        .prop_map(|levels| levels.join("/"))
        .prop_filter("no empty topics", |text| !text.is_empty())
}

fn store(topics: &BTreeSet<String>) -> Retained<usize> {
    let mut retained = Retained::new();
    for (number, topic_name) in topics.iter().enumerate() {
        assert_eq!(retained.set(topic_name, number), None);
    }
    retained
}

/// One slice: what it yielded, and where the next begins.
fn slice(
    retained: &Retained<usize>,
    filter: &str,
    cursor: Option<Cursor>,
    limit: usize,
) -> (Vec<(String, usize)>, Option<Cursor>) {
    let mut matching = retained.matching(filter, cursor, limit);
    let found = matching
        .by_ref()
        .map(|(topic_name, number)| (topic_name.to_owned(), *number))
        .collect();
    assert!(matching.looked_at() <= limit);
    (found, matching.cursor())
}

proptest! {
    #[test]
    fn slices_of_any_size_yield_what_matches(
        topics in prop::collection::btree_set(topic_name(), 0..80),
        filter in filter(),
        limit in 1..20_usize,
    ) {
        let retained = store(&topics);
        let expected: Vec<&String> = topics.iter().filter(|name| topic::matches(&filter, name)).collect();
        let mut found = Vec::new();
        let mut cursor = None;
        loop {
            let (slice, next) = slice(&retained, &filter, cursor, limit);
            found.extend(slice.into_iter().map(|(topic_name, _)| topic_name));
            if next.is_none() {
                break;
            }
            cursor = next;
        }
        assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn stopping_early_loses_nothing(
        topics in prop::collection::btree_set(topic_name(), 0..60),
        filter in filter(),
        takes in prop::collection::vec(0..4_usize, 1..20),
    ) {
        let retained = store(&topics);
        let expected: Vec<&String> = topics.iter().filter(|name| topic::matches(&filter, name)).collect();
        let mut found = Vec::new();
        let mut cursor = None;
        for take in takes.into_iter().chain([usize::MAX]) {
            let mut matching = retained.matching(&filter, cursor, usize::MAX);
            found.extend(matching.by_ref().take(take).map(|(topic_name, _)| topic_name.to_owned()));
            cursor = matching.cursor();
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(cursor, None);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn changes_between_slices_disturb_only_what_changed(
        topics in prop::collection::btree_set(topic_name(), 0..60),
        changes in prop::collection::vec(prop::collection::vec((topic_name(), any::<bool>()), 0..5), 0..40),
        filter in filter(),
        limit in 1..5_usize,
    ) {
        let mut retained = store(&topics);
        let mut untouched = topics.clone();
        let mut found: Vec<String> = Vec::new();
        let mut changes = changes.into_iter();
        let mut cursor = None;
        loop {
            let (slice, next) = slice(&retained, &filter, cursor, limit);
            for (topic_name, number) in slice {
                assert_eq!(retained.get(&topic_name), Some(&number), "it yields what is there");
                assert!(topic::matches(&filter, &topic_name));
                assert!(found.last().is_none_or(|last| *last < topic_name), "in order, none twice");
                found.push(topic_name);
            }
            if next.is_none() {
                break;
            }
            cursor = next;
            for (topic_name, keep) in changes.next().unwrap_or_default() {
                if keep {
                    retained.set(&topic_name, 1_000);
                } else {
                    retained.remove(&topic_name);
                    untouched.remove(&topic_name);
                }
            }
        }
        for topic_name in untouched.iter().filter(|name| topic::matches(&filter, name)) {
            assert!(found.contains(topic_name), "{topic_name:?} was there all the time");
        }
    }

    #[test]
    fn any_sequence_of_calls_agrees_with_the_model(
        calls in prop::collection::vec((0..4, topic_name(), filter(), any::<u32>()), 1..80),
    ) {
        let mut retained = Retained::new();
        let mut model: BTreeMap<String, u32> = BTreeMap::new();
        for (call, name, filter, number) in calls {
            match call {
                0 | 1 => assert_eq!(retained.set(&name, number), model.insert(name.clone(), number)),
                2 => assert_eq!(retained.remove(&name), model.remove(&name)),
                _ => {
                    let mut removed = Vec::new();
                    retained.clear(&filter, |name, number| removed.push((name.to_owned(), number)));
                    let selected = |name: &str| topic::matches(&filter, name);
                    let expected: Vec<_> = model.iter().filter(|(name, _)| selected(name)).map(|(n, m)| (n.clone(), *m)).collect();
                    assert_eq!(removed, expected);
                    model.retain(|name, _| !selected(name));
                }
            }
            assert_eq!(retained.get(&name), model.get(&name));
            assert_eq!((retained.len(), retained.is_empty()), (model.len(), model.is_empty()));
        }
        assert!(retained.iter().eq(model.iter().map(|(name, number)| (&**name, number))));
    }
}

/// How many topics a whole walk looks at, and how many of them it yields.
fn cost(retained: &Retained<usize>, filter: &str) -> (usize, usize) {
    let mut matching = retained.matching(filter, None, usize::MAX);
    let yielded = matching.by_ref().count();
    (matching.looked_at(), yielded)
}

#[test]
fn topics_elsewhere_cost_nothing() {
    let mut retained = Retained::new();
    for n in 0..100_000 {
        retained.set(&format!("b/{n}/c"), n);
    }
    assert_eq!(cost(&retained, "a/+/c"), (1, 0));
    assert_eq!(cost(&retained, "c/#"), (0, 0));
    assert_eq!(cost(&retained, "b/500/+"), (2, 1));
    assert_eq!(cost(&retained, "b/500/#"), (2, 1));
    assert_eq!(cost(&retained, "b/500/c"), (2, 1));
    assert_eq!(cost(&retained, "+/500/c"), (3, 1));
    assert_eq!(cost(&retained, "+"), (1, 0));
    assert_eq!(
        cost(&retained, "b/+"),
        (100_000, 0),
        "each second level could have a message of its own"
    );
    assert_eq!(cost(&retained, "#"), (100_000, 100_000));
}

#[test]
fn siblings_that_sort_before_the_slash_cost_nothing() {
    let mut retained = Retained::new();
    for n in 0..10_000 {
        retained.set(&format!("a-{n}"), n);
        retained.set(&format!("$SYS/{n}"), n);
    }
    retained.set("a", 0);
    retained.set("a/x", 1);
    assert_eq!(
        cost(&retained, "a/#"),
        (3, 2),
        "one look passes all of a-0 to a-9999"
    );
    let (looked_at, yielded) = cost(&retained, "+/x");
    assert_eq!(yielded, 1);
    assert!(looked_at <= 10_003, "{looked_at}");
    let (looked_at, yielded) = cost(&retained, "#");
    assert_eq!(yielded, 10_002);
    assert_eq!(looked_at, 10_003, "one look passes all that begin with $");
}

#[test]
fn a_slice_that_matches_nothing_ends_all_the_same() {
    let mut retained = Retained::new();
    for n in 0..1_000 {
        retained.set(&format!("{n}/a"), n);
    }
    let (found, cursor) = slice(&retained, "+/b", None, 10);
    assert_eq!(found, []);
    assert!(cursor.is_some());
    let (found, again) = slice(&retained, "+/b", cursor.clone(), 0);
    assert_eq!((found, again), (vec![], cursor), "no look, no step");
}

#[test]
fn an_empty_store_has_no_cursor() {
    assert_eq!(slice(&Retained::new(), "#", None, 1), (vec![], None));
}
