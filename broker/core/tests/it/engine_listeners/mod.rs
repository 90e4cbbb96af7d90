//! What holds for the clients of one listener, where its table says so.

mod client_ids;
mod mount_point;
mod rules;

use std::sync::Arc;

use broker_core::arrival::Arrival;
use broker_core::auth::Authenticators;
use broker_core::engine::{ConnId, Engine};
use broker_core::settings::{BrokerSettings, Listener};
use broker_core::time::Time;
use broker_core::wire::{self, Connect, Packet, Publish, QoS, Version};

use crate::common::outbox::written;

const NOW: Time = Time::ZERO;

/// The name of the listener with rules of its own.
const INSIDE: &str = "inside";

/// An engine whose second listener has rules of its own.
pub(crate) struct Bed {
    pub(crate) engine: Engine,
}

impl Bed {
    /// One of which the listener does not matter.
    pub(crate) fn of(change: impl FnOnce(&mut BrokerSettings)) -> Self {
        Self::with(Listener::port(0), change, Authenticators::default())
    }

    fn new(inside: Listener) -> Self {
        Self::with(inside, |_| {}, Authenticators::default())
    }

    fn with(inside: Listener, change: impl FnOnce(&mut BrokerSettings), hooks: Authenticators) -> Self {
        let mut settings = BrokerSettings::default();
        settings.sys.interval_secs = 0;
        settings.listener = vec![Listener {
            name: INSIDE.to_owned(),
            ..inside
        }];
        change(&mut settings);
        let mut engine = Engine::new(Arc::new(settings), 7);
        engine.set_authenticators(hooks);
        Self { engine }
    }

    /// A connection to the listener of this name.
    fn open(&mut self, listener: &str) -> ConnId {
        let conn = self.engine.open(NOW, "bed".to_owned());
        let arrival = Arrival {
            listener: listener.into(),
            ..Arrival::default()
        };
        self.engine.arrived(conn, arrival);
        conn
    }

    /// What the engine answers to this, as bytes.
    pub(crate) fn say(&mut self, conn: ConnId, version: Version, packet: &Packet<'_>) -> Vec<u8> {
        self.say_at(NOW, conn, version, packet)
    }

    /// The same at another time.
    pub(crate) fn say_at(
        &mut self,
        now: Time,
        conn: ConnId,
        version: Version,
        packet: &Packet<'_>,
    ) -> Vec<u8> {
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes);
        assert_eq!(self.engine.receive(now, conn, &bytes), bytes.len());
        written(&mut self.engine, conn)
    }

    /// A new connection to the listener, and the answer to its CONNECT.
    pub(crate) fn connect(&mut self, listener: &str, connect: Connect<'_>) -> (ConnId, Vec<u8>) {
        let conn = self.open(listener);
        let version = connect.version;
        (conn, self.say(conn, version, &Packet::Connect(Box::new(connect))))
    }
}

/// The only packet in these bytes of MQTT 5.0.
fn packet(bytes: &[u8]) -> Packet<'_> {
    assert_eq!(
        wire::frame(bytes, usize::MAX).unwrap(),
        Some(bytes.len()),
        "{bytes:02x?}"
    );
    wire::decode(Version::V5, bytes).unwrap()
}

fn connack(bytes: &[u8]) -> wire::ConnAck<'_> {
    match packet(bytes) {
        Packet::ConnAck(connack) => *connack,
        other => panic!("{other:?}"),
    }
}

fn publish<'a>(topic: &'a str, payload: &'a [u8], qos: QoS) -> Packet<'a> {
    let mut publish = Publish::new(topic, payload, qos);
    publish.packet_id = (qos != QoS::AtMostOnce).then_some(wire::PacketId::MIN);
    Packet::Publish(publish)
}
