//! [`Origin`]: where a connection comes from, in as few bytes as that takes.

use std::sync::Arc;

use crate::arrival::{Arrival, MAIN_LISTENER, TlsFacts, Way};

/// Where a connection comes from, as far as that was told.
#[derive(Debug)]
pub(super) enum Origin {
    /// The peer's address, of plain TCP to the main port: most connections of most brokers.
    Peer(String),
    /// All the rest.
    Told(Box<Arrival>),
}

impl Origin {
    /// The peer's address, for people.
    pub fn peer(&self) -> &str {
        match self {
            Self::Peer(peer) => peer,
            Self::Told(arrival) => &arrival.peer,
        }
    }

    pub fn way(&self) -> Way {
        self.told().map_or_else(Way::default, |arrival| arrival.way)
    }

    /// The name of the listener.
    pub fn listener(&self) -> Arc<str> {
        match self.told() {
            Some(arrival) if !arrival.listener.is_empty() => arrival.listener.clone(),
            _ => MAIN_LISTENER.into(),
        }
    }

    pub fn tls(&self) -> Option<Arc<TlsFacts>> {
        self.told()?.tls.clone()
    }

    /// The user name that stands for the client's certificate.
    pub fn identity(&self) -> Option<&Arc<str>> {
        self.told()?.identity.as_ref()
    }

    /// What its texts take. What connections share counts for each of them: it is little.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Peer(peer) => peer.len(),
            Self::Told(arrival) => arrival.bytes(),
        }
    }

    fn told(&self) -> Option<&Arrival> {
        match self {
            Self::Peer(_) => None,
            Self::Told(arrival) => Some(arrival),
        }
    }
}

impl From<Arrival> for Origin {
    fn from(arrival: Arrival) -> Self {
        let is_plain = arrival.way == Way::default() && matches!(&*arrival.listener, "" | MAIN_LISTENER);
        if is_plain && arrival.tls.is_none() && arrival.identity.is_none() {
            return Self::Peer(arrival.peer);
        }
        Self::Told(Box::new(arrival))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_by_plain_tcp_pays_nothing_for_the_other_ways() {
        assert_eq!(size_of::<Origin>(), size_of::<String>());
        let arrival = Arrival {
            peer: "192.0.2.7:1".to_owned(),
            listener: MAIN_LISTENER.into(),
            ..Arrival::default()
        };
        assert!(matches!(Origin::from(arrival), Origin::Peer(_)));
    }
}
