//! Subscriptions and their groups.

use broker_core::router::{ShareStrategy, Subscriptions, subscription_cost_bytes};

#[test]
fn a_member_that_leaves_is_no_longer_the_one_that_gets_everything() {
    let mut subscriptions: Subscriptions<u32, ()> = Subscriptions::new();
    for key in [1, 2, 3] {
        subscriptions.insert_shared("g", "t", key, ());
    }
    let group = subscriptions.shared_mut("g", "t").expect("it has members");
    let first = group
        .pick(ShareStrategy::Sticky, 0, |_, ()| Some(0))
        .map(|(key, ())| key);
    let first = first.expect("one of three");
    assert_eq!(group.sticky(), Some(first));
    subscriptions.remove_shared("g", "t", first);
    let group = subscriptions.shared_mut("g", "t").expect("two are left");
    assert_eq!(group.sticky(), None);
    let next = group
        .pick(ShareStrategy::Sticky, 0, |_, ()| Some(0))
        .map(|(key, ())| key);
    assert!(next.is_some_and(|next| next != first));
}

#[test]
fn only_a_filter_with_a_wildcard_costs_a_place_in_the_tree_for_each_level() {
    assert_eq!(
        subscription_cost_bytes("a/b/c/d"),
        subscription_cost_bytes("abcdefg")
    );
    assert!(subscription_cost_bytes("a/b/c/+") > subscription_cost_bytes("a/b/c/d"));
    assert!(subscription_cost_bytes("a/b/c/+") > subscription_cost_bytes("abcdef/+"));
}

#[test]
fn a_turn_beyond_the_members_is_that_of_the_last() {
    let mut subscriptions: Subscriptions<u32, ()> = Subscriptions::new();
    subscriptions.insert_shared("g", "t", 1, ());
    subscriptions.insert_shared("g", "t", 2, ());
    let group = subscriptions.shared_mut("g", "t").expect("it has members");
    for (turn, becomes) in [(0, 0), (1, 1), (2, 2), (99, 2)] {
        group.set_turn(turn, None);
        assert_eq!(group.turn(), becomes);
    }
}
