//! Any bytes as a script of what happens to an engine: what the fuzz target `engine` runs.
//!
//! The first byte chooses the settings. Then each step is an operation byte and its arguments; a missing argument
//! counts as 0. Half of the operations send whole packets that fit together (few clients, topics and identifiers), so
//! that a fuzzer reaches sessions and handshakes at once; others send raw or damaged bytes.

use std::time::Duration;

use broker_core::wire::{
    Ack, Auth, AuthProperties, Connect, ConnectProperties, Disconnect, DisconnectProperties, FilterRequest,
    Packet, PacketId, Publish, PublishProperties, QoS, ReasonCode, ReasonProperties, RetainHandling,
    Subscribe, SubscriptionOptions, Unsubscribe, Version, Will, WillProperties,
};

use super::bench::Bench;

const TOPICS: [&str; 6] = ["a", "a/b", "b", "$SYS/a", "/", "a/b/c"];
const FILTERS: [&str; 8] = [
    "a",
    "a/#",
    "+",
    "#",
    "$share/g/a/#",
    "$share/g/#",
    "$SYS/#",
    "a/+",
];
const CLIENTS: [&str; 4] = ["one", "two", "three", ""];

/// Takes arguments out of the script.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn one(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn some(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// Runs `script` and checks everything that must hold on the way.
pub fn run(script: &[u8]) {
    let mut bytes = Bytes(script);
    let mut bench = Bench::new(bytes.one());
    let mut versions = [Version::V5; 256];
    bench.open();
    while !bytes.0.is_empty() {
        let op = bytes.one();
        let which = usize::from(op >> 4);
        match op & 0x0F {
            0 => bench.open(),
            1 => bench.close(which),
            2 => {
                let count = usize::from(bytes.one());
                bench.receive(which, bytes.some(count));
            }
            3 | 4 => bench.write(which, 1 + usize::from(bytes.one()) * 16),
            5 => bench.pass(Duration::from_millis(u64::from(bytes.one()) * 400)),
            6 => bench.pass_to_next(),
            7 => {
                let (packet, at, mask) = (packet(&mut bytes, &mut versions[which]), bytes.one(), bytes.one());
                let mut packet = packet;
                let at = usize::from(at) % packet.len().max(1);
                if let Some(byte) = packet.get_mut(at) {
                    *byte ^= mask;
                }
                bench.receive(which, &packet);
            }
            _ => {
                let packet = packet(&mut bytes, &mut versions[which]);
                bench.receive(which, &packet);
            }
        }
    }
    bench.finish();
}

/// A packet that a client may send.
fn packet(bytes: &mut Bytes<'_>, version: &mut Version) -> Vec<u8> {
    let (kind, flags, choice) = (bytes.one(), bytes.one(), bytes.one());
    let has = |bit: u8| flags >> bit & 1 == 1;
    let qos = QoS::from_bits(flags & 3).unwrap_or_default();
    let number = PacketId::new(u16::from(choice >> 4) + 1).unwrap_or(PacketId::MIN);
    let topic = TOPICS[usize::from(choice) % TOPICS.len()];
    let ack = || Ack {
        packet_id: number,
        reason: if has(7) {
            ReasonCode::UNSPECIFIED_ERROR
        } else {
            ReasonCode::SUCCESS
        },
        properties: ReasonProperties::default(),
    };
    let filter = FILTERS[usize::from(choice & 7)];
    let packet = match kind % 14 {
        0 | 1 => {
            *version = [Version::V5, Version::V311, Version::V31, Version::V5][usize::from(choice >> 6)];
            let v5 = version.is_v5();
            let limit = |bit, value| (v5 && has(bit)).then_some(value);
            let will = has(3).then(|| Will {
                topic: TOPICS[usize::from(choice >> 2 & 3)],
                payload: b"will",
                qos,
                retain: has(4),
                properties: WillProperties {
                    delay_secs: limit(5, 3),
                    ..WillProperties::default()
                },
            });
            Packet::Connect(Box::new(Connect {
                version: *version,
                bridge: false,
                clean_start: has(2),
                keep_alive_secs: u16::from(choice >> 4 & 3) * 5,
                client_id: CLIENTS[usize::from(choice & 3)],
                will,
                username: None,
                password: None,
                properties: ConnectProperties {
                    session_expiry_secs: limit(6, u32::from(choice)),
                    receive_maximum: limit(7, 2).map(|most| most as u16),
                    maximum_packet_size: limit(4, 60),
                    topic_alias_maximum: limit(5, 1).map(|most| most as u16),
                    authentication_method: (v5 && choice == 0xC7).then_some("SCRAM-SHA-256"),
                    authentication_data: (v5 && choice == 0xC7).then_some(b"n,,n=user,r=nonce"),
                    ..ConnectProperties::default()
                },
            }))
        }
        2..5 => {
            let v5 = version.is_v5();
            Packet::Publish(Publish {
                dup: has(2) && qos != QoS::AtMostOnce,
                qos,
                retain: has(3),
                topic: if v5 && has(4) && has(5) { "" } else { topic },
                packet_id: Some(number).filter(|_| qos != QoS::AtMostOnce),
                properties: PublishProperties {
                    message_expiry_secs: (v5 && has(6)).then_some(2),
                    topic_alias: (v5 && has(4)).then_some(1),
                    payload_format: (v5 && has(7)).then_some(true),
                    ..PublishProperties::default()
                },
                payload: bytes.some(usize::from(choice >> 5)),
            })
        }
        5 | 6 => Packet::Subscribe(Subscribe {
            packet_id: number,
            subscription_id: (version.is_v5() && has(2)).then_some(7),
            user: Vec::new(),
            filters: vec![FilterRequest {
                filter,
                options: SubscriptionOptions {
                    qos,
                    no_local: version.is_v5() && has(3) && has(4),
                    retain_as_published: version.is_v5() && has(5),
                    retain_handling: if version.is_v5() && has(6) {
                        RetainHandling::IfNew
                    } else {
                        RetainHandling::Always
                    },
                },
            }],
        }),
        7 => Packet::Unsubscribe(Unsubscribe {
            packet_id: number,
            user: Vec::new(),
            filters: vec![filter],
        }),
        8 => Packet::PubAck(ack()),
        9 => Packet::PubRec(ack()),
        10 => Packet::PubRel(Ack {
            reason: ReasonCode::SUCCESS,
            ..ack()
        }),
        11 => Packet::PubComp(Ack {
            reason: ReasonCode::SUCCESS,
            ..ack()
        }),
        12 if has(0) && version.is_v5() => Packet::Auth(Auth {
            reason: if has(1) {
                ReasonCode::REAUTHENTICATE
            } else {
                ReasonCode::CONTINUE_AUTHENTICATION
            },
            properties: AuthProperties::default(),
        }),
        12 => Packet::PingReq,
        _ => Packet::Disconnect(Disconnect {
            reason: if has(0) && version.is_v5() {
                ReasonCode::DISCONNECT_WITH_WILL
            } else {
                ReasonCode::SUCCESS
            },
            properties: DisconnectProperties {
                session_expiry_secs: (version.is_v5() && has(1)).then_some(u32::from(choice)),
                ..DisconnectProperties::default()
            },
        }),
    };
    let mut out = Vec::new();
    packet.encode(*version, &mut out);
    out
}
