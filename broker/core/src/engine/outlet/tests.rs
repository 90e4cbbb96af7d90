//! All that clients are sent passes the outlet: one conversation with every kind of packet, counted on both sides.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IoSlice;
use std::sync::Arc;

use crate::auth::{Authenticators, Exchange, Step};
use crate::engine::{ConnId, Direction, Engine, Injected};
use crate::journal::{Mark, Record};
use crate::time::Time;
use crate::wire::{
    self, Ack, Auth, AuthProperties, Connect, Packet, PacketId, Publish, QoS, ReasonCode, Subscribe,
    Unsubscribe, UserProperties, Version, Will, WillProperties,
};

/// What a server may send: CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, PINGRESP, DISCONNECT, AUTH.
const FROM_A_SERVER: [u8; 11] = [2, 3, 4, 5, 6, 7, 9, 11, 13, 14, 15];
const LONG_TOPIC: &str = "a/topic/long/enough/for/an/alias";

/// An engine, its clients, and what these were sent.
struct Conversation {
    engine: Engine,
    versions: BTreeMap<ConnId, Version>,
    bytes: usize,
    packets: u64,
    publishes: u64,
    types: BTreeSet<u8>,
}

impl Conversation {
    fn begin() -> Self {
        let mut engine = Engine::new(Arc::default(), 1);
        let mut hooks = Authenticators::default();
        hooks.set_method(
            "dance",
            Arc::new(|_| {
                let mut challenged = false;
                let dance = move |_: Option<&[u8]>| {
                    if std::mem::replace(&mut challenged, true) {
                        Step::Accept {
                            user: None,
                            data: None,
                        }
                    } else {
                        Step::Challenge(None)
                    }
                };
                Box::new(dance) as Box<dyn Exchange>
            }),
        );
        engine.set_authenticators(hooks);
        Self {
            engine,
            versions: BTreeMap::new(),
            bytes: 0,
            packets: 0,
            publishes: 0,
            types: BTreeSet::new(),
        }
    }

    fn connect(&mut self, connect: Connect<'_>) -> ConnId {
        let id = self.engine.open(Time::ZERO, String::new());
        self.versions.insert(id, connect.version);
        self.say(id, &[Packet::Connect(Box::new(connect))]);
        id
    }

    /// The client says all of it in one go; everyone answers as a client must, until nobody has anything to say.
    fn say(&mut self, id: ConnId, packets: &[Packet<'_>]) {
        let mut bytes = Vec::new();
        for packet in packets {
            packet.encode(self.versions[&id], &mut bytes);
        }
        self.engine.receive(Time::ZERO, id, &bytes);
        assert!(!self.engine.has_unhandled(id), "it is short enough for one turn");
        self.listen();
    }

    fn listen(&mut self) {
        while let Some(id) = self.engine.next_touched() {
            let mut answers = Vec::new();
            let written = self.take(id);
            let mut rest = &written[..];
            while !rest.is_empty() {
                let length = wire::frame(rest, usize::MAX).unwrap().unwrap();
                let packet = wire::decode(self.versions[&id], &rest[..length]).unwrap();
                self.packets += 1;
                self.publishes += u64::from(matches!(packet, Packet::Publish(_)));
                self.types.insert(rest[0] >> 4);
                if let Some(answer) = answer(&packet) {
                    answer.encode(self.versions[&id], &mut answers);
                }
                rest = &rest[length..];
            }
            if self.engine.close_reason(id).is_some() {
                self.engine.closed(Time::ZERO, id, "");
            } else {
                self.engine.receive(Time::ZERO, id, &answers);
            }
        }
    }

    /// What a socket would take.
    fn take(&mut self, id: ConnId) -> Vec<u8> {
        let mut written = Vec::new();
        while let Some(outbox) = self.engine.outbox(id).filter(|outbox| !outbox.is_empty()) {
            let mut slices = [IoSlice::new(&[]); 4];
            let filled = outbox.fill(&mut slices);
            let before = written.len();
            for slice in &slices[..filled] {
                written.extend_from_slice(slice);
            }
            self.engine.wrote(Time::ZERO, id, written.len() - before);
        }
        self.bytes += written.len();
        written
    }
}

fn answer<'a>(packet: &Packet<'a>) -> Option<Packet<'a>> {
    Some(match packet {
        Packet::Publish(publish) => {
            let ack = Ack::new(publish.packet_id?);
            match publish.qos {
                QoS::AtLeastOnce => Packet::PubAck(ack),
                _ => Packet::PubRec(ack),
            }
        }
        Packet::PubRec(ack) => Packet::PubRel(Ack::new(ack.packet_id)),
        Packet::PubRel(ack) => Packet::PubComp(Ack::new(ack.packet_id)),
        Packet::Auth(_) => dance(ReasonCode::CONTINUE_AUTHENTICATION),
        _ => return None,
    })
}

fn dance<'a>(reason: ReasonCode) -> Packet<'a> {
    Packet::Auth(Auth {
        reason,
        properties: AuthProperties {
            authentication_method: Some("dance"),
            ..AuthProperties::default()
        },
    })
}

/// Three messages in a row, one for each identifier.
fn three<'a>(topic: &'a str, payload: &'static [u8], qos: QoS) -> [Packet<'a>; 3] {
    [1, 2, 3].map(|id| {
        Packet::Publish(Publish {
            packet_id: PacketId::new(id).filter(|_| qos != QoS::AtMostOnce),
            ..Publish::new(topic, payload, qos)
        })
    })
}

#[test]
fn all_that_clients_are_sent_passes_the_outlet_and_is_recorded_and_counted() {
    static LARGE: [u8; 20_000] = [b'x'; 20_000];
    let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
    let everything = |qos| Packet::Subscribe(Subscribe::new(PacketId::MIN, "#", qos));
    let mut all = Conversation::begin();

    // The lanes: the only receiver takes everything as it came.
    let plain = all.connect(Connect::new(Version::V5, "plain"));
    all.say(plain, &[everything(QoS::ExactlyOnce)]);
    let publisher = all.connect(Connect::new(Version::V5, "publisher"));
    for qos in qos {
        all.say(publisher, &three("a/b", b"hi", qos));
    }
    assert!(all.engine.outlet.sends < all.packets, "runs are sent as one");

    // The plain path: receivers of other versions, with aliases, with bounds, with little to say.
    let old = all.connect(Connect {
        will: Some(Will {
            qos: QoS::AtLeastOnce,
            retain: false,
            topic: "a/will",
            payload: b"gone",
            properties: WillProperties::default(),
        }),
        ..Connect::new(Version::V311, "old")
    });
    all.say(old, &[everything(QoS::AtLeastOnce), Packet::PingReq]);
    let mut aliases = Connect::new(Version::V5, "aliases");
    aliases.properties.topic_alias_maximum = Some(5);
    let aliases = all.connect(aliases);
    all.say(aliases, &[everything(QoS::AtMostOnce)]);
    let mut small = Connect::new(Version::V5, "small");
    small.properties.maximum_packet_size = Some(100);
    let small = all.connect(small);
    all.say(small, &[everything(QoS::AtLeastOnce)]);
    for qos in qos {
        all.say(publisher, &three(LONG_TOPIC, b"hi", qos));
        all.say(publisher, &three("a/large", &LARGE, qos));
    }

    // What comes by itself: retained messages, figures, wills, what the program publishes.
    let retained = Publish {
        retain: true,
        ..Publish::new("a/kept", &LARGE, QoS::AtMostOnce)
    };
    all.say(publisher, &[Packet::Publish(retained)]);
    let figures = Packet::Subscribe(Subscribe::new(PacketId::MIN, "$SYS/#", QoS::AtMostOnce));
    all.say(old, &[everything(QoS::AtMostOnce), figures]);
    all.engine.tick(Time::from_secs(10));
    all.engine
        .publish(Time::ZERO, Injected::text("a/b", "hi"))
        .unwrap();
    all.listen();
    all.engine.closed(Time::ZERO, old, "cut off");
    all.listen();

    // The ends: authentication, takeover, a rule that is broken, a refusal.
    let mut dancer = Connect::new(Version::V5, "dancer");
    dancer.properties.authentication_method = Some("dance");
    let dancer = all.connect(dancer);
    all.say(dancer, &[dance(ReasonCode::REAUTHENTICATE)]);
    all.connect(Connect::new(Version::V5, "plain"));
    let unsubscribe = Unsubscribe {
        packet_id: PacketId::MIN,
        user: UserProperties::default(),
        filters: vec!["#"],
    };
    all.say(small, &[Packet::Unsubscribe(unsubscribe)]);
    all.say(
        small,
        &[Packet::Connect(Box::new(Connect::new(Version::V5, "again")))],
    );
    all.connect(Connect::new(Version::V31, ""));
    all.engine.stop(Time::ZERO);
    all.listen();

    assert_eq!(
        all.types,
        BTreeSet::from(FROM_A_SERVER),
        "every kind of packet was sent"
    );
    let (outlet, stats) = (&all.engine.outlet, all.engine.stats());
    assert_eq!(outlet.passed_bytes, all.bytes, "taken by sockets");
    assert_eq!(stats.bytes_sent, all.bytes as u64);
    assert_eq!(
        (stats.packets_sent, stats.publish_sent),
        (all.packets, all.publishes)
    );
    let mut recorded = (0, 0);
    for entry in all.engine.journal().since(Mark::START).entries {
        if let (Some(Direction::Out), Record::Packet { bytes, .. }) = (entry.direction(), &entry.record) {
            recorded = (recorded.0 + 1, recorded.1 + bytes.len());
        }
    }
    assert_eq!(
        recorded,
        (all.packets, all.bytes),
        "packets and bytes in the journal"
    );
}
