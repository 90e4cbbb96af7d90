//! Looking ahead: what the next messages need from memory is asked for before the first of them is handled.
//!
//! With very many filters most of them are in no cache of the processor, and a message waits for memory several times,
//! one after the other: for its filter's place, for the filter, for its text. The lookups of several messages do not depend
//! on each other. Made together they wait together, and what they brought is there when each message is handled.
//!
//! Gain: with 100,000 filters a message takes 0.37 µs instead of 0.68, with a million 0.84 instead of 1.17 (medians of 31
//! turns each, with and without).

use std::hint::black_box;

use super::frame::{body, header_bytes};
use crate::engine::Engine;

/// With fewer filters than this, looking ahead takes longer than it saves.
const FROM_FILTERS: usize = 16_384;
/// Messages at a time: about as many as a processor can wait for at once.
const MESSAGES: usize = 8;

impl Engine {
    /// Looks up the topics of the plain messages at the front of `bytes`, only to have been there; returns how many bytes
    /// it looked at.
    pub(in crate::engine) fn look_ahead(&self, bytes: &[u8]) -> usize {
        if self.routing.subscriptions().exact_count() < FROM_FILTERS {
            return 0;
        }
        let mut rest = bytes;
        let mut found = 0;
        for _ in 0..MESSAGES {
            let Some(&first @ (0x30 | 0x32 | 0x34)) = rest.first() else {
                break;
            };
            let Some(body) = body(first, rest) else { break };
            let Some((length, named)) = body.split_first_chunk() else {
                break;
            };
            let topic = named.get(..usize::from(u16::from_be_bytes(*length)));
            if let Some(topic) = topic.and_then(|topic| std::str::from_utf8(topic).ok()) {
                found += usize::from(self.routing.subscriptions().has_exact(topic));
            }
            rest = rest.get(header_bytes(body) + body.len()..).unwrap_or_default();
        }
        black_box(found);
        bytes.len() - rest.len()
    }
}
