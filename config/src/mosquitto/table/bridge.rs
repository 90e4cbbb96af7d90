//! Bridges: read and checked, and not connected yet.

use crate::mosquitto::table::Takes::{Boolean, File, Integer, OneOf, Secret, Text, Words};
use crate::mosquitto::table::{Fate, MosquittoOption, Scope, Takes};

const fn row(name: &'static str, takes: Takes) -> MosquittoOption {
    let fate = Fate::Warns("bridges are read and checked, and not connected yet");
    MosquittoOption::new(name, takes, Scope::Bridge, fate)
}

const ADDRESSES: Takes = Words("HOST[:PORT] [HOST[:PORT]] …");
const SECONDS: Takes = Integer { min: 0, max: 65_535 };
const COUNT: Takes = Integer {
    min: 0,
    max: i32::MAX as i64,
};
const VERSIONS: Takes = OneOf(&["mqttv31", "mqttv311", "mqttv50"]);

pub(super) const OPTIONS: &[MosquittoOption] = &[
    row("connection", Words("NAME")),
    row("address", ADDRESSES),
    row("addresses", ADDRESSES),
    row(
        "topic",
        Words("PATTERN [[[out|in|both] QOS] LOCAL_PREFIX REMOTE_PREFIX]"),
    ),
    row("bridge_attempt_unsubscribe", Boolean),
    row("bridge_bind_address", Text),
    row("bridge_max_packet_size", COUNT),
    row("bridge_max_topic_alias", Integer { min: 0, max: 65_535 }),
    row("bridge_outgoing_retain", Boolean),
    row("bridge_protocol_version", VERSIONS),
    row("bridge_receive_maximum", Integer { min: 0, max: 65_535 }),
    row("bridge_reload_type", OneOf(&["lazy", "immediate"])),
    row(
        "bridge_session_expiry_interval",
        Integer {
            min: 0,
            max: u32::MAX as i64,
        },
    ),
    row("bridge_tcp_keepalive", Words("IDLE INTERVAL COUNTER")),
    row("bridge_tcp_user_timeout", COUNT),
    row("cleansession", Boolean),
    row("local_cleansession", Boolean),
    row("clientid", Text),
    row("remote_clientid", Text),
    row("local_clientid", Text),
    row("username", Text),
    row("remote_username", Text),
    row("local_username", Text),
    row("password", Secret),
    row("remote_password", Secret),
    row("local_password", Secret),
    row("keepalive_interval", SECONDS),
    row("idle_timeout", COUNT),
    row("notifications", Boolean),
    row("notifications_local_only", Boolean),
    row("notification_topic", Text),
    row("restart_timeout", Words("SECONDS, or BASE CAP [STABLE]")),
    row("round_robin", Boolean),
    row("session_expiry", COUNT),
    row("start_type", OneOf(&["automatic", "lazy", "once"])),
    row("threshold", COUNT),
    row("try_private", Boolean),
    row("bridge_alpn", Text),
    row("bridge_cafile", File),
    row("bridge_capath", Text),
    row("bridge_certfile", File),
    row("bridge_ciphers", Text),
    row("bridge_ciphers_tls1.3", Text),
    row("bridge_identity", Text),
    row("bridge_insecure", Boolean),
    row("bridge_keyfile", File),
    row("bridge_psk", Secret),
    row("bridge_require_ocsp", Boolean),
    row("bridge_tls_use_os_certs", Boolean),
    row("bridge_tls_version", OneOf(&["tlsv1.3", "tlsv1.2", "tlsv1.1"])),
];
