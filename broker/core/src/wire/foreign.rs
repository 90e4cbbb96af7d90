//! [`Foreign`]: another protocol that speaks to a port of MQTT, recognised by its first bytes.

/// Another protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// A first handshake message.
    Tls,
    /// A request.
    Http,
    /// A request to upgrade.
    WebSocket,
    /// A banner.
    Ssh,
    /// A header of the PROXY protocol.
    Proxy,
    /// A header of AMQP.
    Amqp,
    /// A first frame of STOMP.
    Stomp,
}

/// What connections of each begin with: the methods of HTTP and the preface of HTTP/2, banners, headers. None of these bytes
/// can be a CONNECT.
const BEGINNINGS: &[(&[u8], Foreign)] = &[
    // A record of TLS: a handshake, version 3.x.
    (&[0x16, 0x03], Foreign::Tls),
    (b"GET ", Foreign::Http),
    (b"HEAD ", Foreign::Http),
    (b"POST ", Foreign::Http),
    (b"PUT ", Foreign::Http),
    (b"DELETE ", Foreign::Http),
    (b"OPTIONS ", Foreign::Http),
    (b"PATCH ", Foreign::Http),
    (b"TRACE ", Foreign::Http),
    (b"CONNECT ", Foreign::Http),
    (b"QUERY ", Foreign::Http),
    (b"PRI * ", Foreign::Http),
    (b"SSH-", Foreign::Ssh),
    (b"PROXY ", Foreign::Proxy),
    // Version 2.
    (b"\r\n\r\n\0\r\nQUIT\n", Foreign::Proxy),
    (b"AMQP", Foreign::Amqp),
    (b"CONNECT\n", Foreign::Stomp),
    (b"CONNECT\r\n", Foreign::Stomp),
    (b"STOMP\n", Foreign::Stomp),
    (b"STOMP\r\n", Foreign::Stomp),
];

impl Foreign {
    /// Which protocol it is, given the first bytes of a connection. No CONNECT begins with these bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let (_, found) = BEGINNINGS
            .iter()
            .find(|(beginning, _)| bytes.starts_with(beginning))?;
        Some(match found {
            Self::Http if asks_for_websocket(bytes) => Self::WebSocket,
            found => *found,
        })
    }

    /// Whether more bytes behind these can make them one of the protocols.
    pub fn may_begin(bytes: &[u8]) -> bool {
        BEGINNINGS
            .iter()
            .any(|(beginning, _)| beginning.len() > bytes.len() && beginning.starts_with(bytes))
    }

    /// What came, in a few words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tls => "a TLS ClientHello",
            Self::Http => "an HTTP request",
            Self::WebSocket => "a WebSocket upgrade",
            Self::Ssh => "a greeting of SSH",
            Self::Proxy => "a PROXY header",
            Self::Amqp => "a header of AMQP",
            Self::Stomp => "a frame of STOMP",
        }
    }

    /// Says what came and what to do instead.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Tls => {
                "a TLS ClientHello came, and this port speaks MQTT without TLS: connect with mqtt://, not mqtts://"
            }
            Self::Http => {
                "an HTTP request came, and this port speaks MQTT: connect with an MQTT client, to mqtt://, not http://"
            }
            Self::WebSocket => {
                "a WebSocket upgrade came, and this port speaks MQTT over TCP: connect with mqtt://, not ws://"
            }
            Self::Ssh => {
                "a greeting of SSH came, and this port speaks MQTT: give the SSH client another port"
            }
            Self::Proxy => {
                "a PROXY header came, and this port does not read it: let a [[listener]] with proxy_protocol = true take it, or turn \
                 the PROXY protocol off in the proxy before it"
            }
            Self::Amqp => {
                "a header of AMQP came, and this port speaks MQTT: give the AMQP client the port of an AMQP broker"
            }
            Self::Stomp => {
                "a frame of STOMP came, and this port speaks MQTT: give the STOMP client the port of a STOMP broker"
            }
        }
    }
}

/// This is one of the headers of an HTTP request.
fn asks_for_websocket(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').any(|line| {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        name.eq_ignore_ascii_case(b"upgrade") && value.trim_ascii().eq_ignore_ascii_case(b"websocket")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_protocols_are_known_by_their_first_bytes() {
        let upgrade = b"GET /mqtt HTTP/1.1\r\nHost: x\r\nUPGRADE:  WebSocket \r\n\r\n";
        for (bytes, expected) in [
            (&b"\x16\x03\x01\x02\0\x01"[..], Some(Foreign::Tls)),
            (b"GET / HTTP/1.1\r\n", Some(Foreign::Http)),
            (b"PRI * HTTP/2.0\r\n", Some(Foreign::Http)),
            (upgrade, Some(Foreign::WebSocket)),
            (b"SSH-2.0-OpenSSH_9\r\n", Some(Foreign::Ssh)),
            (b"PROXY TCP4 1.2.3.4 1.2.3.5 1 2\r\n", Some(Foreign::Proxy)),
            (b"\r\n\r\n\0\r\nQUIT\n\x21", Some(Foreign::Proxy)),
            (b"AMQP\0\0\x09\x01", Some(Foreign::Amqp)),
            (b"CONNECT\naccept-version:1.2\n", Some(Foreign::Stomp)),
            (b"CONNECT example.com:443 HTTP/1.1\r\n", Some(Foreign::Http)),
            (b"STOMP\r\n", Some(Foreign::Stomp)),
            (b"\x10\x10\0\x04MQTT", None),
            (b"\x16", None),
            (b"hello", None),
            (b"", None),
        ] {
            assert_eq!(Foreign::of(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_beginning_of_a_beginning_decides_nothing() {
        for (beginning, protocol) in BEGINNINGS {
            for end in 0..beginning.len() {
                let part = &beginning[..end];
                assert!(Foreign::may_begin(part), "{part:?}");
                assert_eq!(Foreign::of(part), None, "{part:?}");
            }
            assert!(!Foreign::may_begin(beginning), "{beginning:?}");
            assert_eq!(Foreign::of(beginning), Some(*protocol));
        }
        assert!(!Foreign::may_begin(b"hello"));
    }
}
