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

#[cfg(feature = "tls")]
mod tls {
    use std::sync::Arc;

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

    use super::{Path, Trust};

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
