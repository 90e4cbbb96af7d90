//! TLS: flags and files → a checked [`Tls`], with which connections are encrypted.
//!
//! The library is rustls with ring. It has TLS 1.2 and 1.3, and of their cipher suites the safe ones; no pre-shared keys,
//! no encrypted key files, no engines. Flags that ask for those get an error that says what to do instead.

mod certificate;
mod fault;
mod files;
mod flags;
mod suites;
mod verify;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::sign::SingleCertAndKey;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::UsageError;
pub use fault::TlsFault;
pub use flags::TlsFlags;

/// How to encrypt, and whom to trust. The default trusts no authority.
#[derive(Debug, Clone)]
pub struct TlsOptions {
    /// Files of authorities to trust (PEM). Not set by default.
    pub ca_files: Vec<PathBuf>,
    /// Directories of such files. Not set by default.
    pub ca_directories: Vec<PathBuf>,
    /// File of lists of revoked certificates (PEM). With one, the broker's certificate must be signed by an authority that has a
    /// list there, and not be on it. Not set by default.
    pub crl_file: Option<PathBuf>,
    /// Trust what the system trusts. Default false.
    pub system_authorities: bool,
    /// Files of this client's certificate chain and of its private key (PEM). Not set by default.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Whether the certificate must be for the host that was asked for. Default true.
    pub check_host_name: bool,
    /// `tlsv1.3` or `tlsv1.2`. Default both.
    pub version: Option<String>,
    /// Cipher suites, by OpenSSL's or IANA's names, with a colon between two. Default all that rustls has.
    pub ciphers: Option<String>,
    /// Protocol to ask for (ALPN). Not set by default.
    pub alpn: Option<String>,
    /// File to append the secrets to. Not set by default.
    pub key_log: Option<PathBuf>,
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self {
            ca_files: Vec::new(),
            ca_directories: Vec::new(),
            crl_file: None,
            system_authorities: false,
            identity: None,
            check_host_name: true,
            version: None,
            ciphers: None,
            alpn: None,
            key_log: None,
        }
    }
}

/// Checked [`TlsOptions`]: the files are read, and connections can be encrypted.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ClientConfig>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the files and checks everything that can be checked without a broker.
    ///
    /// # Errors
    /// The first thing that is wrong, by the flag that sets it, with what would be right.
    pub fn new(options: &TlsOptions) -> Result<Self, UsageError> {
        let mut trusted = Vec::new();
        for path in &options.ca_files {
            trusted.extend(files::certificates("--cafile", path)?);
        }
        for path in &options.ca_directories {
            trusted.extend(files::certificates_in("--capath", path)?);
        }
        if options.system_authorities {
            trusted.extend(rustls_native_certs::load_native_certs().certs);
        }
        let mut roots = RootCertStore::empty();
        let (_, ignored) = roots.add_parsable_certificates(trusted.iter().cloned());
        if roots.is_empty() {
            return Err(UsageError(if ignored > 0 {
                format!("none of the {ignored} certificates of --cafile or --capath can be read")
            } else {
                "the system has no certificates of authorities (package ca-certificates); give one with --cafile"
                    .to_owned()
            }));
        }
        let provider = Arc::new(CryptoProvider {
            cipher_suites: suites::suites(options.ciphers.as_deref())?,
            ..ring::default_provider()
        });
        let versions = suites::versions(options.version.as_deref())?;
        let roots = Arc::new(roots);
        let mut inner =
            WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider));
        if let Some(path) = &options.crl_file {
            // As OpenSSL's `-crl_check`: the broker's own certificate is looked up, in a list that is not out of date.
            inner = inner
                .with_crls(files::revocation_lists("--crl", path)?)
                .only_check_end_entity_revocation()
                .enforce_revocation_expiration();
        }
        let inner = inner
            .build()
            .map_err(|error| UsageError(format!("--cafile, --crl: {error}")))?;
        let verifier = verify::Verifier {
            inner,
            roots,
            algorithms: provider.signature_verification_algorithms,
            trusted,
            check_host_name: options.check_host_name,
        };
        let identity = match &options.identity {
            None => None,
            Some((certificate, key)) => Some(files::identity(certificate, key, &provider)?),
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .map_err(|error| UsageError(format!("--ciphers with --tls-version: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity))),
        };
        if let Some(protocol) = &options.alpn {
            if protocol.is_empty() || protocol.len() > 255 {
                return Err(UsageError::new(
                    "--tls-alpn: a protocol's name has 1 to 255 bytes",
                ));
            }
            config.alpn_protocols = vec![protocol.clone().into_bytes()];
        }
        if let Some(path) = &options.key_log {
            let mut open = std::fs::OpenOptions::new();
            open.create(true).append(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
            let file = open.open(path).map_err(|error| {
                UsageError(format!("--tls-keylog: cannot write {}: {error}", path.display()))
            })?;
            config.key_log = Arc::new(verify::KeyLogFile(Mutex::new(file)));
        }
        Ok(Self {
            config: Arc::new(config),
        })
    }

    /// What `flags` ask for; `None` is no TLS. `wanted`: the URL or the port asks for it too.
    ///
    /// # Errors
    /// As [`new`](Self::new), and for flags that say how to encrypt when nothing asks for that.
    pub(crate) fn from_flags(flags: &TlsFlags, wanted: bool) -> Result<Option<Self>, UsageError> {
        refuse_impossible(flags)?;
        if flags.cert.is_some() != flags.key.is_some() {
            return Err(UsageError::new(
                "Both certfile and keyfile must be provided if one of them is set: --cert FILE --key FILE.",
            ));
        }
        if flags.no_tls {
            return Ok(None);
        }
        let authorities = flags.cafile.is_some() || flags.capath.is_some();
        if !wanted && !authorities && !flags.tls_use_os_certs && flags.tls_keylog.is_none() {
            return match flags.first_detail() {
                None => Ok(None),
                Some(flag) => Err(UsageError(format!(
                    "{flag} says how to use TLS, but nothing asks for it; add --cafile FILE, --tls-use-os-certs or an \
                     URL with mqtts:// or wss://"
                ))),
            };
        }
        let options = TlsOptions {
            ca_files: flags.cafile.iter().map(PathBuf::from).collect(),
            ca_directories: flags.capath.iter().map(PathBuf::from).collect(),
            crl_file: flags.crl.as_ref().map(PathBuf::from),
            // As mosquitto's clients do: an authority given by name replaces the system's.
            system_authorities: flags.tls_use_os_certs || !authorities,
            identity: flags
                .cert
                .as_ref()
                .map(PathBuf::from)
                .zip(flags.key.as_ref().map(PathBuf::from)),
            check_host_name: !flags.insecure,
            version: flags.tls_version.clone(),
            ciphers: flags.ciphers.clone(),
            alpn: flags.tls_alpn.clone(),
            key_log: flags.tls_keylog.as_ref().map(PathBuf::from),
        };
        Self::new(&options).map(Some)
    }

    pub(crate) fn connector(&self) -> TlsConnector {
        TlsConnector::from(Arc::clone(&self.config))
    }
}

fn refuse_impossible(flags: &TlsFlags) -> Result<(), UsageError> {
    let no = |flag: &str, what: &str| {
        Err(UsageError(format!(
            "{flag}: this TLS library (rustls) has {what}"
        )))
    };
    if flags.psk.is_some() || flags.psk_identity.is_some() {
        return no(
            "--psk",
            "no pre-shared keys; use certificates: --cafile, and --cert with --key if the broker asks who you are",
        );
    }
    if flags.tls_engine.is_some() || flags.tls_engine_kpass_sha1.is_some() {
        return no(
            "--tls-engine",
            "no engines; give the key as a PEM file with --key",
        );
    }
    match flags.keyform.as_deref() {
        None => Ok(()),
        Some("pem") if flags.key.is_some() => Ok(()),
        Some("pem") => Err(UsageError::new(
            "If keyform is set, keyfile must be also specified: --key FILE.",
        )),
        Some("engine") => no("--keyform", "no engines; give the key as a PEM file with --key"),
        Some(other) => Err(UsageError(format!(
            "--keyform: `{other}` is not one of pem, engine"
        ))),
    }
}
