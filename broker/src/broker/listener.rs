//! [`Listener`]: one place that a broker listens on; and where a client finds the broker on each way.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use settings::{Accepts, ListenerPlan};

use super::Broker;
use crate::way::unknown_ciphers;

/// One place that a broker listens on: a port, on one address or several, or a Unix socket.
///
/// ```
/// use broker::settings::{self, Accepts};
///
/// let mut more = settings::Listener::port(0); // any free one
/// more.name = "more".to_owned();
/// let broker = broker::Broker::builder().listener(more).start().wait()?;
/// let [main, more] = broker.listeners() else { panic!("there are two") };
/// assert_eq!(main.url(Accepts::Tcp), Some(broker.url()));
/// assert_eq!(more.url(Accepts::Ws), Some(format!("ws://{}/mqtt", more.addrs()[0])));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    name: String,
    addrs: Vec<SocketAddr>,
    socket: Option<PathBuf>,
    accepts: Vec<Accepts>,
    behind_proxy: bool,
    is_open: bool,
    unknown_ciphers: Vec<String>,
}

impl Listener {
    /// The place that `plan` asked for; where it is a port, these are its addresses.
    pub(crate) fn new(plan: &ListenerPlan, addrs: Vec<SocketAddr>) -> Self {
        let (tls, http) = (cfg!(feature = "tls"), cfg!(feature = "http"));
        let is_known = |accepts: &Accepts| match accepts {
            Accepts::Tls | Accepts::Wss => tls,
            Accepts::Http => http,
            Accepts::Https => http && tls,
            _ => true,
        };
        Self {
            name: plan.name.clone(),
            addrs,
            socket: plan.socket.clone(),
            accepts: plan.accepts.iter().copied().filter(is_known).collect(),
            behind_proxy: plan.proxy_protocol,
            unknown_ciphers: unknown_ciphers(&plan.tls.ciphers),
            is_open: plan.auth.allow_anonymous
                && !plan.takes_certificates_alone()
                && !plan.is_for_http_alone(),
        }
    }

    /// What it is called: `main`, `tls`, `ws`, `http`, or as the settings say.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The addresses of its port; none where it is a Unix socket.
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.addrs
    }

    /// The path of the Unix socket, if it is one.
    pub fn socket(&self) -> Option<&Path> {
        self.socket.as_deref()
    }

    /// What it takes.
    pub fn accepts(&self) -> &[Accepts] {
        &self.accepts
    }

    /// Whether it is for a proxy alone: each connection has to begin with a PROXY header.
    pub fn is_behind_proxy(&self) -> bool {
        self.behind_proxy
    }

    /// Names in its `ciphers` of which there is no suite here; they are left out.
    pub fn unknown_ciphers(&self) -> &[String] {
        &self.unknown_ciphers
    }

    /// Where a client finds it on this way: `mqtt://`, `mqtts://`, `ws://`, `wss://`, `http://` or `https://` with its
    /// first address. `None` where it does not take that, or is a Unix socket: that has a path and no URL.
    pub fn url(&self, way: Accepts) -> Option<String> {
        let addr = self.addrs.first()?;
        self.accepts.contains(&way).then(|| url(way, *addr))
    }

    /// An address of it that other machines reach.
    pub(crate) fn reachable(&self) -> Option<&SocketAddr> {
        self.addrs.iter().find(|addr| !addr.ip().is_loopback())
    }

    /// Whether it lets everybody in, with neither a user name nor a certificate.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }
}

/// Where a client finds this address. A WebSocket may ask for any path; clients that ask for one of their own ask for this.
fn url(way: Accepts, addr: SocketAddr) -> String {
    match way {
        Accepts::Tls => format!("mqtts://{addr}"),
        Accepts::Ws => format!("ws://{addr}/mqtt"),
        Accepts::Wss => format!("wss://{addr}/mqtt"),
        Accepts::Http => format!("http://{addr}"),
        Accepts::Https => format!("https://{addr}"),
        _ => format!("mqtt://{addr}"),
    }
}

impl Broker {
    /// The address to connect to; the first one, where it listens on several. `0.0.0.0:0` where it listens on Unix sockets
    /// alone.
    pub fn addr(&self) -> SocketAddr {
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        self.addrs().first().copied().unwrap_or(nowhere)
    }

    /// Every address of the main port; of the first listener that has a port, where `listen` is false.
    pub fn addrs(&self) -> &[SocketAddr] {
        let mut all = self.listeners.iter().map(Listener::addrs);
        all.find(|addrs| !addrs.is_empty()).unwrap_or_default()
    }

    /// Addresses it was to listen on that this machine does not have.
    pub fn skipped(&self) -> &[IpAddr] {
        &self.skipped
    }

    /// The address as a URL, such as `mqtt://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        url(Accepts::Tcp, self.addr())
    }

    /// The same for TLS, such as `mqtts://127.0.0.1:40123`: the port is the same.
    #[cfg(feature = "tls")]
    pub fn tls_url(&self) -> String {
        url(Accepts::Tls, self.addr())
    }

    /// The same for WebSocket, such as `ws://127.0.0.1:40123/mqtt`: the port is the same, and any path will do.
    pub fn ws_url(&self) -> String {
        url(Accepts::Ws, self.addr())
    }

    /// The same for WebSocket inside TLS, such as `wss://127.0.0.1:40123/mqtt`.
    #[cfg(feature = "tls")]
    pub fn wss_url(&self) -> String {
        url(Accepts::Wss, self.addr())
    }

    /// Where the control API is, such as `http://127.0.0.1:40123/api/v1`: on a port for it alone, if there is one, or else on the
    /// first that takes it. `None` where no port does.
    #[cfg(feature = "http")]
    pub fn api_url(&self) -> Option<String> {
        let is_alone = |it: &&Listener| {
            let mut accepts = it.accepts().iter();
            accepts.all(|it| it.is_api())
        };
        let alone = self.listeners.iter().filter(is_alone);
        let place = alone
            .chain(&self.listeners)
            .find_map(|it| it.url(Accepts::Http))?;
        Some(format!("{place}/api/v1"))
    }

    /// Every place it listens on, the main port first.
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    /// The place of this name: `main`, `tls`, `ws`, or as the settings say.
    pub fn listener(&self, name: &str) -> Option<&Listener> {
        self.listeners.iter().find(|listener| listener.name == name)
    }
}
