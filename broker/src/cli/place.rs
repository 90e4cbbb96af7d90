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
    http: Option<String>,
    https: Option<String>,
}

impl Urls {
    /// Where the control API and the console are.
    pub(super) fn http(&self) -> Option<&str> {
        self.http.as_deref()
    }

    /// Those that there are, in this order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        [&self.tcp, &self.tls, &self.ws, &self.wss, &self.http, &self.https]
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
                http: listener.url(Accepts::Http),
                https: listener.url(Accepts::Https),
            },
            proxy_protocol: listener.is_behind_proxy(),
            accepts: listener.accepts(),
        }
    }
}

impl Place<'_> {
    /// Where it is: its addresses, or the path of its socket.
    pub(super) fn at(&self) -> String {
        match self.socket {
            Some(path) => path.display().to_string(),
            None => and(&self.addresses.iter().map(ToString::to_string).collect::<Vec<_>>()),
        }
    }

    /// What the first place takes beside plain MQTT, or in place of it.
    pub(super) fn beside_mqtt(&self) -> String {
        let takes = |accepts| self.accepts.contains(&accepts);
        match (takes(Accepts::Tcp), takes(Accepts::Tls), takes(Accepts::Ws)) {
            (true, true, true) => "; TLS and WebSocket, too".to_owned(),
            (true, true, false) => "; TLS, too".to_owned(),
            (true, false, true) => "; WebSocket, too".to_owned(),
            (true, false, false) => String::new(),
            (false, ..) => format!("; {} alone", self.ways()),
        }
    }

    /// What it takes, way by way.
    fn ways(&self) -> String {
        let names: Vec<&str> = self.accepts.iter().map(|accepts| accepts.name()).collect();
        names.join(", ")
    }

    /// Where it is and what it takes, for people: `127.0.0.1:8883 and [::1]:8883 (tls, wss)`.
    pub(super) fn text(&self) -> String {
        let proxy = if self.proxy_protocol {
            "; from a proxy, with a PROXY header"
        } else {
            ""
        };
        format!("{} ({}{proxy})", self.at(), self.ways())
    }
}
