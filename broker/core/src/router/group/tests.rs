//! Which member a shared subscription chooses.

use super::ShareStrategy::{LeastInflight, Random, RoundRobin, Sticky};
use super::*;

fn group(keys: &[u32]) -> SharedGroup<u32, ()> {
    let mut group = SharedGroup::new("g", "a/+");
    for &key in keys {
        assert_eq!(group.insert(key, ()), None);
    }
    group
}

fn picks(group: &mut SharedGroup<u32, ()>, strategy: ShareStrategy, count: u64) -> Vec<u32> {
    (0..count)
        .map(|n| {
            group
                .pick(strategy, n, |_, ()| Some(0))
                .expect("all are eligible")
                .0
        })
        .collect()
}

#[test]
fn round_robin_goes_in_the_order_of_joining() {
    let mut group = group(&[30, 10, 20]);
    assert_eq!(picks(&mut group, RoundRobin, 7), [30, 10, 20, 30, 10, 20, 30]);
}

#[test]
fn round_robin_survives_leaving_and_joining() {
    let mut group = group(&[1, 2, 3, 4]);
    assert_eq!(picks(&mut group, RoundRobin, 2), [1, 2]);
    group.remove(1);
    assert_eq!(
        picks(&mut group, RoundRobin, 1),
        [3],
        "nobody is passed over when one before leaves"
    );
    group.remove(4);
    group.insert(5, ());
    assert_eq!(picks(&mut group, RoundRobin, 4), [5, 2, 3, 5]);
    group.insert(3, ());
    assert_eq!(
        picks(&mut group, RoundRobin, 3),
        [2, 3, 5],
        "subscribing again keeps the place"
    );
}

#[test]
fn a_member_that_the_caller_refuses_is_never_chosen() {
    let mut group = group(&[1, 2, 3]);
    for strategy in [RoundRobin, Random, Sticky, LeastInflight] {
        for n in 0..50_u64 {
            let random = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let picked = group
                .pick(strategy, random, |key, ()| (*key != 2).then_some(0))
                .expect("two are eligible")
                .0;
            assert_ne!(picked, 2, "{strategy:?}");
        }
        assert_eq!(group.pick(strategy, 7, |_, ()| None), None, "{strategy:?}");
    }
}

#[test]
fn a_pick_without_an_eligible_member_changes_nothing() {
    let mut group = group(&[1, 2, 3]);
    assert_eq!(picks(&mut group, RoundRobin, 1), [1]);
    assert_eq!(group.pick(RoundRobin, 0, |_, ()| None), None);
    assert_eq!(picks(&mut group, RoundRobin, 1), [2]);
}

#[test]
fn random_is_even_among_the_eligible() {
    let mut group = group(&[0, 1, 2, 3, 4, 5, 6, 7]);
    let mut counts = [0_u32; 8];
    let mut state = 1_u64;
    for _ in 0..30_000 {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let (key, ()) = group
            .pick(Random, remix(state), |key, ()| {
                (key % 2 == 0 || *key > 5).then_some(0)
            })
            .expect("some");
        counts[key as usize] += 1;
    }
    for (key, &count) in counts.iter().enumerate() {
        // Eligible are 0, 2, 4, 6 and 7: 6,000 each, give or take six standard deviations.
        let expected = if key % 2 == 0 || key > 5 {
            5_580..6_420
        } else {
            0..1
        };
        assert!(expected.contains(&count), "{key} was chosen {count} times");
    }
}

#[test]
fn the_same_bits_choose_the_same_member() {
    let (mut one, mut two) = (group(&[1, 2, 3]), group(&[1, 2, 3]));
    for n in 0..100_u64 {
        let random = remix(n);
        assert_eq!(
            one.pick(Random, random, |_, ()| Some(0)),
            two.pick(Random, random, |_, ()| Some(0))
        );
    }
    assert_eq!(one.pick(Random, u64::MAX, |_, ()| Some(0)), Some((3, &())));
    assert_eq!(one.pick(Random, 0, |_, ()| Some(0)), Some((1, &())));
}

#[test]
fn sticky_stays_until_it_cannot() {
    let mut group = group(&[1, 2, 3]);
    assert_eq!(picks(&mut group, Sticky, 3), [1, 1, 1]);
    assert_eq!(
        group.pick(Sticky, 0, |key, ()| (*key != 1).then_some(0)),
        Some((2, &()))
    );
    assert_eq!(picks(&mut group, Sticky, 2), [2, 2], "it stays with the new one");
    group.remove(2);
    assert_eq!(picks(&mut group, Sticky, 2), [3, 3]);
}

#[test]
fn least_inflight_takes_the_lowest_and_shares_ties() {
    let mut group = group(&[1, 2, 3]);
    let loads = |key: &u32, (): &()| Some([9, 5, 1, 1][*key as usize]);
    let picked: Vec<u32> = (0..4)
        .map(|_| group.pick(LeastInflight, 0, loads).expect("some").0)
        .collect();
    assert_eq!(picked, [2, 3, 2, 3]);
    assert_eq!(picks(&mut group, LeastInflight, 4), [1, 2, 3, 1]);
}

#[test]
fn an_empty_group_picks_nobody() {
    let mut group = group(&[]);
    for strategy in [RoundRobin, Random, Sticky, LeastInflight] {
        assert_eq!(group.pick(strategy, 5, |_, ()| Some(0)), None);
    }
}
