//! `[[listener]]`: one more place to listen on, and what its table says in place of the sections.

use std::net::IpAddr;
use std::path::Path;

use super::{Auth, ClientRules, Tls};
use crate::check::texts::{CIPHERS, ORIGINS, PROTOCOLS};
use crate::choice::{Accepts, MqttVersion, Preset, TlsVersion};
use crate::define::table;
use crate::schema::{Expect, between};

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

        /// What it takes: MQTT over TCP, TLS, WebSocket, WebSocket inside TLS; the control API over HTTP, and inside TLS. On a Unix socket `tcp` stands for plain MQTT.
        accepts: Vec<Accepts> = Accepts::ALL.to_vec();

        /// Whether every connection comes from a proxy that says in a PROXY header (version 1 or 2) which client it is
        /// for. One without that header is closed, and no client may reach this listener but through the proxy: it
        /// would be believed.
        proxy_protocol: bool = false;

        /// Whether that header must be one of version 2 that says that the client came to the proxy over TLS. With this,
        /// `proxy_protocol` must be true.
        proxy_protocol_v2_require_tls: bool = false;

        /// The network interface that connections must come in over, such as `eth0`; beside `bind`. Empty = any.
        bind_interface: String = String::new(),
            tradeoff: "It works on Linux alone, and may ask for the capability CAP_NET_RAW; the addresses of the interface in \
                `bind` do the same everywhere.";

        /// As `websocket.origins`.
        origins: Option<Vec<String>> = None,
            expect: Expect::Texts(&ORIGINS),
            otherwise: AS_THERE;

        /// As `websocket.max_header_bytes`.
        max_header_bytes: Option<u32> = None,
            expect: between(512, 65_536),
            unit: "bytes",
            otherwise: AS_THERE;

        /// Clients connected here at once. One more is answered as `limits.max_connections` says.
        max_connections: Option<u32> = None,
            expect: between(0, 10_000_000),
            unit: "connections",
            otherwise: "Left out: `limits.max_connections` alone counts",
            statements: &["MQTT5-3.1.4-2"];

        /// The versions of MQTT that are taken. A client of another one is refused: Unsupported protocol version.
        mqtt_versions: Vec<MqttVersion> = MqttVersion::ALL.to_vec(),
            statements: &["MQTT5-3.1.2-2", "MQTT311-3.1.2-2"];

        /// As `capabilities.maximum_qos`, in place of it.
        maximum_qos: Option<u8> = None,
            expect: between(0, 2),
            otherwise: AS_THERE;

        /// As `session.topic_alias_maximum`.
        topic_alias_maximum: Option<u16> = None,
            unit: "aliases",
            otherwise: AS_THERE;

        /// What stands before each topic of its clients in the broker, usually with `/` at its end: with `house/`, a client that
        /// publishes to `lamp` publishes to `house/lamp`, and what it subscribes to lies below `house/`, too. The client does
        /// not see it, but in the words of a refusal (`access.tell_why`). ACLs and `[access]` are asked about the whole topic.
        /// Nothing of `$SYS` is below it. A session goes on only for a client that comes to the same mount point again.
        mount_point: String = String::new();

        /// Whether the user name of a client is its client identifier, whatever CONNECT says. A client without a user name is
        /// refused.
        use_username_as_client_id: bool = false,
            tradeoff: "Two clients of one user take over each other's connection.";

        /// As `session.allow_empty_client_id`.
        allow_empty_client_id: Option<bool> = None,
            otherwise: AS_THERE;

        /// As `session.assigned_client_id_prefix`.
        assigned_client_id_prefix: Option<String> = None,
            otherwise: AS_THERE;

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

        /// As `tls.max_version`.
        max_version: Option<TlsVersion> = None,
            otherwise: AS_THERE;

        /// As `tls.ciphers`.
        ciphers: Option<Vec<String>> = None,
            expect: Expect::Texts(&CIPHERS),
            otherwise: AS_THERE;

        /// As `tls.alpn`.
        alpn: Option<Vec<String>> = None,
            expect: Expect::Texts(&PROTOCOLS),
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
            ("max_version", self.max_version.is_some()),
            ("ciphers", self.ciphers.is_some()),
            ("alpn", self.alpn.is_some()),
        ];
        given
            .into_iter()
            .filter_map(|(key, is_given)| is_given.then_some(key))
            .collect()
    }

    /// What holds for its clients.
    pub(super) fn clients(&self, common: ClientRules) -> ClientRules {
        let prefix = self.assigned_client_id_prefix.clone();
        ClientRules {
            max_connections: self.max_connections,
            mqtt_versions: self.mqtt_versions.clone(),
            maximum_qos: self.maximum_qos.unwrap_or(common.maximum_qos),
            mount_point: self.mount_point.clone(),
            topic_alias_maximum: self.topic_alias_maximum.unwrap_or(common.topic_alias_maximum),
            use_username_as_client_id: self.use_username_as_client_id,
            allow_empty_client_id: self.allow_empty_client_id.unwrap_or(common.allow_empty_client_id),
            assigned_client_id_prefix: prefix.unwrap_or(common.assigned_client_id_prefix),
        }
    }

    /// Who may connect here.
    pub(super) fn auth(&self, common: &Auth) -> Auth {
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
    pub(super) fn tls(&self, common: &Tls) -> Tls {
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
        put(&mut tls.max_version, self.max_version.as_ref());
        put(&mut tls.ciphers, self.ciphers.as_ref());
        put(&mut tls.alpn, self.alpn.as_ref());
        tls
    }
}

fn put<T: Clone>(value: &mut T, given: Option<&T>) {
    if let Some(given) = given {
        value.clone_from(given);
    }
}
