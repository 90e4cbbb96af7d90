//! [`Talk`]: what a run knows of one connection, and what holds on every connection of every row: a packet identifier
//! is not 0, and one that is in use is not taken for another message (`MQTT5-2.2.1-4`, `MQTT311-2.3.1-4`).

use std::collections::BTreeSet;

use super::Version;
use super::fields::{Fields, number};

/// One connection of a row.
#[derive(Debug)]
pub struct Talk {
    /// Neither side has closed.
    pub open: bool,
    /// CONNACK said success and nothing has ended the connection since.
    pub connected: bool,
    /// The version that its CONNECT says.
    pub version: Version,
    /// What waits for the next packet, to go out with it.
    pub held: Vec<u8>,
    /// Identifiers of messages of QoS 1 and 2 that came, and whose exchange is not over.
    in_use: BTreeSet<u16>,
}

impl Talk {
    /// A connection without a packet yet.
    pub fn new(version: Version) -> Self {
        Self {
            open: true,
            connected: false,
            version,
            held: Vec::new(),
            in_use: BTreeSet::new(),
        }
    }

    /// A packet came.
    ///
    /// # Errors
    /// It is a new message under an identifier that is in use, or under none.
    pub fn came(&mut self, bytes: &[u8]) -> Result<(), String> {
        let Some(packet_id) = identifier(bytes) else {
            return Ok(());
        };
        if packet_id == 0 {
            return Err("the packet identifier is 0".to_owned());
        }
        let again = bytes[0] & 0x08 != 0;
        if self.in_use.insert(packet_id) || again {
            Ok(())
        } else {
            Err(format!(
                "packet identifier {packet_id} is in use, and was taken again"
            ))
        }
    }

    /// A packet goes out; an acknowledgement that ends an exchange frees its identifier.
    pub fn goes(&mut self, packet: &Fields) {
        let refused = packet
            .get("reason")
            .and_then(number)
            .is_some_and(|reason| reason >= 0x80);
        if matches!(packet.packet, "puback" | "pubcomp") || packet.packet == "pubrec" && refused {
            let packet_id = packet.get("pid").and_then(number);
            packet_id.map(|packet_id| self.in_use.remove(&(packet_id as u16)));
        }
    }

    /// Bytes go out, which may be acknowledgements: nothing is known of identifiers any more.
    pub fn goes_raw(&mut self) {
        self.in_use.clear();
    }
}

/// The packet identifier, if this is a PUBLISH that has one.
pub fn identifier(bytes: &[u8]) -> Option<u16> {
    if bytes.first()? & 0xF0 != 0x30 || bytes.first()? & 0x06 == 0 {
        return None;
    }
    let (header, _) = packets::frame(bytes)?;
    let body = bytes.get(header..)?;
    let topic = usize::from(u16::from_be_bytes([*body.first()?, *body.get(1)?]));
    Some(u16::from_be_bytes([*body.get(2 + topic)?, *body.get(3 + topic)?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_free_only_when_its_exchange_is_over() {
        let mut talk = Talk::new(Version::V5);
        let publish = b"\x34\x06\0\x01t\x01\x02\0";
        let packet = |text: &str| match Fields::parse(text) {
            Some(Ok(fields)) => fields,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(talk.came(publish), Ok(()));
        assert_eq!(
            talk.came(b"\x3c\x06\0\x01t\x01\x02\0"),
            Ok(()),
            "with DUP it is the same message"
        );
        talk.goes(&packet("pubrec pid=258"));
        assert!(talk.came(publish).is_err());
        talk.goes(&packet("pubcomp pid=258"));
        assert_eq!(talk.came(publish), Ok(()));
        talk.goes(&packet("pubrec pid=258 reason=0x80"));
        assert_eq!(talk.came(publish), Ok(()));
    }
}
