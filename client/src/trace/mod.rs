//! `--trace`: every packet of the exchange, and what it means, for people who learn the protocol.
//!
//! ```text
//!  0.000  →  CONNECT     MQTT 3.1.1, client "publisher-1", clean session, keep alive 60 s
//!                        Hello. …
//! ```

mod meaning;
mod reasons;

use std::fmt::Write as _;
use std::time::Instant;

use crate::codec::{Delivery, Incoming, Sent};
use crate::connection::Crossing;
use crate::output::{Paint, Screen, describe_properties, named, shown_payload};
use crate::packet::{Publish, QoS};
use crate::plan::Connection;
use crate::reason::{connack_words, reason_words};
use meaning::Exchange;

/// Where the details begin: time, arrow, name of the packet.
const MARGIN: usize = 26;
/// Characters of a payload that are shown.
const MOST_PAYLOAD: usize = 40;

/// Tells the exchange packet by packet.
#[derive(Debug)]
pub struct Tracer {
    screen: Screen,
    start: Instant,
    exchange: Exchange,
}

impl Tracer {
    /// For `screen`; the clock starts now.
    #[must_use]
    pub fn new(screen: Screen, plan: &Connection) -> Self {
        Self {
            screen,
            start: Instant::now(),
            exchange: Exchange::new(plan),
        }
    }

    /// The packet and its meaning, with line feeds.
    pub fn tell(&mut self, crossing: Crossing<'_>) -> String {
        let (outgoing, name) = match crossing {
            Crossing::Sent(packet) => (true, sent_name(packet)),
            Crossing::Received(packet) => (false, received_name(packet)),
        };
        let (details, meaning) = (self.exchange.details(crossing), self.exchange.meaning(crossing));
        let screen = &self.screen;
        let (arrow, paint) = if outgoing {
            ("→", Paint::Outgoing)
        } else if meaning.bad {
            ("←", Paint::Bad)
        } else {
            ("←", Paint::Incoming)
        };
        let room = screen.width.saturating_sub(MARGIN).max(30);
        let mut details = wrapped(&details, room).into_iter();
        let name = match details.len() {
            0 => name.to_owned(),
            _ => format!("{name:<11}  "),
        };
        let mut out = format!(
            "{}  {}  {}{}\n",
            screen.paint(Paint::Dim, format!("{:8.3}", self.start.elapsed().as_secs_f64())),
            screen.paint(paint, arrow),
            screen.paint(paint, name),
            details.next().unwrap_or_default(),
        );
        for line in details {
            writeln!(out, "{:MARGIN$}{line}", "").ok();
        }
        let paint = if meaning.bad { Paint::Bad } else { Paint::Dim };
        for line in wrapped(&meaning.text, room) {
            writeln!(out, "{:MARGIN$}{}", "", screen.paint(paint, line)).ok();
        }
        out
    }
}

fn sent_name(packet: Sent<'_>) -> &'static str {
    match packet {
        Sent::Connect(_) => "CONNECT",
        Sent::Publish(_) => "PUBLISH",
        Sent::PubAck(_) => "PUBACK",
        Sent::PubRec(_) => "PUBREC",
        Sent::PubRel(_) => "PUBREL",
        Sent::PubComp(_) => "PUBCOMP",
        Sent::Subscribe(_) => "SUBSCRIBE",
        Sent::Unsubscribe(_) => "UNSUBSCRIBE",
        Sent::PingReq => "PINGREQ",
        Sent::Disconnect(..) => "DISCONNECT",
    }
}

fn received_name(packet: &Incoming) -> &'static str {
    match packet {
        Incoming::ConnAck { .. } => "CONNACK",
        Incoming::Publish(_) => "PUBLISH",
        Incoming::PubAck(_) => "PUBACK",
        Incoming::PubRec(_) => "PUBREC",
        Incoming::PubRel(_) => "PUBREL",
        Incoming::PubComp(_) => "PUBCOMP",
        Incoming::SubAck(..) => "SUBACK",
        Incoming::UnsubAck(..) => "UNSUBACK",
        Incoming::PingResp => "PINGRESP",
        Incoming::Disconnect(..) => "DISCONNECT",
    }
}

/// What is in a PUBLISH: topic, flags, identifier, the beginning of the payload, properties.
fn publish_details(publish: &Publish) -> String {
    let mut out = if publish.topic.is_empty() {
        "(topic by its alias)".to_owned()
    } else {
        format!("'{}'", named(&String::from_utf8_lossy(&publish.topic)))
    };
    write!(out, ", QoS {}", publish.qos as u8).ok();
    if publish.qos != QoS::AtMostOnce {
        write!(out, ", id {}", publish.pkid).ok();
    }
    for (set, name) in [(publish.retain, ", retain"), (publish.dup, ", dup")] {
        out.push_str(if set { name } else { "" });
    }
    let length = publish.payload.len();
    write!(out, ", {length} {}", if length == 1 { "byte" } else { "bytes" }).ok();
    if length > 0 {
        write!(out, ": {}", shown_payload(&publish.payload, MOST_PAYLOAD)).ok();
    }
    if let Some(properties) = &publish.properties {
        let properties = describe_properties(properties);
        if !properties.is_empty() {
            write!(out, "  [{properties}]").ok();
        }
        if let Some(alias) = publish.properties.as_ref().and_then(|all| all.topic_alias) {
            write!(out, "  [topic alias: {alias}]").ok();
        }
    }
    out
}

/// A code of DISCONNECT, where 0 has a name of its own.
fn end_details(code: u8, reason: Option<&String>) -> String {
    if code == 0 {
        return "Normal disconnection (0x00)".to_owned();
    }
    code_details(code, reason)
}

fn code_details(code: u8, reason: Option<&String>) -> String {
    let reason = reason
        .map(|text| format!(" \"{}\"", named(text)))
        .unwrap_or_default();
    format!("{} (0x{code:02X}){reason}", reason_words(code))
}

impl Exchange {
    fn details(&self, crossing: Crossing<'_>) -> String {
        match crossing {
            Crossing::Sent(Sent::Connect(plan)) => connect_details(plan),
            Crossing::Sent(Sent::Publish(publish))
            | Crossing::Received(Incoming::Publish(Delivery { publish, .. })) => publish_details(publish),
            Crossing::Sent(Sent::PubAck(id) | Sent::PubRec(id) | Sent::PubRel(id) | Sent::PubComp(id)) => {
                format!("id {id}")
            }
            Crossing::Sent(Sent::Subscribe(subscribe)) => {
                let filters = subscribe.filters.iter();
                let filters: Vec<_> = filters
                    .map(|filter| format!("'{}' QoS {}", named(&filter.path), filter.qos as u8))
                    .collect();
                format!("id {}, {}", subscribe.pkid, filters.join(", "))
            }
            Crossing::Sent(Sent::Unsubscribe(unsubscribe)) => {
                format!(
                    "id {}, '{}'",
                    unsubscribe.pkid,
                    named(&unsubscribe.filters.join("', '"))
                )
            }
            Crossing::Sent(Sent::Disconnect(code, _)) if self.has_codes() => end_details(code as u8, None),
            Crossing::Sent(Sent::PingReq | Sent::Disconnect(..)) | Crossing::Received(Incoming::PingResp) => {
                String::new()
            }
            Crossing::Received(Incoming::ConnAck {
                session_present,
                code,
                properties,
            }) => {
                let words = connack_words(self.version(), *code);
                let words = if *code == 0 {
                    "accepted"
                } else {
                    words.trim_end_matches('.')
                };
                let session = if *session_present { "present" } else { "new" };
                let reason = properties.as_ref().and_then(|all| all.reason_string.as_ref());
                let reason = reason
                    .map(|text| format!(" \"{}\"", named(text)))
                    .unwrap_or_default();
                if *code == 0 {
                    format!("{words} (0x00), session {session}{reason}")
                } else {
                    format!("{words} (0x{code:02X}){reason}")
                }
            }
            Crossing::Received(
                Incoming::PubAck(ack)
                | Incoming::PubRec(ack)
                | Incoming::PubRel(ack)
                | Incoming::PubComp(ack),
            ) => {
                if self.has_codes() {
                    format!("id {}, {}", ack.id, code_details(ack.code, ack.reason.as_ref()))
                } else {
                    format!("id {}", ack.id)
                }
            }
            Crossing::Received(Incoming::SubAck(id, codes, reason)) => {
                let codes: Vec<_> = codes.iter().map(|code| granted(*code)).collect();
                let reason = reason.as_ref().map(|text| format!(" \"{}\"", named(text)));
                format!("id {id}, {}{}", codes.join(", "), reason.unwrap_or_default())
            }
            Crossing::Received(Incoming::UnsubAck(id, codes)) => {
                let codes: Vec<_> = codes.iter().map(|code| code_details(*code, None)).collect();
                let comma = if codes.is_empty() { "" } else { ", " };
                format!("id {id}{comma}{}", codes.join(", "))
            }
            Crossing::Received(Incoming::Disconnect(code, reason)) => end_details(*code, reason.as_ref()),
        }
    }
}

fn granted(code: u8) -> String {
    match code {
        0..=2 => format!("granted QoS {code}"),
        _ => format!("refused: {}", code_details(code, None)),
    }
}

fn connect_details(plan: &Connection) -> String {
    let mut out = format!("MQTT {}", plan.version);
    if plan.client_id.is_empty() {
        out.push_str(", no client identifier");
    } else {
        write!(out, ", client '{}'", named(&plan.client_id)).ok();
    }
    out.push_str(if plan.clean {
        ", clean session"
    } else {
        ", session kept"
    });
    write!(out, ", keep alive {} s", plan.keep_alive_secs).ok();
    if let Some(login) = &plan.credentials {
        write!(out, ", user '{}'", named(&login.username)).ok();
        out.push_str(if login.password.is_empty() {
            ""
        } else {
            " with a password"
        });
    }
    if let Some(will) = &plan.will {
        write!(
            out,
            ", will to '{}'",
            named(&String::from_utf8_lossy(&will.topic))
        )
        .ok();
    }
    if let Some(seconds) = plan.properties.session_expiry_interval {
        let expiry = if seconds == u32::MAX {
            "never".to_owned()
        } else {
            format!("after {seconds} s")
        };
        write!(out, ", session expires {expiry}").ok();
    }
    out
}

/// `text` in lines of at most `width` characters, broken between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
