//! [`Trust`]: whose certificates a connection of our own takes, and the TLS that comes of it.

use std::path::Path;

/// Whose certificates are taken.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "tls"), expect(dead_code))] // then all are refused alike
pub(crate) enum Trust<'a> {
    /// Those that this machine trusts; `SSL_CERT_FILE` names others.
    Machine,
    /// Those that the certificates of this file, in PEM, vouch for.
    File(&'a Path),
    /// Any: signatures must be right, but every signer is accepted.
    Anybody,
}

/// What else there is to know of a connection of our own.
#[cfg(feature = "tls")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who<'a> {
    /// The certificate may be for another name than the host's.
    pub any_name: bool,
    /// Its own certificate, in PEM; an empty path = none.
    pub cert_file: &'a Path,
    /// The key of that.
    pub key_file: &'a Path,
    /// What it offers in ALPN.
    pub alpn: &'a [String],
}

#[cfg(feature = "tls")]
mod tls {
    use std::sync::Arc;

    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::client::WebPkiServerVerifier;
    use tokio_rustls::rustls::client::danger::{
        HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
    };
    use tokio_rustls::rustls::crypto::{
        CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
    };
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
    use tokio_rustls::rustls::{
        CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    };

    use super::{Path, Trust, Who};

    impl Trust<'_> {
        /// What makes TLS with this trust.
        ///
        /// # Errors
        /// What is wrong with the certificates.
        pub fn connector(self) -> Result<TlsConnector, String> {
            self.config().map(TlsConnector::from)
        }

        /// The same where nothing is async.
        ///
        /// # Errors
        /// What is wrong with the certificates.
        pub fn config(self) -> Result<Arc<ClientConfig>, String> {
            let provider = Arc::new(ring::default_provider());
            let builder = ClientConfig::builder_with_provider(provider.clone())
                .with_safe_default_protocol_versions()
                .map_err(|error| error.to_string())?;
            let builder = match self {
                Self::Machine => builder.with_root_certificates(of_machine()?),
                Self::File(path) => builder.with_root_certificates(of_file(path)?),
                Self::Anybody => builder
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(Anybody(provider))),
            };
            Ok(Arc::new(builder.with_no_client_auth()))
        }

        /// The same for a client that shows a certificate of its own, or asks less of the other's.
        ///
        /// # Errors
        /// What is wrong with the files.
        pub fn config_as(self, who: &Who<'_>) -> Result<ClientConfig, String> {
            let provider = Arc::new(ring::default_provider());
            let builder = ClientConfig::builder_with_provider(provider.clone())
                .with_safe_default_protocol_versions()
                .map_err(|error| error.to_string())?;
            let roots = match self {
                Self::Machine => of_machine()?,
                Self::File(path) => of_file(path)?,
                Self::Anybody => RootCertStore::empty(),
            };
            let builder = if who.any_name {
                let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
                let inner = inner.map_err(|error| error.to_string())?;
                let verifier = Arc::new(AnyName(inner));
                builder.dangerous().with_custom_certificate_verifier(verifier)
            } else {
                builder.with_root_certificates(roots)
            };
            let mut config = if who.cert_file.as_os_str().is_empty() {
                builder.with_no_client_auth()
            } else {
                let wrong = |path: &Path, what: String| format!("{}: {what}", path.display());
                let chain = CertificateDer::pem_file_iter(who.cert_file).and_then(Iterator::collect);
                let chain: Vec<_> = chain.map_err(|error| wrong(who.cert_file, error.to_string()))?;
                let key = PrivateKeyDer::from_pem_file(who.key_file);
                let key = key.map_err(|error| wrong(who.key_file, error.to_string()))?;
                let config = builder.with_client_auth_cert(chain, key);
                config.map_err(|error| wrong(who.cert_file, error.to_string()))?
            };
            config.alpn_protocols = who.alpn.iter().map(|name| name.clone().into_bytes()).collect();
            Ok(config)
        }
    }

    /// Whose certificate is right but for the name that it is for.
    #[derive(Debug)]
    struct AnyName(Arc<WebPkiServerVerifier>);

    impl ServerCertVerifier for AnyName {
        fn verify_server_cert(
            &self,
            end_entity: &CertificateDer<'_>,
            intermediates: &[CertificateDer<'_>],
            name: &ServerName<'_>,
            ocsp: &[u8],
            now: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            match self
                .0
                .verify_server_cert(end_entity, intermediates, name, ocsp, now)
            {
                Err(Error::InvalidCertificate(
                    CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
                )) => Ok(ServerCertVerified::assertion()),
                other => other,
            }
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.0.verify_tls12_signature(message, certificate, signed)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.0.verify_tls13_signature(message, certificate, signed)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.supported_verify_schemes()
        }
    }

    fn of_machine() -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err("this machine trusts no certificates at all".to_owned());
        }
        Ok(roots)
    }

    fn of_file(path: &Path) -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        let wrong = |what: &str| format!("{}: {what}", path.display());
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| wrong(&error.to_string()))?;
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
