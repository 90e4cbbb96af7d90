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

        pub async fn connect(&self, _: TcpStream) -> Result<Box<dyn Stream>, String> {
            match *self {}
        }
    }
}

#[cfg(feature = "tls")]
mod with {
    use std::sync::Arc;

    use tokio::net::TcpStream;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::client::danger::{
        HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
    };
    use tokio_rustls::rustls::crypto::{
        CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
    };
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

    use super::super::flow::Stream;

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
            let provider = Arc::new(ring::default_provider());
            let builder = ClientConfig::builder_with_provider(provider.clone())
                .with_safe_default_protocol_versions()
                .map_err(|error| error.to_string())?;
            let config = if insecure {
                builder
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
                    .with_no_client_auth()
            } else {
                builder
                    .with_root_certificates(roots(ca_file)?)
                    .with_no_client_auth()
            };
            Ok(Self {
                connector: TlsConnector::from(Arc::new(config)),
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

    /// The certificates to trust: the file's, or this machine's.
    fn roots(ca_file: &str) -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        if ca_file.is_empty() {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(
                    "this machine trusts no certificates at all; name some with `upstream.ca_file`"
                        .to_owned(),
                );
            }
            return Ok(roots);
        }
        let wrong = |what: &str| format!("`upstream.ca_file`: {ca_file}: {what}");
        let certificates =
            CertificateDer::pem_file_iter(ca_file).map_err(|error| wrong(&error.to_string()))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| wrong(&error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| wrong(&error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(wrong("there is no certificate in it; expected PEM"));
        }
        Ok(roots)
    }

    /// `upstream.insecure`: signatures must be right, but every signer is accepted.
    #[derive(Debug)]
    struct Anybody(Arc<CryptoProvider>);

    impl ServerCertVerifier for Anybody {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls12_signature(
                message,
                certificate,
                signed,
                &self.0.signature_verification_algorithms,
            )
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls13_signature(
                message,
                certificate,
                signed,
                &self.0.signature_verification_algorithms,
            )
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    }
}
