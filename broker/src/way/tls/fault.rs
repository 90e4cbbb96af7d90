//! What went wrong in TLS, in words that tell a person what would be right.

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible, PeerMisbehaved, ServerConfig};

use super::hello::Hello;
use super::moment;

/// The first bytes that came. They tell what a client speaks that does not speak TLS as we do.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    bytes: [u8; 11],
    length: usize,
}

impl Beginning {
    pub(super) fn note(&mut self, bytes: &[u8]) {
        let room = self.bytes.get_mut(self.length..).unwrap_or_default();
        for (place, byte) in room.iter_mut().zip(bytes) {
            *place = *byte;
            self.length += 1;
        }
    }

    /// What came in place of TLS.
    fn stranger(&self) -> Option<&'static str> {
        let came = self.bytes.get(..self.length).unwrap_or_default();
        match came {
            [0x10, ..] => Some("MQTT without TLS"),
            [high, _, 1, ..] if high & 0x80 != 0 => {
                Some("a greeting of SSL 2.0, which nobody should speak any more")
            }
            [b'A'..=b'Z', b'A'..=b'Z', ..] => Some("a request in HTTP without TLS"),
            [0x16, 3, ..] => None,
            _ => Some("bytes that are not TLS"),
        }
    }

    /// The version in the `ClientHello`. Clients of TLS 1.3 say 1.2 there. RFC 8446 4.1.2
    fn version(&self) -> &'static str {
        match self.bytes {
            [0x16, _, _, _, _, 1, _, _, _, 3, minor] => match minor {
                0 => "SSL 3.0",
                1 => "TLS 1.0",
                2 => "TLS 1.1",
                _ => "TLS 1.2",
            },
            _ => "an old version of TLS",
        }
    }
}

/// What `error` means. The sentence follows the client's name or address.
pub(super) fn words(
    error: &Error,
    beginning: &Beginning,
    hello: &Hello,
    config: &ServerConfig,
    is_open: bool,
) -> String {
    if let Some(stranger) = beginning.stranger() {
        return format!("sent {stranger} where TLS was expected");
    }
    match error {
        Error::AlertReceived(alert) => alert_received(*alert, is_open),
        Error::InvalidCertificate(error) => {
            format!("its certificate was refused: {}", certificate(error))
        }
        Error::NoCertificatesPresented => "showed no certificate, and `tls.require_certificate` asks for one; \
             `broker cert NAME` makes one"
            .to_owned(),
        Error::NoApplicationProtocol => format!(
            "asked by ALPN for {}, and this port offers {}; let it ask for one of these or for none, or change `tls.alpn`",
            list(hello.protocols.iter().map(String::as_str)),
            list(config.alpn_protocols.iter().map(|protocol| std::str::from_utf8(protocol).unwrap_or("?"))),
        ),
        Error::PeerIncompatible(error) => incompatible(error, beginning),
        Error::PeerMisbehaved(PeerMisbehaved::TooManyKeyUpdateRequests) => {
            "changed its keys again and again without sending anything".to_owned()
        }
        Error::PeerMisbehaved(PeerMisbehaved::TooManyRenegotiationRequests) => {
            "asked for a new handshake (renegotiation) again, which is not done here".to_owned()
        }
        Error::PeerMisbehaved(PeerMisbehaved::TooManyEmptyFragments) => {
            "sent one empty TLS record after the other".to_owned()
        }
        Error::DecryptError => {
            "sent a TLS record that cannot be decrypted: it was changed on the way, or encrypted with another key".to_owned()
        }
        Error::PeerSentOversizedRecord => "sent a TLS record that is longer than 16384 bytes".to_owned(),
        error => format!("does not keep to the rules of TLS: {error}"),
    }
}

fn alert_received(alert: AlertDescription, is_open: bool) -> String {
    use AlertDescription as A;
    let name = alert_name(alert);
    let advice = match alert {
        A::UnknownCA => "it does not trust the CA; give it the CA's certificate",
        A::CertificateExpired => "by its clock, the certificate's time is over or has not begun",
        A::CertificateRevoked => "it knows a list on which the certificate is revoked",
        A::BadCertificate | A::CertificateUnknown | A::UnsupportedCertificate => {
            "it may not trust the CA, the certificate may be for another host, or not valid now"
        }
        A::ProtocolVersion => {
            return format!("ended the handshake: {name}; it speaks another version of TLS");
        }
        _ if is_open => return format!("reported an error in TLS: {name}"),
        _ => return format!("ended the handshake: {name}"),
    };
    format!("refused our certificate: {name} ({advice})")
}

/// The alert's name in the standard. RFC 8446 6
fn alert_name(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::UnrecognisedName => return "unrecognized_name".to_owned(),
        AlertDescription::UnknownPSKIdentity => return "unknown_psk_identity".to_owned(),
        AlertDescription::EncryptedClientHelloRequired => return "ech_required".to_owned(),
        AlertDescription::Unknown(number) => return format!("alert {number}"),
        _ => {}
    }
    let mut name = String::new();
    let mut was_lower = false;
    for letter in format!("{alert:?}").chars() {
        if letter.is_ascii_uppercase() && was_lower {
            name.push('_');
        }
        was_lower = letter.is_ascii_lowercase();
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// What is wrong with a client's certificate.
fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => {
            "no CA that is trusted here signed it (`tls.ca_file`, or the broker's own CA)".to_owned()
        }
        CertificateError::Expired => "it expired".to_owned(),
        CertificateError::ExpiredContext { not_after, .. } => format!("it expired on {}", date(*not_after)),
        CertificateError::NotValidYet => "it is not yet valid".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("it is not yet valid, but from {} on", date(*not_before))
        }
        CertificateError::Revoked => "it is revoked".to_owned(),
        CertificateError::UnknownRevocationStatus => {
            "no list in `tls.crl_file` is of the CA that signed it, so that nobody knows whether it is revoked".to_owned()
        }
        CertificateError::ExpiredRevocationList => "the CA's list in `tls.crl_file` is out of date".to_owned(),
        CertificateError::ExpiredRevocationListContext { next_update, .. } => format!(
            "the CA's list in `tls.crl_file` is out of date since {}",
            date(*next_update)
        ),
        CertificateError::BadSignature => {
            "its signature is not that of the CA whose name it has; is `tls.ca_file` an older or newer CA of that name?"
                .to_owned()
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not meant for clients (extended key usage)".to_owned()
        }
        CertificateError::Other(other) => match other.0.to_string().as_str() {
            "UnsupportedCertVersion" => "it is of X.509 version 1; make one of version 3: openssl x509 -req with -extfile"
                .to_owned(),
            "CaUsedAsEndEntity" => "it is that of a CA, not of a client".to_owned(),
            other => other.to_owned(),
        },
        error => error.to_string(),
    }
}

fn incompatible(error: &PeerIncompatible, beginning: &Beginning) -> String {
    match error {
        // An old client lacks more than the version, and something else may be found first.
        _ if beginning.version() != "TLS 1.2" => {
            format!("speaks {} at most; TLS 1.2 or 1.3 is needed", beginning.version())
        }
        PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled
        | PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::SupportedVersionsExtensionRequired => {
            "offers no version of TLS that is spoken here: 1.3 and 1.2, unless `tls.min_version` or `tls.max_version` forbids one".to_owned()
        }
        PeerIncompatible::NoCipherSuitesInCommon => {
            "has none of our cipher suites; those with ECDHE and AES-GCM or ChaCha20 are spoken here, and with TLS 1.2 the \
             certificate's key (ECDSA, if the broker made it) must fit, too"
                .to_owned()
        }
        PeerIncompatible::NoKxGroupsInCommon | PeerIncompatible::NamedGroupsExtensionRequired => {
            "has none of our groups for the key exchange: X25519, P-256 and P-384".to_owned()
        }
        PeerIncompatible::NoSignatureSchemesInCommon => {
            "takes no signature of our certificate's key; if that is ECDSA, give a certificate with an RSA key in \
             `tls.cert_file`"
                .to_owned()
        }
        error => format!("speaks TLS in a way that is not possible here: {error:?}"),
    }
}

fn date(time: UnixTime) -> String {
    moment::of(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

/// "`a`, `b` and `c`".
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}
