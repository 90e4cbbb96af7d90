//! Options of the listener above them, TLS included.

use crate::mosquitto::table::Fate::{self, Refused, Warns, Works};
use crate::mosquitto::table::MosquittoOption;
use crate::mosquitto::table::Scope::{self, General, Listener, Tls};
use crate::mosquitto::table::Takes::{self, Boolean, Directory, File, Integer, OneOf, Text, Words};

const fn row(name: &'static str, takes: Takes, scope: Scope, fate: Fate) -> MosquittoOption {
    MosquittoOption::new(name, takes, scope, fate)
}

const QOS: Takes = Integer { min: 0, max: 2 };
const ALIASES: Takes = Integer { min: 0, max: 65_535 };
const NO_ENGINE: &str = "keys in the hands of an OpenSSL engine cannot be used; give a `keyfile` in PEM";
const NO_PSK: &str = "the TLS library has no pre-shared keys; use certificates (`certfile`, `keyfile`)";

pub(super) const OPTIONS: &[MosquittoOption] = &[
    row(
        "listener",
        Words("PORT [ADDRESS], or 0 PATH for a Unix socket"),
        Listener,
        Works(
            &["listener.port", "listener.bind", "listener.socket"],
            "without an address: every address of this machine",
        ),
    ),
    row(
        "port",
        Integer { min: 1, max: 65_535 },
        General,
        Works(&["listener.port"], "a listener of its own, before the others"),
    ),
    row(
        "bind_address",
        Text,
        General,
        Works(&["listener.bind"], "of that listener"),
    ),
    row(
        "accept_protocol_versions",
        Words("some of 3, 4, 5, with commas"),
        Listener,
        Works(&["listener.mqtt_versions"], ""),
    ),
    row(
        "bind_interface",
        Text,
        Listener,
        Works(&["listener.bind_interface"], ""),
    ),
    row(
        "enable_proxy_protocol",
        Integer { min: 1, max: 2 },
        Listener,
        Works(&["listener.proxy_protocol"], "both versions are taken"),
    ),
    row(
        "proxy_protocol_v2_require_tls",
        Boolean,
        Listener,
        Works(&["listener.proxy_protocol_v2_require_tls"], ""),
    ),
    row(
        "http_dir",
        Text,
        Listener,
        Warns("no files are served; MQTT over WebSocket works"),
    ),
    row(
        "listener_allow_anonymous",
        Boolean,
        Listener,
        Works(&["listener.allow_anonymous"], ""),
    ),
    row(
        "listener_auto_id_prefix",
        Text,
        Listener,
        Works(&["listener.assigned_client_id_prefix"], ""),
    ),
    row(
        "max_connections",
        Integer {
            min: i32::MIN as i64,
            max: i32::MAX as i64,
        },
        Listener,
        Works(
            &["listener.max_connections"],
            "below 0, such as -1 = no bound of its own; one more is told that the server is busy, where mosquitto closes without a word",
        ),
    ),
    row("max_qos", QOS, Listener, Works(&["listener.maximum_qos"], "")),
    row("maximum_qos", QOS, Listener, Works(&["listener.maximum_qos"], "")),
    row(
        "max_topic_alias",
        ALIASES,
        Listener,
        Works(
            &["listener.topic_alias_maximum"],
            "10 by default, as in mosquitto",
        ),
    ),
    row(
        "max_topic_alias_broker",
        ALIASES,
        Listener,
        Works(
            &["session.outgoing_topic_alias_maximum"],
            "10 by default, as in mosquitto; one value for all listeners",
        ),
    ),
    row(
        "mount_point",
        Text,
        Listener,
        Works(
            &["listener.mount_point"],
            "mosquitto 2.0 up to 2.0.11 does not take it off again; a `$share` filter has it behind the name of the group",
        ),
    ),
    row(
        "packet_buffer_size",
        Integer {
            min: 1,
            max: i32::MAX as i64,
        },
        General,
        Works(&[], "all connections share one buffer, which needs no size"),
    ),
    row(
        "protocol",
        OneOf(&["mqtt", "websockets"]),
        Listener,
        Works(&["listener.accepts"], "`http_api` is refused: it is not there"),
    ),
    row(
        "socket_domain",
        OneOf(&["ipv4", "ipv6"]),
        Listener,
        Works(&["listener.bind"], ""),
    ),
    row(
        "use_username_as_clientid",
        Boolean,
        Listener,
        Works(&["listener.use_username_as_client_id"], ""),
    ),
    row(
        "websockets_origin",
        Text,
        Listener,
        Works(&["listener.origins"], "may be given several times"),
    ),
    row("cafile", File, Tls, Works(&["listener.ca_file"], "")),
    row("capath", Directory, Tls, Works(&["listener.ca_path"], "")),
    row(
        "certfile",
        File,
        Tls,
        Works(
            &["listener.cert_file", "listener.accepts"],
            "with it the listener takes TLS alone",
        ),
    ),
    row("ciphers", Text, Tls, Works(&["listener.ciphers"], "")),
    row("ciphers_tls1.3", Text, Tls, Works(&["listener.ciphers"], "")),
    row("crlfile", File, Tls, Works(&["listener.crl_file"], "")),
    row(
        "dhparamfile",
        Text,
        Tls,
        Works(
            &[],
            "key exchange is over elliptic curves, which needs no such file",
        ),
    ),
    row(
        "disable_client_cert_date_checks",
        Boolean,
        Tls,
        Warns("as with `false`: a client's certificate that is out of date is refused"),
    ),
    row("keyfile", File, Tls, Works(&["listener.key_file"], "")),
    row("psk_hint", Text, Tls, Refused(NO_PSK)),
    row(
        "require_certificate",
        Boolean,
        Tls,
        Works(&["listener.require_certificate"], ""),
    ),
    row("tls_engine", Text, Tls, Refused(NO_ENGINE)),
    row("tls_engine_kpass_sha1", Text, Tls, Refused(NO_ENGINE)),
    row(
        "tls_keyform",
        OneOf(&["pem", "engine"]),
        Tls,
        Works(&[], "`engine` is refused: such keys cannot be used"),
    ),
    row(
        "tls_version",
        OneOf(&["tlsv1.3", "tlsv1.2", "tlsv1.1", "tlsv1"]),
        Tls,
        Works(
            &["listener.min_version"],
            "1.2 is the least, also where less is asked for",
        ),
    ),
    row(
        "use_identity_as_username",
        Boolean,
        Tls,
        Works(&["listener.use_identity_as_username"], ""),
    ),
    row(
        "use_subject_as_username",
        Boolean,
        Tls,
        Works(&["listener.use_subject_as_username"], ""),
    ),
];
