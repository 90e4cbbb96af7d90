//! Reads what the TLS library does not: certificates of version 1, and the common name.
//!
//! `openssl x509 -req` without extensions makes certificates of version 1, in which no host can stand but as the common
//! name. OpenSSL accepts both. The fields are those of RFC 5280, section 4.1.

use std::str;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use tokio_rustls::rustls::CertificateError;
use tokio_rustls::rustls::pki_types::{
    SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer, TrustAnchor, UnixTime,
};

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1D, 0x11];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x1E];

/// Parts of a certificate, as their bytes stand in it: contents, without tag and length.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    /// Everything but the signature, with tag and length: what is signed.
    signed: &'a [u8],
    signature_algorithm: &'a [u8],
    signature: &'a [u8],
    is_version_1: bool,
    issuer: &'a [u8],
    validity: &'a [u8],
    subject: &'a [u8],
    /// With tag and length.
    key: &'a [u8],
    /// Object identifiers of the extensions.
    extensions: Vec<&'a [u8]>,
}

impl<'a> Certificate<'a> {
    /// `None` if it is not a certificate of version 1 or 3.
    pub(super) fn read(der: &'a [u8]) -> Option<Self> {
        let mut whole = Reader(der);
        let mut outer = Reader(whole.take(SEQUENCE)?);
        let (tag, contents, signed) = outer.next()?;
        let signature_algorithm = outer.take(SEQUENCE)?;
        let signature = outer.take(BIT_STRING)?.strip_prefix(&[0])?;
        let mut inner = Reader(contents);
        let version = inner.take(0xA0);
        let _serial_number = inner.take(0x02)?;
        let repeated = inner.take(SEQUENCE)?;
        let (issuer, validity, subject) = (
            inner.take(SEQUENCE)?,
            inner.take(SEQUENCE)?,
            inner.take(SEQUENCE)?,
        );
        let (key_tag, _, key) = inner.next()?;
        let extensions = match version {
            None => Vec::new(),
            Some([0x02, 1, 2]) => extensions(&mut inner)?,
            Some(_) => return None,
        };
        let ends = [&whole, &outer, &inner].iter().all(|reader| reader.0.is_empty());
        (ends && tag == SEQUENCE && key_tag == SEQUENCE && repeated == signature_algorithm).then_some(Self {
            signed,
            signature_algorithm,
            signature,
            is_version_1: version.is_none(),
            issuer,
            validity,
            subject,
            key,
            extensions,
        })
    }

    pub(super) fn of_version_1(der: &'a [u8]) -> Option<Self> {
        Self::read(der).filter(|certificate| certificate.is_version_1)
    }

    pub(super) fn key(&self) -> SubjectPublicKeyInfoDer<'a> {
        SubjectPublicKeyInfoDer::from(self.key)
    }

    /// The host that the certificate is for: it counts only in a certificate that has no other place for one.
    pub(super) fn common_name(&self) -> Option<&'a str> {
        if self.extensions.contains(&SUBJECT_ALTERNATIVE_NAME) {
            return None;
        }
        let mut names = Reader(self.subject);
        while let Some((_, set, _)) = names.next() {
            let mut attribute = Reader(Reader(set).take(SEQUENCE)?);
            if attribute.take(OBJECT_IDENTIFIER)? == COMMON_NAME {
                // UTF8String, PrintableString, TeletexString, IA5String.
                let (tag, text, _) = attribute.next()?;
                return matches!(tag, 0x0C | 0x13 | 0x14 | 0x16)
                    .then(|| str::from_utf8(text).ok())
                    .flatten();
            }
        }
        None
    }

    /// Whether the certificate or one of its signers may speak for some hosts only. The TLS library checks this for
    /// subject alternative names, but not for common names.
    pub(super) fn is_constrained(&self, roots: &[TrustAnchor<'_>]) -> bool {
        self.extensions.contains(&NAME_CONSTRAINTS)
            || roots
                .iter()
                .any(|root| root.name_constraints.is_some() && root.subject.as_ref() == self.issuer)
    }

    /// Checks that one of `roots` signed it directly, and that it is valid `now`.
    pub(super) fn verify(
        &self,
        roots: &[TrustAnchor<'_>],
        algorithms: &[&'static dyn SignatureVerificationAlgorithm],
        now: UnixTime,
    ) -> Result<(), CertificateError> {
        let mut issuers = roots
            .iter()
            .filter(|root| root.subject.as_ref() == self.issuer)
            .peekable();
        if issuers.peek().is_none() {
            return Err(CertificateError::UnknownIssuer);
        }
        let algorithms = algorithms
            .iter()
            .filter(|algorithm| algorithm.signature_alg_id().as_ref() == self.signature_algorithm);
        let signed = |root: &TrustAnchor<'_>| {
            let key = root.subject_public_key_info.as_ref();
            verifies(key, algorithms.clone(), self.signed, self.signature)
        };
        if !issuers.any(signed) {
            return Err(CertificateError::BadSignature);
        }
        let mut validity = Reader(self.validity);
        let mut date = || validity.next().and_then(|(tag, text, _)| date(tag, text));
        let (Some(not_before), Some(not_after)) = (date(), date()) else {
            return Err(CertificateError::BadEncoding);
        };
        if now < not_before {
            return Err(CertificateError::NotValidYetContext {
                time: now,
                not_before,
            });
        }
        if now > not_after {
            return Err(CertificateError::ExpiredContext { time: now, not_after });
        }
        Ok(())
    }

    /// Whether the certificate's key made `signature`.
    pub(super) fn verifies(
        &self,
        algorithms: &[&'static dyn SignatureVerificationAlgorithm],
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let key = Reader(self.key).take(SEQUENCE);
        key.is_some_and(|key| verifies(key, algorithms, message, signature))
    }
}

/// `key`: the contents of a SubjectPublicKeyInfo.
fn verifies<'s>(
    key: &[u8],
    algorithms: impl IntoIterator<Item = &'s &'static dyn SignatureVerificationAlgorithm>,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let mut key = Reader(key);
    let (Some(kind), Some(bits)) = (key.take(SEQUENCE), key.take(BIT_STRING)) else {
        return false;
    };
    let Some(public) = bits.strip_prefix(&[0]) else {
        return false;
    };
    algorithms
        .into_iter()
        .filter(|algorithm| algorithm.public_key_alg_id().as_ref() == kind)
        .any(|algorithm| algorithm.verify_signature(public, message, signature).is_ok())
}

/// The object identifiers of the extensions, which end a certificate.
fn extensions<'a>(inner: &mut Reader<'a>) -> Option<Vec<&'a [u8]>> {
    // Unique identifiers of issuer and subject, which are not used in practice.
    inner.take(0x81);
    inner.take(0x82);
    let mut found = Vec::new();
    if let Some(explicit) = inner.take(0xA3) {
        let mut all = Reader(Reader(explicit).take(SEQUENCE)?);
        while !all.0.is_empty() {
            found.push(Reader(all.take(SEQUENCE)?).take(OBJECT_IDENTIFIER)?);
        }
    }
    Some(found)
}

/// A UTCTime (`YYMMDDHHMMSSZ`, from 1950 on) or a GeneralizedTime, which has four digits of the year.
fn date(tag: u8, text: &[u8]) -> Option<UnixTime> {
    let text = str::from_utf8(text).ok()?;
    let text = match (tag, text.as_bytes().first()?) {
        (0x17, b'5'..=b'9') => format!("19{text}"),
        (0x17, _) => format!("20{text}"),
        (0x18, _) => text.to_owned(),
        _ => return None,
    };
    let time = DateTime::strptime("%Y%m%d%H%M%SZ", text).ok()?;
    let time = TimeZone::UTC.to_timestamp(time).ok()?;
    // A date before 1970 counts as 1970.
    let seconds = u64::try_from(time.as_second()).unwrap_or_default();
    Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(
        seconds,
    )))
}

/// What is left of a sequence of values in DER.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Tag and contents of the next value, and all its bytes.
    fn next(&mut self) -> Option<(u8, &'a [u8], &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7F => (usize::from(*first), rest),
            // A certificate is not longer than 16 MB, be it read from a file or from a connection.
            0x81..=0x83 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
                let length = digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit));
                (length, rest)
            }
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        let (whole, _) = self.0.split_at_checked(self.0.len() - rest.len())?;
        self.0 = rest;
        Some((*tag, contents, whole))
    }

    /// The contents of the next value if it has this tag; else nothing is read.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        (*self.0.first()? == tag)
            .then(|| self.next())?
            .map(|(_, contents, _)| contents)
    }
}
