//! The keys of entries, written and read.

use crate::wire::PacketId;

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    /// The version of the entries.
    Version,
    /// The message of this number.
    Message(u64),
    /// The retained message of this topic.
    Retained(&'a str),
    /// All of the session of this client: the beginning of its keys.
    Session(&'a str),
    /// The session without its lists.
    Head(&'a str),
    /// The subscription of this client to this filter.
    Subscription(&'a str, &'a str),
    /// A queued message of this client, by its number.
    Queued(&'a str, u64),
    /// An exchange towards this client.
    Outgoing(&'a str, PacketId),
    /// A message from this client whose PUBREL has not come.
    Incoming(&'a str, PacketId),
}

impl<'a> Key<'a> {
    /// Its bytes.
    pub fn bytes(self) -> Vec<u8> {
        let mut key = Vec::with_capacity(32);
        match self {
            Self::Version => key.push(b'v'),
            Self::Message(number) => {
                key.push(b'm');
                key.extend(number.to_be_bytes());
            }
            Self::Retained(topic) => {
                key.push(b't');
                key.extend(topic.as_bytes());
            }
            Self::Session(client_id) => of_session(&mut key, client_id, None),
            Self::Head(client_id) => of_session(&mut key, client_id, Some(b'h')),
            Self::Subscription(client_id, filter) => {
                of_session(&mut key, client_id, Some(b'f'));
                key.extend(filter.as_bytes());
            }
            Self::Queued(client_id, number) => {
                of_session(&mut key, client_id, Some(b'q'));
                key.extend(number.to_be_bytes());
            }
            Self::Outgoing(client_id, id) => {
                of_session(&mut key, client_id, Some(b'i'));
                key.extend(id.get().to_be_bytes());
            }
            Self::Incoming(client_id, id) => {
                of_session(&mut key, client_id, Some(b'r'));
                key.extend(id.get().to_be_bytes());
            }
        }
        key
    }

    /// What these bytes are about; `None` if nothing that is known here.
    pub fn read(key: &'a [u8]) -> Option<Self> {
        let (kind, rest) = key.split_first()?;
        match kind {
            b'v' if rest.is_empty() => Some(Self::Version),
            b'm' => Some(Self::Message(number(rest)?)),
            b't' => Some(Self::Retained(std::str::from_utf8(rest).ok()?)),
            b's' => {
                let (length, rest) = rest.split_first_chunk()?;
                let (client_id, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
                let client_id = std::str::from_utf8(client_id).ok()?;
                let (kind, rest) = rest.split_first()?;
                match kind {
                    b'h' if rest.is_empty() => Some(Self::Head(client_id)),
                    b'f' => Some(Self::Subscription(client_id, std::str::from_utf8(rest).ok()?)),
                    b'q' => Some(Self::Queued(client_id, number(rest)?)),
                    b'i' => Some(Self::Outgoing(client_id, packet_id(rest)?)),
                    b'r' => Some(Self::Incoming(client_id, packet_id(rest)?)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// A client identifier is a string of MQTT: its length fits in 16 bits (`MQTT5-1.5.4`).
fn of_session(key: &mut Vec<u8>, client_id: &str, kind: Option<u8>) {
    key.push(b's');
    key.extend(u16::try_from(client_id.len()).unwrap_or(u16::MAX).to_be_bytes());
    key.extend(client_id.as_bytes());
    key.extend(kind);
}

fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

fn packet_id(bytes: &[u8]) -> Option<PacketId> {
    PacketId::new(u16::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_were_written() {
        let id = PacketId::new(0x1234).expect("not 0");
        for key in [
            Key::Version,
            Key::Message(7),
            Key::Retained("a/ä"),
            Key::Head(""),
            Key::Head("lamp"),
            Key::Subscription("lamp", "a/#"),
            Key::Queued("lamp", u64::MAX),
            Key::Outgoing("lamp", id),
            Key::Incoming("h", id),
        ] {
            assert_eq!(Key::read(&key.bytes()), Some(key));
        }
        for wrong in [
            &b""[..],
            b"x",
            b"v1",
            b"m1",
            b"s",
            b"s\0\x09lamp",
            b"s\0\x04lamp",
            b"s\0\x04lampi\0\0",
        ] {
            assert_eq!(Key::read(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn no_session_has_the_keys_of_another() {
        for (one, other) in [("a", "ab"), ("", "\0"), ("s", "s\0\x01")] {
            assert!(!Key::Head(other).bytes().starts_with(&Key::Session(one).bytes()));
        }
    }

    #[test]
    fn keys_of_numbers_are_in_the_order_of_the_numbers() {
        let keys: Vec<_> = [0, 1, 255, 256, 1 << 40]
            .map(|number| Key::Queued("a", number).bytes())
            .into();
        assert!(keys.is_sorted());
    }
}
