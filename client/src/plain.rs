//! A fast path for the most frequent packets: PUBLISH without properties, and PUBACK. rumqttc makes a `String` of
//! every topic, sent or received. Unusual packets are left to it.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use rumqttc::v5::mqttbytes::v5::Publish;

use crate::codec::{Ack, Delivery, Incoming, fixed_header};
use crate::packet::QoS;
use crate::plan::Version;
use crate::topic::LONGEST_STRING;

/// The most bytes that can follow the fixed header.
const MOST_REMAINING: usize = 268_435_455;

/// Writes `publish` to the end of `out` if it is plain; returns whether it was.
pub(crate) fn encode_publish(version: Version, publish: &Publish, out: &mut BytesMut) -> bool {
    let acknowledged = publish.qos != QoS::AtMostOnce;
    let topic = publish.topic.len();
    let remaining = 2
        + topic
        + publish.payload.len()
        + if acknowledged { 2 } else { 0 }
        + usize::from(version == Version::V5);
    let unusual = publish.properties.is_some()
        || topic == 0
        || topic > LONGEST_STRING
        || remaining > MOST_REMAINING
        || (acknowledged && publish.pkid == 0)
        || std::str::from_utf8(&publish.topic).is_err();
    if unusual {
        return false;
    }
    out.reserve(5 + remaining);
    out.put_u8(0x30 | u8::from(publish.dup) << 3 | (publish.qos as u8) << 1 | u8::from(publish.retain));
    let mut left = remaining;
    while left > 0x7F {
        out.put_u8(left as u8 | 0x80);
        left >>= 7;
    }
    out.put_u8(left as u8);
    out.put_u16(topic as u16);
    out.put_slice(&publish.topic);
    if acknowledged {
        out.put_u16(publish.pkid);
    }
    if version == Version::V5 {
        // No properties.
        out.put_u8(0);
    }
    out.put_slice(&publish.payload);
    true
}

/// Takes the packet off the front of `buffer`, if it is plain and whole.
pub(crate) fn decode(version: Version, buffer: &mut BytesMut) -> Option<Incoming> {
    let first = *buffer.first()?;
    match first {
        // PUBACK: two bytes, without a reason code.
        0x40 if buffer.get(1) == Some(&2) => {
            let id = u16::from_be_bytes([*buffer.get(2)?, *buffer.get(3)?]);
            if id == 0 {
                return None;
            }
            buffer.advance(4);
            Some(Incoming::PubAck(Ack {
                id,
                code: 0,
                reason: None,
            }))
        }
        0x30..=0x3F => {
            let (header, length) = fixed_header(buffer)?;
            let body = buffer.get(header..header + length)?;
            let topic = usize::from(u16::from_be_bytes([*body.first()?, *body.get(1)?]));
            std::str::from_utf8(body.get(2..2 + topic)?).ok()?;
            let mut at = 2 + topic;
            let (qos, id) = match first >> 1 & 3 {
                0 => (QoS::AtMostOnce, 0),
                qos @ (1 | 2) => {
                    let id = u16::from_be_bytes([*body.get(at)?, *body.get(at + 1)?]);
                    at += 2;
                    let qos = if qos == 1 {
                        QoS::AtLeastOnce
                    } else {
                        QoS::ExactlyOnce
                    };
                    (qos, id)
                }
                _ => return None,
            };
            if qos != QoS::AtMostOnce && id == 0 {
                return None;
            }
            if version == Version::V5 {
                if body.get(at) != Some(&0) {
                    return None;
                }
                at += 1;
            }
            let bytes = buffer.split_to(header + length).freeze();
            Some(Incoming::Publish(Delivery {
                publish: Publish {
                    dup: first & 8 != 0,
                    qos,
                    retain: first & 1 != 0,
                    topic: bytes.slice(header + 2..header + 2 + topic),
                    pkid: id,
                    payload: at_end(&bytes, header + at),
                    properties: None,
                },
                property_order: Vec::new(),
            }))
        }
        _ => None,
    }
}

fn at_end(bytes: &Bytes, from: usize) -> Bytes {
    bytes.slice(from.min(bytes.len())..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Sent, decode_with_rumqttc, encode_with_rumqttc};

    fn publishes() -> Vec<Publish> {
        let mut all = Vec::new();
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            for (topic, length) in [
                ("t", 0),
                ("a/ü/c", 1),
                ("a", 122),
                ("a", 123),
                ("a", 16_380),
                ("a", 70_000),
            ] {
                for flags in 0..4 {
                    let mut publish = Publish::new(topic, qos, vec![b'x'; length], None);
                    (publish.dup, publish.retain) = (flags & 1 == 1, flags & 2 == 2);
                    publish.pkid = if qos == QoS::AtMostOnce { 0 } else { 0x1234 };
                    all.push(publish);
                }
            }
        }
        all
    }

    #[test]
    fn the_bytes_are_rumqttcs_in_every_version() {
        for version in [Version::V31, Version::V311, Version::V5] {
            for publish in publishes() {
                let (mut ours, mut theirs) = (BytesMut::new(), BytesMut::new());
                assert!(encode_publish(version, &publish, &mut ours));
                encode_with_rumqttc(version, Sent::Publish(&publish), &mut theirs).unwrap();
                assert_eq!(ours, theirs, "{version} {publish:?}");
                let read = format!("{:?}", decode(version, &mut ours).unwrap());
                let expected = decode_with_rumqttc(version, &mut theirs).unwrap().unwrap();
                assert_eq!(read, format!("{expected:?}"));
                assert!(ours.is_empty());
            }
        }
    }

    #[test]
    fn what_is_cut_or_unusual_is_left_alone() {
        for publish in publishes() {
            let mut whole = BytesMut::new();
            encode_publish(Version::V5, &publish, &mut whole);
            for length in (0..whole.len().min(12)).chain([whole.len() - 1]) {
                let mut cut = BytesMut::from(&whole[..length]);
                assert!(decode(Version::V5, &mut cut).is_none());
                assert_eq!(cut.len(), length);
            }
        }
        for unusual in [
            // QoS 3, identifier 0, a topic that is not UTF-8, a topic longer than the packet.
            &[0x36, 5, 0, 1, b'a', 0, 1][..],
            &[0x32, 5, 0, 1, b'a', 0, 0],
            &[0x30, 3, 0, 1, 0xFF],
            &[0x30, 3, 0, 9, b'a'],
            &[0x40, 2, 0, 0],
        ] {
            let mut buffer = BytesMut::from(unusual);
            assert!(decode(Version::V311, &mut buffer).is_none());
            assert_eq!(buffer, unusual);
        }
    }
}
