//! What one publisher sends: packets made once, in which only the sequence numbers change.

use super::check::sequence;
use super::packet::{self, PAYLOAD_BYTES, SEQUENCE_BYTES};

/// An endless supply of small PUBLISH packets at QoS 0, in a buffer that is used again and again.
#[derive(Debug)]
pub struct Feed {
    buffer: Vec<u8>,
    /// Length of one packet; all are of one length.
    stride: usize,
    publisher: usize,
    /// Packets in one portion.
    portion: usize,
    /// Where in the buffer the next portion begins, in packets.
    at: usize,
    /// Packets made so far.
    number: u64,
    /// The unsent bytes of the current portion.
    pending: std::ops::Range<usize>,
}

impl Feed {
    /// Messages to `topics` in turn, all of one length, `portion` of them at a time.
    pub fn new(publisher: usize, topics: &[String], portion: usize) -> Self {
        let packets = topics.len().div_ceil(portion) * portion;
        let mut buffer = Vec::new();
        for topic in topics.iter().cycle().take(packets) {
            buffer.extend(packet::publish(topic, 0, false, 0, &packet::payload(0)));
        }
        let stride = buffer.len() / packets;
        Self {
            buffer,
            stride,
            publisher,
            portion,
            at: 0,
            number: 0,
            pending: 0..0,
        }
    }

    /// How many messages were handed out.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Unsent bytes of the current portion.
    pub fn pending(&self) -> &[u8] {
        &self.buffer[self.pending.clone()]
    }

    /// `n` of the pending bytes were sent.
    pub fn sent(&mut self, n: usize) {
        self.pending.start += n;
    }

    /// Numbers the next portion and makes it pending.
    pub fn refill(&mut self) {
        let begin = self.at * self.stride;
        let end = begin + self.portion * self.stride;
        let first = sequence(self.publisher, self.number);
        for (packet, number) in self.buffer[begin..end].chunks_exact_mut(self.stride).zip(first..) {
            let at = packet.len() - PAYLOAD_BYTES;
            packet[at..at + SEQUENCE_BYTES].copy_from_slice(&number.to_le_bytes());
        }
        self.number += self.portion as u64;
        self.at += self.portion;
        if self.at * self.stride >= self.buffer.len() {
            self.at = 0;
        }
        self.pending = begin..end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::check::Checker;

    #[test]
    fn what_it_makes_is_what_the_checker_expects() {
        let topics: Vec<String> = (0..5).map(|n| packet::numbered("t/", n)).collect();
        let mut feed = Feed::new(1, &topics, 3);
        let mut checker = Checker::new(2, "t/", topics[0].len(), 0);
        for _ in 0..7 {
            feed.refill();
            let bytes = feed.pending().to_vec();
            assert_eq!(checker.take(&bytes), bytes.len());
            feed.sent(bytes.len());
            assert!(feed.pending().is_empty());
        }
        assert_eq!(feed.number(), 21);
        assert_eq!(
            (
                checker.seen.messages,
                checker.seen.disordered,
                checker.seen.corrupt
            ),
            (21, 0, 0)
        );
    }
}
