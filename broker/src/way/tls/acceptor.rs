//! [`Acceptor`]: what one listener does for TLS.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use settings::TlsVersion;

use super::authority::Authority;
use super::clients;
use super::facts::Identity;
use super::files;
use super::hello::{Choose, Resolver};
use super::machine::Tls;
use super::made::Made;
use super::suites;
use crate::way::Fault;

/// Begins TLS for the connections of one listener, by its settings. A clone is the same one.
#[derive(Debug, Clone)]
pub(crate) struct Acceptor(Arc<Listening>);

/// What an acceptor and its clones share.
#[derive(Debug)]
pub(super) struct Listening {
    settings: settings::Tls,
    authority: Authority,
    /// Where it listens.
    addresses: Vec<IpAddr>,
    identity: Identity,
    /// Made when it is first needed: a broker that nobody speaks TLS to pays nothing for it.
    current: Mutex<Option<Arc<ServerConfig>>>,
}

impl Acceptor {
    /// One for a listener on these addresses. Files are read now.
    pub(crate) fn new(
        settings: &settings::Tls,
        authority: &Authority,
        addresses: &[IpAddr],
    ) -> Result<Self, String> {
        let listening = Arc::new(Listening {
            settings: settings.clone(),
            authority: authority.clone(),
            addresses: addresses.to_vec(),
            identity: clients::identity(settings),
            current: Mutex::default(),
        });
        suites::chosen(&settings.ciphers)?;
        if listening.has_files() {
            listening.change(Some(listening.config()?));
        }
        authority.add(&listening);
        Ok(Self(listening))
    }

    /// Begins TLS with a client that has just connected.
    pub(crate) fn accept(&self) -> Result<Tls, Fault> {
        let mut current = self.0.current();
        let config = if let Some(config) = &*current {
            Arc::clone(config)
        } else {
            let config = self.0.config().map_err(Fault)?;
            Arc::clone(current.insert(config))
        };
        drop(current);
        Tls::new(config, self.0.identity)
    }
}

impl Listening {
    fn current(&self) -> MutexGuard<'_, Option<Arc<ServerConfig>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads all files again, and makes a new certificate where there are no files. `None` if nobody needed one so far.
    pub(super) fn read_again(&self) -> Result<Option<Arc<ServerConfig>>, String> {
        let is_used = self.current().is_some();
        is_used.then(|| self.config()).transpose()
    }

    /// From now on connections begin with this. Those that are there stay as they are.
    pub(super) fn change(&self, config: Option<Arc<ServerConfig>>) {
        *self.current() = config;
    }

    fn has_files(&self) -> bool {
        let it = &self.settings;
        [
            &it.cert_file,
            &it.key_file,
            &it.ca_file,
            &it.ca_path,
            &it.crl_file,
        ]
        .iter()
        .any(|file| !file.is_empty())
    }

    fn config(&self) -> Result<Arc<ServerConfig>, String> {
        let settings = &self.settings;
        let mut provider = ring::default_provider();
        provider.cipher_suites = suites::chosen(&settings.ciphers)?;
        let provider = Arc::new(provider);
        let certificate = self.certificate()?;
        let verifier = clients::verifier(settings, &self.authority, &provider)?;
        let versions: &[_] = match (settings.min_version, settings.max_version) {
            (TlsVersion::Tls13, _) => &[&TLS13],
            (_, TlsVersion::Tls12) => &[&TLS12],
            _ => &[&TLS13, &TLS12],
        };
        let builder = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(|error| format!("tls.min_version: {error}"))?;
        let builder = match verifier {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(Arc::new(Resolver(certificate)));
        config.alpn_protocols = settings
            .alpn
            .iter()
            .map(|name| name.clone().into_bytes())
            .collect();
        // A client that comes again shows its ticket; nothing is kept here. The key for tickets goes with the certificates, so that
        // nobody gets round those that were read again.
        config.ticketer = ring::Ticketer::new().map_err(|error| format!("TLS cannot begin: {error}"))?;
        Ok(Arc::new(config))
    }

    fn certificate(&self) -> Result<Arc<dyn Choose>, String> {
        let (certificate, key) = (&self.settings.cert_file, &self.settings.key_file);
        match (certificate.is_empty(), key.is_empty()) {
            (true, true) => {
                let made = Made::new(&self.authority, self.settings.preset, &self.addresses)?;
                Ok(Arc::new(made))
            }
            (false, false) => Ok(Arc::new(Given(files::certified_key(certificate, key)?))),
            (false, true) => Err(format!(
                "tls.cert_file is {certificate}, and tls.key_file is empty: give the file with its private key, too"
            )),
            (true, false) => Err(format!(
                "tls.key_file is {key}, and tls.cert_file is empty: give the file with its certificate, too"
            )),
        }
    }
}

/// The certificate from a file, shown to everybody.
#[derive(Debug)]
struct Given(Arc<CertifiedKey>);

impl Choose for Given {
    fn choose(&self, _: Option<&str>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}
