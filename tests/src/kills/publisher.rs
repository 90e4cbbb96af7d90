//! Publishes numbered messages, several at a time, and remembers which were answered.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use broker::QoS;
use broker::wire::{Packet, PacketId, Publish, Version};

use super::Answers;
use super::link::{Gone, Link};
use crate::harness::raw::{Client, ack, text};

/// So many exchanges are open at a time.
const WINDOW: usize = 8;
/// Every message of so many is retained, too.
const RETAINED: u64 = 5;

/// Where an exchange stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is not known whether the broker has it.
    Published,
    /// PUBREC came.
    Received,
}

/// An exchange that is open.
#[derive(Debug, Clone, Copy)]
struct Open {
    id: PacketId,
    number: u64,
    stage: Stage,
}

/// A publisher.
#[derive(Debug)]
pub struct Publisher {
    name: &'static str,
    version: Version,
    qos: QoS,
    retains: bool,
    had_session: bool,
    open: VecDeque<Open>,
    next_id: PacketId,
    /// The number of the next message.
    pub next: u64,
    /// How many messages were answered.
    pub answered: u64,
    /// The last retained message that was answered, for each topic.
    retained: BTreeMap<String, u64>,
}

impl Publisher {
    pub fn new(name: &'static str, version: Version, qos: QoS) -> Self {
        Self {
            name,
            version,
            qos,
            retains: true,
            had_session: false,
            open: VecDeque::new(),
            next_id: PacketId::MIN,
            next: 0,
            answered: 0,
            retained: BTreeMap::new(),
        }
    }

    /// Nothing that it publishes is retained.
    #[must_use]
    pub fn retaining_nothing(mut self) -> Self {
        self.retains = false;
        self
    }

    /// What it has sent: its name, how many messages, and whether each must come once.
    pub fn sent(&self) -> (&'static str, u64, bool) {
        (self.name, self.next, self.qos == QoS::ExactlyOnce)
    }

    /// Publishes up to the message before `end`, until all is answered, or the broker is gone.
    pub fn publish(&mut self, addr: SocketAddr, end: u64, answers: &Answers) {
        let _ = self.try_publish(addr, end, answers);
    }

    fn try_publish(&mut self, addr: SocketAddr, end: u64, answers: &Answers) -> Result<(), Gone> {
        let mut link = Link::open(addr, self.version, self.name, &mut self.had_session)?;
        for open in self.open.clone() {
            match open.stage {
                Stage::Published => self.send(&mut link, open.id, open.number, true)?,
                Stage::Received => link.send(&Packet::PubRel(ack(open.id)))?,
            }
        }
        loop {
            while self.open.len() < WINDOW && self.next < end {
                let (id, number) = (self.free_id(), self.next);
                self.open.push_back(Open {
                    id,
                    number,
                    stage: Stage::Published,
                });
                self.next += 1;
                self.send(&mut link, id, number, false)?;
            }
            if self.open.is_empty() {
                return Ok(());
            }
            match link.packet()? {
                Packet::PubAck(ack) => {
                    self.answered(ack.packet_id, answers);
                    self.open.retain(|open| open.id != ack.packet_id);
                }
                Packet::PubRec(answer) => {
                    self.answered(answer.packet_id, answers);
                    link.send(&Packet::PubRel(ack(answer.packet_id)))?;
                }
                Packet::PubComp(ack) => self.open.retain(|open| open.id != ack.packet_id),
                other => panic!("{} got {other:?}", self.name),
            }
        }
    }

    fn send(&self, link: &mut Link, id: PacketId, number: u64, dup: bool) -> Result<(), Gone> {
        let payload = format!("{number} of {}, which is padded a little: {:>100}", self.name, "");
        let topic = self.topic(number);
        link.send(&Packet::Publish(Publish {
            dup,
            retain: self.retains && number.is_multiple_of(RETAINED),
            packet_id: Some(id),
            ..Publish::new(&topic, payload.as_bytes(), self.qos)
        }))
    }

    fn topic(&self, number: u64) -> String {
        format!("load/{}/{}", self.name, number % 3)
    }

    /// The broker says that it has the message: from here on it must not lose it.
    fn answered(&mut self, id: PacketId, answers: &Answers) {
        let open = self.open.iter_mut().find(|open| open.id == id);
        let open = open.unwrap_or_else(|| panic!("nothing is open under {id}"));
        if open.stage == Stage::Published {
            open.stage = Stage::Received;
            let number = open.number;
            self.answered += 1;
            if self.retains && number.is_multiple_of(RETAINED) {
                self.retained.insert(self.topic(number), number);
            }
            answers.add();
        }
    }

    fn free_id(&mut self) -> PacketId {
        loop {
            let id = self.next_id;
            self.next_id = id.checked_add(1).unwrap_or(PacketId::MIN);
            if self.open.iter().all(|open| open.id != id) {
                return id;
            }
        }
    }

    /// Of each topic the last retained message is there. All is answered.
    pub fn look_at_retained(&self, addr: SocketAddr) {
        let mut client = Client::new(addr, self.version, "looks");
        client.subscribe(&format!("load/{}/+", self.name), QoS::AtMostOnce);
        let mut found = BTreeMap::new();
        for _ in &self.retained {
            let publish = client.receive();
            let number = text(&publish)
                .split(' ')
                .next()
                .and_then(|number| number.parse().ok());
            found.insert(publish.topic.to_owned(), number.expect("a number"));
        }
        assert_eq!(found, self.retained, "what {} has retained", self.name);
    }
}
