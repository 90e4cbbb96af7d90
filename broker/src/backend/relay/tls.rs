//! [`Tls`]: the front door's own TLS towards an `mqtts` upstream. Only with the cargo feature `tls`.

#[cfg(feature = "tls")]
pub(super) use with::Tls;
#[cfg(not(feature = "tls"))]
pub(super) use without::Tls;

#[cfg(not(feature = "tls"))]
mod without {
    use tokio::net::TcpStream;

    use super::super::flow::Stream;

    #[derive(Debug)]
    pub enum Tls {}

    impl Tls {
        pub fn new(_: &str, _: &str, _: bool) -> Result<Self, String> {
            Err(
                "`upstream.url` is `mqtts`, but this build has no TLS: build it with the cargo feature `tls`, or let the \
                 clients speak it with `upstream.tls = \"pass_through\"`"
                    .to_owned(),
            )
        }

        // As the one with TLS, which waits for the handshake.
        #[allow(clippy::unused_async)]
        pub async fn connect(&self, _: TcpStream) -> Result<Box<dyn Stream>, String> {
            match *self {}
        }
    }
}

#[cfg(feature = "tls")]
mod with {
    use std::path::Path;

    use tokio::net::TcpStream;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::pki_types::ServerName;

    use super::super::flow::Stream;
    use crate::trust::Trust;

    pub struct Tls {
        connector: TlsConnector,
        name: ServerName<'static>,
    }

    impl Stream for tokio_rustls::client::TlsStream<TcpStream> {
        fn reset_at_close(&self) {
            self.get_ref().0.reset_at_close();
        }
    }

    impl std::fmt::Debug for Tls {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "Tls({:?})", self.name)
        }
    }

    impl Tls {
        /// # Errors
        /// What is wrong with the name or the certificates.
        pub fn new(host: &str, ca_file: &str, insecure: bool) -> Result<Self, String> {
            let name = ServerName::try_from(host.to_owned())
                .map_err(|_| format!("`upstream.url`: {host:?} is no name that a certificate can be for"))?;
            let connector = if insecure {
                Trust::Anybody.connector()
            } else if ca_file.is_empty() {
                let connector = Trust::Machine.connector();
                connector.map_err(|what| format!("{what}; name some with `upstream.ca_file`"))
            } else {
                let connector = Trust::File(Path::new(ca_file)).connector();
                connector.map_err(|what| format!("`upstream.ca_file`: {what}"))
            };
            Ok(Self {
                connector: connector?,
                name,
            })
        }

        pub async fn connect(&self, stream: TcpStream) -> Result<Box<dyn Stream>, String> {
            match self.connector.connect(self.name.clone(), stream).await {
                Ok(stream) => Ok(Box::new(stream)),
                Err(error) => Err(format!("TLS: {error}")),
            }
        }
    }
}
