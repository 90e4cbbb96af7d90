//! Who is believed: the broker's certificate, checked as OpenSSL's users expect; and the file of secrets.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{CertificateError, DigitallySignedStruct, Error, KeyLog, SignatureScheme};

/// rustls's own checks, but for two things that work with OpenSSL and that scripts rely on.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) inner: Arc<WebPkiServerVerifier>,
    /// The trusted certificates. `openssl req -x509` makes one that calls itself an authority, and people give it both
    /// to the broker and to `--cafile`; rustls would refuse an authority's certificate in the place of a server's.
    pub(super) trusted: Vec<CertificateDer<'static>>,
    /// False with `--insecure`.
    pub(super) check_host_name: bool,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut verified =
            self.inner
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        if let Err(Error::InvalidCertificate(CertificateError::Other(other))) = &verified
            // Found only after the dates were found right.
            && other.0.to_string() == "CaUsedAsEndEntity"
            && self.trusted.iter().any(|trusted| trusted == end_entity)
        {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            verified =
                verify_server_name(&certificate, server_name).map(|()| ServerCertVerified::assertion());
        }
        match verified {
            // The name is what is checked last: everything else is right.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.check_host_name => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// `--tls-keylog`: the secrets of each connection as a line, in the format that Wireshark reads.
#[derive(Debug)]
pub(super) struct KeyLogFile(pub(super) Mutex<File>);

impl KeyLog for KeyLogFile {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let mut line = label.to_owned();
        for bytes in [client_random, secret] {
            line.push(' ');
            for byte in bytes {
                // Writing into a String cannot fail.
                write!(line, "{byte:02x}").ok();
            }
        }
        line.push('\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk must not end a connection that works.
        file.write_all(line.as_bytes()).ok();
    }
}
