//! Long packets: a payload that was collected in a buffer of its own stays there, and is not copied again.

use bytes::Bytes;

use super::{ConnId, Engine};
use crate::time::Time;
use crate::wire;

/// Shorter payloads are copied: the buffer around one may be much larger.
const KEEP_FROM_BYTES: usize = 256 * 1024;

impl Engine {
    /// As [`Engine::receive`], for bytes that were collected until the packet at their front is whole. Gives back the bytes
    /// that were not taken.
    pub fn receive_collected(&mut self, now: Time, id: ConnId, mut bytes: Vec<u8>) -> Vec<u8> {
        let max = self.settings.limits.max_packet_size_bytes as usize;
        if !matches!(wire::frame(&bytes, max), Ok(Some(length)) if length <= bytes.len()) {
            let taken = self.receive(now, id, &bytes);
            bytes.drain(..taken);
            return bytes;
        }
        let bytes = Bytes::from(bytes);
        self.collected = Some(bytes.clone());
        let taken = self.receive(now, id, &bytes);
        self.collected = None;
        bytes.get(taken..).unwrap_or_default().to_vec()
    }

    /// Keeps `part` of what is being received without a copy, if that was collected and most of it is this part.
    pub(super) fn kept(&self, part: &[u8]) -> Option<Bytes> {
        let whole = self.collected.as_ref()?;
        let (inside, of) = (part.as_ptr_range(), whole.as_ptr_range());
        let is_part = of.start <= inside.start && inside.end <= of.end;
        let is_most = part.len() >= KEEP_FROM_BYTES && part.len() >= whole.len() / 2;
        (is_part && is_most).then(|| whole.slice_ref(part))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::journal::Record;

    const CONNECT: &[u8] = b"\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01x";
    const PINGREQ: &[u8] = &[0xC0, 0];

    /// A retained message of so many bytes.
    fn publish(payload_bytes: usize) -> Vec<u8> {
        let mut bytes = vec![0x31];
        let mut length = payload_bytes + 3;
        while length >= 0x80 {
            bytes.push(length as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
        bytes.extend([0, 1, b't']);
        bytes.extend((0..payload_bytes).map(|n| n as u8));
        bytes
    }

    fn engine() -> (Engine, ConnId) {
        let mut engine = Engine::new(Arc::default(), 1);
        let id = engine.open(Time::ZERO, String::new());
        engine.receive(Time::ZERO, id, CONNECT);
        (engine, id)
    }

    #[test]
    fn most_of_a_buffer_is_kept_and_less_is_copied() {
        for (payload_bytes, behind, kept) in [(1 << 20, 0, true), (1 << 20, 2 << 20, false), (1000, 0, false)]
        {
            let (mut engine, id) = engine();
            let publish = publish(payload_bytes);
            let mut bytes = publish.clone();
            bytes.extend(PINGREQ.repeat(behind / 2));
            bytes.push(0xC0);
            let buffer = bytes.as_ptr_range();
            let mut left = engine.receive_collected(Time::ZERO, id, bytes);
            while engine.has_unhandled(id) {
                left = engine.receive_collected(Time::ZERO, id, left);
                engine.wrote(Time::ZERO, id, engine.outbox(id).unwrap().len());
            }
            assert_eq!(left, [0xC0], "the beginning of the next packet");
            let message = engine.retained.get("t").unwrap();
            assert_eq!(message.payload, publish[publish.len() - payload_bytes..]);
            assert_eq!(
                buffer.contains(&message.payload.as_ptr()),
                kept,
                "{payload_bytes}, {behind}"
            );
            let recorded = engine.log.journal.since(crate::journal::Mark::START).entries;
            let found = recorded
                .iter()
                .any(|entry| matches!(&entry.record, Record::Packet { bytes, .. } if *bytes == publish));
            assert!(found || behind > 0, "the journal has it, too");
        }
    }

    #[test]
    fn what_is_not_whole_yet_is_given_back() {
        let (mut engine, id) = engine();
        let mut bytes = publish(1 << 20);
        let last = bytes.pop().unwrap();
        bytes = engine.receive_collected(Time::ZERO, id, bytes);
        assert_eq!(engine.stats().publish_received, 0);
        bytes.push(last);
        assert!(engine.receive_collected(Time::ZERO, id, bytes).is_empty());
        assert_eq!(engine.stats().publish_received, 1);
    }
}
