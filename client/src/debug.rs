//! The lines of `-d`, in the words of mosquitto's clients.

use crate::codec::{Incoming, Sent};
use crate::connection::Crossing;
use crate::packet::{Publish, RetainForwardRule};
use crate::plan::Version;

/// One line for a packet that crossed the wire, or several for a SUBSCRIBE with several filters.
#[must_use]
pub fn debug_line(version: Version, client_id: &str, crossing: Crossing<'_>) -> String {
    let id = if client_id.is_empty() { "(null)" } else { client_id };
    let what = match crossing {
        Crossing::Sent(packet) => {
            return lines(version, packet)
                .into_iter()
                .map(|what| format!("Client {id} sending {what}"))
                .collect::<Vec<_>>()
                .join("\n");
        }
        Crossing::Received(Incoming::ConnAck { code, .. }) => format!("CONNACK ({code})"),
        Crossing::Received(Incoming::Publish(delivery)) => format!("PUBLISH {}", describe(&delivery.publish)),
        Crossing::Received(Incoming::PubAck(ack)) => format!("PUBACK (Mid: {}, RC:{})", ack.id, ack.code),
        Crossing::Received(Incoming::PubRec(ack)) => format!("PUBREC (Mid: {})", ack.id),
        Crossing::Received(Incoming::PubRel(ack)) => format!("PUBREL (Mid: {})", ack.id),
        Crossing::Received(Incoming::PubComp(ack)) => format!("PUBCOMP (Mid: {}, RC:{})", ack.id, ack.code),
        Crossing::Received(Incoming::SubAck(..)) => "SUBACK".to_owned(),
        Crossing::Received(Incoming::UnsubAck(..)) => "UNSUBACK".to_owned(),
        Crossing::Received(Incoming::PingResp) => "PINGRESP".to_owned(),
        Crossing::Received(Incoming::Disconnect(code, _)) => format!("DISCONNECT ({code})"),
    };
    format!("Client {id} received {what}")
}

fn lines(version: Version, packet: Sent<'_>) -> Vec<String> {
    let one = match packet {
        Sent::Connect(_) => "CONNECT".to_owned(),
        Sent::Publish(publish) => format!("PUBLISH {}", describe(publish)),
        Sent::PubAck(id) => format!("PUBACK (m{id}, rc0)"),
        Sent::PubRec(id) => format!("PUBREC (m{id}, rc0)"),
        Sent::PubRel(id) => format!("PUBREL (m{id})"),
        Sent::PubComp(id) => format!("PUBCOMP (m{id})"),
        Sent::Subscribe(subscribe) => {
            return subscribe
                .filters
                .iter()
                .map(|filter| {
                    // Without the QoS, which has its own place in the line.
                    let mut options = 0;
                    if version == Version::V5 {
                        options |= u8::from(filter.nolocal) << 2 | u8::from(filter.preserve_retain) << 3;
                        options |= match filter.retain_forward_rule {
                            RetainForwardRule::OnEverySubscribe => 0x00,
                            RetainForwardRule::OnNewSubscribe => 0x10,
                            RetainForwardRule::Never => 0x20,
                        };
                    }
                    let (id, topic, qos) = (subscribe.pkid, &filter.path, filter.qos as u8);
                    format!("SUBSCRIBE (Mid: {id}, Topic: {topic}, QoS: {qos}, Options: 0x{options:02x})")
                })
                .collect();
        }
        Sent::Unsubscribe(unsubscribe) => {
            let line = |filter| format!("UNSUBSCRIBE (Mid: {}, Topic: {filter})", unsubscribe.pkid);
            return unsubscribe.filters.iter().map(line).collect();
        }
        Sent::PingReq => "PINGREQ".to_owned(),
        Sent::Disconnect(..) => "DISCONNECT".to_owned(),
    };
    vec![one]
}

fn describe(publish: &Publish) -> String {
    format!(
        "(d{}, q{}, r{}, m{}, '{}', ... ({} bytes))",
        u8::from(publish.dup),
        publish.qos as u8,
        u8::from(publish.retain),
        publish.pkid,
        String::from_utf8_lossy(&publish.topic),
        publish.payload.len()
    )
}
