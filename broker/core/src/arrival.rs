//! How a client comes: from where, on which way, and who vouches for it.

use std::fmt;
use std::sync::Arc;

/// What a client's bytes go through on their way to the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Way {
    /// A Unix socket in place of TCP.
    pub unix: bool,
    /// TLS.
    pub tls: bool,
    /// WebSocket.
    pub web_socket: bool,
}

/// `tcp`, `tls`, `ws`, `wss`; over a Unix socket `unix`, `unix+tls`, `unix+ws`, `unix+wss`.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.unix, self.tls, self.web_socket) {
            (false, false, false) => "tcp",
            (false, true, false) => "tls",
            (false, false, true) => "ws",
            (false, true, true) => "wss",
            (true, false, false) => "unix",
            (true, true, false) => "unix+tls",
            (true, false, true) => "unix+ws",
            (true, true, true) => "unix+wss",
        })
    }
}

/// What is known of a connection once its first bytes of MQTT can come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrival {
    /// The client's address, for people. Behind a proxy it is the one that the proxy tells.
    pub peer: String,
    /// What its bytes go through.
    pub way: Way,
    /// The name of the listener that let it in; empty where nobody named it.
    pub listener: Arc<str>,
    /// What was agreed on in TLS, if there is TLS.
    pub tls: Option<Arc<TlsFacts>>,
    /// The user name that stands for the client's certificate, in place of the one in CONNECT. Who has it was asked for no
    /// password.
    pub identity: Option<Arc<str>>,
}

/// What was agreed on in a TLS handshake.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsFacts {
    /// `1.2` or `1.3`.
    pub version: &'static str,
    /// The cipher suite, by its name in the standard.
    pub cipher_suite: String,
    /// The server name that the client asked for.
    pub server_name: Option<String>,
    /// The protocol that was chosen by ALPN.
    pub alpn: Option<String>,
    /// The subject of the client's certificate, as RFC 4514 writes it.
    pub certificate: Option<String>,
}
