//! Whose connection it is: a [`Line`] learns it from CONNECT and CONNACK.

use std::sync::Arc;

use super::{Line, World};
use crate::journal::Direction;
use crate::wire::{self, Packet, PacketType};

impl Line {
    /// Whether a packet says who the client is.
    pub(super) fn is_news(&self, direction: Direction, packet: &[u8]) -> bool {
        let connack = (PacketType::ConnAck as u8) << 4;
        match direction {
            Direction::In => !self.connected,
            Direction::Out => self.who.client_id.is_empty() && packet.first() == Some(&connack),
        }
    }

    /// The broker chose the identifier of a client that has none: only in 5.0 a CONNACK will say so.
    pub fn is_called(&mut self, world: &mut World<'_>, client_id: Arc<str>) {
        self.who.client_id = client_id;
        self.now = self.now.max(world.now);
        self.ask(world, None);
    }

    /// Learns who the client is. Returns whether the journal was told that the packet came.
    pub(super) fn learn(&mut self, world: &mut World<'_>, direction: Direction, packet: &[u8]) -> bool {
        self.connected = true;
        match wire::decode(self.who.version, packet) {
            Ok(Packet::Connect(connect)) => {
                self.who.version = connect.version;
                self.who.client_id = connect.client_id.into();
                if self.who.user.is_none() {
                    self.who.user = connect.username.map(Into::into);
                }
            }
            Ok(Packet::ConnAck(connack)) => {
                let Some(assigned) = connack.properties.assigned_client_id else {
                    return false;
                };
                self.who.client_id = assigned.into();
            }
            _ => {}
        }
        self.ask(world, Some((direction, packet)))
    }
}
