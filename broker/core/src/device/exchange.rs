//! [`Exchanges`]: the messages of QoS 1 and 2 that are on their way from a device, and those that come to it.

use std::collections::{HashSet, VecDeque};

use foldhash::fast::RandomState;

use crate::wire::{Ack, Packet, PacketId, PacketType, Version};

/// So many messages wait for a place in the send window.
const MOST_WAITING: usize = 1_000;

/// One message that the device published.
#[derive(Debug)]
enum Stage {
    /// The PUBLISH, to be sent again.
    Published(Box<[u8]>),
    /// PUBREC has come: PUBREL is to be sent again.
    Released,
}

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    last_id: u16,
    sent: VecDeque<(PacketId, Stage)>,
    /// Whole packets, whose identifier is still to be filled in at this place.
    waiting: VecDeque<(Vec<u8>, usize)>,
    /// Messages of QoS 2 that came and are not released.
    incoming: HashSet<PacketId, RandomState>,
}

impl Exchanges {
    /// A PUBLISH of QoS 1 or 2, with the place of its identifier. It goes out if the window has room, and waits otherwise. `false`
    /// if too many wait.
    pub fn publish(&mut self, packet: Vec<u8>, id_at: usize, window: u16, out: &mut Vec<u8>) -> bool {
        if self.waiting.len() >= MOST_WAITING {
            return false;
        }
        self.waiting.push_back((packet, id_at));
        self.fill_window(window, out);
        true
    }

    fn fill_window(&mut self, window: u16, out: &mut Vec<u8>) {
        while self.sent.len() < window.into()
            && let Some((mut packet, id_at)) = self.waiting.pop_front()
        {
            let id = self.next_id();
            if let Some(place) = packet.get_mut(id_at..id_at + 2) {
                place.copy_from_slice(&id.get().to_be_bytes());
            }
            out.extend_from_slice(&packet);
            self.sent.push_back((id, Stage::Published(packet.into())));
        }
    }

    fn next_id(&mut self) -> PacketId {
        loop {
            self.last_id = self.last_id.wrapping_add(1);
            // The window has at most 65,535 places, and one of them is free.
            if let Some(id) = PacketId::new(self.last_id)
                && !self.sent.iter().any(|(used, _)| *used == id)
            {
                return id;
            }
        }
    }

    /// PUBACK or PUBCOMP came, or a PUBREC that refuses. Returns whether it ends an exchange.
    pub fn ended(&mut self, id: PacketId, window: u16, out: &mut Vec<u8>) -> bool {
        let at = self.sent.iter().position(|(sent, _)| *sent == id);
        let ended = at.and_then(|at| self.sent.remove(at)).is_some();
        self.fill_window(window, out);
        ended
    }

    /// PUBREC came.
    pub fn received(&mut self, id: PacketId, version: Version, out: &mut Vec<u8>) {
        if let Some((_, stage)) = self.sent.iter_mut().find(|(sent, _)| *sent == id) {
            *stage = Stage::Released;
        }
        Packet::PubRel(Ack::new(id)).encode(version, out);
    }

    /// A message of QoS 2 came. Returns whether it is new.
    pub fn comes(&mut self, id: PacketId) -> bool {
        self.incoming.insert(id)
    }

    /// PUBREL came.
    pub fn released(&mut self, id: PacketId) {
        self.incoming.remove(&id);
    }

    /// Connected again. What the session still has goes on (`MQTT5-4.4.0-1`); with a new session every message is sent anew.
    pub fn resume(&mut self, session_present: bool, window: u16, version: Version, out: &mut Vec<u8>) {
        if !session_present {
            self.incoming.clear();
            // Those that have come are not sent twice.
            self.sent
                .retain(|(_, stage)| matches!(stage, Stage::Published(_)));
        }
        for (id, stage) in &mut self.sent {
            match stage {
                Stage::Published(packet) => {
                    if session_present && let Some(first) = packet.first_mut() {
                        *first |= 0b1000; // DUP
                    }
                    out.extend_from_slice(packet);
                }
                Stage::Released => {
                    Ack::new(*id).encode(PacketType::PubRel, version, out);
                }
            }
        }
        self.fill_window(window, out);
    }
}
