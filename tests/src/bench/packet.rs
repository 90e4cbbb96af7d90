//! Packets of MQTT 3.1.1 as bytes, made and recognised without the code of any broker or client under test.

use std::fmt::Write as _;

/// The payload of every small message: eight bytes of sequence, the rest a fixed text.
pub const PAYLOAD_BYTES: usize = 64;
/// Bytes of a sequence number.
pub const SEQUENCE_BYTES: usize = 8;
/// What follows the sequence number in every small payload.
pub const FILLER: [u8; PAYLOAD_BYTES - SEQUENCE_BYTES] =
    *b"the same fifty-six bytes in every message, checked again";

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

/// CONNECT with a clean session and no keep-alive limit worth mentioning.
///
/// Keep Alive is 65,535 s and not 0, which rumqttd refuses.
pub fn connect(client_id: &str) -> Vec<u8> {
    let mut out = vec![0x10];
    put_length(&mut out, 10 + 2 + client_id.len());
    out.extend_from_slice(b"\x00\x04MQTT\x04\x02\xff\xff");
    put_text(&mut out, client_id);
    out
}

/// DISCONNECT.
pub const DISCONNECT: [u8; 2] = [0xe0, 0];

/// SUBSCRIBE to `filters`, all at one QoS.
pub fn subscribe<S: AsRef<str>>(packet_id: u16, filters: &[S], qos: u8) -> Vec<u8> {
    let body: usize = 2 + filters
        .iter()
        .map(|filter| 3 + filter.as_ref().len())
        .sum::<usize>();
    let mut out = vec![SUBSCRIBE];
    put_length(&mut out, body);
    out.extend_from_slice(&packet_id.to_be_bytes());
    for filter in filters {
        put_text(&mut out, filter.as_ref());
        out.push(qos);
    }
    out
}

/// SUBACK that grants `qos` to every one of so many filters.
pub fn suback(packet_id: [u8; 2], filters: usize, qos: u8) -> Vec<u8> {
    let mut out = vec![SUBACK];
    put_length(&mut out, 2 + filters);
    out.extend_from_slice(&packet_id);
    out.resize(out.len() + filters, qos);
    out
}

/// PUBLISH with any payload.
pub fn publish(topic: &str, qos: u8, retain: bool, packet_id: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![PUBLISH | qos << 1 | u8::from(retain)];
    put_length(
        &mut out,
        2 + topic.len() + if qos > 0 { 2 } else { 0 } + payload.len(),
    );
    put_text(&mut out, topic);
    if qos > 0 {
        out.extend_from_slice(&packet_id.to_be_bytes());
    }
    out.extend_from_slice(payload);
    out
}

/// The small payload that carries `sequence`.
pub fn payload(sequence: u64) -> [u8; PAYLOAD_BYTES] {
    let mut payload = [0; PAYLOAD_BYTES];
    payload[..SEQUENCE_BYTES].copy_from_slice(&sequence.to_le_bytes());
    payload[SEQUENCE_BYTES..].copy_from_slice(&FILLER);
    payload
}

/// The first packet at the front of `bytes`: (length of its fixed header, length of the whole), once the fixed
/// header is there.
pub fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut remaining = 0;
    for (index, byte) in bytes.iter().skip(1).take(4).enumerate() {
        remaining |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((index + 2, index + 2 + remaining));
        }
    }
    None
}

/// Names that are all of one length, so that every PUBLISH of a case is of one length too.
pub fn numbered(prefix: &str, number: usize) -> String {
    let mut name = String::with_capacity(prefix.len() + 8);
    name.push_str(prefix);
    let _ = write!(name, "{number:07}");
    name
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&(text.len() as u16).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn put_length(out: &mut Vec<u8>, mut length: usize) {
    loop {
        let byte = (length % 128) as u8;
        length /= 128;
        if length == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_what_the_standard_says() {
        assert_eq!(connect("ab"), b"\x10\x0e\x00\x04MQTT\x04\x02\xff\xff\x00\x02ab");
        assert_eq!(subscribe(7, &["a/b"], 1), b"\x82\x08\x00\x07\x00\x03a/b\x01");
        assert_eq!(publish("t", 0, false, 0, b"x"), b"\x30\x04\x00\x01tx");
        assert_eq!(publish("t", 2, true, 258, b"x"), b"\x35\x06\x00\x01t\x01\x02x");
    }

    #[test]
    fn frames_are_measured_whatever_their_length() {
        for length in [0, 100, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152] {
            let packet = publish("t", 0, false, 0, &vec![0; length]);
            assert_eq!(frame(&packet).map(|(_, whole)| whole), Some(packet.len()));
        }
        assert_eq!(frame(b"\x30"), None);
        assert_eq!(frame(b"\x30\x80"), None);
    }
}
