//! [`Door`]: what one listener takes, and how.

use std::sync::Arc;

use settings::{Accepts, ListenerPlan, Preset};

use super::tls::{Acceptor, Authority, Tls};
use super::{Fault, Look, Site, Socket, Visitors, look};
use crate::arrival::{Arrival, Way};
use crate::wire::Foreign;

/// Whether this broker was built with TLS.
const HAS_TLS: bool = cfg!(feature = "tls");

/// What one listener takes.
pub(crate) struct Door {
    /// Its name, if it was given one.
    pub name: Arc<str>,
    accepts: Vec<Accepts>,
    /// Each connection begins with a header that says where it comes from.
    pub proxy_protocol: bool,
    /// That header must be of version 2 and say that the client came over TLS.
    pub proxied_over_tls: bool,
    /// The network interface that it listens on; empty for any.
    pub interface: String,
    /// What it answers to requests.
    pub site: Arc<Site>,
    /// Where those go who come for the control API.
    visitors: Visitors,
    acceptor: Acceptor,
}

impl Door {
    /// The error says what is wrong with the settings of TLS.
    pub fn new(plan: &ListenerPlan, authority: &Authority, visitors: &Visitors) -> Result<Self, String> {
        let tls = &plan.tls;
        let is_about_tls =
            tls.preset != Preset::Valid || !tls.cert_file.is_empty() || tls.require_certificate;
        let is_tls_alone = !plan.takes(Accepts::Tcp) && !plan.takes(Accepts::Ws);
        if !HAS_TLS && (is_about_tls || is_tls_alone) {
            return Err(format!(
                "the listener {:?} is to speak TLS, and this broker was built without its feature `tls`",
                plan.name
            ));
        }
        let acceptor = Acceptor::new(&plan.tls, authority, &plan.bind);
        Ok(Self {
            name: plan.name.as_str().into(),
            accepts: plan.accepts.clone(),
            proxy_protocol: plan.proxy_protocol,
            proxied_over_tls: plan.proxy_protocol_v2_require_tls,
            interface: plan.bind_interface.clone(),
            site: Arc::new(Site::new(plan, authority, HAS_TLS)),
            visitors: visitors.clone(),
            // The words are those of [tls], of which a listener may say otherwise.
            acceptor: acceptor.map_err(|why| match plan.key.split_once('.') {
                Some((table, _)) if table.starts_with("listener") => format!("{table}: {why}"),
                _ => why,
            })?,
        })
    }

    /// What is known of a connection that has said nothing yet.
    pub fn arrival(&self, socket: &Socket) -> Arrival {
        Arrival {
            way: Way {
                unix: socket.is_unix(),
                ..Way::default()
            },
            listener: self.name.clone(),
            ..Arrival::default()
        }
    }

    /// Whether a connection without any layer may be MQTT here.
    pub fn takes_plain(&self) -> bool {
        !self.proxy_protocol && self.takes(Accepts::Tcp)
    }

    fn takes(&self, accepts: Accepts) -> bool {
        self.accepts.contains(&accepts)
    }

    /// Whether MQTT may come on this way; `first` is what came.
    pub fn may_come(&self, way: Way, first: &[u8]) -> Result<(), Fault> {
        let (what, accepts) = match (way.tls, way.web_socket) {
            (false, false) => ("MQTT without TLS and without WebSocket", Accepts::Tcp),
            (true, false) => ("MQTT inside TLS, without WebSocket", Accepts::Tls),
            (false, true) => ("MQTT over WebSocket, without TLS", Accepts::Ws),
            (true, true) => ("MQTT over WebSocket inside TLS", Accepts::Wss),
        };
        if self.takes(accepts) {
            return Ok(());
        }
        let what = match look(first) {
            Look::Mqtt => what,
            _ => Foreign::of(first).map_or("noise", Foreign::name),
        };
        let name = &self.name;
        let takes: Vec<&str> = self.accepts.iter().map(|it| it.name()).collect();
        Err(Fault::new(format!(
            "{what} came, and listener {name:?} takes only {}",
            takes.join(", ")
        )))
    }

    /// Where those go who come for the control API.
    pub fn visitors(&self) -> &Visitors {
        &self.visitors
    }

    /// A connection begins as TLS.
    pub fn accept_tls(&self) -> Result<Tls, Fault> {
        if [Accepts::Tls, Accepts::Wss, Accepts::Https]
            .iter()
            .any(|it| self.takes(*it))
        {
            return self.acceptor.accept();
        }
        let name = &self.name;
        Err(Fault::new(format!(
            "a TLS ClientHello came, and listener {name:?} does not take TLS"
        )))
    }
}
