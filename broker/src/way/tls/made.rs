//! The certificate that the broker makes for itself, and shows.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::sign::{CertifiedKey, SigningKey};
use settings::Preset;

use super::authority::{self, Authority, LeafKey, Names, is_private_name};
use super::hello::Choose;

/// So many names that clients ask for are remembered. Then it begins anew.
const REMEMBERED: usize = 64;

/// Certificates of one key, made by the broker's own CA.
///
/// A client on a network of containers asks for the broker by a name that the broker cannot know: that of a service, such as
/// `mqtt`. If no public CA vouches for such a name anyway, a certificate with it is made when a client asks.
pub(super) struct Made {
    authority: Authority,
    preset: Preset,
    names: Names,
    key: LeafKey,
    signing: Arc<dyn SigningKey>,
    usual: Arc<CertifiedKey>,
    asked: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Made {
    pub(super) fn new(authority: &Authority, preset: Preset, addresses: &[IpAddr]) -> Result<Self, String> {
        let names = authority::names_of_this_machine(addresses);
        let key = LeafKey::new()?;
        let signing = key.signing()?;
        let leaf = authority.server_certificate(&key, &names, preset)?;
        let usual = Arc::new(CertifiedKey::new(vec![leaf.der()], Arc::clone(&signing)));
        Ok(Self {
            authority: authority.clone(),
            preset,
            names,
            key,
            signing,
            usual,
            asked: Mutex::default(),
        })
    }

    /// A certificate with this name, too.
    fn with_name(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = asked.get(name) {
            return Some(Arc::clone(known));
        }
        let mut names = self.names.clone();
        names.add_host(name);
        let leaf = self
            .authority
            .server_certificate(&self.key, &names, self.preset)
            .ok()?;
        let certified = Arc::new(CertifiedKey::new(vec![leaf.der()], Arc::clone(&self.signing)));
        if asked.len() >= REMEMBERED {
            asked.clear();
        }
        asked.insert(name.to_owned(), Arc::clone(&certified));
        Some(certified)
    }
}

impl Choose for Made {
    fn choose(&self, server_name: Option<&str>) -> Option<Arc<CertifiedKey>> {
        let wanted = server_name.filter(|name| is_private_name(name) && !self.names.has_host(name));
        let special = wanted.and_then(|name| self.with_name(&name.to_ascii_lowercase()));
        Some(special.unwrap_or_else(|| Arc::clone(&self.usual)))
    }
}

impl fmt::Debug for Made {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made")
            .field("preset", &self.preset)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}
