//! [`Asked`]: a packet that rules are asked about.

use std::cell::OnceCell;
use std::sync::Arc;

use bytes::Bytes;

use super::Who;
use super::act::Subject;
use super::rule::{Rule, What};
use crate::journal::{Direction, Entry, Record, Side};
use crate::pattern::topic_of;
use crate::time::Time;
use crate::topic;
use crate::wire::{self, Packet, PacketType, Version};

/// The packet that rules are asked about. It is looked into only where a rule may mean it.
pub(super) struct Asked<'a> {
    now: Time,
    who: &'a Who,
    pub direction: Direction,
    pub bytes: &'a [u8],
    topic: Option<&'a str>,
    pub packet_type: Option<PacketType>,
    pub version: Version,
    entry: Option<Entry>,
    /// What of its topic patterns compare with their filters, once that was asked.
    named: OnceCell<Option<String>>,
}

impl<'a> Asked<'a> {
    pub fn new(
        now: Time,
        who: &'a Who,
        direction: Direction,
        bytes: &'a [u8],
        topic: Option<&'a str>,
    ) -> Self {
        let packet_type = bytes
            .first()
            .and_then(|first| PacketType::from_first_byte(*first));
        Self {
            now,
            who,
            direction,
            bytes,
            topic,
            packet_type,
            version: who.version,
            entry: None,
            named: OnceCell::new(),
        }
    }

    /// Whose it is: a CONNECT says so itself.
    pub fn client(&mut self) -> Arc<str> {
        if self.packet_type == Some(PacketType::Connect)
            && let Ok(Packet::Connect(connect)) = wire::decode(self.version, self.bytes)
        {
            self.version = connect.version;
            if self.who.client_id.is_empty() {
                return connect.client_id.into();
            }
        }
        Arc::clone(&self.who.client_id)
    }

    pub fn decoded(&self) -> Option<Packet<'a>> {
        wire::decode(self.version, self.bytes).ok()
    }

    pub fn subject<'s>(&'s self, packet: Option<&'s Packet<'s>>) -> Subject<'s> {
        Subject {
            direction: self.direction,
            version: self.version,
            bytes: self.bytes,
            packet,
        }
    }

    pub fn fits(&mut self, rule: &Rule) -> bool {
        let What::Packets { when, .. } = &rule.what else {
            return false;
        };
        if when.asks_only_for_kinds() {
            return true;
        }
        let entry = self.entry.get_or_insert_with(|| Entry {
            seq: 0,
            at: self.now,
            conn: Some(self.who.conn),
            client_id: Arc::clone(&self.who.client_id),
            version: self.version,
            record: Record::Packet {
                direction: self.direction,
                bytes: Bytes::copy_from_slice(self.bytes),
                omitted: None,
                side: Side::Client,
                aliased_topic: self.topic.map(Arc::from),
                decisions: Vec::new(),
            },
        });
        // Most rules that do not mean it are on other topics.
        if let Some(filter) = when.on_topic() {
            let named = self.named.get_or_init(|| topic_of(entry).map(ToOwned::to_owned));
            if !named.as_deref().is_some_and(|name| topic::matches(filter, name)) {
                return false;
            }
        }
        when.fits(entry)
    }
}
