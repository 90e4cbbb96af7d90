//! [`Aliases`]: the topic aliases of one direction, as its sender means them and as its receiver knows them.
//!
//! The two differ after a packet that sets an alias was lost, or overtaken. A later packet that relies on the alias gets its
//! topic back then.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::wire::{self, Packet, Version};

/// So many bytes of topics are remembered. A packet with an alias beyond them passes as it is.
const MOST_BYTES: usize = 1024 * 1024;

/// The topic aliases of one direction.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    sender: BTreeMap<u16, Arc<str>>,
    receiver: BTreeMap<u16, Arc<str>>,
    /// Bytes of the topics of `sender`.
    bytes: usize,
    /// A packet with an alias did not pass as it came: the two may differ.
    apart: bool,
}

/// The alias of a packet.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    alias: u16,
    /// The topic that the sender means; `None` where that is not known.
    pub topic: Option<Arc<str>>,
    /// The packet does not name the topic itself.
    pub relies: bool,
}

impl Aliases {
    pub fn new(known: Vec<(u16, Arc<str>)>) -> Self {
        let mut aliases = Self::default();
        for (alias, topic) in known {
            aliases.set(alias, &topic);
        }
        aliases.receiver = aliases.sender.clone();
        aliases
    }

    /// Looks at the next packet of the sender.
    pub fn look(&mut self, version: Version, packet: &[u8]) -> Option<Seen> {
        let (alias, topic) = alias_of(version, packet)?;
        let relies = topic.is_empty();
        let topic = if relies {
            self.sender.get(&alias).cloned()
        } else {
            self.set(alias, topic)
        };
        Some(Seen { alias, topic, relies })
    }

    /// Whether the receiver would take a packet for what its sender means.
    pub fn in_step(&self, seen: Option<&Seen>) -> bool {
        seen.is_none_or(|seen| {
            !seen.relies || seen.topic.is_none() || self.receiver.get(&seen.alias) == seen.topic.as_ref()
        })
    }

    /// The packet passes as it came.
    pub fn passed(&mut self, seen: Option<Seen>) {
        if let Some(Seen {
            alias,
            topic: Some(topic),
            relies: false,
        }) = seen
        {
            self.receiver.insert(alias, topic);
        }
    }

    /// The packet does not pass as it came, now.
    pub fn parted(&mut self) {
        self.apart = true;
    }

    /// A packet goes on to the receiver. `topic` is what its sender means by an alias that it relies on. Returns the packet with
    /// its topic, where the receiver would not know it.
    pub fn go(&mut self, version: Version, packet: &[u8], topic: Option<&Arc<str>>) -> Option<Vec<u8>> {
        let (alias, named) = alias_of(version, packet)?;
        if !named.is_empty() {
            // The sender's entry is shared where it is the same.
            let entry = self.sender.get(&alias).filter(|topic| &***topic == named);
            if let Some(entry) = entry {
                self.receiver.insert(alias, Arc::clone(entry));
            } else if self.bytes <= MOST_BYTES {
                self.receiver.insert(alias, named.into());
            }
            return None;
        }
        let topic = topic.filter(|topic| self.receiver.get(&alias) != Some(topic))?;
        let Ok(Packet::Publish(mut publish)) = wire::decode(version, packet) else {
            return None;
        };
        publish.topic = topic;
        let mut restored = Vec::with_capacity(packet.len() + topic.len() + 3);
        publish.encode(version, &mut restored);
        self.receiver.insert(alias, Arc::clone(topic));
        Some(restored)
    }

    /// Whether sender and receiver mean the same by every alias.
    pub fn agree(&mut self) -> bool {
        self.apart = self.apart && self.sender != self.receiver;
        !self.apart
    }

    fn set(&mut self, alias: u16, topic: &str) -> Option<Arc<str>> {
        if let Some(same) = self.sender.get(&alias).filter(|known| &***known == topic) {
            return Some(Arc::clone(same));
        }
        if let Some(old) = self.sender.remove(&alias) {
            self.bytes -= old.len();
        }
        if self.bytes + topic.len() > MOST_BYTES {
            return None;
        }
        self.bytes += topic.len();
        let topic: Arc<str> = topic.into();
        self.sender.insert(alias, Arc::clone(&topic));
        Some(topic)
    }
}

/// The topic alias of a packet, and the topic that it names beside it; that is empty where it names none.
fn alias_of(version: Version, packet: &[u8]) -> Option<(u16, &str)> {
    if !version.is_v5() || !has_properties(packet)? {
        return None;
    }
    let publish = wire::publish_head(version, packet)?;
    Some((publish.properties.topic_alias?, publish.topic))
}

/// Whether this is a PUBLISH of 5.0 with properties; `None` where it ends too early. Most have none.
fn has_properties(packet: &[u8]) -> Option<bool> {
    let (&first, rest) = packet.split_first()?;
    if first >> 4 != 3 {
        return Some(false);
    }
    let length = rest.iter().take(4).position(|byte| byte & 0x80 == 0)? + 1;
    let rest = rest.get(length..)?;
    let topic = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
    let id = if first & 0b0110 == 0 { 0 } else { 2 };
    Some(*rest.get(2 + topic + id)? != 0)
}
