//! Options of the whole broker, and of who may come in.

use crate::mosquitto::table::Fate::{self, Refused, Warns, Works};
use crate::mosquitto::table::MosquittoOption;
use crate::mosquitto::table::Scope::{self, General, Plugin, Security};
use crate::mosquitto::table::Takes::{self, Boolean, Directory, File, Integer, OneOf, Text, Words};

const fn row(name: &'static str, takes: Takes, scope: Scope, fate: Fate) -> MosquittoOption {
    MosquittoOption::new(name, takes, scope, fate)
}

const COUNT: Takes = Integer {
    min: i32::MIN as i64,
    max: i32::MAX as i64,
};
const KEPT: Fate = Works(
    &["state_dir"],
    "what mosquitto would keep is kept in the directory `citronella` there, as `durability` says",
);
const KEPT_AT_ONCE: Fate = Works(&[], "every change is kept before its client is answered");
const NOT_READ: Fate = Warns("the form of its database is mosquitto's own: it is neither read nor written");
const OTHER_PLUGIN: &str = "dynamic security and 2.1's plugins for password files and ACL files are done by the broker itself. \
    Any other plugin is refused: it decides who comes in or what happens, which nothing here does in its place";
const NO_PSK: &str = "the TLS library has no pre-shared keys; use certificates (`certfile`, `keyfile`)";

pub(super) const OPTIONS: &[MosquittoOption] = &[
    row(
        "allow_duplicate_messages",
        Boolean,
        General,
        Works(
            &[],
            "as with `false`: a message that fits several subscriptions of a client comes once; mosquitto's default sends it once for each",
        ),
    ),
    row("autosave_interval", COUNT, General, KEPT_AT_ONCE),
    row("autosave_on_changes", Boolean, General, KEPT_AT_ONCE),
    row(
        "check_retain_source",
        Boolean,
        General,
        Warns(
            "as with `false`: whether a retained message may still be there is not asked again of the client that published it",
        ),
    ),
    row(
        "clientid_prefixes",
        Text,
        General,
        Works(
            &["session.client_id_prefix"],
            "with `use_username_as_clientid` the user name has to begin so",
        ),
    ),
    row(
        "connection_messages",
        Boolean,
        General,
        Works(&["log.connection_messages"], ""),
    ),
    row(
        "enable_control_api",
        Boolean,
        General,
        Warns("`$CONTROL` answers only to the dynamic security API"),
    ),
    row(
        "global_max_clients",
        COUNT,
        General,
        Works(&["limits.max_sessions"], "below 0: the default of that setting"),
    ),
    row(
        "global_max_connections",
        COUNT,
        General,
        Works(
            &["limits.max_connections"],
            "below 0: the default of that setting",
        ),
    ),
    row(
        "include_dir",
        Directory,
        General,
        Works(
            &[],
            "the files in it that end in `.conf`, in mosquitto's order; only in the main file",
        ),
    ),
    row(
        "log_dest",
        Words("none, stdout, stderr, syslog, topic or file PATH; one a line"),
        General,
        Works(
            &["log.destinations"],
            "`dlt` is not there; `console` and the like get a hint",
        ),
    ),
    row(
        "log_facility",
        Integer { min: 0, max: 7 },
        General,
        Works(&["log.facility"], ""),
    ),
    row("log_timestamp", Boolean, General, Works(&["log.timestamp"], "")),
    row(
        "log_timestamp_format",
        Text,
        General,
        Works(&["log.timestamp_format"], ""),
    ),
    row("log_type", OneOf(LOG_TYPES), General, Works(&["log.types"], "")),
    row(
        "max_inflight_bytes",
        COUNT,
        General,
        Works(
            &["session.max_inflight_bytes"],
            "0 = no bound; a QoS 2 message counts until PUBREC, in mosquitto until PUBCOMP",
        ),
    ),
    row(
        "max_inflight_messages",
        COUNT,
        General,
        Works(
            &["session.max_inflight", "session.receive_maximum"],
            "20 by default, as in mosquitto; 0 = 65535",
        ),
    ),
    row(
        "max_keepalive",
        Integer { min: 0, max: 65_535 },
        General,
        Works(&["session.max_keep_alive_secs"], "0 = what each client asks for"),
    ),
    row(
        "max_packet_size",
        Integer {
            min: 20,
            max: i32::MAX as i64,
        },
        General,
        Works(&["limits.max_packet_size_bytes"], "at least 128"),
    ),
    row(
        "max_queued_bytes",
        COUNT,
        General,
        Works(
            &["session.max_queued_bytes"],
            "0, the default = no bound but `limits.max_memory_bytes`",
        ),
    ),
    row(
        "max_queued_messages",
        COUNT,
        General,
        Works(
            &["session.max_queued_messages"],
            "1000 by default, as in mosquitto; 0 = no bound",
        ),
    ),
    row(
        "memory_limit",
        Integer {
            min: 0,
            max: i64::MAX,
        },
        General,
        Works(
            &["limits.max_memory_bytes"],
            "0 = the default of that setting; at least 65536",
        ),
    ),
    row(
        "message_size_limit",
        Integer {
            min: 0,
            max: 268_435_455,
        },
        General,
        Works(
            &["limits.max_payload_bytes"],
            "0 = no bound; 5.0 publishers are told 0x83, as mosquitto's manual says; 2.0 tells 0x95, which PUBACK cannot have",
        ),
    ),
    row(
        "per_listener_settings",
        Boolean,
        General,
        Works(
            &[],
            "the options under *Who may come in* then belong to the listener above them",
        ),
    ),
    row("persistence", Boolean, General, KEPT),
    row("persistence_file", Text, General, NOT_READ),
    row("persistence_location", Text, General, KEPT),
    row("retained_persistence", Boolean, General, KEPT),
    row(
        "persistent_client_expiration",
        Words("a number with s, h, d, w, m or y, such as 14d"),
        General,
        Works(
            &[
                "session.session_expiry_3x_secs",
                "session.max_session_expiry_secs",
            ],
            "",
        ),
    ),
    row("pid_file", Text, General, Works(&["pid_file"], "")),
    row(
        "queue_qos0_messages",
        Boolean,
        General,
        Works(&["session.queue_qos0"], ""),
    ),
    row(
        "retain_available",
        Boolean,
        General,
        Works(&["capabilities.retain_available"], ""),
    ),
    row(
        "retain_expiry_interval",
        Integer {
            min: 1,
            max: 10_000_000,
        },
        General,
        Works(
            &[],
            "a retained message goes when its Message Expiry Interval is over; there is nothing to look for at intervals",
        ),
    ),
    row(
        "retry_interval",
        Text,
        General,
        Works(
            &[],
            "mosquitto has done nothing with it since 1.5: MQTT sends again only on a new connection",
        ),
    ),
    row(
        "set_tcp_nodelay",
        Boolean,
        General,
        Works(&[], "TCP_NODELAY is always set"),
    ),
    row(
        "sys_interval",
        Integer { min: 0, max: 65_535 },
        General,
        Works(&["sys.interval_secs"], ""),
    ),
    row(
        "upgrade_outgoing_qos",
        Boolean,
        General,
        Works(&["session.upgrade_outgoing_qos"], ""),
    ),
    row(
        "user",
        Text,
        General,
        Works(&["user"], "only where the broker is started as root"),
    ),
    row(
        "websockets_headers_size",
        Integer { min: 0, max: 65_535 },
        General,
        Works(
            &["websocket.max_header_bytes"],
            "0 = the default of that setting; at least 512",
        ),
    ),
    row(
        "websockets_log_level",
        COUNT,
        General,
        Works(
            &[],
            "what it turns up is of libwebsockets, which is not used here; `-v` shows packets",
        ),
    ),
    row(
        "acl_file",
        File,
        Security,
        Works(&["auth.acl_file", "listener.acl_file"], ""),
    ),
    row(
        "allow_anonymous",
        Boolean,
        Security,
        Works(
            &[
                "auth.allow_anonymous",
                "auth.allow_anonymous_remotely",
                "listener.allow_anonymous",
            ],
            "false by default, once there is a `listener`, a `port` or a `bind_address`",
        ),
    ),
    row(
        "allow_zero_length_clientid",
        Boolean,
        Security,
        Works(
            &["session.allow_empty_client_id", "listener.allow_empty_client_id"],
            "",
        ),
    ),
    row(
        "auto_id_prefix",
        Text,
        Security,
        Works(
            &[
                "session.assigned_client_id_prefix",
                "listener.assigned_client_id_prefix",
            ],
            "",
        ),
    ),
    row(
        "password_file",
        File,
        Security,
        Works(&["auth.password_file", "listener.password_file"], ""),
    ),
    row("psk_file", Text, Security, Refused(NO_PSK)),
    row(
        "plugin",
        Text,
        Security,
        Works(
            &["auth.dynamic_security_file", "listener.dynamic_security_file"],
            OTHER_PLUGIN,
        ),
    ),
    row("auth_plugin", Text, Security, Works(&[], "as `plugin`")),
    row(
        "global_plugin",
        Text,
        Plugin,
        Works(&[], "as `plugin`, for all listeners"),
    ),
    row(
        "plugin_load",
        Words("NAME PATH"),
        Plugin,
        Works(&[], "as `plugin`, for the listeners that use it"),
    ),
    row(
        "plugin_use",
        Words("NAME"),
        Plugin,
        Works(&[], "below a listener: a plugin that `plugin_load` named"),
    ),
    row(
        "plugin_opt_*",
        Text,
        Plugin,
        Works(
            &[],
            "`config_file`, `password_file` and `acl_file` of those plugins",
        ),
    ),
    row("auth_opt_*", Text, Plugin, Works(&[], "as `plugin_opt_*`")),
    row(
        "auth_plugin_deny_special_chars",
        Boolean,
        Plugin,
        Works(
            &[],
            "as with `true`: no `pattern` gives anything to a user name or client identifier with `+` or `#`",
        ),
    ),
];

/// What `log_type` takes.
const LOG_TYPES: &[&str] = &[
    "error",
    "warning",
    "notice",
    "information",
    "debug",
    "subscribe",
    "unsubscribe",
    "websockets",
    "internal",
    "none",
    "all",
];
