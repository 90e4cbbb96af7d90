//! All places to listen on together, resolved.

use std::net::IpAddr;
use std::path::PathBuf;

use super::{AclLine, Auth, BrokerSettings, Tls};
use crate::choice::{Accepts, MqttVersion};

/// One place to listen on, with all that is said of it anywhere.
///
/// ```
/// let mut settings = settings::BrokerSettings::default();
/// settings.tls.listen = true;
/// let [main, tls] = &settings.listeners()[..] else { panic!("the main port, and 8883") };
/// assert_eq!((main.port, tls.port), (1883, 8883));
/// assert!(main.takes(settings::Accepts::Tcp) && !tls.takes(settings::Accepts::Tcp));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ListenerPlan {
    /// What it is called: `main`, `tls`, `ws`, `http`, or as its table says.
    pub name: String,
    /// The key that says where it listens: `port`, `tls.port`, `listener[0].socket`.
    pub key: String,
    /// TCP port, 0 for any free one. Means nothing where there is a socket.
    pub port: u16,
    /// IP addresses. Means nothing where there is a socket.
    pub bind: Vec<IpAddr>,
    /// Path of a Unix socket.
    pub socket: Option<PathBuf>,
    /// What it takes.
    pub accepts: Vec<Accepts>,
    /// Whether each connection begins with a PROXY header.
    pub proxy_protocol: bool,
    /// Whether that header must say that the client came over TLS.
    pub proxy_protocol_v2_require_tls: bool,
    /// The network interface that connections must come in over; empty for any.
    pub bind_interface: String,
    /// The pages that may connect over WebSocket.
    pub origins: Vec<String>,
    /// The longest head of a request that is read.
    pub max_header_bytes: u32,
    /// What holds for TLS here; `listen` and `port` of it mean nothing.
    pub tls: Tls,
    /// What holds for its clients.
    pub clients: ClientRules,
    /// Who may connect here; `allow_anonymous` alone says whether anybody may without a user name.
    pub auth: Auth,
    /// Who may do what here.
    pub acl: Vec<AclLine>,
    /// Nothing says who may connect here: other machines can reach it, there are no users, and that clients need no user name
    /// was not said for such a place. A broker should not start so.
    pub is_undecided: bool,
}

/// What holds for the clients of one listener.
///
/// ```
/// let mut settings = settings::BrokerSettings::default();
/// settings.listener = vec![settings::Listener { maximum_qos: Some(1), ..settings::Listener::port(0) }];
/// let [main, more] = &settings.listeners()[..] else { panic!("the main port, and one more") };
/// assert_eq!((main.clients.maximum_qos, more.clients.maximum_qos), (2, 1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRules {
    /// How many may be connected here at once, where that has a bound of its own.
    pub max_connections: Option<u32>,
    /// The versions of MQTT that are taken.
    pub mqtt_versions: Vec<MqttVersion>,
    /// Highest QoS at which a client may publish, and at which a subscription is granted.
    pub maximum_qos: u8,
    /// Topic aliases that a client may use towards the broker.
    pub topic_alias_maximum: u16,
    /// What stands before each of their topics.
    pub mount_point: String,
    /// Whether the user name is the client identifier.
    pub use_username_as_client_id: bool,
    /// Whether a client may be given its client identifier.
    pub allow_empty_client_id: bool,
    /// How such an identifier begins.
    pub assigned_client_id_prefix: String,
}

impl ListenerPlan {
    /// Whether it takes this.
    pub fn takes(&self, accepts: Accepts) -> bool {
        self.accepts.contains(&accepts)
    }

    /// Whether other machines can reach it, as far as its addresses say.
    pub fn is_reachable(&self) -> bool {
        self.socket.is_none() && !self.bind.iter().all(IpAddr::is_loopback)
    }

    /// Whether it takes nobody without a certificate.
    pub fn takes_certificates_alone(&self) -> bool {
        let without_tls = |accepts: &Accepts| matches!(accepts, Accepts::Tcp | Accepts::Ws);
        self.tls.require_certificate && !self.accepts.iter().any(without_tls)
    }

    /// Whether a connection may begin as TLS.
    pub fn takes_tls(&self) -> bool {
        self.takes(Accepts::Tls) || self.takes(Accepts::Wss) || self.takes(Accepts::Https)
    }

    /// Whether no client of MQTT comes in here: it is for the control API alone.
    pub fn is_for_http_alone(&self) -> bool {
        let is_http = |it: &Accepts| it.is_api();
        !self.accepts.is_empty() && self.accepts.iter().all(is_http)
    }
}

impl BrokerSettings {
    /// What holds for clients where their listener says nothing else.
    pub fn clients(&self) -> ClientRules {
        ClientRules {
            max_connections: None,
            mqtt_versions: MqttVersion::ALL.to_vec(),
            maximum_qos: self.capabilities.maximum_qos,
            topic_alias_maximum: self.session.topic_alias_maximum,
            mount_point: String::new(),
            use_username_as_client_id: false,
            allow_empty_client_id: self.session.allow_empty_client_id,
            assigned_client_id_prefix: self.session.assigned_client_id_prefix.clone(),
        }
    }

    /// Every place to listen on: the main port, which takes everything; those of `[tls]`, `[websocket]` and `[http]`, where they are
    /// asked for; then the tables of `[[listener]]`.
    ///
    /// ```
    /// use settings::{BrokerSettings, Listener, Preset};
    ///
    /// let mut settings = BrokerSettings::default();
    /// settings.listener = vec![Listener { preset: Some(Preset::Expired), ..Listener::port(0) }];
    /// let plans = settings.listeners();
    /// assert_eq!((&*plans[0].name, plans[0].tls.preset), ("main", Preset::Valid));
    /// assert_eq!((&*plans[1].name, plans[1].tls.preset), ("listener-1", Preset::Expired));
    /// ```
    pub fn listeners(&self) -> Vec<ListenerPlan> {
        let on_port = |name: &str, key: &str, port: u16, accepts: &[Accepts]| ListenerPlan {
            name: name.to_owned(),
            key: key.to_owned(),
            port,
            bind: self.bind.clone(),
            socket: None,
            accepts: accepts.to_vec(),
            proxy_protocol: false,
            proxy_protocol_v2_require_tls: false,
            bind_interface: String::new(),
            origins: self.websocket.origins.clone(),
            max_header_bytes: self.websocket.max_header_bytes,
            tls: self.tls.clone(),
            clients: self.clients(),
            auth: self.auth.clone(),
            acl: self.acl.clone(),
            is_undecided: false,
        };
        let mut plans = Vec::new();
        if self.listen {
            plans.push(on_port("main", "port", self.port, Accepts::ALL));
        }
        if self.tls.listen {
            let accepts = [Accepts::Tls, Accepts::Wss];
            plans.push(on_port("tls", "tls.port", self.tls.port, &accepts));
        }
        if self.websocket.listen {
            let accepts = [Accepts::Ws, Accepts::Wss];
            plans.push(on_port("ws", "websocket.port", self.websocket.port, &accepts));
        }
        if self.http.listen {
            let accepts = [Accepts::Http, Accepts::Https];
            plans.push(on_port("http", "http.port", self.http.port, &accepts));
        }
        plans.extend(self.listener.iter().enumerate().map(|(index, listener)| {
            let name = match listener.name.as_str() {
                "" => format!("listener-{}", index + 1),
                name => name.to_owned(),
            };
            let socket = Some(PathBuf::from(&listener.socket)).filter(|path| !path.as_os_str().is_empty());
            let place = if socket.is_some() { "socket" } else { "port" };
            ListenerPlan {
                name,
                key: format!("listener[{index}].{place}"),
                port: listener.port.unwrap_or_default(),
                bind: listener.bind.clone().unwrap_or_else(|| self.bind.clone()),
                socket,
                accepts: listener.accepts.clone(),
                proxy_protocol: listener.proxy_protocol,
                proxy_protocol_v2_require_tls: listener.proxy_protocol_v2_require_tls,
                bind_interface: listener.bind_interface.clone(),
                origins: listener
                    .origins
                    .as_ref()
                    .unwrap_or(&self.websocket.origins)
                    .clone(),
                max_header_bytes: listener
                    .max_header_bytes
                    .unwrap_or(self.websocket.max_header_bytes),
                tls: listener.tls(&self.tls),
                clients: listener.clients(self.clients()),
                auth: listener.auth(&self.auth),
                acl: if listener.acl_file.is_some() {
                    Vec::new()
                } else {
                    self.acl.clone()
                },
                is_undecided: false,
            }
        }));
        for plan in &mut plans {
            if !self.http.enabled {
                plan.accepts.retain(|it| !it.is_api());
            }
            if !plan.auth.allow_anonymous || plan.auth.allow_anonymous_remotely {
                continue;
            }
            if plan.is_reachable() && !plan.takes_certificates_alone() && !plan.is_for_http_alone() {
                plan.auth.allow_anonymous = false;
                plan.is_undecided = !plan.auth.knows_users();
            }
        }
        plans
    }
}
