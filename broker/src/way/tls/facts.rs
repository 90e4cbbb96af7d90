//! What is known of a client once the handshake is over.

use std::sync::Arc;

use broker_core::arrival::TlsFacts;
use rustls::pki_types::CertificateDer;
use rustls::{CommonState, ProtocolVersion};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::asn1::{Ia5StringRef, PrintableStringRef, TeletexStringRef, Utf8StringRef};
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;

use super::hello::Hello;

/// What of a client's certificate is its user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    Nothing,
    CommonName,
    Subject,
}

impl Identity {
    pub(super) fn of(self, rustls: &CommonState) -> Option<Arc<str>> {
        let certificate = certificate(rustls)?;
        let name = match self {
            Self::Nothing => None,
            Self::CommonName => common_name(&certificate),
            Self::Subject => Some(subject(&certificate)),
        };
        name.filter(|name| !name.is_empty()).map(Arc::from)
    }
}

pub(super) fn of(rustls: &CommonState, hello: &Hello) -> TlsFacts {
    let suite = rustls.negotiated_cipher_suite().map(|suite| suite.suite());
    let suite = suite.and_then(|suite| suite.as_str()).unwrap_or_default();
    TlsFacts {
        version: match rustls.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "1.3",
            Some(ProtocolVersion::TLSv1_2) => "1.2",
            _ => "",
        },
        // rustls marks those of version 1.3; their names in the standard are without.
        cipher_suite: suite.replacen("TLS13_", "TLS_", 1),
        server_name: hello.server_name.clone(),
        alpn: rustls
            .alpn_protocol()
            .map(|protocol| String::from_utf8_lossy(protocol).into_owned()),
        certificate: certificate(rustls).map(|certificate| subject(&certificate)),
    }
}

/// The client's certificate. It was checked, or there is none.
fn certificate(rustls: &CommonState) -> Option<Certificate> {
    read(rustls.peer_certificates()?.first()?)
}

fn read(der: &CertificateDer<'_>) -> Option<Certificate> {
    Certificate::from_der(der).ok()
}

#[cfg(test)]
pub(super) fn subject_of(der: &CertificateDer<'_>) -> Option<String> {
    read(der).map(|certificate| subject(&certificate))
}

/// The subject as RFC 4514 writes it, which begins with the last part.
fn subject(certificate: &Certificate) -> String {
    certificate.tbs_certificate().subject().to_string()
}

/// The common name; the first where there are several, as mosquitto takes it.
fn common_name(certificate: &Certificate) -> Option<String> {
    let subject = certificate.tbs_certificate().subject();
    let mut named = subject.iter().filter(|part| part.oid == COMMON_NAME);
    let value = &named.next()?.value;
    let text = Utf8StringRef::try_from(value)
        .map(|text| text.as_str().to_owned())
        .or_else(|_| PrintableStringRef::try_from(value).map(|text| text.as_str().to_owned()))
        .or_else(|_| TeletexStringRef::try_from(value).map(|text| text.as_str().to_owned()))
        .or_else(|_| Ia5StringRef::try_from(value).map(|text| text.as_str().to_owned()));
    text.ok()
}
