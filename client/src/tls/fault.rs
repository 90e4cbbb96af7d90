//! What is wrong when TLS fails, in words a person can act on.

use std::io;
use std::net::IpAddr;

use tokio_rustls::rustls::pki_types::UnixTime;
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error};

/// Why a connection could not be encrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFault {
    /// No trusted authority signed the broker's certificate.
    #[error(
        "the broker's certificate is signed by an authority that is not trusted; give the authority's certificate with \
         --cafile"
    )]
    UnknownAuthority,
    /// The broker's certificate is too old.
    #[error("the broker's certificate expired{0}; it must be renewed (or this computer's clock is wrong)")]
    Expired(String),
    /// The broker's certificate is too young.
    #[error("the broker's certificate is not yet valid{0} (or this computer's clock is wrong)")]
    NotYetValid(String),
    /// The broker's certificate is for another host.
    #[error(
        "the broker's certificate is not for `{expected}`, but for {presented}; give one of these with -h, or --insecure"
    )]
    WrongHost {
        /// The host that was asked for.
        expected: String,
        /// The names and addresses in the certificate.
        presented: String,
    },
    /// The broker's certificate has no host at all.
    #[error(
        "the broker's certificate names no host (it has no subject alternative name); make one that does: {mend}; or \
         give --insecure", mend = mend(.0)
    )]
    NoHost(String),
    /// Something else is wrong with the broker's certificate.
    #[error("the broker's certificate cannot be accepted: {0}")]
    Certificate(String),
    /// The broker wants to know who the client is.
    #[error("the broker asks for a client's certificate; give --cert and --key")]
    ClientCertificateNeeded,
    /// The broker does not accept this client's certificate.
    #[error("the broker does not accept this client's certificate ({0}); check --cert and --key")]
    ClientCertificateRefused(&'static str),
    /// The two have no version of TLS in common.
    #[error(
        "the broker has none of the versions of TLS that are allowed here; leave --tls-version out, or update the broker"
    )]
    NoCommonVersion,
    /// The two have no cipher suite or other detail in common.
    #[error(
        "the broker has none of the cipher suites that are allowed here; leave --ciphers out, or update the broker"
    )]
    NoCommonSuite,
    /// The broker offers no protocol that was asked for.
    #[error("the broker does not offer the protocol of --tls-alpn")]
    NoCommonProtocol,
    /// The answer is not TLS.
    #[error(
        "what answers there is not TLS; for a port without it leave mqtts://, --cafile and the like out, or add --no-tls"
    )]
    NotTls,
    /// The peer ended the connection instead of answering.
    #[error("the broker closed the connection instead of answering in TLS; is that port one without TLS?")]
    Closed,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl TlsFault {
    /// What `error` means, if it came from the TLS library.
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        let source = error.get_ref()?.downcast_ref::<Error>()?;
        Some(match source {
            Error::InvalidCertificate(error) => certificate(error),
            Error::AlertReceived(alert) => alert_received(*alert),
            Error::InvalidMessage(_) => Self::NotTls,
            Error::PeerIncompatible(_) => Self::NoCommonVersion,
            Error::NoApplicationProtocol => Self::NoCommonProtocol,
            error => Self::Other(error.to_string()),
        })
    }
}

fn certificate(error: &CertificateError) -> TlsFault {
    match error {
        CertificateError::UnknownIssuer => TlsFault::UnknownAuthority,
        CertificateError::BadSignature => TlsFault::Certificate(
            "its signature is not that of the authority whose name it bears; is --cafile an older certificate of it?"
                .to_owned(),
        ),
        CertificateError::Expired => TlsFault::Expired(String::new()),
        CertificateError::ExpiredContext { not_after, .. } => {
            TlsFault::Expired(format!(" on {}", date(*not_after)))
        }
        CertificateError::NotValidYet => TlsFault::NotYetValid(String::new()),
        CertificateError::NotValidYetContext { not_before, .. } => {
            TlsFault::NotYetValid(format!(", but from {} on", date(*not_before)))
        }
        CertificateError::NotValidForNameContext { expected, presented } if presented.is_empty() => {
            TlsFault::NoHost(expected.to_str().into_owned())
        }
        CertificateError::NotValidForNameContext { expected, presented } => TlsFault::WrongHost {
            expected: expected.to_str().into_owned(),
            presented: {
                let plain = |name: &String| {
                    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
                    inner.unwrap_or(name).trim_matches('"').to_owned()
                };
                presented.iter().map(plain).collect::<Vec<_>>().join(", ")
            },
        },
        CertificateError::Revoked => {
            TlsFault::Certificate("it is revoked; the broker needs another one".to_owned())
        }
        CertificateError::UnknownRevocationStatus => TlsFault::Certificate(
            "no list in --crl is of the authority that signed it, so that nobody knows whether it is revoked".to_owned(),
        ),
        CertificateError::ExpiredRevocationList => {
            TlsFault::Certificate("its authority's list in --crl is out of date; get a new one".to_owned())
        }
        CertificateError::ExpiredRevocationListContext { next_update, .. } => TlsFault::Certificate(format!(
            "its authority's list in --crl is out of date since {}; get a new one",
            date(*next_update)
        )),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            TlsFault::Certificate("it is not meant for servers (extended key usage)".to_owned())
        }
        CertificateError::Other(other) => TlsFault::Certificate(match other.0.to_string().as_str() {
            "CaUsedAsEndEntity" => "it is that of an authority (CA:TRUE), not of a server; give that very \
                                    certificate with --cafile, or make one with CA:FALSE"
                .to_owned(),
            "UnsupportedCertVersion" => format!(
                "it is of version 1, which is accepted only if an authority of --cafile itself signed it; give that \
                 authority, or make one of version 3: {}",
                mend("HOST")
            ),
            other => other.to_owned(),
        }),
        error => TlsFault::Certificate(error.to_string()),
    }
}

/// The command that makes a certificate for `host`.
fn mend(host: &str) -> String {
    let kind = if host.parse::<IpAddr>().is_ok() {
        "IP"
    } else {
        "DNS"
    };
    format!(
        "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -extfile <(printf \
         subjectAltName={kind}:{host}) -out server.pem"
    )
}

fn alert_received(alert: AlertDescription) -> TlsFault {
    match alert {
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
            TlsFault::ClientCertificateNeeded
        }
        AlertDescription::UnknownCA => {
            TlsFault::ClientCertificateRefused("signed by an authority that it does not trust")
        }
        AlertDescription::DecryptError => TlsFault::ClientCertificateRefused("its signature is wrong"),
        AlertDescription::CertificateExpired => {
            TlsFault::ClientCertificateRefused("expired, or not yet valid")
        }
        AlertDescription::CertificateRevoked => TlsFault::ClientCertificateRefused("revoked"),
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::AccessDenied => TlsFault::ClientCertificateRefused("refused"),
        AlertDescription::ProtocolVersion => TlsFault::NoCommonVersion,
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
            TlsFault::NoCommonSuite
        }
        AlertDescription::NoApplicationProtocol => TlsFault::NoCommonProtocol,
        alert => TlsFault::Other(format!("the broker ended it: {alert:?}")),
    }
}

/// As `2026-11-25 13:07 UTC`.
fn date(time: UnixTime) -> String {
    let (days, minutes) = (time.as_secs() / 86_400, time.as_secs() % 86_400 / 60);
    // Days since 1 March of the year 0, in cycles of 400 years.
    let shifted = days + 719_468;
    let (cycle, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = cycle * 400 + year + carry;
    format!(
        "{year}-{month:02}-{day:02} {:02}:{:02} UTC",
        minutes / 60,
        minutes % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let at = |seconds| date(UnixTime::since_unix_epoch(Duration::from_secs(seconds)));
        assert_eq!(at(0), "1970-01-01 00:00 UTC");
        assert_eq!(at(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(at(1_767_225_599), "2025-12-31 23:59 UTC");
        assert_eq!(at(4_107_542_400), "2100-03-01 00:00 UTC");
    }
}
