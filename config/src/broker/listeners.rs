//! `[[listener]]`: more places to listen on; and all of them together, resolved.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::{AclLine, Auth, BrokerSettings, Tls};
use crate::choice::{Accepts, Preset, TlsVersion};
use crate::define::table;

const AS_THERE: &str = "Left out: as there";

table! {
    /// One more place to listen on: a TCP port or a Unix socket. What it does not say of TLS is as in `[tls]`.
    #[example = "let expired = settings::Preset::Expired;"]
    #[example = "settings.listener = vec![settings::Listener { preset: Some(expired), ..settings::Listener::port(8884) }];"]
    pub struct Listener
    list {
        plural: "listeners",
        example: r#"{ port = 8884, preset = "expired" }"#,
        short: "PORT",
    }
    {
        /// TCP port. 0 takes any free port.
        port: Option<u16> = None,
            otherwise: "Needed where there is no `socket`";

        /// IP addresses to listen on; one alone needs no list.
        bind: Option<Vec<IpAddr>> = None,
            otherwise: "Left out: as `bind` at the top of the file";

        /// Path of a Unix socket to listen on, in place of a port. It is removed when the broker ends.
        socket: String = String::new();

        /// What it is called in events, in the journal and in what the broker says: letters, digits, `-`, `_`, `.`.
        /// Empty = `listener-1` for the first, and so on.
        name: String = String::new();

        /// What it takes: MQTT over TCP, TLS, WebSocket, WebSocket inside TLS. On a Unix socket `tcp` stands for plain MQTT.
        accepts: Vec<Accepts> = Accepts::ALL.to_vec();

        /// Whether every connection comes from a proxy that says in a PROXY header (version 1 or 2) which client it is
        /// for. One without that header is closed, and no client may reach this listener but through the proxy: it
        /// would be believed.
        proxy_protocol: bool = false;

        /// As `auth.allow_anonymous` and `auth.allow_anonymous_remotely`, both at once.
        allow_anonymous: Option<bool> = None,
            otherwise: AS_THERE;

        /// As `auth.password_file`. With this, or with `auth.dynamic_security_file` here, `auth.users` and the files of `[auth]`
        /// have no say here.
        password_file: Option<String> = None,
            otherwise: AS_THERE;

        /// As `auth.acl_file`. With this, `acl` and the file of `[auth]` have no say here.
        acl_file: Option<String> = None,
            otherwise: AS_THERE;

        /// As `auth.dynamic_security_file`.
        dynamic_security_file: Option<String> = None,
            otherwise: AS_THERE;

        /// As `tls.preset`, and in place of files in `[tls]`.
        preset: Option<Preset> = None,
            otherwise: AS_THERE;

        /// As `tls.cert_file`, and in place of a preset in `[tls]`.
        cert_file: Option<String> = None,
            otherwise: AS_THERE;

        /// As `tls.key_file`.
        key_file: Option<String> = None,
            otherwise: AS_THERE;

        /// As `tls.ca_file`.
        ca_file: Option<String> = None,
            otherwise: AS_THERE;

        /// As `tls.ca_path`.
        ca_path: Option<String> = None,
            otherwise: AS_THERE;

        /// As `tls.crl_file`.
        crl_file: Option<String> = None,
            otherwise: AS_THERE;

        /// As `tls.require_certificate`.
        require_certificate: Option<bool> = None,
            otherwise: AS_THERE;

        /// As `tls.use_identity_as_username`.
        use_identity_as_username: Option<bool> = None,
            otherwise: AS_THERE;

        /// As `tls.use_subject_as_username`.
        use_subject_as_username: Option<bool> = None,
            otherwise: AS_THERE;

        /// As `tls.min_version`.
        min_version: Option<TlsVersion> = None,
            otherwise: AS_THERE;

        /// As `tls.alpn`.
        alpn: Option<Vec<String>> = None,
            expect: crate::schema::Expect::Texts(&crate::check::texts::PROTOCOLS),
            otherwise: AS_THERE;
    }
}

impl Listener {
    /// One on this port, 0 for any free one; all else as it is unless said otherwise.
    pub fn port(port: u16) -> Self {
        Self {
            port: Some(port),
            ..Self::default()
        }
    }

    /// One on a Unix socket at this path; all else as it is unless said otherwise.
    pub fn socket(path: impl AsRef<Path>) -> Self {
        Self {
            socket: path.as_ref().to_string_lossy().into_owned(),
            ..Self::default()
        }
    }

    /// The TLS keys that it gives itself.
    pub(super) fn tls_keys(&self) -> Vec<&'static str> {
        let given = [
            ("preset", self.preset.is_some()),
            ("cert_file", self.cert_file.is_some()),
            ("key_file", self.key_file.is_some()),
            ("ca_file", self.ca_file.is_some()),
            ("ca_path", self.ca_path.is_some()),
            ("crl_file", self.crl_file.is_some()),
            ("require_certificate", self.require_certificate.is_some()),
            (
                "use_identity_as_username",
                self.use_identity_as_username.is_some(),
            ),
            ("use_subject_as_username", self.use_subject_as_username.is_some()),
            ("min_version", self.min_version.is_some()),
            ("alpn", self.alpn.is_some()),
        ];
        given
            .into_iter()
            .filter_map(|(key, is_given)| is_given.then_some(key))
            .collect()
    }

    /// Who may connect here.
    fn auth(&self, common: &Auth) -> Auth {
        let mut auth = common.clone();
        if let Some(allow) = self.allow_anonymous {
            auth.allow_anonymous = allow;
            auth.allow_anonymous_remotely = allow;
        }
        // Users come from one place: what is said here of one ends the others.
        if self.password_file.is_some() || self.dynamic_security_file.is_some() {
            auth.users.clear();
            (auth.password_file, auth.dynamic_security_file) = Default::default();
        }
        put(&mut auth.password_file, self.password_file.as_ref());
        put(&mut auth.acl_file, self.acl_file.as_ref());
        put(
            &mut auth.dynamic_security_file,
            self.dynamic_security_file.as_ref(),
        );
        auth
    }

    /// What holds for TLS here.
    fn tls(&self, common: &Tls) -> Tls {
        let mut tls = common.clone();
        // A certificate is made, or it comes from files: what is said here of the one ends the other.
        if self.preset.is_some() {
            (tls.cert_file, tls.key_file) = Default::default();
        }
        if self.cert_file.is_some() || self.key_file.is_some() {
            tls.preset = Preset::Valid;
        }
        put(&mut tls.preset, self.preset.as_ref());
        put(&mut tls.cert_file, self.cert_file.as_ref());
        put(&mut tls.key_file, self.key_file.as_ref());
        put(&mut tls.ca_file, self.ca_file.as_ref());
        put(&mut tls.ca_path, self.ca_path.as_ref());
        put(&mut tls.crl_file, self.crl_file.as_ref());
        put(&mut tls.require_certificate, self.require_certificate.as_ref());
        // A user name comes from one of the two: what is said here of the one ends the other.
        if self.use_identity_as_username == Some(true) {
            tls.use_subject_as_username = false;
        }
        if self.use_subject_as_username == Some(true) {
            tls.use_identity_as_username = false;
        }
        put(
            &mut tls.use_identity_as_username,
            self.use_identity_as_username.as_ref(),
        );
        put(
            &mut tls.use_subject_as_username,
            self.use_subject_as_username.as_ref(),
        );
        put(&mut tls.min_version, self.min_version.as_ref());
        put(&mut tls.alpn, self.alpn.as_ref());
        tls
    }
}

fn put<T: Clone>(value: &mut T, given: Option<&T>) {
    if let Some(given) = given {
        value.clone_from(given);
    }
}

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
    /// What it is called: `main`, `tls`, `ws`, or as its table says.
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
    /// What holds for TLS here; `listen` and `port` of it mean nothing.
    pub tls: Tls,
    /// Who may connect here; `allow_anonymous` alone says whether anybody may without a user name.
    pub auth: Auth,
    /// Who may do what here.
    pub acl: Vec<AclLine>,
    /// Nothing says who may connect here: other machines can reach it, there are no users, and that clients need no user name
    /// was not said for such a place. A broker should not start so.
    pub is_undecided: bool,
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
        self.takes(Accepts::Tls) || self.takes(Accepts::Wss)
    }
}

impl BrokerSettings {
    /// Every place to listen on: the main port, which takes everything; those of `[tls]` and `[websocket]`, where they are
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
            tls: self.tls.clone(),
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
                tls: listener.tls(&self.tls),
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
            if !plan.auth.allow_anonymous || plan.auth.allow_anonymous_remotely {
                continue;
            }
            if plan.is_reachable() && !plan.takes_certificates_alone() {
                plan.auth.allow_anonymous = false;
                plan.is_undecided = !plan.auth.knows_users();
            }
        }
        plans
    }
}
