//! Each kind of limit, passed and kept. Here are a client and its packets; the rest has the tests.

mod form;
mod memory;
mod rows;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Inspector, KINDS, Mode, Profile, Violation};
use crate::fault::Who;
use crate::journal::Direction;
use crate::session::ConnId;
use crate::time::Time;
use crate::wire::{
    Ack, Connect, ConnectProperties, FilterRequest, Packet, PacketId, Publish, PublishProperties, QoS,
    ReasonCode, ReasonProperties, Subscribe, SubscriptionOptions, Unsubscribe, Version, Will, WillProperties,
};

/// One client, and what is said of its packets.
struct Desk {
    inspector: Inspector,
    who: Who,
    now: Time,
}

impl Desk {
    fn new(limit: Json, version: Version) -> Self {
        let mut limit = limit;
        let defaults = json!({"outcome": "close", "source": "a test"});
        for (key, value) in defaults.as_object().expect("an object") {
            limit
                .as_object_mut()
                .expect("a table")
                .entry(key)
                .or_insert(value.clone());
        }
        let profile = json!({"title": "It", "as_of": "2026-11-28", "limit": [limit]});
        let profile = Profile::from_json_or_all_wrongs("it", &profile).expect("it is right");
        Self {
            inspector: Inspector::new(Arc::new(profile), Mode::Warn),
            who: Who {
                conn: ConnId { slot: 0, serial: 1 },
                client_id: "lamp".into(),
                user: None,
                listener: "main".into(),
                version,
            },
            now: Time::ZERO,
        }
    }

    fn find(&mut self, direction: Direction, packet: &Packet<'_>) -> Vec<Violation> {
        let mut bytes = Vec::new();
        packet.encode(self.who.version, &mut bytes);
        self.inspector
            .packet(self.now, &self.who, direction, &bytes, None)
    }

    /// What is said of this packet.
    fn say(&mut self, direction: Direction, packet: &Packet<'_>) -> Vec<String> {
        let found = self.find(direction, packet);
        found.iter().map(ToString::to_string).collect()
    }

    fn hear(&mut self, packet: &Packet<'_>) -> Vec<String> {
        self.say(Direction::In, packet)
    }
}

fn connect(version: Version) -> Connect<'static> {
    Connect {
        version,
        bridge: false,
        clean_start: true,
        keep_alive_secs: 60,
        client_id: "lamp",
        will: None,
        username: None,
        password: None,
        properties: ConnectProperties::default(),
    }
}

fn will(qos: QoS, retain: bool) -> Will<'static> {
    let (topic, payload, properties) = ("gone", &b"gone"[..], WillProperties::default());
    Will {
        topic,
        payload,
        qos,
        retain,
        properties,
    }
}

fn publish(topic: &'static str, qos: QoS) -> Publish<'static> {
    Publish {
        dup: false,
        qos,
        retain: false,
        topic,
        packet_id: PacketId::new(7).filter(|_| qos != QoS::AtMostOnce),
        properties: PublishProperties::default(),
        payload: b"12345",
    }
}

fn subscribe(filters: &[&'static str]) -> Subscribe<'static> {
    let asked = |&filter: &&'static str| FilterRequest {
        filter,
        options: SubscriptionOptions::default(),
    };
    Subscribe {
        packet_id: PacketId::MIN,
        subscription_id: None,
        user: Vec::new(),
        filters: filters.iter().map(asked).collect(),
    }
}

fn hello(change: impl FnOnce(&mut Connect<'static>)) -> Packet<'static> {
    let mut packet = connect(Version::V5);
    change(&mut packet);
    Packet::Connect(Box::new(packet))
}

fn message(change: impl FnOnce(&mut Publish<'static>)) -> Packet<'static> {
    let mut packet = publish("home/lamp", QoS::AtMostOnce);
    change(&mut packet);
    Packet::Publish(packet)
}

fn ask(change: impl FnOnce(&mut Subscribe<'static>)) -> Packet<'static> {
    let mut packet = subscribe(&["home/lamp"]);
    change(&mut packet);
    Packet::Subscribe(packet)
}

fn drop_filters(filters: &[&'static str]) -> Packet<'static> {
    Packet::Unsubscribe(Unsubscribe {
        packet_id: PacketId::MIN,
        user: Vec::new(),
        filters: filters.to_vec(),
    })
}
