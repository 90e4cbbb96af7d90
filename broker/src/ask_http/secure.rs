//! [`Tls`]: TLS towards the program that is asked.

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::trust::Trust;

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
    /// # Errors
    /// What is wrong, in words that follow the name of the URL.
    pub fn new(host: &str, trust: Trust<'_>) -> Result<Self, String> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| "has a host that no certificate can be for".to_owned())?;
        let connector = trust
            .connector()
            .map_err(|what| format!("is https, and {what}"))?;
        Ok(Self { connector, name })
    }

    pub async fn connect(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, String> {
        let connected = self.connector.connect(self.name.clone(), stream).await;
        connected.map_err(|error| format!("TLS: {error}"))
    }
}
