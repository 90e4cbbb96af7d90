//! The packets of MQTT 3.1.1 that the load consists of.

use std::fmt::Write as _;

pub use packets::{CONNACK, DISCONNECT, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBACK, SUBSCRIBE};
pub use packets::{frame, publish, suback, subscribe};

/// The payload of every small message: eight bytes of sequence, the rest a fixed text.
pub const PAYLOAD_BYTES: usize = 64;
/// Bytes of a sequence number.
pub const SEQUENCE_BYTES: usize = 8;
/// What follows the sequence number in every small payload.
pub const FILLER: [u8; PAYLOAD_BYTES - SEQUENCE_BYTES] =
    *b"the same fifty-six bytes in every message, checked again";

/// CONNECT with a clean session and no keep-alive limit worth mentioning.
///
/// Keep Alive is 65,535 s and not 0, which rumqttd refuses.
pub fn connect(client_id: &str) -> Vec<u8> {
    let connect = packets::Connect {
        keep_alive_secs: u16::MAX,
        ..packets::Connect::new(4, client_id)
    };
    connect.bytes()
}

/// The small payload that carries `sequence`.
pub fn payload(sequence: u64) -> [u8; PAYLOAD_BYTES] {
    let mut payload = [0; PAYLOAD_BYTES];
    payload[..SEQUENCE_BYTES].copy_from_slice(&sequence.to_le_bytes());
    payload[SEQUENCE_BYTES..].copy_from_slice(&FILLER);
    payload
}

/// Names that are all of one length, so that every PUBLISH of a case is of one length too.
pub fn numbered(prefix: &str, number: usize) -> String {
    let mut name = String::with_capacity(prefix.len() + 8);
    name.push_str(prefix);
    let _ = write!(name, "{number:07}");
    name
}
