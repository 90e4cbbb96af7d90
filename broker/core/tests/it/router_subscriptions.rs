//! The subscriptions against a model: sorted maps of everything, and the plain definition of matching.

use std::collections::BTreeMap;

use broker_core::router::{ShareStrategy, Subscriptions};
use broker_core::topic;
use proptest::prelude::*;

type Key = u8;
type Value = u32;

/// Few levels, so that filters and topics meet; among them empty ones and neighbours of `/` in the order of bytes.
fn level() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("a"), 3 => Just("b"), 2 => Just(""), 1 => Just("$x"), 1 => Just("a-")]
}

fn topic_name() -> impl Strategy<Value = String> {
    joined(prop::collection::vec(level(), 1..5))
}

fn filter() -> impl Strategy<Value = String> {
    let levels = prop::collection::vec(prop_oneof![2 => level(), 1 => Just("+")], 0..5);
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

#[derive(Debug, Clone)]
enum Op {
    Insert(String, Key, Value),
    Remove(String, Key),
    InsertShared(&'static str, String, Key, Value),
    RemoveShared(&'static str, String, Key),
    Match(String),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let group = || prop_oneof![Just("g"), Just("h"), Just("i")];
    let op = prop_oneof![
        4 => (filter(), 0..6_u8, any::<Value>()).prop_map(|(f, k, v)| Op::Insert(f, k, v)),
        3 => (filter(), 0..6_u8).prop_map(|(f, k)| Op::Remove(f, k)),
        3 => (group(), filter(), 0..6_u8, any::<Value>()).prop_map(|(g, f, k, v)| Op::InsertShared(g, f, k, v)),
        2 => (group(), filter(), 0..6_u8).prop_map(|(g, f, k)| Op::RemoveShared(g, f, k)),
        3 => topic_name().prop_map(Op::Match),
    ];
    prop::collection::vec(op, 1..150)
}

#[derive(Default)]
struct Model {
    plain: BTreeMap<String, BTreeMap<Key, Value>>,
    /// By filter, then by Share Name; members in the order of joining.
    shared: BTreeMap<(String, &'static str), Vec<(Key, Value)>>,
}

impl Model {
    fn plain_count(&self) -> usize {
        self.plain.values().map(BTreeMap::len).sum()
    }

    fn shared_count(&self) -> usize {
        self.shared.values().map(Vec::len).sum()
    }

    fn insert_shared(&mut self, group: &'static str, filter: &str, key: Key, value: Value) -> Option<Value> {
        let members = self.shared.entry((filter.to_owned(), group)).or_default();
        if let Some((_, old)) = members.iter_mut().find(|(member, _)| *member == key) {
            return Some(std::mem::replace(old, value));
        }
        members.push((key, value));
        None
    }

    fn remove_shared(&mut self, group: &'static str, filter: &str, key: Key) -> Option<Value> {
        let members = self.shared.get_mut(&(filter.to_owned(), group))?;
        let at = members.iter().position(|(member, _)| *member == key)?;
        let removed = members.remove(at).1;
        self.shared.retain(|_, members| !members.is_empty());
        Some(removed)
    }
}

fn check_matches(subscriptions: &mut Subscriptions<Key, Value>, model: &Model, topic_name: &str) {
    let mut found = Vec::new();
    subscriptions.for_each_match(topic_name, |key, value, filter| {
        found.push((filter.to_owned(), *key, *value));
    });
    // One filter's subscribers come together, in the order of their keys; the order of filters has tests of its own.
    found.sort_by(|(one, ..), (two, ..)| one.cmp(two));
    let mut expected = Vec::new();
    for (filter, members) in model
        .plain
        .iter()
        .filter(|(filter, _)| topic::matches(filter, topic_name))
    {
        expected.extend(members.iter().map(|(key, value)| (filter.clone(), *key, *value)));
    }
    assert_eq!(found, expected, "subscriptions that match {topic_name:?}");

    let mut found = Vec::new();
    let mut ids = Vec::new();
    subscriptions.for_each_shared_match(topic_name, |id, group| {
        ids.push(id);
        found.push((
            group.filter().to_owned(),
            group.name().to_owned(),
            group.members().to_vec(),
        ));
    });
    for (id, (filter, name, _)) in ids.into_iter().zip(&found) {
        let group = subscriptions.group_mut(id).expect("nothing has changed");
        assert_eq!(
            (group.filter(), group.name()),
            (&**filter, &**name),
            "an id leads back to its group"
        );
    }
    found.sort_by(|(one, ..), (two, ..)| one.cmp(two));
    let expected: Vec<_> = (model.shared.iter())
        .filter(|((filter, _), _)| topic::matches(filter, topic_name))
        .map(|((filter, name), members)| (filter.clone(), (*name).to_owned(), members.clone()))
        .collect();
    assert_eq!(found, expected, "shared groups that match {topic_name:?}");
}

proptest! {
    #[test]
    fn any_sequence_of_calls_agrees_with_the_model(ops in ops()) {
        let mut subscriptions = Subscriptions::new();
        let mut model = Model::default();
        for op in ops {
            let before = subscriptions.generation();
            let changed = match &op {
                Op::Insert(filter, key, value) => {
                    let old = model.plain.entry(filter.clone()).or_default().insert(*key, *value);
                    assert_eq!(subscriptions.insert(filter, *key, *value), old);
                    assert_eq!(subscriptions.get(filter, *key), Some(value));
                    true
                }
                Op::Remove(filter, key) => {
                    let old = model.plain.get_mut(filter).and_then(|members| members.remove(key));
                    assert_eq!(subscriptions.remove(filter, *key), old);
                    assert_eq!(subscriptions.get(filter, *key), None);
                    old.is_some()
                }
                Op::InsertShared(group, filter, key, value) => {
                    let old = model.insert_shared(group, filter, *key, *value);
                    assert_eq!(subscriptions.insert_shared(group, filter, *key, *value), old);
                    assert_eq!(subscriptions.shared(group, filter).and_then(|group| group.get(*key)), Some(value));
                    true
                }
                Op::RemoveShared(group, filter, key) => {
                    let old = model.remove_shared(group, filter, *key);
                    assert_eq!(subscriptions.remove_shared(group, filter, *key), old);
                    old.is_some()
                }
                Op::Match(topic_name) => {
                    check_matches(&mut subscriptions, &model, topic_name);
                    false
                }
            };
            assert_eq!(subscriptions.generation() != before, changed, "generation after {op:?}");
            assert_eq!(subscriptions.plain_count(), model.plain_count());
            assert_eq!(subscriptions.shared_count(), model.shared_count());
            assert_eq!(subscriptions.groups().count(), model.shared.len());
        }
        for (filter, members) in &model.plain {
            for (key, value) in members {
                assert_eq!(subscriptions.remove(filter, *key), Some(*value));
            }
        }
        for ((filter, group), members) in &model.shared {
            for (key, value) in members {
                assert_eq!(subscriptions.remove_shared(group, filter, *key), Some(*value));
            }
        }
        assert_eq!(subscriptions.index_count(), 0, "all have left, yet something stays");
        assert_eq!((subscriptions.plain_count(), subscriptions.shared_count()), (0, 0));
    }

    #[test]
    fn the_order_of_matches_does_not_depend_on_the_order_of_calls(
        filters in prop::collection::btree_set(filter(), 1..40),
        other_order in any::<u64>(),
        name in topic_name(),
    ) {
        let filters: Vec<String> = filters.into_iter().collect();
        let mut shuffled = filters.clone();
        let len = shuffled.len() as u64;
        for at in 0..shuffled.len() {
            let other = (other_order.rotate_left(at as u32) % len) as usize;
            shuffled.swap(at, other);
        }
        let matched = |filters: &[String]| {
            let mut subscriptions = Subscriptions::new();
            for filter in filters {
                subscriptions.insert(filter, 1, ());
                subscriptions.insert(filter, 0, ());
            }
            let mut found = Vec::new();
            subscriptions.for_each_match(&name, |key, (), filter| found.push((filter.to_owned(), *key)));
            found
        };
        assert_eq!(matched(&filters), matched(&shuffled));
    }
}

#[test]
fn a_wide_level_is_searched_and_emptied() {
    let mut subscriptions = Subscriptions::new();
    for n in 0..5_000_u32 {
        subscriptions.insert(&format!("dev/{n}/+"), n, ());
    }
    for n in (0..5_000).step_by(97) {
        let mut found = Vec::new();
        subscriptions.for_each_match(&format!("dev/{n}/state"), |key, (), _| found.push(*key));
        assert_eq!(found, [n]);
    }
    for n in 0..5_000 {
        assert_eq!(subscriptions.remove(&format!("dev/{n}/+"), n), Some(()));
    }
    assert_eq!(subscriptions.index_count(), 0);
}

#[test]
fn what_comes_and_goes_leaves_the_rest_as_it_was() {
    let mut subscriptions = Subscriptions::new();
    for filter in ["#", "a/b", "a/+/c", "a/#"] {
        subscriptions.insert(filter, 0, ());
    }
    let before = subscriptions.index_count();
    for n in 0..50_000_u32 {
        let (exact, wild) = (format!("a/x/{n}"), format!("a/+/{n}/#"));
        subscriptions.insert(&exact, n, ());
        subscriptions.insert(&wild, n, ());
        subscriptions.insert_shared("g", &wild, n, ());
        subscriptions.remove(&exact, n);
        subscriptions.remove(&wild, n);
        subscriptions.remove_shared("g", &wild, n);
    }
    assert_eq!(subscriptions.index_count(), before);
    assert_eq!(subscriptions.groups().count(), 0);
    let mut found = Vec::new();
    subscriptions.for_each_match("a/b", |_, (), filter| found.push(filter.to_owned()));
    assert_eq!(found, ["a/b", "#", "a/#"]);
}

#[test]
fn a_group_keeps_its_turn_between_messages() {
    let mut subscriptions = Subscriptions::new();
    for key in [7, 3, 5] {
        subscriptions.insert_shared("g", "a/+", key, ());
        subscriptions.insert_shared("g", "a/#", key, ());
    }
    let mut picked = Vec::new();
    for _ in 0..4 {
        subscriptions.for_each_shared_match("a/b", |_, group| {
            let (key, ()) = group
                .pick(ShareStrategy::RoundRobin, 0, |_, ()| Some(0))
                .expect("it has members");
            picked.push((group.filter().to_owned(), key));
        });
    }
    let by = |filter: &str| {
        picked
            .iter()
            .filter(|(f, _)| f == filter)
            .map(|&(_, key)| key)
            .collect::<Vec<_>>()
    };
    assert_eq!(by("a/+"), [7, 3, 5, 7]);
    assert_eq!(by("a/#"), [7, 3, 5, 7]);
}

#[test]
fn the_dollar_rule_holds_for_the_filter_behind_the_share_name() {
    let mut subscriptions = Subscriptions::new();
    subscriptions.insert_shared("g", "#", 1, ());
    subscriptions.insert_shared("g", "$SYS/#", 2, ());
    subscriptions.insert_shared("g", "+/uptime", 3, ());
    let mut found = Vec::new();
    subscriptions.for_each_shared_match("$SYS/uptime", |_, group| found.push(group.filter().to_owned()));
    assert_eq!(found, ["$SYS/#"]);
}
