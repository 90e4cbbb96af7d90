//! What a contract costs a message: `cargo run --release -p broker-contract --example cost`.

use std::fmt::Write as _;
use std::time::Instant;

use broker_contract::{Contracts, Document, Publication};

const MESSAGES: u32 = 200_000;

/// A document with so many channels.
fn document(channels: usize) -> String {
    let mut text = "asyncapi: 3.0.0\ninfo: {title: x, version: '1'}\nchannels:\n".to_owned();
    for number in 0..channels {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "  c{number}:\n    address: plant/line{number}/{{deviceId}}/state\n    parameters: {{deviceId: {{}}}}\n    messages:\n      \
             m: {{payload: {{type: object, required: [on, at], properties: {{on: {{type: boolean}}, level: {{type: integer, maximum: \
             100}}, at: {{type: string, format: date-time}}}}}}}}\n"
        );
    }
    text
}

fn main() {
    for channels in [1, 100, 1000] {
        let text = document(channels);
        let began = Instant::now();
        let read = Document::read("x.yaml", &mut |_| Ok(text.clone())).expect("it is right");
        let reading = began.elapsed();
        let mut contracts = Contracts::default();
        contracts.add(read);
        let topic = format!("plant/line{}/lamp-7/state", channels - 1);
        for (what, payload) in [
            (
                "kept",
                "{\"on\": true, \"level\": 7, \"at\": \"2026-01-31T12:00:00Z\"}",
            ),
            (
                "broken",
                "{\"on\": 1, \"level\": 7, \"at\": \"2026-01-31T12:00:00Z\"}",
            ),
        ] {
            let seen = Publication {
                client_id: "lamp",
                topic: &topic,
                payload: payload.as_bytes(),
                ..Publication::default()
            };
            let began = Instant::now();
            for _ in 0..MESSAGES {
                std::hint::black_box(contracts.publication(std::hint::black_box(&seen)));
            }
            let each = began.elapsed() / MESSAGES;
            println!("{channels} channels, read in {reading:?}: a message that is {what} costs {each:?}");
        }
    }
}
