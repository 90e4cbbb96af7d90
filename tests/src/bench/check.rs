//! Looks at every message that arrives: how many, in which order, and whether each is what was sent.

use super::packet::{self, FILLER, PAYLOAD_BYTES, SEQUENCE_BYTES};

/// The publisher's number stands above this bit of a sequence number.
const PUBLISHER_SHIFT: u32 = 40;

/// The sequence number of a publisher's message.
pub fn sequence(publisher: usize, number: u64) -> u64 {
    (publisher as u64) << PUBLISHER_SHIFT | number
}

/// What one subscriber saw.
#[derive(Debug, Default, Clone, Copy)]
pub struct Seen {
    /// Messages.
    pub messages: u64,
    /// Messages with a number that had come already, or after a later one.
    pub disordered: u64,
    /// Messages with a topic or payload that nobody sent.
    pub corrupt: u64,
}

impl Seen {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            messages: self.messages + other.messages,
            disordered: self.disordered + other.disordered,
            corrupt: self.corrupt + other.corrupt,
        }
    }
}

/// Checks the stream of one subscriber.
#[derive(Debug)]
pub struct Checker {
    /// The next number of each publisher, for each topic of its round.
    next: Vec<Vec<u64>>,
    /// Length of a PUBLISH as expected; all are of one length.
    length: usize,
    /// What precedes the topic's variable end.
    head: Vec<u8>,
    /// Where the payload begins.
    payload_at: usize,
    qos: u8,
    /// What was seen so far.
    pub seen: Seen,
    /// Acknowledgements to be written back.
    pub answers: Vec<u8>,
}

impl Checker {
    /// For messages of `publishers` publishers whose topics begin with `topic_prefix` and are `topic_length` long.
    pub fn new(publishers: usize, topic_prefix: &str, topic_length: usize, qos: u8) -> Self {
        let remaining = 2 + topic_length + if qos > 0 { 2 } else { 0 } + PAYLOAD_BYTES;
        debug_assert!(remaining < 128, "topics of the benchmark are short");
        let mut head = vec![packet::PUBLISH | qos << 1, remaining as u8, 0, topic_length as u8];
        head.extend_from_slice(topic_prefix.as_bytes());
        Self {
            next: vec![vec![0]; publishers],
            length: remaining + 2,
            head,
            payload_at: remaining + 2 - PAYLOAD_BYTES,
            qos,
            seen: Seen::default(),
            answers: Vec::new(),
        }
    }

    /// Says that publishers go round `topics` topics: MQTT promises order only within a topic.
    #[must_use]
    pub fn with_topics(mut self, topics: usize) -> Self {
        for next in &mut self.next {
            next.resize(topics, 0);
        }
        self
    }

    /// Looks at all whole packets in `bytes`; says how many bytes they are.
    pub fn take(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            if rest.len() >= self.length && rest.starts_with(&self.head) {
                let (packet, _) = rest.split_at(self.length);
                let (header, payload) = packet.split_at(self.payload_at);
                self.message(payload);
                if self.qos > 0 {
                    let id = [header[self.payload_at - 2], header[self.payload_at - 1]];
                    let first = if self.qos == 1 {
                        packet::PUBACK
                    } else {
                        packet::PUBREC
                    };
                    self.answers.extend_from_slice(&[first, 2, id[0], id[1]]);
                }
                at += self.length;
                continue;
            }
            let Some((header, whole)) = packet::frame(rest).filter(|(_, whole)| *whole <= rest.len()) else {
                return at;
            };
            self.other(&rest[..whole], header);
            at += whole;
        }
    }

    #[inline]
    fn message(&mut self, payload: &[u8]) {
        let mut number = [0; SEQUENCE_BYTES];
        number.copy_from_slice(&payload[..SEQUENCE_BYTES]);
        let number = u64::from_le_bytes(number);
        let same: Option<&[u8; PAYLOAD_BYTES - SEQUENCE_BYTES]> = payload[SEQUENCE_BYTES..].try_into().ok();
        self.seen.messages += 1;
        let Some(next) = self.next.get_mut((number >> PUBLISHER_SHIFT) as usize) else {
            self.seen.corrupt += 1;
            return;
        };
        if same != Some(&FILLER) {
            self.seen.corrupt += 1;
        }
        let number = number & ((1 << PUBLISHER_SHIFT) - 1);
        let topics = next.len() as u64;
        // One topic is the common case, and a division costs as much as all the rest here.
        let topic = if topics == 1 { 0 } else { number % topics };
        let next = &mut next[topic as usize];
        // A gap is a loss, which the count tells; order is broken only by what comes too late.
        if number < *next {
            self.seen.disordered += 1;
        } else {
            *next = number + 1;
        }
    }

    fn other(&mut self, bytes: &[u8], header: usize) {
        match bytes[0] {
            packet::PUBREL if header == 2 && bytes.len() == 4 => {
                self.answers
                    .extend_from_slice(&[packet::PUBCOMP, 2, bytes[2], bytes[3]]);
            }
            // A PUBLISH that is not as expected, by its flags, its length or its topic.
            first if first & 0xf0 == packet::PUBLISH => {
                self.seen.messages += 1;
                self.seen.corrupt += 1;
                if let (Some(length), 1 | 2) = (bytes.get(header..header + 2), (first >> 1) & 3) {
                    let id_at = header + 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
                    if let Some(id) = bytes.get(id_at..id_at + 2) {
                        let answer = if first & 4 == 0 {
                            packet::PUBACK
                        } else {
                            packet::PUBREC
                        };
                        self.answers.extend_from_slice(&[answer, 2, id[0], id[1]]);
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(publisher: usize, number: u64) -> Vec<u8> {
        packet::publish(
            "bench/a",
            1,
            false,
            number as u16 + 1,
            &packet::payload(sequence(publisher, number)),
        )
    }

    fn seen(packets: &[Vec<u8>]) -> (u64, u64, u64) {
        let mut checker = Checker::new(2, "bench/", 7, 1);
        let bytes = packets.concat();
        assert_eq!(checker.take(&bytes), bytes.len());
        (
            checker.seen.messages,
            checker.seen.disordered,
            checker.seen.corrupt,
        )
    }

    #[test]
    fn counts_order_and_content() {
        assert_eq!(seen(&[message(0, 0), message(1, 0), message(0, 1)]), (3, 0, 0));
        assert_eq!(
            seen(&[message(0, 0), message(0, 2)]),
            (2, 0, 0),
            "a gap is no disorder"
        );
        assert_eq!(seen(&[message(0, 1), message(0, 0)]), (2, 1, 0));
        assert_eq!(seen(&[message(0, 0), message(0, 0)]), (2, 1, 0), "twice");
        assert_eq!(seen(&[message(5, 0)]), (1, 0, 1), "nobody's message");
        let mut wrong = message(0, 0);
        *wrong.last_mut().unwrap() ^= 1;
        assert_eq!(seen(&[wrong]), (1, 0, 1));
        assert_eq!(
            seen(&[packet::publish("bench/abc", 1, false, 9, b"x")]),
            (1, 0, 1)
        );
    }

    #[test]
    fn order_counts_within_a_topic() {
        let mut checker = Checker::new(1, "bench/", 7, 1).with_topics(2);
        for number in [1, 0, 3, 5, 2] {
            checker.take(&message(0, number));
        }
        assert_eq!(checker.seen.disordered, 0);
        checker.take(&message(0, 3));
        assert_eq!(checker.seen.disordered, 1);
    }

    #[test]
    fn acknowledges_by_packet_identifier() {
        let mut checker = Checker::new(1, "bench/", 7, 1);
        let mut bytes = message(0, 4);
        bytes.extend_from_slice(&[0x30]);
        assert_eq!(checker.take(&bytes), bytes.len() - 1, "the last is not whole yet");
        assert_eq!(checker.answers, [packet::PUBACK, 2, 0, 5]);
    }
}
