//! What Sparkplug costs a message: `cargo run --release -p broker-contract --example sparkplug_cost`.

use std::time::Instant;

use broker_contract::{Publication, Sparkplug};

const MESSAGES: u32 = 200_000;

/// A payload with this seq and so many metrics: of a birth with names, of data with aliases alone.
fn payload(seq: u8, metrics: u8, is_birth: bool) -> Vec<u8> {
    let mut payload = vec![8, 1, 24];
    // Seven bits a byte.
    payload.extend(if seq < 128 { vec![seq] } else { vec![seq, 1] });
    for alias in 0..metrics {
        let mut metric = Vec::new();
        if is_birth {
            metric.extend(b"\x0a\x08Metric");
            metric.extend(format!("{alias:02}").bytes());
            metric.extend([32, 10]);
        }
        metric.extend([16, alias, 24, 1, 0x69]);
        metric.extend(1.5_f64.to_le_bytes());
        payload.extend([18, metric.len() as u8]);
        payload.extend(metric);
    }
    payload
}

fn main() {
    for metrics in [1, 10, 100] {
        let mut sparkplug = Sparkplug::default();
        let seen = Publication {
            client_id: "press",
            topic: "spBv1.0/plant/NBIRTH/press",
            ..Publication::default()
        };
        let birth = payload(0, metrics, true);
        // It lacks what a birth must have, and is one all the same.
        sparkplug.publication(&Publication {
            payload: &birth,
            ..seen
        });
        let data: Vec<Vec<u8>> = (0..=255).map(|seq| payload(seq, metrics, false)).collect();
        let mut broken = Vec::new();
        let began = Instant::now();
        for number in 0..MESSAGES {
            let seen = Publication {
                topic: "spBv1.0/plant/NDATA/press",
                payload: &data[(number as usize + 1) % 256],
                ..seen
            };
            broken.extend(std::hint::black_box(
                sparkplug.publication(std::hint::black_box(&seen)),
            ));
        }
        let each = began.elapsed() / MESSAGES;
        if let Some(first) = broken.first() {
            panic!("{} broken: {first}", broken.len());
        }
        println!("NDATA with {metrics} metrics, {} bytes: {each:?}", data[0].len());
    }
}
