//! Bytes ⇄ packets with rumqttc's two codecs. One type serves all versions, since version 5's packets can hold what
//! version 3 says, too.

use bytes::{Buf, Bytes, BytesMut};
use rumqttc::mqttbytes as v3;
use rumqttc::mqttbytes::v4;
use rumqttc::v5::mqttbytes::{QoS, v5 as p5};

use crate::error::ClientError;
use crate::plain;
use crate::plan::{Connection, Version};
use crate::topic::LONGEST_STRING;

/// The largest packet the wire can describe, bytes. rumqttc's default limit is 10 kB.
const LARGEST_PACKET: usize = 268_435_455 + 5;

/// A packet on its way to the broker.
#[derive(Debug, Clone, Copy)]
pub enum Sent<'a> {
    /// CONNECT, as the plan describes it.
    Connect(&'a Connection),
    /// PUBLISH.
    Publish(&'a p5::Publish),
    /// PUBACK for this packet identifier.
    PubAck(u16),
    /// PUBREC for this packet identifier.
    PubRec(u16),
    /// PUBREL for this packet identifier.
    PubRel(u16),
    /// PUBCOMP for this packet identifier.
    PubComp(u16),
    /// SUBSCRIBE.
    Subscribe(&'a p5::Subscribe),
    /// UNSUBSCRIBE.
    Unsubscribe(&'a p5::Unsubscribe),
    /// PINGREQ.
    PingReq,
    /// DISCONNECT with its reason code and properties (both version 5 only).
    Disconnect(p5::DisconnectReasonCode, Option<&'a p5::DisconnectProperties>),
}

/// A PUBLISH from the broker.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The packet.
    pub publish: p5::Publish,
    /// Its properties' identifiers, in the order of the wire, which rumqttc's type does not keep.
    pub property_order: Vec<u8>,
}

/// What an acknowledgement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// Packet identifier.
    pub id: u16,
    /// Reason code; 0 before version 5.
    pub code: u8,
    /// The broker's own words.
    pub reason: Option<String>,
}

/// A packet from the broker.
#[derive(Debug, Clone)]
pub enum Incoming {
    /// CONNACK.
    ConnAck {
        /// The broker has a session of this client.
        session_present: bool,
        /// Return or reason code.
        code: u8,
        /// Version 5's properties.
        properties: Option<Box<p5::ConnAckProperties>>,
    },
    /// PUBLISH.
    Publish(Delivery),
    /// PUBACK.
    PubAck(Ack),
    /// PUBREC.
    PubRec(Ack),
    /// PUBREL.
    PubRel(Ack),
    /// PUBCOMP.
    PubComp(Ack),
    /// SUBACK: one code a filter, in the order of SUBSCRIBE.
    SubAck(u16, Vec<u8>, Option<String>),
    /// UNSUBACK: one code a filter (version 5).
    UnsubAck(u16, Vec<u8>),
    /// PINGRESP.
    PingResp,
    /// DISCONNECT (version 5).
    Disconnect(u8, Option<String>),
}

/// Encodes `packet` onto the end of `out`.
pub(crate) fn encode(version: Version, packet: Sent<'_>, out: &mut BytesMut) -> Result<(), ClientError> {
    if let Sent::Publish(publish) = packet
        && plain::encode_publish(version, publish, out)
    {
        return Ok(());
    }
    encode_with_rumqttc(version, packet, out)
}

pub(crate) fn encode_with_rumqttc(
    version: Version,
    packet: Sent<'_>,
    out: &mut BytesMut,
) -> Result<(), ClientError> {
    let start = out.len();
    let result = match version {
        Version::V5 => to_v5(packet).and_then(|packet| {
            packet
                .write(out, None)
                .map(drop)
                .map_err(|error| ClientError::Unsendable(error.to_string()))
        }),
        _ => to_v4(packet).and_then(|packet| {
            packet
                .write(out, LARGEST_PACKET)
                .map(drop)
                .map_err(|error| ClientError::Unsendable(error.to_string()))
        }),
    };
    if result.is_err() {
        // Half a packet must never reach the wire.
        out.truncate(start);
    } else if let Sent::Connect(plan) = packet {
        put_password(plan, out);
        if version == Version::V31 {
            into_v31_connect(out, start);
        }
    }
    result
}

/// A text as long as the password, because the library takes only text.
fn stand_in(password: &[u8]) -> String {
    "*".repeat(password.len())
}

/// [MQTT5-3.1.3-1] The password is CONNECT's last field, so its bytes replace that text at the end.
fn put_password(plan: &Connection, out: &mut BytesMut) {
    let password = plan
        .credentials
        .as_ref()
        .map(|login| &login.password[..])
        .unwrap_or_default();
    let start = out.len().saturating_sub(password.len());
    if let Some(field) = out.get_mut(start..) {
        field.copy_from_slice(password);
    }
}

fn to_v4(packet: Sent<'_>) -> Result<v4::Packet, ClientError> {
    Ok(match packet {
        Sent::Connect(plan) => {
            let mut connect = v4::Connect::new(plan.client_id.clone());
            connect.keep_alive = plan.keep_alive_secs;
            connect.clean_session = plan.clean;
            connect.login = plan
                .credentials
                .as_ref()
                .map(|login| v4::Login::new(&login.username, stand_in(&login.password)));
            connect.last_will = match &plan.will {
                Some(will) => Some(v4::LastWill {
                    topic: text(&will.topic)?,
                    message: will.message.clone(),
                    qos: qos_v4(will.qos),
                    retain: will.retain,
                }),
                None => None,
            };
            v4::Packet::Connect(connect)
        }
        Sent::Publish(publish) => {
            let mut packet = v4::Publish::from_bytes(
                text(&publish.topic)?,
                qos_v4(publish.qos),
                publish.payload.clone(),
            );
            (packet.retain, packet.dup, packet.pkid) = (publish.retain, publish.dup, publish.pkid);
            v4::Packet::Publish(packet)
        }
        Sent::PubAck(id) => v4::Packet::PubAck(v4::PubAck::new(id)),
        Sent::PubRec(id) => v4::Packet::PubRec(v4::PubRec::new(id)),
        Sent::PubRel(id) => v4::Packet::PubRel(v4::PubRel::new(id)),
        Sent::PubComp(id) => v4::Packet::PubComp(v4::PubComp::new(id)),
        Sent::Subscribe(subscribe) => {
            let filters = subscribe.filters.iter();
            let filters =
                filters.map(|filter| v4::SubscribeFilter::new(filter.path.clone(), qos_v4(filter.qos)));
            let mut packet = v4::Subscribe::new_many(filters);
            packet.pkid = subscribe.pkid;
            v4::Packet::Subscribe(packet)
        }
        Sent::Unsubscribe(unsubscribe) => v4::Packet::Unsubscribe(v4::Unsubscribe {
            pkid: unsubscribe.pkid,
            topics: unsubscribe.filters.clone(),
        }),
        Sent::PingReq => v4::Packet::PingReq,
        Sent::Disconnect(..) => v4::Packet::Disconnect,
    })
}

fn to_v5(packet: Sent<'_>) -> Result<p5::Packet, ClientError> {
    Ok(match packet {
        Sent::Connect(plan) => {
            let connect = p5::Connect {
                keep_alive: plan.keep_alive_secs,
                client_id: plan.client_id.clone(),
                clean_start: plan.clean,
                properties: Some(plan.properties.clone()),
            };
            let login = plan.credentials.as_ref();
            let login = login.map(|login| p5::Login::new(login.username.clone(), stand_in(&login.password)));
            p5::Packet::Connect(connect, plan.will.clone(), login)
        }
        Sent::Publish(publish) => {
            check_length("topic", publish.topic.len())?;
            p5::Packet::Publish(publish.clone())
        }
        Sent::PubAck(id) => p5::Packet::PubAck(p5::PubAck::new(id, None)),
        Sent::PubRec(id) => p5::Packet::PubRec(p5::PubRec::new(id, None)),
        Sent::PubRel(id) => p5::Packet::PubRel(p5::PubRel::new(id, None)),
        Sent::PubComp(id) => p5::Packet::PubComp(p5::PubComp::new(id, None)),
        Sent::Subscribe(subscribe) => p5::Packet::Subscribe(subscribe.clone()),
        Sent::Unsubscribe(unsubscribe) => p5::Packet::Unsubscribe(unsubscribe.clone()),
        Sent::PingReq => p5::Packet::PingReq(p5::PingReq),
        Sent::Disconnect(code, properties) => {
            let mut disconnect = p5::Disconnect::new(code);
            disconnect.properties = properties.cloned();
            p5::Packet::Disconnect(disconnect)
        }
    })
}

/// Makes the CONNECT at `start` one of 3.1: the same but for the protocol's name and level.
fn into_v31_connect(out: &mut BytesMut, start: usize) {
    // fixed header, then 00 04 "MQTT" 04, then the rest
    let packet = out.split_off(start);
    let Some((header, length)) = fixed_header(&packet) else {
        return;
    };
    let rest = packet.get(header + 7..).unwrap_or_default();
    out.extend_from_slice(&[0x10]);
    let mut remaining = length + 2;
    loop {
        let byte = (remaining % 128) as u8;
        remaining /= 128;
        out.extend_from_slice(&[byte | if remaining > 0 { 0x80 } else { 0 }]);
        if remaining == 0 {
            break;
        }
    }
    out.extend_from_slice(b"\x00\x06MQIsdp\x03");
    out.extend_from_slice(rest);
}

/// Takes the next whole packet off the front of `buffer`; `None` until it is all there.
pub(crate) fn decode(version: Version, buffer: &mut BytesMut) -> Result<Option<Incoming>, ClientError> {
    match plain::decode(version, buffer) {
        Some(packet) => Ok(Some(packet)),
        None => decode_with_rumqttc(version, buffer),
    }
}

pub(crate) fn decode_with_rumqttc(
    version: Version,
    buffer: &mut BytesMut,
) -> Result<Option<Incoming>, ClientError> {
    let malformed = |what: String| ClientError::Malformed { version, what };
    let Some((header, length)) = fixed_header(buffer) else {
        if buffer.len() >= 5 {
            // [MQTT5-1.5.5-1] The length has four bytes at most.
            return Err(malformed("a packet whose length field does not end".to_owned()));
        }
        return Ok(None);
    };
    if buffer.len() < header + length {
        buffer.reserve(header + length - buffer.len());
        return Ok(None);
    }
    let kind = buffer[0] >> 4;
    // rumqttc's reason codes are enums without their numbers, so those of the short packets are read here.
    let body = buffer.get(header..header + length).unwrap_or_default();
    let raw = match kind {
        // A PUBLISH is read a second time only for its properties.
        3 if version == Version::V5 => publish_properties(buffer[0] >> 1 & 3, body).unwrap_or_default(),
        3 => &[],
        _ => body,
    };
    let raw = Bytes::copy_from_slice(raw);
    if kind == 2 && (version != Version::V5 || length == 2) {
        // A broker that does not know version 5 answers with version 3's short CONNACK, which rumqttc waits on for ever.
        buffer.advance(header + length);
        let &[flags, code] = &raw[..] else {
            return Err(malformed(format!("CONNACK of {length} bytes")));
        };
        return Ok(Some(Incoming::ConnAck {
            session_present: flags & 1 == 1,
            code,
            properties: None,
        }));
    }
    if kind == 14 && version == Version::V5 && length == 0 {
        // [MQTT5-3.14.2] A DISCONNECT without a reason code means the code 0.
        buffer.advance(header + length);
        return Ok(Some(Incoming::Disconnect(0, None)));
    }
    let packet = if version == Version::V5 {
        p5::Packet::read(buffer, None)
            .map_err(|error| malformed(error.to_string()))
            .map(|packet| from_v5(packet, &raw))
    } else {
        v4::Packet::read(buffer, LARGEST_PACKET)
            .map_err(|error| malformed(error.to_string()))
            .map(from_v4)
    };
    packet?
        .map(Some)
        .ok_or_else(|| malformed(format!("a packet of type {kind}, which a server never sends")))
}

fn from_v4(packet: v4::Packet) -> Option<Incoming> {
    let ack = |id| Ack {
        id,
        code: 0,
        reason: None,
    };
    Some(match packet {
        v4::Packet::Publish(publish) => Incoming::Publish(Delivery::from(p5::Publish {
            dup: publish.dup,
            qos: match publish.qos {
                v3::QoS::AtMostOnce => QoS::AtMostOnce,
                v3::QoS::AtLeastOnce => QoS::AtLeastOnce,
                v3::QoS::ExactlyOnce => QoS::ExactlyOnce,
            },
            retain: publish.retain,
            topic: Bytes::from(publish.topic),
            pkid: publish.pkid,
            payload: publish.payload,
            properties: None,
        })),
        v4::Packet::PubAck(packet) => Incoming::PubAck(ack(packet.pkid)),
        v4::Packet::PubRec(packet) => Incoming::PubRec(ack(packet.pkid)),
        v4::Packet::PubRel(packet) => Incoming::PubRel(ack(packet.pkid)),
        v4::Packet::PubComp(packet) => Incoming::PubComp(ack(packet.pkid)),
        v4::Packet::SubAck(packet) => {
            let code = |code: &v4::SubscribeReasonCode| match code {
                v4::SubscribeReasonCode::Success(qos) => *qos as u8,
                v4::SubscribeReasonCode::Failure => 0x80,
            };
            Incoming::SubAck(packet.pkid, packet.return_codes.iter().map(code).collect(), None)
        }
        v4::Packet::UnsubAck(packet) => Incoming::UnsubAck(packet.pkid, Vec::new()),
        v4::Packet::PingResp => Incoming::PingResp,
        _ => return None,
    })
}

/// `raw` is the packet without its fixed header.
fn from_v5(packet: p5::Packet, raw: &[u8]) -> Option<Incoming> {
    let byte = |position: usize| raw.get(position).copied().unwrap_or(0);
    // The codes of SUBACK and UNSUBACK are the packet's last bytes.
    let codes = |count: usize| {
        raw.get(raw.len().saturating_sub(count)..)
            .unwrap_or_default()
            .to_vec()
    };
    // The four acknowledgements are four types with the same fields.
    macro_rules! ack {
        ($packet:expr) => {
            Ack {
                id: $packet.pkid,
                code: byte(2),
                reason: $packet
                    .properties
                    .and_then(|properties| properties.reason_string),
            }
        };
    }
    Some(match packet {
        p5::Packet::ConnAck(packet) => Incoming::ConnAck {
            session_present: packet.session_present,
            code: byte(1),
            properties: packet.properties.map(Box::new),
        },
        p5::Packet::Publish(publish) => {
            let property_order = if publish.properties.is_some() {
                property_order(raw)
            } else {
                Vec::new()
            };
            Incoming::Publish(Delivery {
                publish,
                property_order,
            })
        }
        p5::Packet::PubAck(packet) => Incoming::PubAck(ack!(packet)),
        p5::Packet::PubRec(packet) => Incoming::PubRec(ack!(packet)),
        p5::Packet::PubRel(packet) => Incoming::PubRel(ack!(packet)),
        p5::Packet::PubComp(packet) => Incoming::PubComp(ack!(packet)),
        p5::Packet::SubAck(packet) => {
            let reason = packet.properties.and_then(|properties| properties.reason_string);
            Incoming::SubAck(packet.pkid, codes(packet.return_codes.len()), reason)
        }
        p5::Packet::UnsubAck(packet) => Incoming::UnsubAck(packet.pkid, codes(packet.reasons.len())),
        p5::Packet::PingResp(_) => Incoming::PingResp,
        p5::Packet::Disconnect(packet) => Incoming::Disconnect(
            byte(0),
            packet.properties.and_then(|properties| properties.reason_string),
        ),
        _ => return None,
    })
}

impl From<p5::Publish> for Delivery {
    fn from(publish: p5::Publish) -> Self {
        Self {
            publish,
            property_order: Vec::new(),
        }
    }
}

/// The identifiers of the properties in `bytes`, which rumqttc has accepted already.
fn property_order(bytes: &[u8]) -> Vec<u8> {
    let mut order = Vec::new();
    let mut rest = bytes;
    while let [id, after @ ..] = rest {
        let string = |bytes: &[u8]| match bytes {
            [high, low, ..] => 2 + usize::from(u16::from_be_bytes([*high, *low])),
            _ => bytes.len(),
        };
        let length = match id {
            1 => 1,
            2 => 4,
            35 => 2,
            11 => 1 + after.iter().take_while(|byte| **byte & 0x80 != 0).count(),
            38 => {
                let name = string(after);
                name + string(after.get(name..).unwrap_or_default())
            }
            _ => string(after),
        };
        order.push(*id);
        rest = after.get(length..).unwrap_or_default();
    }
    order
}

/// The bytes of the properties in a PUBLISH without its fixed header.
fn publish_properties(qos: u8, body: &[u8]) -> Option<&[u8]> {
    let topic = usize::from(u16::from_be_bytes([*body.first()?, *body.get(1)?]));
    let start = 2 + topic + if qos > 0 { 2 } else { 0 };
    let (mut length, mut shift) = (0_usize, 0);
    for (position, byte) in body.get(start..)?.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7F) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            let from = start + position + 1;
            return body.get(from..from + length);
        }
    }
    None
}

/// Lengths of the fixed header and of what follows it, once the header is whole.
pub(crate) fn fixed_header(buffer: &[u8]) -> Option<(usize, usize)> {
    let mut length = 0_usize;
    for (position, &byte) in buffer.get(1..)?.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7F) << (7 * position);
        if byte & 0x80 == 0 {
            return Some((position + 2, length));
        }
    }
    None
}

fn qos_v4(qos: QoS) -> v3::QoS {
    match qos {
        QoS::AtMostOnce => v3::QoS::AtMostOnce,
        QoS::AtLeastOnce => v3::QoS::AtLeastOnce,
        QoS::ExactlyOnce => v3::QoS::ExactlyOnce,
    }
}

fn text(bytes: &Bytes) -> Result<String, ClientError> {
    check_length("topic", bytes.len())?;
    String::from_utf8(bytes.to_vec())
        .map_err(|_| ClientError::Unsendable("the topic is not UTF-8".to_owned()))
}

/// rumqttc writes a longer string's length modulo 65536, which would garble every packet after it.
fn check_length(what: &str, length: usize) -> Result<(), ClientError> {
    if length > LONGEST_STRING {
        return Err(ClientError::Unsendable(format!(
            "the {what} has {length} bytes; MQTT allows {LONGEST_STRING}"
        )));
    }
    Ok(())
}
