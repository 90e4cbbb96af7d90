//! Making certificates: the CA's own, and those that it signs.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SanType, SerialNumber,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivatePkcs8KeyDer};
use rustls::sign::SigningKey;
use settings::Preset;
use time::{Duration, OffsetDateTime};

use super::names::{Names, is_host};
use crate::way::tls::moment;

/// How long a CA is valid.
const CA_DAYS: i64 = 3650;
/// How long other certificates are valid. Browsers and Apple's systems accept no more than 398 days.
const LEAF_DAYS: i64 = 397;
/// Clocks differ: certificates are valid from a little before they were made.
const BACK_DATED: Duration = Duration::HOUR;
/// How many serial numbers the CA has revoked from the start. The first is for servers, the others are for clients.
const REVOKED: u8 = 64;
/// The length of our serial numbers.
const SERIAL_BYTES: usize = 16;

/// What a certificate is for.
pub(super) enum Whose<'a> {
    Server(&'a Names),
    Client(&'a str),
}

/// The key of a server or a client.
pub(crate) struct LeafKey(KeyPair);

impl LeafKey {
    pub(crate) fn new() -> Result<Self, String> {
        KeyPair::generate().map(Self).map_err(|error| failed(&error))
    }

    pub(super) fn pem(&self) -> String {
        self.0.serialize_pem()
    }

    /// For a handshake.
    pub(crate) fn signing(&self) -> Result<Arc<dyn SigningKey>, String> {
        let der = PrivatePkcs8KeyDer::from(self.0.serialize_der()).into();
        ring::sign::any_supported_type(&der)
            .map_err(|error| format!("the key that was made cannot be used: {error}"))
    }
}

/// A certificate that a CA signed.
pub(crate) struct Leaf(Certificate);

impl Leaf {
    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }
}

/// A CA that can sign.
pub(super) struct Maker {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    crl: CertificateRevocationListDer<'static>,
    crl_pem: String,
    serial: Vec<u8>,
}

impl Maker {
    /// A new CA. What its key is ends its name, so that no two have the same one: a client that trusts an older CA is told
    /// that it does not know this one, not that a signature is wrong.
    pub(super) fn new(kind: &str) -> Result<Self, String> {
        let key = new_key()?;
        let name = new_name(kind, &key);
        let (certificate, pem, serial) = new_certificate(&name, &key)?;
        let (crl, crl_pem) = new_crl(&name, &serial, &key)?;
        Ok(Self::from_parts(
            &name,
            key,
            (certificate, pem),
            (crl, crl_pem),
            serial,
        ))
    }

    pub(super) fn from_parts(
        name: &str,
        key: KeyPair,
        (certificate, certificate_pem): (CertificateDer<'static>, String),
        (crl, crl_pem): (CertificateRevocationListDer<'static>, String),
        serial: Vec<u8>,
    ) -> Self {
        Self {
            issuer: Issuer::new(ca_params(name), key),
            certificate,
            certificate_pem,
            crl,
            crl_pem,
            serial,
        }
    }

    pub(super) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(super) fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    pub(super) fn crl(&self) -> &CertificateRevocationListDer<'static> {
        &self.crl
    }

    pub(super) fn crl_pem(&self) -> &str {
        &self.crl_pem
    }

    pub(super) fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Signs a certificate for this key.
    pub(super) fn sign(&self, key: &LeafKey, whose: &Whose<'_>, preset: Preset) -> Result<Leaf, String> {
        let mut params = CertificateParams::default();
        let (not_before, not_after) = validity(preset);
        (params.not_before, params.not_after) = (not_before, not_after);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(SerialNumber::from(if preset == Preset::Revoked {
            revoked_serial(&self.serial, whose)
        } else {
            new_serial()?
        }));
        match whose {
            Whose::Server(names) => {
                let first = names.hosts.first().map_or("broker", String::as_str);
                params.distinguished_name = common_name(first);
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
                params.subject_alt_names = alternative_names(&names.hosts, &names.addresses)?;
            }
            Whose::Client(name) => {
                params.distinguished_name = common_name(name);
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
                if is_host(name) {
                    params.subject_alt_names = alternative_names(&[(*name).to_owned()], &[])?;
                }
            }
        }
        let signed = params.signed_by(&key.0, &self.issuer);
        signed.map(Leaf).map_err(|error| failed(&error))
    }
}

pub(super) fn new_key() -> Result<KeyPair, String> {
    KeyPair::generate().map_err(|error| failed(&error))
}

pub(super) fn new_name(kind: &str, key: &KeyPair) -> String {
    let id = CertificateParams::default().key_identifier(key);
    let hex: Vec<_> = id.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{kind} {}", hex.concat())
}

/// The certificate of a CA in both forms, and its serial number.
pub(super) fn new_certificate(
    name: &str,
    key: &KeyPair,
) -> Result<(CertificateDer<'static>, String, Vec<u8>), String> {
    let serial = new_serial()?;
    let mut params = ca_params(name);
    let now = moment::now();
    params.not_before = now - BACK_DATED;
    params.not_after = now + Duration::days(CA_DAYS);
    params.serial_number = Some(SerialNumber::from(serial.clone()));
    let certificate = params.self_signed(key).map_err(|error| failed(&error))?;
    Ok((certificate.der().clone(), certificate.pem(), serial))
}

/// The list of the serial numbers that the CA with this serial number has revoked.
pub(super) fn new_crl(
    name: &str,
    serial: &[u8],
    key: &KeyPair,
) -> Result<(CertificateRevocationListDer<'static>, String), String> {
    let since = moment::now() - BACK_DATED;
    let revoked = |index| RevokedCertParams {
        serial_number: SerialNumber::from(numbered(serial, index)),
        revocation_time: since,
        reason_code: Some(RevocationReason::KeyCompromise),
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: since,
        next_update: since + Duration::days(CA_DAYS),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: (1..=REVOKED).map(revoked).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let issuer = Issuer::new(ca_params(name), key);
    let crl = params.signed_by(&issuer).map_err(|error| failed(&error))?;
    let pem = crl.pem().map_err(|error| failed(&error))?;
    Ok((crl.into(), pem))
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn alternative_names(hosts: &[String], addresses: &[IpAddr]) -> Result<Vec<SanType>, String> {
    let hosts = hosts
        .iter()
        .map(|host| host.as_str().try_into().map(SanType::DnsName));
    let addresses = addresses.iter().map(|address| Ok(SanType::IpAddress(*address)));
    hosts
        .chain(addresses)
        .collect::<Result<_, _>>()
        .map_err(|error: rcgen::Error| failed(&error))
}

/// From when until when it is valid.
fn validity(preset: Preset) -> (OffsetDateTime, OffsetDateTime) {
    let now = moment::now();
    match preset {
        Preset::Expired => (now - Duration::days(30), now - Duration::DAY),
        Preset::NotYetValid => (now + Duration::DAY, now + Duration::days(30)),
        _ => (now - BACK_DATED, now - BACK_DATED + Duration::days(LEAF_DAYS)),
    }
}

/// A random number of 127 bits whose last byte is zero.
fn new_serial() -> Result<Vec<u8>, String> {
    let mut serial = vec![0; SERIAL_BYTES];
    let (last, random) = serial.split_last_mut().ok_or("a serial number has bytes")?;
    ring::default_provider()
        .secure_random
        .fill(random)
        .map_err(|_| "the system gives no random numbers".to_owned())?;
    if let Some(first) = random.first_mut() {
        // Positive, and of full length.
        *first = (*first & 0x7F) | 0x40;
    }
    *last = 0;
    Ok(serial)
}

/// One of the serial numbers that a CA has revoked from the start: its own but for the last byte. So its list never changes,
/// and a certificate is revoked as soon as it is made, for everybody who has the list.
fn numbered(ca: &[u8], index: u8) -> Vec<u8> {
    let mut serial = ca.to_vec();
    if let Some(last) = serial.last_mut() {
        *last = index;
    }
    serial
}

/// The same number for the same client, and with luck another one for another.
fn revoked_serial(ca: &[u8], whose: &Whose<'_>) -> Vec<u8> {
    let index = match whose {
        Whose::Server(_) => 1,
        Whose::Client(name) => {
            let sum = name
                .bytes()
                .fold(0_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(byte));
            2 + u8::try_from(sum % u32::from(REVOKED - 1)).unwrap_or_default()
        }
    };
    numbered(ca, index)
}

fn failed(error: &rcgen::Error) -> String {
    format!("a certificate cannot be made: {error}")
}
