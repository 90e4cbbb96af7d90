//! Certificates, keys and revocation lists, read from PEM files. Errors name the setting, the file, and what would be right.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

use crate::plain_file;

/// The endings of the files in a directory of CAs that are read: those of certificates, and of the links with numbers that
/// OpenSSL's `rehash` makes.
const ENDINGS: &[&str] = &["pem", "crt", "cer", "0", "1", "2"];

/// All certificates in a file. A file without certificates is an error.
pub(super) fn certificates(key: &str, path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = read(key, path)?;
    let found = certificates_of(&text).map_err(|what| format!("{key}: {path} {what}"))?;
    if found.is_empty() {
        let what = if holds(&text, "PRIVATE KEY") {
            "has a private key and no certificate; are the files of certificate and key the wrong way round?"
        } else if text.first() == Some(&0x30) {
            "is DER; convert it to PEM: openssl x509 -inform der -in FILE -out FILE.pem"
        } else {
            "has no certificate (a line `-----BEGIN CERTIFICATE-----` begins one)"
        };
        return Err(format!("{key}: {path} {what}"));
    }
    Ok(found)
}

/// The certificates in this text. An error says which one is wrong.
fn certificates_of(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut found = Vec::new();
    for (index, block) in CertificateDer::pem_slice_iter(text).enumerate() {
        let block = block.map_err(|error| format!("is not PEM in its block {}: {error}", index + 1))?;
        if Certificate::from_der(&block).is_err() {
            return Err(format!(
                "has a certificate, block {}, that cannot be read as one of X.509; look at it: openssl x509 -text -in FILE",
                index + 1
            ));
        }
        found.push(block);
    }
    Ok(found)
}

/// The certificates in the files of a directory. It is full of links to the same files, so that each counts once.
pub(super) fn certificates_in(key: &str, path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let failed = |error: std::io::Error| format!("{key}: cannot read the directory {path}: {error}");
    let mut found: Vec<CertificateDer<'static>> = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?.path();
        let ending = entry.extension().and_then(|ending| ending.to_str());
        if !ending.is_some_and(|ending| ENDINGS.contains(&ending)) || entry.is_dir() {
            continue;
        }
        let file = entry.display().to_string();
        let text = read(key, &file)?;
        for certificate in certificates_of(&text).map_err(|what| format!("{key}: {file} {what}"))? {
            if !found.contains(&certificate) {
                found.push(certificate);
            }
        }
    }
    if found.is_empty() {
        return Err(format!(
            "{key}: no file in {path} that ends in .pem, .crt or .cer has a certificate"
        ));
    }
    Ok(found)
}

/// The revocation lists in a file.
pub(super) fn revocation_lists(
    key: &str,
    path: &str,
) -> Result<Vec<CertificateRevocationListDer<'static>>, String> {
    let text = read(key, path)?;
    let found: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| format!("{key}: {path} is not PEM: {error}"))?;
    if found.is_empty() {
        return Err(format!(
            "{key}: {path} has no revocation list (a line `-----BEGIN X509 CRL-----` begins one); make one: openssl ca -gencrl"
        ));
    }
    Ok(found)
}

/// The certificate that is shown, with its chain and its key. They must belong together.
pub(super) fn certified_key(certificate: &str, key: &str) -> Result<Arc<CertifiedKey>, String> {
    const CERTIFICATE: &str = "tls.cert_file";
    const KEY: &str = "tls.key_file";
    let chain = certificates(CERTIFICATE, certificate)?;
    let private = private_key(KEY, key)?;
    let private = ring::sign::any_supported_type(&private).map_err(|_| {
        format!(
            "{KEY}: {key} is a key that cannot be used here: it must be RSA of 2048 to 4096 bits, P-256, P-384 or Ed25519; make \
             one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out FILE"
        )
    })?;
    let first = chain.first().and_then(|first| Certificate::from_der(first).ok());
    let public = first.and_then(|first| first.tbs_certificate().subject_public_key_info().to_der().ok());
    if private
        .public_key()
        .is_some_and(|own| Some(own.as_ref()) != public.as_deref())
    {
        return Err(format!(
            "{KEY}: {key} is not the key of the first certificate in {certificate}; a chain begins with the server's own \
             certificate"
        ));
    }
    Ok(Arc::new(CertifiedKey::new(chain, private)))
}

/// The private key in a file: PKCS#8, PKCS#1 or SEC1.
fn private_key(key: &str, path: &str) -> Result<PrivateKeyDer<'static>, String> {
    let text = read(key, path)?;
    let wrong = |what: &str| Err(format!("{key}: {path} {what}"));
    if holds(&text, "BEGIN ENCRYPTED PRIVATE KEY") || holds(&text, "Proc-Type: 4,ENCRYPTED") {
        return wrong(
            "is encrypted, and nobody is there to type the password; decrypt it: openssl pkey -in FILE -out FILE.plain",
        );
    }
    match PrivateKeyDer::from_pem_slice(&text) {
        Ok(private) => Ok(private),
        Err(_) if holds(&text, "BEGIN OPENSSH PRIVATE KEY") => wrong("is a key of SSH, not of TLS"),
        Err(_) if holds(&text, "BEGIN CERTIFICATE") => wrong(
            "has a certificate and no private key; are the files of certificate and key the wrong way round?",
        ),
        Err(_) if text.first() == Some(&0x30) => {
            wrong("is DER; convert it to PEM: openssl pkey -inform der -in FILE -out FILE.pem")
        }
        Err(error) => wrong(&format!(
            "has no private key (a line `-----BEGIN PRIVATE KEY-----` begins one): {error}"
        )),
    }
}

fn read(key: &str, path: &str) -> Result<Vec<u8>, String> {
    plain_file::read(Path::new(path)).map_err(|error| format!("{key}: cannot read {path}: {error}"))
}

fn holds(text: &[u8], words: &str) -> bool {
    text.windows(words.len()).any(|window| window == words.as_bytes())
}
