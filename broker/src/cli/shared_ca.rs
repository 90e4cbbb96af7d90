//! Where clients find the CA of a running broker: [`Shared`].

use std::path::{Path, PathBuf};

#[cfg(feature = "tls")]
use settings::ListenerPlan;

use crate::broker::Broker;
#[cfg(feature = "tls")]
use crate::broker::Listener;
#[cfg(feature = "tls")]
use crate::cli::private_directory::Entry;

/// The file with the CA's certificate, while the broker runs.
#[derive(Debug)]
pub(super) struct Shared {
    ca_file: Option<PathBuf>,
    /// By this it is found. It is removed at the end.
    #[cfg(feature = "tls")]
    _entry: Option<Entry>,
}

impl Shared {
    /// Puts the CA where `broker ca` and `broker cert` find it, if settings or flags speak of TLS and the certificate that
    /// clients are shown is made here. Else TLS is there without that, on the main port, and nothing is written anywhere.
    #[cfg(feature = "tls")]
    pub(super) fn of(broker: &Broker) -> Self {
        let nothing = Self {
            ca_file: None,
            _entry: None,
        };
        let settings = broker.settings();
        let places = settings.listeners();
        let is_shown = |place: &ListenerPlan| place.takes_tls() && place.tls.cert_file.is_empty();
        let shows = places.iter().any(is_shown);
        // It is found by the main port.
        let port = broker.listeners().iter().flat_map(Listener::addrs).next();
        if let Some(kept) = broker.authority.ca_file() {
            return Self {
                ca_file: Some(kept).filter(|_| shows),
                // Where that fails it is still found by its directory.
                _entry: port.and_then(|port| Entry::write(&broker.authority, port.port()).ok()),
            };
        }
        let plain = settings::Tls {
            port: settings.tls.port,
            ..settings::Tls::default()
        };
        let is_asked_for = settings.tls != plain || places.iter().skip(1).any(ListenerPlan::takes_tls);
        let vouches = |place: &ListenerPlan| place.tls.ca_file.is_empty() && place.tls.ca_path.is_empty();
        if !is_asked_for || !(shows || places.iter().any(vouches)) {
            return nothing;
        }
        let Some(port) = port else { return nothing };
        match Entry::write(&broker.authority, port.port()) {
            Ok(entry) => Self {
                ca_file: Some(entry.ca_file()).filter(|_| shows),
                _entry: Some(entry),
            },
            Err(error) => {
                crate::cli::log::warn(&format!(
                    "the CA's certificate is written to no file: {error}; GET /ca.pem on the port gives it"
                ));
                nothing
            }
        }
    }

    #[cfg(not(feature = "tls"))]
    pub(super) fn of(_: &Broker) -> Self {
        Self { ca_file: None }
    }

    pub(super) fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }
}
