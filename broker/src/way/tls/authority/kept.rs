//! A CA in a directory.
//!
//! A hundred brokers may start at a time on the same directory. Each file is written whole under another name and then linked
//! to its own, which only the first can do; the others take what is there. The key comes first, and what depends on it is made
//! from the key that is there.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rcgen::KeyPair;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

use super::make::{self, Maker};
use crate::plain_file;
use crate::private_file;
use crate::way::tls::moment;

pub(super) const CERTIFICATE: &str = "ca.pem";
pub(super) const KEY: &str = "ca-key.pem";
pub(super) const CRL: &str = "crl.pem";

/// What to do if a file there is of no use.
const AFRESH: &str = "remove ca.pem, ca-key.pem and crl.pem there, and a new CA is made; or give certificates of your own with \
                      `tls.cert_file` and `tls.key_file`";

pub(super) fn load_or_make(directory: &Path) -> Result<Maker, String> {
    make_directory(directory).map_err(|error| said(directory, "cannot make the directory", &error))?;
    let key_path = directory.join(KEY);
    let certificate_path = directory.join(CERTIFICATE);
    let orphaned = certificate_path.exists() && !key_path.exists();
    if orphaned {
        return Err(format!(
            "{} has no key beside it ({KEY}): put it back, or {AFRESH}",
            certificate_path.display()
        ));
    }
    let wrong = |path: &Path, what: &str| format!("{} {what}: {AFRESH}", path.display());

    let key = read_or_link(&key_path, || Ok(make::new_key()?.serialize_pem()))?;
    let key =
        KeyPair::from_pem(&key).map_err(|_| wrong(&key_path, "is not a private key in PEM (PKCS#8)"))?;

    let pem = read_or_link(&certificate_path, || {
        let name = make::new_name("Citronella test CA", &key);
        make::new_certificate(&name, &key).map(|(_, pem, _)| pem)
    })?;
    let der = CertificateDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| wrong(&certificate_path, "is not a certificate in PEM"))?;
    let certificate =
        Certificate::from_der(&der).map_err(|_| wrong(&certificate_path, "is not a certificate of X.509"))?;
    let certificate = certificate.tbs_certificate();
    let own = rcgen::PublicKeyData::subject_public_key_info(&key);
    if certificate.subject_public_key_info().to_der().ok().as_deref() != Some(&own) {
        return Err(wrong(
            &certificate_path,
            &format!("is not the certificate of the key in {KEY}"),
        ));
    }
    let subject = certificate.subject().to_string();
    let name = subject
        .strip_prefix("CN=")
        .filter(|name| name.starts_with("Citronella ") && !name.contains(','))
        .ok_or_else(|| {
            wrong(
                &certificate_path,
                &format!("is of `{subject}`, not a CA that the broker made"),
            )
        })?;
    let until = certificate.validity().not_after.to_unix_duration().as_secs();
    let until = i64::try_from(until).unwrap_or(i64::MAX);
    if until < moment::now().unix_timestamp() {
        let what = format!("expired on {}", moment::of(until));
        return Err(wrong(&certificate_path, &what));
    }
    let serial = certificate.serial_number().as_bytes().to_vec();

    let crl_path = directory.join(CRL);
    let crl_pem = read_or_link(&crl_path, || {
        make::new_crl(name, &serial, &key).map(|(_, pem)| pem)
    })?;
    let crl = CertificateRevocationListDer::from_pem_slice(crl_pem.as_bytes())
        .map_err(|_| wrong(&crl_path, "is not a revocation list in PEM"))?;
    Ok(Maker::from_parts(name, key, (der, pem), (crl, crl_pem), serial))
}

/// Writes all three. The certificate comes last: a program that sees it finds the others.
pub(super) fn write(directory: &Path, maker: &Maker) -> Result<(), String> {
    let key = maker.key_pem();
    for (name, text) in [
        (KEY, &*key),
        (CRL, maker.crl_pem()),
        (CERTIFICATE, maker.certificate_pem()),
    ] {
        let path = directory.join(name);
        let beside = write_beside(&path, text).map_err(|error| said(&path, "cannot write", &error))?;
        fs::rename(&beside, &path).map_err(|error| said(&path, "cannot write", &error))?;
    }
    Ok(())
}

/// Whether the certificate at the beginning of this PEM file is one that a broker made.
pub(super) fn is_made_here(path: &Path) -> bool {
    let pem = plain_file::read(path).unwrap_or_default();
    let certificate = CertificateDer::from_pem_slice(&pem).ok();
    let certificate = certificate.and_then(|der| Certificate::from_der(&der).ok());
    certificate.is_some_and(|it| {
        it.tbs_certificate()
            .issuer()
            .to_string()
            .starts_with("CN=Citronella ")
    })
}

/// The text of this file. If it is not there, it is made; if another program was faster, its text is the one that counts.
fn read_or_link(path: &Path, make: impl FnOnce() -> Result<String, String>) -> Result<String, String> {
    let read = || plain_file::read_text(path);
    match read() {
        Ok(text) => return Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(said(path, "cannot read", &error)),
    }
    let text = make()?;
    let beside = write_beside(path, &text).map_err(|error| said(path, "cannot write", &error))?;
    let linked = fs::hard_link(&beside, path);
    let linked = match linked {
        // A file system without links: there is no better way.
        Err(error) if error.kind() == io::ErrorKind::Unsupported && !path.exists() => {
            fs::rename(&beside, path)
        }
        linked => linked,
    };
    let _ = fs::remove_file(&beside);
    match linked {
        Ok(()) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            read().map_err(|error| said(path, "cannot read", &error))
        }
        Err(error) => Err(said(path, "cannot write", &error)),
    }
}

/// Writes the text whole, under a name that no other program and thread uses.
fn write_beside(path: &Path, text: &str) -> io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);

    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.{count}.tmp", std::process::id()));
    let beside = PathBuf::from(beside);
    let is_key = path.ends_with(KEY);
    let written = private_file::create(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| if is_key { Ok(()) } else { for_everybody(&beside) });
    if let Err(error) = written {
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    Ok(beside)
}

/// Others read the certificate and the list: that is what they are for.
#[cfg(unix)]
fn for_everybody(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)]
fn for_everybody(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A directory that is made here is the owner's alone; one that is there stays as it is.
fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn said(path: &Path, what: &str, error: &io::Error) -> String {
    format!("{what} {}: {error}", path.display())
}
