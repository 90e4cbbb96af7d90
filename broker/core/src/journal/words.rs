//! Packets and events in a few words, for diagrams. Nothing secret is among them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use settings::text::{Quoted, cut};

use super::{Direction, Entry, Record, Side};
use crate::session::ConnId;
use crate::wire::{Ack, Connect, Foreign, Packet, PacketType, Publish, QoS, ReasonCode};

/// How much of a payload is shown.
const PAYLOAD_CHARS: usize = 24;
/// How much of another string is shown.
pub(super) const STRING_CHARS: usize = 60;

/// The packet of an entry: its name and what matters most in it. Empty for an event.
pub(super) fn packet(entry: &Entry) -> String {
    let Record::Packet { bytes, .. } = &entry.record else {
        return String::new();
    };
    match entry.packet() {
        Some(Ok(packet)) => brief(&packet, entry),
        Some(Err(error)) => match (foreign(entry), entry.packet_type()) {
            (Some(foreign), _) => format!("{}, {} bytes: no packet", foreign.name(), bytes.len()),
            (None, Some(packet_type)) => format!("{packet_type} malformed: {}", error.what),
            (None, None) => format!("{} bytes that are no packet", bytes.len()),
        },
        None => String::new(),
    }
}

/// The foreign protocol of these bytes, where they are the first bytes of their connection.
pub fn foreign(entry: &Entry) -> Option<Foreign> {
    match &entry.record {
        Record::Packet {
            direction: Direction::In,
            bytes,
            ..
        } if entry.client_id.is_empty() => Foreign::of(bytes),
        _ => None,
    }
}

fn brief(packet: &Packet<'_>, entry: &Entry) -> String {
    let mut text = packet.packet_type().name().to_owned();
    // Writing to a String cannot fail, here and below.
    let _ = match packet {
        Packet::Connect(connect) => {
            connect_words(&mut text, connect);
            Ok(())
        }
        Packet::ConnAck(connack) => {
            let present = if connack.session_present {
                ", session present"
            } else {
                ""
            };
            // What is on the wire: 3.x has codes of its own.
            match connack
                .reason
                .connack_3x()
                .filter(|code| *code > 0 && !entry.version.is_v5())
            {
                Some(code) => write!(text, " 0x{code:02X} {}{present}", connack.reason.name()),
                None => write!(text, " {}{present}", named(connack.reason)),
            }
        }
        Packet::Publish(publish) => {
            publish_words(&mut text, publish, entry);
            Ok(())
        }
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            ack_words(&mut text, ack);
            Ok(())
        }
        Packet::Subscribe(subscribe) => {
            let filters: Vec<String> = subscribe
                .filters
                .iter()
                .map(|asked| format!("{} QoS {}", cut(asked.filter, STRING_CHARS), asked.options.qos))
                .collect();
            write!(text, " #{} {}", subscribe.packet_id, filters.join(", "))
        }
        Packet::SubAck(suback) => {
            let granted: Vec<String> = suback
                .reasons
                .iter()
                .map(|reason| match reason.0 {
                    qos @ 0..=2 => format!("QoS {qos}"),
                    _ => named(*reason),
                })
                .collect();
            write!(text, " #{} {}", suback.packet_id, granted.join(", "))
        }
        Packet::Unsubscribe(unsubscribe) => {
            let filters: Vec<String> = unsubscribe
                .filters
                .iter()
                .map(|filter| cut(filter, STRING_CHARS))
                .collect();
            write!(text, " #{} {}", unsubscribe.packet_id, filters.join(", "))
        }
        Packet::UnsubAck(unsuback) => {
            let _ = write!(text, " #{}", unsuback.packet_id);
            let bad = unsuback
                .reasons
                .iter()
                .filter(|reason| **reason != ReasonCode::SUCCESS);
            bad.clone()
                .try_for_each(|reason| write!(text, " {}", named(*reason)))
        }
        Packet::PingReq | Packet::PingResp => Ok(()),
        Packet::Disconnect(disconnect) if disconnect.reason == ReasonCode::SUCCESS => Ok(()),
        Packet::Disconnect(disconnect) => write!(text, " {}", named(disconnect.reason)),
        Packet::Auth(auth) => write!(text, " {}", named(auth.reason)),
    };
    text
}

fn connect_words(text: &mut String, connect: &Connect<'_>) {
    let _ = write!(text, " {}", connect.version);
    if connect.clean_start {
        let clean = if connect.version.is_v5() {
            "start"
        } else {
            "session"
        };
        let _ = write!(text, ", clean {clean}");
    }
    if connect.keep_alive_secs > 0 {
        let _ = write!(text, ", keep alive {} s", connect.keep_alive_secs);
    }
    match connect.properties.session_expiry_secs {
        None | Some(0) => {}
        Some(u32::MAX) => *text += ", session never expires",
        Some(secs) => {
            let _ = write!(text, ", session {secs} s");
        }
    }
    if let Some(name) = connect.username {
        let _ = write!(text, ", user {}", cut(name, STRING_CHARS));
    }
    if let Some(will) = &connect.will {
        let _ = write!(text, ", will on {}", cut(will.topic, STRING_CHARS));
    }
}

fn publish_words(text: &mut String, publish: &Publish<'_>, entry: &Entry) {
    if publish.qos != QoS::AtMostOnce {
        let _ = write!(text, " QoS {}", publish.qos);
    }
    if let Some(id) = publish.packet_id {
        let _ = write!(text, " #{id}");
    }
    if publish.dup {
        *text += " dup";
    }
    if publish.retain {
        *text += " retain";
    }
    let shown = match entry.omitted() {
        None => payload(publish.payload),
        Some(omitted) => omitted.to_string(),
    };
    let topic = entry.topic().unwrap_or_default();
    let _ = write!(text, " {} {shown}", cut(topic, STRING_CHARS));
}

fn ack_words(text: &mut String, ack: &Ack<'_>) {
    let _ = write!(text, " #{}", ack.packet_id);
    if ack.reason != ReasonCode::SUCCESS {
        let _ = write!(text, " {}", named(ack.reason));
    }
}

fn named(reason: ReasonCode) -> String {
    if reason == ReasonCode::SUCCESS {
        "success".to_owned()
    } else {
        reason.to_string()
    }
}

/// The connections whose CONNECT had a will. Where the CONNECT is not among the entries, nothing is said of a will.
#[derive(Debug, Default)]
pub(super) struct Wills(BTreeSet<u32>);

impl Wills {
    pub fn among(entries: &[Entry]) -> Self {
        let with_will = |entry: &&Entry| match entry.packet_type() {
            Some(PacketType::Connect) => {
                matches!(entry.packet(), Some(Ok(Packet::Connect(connect))) if connect.will.is_some())
            }
            _ => false,
        };
        let conns = entries.iter().filter(with_will).filter_map(|entry| entry.conn);
        Self(conns.map(ConnId::number).collect())
    }

    fn are_of(&self, entry: &Entry) -> bool {
        entry.conn.is_some_and(|conn| self.0.contains(&conn.number()))
    }
}

/// What a packet means in its exchange, and what was decided about it, for people who learn.
pub(super) fn meaning(entry: &Entry, wills: &Wills) -> String {
    let Record::Packet {
        direction,
        side,
        decisions,
        ..
    } = &entry.record
    else {
        return String::new();
    };
    let Some(Ok(packet)) = entry.packet() else {
        return String::new();
    };
    if *side == Side::Client {
        return "the rule below deals with it".to_owned();
    }
    if let (Packet::Publish(_), Direction::In) = (&packet, direction) {
        if decisions.is_empty() {
            return "for nobody: no subscription matches".to_owned();
        }
        let decisions: Vec<String> = decisions.iter().map(ToString::to_string).collect();
        return decisions.join("; ");
    }
    let text = match (&packet, direction) {
        (Packet::PubAck(ack), _) if ack.reason.is_error() => "not taken",
        (Packet::PubRec(ack), _) if ack.reason.is_error() => "not taken",
        (Packet::PubAck(_), _) => "taken: QoS 1 ends",
        (Packet::PubRec(_), _) => "taken: now PUBREL",
        (Packet::PubRel(_), _) => "the identifier is free: now PUBCOMP",
        (Packet::PubComp(_), _) => "QoS 2 ends",
        (Packet::Publish(publish), _) if publish.dup => "sent again",
        (Packet::ConnAck(connack), _) if connack.reason.is_error() => "turned away",
        (Packet::Disconnect(disconnect), Direction::In) => {
            match (wills.are_of(entry), disconnect.reason) {
                (true, ReasonCode::SUCCESS) => "goodbye: its will is thrown away", // MQTT5-3.14.4-3
                (true, ReasonCode::DISCONNECT_WITH_WILL) => "goodbye: its will is published",
                (_, ReasonCode::SUCCESS | ReasonCode::DISCONNECT_WITH_WILL) => "goodbye",
                _ => "",
            }
        }
        _ => "",
    };
    text.to_owned()
}

/// A payload: text in quotes where it is text, else how long it is.
fn payload(bytes: &[u8]) -> String {
    let printable = |text: &&str| !text.chars().any(char::is_control);
    match std::str::from_utf8(bytes).ok().filter(printable) {
        Some(text) => Quoted(text, PAYLOAD_CHARS).to_string(),
        None => format!("({} bytes)", bytes.len()),
    }
}
