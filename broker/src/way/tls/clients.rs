//! Whether clients are asked for a certificate, and which are accepted.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

use super::authority::Authority;
use super::facts::Identity;
use super::files;

/// What of a client's certificate is its user name.
pub(super) fn identity(settings: &settings::Tls) -> Identity {
    if settings.use_subject_as_username {
        Identity::Subject
    } else if settings.use_identity_as_username {
        Identity::CommonName
    } else {
        Identity::Nothing
    }
}

/// Who checks the certificates of clients. `None` if they are not asked for one: as with mosquitto, that is so until a setting
/// speaks of their certificates. A client that shows one to everybody would be refused for a CA that nobody meant to check.
pub(super) fn verifier(
    settings: &settings::Tls,
    authority: &Authority,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, String> {
    let has_files = [&settings.ca_file, &settings.ca_path, &settings.crl_file]
        .iter()
        .any(|file| !file.is_empty());
    if !has_files && !settings.require_certificate && identity(settings) == Identity::Nothing {
        return Ok(None);
    }
    let mut trusted = Vec::new();
    if !settings.ca_file.is_empty() {
        trusted.extend(files::certificates("tls.ca_file", &settings.ca_file)?);
    }
    if !settings.ca_path.is_empty() {
        trusted.extend(files::certificates_in("tls.ca_path", &settings.ca_path)?);
    }
    let mut lists = Vec::new();
    if trusted.is_empty() {
        trusted.push(authority.certificate()?);
        lists.push(authority.crl()?);
    }
    if !settings.crl_file.is_empty() {
        lists.extend(files::revocation_lists("tls.crl_file", &settings.crl_file)?);
    }
    let mut roots = RootCertStore::empty();
    let (_, unusable) = roots.add_parsable_certificates(trusted);
    if roots.is_empty() {
        return Err(format!(
            "tls.ca_file, tls.ca_path: none of the {unusable} certificates there can be that of a CA; look at them: openssl x509 \
             -text -in FILE"
        ));
    }
    let checks_lists = !lists.is_empty();
    let mut builder =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).with_crls(lists);
    if checks_lists {
        // As with OpenSSL and mosquitto: the client's own certificate is looked up, in a list that is not out of date.
        builder = builder
            .only_check_end_entity_revocation()
            .enforce_revocation_expiration();
    }
    if !settings.require_certificate {
        builder = builder.allow_unauthenticated();
    }
    let verifier = builder
        .build()
        .map_err(|error| format!("tls.crl_file: {} cannot be used: {error}", settings.crl_file))?;
    Ok(Some(verifier))
}
