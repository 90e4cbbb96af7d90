//! Every way into a broker, from the client's side: [`Way`] names them, a [`Door`] is where a broker is reached on one of
//! them, and a [`Stream`] is the connection through it.
//!
//! TLS is rustls' and WebSocket is tungstenite's: neither shares code with the broker's layers but the records of rustls.

mod reachable;
mod socket;
mod stream;
mod web_socket;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use rustls::{ClientConfig, RootCertStore};

pub use reachable::Reachable;
pub use socket::Socket;
pub use stream::Stream;
pub use web_socket::Frames;

/// A way into a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket over TCP.
    Ws,
    /// WebSocket over TLS.
    Wss,
    /// A Unix socket.
    Unix,
}

impl Way {
    /// All that there are on this system.
    pub const ALL: &'static [Self] = if cfg!(unix) {
        &[Self::Tcp, Self::Tls, Self::Ws, Self::Wss, Self::Unix]
    } else {
        &[Self::Tcp, Self::Tls, Self::Ws, Self::Wss]
    };

    /// Those over TCP.
    pub const OVER_TCP: [Self; 4] = [Self::Tcp, Self::Tls, Self::Ws, Self::Wss];

    /// Whether there is TLS on it.
    pub fn has_tls(self) -> bool {
        matches!(self, Self::Tls | Self::Wss)
    }

    /// Whether there is WebSocket on it.
    pub fn has_web_socket(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }

    /// What URLs of MQTT begin with.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Tcp => "mqtt",
            Self::Tls => "mqtts",
            Self::Ws => "ws",
            Self::Wss => "wss",
            Self::Unix => "unix",
        }
    }
}

/// As the broker names it.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ws => "ws",
            Self::Wss => "wss",
            Self::Unix => "unix",
        })
    }
}

/// Where a broker is reached on one way.
#[derive(Debug, Clone)]
pub struct Door {
    way: Way,
    place: Place,
    config: Option<Arc<ClientConfig>>,
    /// Turns Nagle's algorithm off. It is on otherwise, as in most clients.
    no_delay: bool,
    frames: Frames,
    /// Comes before everything else.
    first: Vec<u8>,
}

#[derive(Debug, Clone)]
enum Place {
    Address(SocketAddr),
    #[cfg_attr(not(unix), allow(dead_code))]
    Path(PathBuf),
}

impl From<SocketAddr> for Door {
    fn from(addr: SocketAddr) -> Self {
        Self::new(Way::Tcp, addr)
    }
}

impl From<&Door> for Door {
    fn from(door: &Door) -> Self {
        door.clone()
    }
}

impl Door {
    /// At an address.
    pub fn new(way: Way, addr: SocketAddr) -> Self {
        Self::at(way, Place::Address(addr))
    }

    /// At a Unix socket.
    pub fn unix(path: impl Into<PathBuf>) -> Self {
        Self::at(Way::Unix, Place::Path(path.into()))
    }

    fn at(way: Way, place: Place) -> Self {
        Self {
            way,
            place,
            config: None,
            no_delay: false,
            frames: Frames::default(),
            first: Vec::new(),
        }
    }

    /// Trusts the certificates of this authority; TLS needs it.
    #[must_use]
    pub fn trusting(self, ca_pem: &str) -> Self {
        let config = client_config(ca_pem, None);
        self.with_tls(config)
    }

    /// Trusts the certificates of this authority that are not on its list of revoked ones.
    #[must_use]
    pub fn trusting_unrevoked(self, ca_pem: &str, crl_pem: &str) -> Self {
        let config = client_config(ca_pem, Some(crl_pem));
        self.with_tls(config)
    }

    /// Speaks TLS as `config` says.
    #[must_use]
    pub fn with_tls(self, config: impl Into<Arc<ClientConfig>>) -> Self {
        Self {
            config: Some(config.into()),
            ..self
        }
    }

    /// Without Nagle's algorithm, for a test with very many small writes.
    #[must_use]
    pub fn no_delay(self) -> Self {
        Self {
            no_delay: true,
            ..self
        }
    }

    /// Comes through a proxy, which says this first.
    #[must_use]
    pub fn through_proxy(self, header: &[u8]) -> Self {
        Self {
            first: header.to_vec(),
            ..self
        }
    }

    /// How WebSocket frames are cut.
    #[must_use]
    pub fn frames(self, frames: Frames) -> Self {
        Self { frames, ..self }
    }

    /// Which way it is.
    pub fn way(&self) -> Way {
        self.way
    }
}

/// What rustls' client is told: to trust this authority, with this list of revoked certificates if there is one.
pub fn client_config(ca_pem: &str, crl_pem: Option<&str>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
        roots
            .add(certificate.expect("a certificate in PEM"))
            .expect("a certificate of an authority");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut verifier =
        rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    if let Some(crl_pem) = crl_pem {
        let crls = CertificateRevocationListDer::pem_slice_iter(crl_pem.as_bytes());
        verifier = verifier.with_crls(crls.map(|crl| crl.expect("a list in PEM")));
    }
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has suites for both versions")
        .with_webpki_verifier(verifier.build().expect("an authority is trusted"))
        .with_no_client_auth()
}
