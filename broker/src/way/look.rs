//! What the first bytes of a connection are.

use crate::wire::Foreign;

/// What a connection begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// More bytes decide.
    More,
    /// CONNECT, or something with its packet type.
    Mqtt,
    /// A record of TLS.
    Tls,
    /// The head of a request.
    Http,
    /// Nothing that this port speaks. The engine refuses it and says what it may be: it knows the same [`Foreign`] protocols.
    Unknown,
}

/// What these first bytes of a connection are. Once it is not [`Look::More`], further bytes do not change it.
pub(crate) fn look(bytes: &[u8]) -> Look {
    match bytes {
        // Also the first byte of a CONNECT with wrong flags.
        [] | [0x16] => Look::More,
        // TLS of a version that never was, or a record that is too long: TLS itself says best what is wrong with it.
        [0x16, 0x03, ..] => Look::Tls,
        // MQTT5-3.1.0-1. What is wrong with the flags, the engine says.
        [0x10..=0x1F, ..] => Look::Mqtt,
        _ => match Foreign::of(bytes) {
            Some(Foreign::Http | Foreign::WebSocket) => Look::Http,
            None if Foreign::may_begin(bytes) => Look::More,
            _ => Look::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_bytes_decide() {
        for (bytes, expected) in [
            (&b""[..], Look::More),
            (b"\x10", Look::Mqtt),
            (b"\x10\x10\0\x04MQTT", Look::Mqtt),
            (b"\x11", Look::Mqtt),
            (b"\x16", Look::More),
            (b"\x16\x03", Look::Tls),
            (b"\x16\x03\x01\x02\0\x01", Look::Tls),
            (b"\x16\x10\0\x04MQTT", Look::Mqtt),
            (b"G", Look::More),
            (b"GET", Look::More),
            (b"GET ", Look::Http),
            (b"GET /mqtt HTTP/1.1\r\nUpgrade: websocket\r\n", Look::Http),
            (b"GE ", Look::Unknown),
            (b"get / HTTP/1.1\r\n", Look::Unknown),
            (b"P", Look::More),
            (b"PR", Look::More),
            (b"PRI", Look::More),
            (b"PRI * ", Look::Http),
            (b"PROXY", Look::More),
            (b"PROXY ", Look::Unknown),
            (b"POST /", Look::Http),
            (b"PUT /", Look::Http),
            (b"\r\n\r\n\0\r\nQUIT", Look::More),
            (b"\r\n\r\n\0\r\nQUIT\n", Look::Unknown),
            (b"SSH", Look::More),
            (b"SSH-2.0", Look::Unknown),
            (b"AMQP", Look::Unknown),
            (b"hello", Look::Unknown),
            (b"\xC0\0", Look::Unknown),
            (b"\0", Look::Unknown),
        ] {
            assert_eq!(look(bytes), expected, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_decided_stays_so(bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(&b"GETPOSUPRIXY *\r\n\0\x10\x16\x03"[..])], 0..20,
        )) {
            let mut before = Look::More;
            for end in 0..=bytes.len() {
                let now = look(&bytes[..end]);
                prop_assert!(before == Look::More || now == before, "{before:?}, then {now:?}");
                before = now;
            }
        }
    }
}
