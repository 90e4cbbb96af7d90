//! Packets of MQTT as bytes, made, measured and read without the code of any broker or client under test.
//!
//! What they mean is not checked: a test can make them wrong on purpose. [`Client`] sends and reads them.

mod client;

use std::io::{self, Read};

pub use client::Client;

/// First byte of PUBLISH at QoS 0 without flags; the QoS adds `qos << 1`.
pub const PUBLISH: u8 = 0x30;
/// First byte of CONNACK.
pub const CONNACK: u8 = 0x20;
/// First byte of PUBACK.
pub const PUBACK: u8 = 0x40;
/// First byte of PUBREC.
pub const PUBREC: u8 = 0x50;
/// First byte of PUBREL.
pub const PUBREL: u8 = 0x62;
/// First byte of PUBCOMP.
pub const PUBCOMP: u8 = 0x70;
/// First byte of SUBSCRIBE.
pub const SUBSCRIBE: u8 = 0x82;
/// First byte of SUBACK.
pub const SUBACK: u8 = 0x90;
/// First byte of UNSUBSCRIBE.
pub const UNSUBSCRIBE: u8 = 0xA2;

/// PINGREQ.
pub const PINGREQ: [u8; 2] = [0xC0, 0];
/// DISCONNECT of 3.1.1.
pub const DISCONNECT: [u8; 2] = [0xE0, 0];

/// CONNECT without properties.
#[derive(Debug, Clone, Copy)]
pub struct Connect<'a> {
    /// 3, 4 or 5.
    pub level: u8,
    /// Client Identifier.
    pub client_id: &'a str,
    /// Clean Session, Clean Start.
    pub clean: bool,
    /// Keep Alive; 0 is none.
    pub keep_alive_secs: u16,
    /// Topic and payload of a will of QoS 0 that is not retained; in 3.x only.
    pub will: Option<(&'a str, &'a str)>,
    /// User Name and Password.
    pub login: Option<(&'a str, &'a str)>,
}

impl<'a> Connect<'a> {
    /// With a clean session and without Keep Alive.
    pub fn new(level: u8, client_id: &'a str) -> Self {
        Self {
            level,
            client_id,
            clean: true,
            keep_alive_secs: 0,
            will: None,
            login: None,
        }
    }

    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        put_text(&mut body, if self.level == 3 { "MQIsdp" } else { "MQTT" });
        let flags = u8::from(self.clean) << 1 | u8::from(self.will.is_some()) << 2;
        let flags = flags | if self.login.is_some() { 0xC0 } else { 0 };
        body.extend([self.level, flags]);
        body.extend(self.keep_alive_secs.to_be_bytes());
        if self.level == 5 {
            body.push(0);
        }
        put_text(&mut body, self.client_id);
        if let Some((topic, payload)) = self.will {
            put_text(&mut body, topic);
            put_text(&mut body, payload);
        }
        if let Some((name, password)) = self.login {
            put_text(&mut body, name);
            put_text(&mut body, password);
        }
        framed(0x10, &body)
    }
}

/// SUBSCRIBE of 3.x to `filters`, all at one QoS.
pub fn subscribe<S: AsRef<str>>(packet_id: u16, filters: &[S], qos: u8) -> Vec<u8> {
    let mut body = packet_id.to_be_bytes().to_vec();
    for filter in filters {
        put_text(&mut body, filter.as_ref());
        body.push(qos);
    }
    framed(SUBSCRIBE, &body)
}

/// UNSUBSCRIBE of 3.x.
pub fn unsubscribe(packet_id: u16, filter: &str) -> Vec<u8> {
    let mut body = packet_id.to_be_bytes().to_vec();
    put_text(&mut body, filter);
    framed(UNSUBSCRIBE, &body)
}

/// SUBACK of 3.x that grants `qos` to every one of so many filters.
pub fn suback(packet_id: [u8; 2], filters: usize, qos: u8) -> Vec<u8> {
    let mut body = packet_id.to_vec();
    body.resize(2 + filters, qos);
    framed(SUBACK, &body)
}

/// PUBLISH of 3.x; at QoS 0 the packet identifier is left out.
pub fn publish(topic: &str, qos: u8, retain: bool, packet_id: u16, payload: &[u8]) -> Vec<u8> {
    let length = 2 + topic.len() + if qos > 0 { 2 } else { 0 } + payload.len();
    let mut out = Vec::with_capacity(5 + length);
    out.push(PUBLISH | qos << 1 | u8::from(retain));
    put_varint(&mut out, length);
    put_text(&mut out, topic);
    if qos > 0 {
        out.extend(packet_id.to_be_bytes());
    }
    out.extend(payload);
    out
}

/// The first byte, the length of the rest, and the rest.
pub fn framed(first: u8, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(5 + body.len());
    out.push(first);
    put_varint(&mut out, body.len());
    out.extend(body);
    out
}

/// Appends a Variable Byte Integer in its shortest form.
pub fn put_varint(out: &mut Vec<u8>, value: usize) {
    let mut rest = value;
    while rest > 0x7F {
        out.push((rest & 0x7F) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// The Variable Byte Integer at the front, and how many bytes it takes. `None` where its end is not there, or is not among
/// the first four bytes.
pub fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

/// The packet at the front: the length of its fixed header, and of the whole. `None` while the fixed header is not there.
pub fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (length, taken) = varint(bytes.get(1..)?)?;
    Some((1 + taken, 1 + taken + length))
}

/// The length of the packet at the front, once all of it is there.
pub fn whole(bytes: &[u8]) -> Option<usize> {
    frame(bytes)
        .map(|(_, whole)| whole)
        .filter(|whole| *whole <= bytes.len())
}

/// What follows the fixed header of a packet.
///
/// # Panics
/// It has none.
pub fn body(packet: &[u8]) -> &[u8] {
    let (header, _) = frame(packet).expect("a fixed header");
    &packet[header..]
}

/// Reads exactly one packet.
///
/// # Errors
/// The stream ends or fails before, or a length has more than four bytes.
pub fn read(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(64);
    let mut byte = [0];
    let (header, whole) = loop {
        stream.read_exact(&mut byte)?;
        bytes.push(byte[0]);
        if let Some(lengths) = frame(&bytes) {
            break lengths;
        }
        if bytes.len() >= 5 {
            return Err(io::Error::other("a Remaining Length of more than four bytes"));
        }
    };
    bytes.resize(whole, 0);
    stream.read_exact(&mut bytes[header..])?;
    Ok(bytes)
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u16).to_be_bytes());
    out.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_what_the_standard_says() {
        let connect = Connect {
            keep_alive_secs: 0xFFFF,
            ..Connect::new(4, "ab")
        };
        assert_eq!(connect.bytes(), b"\x10\x0e\x00\x04MQTT\x04\x02\xff\xff\x00\x02ab");
        assert_eq!(
            Connect::new(5, "").bytes(),
            b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x00"
        );
        assert_eq!(
            Connect::new(3, "a").bytes(),
            b"\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x00\x00\x01a"
        );
        let will = Connect {
            will: Some(("w", "x")),
            ..Connect::new(4, "b")
        };
        assert_eq!(
            will.bytes(),
            b"\x10\x13\0\x04MQTT\x04\x06\0\0\0\x01b\0\x01w\0\x01x"
        );
        assert_eq!(subscribe(7, &["a/b"], 1), b"\x82\x08\x00\x07\x00\x03a/b\x01");
        assert_eq!(suback([0, 7], 2, 1), b"\x90\x04\x00\x07\x01\x01");
        assert_eq!(unsubscribe(7, "a"), b"\xa2\x05\x00\x07\x00\x01a");
        assert_eq!(publish("t", 0, false, 0, b"x"), b"\x30\x04\x00\x01tx");
        assert_eq!(publish("t", 2, true, 258, b"x"), b"\x35\x06\x00\x01t\x01\x02x");
    }

    #[test]
    fn packets_are_measured_whatever_their_length() {
        for length in [0, 100, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152] {
            let packet = framed(PUBLISH, &vec![0; length]);
            assert_eq!(whole(&packet), Some(packet.len()));
            assert_eq!(whole(&packet[..packet.len() - 1]), None);
            assert_eq!(body(&packet).len(), length);
            assert_eq!(read(&mut packet.as_slice()).expect("it is there"), packet);
        }
        assert_eq!(frame(b""), None);
        assert_eq!(frame(b"\x30"), None);
        assert_eq!(frame(b"\x30\x80"), None);
        assert_eq!(frame(b"\x30\xff\xff\xff\xff\x01"), None);
        assert!(read(&mut b"\x30\xff\xff\xff\xff\x01".as_slice()).is_err());
    }
}
