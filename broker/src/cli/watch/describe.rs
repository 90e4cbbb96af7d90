//! The short text of a row, made once when its entry comes. What a peer chose is escaped and cut.

use settings::text::{Quoted, cut, escaped};

use crate::journal::{Entry, Event, Record};
use crate::wire::{Packet, ReasonCode};

/// What stands behind the type of a packet, and behind its topic.
pub(super) fn packet(entry: &Entry, packet: Option<&Packet<'_>>, columns: usize) -> String {
    let text = match packet {
        None => match entry.packet() {
            Some(Err(error)) => error.what.to_owned(),
            _ => String::new(),
        },
        Some(Packet::Connect(connect)) => {
            let mut text = format!("MQTT {}", connect.version);
            text += match (connect.clean_start, connect.version.is_v5()) {
                (true, true) => ", clean start",
                (true, false) => ", clean session",
                (false, _) => ", keeps its session",
            };
            if connect.will.is_some() {
                text += ", with a will";
            }
            if let Some(user) = connect.username {
                text += ", as ";
                text += &cut(user, 40);
            }
            text
        }
        Some(Packet::ConnAck(connack)) if connack.reason.is_error() => connack.reason.to_string(),
        Some(Packet::ConnAck(connack)) if connack.session_present => "session present".to_owned(),
        Some(Packet::ConnAck(_)) => "new session".to_owned(),
        Some(Packet::Publish(publish)) => payload(entry, publish.payload, columns),
        Some(Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack)) => {
            format!("#{}{}", ack.packet_id, unless_success(ack.reason))
        }
        Some(Packet::Subscribe(asked)) => {
            let filters = asked.filters.iter().take(8);
            let filters: Vec<String> = filters.map(|one| cut(one.filter, columns)).collect();
            filters.join(", ")
        }
        Some(Packet::Unsubscribe(asked)) => {
            let filters: Vec<String> = asked
                .filters
                .iter()
                .take(8)
                .map(|one| cut(one, columns))
                .collect();
            filters.join(", ")
        }
        Some(Packet::SubAck(suback)) => {
            if let Some(refused) = suback.reasons.iter().find(|reason| reason.is_error()) {
                format!("refused: {refused}")
            } else {
                let granted = suback.reasons.iter().take(8);
                let granted: Vec<String> = granted.map(|reason| reason.0.to_string()).collect();
                format!("granted QoS {}", granted.join(", "))
            }
        }
        Some(Packet::UnsubAck(unsuback)) => {
            let refused = unsuback.reasons.iter().find(|reason| reason.is_error());
            refused.map_or_else(String::new, ToString::to_string)
        }
        Some(Packet::PingReq | Packet::PingResp) => String::new(),
        Some(Packet::Disconnect(disconnect)) if disconnect.reason == ReasonCode::SUCCESS => {
            "goodbye".to_owned()
        }
        Some(Packet::Disconnect(disconnect)) => disconnect.reason.to_string(),
        Some(Packet::Auth(auth)) => auth.reason.to_string(),
    };
    cut_escaped(&text, columns)
}

/// A payload in a line: text where it is text, else how long it is.
pub(super) fn payload(entry: &Entry, bytes: &[u8], columns: usize) -> String {
    if let Record::Packet {
        omitted: Some(omitted),
        ..
    } = &entry.record
    {
        return omitted.to_string();
    }
    self::bytes(bytes, columns)
}

/// The same of any payload.
pub(super) fn bytes(bytes: &[u8], columns: usize) -> String {
    if bytes.is_empty() {
        return "(empty)".to_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Quoted(text, columns).to_string(),
        Err(_) => format!("({} bytes)", bytes.len()),
    }
}

/// What stands behind the word of an event.
pub(super) fn event(event: &Event, columns: usize) -> String {
    let name = |name: &str| cut(name, 60);
    let text = match event {
        Event::WillPublished { .. } => "published, for its client left without DISCONNECT".to_owned(),
        Event::Dropped { why, .. } => why.word().replace('_', " "),
        Event::SessionEnded { expired: true, .. } => "its session has expired".to_owned(),
        Event::SessionEnded { .. } => "its session was thrown away, and what waited for it".to_owned(),
        Event::Disconnected { cause, .. } => cause.to_string(),
        other => other.brief(&name).detail,
    };
    cut_escaped(&text, columns)
}

/// Some of it is escaped already, which changes nothing.
fn cut_escaped(text: &str, columns: usize) -> String {
    cut(&escaped(text), columns)
}

fn unless_success(reason: ReasonCode) -> String {
    if reason == ReasonCode::SUCCESS {
        String::new()
    } else {
        format!(" {reason}")
    }
}

/// Why a connection ended, in the word of its row, and whether that is trouble.
pub(super) fn ended(cause: &str) -> (String, bool) {
    let (word, is_trouble) = match cause {
        "client_disconnect" | "ended" => ("LEFT", false),
        "administrative" => ("CUT OFF", false),
        "shutting_down" => ("STOPPED", false),
        "taken_over" => ("TAKEN OVER", true),
        "connection_lost" => ("LOST", true),
        "keep_alive_timeout" => ("TIMED OUT", true),
        "malformed_packet" => ("MALFORMED", true),
        "protocol_violation" => ("VIOLATION", true),
        other => return (other.replace('_', " ").to_uppercase(), true),
    };
    (word.to_owned(), is_trouble)
}
