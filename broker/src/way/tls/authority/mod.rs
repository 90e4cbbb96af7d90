//! [`Authority`]: the certificate authority (CA) that the broker makes for itself.

mod kept;
mod make;
mod names;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use settings::Preset;

use super::acceptor::Listening;

pub(super) use make::{Leaf, LeafKey};
use make::{Maker, Whose};
pub(super) use names::{Names, is_private_name};

/// A CA, its key, and the list of what it revoked. It lies in memory, and is made when it is first asked for; or in a
/// directory, where other programs find its certificate.
#[derive(Clone)]
pub(crate) struct Authority(Arc<Inner>);

struct Inner {
    made: OnceLock<Result<Maker, String>>,
    directory: Option<PathBuf>,
    /// The listeners of the broker whose CA it is.
    listening: Mutex<Vec<Weak<Listening>>>,
}

impl Authority {
    /// The names of its files.
    pub(crate) const FILES: [&str; 3] = [kept::CERTIFICATE, kept::CRL, kept::KEY];

    fn new(made: OnceLock<Result<Maker, String>>, directory: Option<PathBuf>) -> Self {
        Self(Arc::new(Inner {
            made,
            directory,
            listening: Mutex::default(),
        }))
    }

    /// One in memory.
    pub(crate) fn in_memory() -> Self {
        Self::new(OnceLock::new(), None)
    }

    /// The one in this directory, made if there is none. `ca.pem` is its certificate, `crl.pem` its list, `ca-key.pem` its
    /// key, which only the owner may read.
    pub(crate) fn in_directory(directory: &Path) -> Result<Self, String> {
        let maker = kept::load_or_make(directory)?;
        Ok(Self::new(OnceLock::from(Ok(maker)), Some(directory.to_owned())))
    }

    /// The one in this directory, if there is one.
    pub(crate) fn found_in(directory: &Path) -> Result<Option<Self>, String> {
        let is_there = directory.join(kept::KEY).exists() && directory.join(kept::CERTIFICATE).exists();
        is_there.then(|| Self::in_directory(directory)).transpose()
    }

    /// Puts it into this directory, too, over what is there.
    pub(crate) fn copy_to(&self, directory: &Path) -> Result<(), String> {
        kept::write(directory, self.maker()?)
    }

    /// Whether the certificate at the beginning of this PEM file is one that a broker made.
    pub(crate) fn made(path: &Path) -> bool {
        kept::is_made_here(path)
    }

    /// Has this listener read its files again when the others do.
    pub(super) fn add(&self, listening: &Arc<Listening>) {
        self.listening().push(Arc::downgrade(listening));
    }

    /// Has all listeners read their files again. If something is wrong, everything stays as it is.
    pub(crate) fn reload(&self) -> Result<(), String> {
        let listening: Vec<_> = self.listening().iter().filter_map(Weak::upgrade).collect();
        let configs: Result<Vec<_>, String> = listening.iter().map(|it| it.read_again()).collect();
        for (listening, config) in listening.iter().zip(configs?) {
            listening.change(config);
        }
        Ok(())
    }

    fn listening(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Listening>>> {
        self.0.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn maker(&self) -> Result<&Maker, String> {
        let made = self.0.made.get_or_init(|| Maker::new("Citronella test CA"));
        made.as_ref().map_err(Clone::clone)
    }

    /// The CA's certificate, in PEM.
    pub(crate) fn ca_pem(&self) -> Result<String, String> {
        Ok(self.maker()?.certificate_pem().to_owned())
    }

    /// The list of what it revoked, in PEM.
    pub(crate) fn crl_pem(&self) -> Result<String, String> {
        Ok(self.maker()?.crl_pem().to_owned())
    }

    /// Where the CA's certificate is kept.
    pub(crate) fn ca_file(&self) -> Option<PathBuf> {
        let directory = self.0.directory.as_ref()?;
        Some(directory.join(kept::CERTIFICATE))
    }

    /// Where the list of what it revoked is kept.
    pub(crate) fn crl_file(&self) -> Option<PathBuf> {
        let directory = self.0.directory.as_ref()?;
        Some(directory.join(kept::CRL))
    }

    /// The CA's certificate, for those who are to trust it.
    pub(super) fn certificate(&self) -> Result<CertificateDer<'static>, String> {
        Ok(self.maker()?.certificate().clone())
    }

    pub(super) fn crl(&self) -> Result<CertificateRevocationListDer<'static>, String> {
        Ok(self.maker()?.crl().clone())
    }

    /// A certificate for a server with these names, and what is wrong with it. With `unknown_ca` a CA signs it of which nobody
    /// gets to know the certificate.
    pub(super) fn server_certificate(
        &self,
        key: &LeafKey,
        names: &Names,
        preset: Preset,
    ) -> Result<Leaf, String> {
        let elsewhere = Names::elsewhere();
        let names = if preset == Preset::WrongHost {
            &elsewhere
        } else {
            names
        };
        self.sign(key, &Whose::Server(names), preset)
    }

    /// A certificate for a client, and its key, both in PEM. The name is its common name, which can stand for a user name.
    pub(crate) fn client_certificate(&self, name: &str, preset: Preset) -> Result<(String, String), String> {
        check_name(name)?;
        if preset == Preset::WrongHost {
            return Err(
                "`wrong_host` is for servers: a client's certificate is for no host. It may be valid, expired, \
                 not_yet_valid, unknown_ca or revoked"
                    .to_owned(),
            );
        }
        let key = LeafKey::new()?;
        let leaf = self.sign(&key, &Whose::Client(name), preset)?;
        Ok((leaf.pem(), key.pem()))
    }

    fn sign(&self, key: &LeafKey, whose: &Whose<'_>, preset: Preset) -> Result<Leaf, String> {
        if preset == Preset::UnknownCa {
            return Maker::new("Citronella unknown CA")?.sign(key, whose, preset);
        }
        self.maker()?.sign(key, whose, preset)
    }
}

impl fmt::Debug for Authority {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("directory", &self.0.directory)
            .finish_non_exhaustive()
    }
}

/// A common name has 1 to 64 characters (X.520), and none that a terminal would act on.
fn check_name(name: &str) -> Result<(), String> {
    let length = name.chars().count();
    if !(1..=64).contains(&length) {
        return Err(format!(
            "the name in a certificate has 1 to 64 characters, not {length}"
        ));
    }
    if name.chars().any(char::is_control) {
        return Err("the name in a certificate has no control characters".to_owned());
    }
    Ok(())
}

/// The names of this machine: for a certificate that is made without being told any.
pub(super) fn names_of_this_machine(addresses: &[IpAddr]) -> Names {
    Names::of_this_machine(addresses)
}
