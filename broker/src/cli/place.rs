//! [`Place`]: one place that the broker listens on, as it is told to programs and to people.

use std::net::SocketAddr;
use std::path::Path;

use serde::Serialize;

use super::text::and;
use crate::broker::Listener;
use settings::Accepts;

/// One place that the broker listens on.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Place<'a> {
    pub name: &'a str,
    pub addresses: &'a [SocketAddr],
    pub socket: Option<&'a Path>,
    pub urls: Urls,
    /// Whether these are for a proxy, which says in a header who the client is.
    pub proxy_protocol: bool,
    /// What it takes, also where there is no URL for it.
    #[serde(skip)]
    accepts: &'a [Accepts],
}

/// Where clients find it, by way.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Urls {
    tcp: Option<String>,
    tls: Option<String>,
    ws: Option<String>,
    wss: Option<String>,
}

impl Urls {
    /// Those that there are, in this order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        [&self.tcp, &self.tls, &self.ws, &self.wss]
            .into_iter()
            .filter_map(Option::as_deref)
    }
}

impl<'a> From<&'a Listener> for Place<'a> {
    fn from(listener: &'a Listener) -> Self {
        Self {
            name: listener.name(),
            addresses: listener.addrs(),
            socket: listener.socket(),
            urls: Urls {
                tcp: listener.url(Accepts::Tcp),
                tls: listener.url(Accepts::Tls),
                ws: listener.url(Accepts::Ws),
                wss: listener.url(Accepts::Wss),
            },
            proxy_protocol: listener.is_behind_proxy(),
            accepts: listener.accepts(),
        }
    }
}

impl Place<'_> {
    /// What the main port takes beside plain MQTT.
    pub(super) fn beside_mqtt(&self) -> &'static str {
        if self.accepts.contains(&Accepts::Tls) {
            "; TLS and WebSocket, too"
        } else {
            "; WebSocket, too" // built without TLS
        }
    }

    /// Where it is and what it takes, for people: `127.0.0.1:8883 and [::1]:8883 (tls, wss)`.
    pub(super) fn text(&self) -> String {
        let at = match self.socket {
            Some(path) => vec![path.display().to_string()],
            None => self.addresses.iter().map(ToString::to_string).collect(),
        };
        let takes: Vec<&str> = self.accepts.iter().map(|accepts| accepts.name()).collect();
        let proxy = if self.proxy_protocol {
            "; from a proxy, with a PROXY header"
        } else {
            ""
        };
        format!("{} ({}{proxy})", and(&at), takes.join(", "))
    }
}
