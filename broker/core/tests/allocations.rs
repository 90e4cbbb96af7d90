//! How often the hot path asks the allocator for memory, compared with committed bounds. Counts do not depend on the
//! machine's load, so CI can check them.
//!
//! Lower a bound that is beaten by far; to raise one, give a reason.

#[path = "../benches/hot/bed.rs"]
mod bed;

use bed::{BATCH, Bed, topics};
use broker_core::settings::BrokerSettings;
use broker_core::wire::{QoS, Version};

/// Batches before those that are counted, after which all buffers have their size and the journal has gone round.
const WARM_UP: usize = 400;
const BATCHES: u64 = 100;

/// Allocations for a batch of 100 messages, once all is warm.
fn a_batch(mut batch: impl FnMut()) -> u64 {
    for _ in 0..WARM_UP {
        batch();
    }
    let counted = allocation_counter::measure(|| {
        for _ in 0..BATCHES {
            batch();
        }
    });
    counted.count_total.div_ceil(BATCHES)
}

#[track_caller]
fn assert_bound(what: &str, allocations: u64, bound: u64) {
    println!("{what}: {allocations} allocations for {BATCH} messages, bound {bound}");
    assert!(
        allocations <= bound,
        "{what}: {allocations} allocations for {BATCH} messages where {bound} was the bound; \
         `valgrind --tool=dhat` on this test says where they come from"
    );
}

fn flow(version: Version, topic_count: usize, subscribers: usize) -> u64 {
    flow_in(Bed::new(version), topic_count, subscribers)
}

fn flow_in(mut bed: Bed, topic_count: usize, subscribers: usize) -> u64 {
    for number in 0..subscribers {
        bed.subscriber(&format!("sub{number}"), "bench/#", QoS::AtMostOnce);
    }
    let publisher = bed.connect("pub");
    let batch = bed.batch(&topics(topic_count), QoS::AtMostOnce);
    let bytes = bed.flow(publisher, &batch);
    assert_eq!(bytes, batch.len() * subscribers, "everybody gets every message");
    a_batch(|| {
        bed.flow(publisher, &batch);
    })
}

fn exchange(version: Version, qos: QoS) -> u64 {
    let mut bed = Bed::new(version);
    bed.subscriber("sub", "bench/#", qos);
    let publisher = bed.connect("pub");
    let batch = bed.batch(&topics(1), qos);
    a_batch(|| bed.exchange(publisher, &batch))
}

#[test]
fn qos_0_allocates_nothing() {
    // 18: the engine keeps 32 drained outbox buffers, and 50 subscribers need 50 for a moment. 144: without the
    // express lane those 18 each grow in eight steps.
    for version in [Version::V311, Version::V5] {
        assert_bound(&format!("{version:?} QoS 0, 1 to 1"), flow(version, 1, 1), 0);
        assert_bound(
            &format!("{version:?} QoS 0, 1 to 1, ten topics"),
            flow(version, 10, 1),
            0,
        );
        assert_bound(&format!("{version:?} QoS 0, 1 to 50"), flow(version, 1, 50), 18);
        assert_bound(
            &format!("{version:?} QoS 0, 1 to 50, ten topics"),
            flow(version, 10, 50),
            144,
        );
    }
}

#[test]
fn an_acl_allocates_nothing() {
    let bed = |version| {
        let acl = bed::acl_lines(1000);
        Bed::with(
            version,
            BrokerSettings {
                acl,
                ..BrokerSettings::default()
            },
        )
    };
    for version in [Version::V311, Version::V5] {
        for topics in [1, 10] {
            let name = format!("{version:?} QoS 0, 1 to 1, {topics} topics, an ACL of 1000 lines");
            assert_bound(&name, flow_in(bed(version), topics, 1), 0);
        }
    }
}

#[test]
fn qos_1_allocates_little() {
    // Each message, kept until it is acknowledged, and its payload.
    for version in [Version::V311, Version::V5] {
        assert_bound(
            &format!("{version:?} QoS 1"),
            exchange(version, QoS::AtLeastOnce),
            200,
        );
    }
}

#[test]
fn qos_2_allocates_little() {
    for version in [Version::V311, Version::V5] {
        assert_bound(
            &format!("{version:?} QoS 2"),
            exchange(version, QoS::ExactlyOnce),
            200,
        );
    }
}
