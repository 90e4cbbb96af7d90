//! What a message costs, piece by piece: `cargo bench -p broker-core`. Times are for a batch of 100 messages or packets.

mod bed;

use std::hint::black_box;
use std::time::Duration;

use bed::{BATCH, Bed, topics};
use broker_core::router::Subscriptions;
use broker_core::wire::{self, Publish, QoS, Version};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn codec(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wire");
    group.throughput(Throughput::Elements(BATCH as u64));
    for version in [Version::V311, Version::V5] {
        let batch = Bed::new(version).batch(&topics(1), QoS::AtLeastOnce);
        group.bench_function(
            BenchmarkId::new("decode PUBLISH", format!("{version:?}")),
            |bencher| {
                bencher.iter(|| each_packet(version, &batch, |publish| drop(black_box(publish))));
            },
        );
        let mut out = Vec::new();
        group.bench_function(
            BenchmarkId::new("decode and encode PUBLISH", format!("{version:?}")),
            |bencher| {
                bencher.iter(|| {
                    out.clear();
                    each_packet(version, &batch, |publish| {
                        publish.encode(version, &mut out);
                    });
                    black_box(out.len())
                });
            },
        );
    }
    group.finish();
}

fn each_packet(version: Version, mut bytes: &[u8], mut visit: impl FnMut(Publish<'_>)) {
    while let Ok(Some(length)) = wire::frame(bytes, usize::MAX) {
        if let Ok(wire::Packet::Publish(publish)) = wire::decode(version, &bytes[..length]) {
            visit(publish);
        }
        bytes = &bytes[length..];
    }
}

fn router(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("router");
    group.throughput(Throughput::Elements(BATCH as u64));
    for (name, filters) in [("exact", "bench/"), ("wildcards that do not match", "bench/+/x/")] {
        for count in [10_usize, 1000, 100_000] {
            let mut subscriptions: Subscriptions<u32, ()> = Subscriptions::default();
            for number in 0..count {
                subscriptions.insert(&format!("{filters}{number:07}"), number as u32, ());
            }
            let topics: Vec<String> = (0..BATCH)
                .map(|n| format!("bench/{:07}", n * 618_033 % count))
                .collect();
            group.bench_function(BenchmarkId::new(name, count), |bencher| {
                bencher.iter(|| {
                    let mut found = 0;
                    for topic in &topics {
                        subscriptions.for_each_match(topic, |_, (), _| found += 1);
                    }
                    black_box(found)
                });
            });
        }
    }
    group.finish();
}

fn engine(criterion: &mut Criterion) {
    engine_group(criterion, "engine", Bed::new);
}

fn engine_without_journal(criterion: &mut Criterion) {
    engine_group(criterion, "engine without journal", Bed::without_journal);
}

fn engine_group(criterion: &mut Criterion, name: &str, new_bed: fn(Version) -> Bed) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(BATCH as u64));
    for (name, topic_count, subscribers) in [
        ("QoS 0, 1 to 1", 1, 1),
        ("QoS 0, 1 to 1, ten topics in turn", 10, 1),
        ("QoS 0, 1 to 1, 5,000 topics in turn", 5000, 1),
        ("QoS 0, 1 to 50", 1, 50),
    ] {
        let mut bed = new_bed(Version::V311);
        for number in 0..subscribers {
            bed.subscriber(&format!("sub{number}"), "bench/#", QoS::AtMostOnce);
        }
        let publisher = bed.connect("pub");
        let batches: Vec<Vec<u8>> = topics(topic_count)
            .chunks(BATCH)
            .map(|topics| bed.batch(topics, QoS::AtMostOnce))
            .collect();
        let mut turn = batches.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| turn.next().map(|batch| bed.flow(publisher, batch)));
        });
    }
    for (name, qos) in [
        ("QoS 1 exchange, 1 to 1", QoS::AtLeastOnce),
        ("QoS 2 exchange, 1 to 1", QoS::ExactlyOnce),
    ] {
        let mut bed = new_bed(Version::V311);
        bed.subscriber("sub", "bench/#", qos);
        let publisher = bed.connect("pub");
        let batch = bed.batch(&topics(1), qos);
        group.bench_function(name, |bencher| bencher.iter(|| bed.exchange(publisher, &batch)));
    }
    group.finish();
}

criterion_group! {
    name = hot;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = codec, router, engine, engine_without_journal
}
criterion_main!(hot);
