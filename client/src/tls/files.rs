//! Certificates and keys, read from PEM files.

use std::path::Path;

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::certificate::Certificate;
use crate::UsageError;

/// All certificates in a file. A file without certificates is an error.
pub(super) fn certificates(flag: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, UsageError> {
    let text = read(flag, path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let wrong = |what: String| UsageError(format!("{flag}: {} {what}", path.display()));
    let found = found.map_err(|error| wrong(format!("is not PEM as it should be: {error}")))?;
    if found.is_empty() {
        let what = if holds(&text, "PRIVATE KEY") {
            "has a private key and no certificate; are --cert and --key the wrong way round?"
        } else if text.first() == Some(&0x30) {
            "is DER; convert it: openssl x509 -inform der -in FILE -out FILE.pem"
        } else {
            "has no certificate (a line `-----BEGIN CERTIFICATE-----` begins one)"
        };
        return Err(wrong(what.to_owned()));
    }
    Ok(found)
}

/// The certificates in the files of a directory. Files without any are left out, as OpenSSL does.
pub(super) fn certificates_in(flag: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, UsageError> {
    let failed = |error: std::io::Error| {
        UsageError(format!(
            "{flag}: cannot read the directory {}: {error}",
            path.display()
        ))
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?.path();
        // A directory of authorities is full of links to the same files.
        if let Ok(text) = std::fs::read(&entry) {
            let certificates = CertificateDer::pem_slice_iter(&text).filter_map(Result::ok);
            for certificate in certificates {
                if !found.contains(&certificate) {
                    found.push(certificate);
                }
            }
        }
    }
    if found.is_empty() {
        return Err(UsageError(format!(
            "{flag}: no file in {} has a certificate",
            path.display()
        )));
    }
    Ok(found)
}

/// The lists of revoked certificates in a file.
pub(super) fn revocation_lists(
    flag: &str,
    path: &Path,
) -> Result<Vec<CertificateRevocationListDer<'static>>, UsageError> {
    let text = read(flag, path)?;
    let found: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&text).collect();
    let wrong = |what: String| UsageError(format!("{flag}: {} {what}", path.display()));
    let found = found.map_err(|error| wrong(format!("is not PEM as it should be: {error}")))?;
    if found.is_empty() {
        return Err(wrong(
            "has no list of revoked certificates (a line `-----BEGIN X509 CRL-----` begins one)".to_owned(),
        ));
    }
    Ok(found)
}

/// This client's certificate with its chain and its key. They must belong together; the broker judges the rest.
pub(super) fn identity(
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, UsageError> {
    let chain = certificates("--cert", certificate)?;
    let private = private_key("--key", key)?;
    let private = provider.key_provider.load_private_key(private).map_err(|_| {
        UsageError(format!(
            "--key: {} is not a key that this TLS library can use: RSA of 2048 to 4096 bits, P-256, P-384 or Ed25519; make one: \
             openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out FILE",
            key.display()
        ))
    })?;
    let Some(public) = chain
        .first()
        .and_then(|first| Certificate::read(first))
        .map(|certificate| certificate.key().into_owned())
    else {
        return Err(UsageError(format!(
            "--cert: the first certificate in {} cannot be read as one of X.509; look at it: openssl x509 -text -in FILE",
            certificate.display()
        )));
    };
    if private.public_key().is_some_and(|own| own != public) {
        return Err(UsageError(format!(
            "--key: {} is not the key of the certificate in {}",
            key.display(),
            certificate.display()
        )));
    }
    Ok(CertifiedKey::new(chain, private))
}

/// The private key in a file.
fn private_key(flag: &str, path: &Path) -> Result<PrivateKeyDer<'static>, UsageError> {
    let text = read(flag, path)?;
    let wrong = |what: &str| Err(UsageError(format!("{flag}: {} {what}", path.display())));
    if holds(&text, "BEGIN ENCRYPTED PRIVATE KEY") || holds(&text, "Proc-Type: 4,ENCRYPTED") {
        return wrong(
            "is encrypted, which this TLS library cannot read; decrypt it: openssl pkey -in FILE -out FILE.plain",
        );
    }
    match PrivateKeyDer::from_pem_slice(&text) {
        Ok(key) => Ok(key),
        Err(_) if holds(&text, "BEGIN CERTIFICATE") => {
            wrong("has a certificate and no private key; are --cert and --key the wrong way round?")
        }
        Err(_) if holds(&text, "BEGIN OPENSSH PRIVATE KEY") => wrong("is a key of SSH, not of TLS"),
        Err(error) => wrong(&format!("has no private key: {error}")),
    }
}

fn read(flag: &str, path: &Path) -> Result<Vec<u8>, UsageError> {
    std::fs::read(path)
        .map_err(|error| UsageError(format!("{flag}: cannot read {}: {error}", path.display())))
}

fn holds(text: &[u8], words: &str) -> bool {
    text.windows(words.len()).any(|window| window == words.as_bytes())
}
