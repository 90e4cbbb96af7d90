//! [`Dialer`]: connections to the other broker, plain or over TLS.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use settings::{Bridge, UpstreamUrl};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream, lookup_host};

/// For so long a connection may take to be there, with TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// A connection to the other broker.
pub(crate) trait Line: AsyncRead + AsyncWrite + Unpin {
    /// Its socket.
    fn socket(&self) -> &TcpStream;
}

impl Line for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

/// How the other broker is reached.
#[derive(Debug)]
pub(crate) struct Dialer {
    addresses: Vec<Address>,
    bind: Option<IpAddr>,
}

#[derive(Debug)]
struct Address {
    url: UpstreamUrl,
    #[cfg(feature = "tls")]
    tls: Option<secure::Tls>,
}

impl Dialer {
    /// # Errors
    /// What is wrong with the settings, or with a file that they name.
    pub fn new(bridge: &Bridge) -> Result<Self, String> {
        let addresses = bridge.addresses.iter().map(|text| {
            let url = UpstreamUrl::parse(text).map_err(|what| format!("`addresses`: {text:?} {what}"))?;
            #[cfg(not(feature = "tls"))]
            if url.tls {
                return Err(
                    "an address is `mqtts`, but this build has no TLS: build it with the cargo feature `tls`"
                        .to_owned(),
                );
            }
            Ok(Address {
                #[cfg(feature = "tls")]
                tls: url.tls.then(|| secure::Tls::new(&url.host, bridge)).transpose()?,
                url,
            })
        });
        let bind = match &*bridge.bind {
            "" => None,
            text => Some(
                text.parse()
                    .map_err(|_| format!("`bind` is {text:?}; expected an IP address"))?,
            ),
        };
        Ok(Self {
            addresses: addresses.collect::<Result<_, String>>()?,
            bind,
        })
    }

    /// An address, for people.
    pub fn place(&self, address: usize) -> String {
        self.addresses
            .get(address)
            .map(|it| it.url.to_string())
            .unwrap_or_default()
    }

    /// All of them.
    pub fn places(&self) -> Vec<String> {
        self.addresses.iter().map(|it| it.url.to_string()).collect()
    }

    /// A connection to this address.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub async fn connect(&self, address: usize) -> Result<Box<dyn Line>, String> {
        let Some(address) = self.addresses.get(address) else {
            return Err("there is no such address".to_owned());
        };
        let attempt = async {
            let stream = self.reach(&address.url).await?;
            #[cfg(feature = "tls")]
            if let Some(tls) = &address.tls {
                return Ok(Box::new(tls.connect(stream).await?) as Box<dyn Line>);
            }
            Ok(Box::new(stream) as Box<dyn Line>)
        };
        let patience = CONNECT_TIMEOUT;
        let attempt = tokio::time::timeout(patience, attempt).await;
        attempt.unwrap_or_else(|_| Err(format!("no connection within {} s", patience.as_secs())))
    }

    async fn reach(&self, url: &UpstreamUrl) -> Result<TcpStream, String> {
        let found = lookup_host((&*url.host, url.port)).await;
        let found = found.map_err(|error| format!("{}: {error}", url.host))?;
        let mut why = format!("{} has no address that `bind` could reach", url.host);
        for place in found {
            match self.reach_at(place).await {
                Ok(Some(stream)) => {
                    // Whole packets are written, so there is nothing to wait for.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(None) => {}
                Err(error) => why = error.to_string(),
            }
        }
        Err(why)
    }

    async fn reach_at(&self, place: SocketAddr) -> std::io::Result<Option<TcpStream>> {
        let Some(bind) = self.bind else {
            return TcpStream::connect(place).await.map(Some);
        };
        if bind.is_ipv4() != place.is_ipv4() {
            return Ok(None);
        }
        let socket = if bind.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        socket.bind(SocketAddr::new(bind, 0))?;
        socket.connect(place).await.map(Some)
    }
}

#[cfg(feature = "tls")]
mod secure {
    use std::path::Path;
    use std::sync::Arc;

    use settings::Bridge;
    use tokio::net::TcpStream;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::client::TlsStream;
    use tokio_rustls::rustls::pki_types::ServerName;

    use super::Line;
    use crate::trust::{Trust, Who};

    impl Line for TlsStream<TcpStream> {
        fn socket(&self) -> &TcpStream {
            self.get_ref().0
        }
    }

    pub(super) struct Tls {
        connector: TlsConnector,
        name: ServerName<'static>,
    }

    impl std::fmt::Debug for Tls {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "Tls({:?})", self.name)
        }
    }

    impl Tls {
        pub fn new(host: &str, bridge: &Bridge) -> Result<Self, String> {
            let name = ServerName::try_from(host.to_owned())
                .map_err(|_| format!("`addresses`: {host:?} is no name that a certificate can be for"))?;
            let trust = match &*bridge.ca_file {
                "" => Trust::Machine,
                file => Trust::File(Path::new(file)),
            };
            let who = Who {
                any_name: bridge.insecure,
                cert_file: Path::new(&bridge.cert_file),
                key_file: Path::new(&bridge.key_file),
                alpn: &bridge.alpn,
            };
            let config = trust.config_as(&who).map_err(|what| format!("TLS: {what}"))?;
            Ok(Self {
                connector: TlsConnector::from(Arc::new(config)),
                name,
            })
        }

        pub async fn connect(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, String> {
            let connected = self.connector.connect(self.name.clone(), stream).await;
            connected.map_err(|error| format!("TLS: {error}"))
        }
    }
}
