//! An engine with an ACL, and clients whose packets are told in a few words.

use std::sync::Arc;

use broker_core::access::{Acl, Realm, Realms, acl_file};
use broker_core::engine::{ConnId, Engine, Event};
use broker_core::journal::{Decision, Mark, Record};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{
    Ack, Connect, FilterRequest, Packet, PacketId, PacketType, Publish, QoS, ReasonCode, ReasonProperties,
    Subscribe, SubscriptionOptions, Unsubscribe, Version, Will, WillProperties, decode, frame,
};

/// A connected client.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    pub conn: ConnId,
    version: Version,
}

impl Client {
    pub fn on(conn: ConnId, version: Version) -> Self {
        Self { conn, version }
    }
}

/// How a client comes.
#[derive(Debug, Clone, Copy)]
pub struct Coming<'a> {
    pub id: &'a str,
    pub user: Option<&'a str>,
    pub version: Version,
    pub stays: bool,
    pub will: Option<&'a str>,
    /// Receive Maximum, of 5.0.
    pub window: Option<u16>,
}

impl<'a> Coming<'a> {
    pub fn new(version: Version, id: &'a str, user: &'a str) -> Self {
        Self {
            id,
            user: Some(user).filter(|user| !user.is_empty()),
            version,
            stays: false,
            will: None,
            window: None,
        }
    }
}

pub struct Bench {
    pub engine: Engine,
    pub now: Time,
    ids: u16,
}

/// One realm, in which any name will do, with this acl file.
pub fn realms(acl: &str) -> Realms {
    let mut builder = Acl::builder();
    builder.file(&acl_file::parse(acl, "acl.conf").expect("it is right"));
    of_acl(builder.build())
}

pub fn of_acl(acl: Acl) -> Realms {
    Realms::one(Realm {
        allow_anonymous: true,
        any_user_name: true,
        acl,
        ..Realm::default()
    })
}

impl Bench {
    pub fn new(acl: &str) -> Self {
        Self::with(acl, |_| {})
    }

    pub fn with(acl: &str, change: impl FnOnce(&mut BrokerSettings)) -> Self {
        let mut settings = BrokerSettings::default();
        settings.sys.interval_secs = 0;
        change(&mut settings);
        let mut engine = Engine::new(Arc::new(settings), 7);
        engine.set_realms(Time::ZERO, realms(acl));
        engine.collect_events(true);
        Self {
            engine,
            now: Time::ZERO,
            ids: 0,
        }
    }

    /// A client comes; what it is told.
    pub fn come(&mut self, coming: Coming<'_>) -> (Client, Vec<String>) {
        let conn = self.engine.open(self.now, "bench".to_owned());
        let mut connect = Connect::new(coming.version, coming.id);
        connect.username = coming.user;
        connect.clean_start = !coming.stays;
        if coming.stays && coming.version.is_v5() {
            connect.properties.session_expiry_secs = Some(1000);
        }
        connect.properties.receive_maximum = coming.window;
        connect.will = coming.will.map(|topic| Will {
            qos: QoS::AtLeastOnce,
            retain: false,
            properties: WillProperties::default(),
            topic,
            payload: b"lost",
        });
        let client = Client {
            conn,
            version: coming.version,
        };
        let said = self.send(client, &Packet::Connect(Box::new(connect)));
        (client, said)
    }

    pub fn connect(&mut self, version: Version, id: &str, user: &str) -> Client {
        let (client, said) = self.come(Coming::new(version, id, user));
        assert_eq!(said, ["CONNACK 0x00"]);
        client
    }

    pub fn send(&mut self, client: Client, packet: &Packet<'_>) -> Vec<String> {
        self.send_all(client, std::slice::from_ref(packet))
    }

    /// The packets come in one piece.
    pub fn send_all(&mut self, client: Client, packets: &[Packet<'_>]) -> Vec<String> {
        let mut bytes = Vec::new();
        for packet in packets {
            packet.encode(client.version, &mut bytes);
        }
        let mut taken = self.engine.receive(self.now, client.conn, &bytes);
        while self.engine.has_unhandled(client.conn) {
            taken += self.engine.receive(self.now, client.conn, &bytes[taken..]);
        }
        assert_eq!(taken, bytes.len());
        self.said(client)
    }

    pub fn next_id(&mut self) -> PacketId {
        self.ids += 1;
        PacketId::new(self.ids).expect("it is not 0")
    }

    pub fn publish(&mut self, client: Client, topic: &str, qos: QoS) -> Vec<String> {
        self.publish_run(client, topic, qos, 1)
    }

    pub fn publish_run(&mut self, client: Client, topic: &str, qos: QoS, count: usize) -> Vec<String> {
        let packets: Vec<Packet<'_>> = (0..count)
            .map(|_| {
                let packet_id = Some(self.next_id()).filter(|_| qos != QoS::AtMostOnce);
                Packet::Publish(Publish {
                    packet_id,
                    ..Publish::new(topic, b"x", qos)
                })
            })
            .collect();
        self.send_all(client, &packets)
    }

    pub fn retain(&mut self, client: Client, topic: &str) -> Vec<String> {
        let mut publish = Publish::new(topic, b"kept", QoS::AtMostOnce);
        publish.retain = true;
        self.send(client, &Packet::Publish(publish))
    }

    pub fn subscribe(&mut self, client: Client, filters: &[&str]) -> Vec<String> {
        let options = SubscriptionOptions {
            qos: QoS::ExactlyOnce,
            ..SubscriptionOptions::default()
        };
        let filters = filters
            .iter()
            .map(|filter| FilterRequest { filter, options })
            .collect();
        let packet_id = self.next_id();
        let subscribe = Subscribe {
            packet_id,
            subscription_id: None,
            user: Vec::new(),
            filters,
        };
        self.send(client, &Packet::Subscribe(subscribe))
    }

    /// The client takes one step of an exchange; what it is told then.
    pub fn answer(&mut self, client: Client, step: PacketType, packet_id: u16) -> Vec<String> {
        let ack = Ack {
            packet_id: PacketId::new(packet_id).expect("it is not 0"),
            reason: ReasonCode::SUCCESS,
            properties: ReasonProperties::default(),
        };
        let packet = match step {
            PacketType::PubAck => Packet::PubAck(ack),
            PacketType::PubRec => Packet::PubRec(ack),
            _ => Packet::PubComp(ack),
        };
        self.send(client, &packet)
    }

    pub fn unsubscribe(&mut self, client: Client, filter: &str) -> Vec<String> {
        let packet_id = self.next_id();
        let unsubscribe = Unsubscribe {
            packet_id,
            user: Vec::new(),
            filters: vec![filter],
        };
        self.send(client, &Packet::Unsubscribe(unsubscribe))
    }

    /// The connection breaks.
    pub fn lose(&mut self, client: Client) {
        self.engine.closed(self.now, client.conn, "it broke");
    }

    pub fn pass_secs(&mut self, secs: u32) {
        self.now = self.now.plus_secs(secs);
        self.engine.tick(self.now);
    }

    /// What was said on the connection since the last look.
    pub fn said(&mut self, client: Client) -> Vec<String> {
        let bytes = crate::common::outbox::written(&mut self.engine, client.conn);
        let mut said = Vec::new();
        let mut rest = bytes.as_slice();
        while let Some(len) = frame(rest, usize::MAX).expect("whole packets") {
            said.push(words(&decode(client.version, &rest[..len]).expect("a packet")));
            rest = &rest[len..];
        }
        said
    }

    /// The events since the last look, without those of connections and sessions.
    pub fn events(&mut self) -> Vec<String> {
        let mut events = Vec::new();
        while let Some(event) = self.engine.next_event() {
            match event {
                Event::PublishRefused {
                    topic, reason, why, ..
                } => {
                    events.push(format!("publish_refused {topic} {:#04x} {why}", reason.0));
                }
                Event::SubscriptionRefused {
                    filter, reason, why, ..
                } => {
                    events.push(format!("subscription_refused {filter} {:#04x} {why}", reason.0));
                }
                Event::WillPublished { topic, .. } => events.push(format!("will_published {topic}")),
                Event::Dropped { topic, why, .. } => events.push(format!("dropped {topic} {}", why.word())),
                _ => {}
            }
        }
        events
    }

    /// What was decided about the last PUBLISH that came.
    pub fn decided(&self) -> Vec<String> {
        let entries = self.engine.journal().since(Mark::START).entries;
        let last = entries.iter().rev().find_map(|entry| match &entry.record {
            Record::Packet { decisions, .. } if !decisions.is_empty() => Some(decisions),
            _ => None,
        });
        last.into_iter().flatten().map(Decision::to_string).collect()
    }
}

fn words(packet: &Packet<'_>) -> String {
    let code = |reason: ReasonCode| format!("{:#04x}", reason.0);
    let codes = |reasons: &[ReasonCode]| reasons.iter().map(|it| code(*it)).collect::<Vec<_>>().join(" ");
    let with = |text: String, why: Option<&str>| match why {
        Some(why) => format!("{text} {why}"),
        None => text,
    };
    match packet {
        Packet::ConnAck(connack) => with(
            format!("CONNACK {}", code(connack.reason)),
            connack.properties.reason_string,
        ),
        Packet::Publish(publish) => format!("PUBLISH {}", publish.topic),
        Packet::PubAck(ack) => with(
            format!("PUBACK {}", code(ack.reason)),
            ack.properties.reason_string,
        ),
        Packet::PubRec(ack) => with(
            format!("PUBREC {}", code(ack.reason)),
            ack.properties.reason_string,
        ),
        Packet::SubAck(ack) => with(
            format!("SUBACK {}", codes(&ack.reasons)),
            ack.properties.reason_string,
        ),
        Packet::UnsubAck(ack) => with(
            format!("UNSUBACK {}", codes(&ack.reasons)),
            ack.properties.reason_string,
        ),
        other => other.packet_type().to_string(),
    }
}
