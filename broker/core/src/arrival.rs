//! How a client comes: from where, on which way, and who vouches for it.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// What a client's bytes go through on their way to the broker.
///
/// ```
/// use broker_core::arrival::Way;
///
/// let way = Way { tls: true, web_socket: true, ..Way::default() };
/// assert_eq!(way.word(), "wss");
/// assert_eq!(Way::default().word(), "tcp");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Way {
    /// A Unix socket in place of TCP.
    pub unix: bool,
    /// TLS.
    pub tls: bool,
    /// WebSocket.
    pub web_socket: bool,
}

impl Way {
    /// All that [`Way::word`] can answer.
    pub(crate) const WORDS: &'static [&'static str] = &[
        "tcp", "tls", "ws", "wss", "unix", "unix+tls", "unix+ws", "unix+wss",
    ];

    /// One word for machines: `tcp`, `tls`, `ws`, `wss`; over a Unix socket `unix`, `unix+tls`, `unix+ws`, `unix+wss`.
    pub const fn word(self) -> &'static str {
        match (self.unix, self.tls, self.web_socket) {
            (false, false, false) => "tcp",
            (false, true, false) => "tls",
            (false, false, true) => "ws",
            (false, true, true) => "wss",
            (true, false, false) => "unix",
            (true, true, false) => "unix+tls",
            (true, false, true) => "unix+ws",
            (true, true, true) => "unix+wss",
        }
    }
}

/// Its word.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Serialize for Way {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

/// The name of the listener at the main port.
pub const MAIN_LISTENER: &str = "main";

/// What is known of a connection once its first bytes of MQTT can come.
///
/// ```
/// use broker_core::arrival::{Arrival, Way};
///
/// let arrival = Arrival {
///     peer: "192.0.2.7:40123".to_owned(),
///     way: Way { tls: true, ..Way::default() },
///     listener: "outside".into(),
///     ..Arrival::default()
/// };
/// assert_eq!(arrival.identity, None); // its CONNECT must say who it is
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrival {
    /// The client's address, for people, where a proxy tells it; empty leaves the one that the connection was opened with.
    pub peer: String,
    /// What its bytes go through.
    pub way: Way,
    /// The name of the listener that let it in; empty stands for [`MAIN_LISTENER`].
    pub listener: Arc<str>,
    /// What was agreed on in TLS, if there is TLS.
    pub tls: Option<Arc<TlsFacts>>,
    /// The user name that stands for the client's certificate, in place of the one in CONNECT. Who has it was asked for no
    /// password.
    pub identity: Option<Arc<str>>,
}

impl Arrival {
    /// The bytes of its texts.
    pub(crate) fn bytes(&self) -> usize {
        let tls = self.tls.as_ref().map_or(0, |tls| {
            let texts = [&tls.server_name, &tls.alpn, &tls.certificate];
            let texts = texts.into_iter().flatten().map(String::len);
            tls.cipher_suite.len() + texts.sum::<usize>()
        });
        let identity = self.identity.as_ref().map_or(0, |identity| identity.len());
        size_of::<Self>() + self.peer.len() + tls + identity
    }
}

/// What was agreed on in a TLS handshake.
///
/// ```
/// use broker_core::arrival::TlsFacts;
///
/// let facts = TlsFacts { version: "1.3", server_name: Some("localhost".to_owned()), ..TlsFacts::default() };
/// assert_eq!(serde_json::to_value(&facts)?["server_name"], "localhost");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
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

impl TlsFacts {
    /// All that `version` can be.
    pub(crate) const VERSIONS: &'static [&'static str] = &["1.2", "1.3"];
}
