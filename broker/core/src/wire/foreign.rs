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
}

/// The methods of HTTP, and the preface of HTTP/2.
const METHODS: &[&str] = &[
    "GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "TRACE ", "CONNECT ", "PRI * ",
];
/// The second version of the PROXY protocol begins with this.
const PROXY_V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

impl Foreign {
    /// Which protocol it is, given the first bytes of a connection. No CONNECT begins with these bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        // A record of TLS: a handshake, version 3.x.
        if bytes.starts_with(&[0x16, 0x03]) {
            return Some(Self::Tls);
        }
        if bytes.starts_with(b"SSH-") {
            return Some(Self::Ssh);
        }
        if bytes.starts_with(b"PROXY ") || bytes.starts_with(PROXY_V2) {
            return Some(Self::Proxy);
        }
        METHODS
            .iter()
            .any(|method| bytes.starts_with(method.as_bytes()))
            .then(|| {
                if asks_for_websocket(bytes) {
                    Self::WebSocket
                } else {
                    Self::Http
                }
            })
    }

    /// What came, in a few words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tls => "a TLS ClientHello",
            Self::Http => "an HTTP request",
            Self::WebSocket => "a WebSocket upgrade",
            Self::Ssh => "a greeting of SSH",
            Self::Proxy => "a PROXY header",
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
                "a PROXY header came, and this port does not read it: turn the PROXY protocol off in the proxy before it"
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
            (b"\x10\x10\0\x04MQTT", None),
            (b"\x16", None),
            (b"hello", None),
            (b"", None),
        ] {
            assert_eq!(Foreign::of(bytes), expected, "{bytes:?}");
        }
    }
}
