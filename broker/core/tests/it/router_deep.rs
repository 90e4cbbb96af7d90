//! The deepest topics and filters that fit a packet, on a stack far smaller than a thread has by default.

use std::thread;

use broker_core::router::{Retained, Subscriptions};
use broker_core::topic;

const STACK_BYTES: usize = 128 * 1024;
/// A topic of 65,535 bytes has at most this many levels, all empty.
const LEVELS_MAX: usize = topic::MAX_LEN_BYTES + 1;

fn on_a_small_stack(work: fn()) {
    let thread = thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(work)
        .expect("a thread starts");
    thread
        .join()
        .expect("it does not overflow its stack, and its assertions hold");
}

fn empty_levels(count: usize) -> String {
    "/".repeat(count - 1)
}

fn count(subscriptions: &Subscriptions<u32, ()>, topic_name: &str) -> usize {
    let mut count = 0;
    subscriptions.for_each_match(topic_name, |_, (), _| count += 1);
    count
}

#[test]
fn deepest_filters_come_match_and_go() {
    on_a_small_stack(|| {
        let deepest = empty_levels(LEVELS_MAX);
        let plus_last = format!("{}+", empty_levels(LEVELS_MAX - 1));
        let multi_last = format!("{}#", empty_levels(LEVELS_MAX - 1));
        let all_plus = format!("{}+", "+/".repeat(32_767));
        for filter in [&deepest, &plus_last, &multi_last, &all_plus] {
            assert_eq!(topic::validate_filter(filter), Ok(()));
        }
        let mut subscriptions = Subscriptions::new();
        subscriptions.insert(&deepest, 1, ());
        subscriptions.insert(&plus_last, 2, ());
        subscriptions.insert(&multi_last, 3, ());
        subscriptions.insert(&all_plus, 4, ());
        assert_eq!(
            count(&subscriptions, &deepest),
            2,
            "itself and the one with #; the + would need a byte more"
        );
        assert_eq!(
            count(&subscriptions, &empty_levels(LEVELS_MAX - 1)),
            2,
            "the one with + and the one with #"
        );
        assert_eq!(
            count(&subscriptions, &empty_levels(32_768)),
            1,
            "the one of + only"
        );
        for (filter, key) in [(&deepest, 1), (&plus_last, 2), (&multi_last, 3), (&all_plus, 4)] {
            assert_eq!(subscriptions.remove(filter, key), Some(()));
        }
        assert_eq!(subscriptions.index_count(), 0);
    });
}

#[test]
fn deepest_filters_are_dropped_with_their_owner() {
    on_a_small_stack(|| {
        let mut subscriptions = Subscriptions::new();
        subscriptions.insert(&format!("{}+", "+/".repeat(32_767)), 1, ());
        subscriptions.insert_shared("g", &format!("{}#", empty_levels(LEVELS_MAX - 1)), 1, ());
        drop(subscriptions);
    });
}

#[test]
fn deepest_retained_topics_are_found() {
    on_a_small_stack(|| {
        let deepest = empty_levels(LEVELS_MAX);
        let mut retained = Retained::new();
        for levels in [2, 3, 32_768, LEVELS_MAX - 1, LEVELS_MAX] {
            retained.set(&empty_levels(levels), levels);
        }
        let all = |filter: &str| {
            retained
                .matching(filter, None, 100)
                .map(|(_, &levels)| levels)
                .collect::<Vec<_>>()
        };
        assert_eq!(all("#"), [2, 3, 32_768, LEVELS_MAX - 1, LEVELS_MAX]);
        assert_eq!(all(&deepest), [LEVELS_MAX]);
        assert_eq!(all(&format!("{}+", "+/".repeat(32_767))), [32_768]);
        assert_eq!(
            all(&format!("{}#", "+/".repeat(32_767))),
            [32_768, LEVELS_MAX - 1, LEVELS_MAX]
        );
    });
}

#[test]
fn a_topic_of_many_levels_costs_a_wide_trie_no_more_than_its_nodes() {
    on_a_small_stack(|| {
        let mut subscriptions = Subscriptions::new();
        for depth in 1..300 {
            subscriptions.insert(&format!("{}#", "+/".repeat(depth)), depth as u32, ());
            subscriptions.insert(&format!("{}+/x", "/".repeat(depth)), depth as u32, ());
        }
        let deepest = empty_levels(LEVELS_MAX);
        assert_eq!(count(&subscriptions, &deepest), 299);
    });
}
