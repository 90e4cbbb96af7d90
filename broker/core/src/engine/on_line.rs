//! Connections with a line before them: what the shell asks and tells the engine where rules are in force.

use std::collections::HashSet;
use std::sync::Arc;

use super::conn::Phase;
use super::{ConnId, Direction, Engine, Event};
use crate::arrival::Way;
use crate::journal::Side;
use crate::time::Time;
use crate::wire::{self, PacketId, PacketType, Version};

/// What a rule has lost of the exchanges of one connection: nothing of them is on its way.
pub(super) type Lost = HashSet<PacketId>;

/// The client of a connection: its identifier, its user, the listener that let it in, and its version.
pub type Client = (Arc<str>, Option<Arc<str>>, Arc<str>, Version);

impl Engine {
    /// The client of a connection; `None` until its CONNECT has come.
    pub fn client_of(&self, id: ConnId) -> Option<Client> {
        let conn = self.conns.get(id)?;
        if matches!(conn.phase, Phase::Opening(_)) {
            return None;
        }
        let session = conn.live().and_then(|live| self.sessions.get(live.session));
        let user = session.and_then(|session| session.user.clone());
        Some((conn.client_id.clone(), user, conn.origin.listener(), conn.version))
    }

    /// The identifier of its client, as far as it is known.
    pub fn client_id_of(&self, id: ConnId) -> Arc<str> {
        self.conns
            .get(id)
            .map_or_else(|| "".into(), |conn| conn.client_id.clone())
    }

    /// What its bytes go through.
    pub fn way_of(&self, id: ConnId) -> Way {
        self.conns
            .get(id)
            .map_or_else(Way::default, |conn| conn.origin.way())
    }

    /// What the line has to tell of this connection.
    pub fn tell_on_line(&mut self, now: Time, id: ConnId, event: Event) {
        let Some(conn) = self.conns.get(id) else { return };
        self.log.event(now, Some(conn.source()), event);
    }

    /// The name of the listener that let it in.
    pub fn listener_of(&self, id: ConnId) -> Arc<str> {
        self.conns
            .get(id)
            .map_or_else(|| "".into(), |conn| conn.origin.listener())
    }

    /// The user name that stands for its certificate.
    pub fn identity_of(&self, id: ConnId) -> Option<Arc<str>> {
        self.conns.get(id)?.origin.identity().cloned()
    }

    /// Whether the connection is to be closed because another one took its place.
    pub fn is_taken_over(&self, id: ConnId) -> bool {
        matches!(self.close_reason(id), Some(super::CloseReason::TakenOver))
    }

    /// The topic aliases in use on a connection: those that the client set, and the broker's.
    pub fn aliases_of(&self, id: ConnId) -> [Vec<(u16, Arc<str>)>; 2] {
        let Some(live) = self.conns.live(id) else {
            return Default::default();
        };
        let set = live
            .aliases_in
            .iter()
            .map(|(alias, topic)| (*alias, topic.clone()));
        let ours = live
            .aliases_out
            .iter()
            .map(|(topic, alias)| (*alias, topic.clone()));
        [set.collect(), ours.collect()]
    }

    /// From now on a line stands behind the outbox of this connection, or none any more. With one, the caller tells the journal
    /// what the client gets.
    pub fn set_line(&mut self, id: ConnId, has_line: bool) {
        if let Some(conn) = self.conns.get_mut(id) {
            conn.outbox.set_line(has_line);
        }
    }

    /// As [`Engine::receive`], for bytes that are not what the client sent, or not at that time: a rule made them so.
    pub fn receive_differing(&mut self, now: Time, id: ConnId, bytes: &[u8]) -> usize {
        self.log.journal.set_side_in(Side::Engine);
        let taken = self.receive(now, id, bytes);
        self.log.journal.set_side_in(Side::Both);
        taken
    }

    /// Whole packets passed the line to the client, as they were sent.
    pub fn passed_line(&mut self, now: Time, id: ConnId, mut bytes: &[u8]) {
        let Some(source) = self.conns.get(id).map(super::conn::Conn::source) else {
            return;
        };
        // A run in the journal is of one type.
        while let Some(first) = bytes.first().map(|byte| byte >> 4) {
            let (mut length, mut packets) = (0, 0);
            while let Some(rest) = bytes.get(length..)
                && rest.first().is_some_and(|byte| byte >> 4 == first)
                && let Ok(Some(next)) = wire::frame(rest, usize::MAX)
                && next <= rest.len()
            {
                length += next;
                packets += 1;
            }
            if packets == 0 {
                (length, packets) = (bytes.len(), 1);
            }
            let (run, rest) = bytes.split_at(length);
            self.log.journal.run_out(now, source, packets, run);
            bytes = rest;
        }
    }

    /// On one side of the line, and there alone, this packet was seen.
    pub fn seen_on_line(
        &mut self,
        now: Time,
        id: ConnId,
        (direction, side): (Direction, Side),
        bytes: &[u8],
    ) {
        let Some(conn) = self.conns.get(id) else { return };
        let source = conn.source();
        self.log.journal.on_side(side, |journal| match direction {
            Direction::In => journal.packet_in(now, source, bytes),
            Direction::Out => drop(journal.packet_out(now, source, bytes)),
        });
    }

    /// A rule acted on this connection, whose client the line knows by this identifier.
    pub fn rule_fired(
        &mut self,
        now: Time,
        id: ConnId,
        (client_id, rule, action): (Arc<str>, Arc<str>, &'static str),
        (nth, delivery): (u64, bool),
        why: Option<Arc<str>>,
    ) {
        let Some(conn) = self.conns.get(id) else { return };
        let event = Event::Fault {
            conn: id,
            client_id: match &*conn.client_id {
                "" => client_id,
                _ => conn.client_id.clone(),
            },
            rule,
            action,
            nth: u32::try_from(nth).unwrap_or(u32::MAX),
            delivery,
            why,
        };
        self.log.event(now, Some(conn.source()), event);
    }

    /// A rule lost this packet: what would answer it is not on its way.
    pub fn lost_on_line(&mut self, id: ConnId, direction: Direction, packet: &[u8]) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let Ok(packet) = wire::decode(conn.version, packet) else {
            return;
        };
        let Phase::Live(live) = &mut conn.phase else {
            return;
        };
        let Some(packet_id) = packet.packet_id() else {
            return;
        };
        let is_of_client = match (packet.packet_type(), direction) {
            (packet_type, direction) if direction.delivers(packet_type) => false,
            (PacketType::PubRec, Direction::Out) | (PacketType::PubRel, Direction::In) => true,
            _ => return,
        };
        let Some(session) = self.sessions.get_mut(live.session) else {
            return;
        };
        if is_of_client {
            let lost = live.lost.get_or_insert_default();
            lost.retain(|id| session.incoming.contains(id));
            lost.insert(packet_id);
        } else {
            session.inflight.lose(packet_id);
        }
    }

    /// So many bytes of this connection are kept in its line.
    pub fn kept_on_line(&mut self, id: ConnId, bytes: usize) {
        if let Some(conn) = self.conns.get_mut(id) {
            conn.half.set(bytes);
        }
    }
}
