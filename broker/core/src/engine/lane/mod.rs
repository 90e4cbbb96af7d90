//! The lane of a connection: where its plain messages go.
//!
//! A PUBLISH without DUP, RETAIN and properties is decided by its topic alone: whether anybody may publish there, and
//! who gets it. If all of those take it just as it came, the lane leads there, and it and the packets to the same topic
//! that follow are passed on in one go (`express.rs`, at QoS 1 and 2 `reliable.rs`). Whatever else is special about a
//! message or one of its receivers sends it the ordinary way (`publish.rs`).

mod ack_run;
mod express;
mod look_ahead;
mod reliable;

use std::sync::Arc;

use super::targets::Targets;
use super::{ConnId, Engine};
use crate::topic;
use crate::wire::QoS;
use express::{PLAIN_PUBLISH, body};

pub(super) use reliable::Run;

/// Where the last plain message of a connection went.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// The first byte of its packets.
    first: u8,
    /// The topic as it stands in the packet, its length first; in 5.0 at QoS 0 with the empty property length behind it.
    pub head: Vec<u8>,
    /// The subscriptions for which all this holds.
    generation: u64,
    /// Whether messages to this topic are plain for all who get them.
    open: bool,
    targets: Option<Arc<Targets>>,
    /// The topic, once it was asked for.
    topic: Option<Arc<str>>,
}

impl Lane {
    /// Whether it was led to where packets with this beginning go.
    fn leads_to(&self, first: u8, head: &[u8], generation: u64) -> bool {
        self.first == first && self.generation == generation && self.head == head
    }

    /// The topic.
    pub fn topic(&mut self) -> Arc<str> {
        let head = &self.head;
        self.topic
            .get_or_insert_with(|| topic_of(head).map_or_else(|| Arc::from(""), Arc::from))
            .clone()
    }
}

impl Engine {
    /// Where the packet at the front of `bytes` goes, if it is plain for all who get it.
    pub(super) fn lane(&mut self, id: ConnId, bytes: &[u8]) -> Option<Arc<Targets>> {
        let generation = self.routing.subscriptions().generation();
        let conn = self.conns.get(id)?;
        let lane = &conn.live()?.lane;
        let first = *bytes.first()?;
        let head = head(first, conn.is_v5(), bytes)?;
        if lane.leads_to(first, head, generation) {
            return lane.targets.clone().filter(|_| lane.open);
        }
        let qos = QoS::from_bits(first >> 1 & 3)?;
        let topic = topic_of(head)?;
        if qos.bits() > self.settings.capabilities.maximum_qos || !self.may_publish(topic) {
            return None;
        }
        let spare = self.conns.live_mut(id)?.lane.targets.take();
        let targets = self.routing.targets(topic, spare, &mut self.work);
        let open = targets.is_plain(qos);
        let lane = &mut self.conns.live_mut(id)?.lane;
        lane.first = first;
        lane.generation = generation;
        lane.open = open;
        lane.head.clear();
        lane.head.extend_from_slice(head);
        lane.topic.clone_from(&targets.topic);
        lane.targets = Some(targets.clone());
        open.then_some(targets)
    }
}

/// How the packet at the front of `bytes` names its topic, as [`Lane::head`] has it; `None` if it has properties.
fn head(first: u8, v5: bool, bytes: &[u8]) -> Option<&[u8]> {
    let body = body(first, bytes)?;
    let named = 2 + usize::from(u16::from_be_bytes(*body.first_chunk()?));
    if !v5 {
        return body.get(..named);
    }
    let (identifier, end) = if first == PLAIN_PUBLISH {
        (0, named + 1)
    } else {
        (2, named)
    };
    (body.get(named + identifier) == Some(&0)).then(|| body.get(..end))?
}

/// The topic that a head names, if it is one.
fn topic_of(head: &[u8]) -> Option<&str> {
    let (length, rest) = head.split_first_chunk()?;
    let name = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
    topic::name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_before_what_differs_between_messages() {
        let at_most_once = [0x30, 6, 0, 1, b't', 0, b'h', b'i'];
        assert_eq!(head(0x30, true, &at_most_once), Some(&[0, 1, b't', 0][..]));
        assert_eq!(head(0x30, false, &at_most_once), Some(&[0, 1, b't'][..]));
        let at_least_once = [0x32, 7, 0, 1, b't', 0, 9, 0, b'!'];
        assert_eq!(head(0x32, true, &at_least_once), Some(&[0, 1, b't'][..]));
        assert_eq!(head(0x32, false, &at_least_once), Some(&[0, 1, b't'][..]));
    }

    #[test]
    fn what_is_special_or_broken_has_no_head() {
        let cases: [(&str, u8, &[u8]); 6] = [
            ("properties", 0x30, &[0x30, 6, 0, 1, b't', 2, 1, 0]),
            ("properties", 0x32, &[0x32, 8, 0, 1, b't', 0, 9, 2, 1, 0]),
            ("no room for the topic", 0x30, &[0x30, 3, 0, 9, b't']),
            ("no room for the property length", 0x30, &[0x30, 3, 0, 1, b't']),
            ("incomplete", 0x30, &[0x30, 9, 0, 1, b't', 0]),
            ("empty", 0x30, &[0x30, 0]),
        ];
        for (what, first, bytes) in cases {
            assert_eq!(head(first, true, bytes), None, "{what}");
        }
    }

    #[test]
    fn what_is_no_topic_name_is_none_here() {
        assert_eq!(topic_of(&[0, 3, b'a', b'/', b'b', 0]), Some("a/b"));
        for name in [&b"a+"[..], b"#", b"a\0", b"\xff", b""] {
            let head = [&[0, name.len() as u8], name].concat();
            assert_eq!(topic_of(&head), None, "{name:?}");
        }
    }
}
