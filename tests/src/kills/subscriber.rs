//! Remembers what it has got, and its half of each exchange.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Instant;

use broker::QoS;
use broker::wire::{Packet, PacketId, Publish, Subscribe, Version};

use super::link::{Gone, Link};
use crate::harness::DEADLINE;
use crate::harness::raw::{ack, text};

/// A subscriber to everything, at QoS 2.
#[derive(Debug)]
pub struct Subscriber {
    name: &'static str,
    version: Version,
    had_session: bool,
    is_subscribed: bool,
    /// QoS 2 messages whose PUBREL has not come.
    incoming: BTreeSet<PacketId>,
    /// How often each message came: by publisher and number.
    got: BTreeMap<String, BTreeMap<u64, u32>>,
}

impl Subscriber {
    pub fn new(name: &'static str, version: Version) -> Self {
        Self {
            name,
            version,
            had_session: false,
            is_subscribed: false,
            incoming: BTreeSet::new(),
            got: BTreeMap::new(),
        }
    }

    /// How many messages it has got.
    pub fn count(&self) -> u64 {
        self.got.values().map(|numbers| numbers.len() as u64).sum()
    }

    /// Subscribes, where it has not; from then on the broker knows.
    pub fn subscribe(&mut self, addr: SocketAddr) {
        if self.is_subscribed {
            return;
        }
        let done = self.try_subscribe(addr);
        assert!(done.is_ok(), "the broker has ended");
    }

    fn try_subscribe(&mut self, addr: SocketAddr) -> Result<(), Gone> {
        let mut link = Link::open(addr, self.version, self.name, &mut self.had_session)?;
        link.send(&Packet::Subscribe(Subscribe::new(
            PacketId::MIN,
            "load/#",
            QoS::ExactlyOnce,
        )))?;
        assert!(matches!(link.packet()?, Packet::SubAck(_)));
        self.is_subscribed = true;
        Ok(())
    }

    /// Takes what comes until the broker is gone; or until all this has come: so many messages of each publisher. Those that must
    /// come once have come once.
    pub fn listen(&mut self, addr: SocketAddr, all: Option<&[(&str, u64, bool)]>) {
        let heard = self.try_listen(addr, all);
        let Some(all) = all else { return };
        assert!(heard.is_ok(), "the broker has ended");
        for (publisher, _, once) in all {
            let more = self.got.get(*publisher).into_iter().flatten();
            let more: Vec<_> = more.filter(|(_, times)| **times > 1).collect();
            assert!(
                !once || more.is_empty(),
                "{} got some of {publisher} more than once: {more:?}",
                self.name
            );
        }
    }

    fn try_listen(&mut self, addr: SocketAddr, all: Option<&[(&str, u64, bool)]>) -> Result<(), Gone> {
        let mut link = Link::open(addr, self.version, self.name, &mut self.had_session)?;
        let Some(all) = all else {
            loop {
                self.take(&mut link)?;
            }
        };
        let begun = Instant::now();
        // Everything is there, and one round trip later still nothing else: what comes twice would have come by then.
        let mut quiet = 0;
        while quiet < 2 {
            link.send(&Packet::PingReq)?;
            while !self.take(&mut link)? {}
            quiet = if self.has(all) && self.incoming.is_empty() {
                quiet + 1
            } else {
                0
            };
            assert!(
                begun.elapsed() < DEADLINE,
                "{} misses something: {}",
                self.name,
                self.missing(all)
            );
        }
        Ok(())
    }

    /// Takes one packet. Returns whether it was PINGRESP.
    fn take(&mut self, link: &mut Link) -> Result<bool, Gone> {
        match link.packet()? {
            Packet::PingResp => return Ok(true),
            Packet::Publish(publish) => self.got(link, &publish)?,
            Packet::PubRel(answer) => {
                self.incoming.remove(&answer.packet_id);
                link.send(&Packet::PubComp(ack(answer.packet_id)))?;
            }
            other => panic!("{} got {other:?}", self.name),
        }
        Ok(false)
    }

    fn missing(&self, all: &[(&str, u64, bool)]) -> String {
        let missing = all.iter().map(|(publisher, sent, _)| {
            let got = self.got.get(*publisher);
            let missing = (0..*sent).filter(|number| got.is_none_or(|got| !got.contains_key(number)));
            format!("of {publisher} {:?}", missing.collect::<Vec<_>>())
        });
        missing.collect::<Vec<_>>().join(", ")
    }

    fn got(&mut self, link: &mut Link, publish: &Publish<'_>) -> Result<(), Gone> {
        let id = publish.packet_id.expect("QoS 1 or 2");
        let is_new = publish.qos == QoS::AtLeastOnce || self.incoming.insert(id);
        if is_new {
            let mut words = text(publish).split([' ', ',']);
            let number = words
                .next()
                .and_then(|number| number.parse().ok())
                .expect("a number");
            let publisher = words.nth(1).expect("a name").to_owned();
            *self.got.entry(publisher).or_default().entry(number).or_default() += 1;
        }
        let answer = ack(id);
        link.send(&match publish.qos {
            QoS::AtLeastOnce => Packet::PubAck(answer),
            _ => Packet::PubRec(answer),
        })
    }

    fn has(&self, all: &[(&str, u64, bool)]) -> bool {
        all.iter().all(|(publisher, sent, _)| {
            let got = self.got.get(*publisher).map_or(0, |numbers| numbers.len() as u64);
            got == *sent
        })
    }
}
