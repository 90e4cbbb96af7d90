//! [`Place`]: where a broker is to be asked, and how.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use settings::{Accepts, ListenerPlan};

/// Where a broker is, and how it is reached there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Port {
        way: Accepts,
        host: String,
        port: u16,
        /// What a WebSocket asks for.
        path: String,
    },
    Socket(PathBuf),
}

/// The schemes, with the ports that they mean.
const SCHEMES: [(&str, Accepts, u16); 4] = [
    ("mqtt://", Accepts::Tcp, 1883),
    ("mqtts://", Accepts::Tls, 8883),
    ("ws://", Accepts::Ws, 80),
    ("wss://", Accepts::Wss, 443),
];

impl Place {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let form = || {
            format!(
                "{text:?} is no place of a broker; expected mqtt://HOST:PORT, or the path of a Unix socket"
            )
        };
        let found = SCHEMES
            .iter()
            .find_map(|(scheme, way, port)| Some((text.strip_prefix(scheme)?, *way, *port)));
        let Some((rest, way, usual)) = found else {
            let is_path = !text.is_empty() && !text.contains("://");
            return if is_path {
                Ok(Self::Socket(PathBuf::from(text)))
            } else {
                Err(form())
            };
        };
        let (place, path) = match rest.split_once('/') {
            Some((place, path)) => (place, format!("/{path}")),
            None => (rest, "/mqtt".to_owned()),
        };
        // An IPv6 address has colons of its own, in brackets.
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| form())?),
            _ => (place, usual),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || host.contains('@') {
            return Err(form());
        }
        Ok(Self::Port {
            way,
            host: host.to_owned(),
            port,
            path,
        })
    }

    /// Each way to a listener whose place is known before it starts.
    pub(super) fn of(plan: &ListenerPlan) -> Vec<Self> {
        if let Some(socket) = &plan.socket {
            return vec![Self::Socket(socket.clone())];
        }
        let Some(address) = plan.bind.first().filter(|_| plan.port != 0) else {
            return Vec::new();
        };
        // Every address has this machine's own among them.
        let host = match address {
            IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            address => *address,
        };
        let place = |way: &Accepts| Self::Port {
            way: *way,
            host: host.to_string(),
            port: plan.port,
            path: "/mqtt".to_owned(),
        };
        // The API says nothing of MQTT.
        let is_mqtt = |way: &&Accepts| !way.is_api();
        plan.accepts.iter().filter(is_mqtt).map(place).collect()
    }

    /// The least is tried: what asks for no more than a socket.
    pub(super) fn effort(&self) -> u8 {
        match self {
            Self::Port {
                way: Accepts::Tcp, ..
            } => 0,
            Self::Socket(_) => 1,
            Self::Port { way: Accepts::Ws, .. } => 2,
            Self::Port { .. } => 3,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Port {
            way,
            host,
            port,
            path,
        } = self
        else {
            let Self::Socket(path) = self else { return Ok(()) };
            return write!(to, "{}", path.display());
        };
        let scheme = SCHEMES
            .iter()
            .find(|(_, known, _)| known == way)
            .map_or("", |known| known.0);
        let path = if matches!(way, Accepts::Ws | Accepts::Wss) {
            path
        } else {
            ""
        };
        if host.contains(':') {
            write!(to, "{scheme}[{host}]:{port}{path}")
        } else {
            write!(to, "{scheme}{host}:{port}{path}")
        }
    }
}

#[cfg(test)]
mod tests {
    use settings::BrokerSettings;

    use super::*;

    #[test]
    fn a_place_is_a_url_or_a_path() {
        for (text, shown) in [
            ("mqtt://localhost", "mqtt://localhost:1883"),
            ("mqtts://[::1]", "mqtts://[::1]:8883"),
            ("ws://[::1]:9001/x/y", "ws://[::1]:9001/x/y"),
            ("wss://a.example", "wss://a.example:443/mqtt"),
            ("/run/mqtt.sock", "/run/mqtt.sock"),
        ] {
            assert_eq!(
                Place::parse(text).map(|place| place.to_string()).as_deref(),
                Ok(shown)
            );
        }
        for wrong in ["http://a", "mqtt://", "mqtt://a:b", "mqtt://me:secret@a", ""] {
            assert!(Place::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn settings_say_where_it_is() {
        let mut settings = BrokerSettings::default();
        let first = |settings: &BrokerSettings| {
            let plans = settings.listeners();
            let place = plans.iter().flat_map(Place::of).min_by_key(Place::effort);
            place.map(|place| place.to_string())
        };
        assert_eq!(first(&settings).as_deref(), Some("mqtt://127.0.0.1:1883"));
        settings.bind = vec![Ipv6Addr::UNSPECIFIED.into()];
        assert_eq!(first(&settings).as_deref(), Some("mqtt://[::1]:1883"));
        settings.listen = false;
        settings.tls.listen = true;
        assert_eq!(first(&settings).as_deref(), Some("mqtts://[::1]:8883"));
        settings.tls.port = 0;
        assert_eq!(first(&settings), None);
    }
}
