//! Checks the broker's certificate as users of OpenSSL expect, and writes the file of secrets.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, Error, KeyLog, RootCertStore, SignatureScheme,
};

use super::certificate::Certificate;

/// rustls's own checks, with four exceptions that work with OpenSSL and that scripts rely on: a certificate that is
/// itself trusted, one of version 1, a host that is only the common name, and `--insecure`.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) inner: Arc<WebPkiServerVerifier>,
    pub(super) roots: Arc<RootCertStore>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
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
        let verified =
            self.inner
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let verified = match verified {
            // rustls finds this only after it has checked the dates.
            Err(error)
                if is_other(&error, "CaUsedAsEndEntity")
                    && self.trusted.iter().any(|trusted| trusted == end_entity) =>
            {
                let certificate = ParsedCertificate::try_from(end_entity)?;
                verify_server_name(&certificate, server_name).map(|()| ServerCertVerified::assertion())
            }
            Err(error) if is_other(&error, "UnsupportedCertVersion") => {
                let Some(certificate) = Certificate::of_version_1(end_entity) else {
                    return Err(error);
                };
                match certificate.verify(&self.roots.roots, self.algorithms.all, now) {
                    // We look at no certificate in between, so rustls's own error is the true one.
                    Err(CertificateError::UnknownIssuer) if !intermediates.is_empty() => Err(error),
                    Err(other) => Err(other.into()),
                    // A certificate of version 1 has no place for the names that rustls looks for.
                    Ok(()) => Err(CertificateError::NotValidForName.into()),
                }
            }
            verified => verified,
        };
        match verified {
            // The name is checked last, so everything else is right.
            Err(Error::InvalidCertificate(
                error @ (CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }),
            )) if self.check_host_name => {
                match self.common_name(end_entity, intermediates) {
                    Some(name) if is_for(name, server_name) => Ok(ServerCertVerified::assertion()),
                    // In the form that rustls has for the names of other kinds.
                    name => Err(Error::InvalidCertificate(match (name, error) {
                        (None, error @ CertificateError::NotValidForNameContext { .. }) => error,
                        (name, _) => CertificateError::NotValidForNameContext {
                            expected: server_name.to_owned(),
                            presented: name
                                .map(|name| format!("CommonName({name:?})"))
                                .into_iter()
                                .collect(),
                        },
                    })),
                }
            }
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let Some(certificate) = Certificate::of_version_1(cert) else {
            return self.inner.verify_tls12_signature(message, cert, dss);
        };
        let scheme = self
            .algorithms
            .mapping
            .iter()
            .find(|(scheme, _)| *scheme == dss.scheme);
        match scheme {
            Some((_, algorithms)) if certificate.verifies(algorithms, message, dss.signature()) => {
                Ok(HandshakeSignatureValid::assertion())
            }
            _ => Err(CertificateError::BadSignature.into()),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match Certificate::of_version_1(cert) {
            None => self.inner.verify_tls13_signature(message, cert, dss),
            Some(certificate) => {
                verify_tls13_signature_with_raw_key(message, &certificate.key(), dss, &self.algorithms)
            }
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

impl Verifier {
    /// The common name, if it may stand for the host: no other field names a host, and no signer is limited to some
    /// hosts.
    fn common_name<'a>(
        &self,
        end_entity: &'a CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Option<&'a str> {
        let unconstrained = |der: &CertificateDer<'_>| {
            Certificate::read(der).is_some_and(|certificate| !certificate.is_constrained(&self.roots.roots))
        };
        let name = Certificate::read(end_entity)?.common_name()?;
        (unconstrained(end_entity) && intermediates.iter().all(unconstrained)).then_some(name)
    }
}

/// Whether it is this error of webpki. rustls passes on only its text.
fn is_other(error: &Error, text: &str) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::Other(other)) if other.0.to_string() == text)
}

/// Whether a common name is that of the host, or has `*` for the first of its labels.
fn is_for(common_name: &str, host: &ServerName<'_>) -> bool {
    let text = host.to_str();
    let below = |domain: &str| {
        let parent = text.split_once('.').map_or("", |(_, parent)| parent);
        matches!(host, ServerName::DnsName(_)) && parent.contains('.') && domain.eq_ignore_ascii_case(parent)
    };
    common_name.eq_ignore_ascii_case(&text) || common_name.strip_prefix("*.").is_some_and(below)
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use tokio_rustls::rustls::crypto::ring;

    use super::super::fault::TlsFault;
    use super::super::files;
    use super::*;

    fn certificate(name: &str) -> CertificateDer<'static> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/tls/openssl");
        files::certificates("", &directory.join(format!("{name}.pem")))
            .unwrap()
            .remove(0)
    }

    /// What is said of the chain `names` by who trusts `trusted`, in the year 1970 + `years`; nothing if it is accepted.
    fn said(trusted: &str, names: &[&str], host: &str, check_host_name: bool, years: u64) -> String {
        let trusted = certificate(trusted);
        let mut roots = RootCertStore::empty();
        roots.add(trusted.clone()).unwrap();
        let (roots, provider) = (Arc::new(roots), Arc::new(ring::default_provider()));
        let verifier = Verifier {
            inner: WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider))
                .build()
                .unwrap(),
            roots,
            algorithms: provider.signature_verification_algorithms,
            trusted: vec![trusted],
            check_host_name,
        };
        let chain: Vec<_> = names.iter().map(|name| certificate(name)).collect();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(years * 31_557_600));
        let host = ServerName::try_from(host.to_owned()).unwrap();
        match verifier.verify_server_cert(&chain[0], &chain[1..], &host, &[], now) {
            Ok(_) => String::new(),
            Err(error) => TlsFault::of(&std::io::Error::other(error)).unwrap().to_string(),
        }
    }

    #[test]
    fn what_openssl_accepts_is_accepted() {
        for (trusted, names, host) in [
            ("authority", &["version_1"][..], "localhost"),
            ("authority", &["common_name"], "LOCALHOST"),
            ("authority", &["below_common_name", "intermediate"], "localhost"),
            ("self_signed", &["self_signed"], "localhost"),
            ("authority", &["version_1_elsewhere"], "broker.example"),
            ("authority", &["both_names"], "broker.example"),
        ] {
            assert_eq!(said(trusted, names, host, true, 60), "", "{names:?}");
        }
        for name in ["version_1", "version_1_elsewhere", "no_name", "common_name"] {
            assert_eq!(said("authority", &[name], "127.0.0.1", false, 60), "", "{name}");
        }
    }

    #[test]
    fn what_is_not_safe_is_refused_with_what_mends_it() {
        let authority = "an authority that is not trusted";
        for (trusted, names, host, words) in [
            (
                "authority",
                &["version_1_elsewhere"][..],
                "localhost",
                "not for `localhost`, but for broker.example;",
            ),
            (
                "authority",
                &["common_name"],
                "127.0.0.1",
                "not for `127.0.0.1`, but for localhost;",
            ),
            // A common name does not count beside other names.
            (
                "authority",
                &["both_names"],
                "localhost",
                "not for `localhost`, but for broker.example;",
            ),
            (
                "authority",
                &["no_name"],
                "localhost",
                "-extfile <(printf subjectAltName=DNS:localhost)",
            ),
            (
                "authority",
                &["no_name"],
                "::1",
                "-extfile <(printf subjectAltName=IP:::1)",
            ),
            (
                "authority",
                &["constrained_common_name", "constrained"],
                "localhost",
                "names no host",
            ),
            (
                "constrained",
                &["constrained_common_name"],
                "localhost",
                "names no host",
            ),
            (
                "authority",
                &["below_version_1", "intermediate"],
                "localhost",
                "is of version 1, which is accepted only",
            ),
            ("intermediate", &["version_1"], "localhost", authority),
            ("self_signed", &["common_name"], "localhost", authority),
        ] {
            let said = said(trusted, names, host, true, 60);
            assert!(said.contains(words), "{names:?}: {said}");
        }
        for check in [true, false] {
            assert!(said("self_signed", &["version_1"], "localhost", check, 60).contains(authority));
            let old = said("authority", &["version_1"], "localhost", check, 160);
            assert!(old.contains("expired on 2120-01-01 00:00 UTC"), "{old}");
            let young = said("authority", &["version_1"], "localhost", check, 40);
            assert!(
                young.contains("not yet valid, but from 2020-01-01 00:00 UTC on"),
                "{young}"
            );
        }
    }

    #[test]
    fn a_signature_counts() {
        let mut forged = certificate("version_1").to_vec();
        *forged.last_mut().unwrap() ^= 1;
        let mut roots = RootCertStore::empty();
        roots.add(certificate("authority")).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(60 * 31_557_600));
        let algorithms = ring::default_provider().signature_verification_algorithms.all;
        let verified = Certificate::of_version_1(&forged)
            .unwrap()
            .verify(&roots.roots, algorithms, now);
        assert_eq!(verified, Err(CertificateError::BadSignature));
    }

    #[test]
    fn a_star_stands_for_one_label() {
        let name = |text: &'static str| ServerName::try_from(text).unwrap();
        assert!(is_for("*.broker.example", &name("a.broker.example")));
        for (common_name, host) in [
            ("*.example", "broker.example"),
            ("*.broker.example", "broker.example"),
            ("*.broker.example", "a.b.broker.example"),
            ("*.0.0.1", "127.0.0.1"),
            ("*", "localhost"),
            ("a*.broker.example", "ab.broker.example"),
        ] {
            assert!(!is_for(common_name, &name(host)), "{common_name} {host}");
        }
    }

    #[test]
    fn bytes_cut_or_changed_anywhere_never_panic() {
        let whole = certificate("common_name").to_vec();
        for at in 0..whole.len() {
            assert!(Certificate::read(&whole[..at]).is_none());
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                if let Some(certificate) = Certificate::read(&changed) {
                    certificate.common_name();
                }
            }
        }
    }
}
