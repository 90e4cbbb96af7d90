//! What is written into the journal: connections, packets, events.

use std::sync::Arc;

use bytes::Bytes;

use super::Journal;
use crate::journal::chunks::Place;
use crate::journal::slot::{Extra, Recorded};
use crate::journal::sources::Source;
use crate::journal::{Direction, Event, Omitted, Side};
use crate::session::ConnId;
use crate::time::Time;
use crate::wire::{self, Packet, Publish, Version};

impl Journal {
    /// A connection begins. Its client is not known yet.
    pub fn open(&mut self, conn: ConnId) -> Source {
        if self.is_on() {
            self.sources.open(conn)
        } else {
            Source::NOBODY
        }
    }

    /// CONNECT, or the answer to it, named the client. The name counts for earlier entries of this connection, too.
    pub fn identify(&mut self, source: Source, client_id: &Arc<str>, version: Version) {
        if let Some(who) = self.sources.get_mut(source) {
            who.client_id.clone_from(client_id);
            who.version = version;
        }
    }

    /// The connection has ended; `source` is not used again.
    pub fn close(&mut self, source: Source) {
        self.sources.close(source, self.next);
        self.sources.forget_before(self.first);
    }

    /// Does something while packets are seen on one side of a rule alone.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::journal::{Journal, Mark, Side};
    ///
    /// let mut journal = Journal::default();
    /// let source = journal.open(engine.open(Time::ZERO, "somebody".to_owned()));
    /// journal.on_side(Side::Engine, |journal| journal.packet_out(Time::ZERO, source, b"\xD0\0"));
    /// assert!(journal.since(Mark::START).entries[0].is_far_side());
    /// ```
    pub fn on_side<T>(&mut self, side: Side, work: impl FnOnce(&mut Self) -> T) -> T {
        self.sides = [side; 2];
        let done = work(self);
        self.sides = [Side::Both; 2];
        done
    }

    /// Packets that come in are seen on this side from now on.
    pub(crate) fn set_side_in(&mut self, side: Side) {
        self.sides[0] = side;
    }

    /// A packet came.
    pub fn packet_in(&mut self, at: Time, source: Source, bytes: &[u8]) {
        self.packets(at, source, Direction::In, 1, bytes);
    }

    /// `packets` packets came that are handled together.
    pub fn run_in(&mut self, at: Time, source: Source, packets: u32, bytes: &[u8]) -> Recorded {
        self.packets(at, source, Direction::In, packets, bytes)
    }

    /// A packet goes out.
    pub fn packet_out(&mut self, at: Time, source: Source, bytes: &[u8]) -> Recorded {
        self.packets(at, source, Direction::Out, 1, bytes)
    }

    /// `packets` packets go out that were made together.
    pub fn run_out(&mut self, at: Time, source: Source, packets: u32, bytes: &[u8]) -> Recorded {
        self.packets(at, source, Direction::Out, packets, bytes)
    }

    /// The same packet, or run of packets, goes out to another client. `bytes` were recorded before.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::journal::{Journal, Mark};
    ///
    /// let mut journal = Journal::default();
    /// let [one, two] = ["one", "two"].map(|peer| journal.open(engine.open(Time::ZERO, peer.to_owned())));
    /// let same = journal.packet_out(Time::ZERO, one, b"\x30\x06\0\x03a/bx");
    /// journal.again_out(Time::ZERO, two, same, b"\x30\x06\0\x03a/bx"); // no second copy is kept
    /// assert_eq!(journal.since(Mark::START).entries[1].topic(), Some("a/b"));
    /// ```
    pub fn again_out(&mut self, at: Time, source: Source, same: Recorded, bytes: &[u8]) {
        if !self.is_on() {
            return;
        }
        if self.chunks.share(self.next_slot(), same.place) {
            self.push(at, source, Direction::Out, same.packets, same.place, None);
        } else {
            // It is forgotten already, where the bounds are very narrow.
            self.packets(at, source, Direction::Out, same.packets, bytes);
        }
    }

    /// A packet goes out that shares its payload with others.
    pub fn shared_out(&mut self, at: Time, source: Source, header: &[u8], payload: &Bytes) {
        self.shared(at, source, Direction::Out, header, payload);
    }

    /// A packet came that is also kept elsewhere.
    pub(crate) fn shared_in(&mut self, at: Time, source: Source, packet: &Bytes) {
        self.shared(at, source, Direction::In, &[], packet);
    }

    fn shared(&mut self, at: Time, source: Source, direction: Direction, header: &[u8], payload: &Bytes) {
        if !self.is_on() {
            return;
        }
        if self.is_too_large(header.len() + payload.len())
            && self.without_payload(at, source, direction, header, payload)
        {
            return;
        }
        let place = self.chunks.append(self.next_slot(), header);
        // A packet and its payload end in the same place.
        let address = payload.as_ptr_range().end.addr();
        let charge = if self.charged == address { 0 } else { payload.len() };
        self.charged = address;
        self.extra_bytes += charge;
        let payload = payload.clone();
        let extra = Extra::Packet {
            payload,
            charge,
            topic: None,
            omitted: None,
        };
        self.push(at, source, direction, 1, place, Some(Box::new(extra)));
    }

    /// Records a PUBLISH that is larger than the journal keeps, without its payload. The payload is the end of `begin` or of
    /// `rest`. Any other packet that is so large is left to the caller.
    #[cold]
    fn without_payload(
        &mut self,
        at: Time,
        source: Source,
        direction: Direction,
        begin: &[u8],
        rest: &Bytes,
    ) -> bool {
        let version = self.sources.get(source).map_or(Version::V311, |who| who.version);
        let packet = if begin.is_empty() { rest } else { begin };
        let Some(publish) = wire::publish_head(version, packet) else {
            return false;
        };
        // Shared bytes end in the same place. They live as long as they are held here.
        let end = rest.as_ptr_range().end;
        let known = self
            .left_out
            .take()
            .filter(|(held, _)| !rest.is_empty() && held.as_ptr_range().end == end);
        let payload = match (begin.is_empty(), rest.is_empty()) {
            (false, false) => rest,
            _ => publish.payload,
        };
        let omitted = match known {
            Some((_, omitted)) if omitted.bytes == payload.len() => omitted,
            _ => Omitted::of(payload),
        };
        let mut head = Vec::new();
        let head_of = Publish {
            payload: &[],
            ..publish
        };
        Packet::Publish(head_of).encode(version, &mut head);
        let place = self.chunks.append(self.next_slot(), &head);
        let extra = Extra::Packet {
            payload: Bytes::new(),
            charge: 0,
            topic: None,
            omitted: Some(omitted),
        };
        self.push(at, source, direction, 1, place, Some(Box::new(extra)));
        self.left_out = (!rest.is_empty()).then(|| (rest.clone(), omitted));
        true
    }

    /// The packet that was recorded last names its topic by an alias; this is the topic.
    pub fn alias_was(&mut self, topic: &Arc<str>) {
        let Some(slot) = self.slots.back_mut() else { return };
        let extra = slot.extra.get_or_insert_with(|| {
            Box::new(Extra::Packet {
                payload: Bytes::new(),
                charge: 0,
                topic: None,
                omitted: None,
            })
        });
        if let Extra::Packet { topic: alias, .. } = &mut **extra {
            *alias = Some(topic.clone());
        }
    }

    /// Something happened, above the level of packets; on a connection, where `source` is given.
    pub fn event(&mut self, at: Time, source: Option<Source>, event: Event) {
        if !self.is_on() {
            return;
        }
        self.extra_bytes += size_of::<Extra>();
        self.push(
            at,
            source.unwrap_or(Source::NOBODY),
            Direction::In,
            1,
            Place::NOWHERE,
            Some(Box::new(Extra::Event(event))),
        );
    }

    fn packets(
        &mut self,
        at: Time,
        source: Source,
        direction: Direction,
        packets: u32,
        bytes: &[u8],
    ) -> Recorded {
        if !self.is_on() {
            let place = Place::NOWHERE;
            return Recorded { place, packets };
        }
        if packets == 1
            && self.is_too_large(bytes.len())
            && self.without_payload(at, source, direction, bytes, &Bytes::new())
        {
            // There is nothing to share.
            let place = Place::NOWHERE;
            return Recorded { place, packets };
        }
        let place = self.chunks.append(self.next_slot(), bytes);
        self.push(at, source, direction, packets, place, None);
        Recorded { place, packets }
    }
}
