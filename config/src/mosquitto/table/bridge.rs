//! Bridges.

use crate::mosquitto::table::Fate::{Refused, Warns, Works};
use crate::mosquitto::table::Takes::{Boolean, File, Integer, OneOf, Secret, Text, Words};
use crate::mosquitto::table::{Fate, MosquittoOption, Scope, Takes};

const fn row(name: &'static str, takes: Takes, fate: Fate) -> MosquittoOption {
    MosquittoOption::new(name, takes, Scope::Bridge, fate)
}

const ADDRESSES: Takes = Words("HOST[:PORT] [HOST[:PORT]] …");
const SECONDS: Takes = Integer { min: 0, max: 65_535 };
const COUNT: Takes = Integer {
    min: 0,
    max: i32::MAX as i64,
};
const LONG: Takes = Integer {
    min: 0,
    max: u32::MAX as i64,
};
const VERSIONS: Takes = OneOf(&["mqttv31", "mqttv311", "mqttv50"]);
const SUITES: Fate =
    Warns("TLS is that of rustls, which has no weak suites: those that the other broker has, too, are taken");
const PSK: Fate = Refused(
    "TLS with a key that both sides know is not there; give the other broker a certificate, and `bridge_cafile` here",
);
const OF_SYSTEM: Fate =
    Warns("the system decides: Keep Alive (`keepalive_interval`) finds a link that is dead");

pub(super) const OPTIONS: &[MosquittoOption] = &[
    row("connection", Words("NAME"), Works(&["bridge.name"], "")),
    row(
        "address",
        ADDRESSES,
        Works(
            &["bridge.addresses"],
            "as `mqtt://HOST:PORT`; `mqtts://` with an option of TLS",
        ),
    ),
    row(
        "addresses",
        ADDRESSES,
        Works(&["bridge.addresses"], "as `address`"),
    ),
    row(
        "topic",
        Words("PATTERN [[[out|in|both] QOS] LOCAL_PREFIX REMOTE_PREFIX]"),
        Works(&["bridge.topics"], ""),
    ),
    row(
        "bridge_attempt_unsubscribe",
        Boolean,
        Works(&["bridge.attempt_unsubscribe"], ""),
    ),
    row(
        "bridge_bind_address",
        Text,
        Works(&["bridge.bind"], "an IP address"),
    ),
    row(
        "bridge_max_packet_size",
        COUNT,
        Works(&["bridge.max_packet_size_bytes"], ""),
    ),
    row(
        "bridge_max_topic_alias",
        Integer { min: 0, max: 65_535 },
        Warns("a bridge uses no topic aliases"),
    ),
    row(
        "bridge_outgoing_retain",
        Boolean,
        Works(&["bridge.outgoing_retain"], ""),
    ),
    row(
        "bridge_protocol_version",
        VERSIONS,
        Works(&["bridge.version"], ""),
    ),
    row(
        "bridge_receive_maximum",
        Integer { min: 0, max: 65_535 },
        Works(&["bridge.receive_maximum"], "0 says nothing"),
    ),
    row(
        "bridge_reload_type",
        OneOf(&["lazy", "immediate"]),
        Warns("bridges are those of the start"),
    ),
    row(
        "bridge_session_expiry_interval",
        LONG,
        Works(&["bridge.session_expiry_secs"], ""),
    ),
    row("bridge_tcp_keepalive", Words("IDLE INTERVAL COUNTER"), OF_SYSTEM),
    row("bridge_tcp_user_timeout", COUNT, OF_SYSTEM),
    row("cleansession", Boolean, Works(&["bridge.clean_session"], "")),
    row(
        "local_cleansession",
        Boolean,
        Works(&["bridge.local_clean_session"], ""),
    ),
    row("clientid", Text, Works(&["bridge.client_id"], "")),
    row("remote_clientid", Text, Works(&["bridge.client_id"], "")),
    row("local_clientid", Text, Works(&["bridge.local_client_id"], "")),
    row("username", Text, Works(&["bridge.username"], "")),
    row("remote_username", Text, Works(&["bridge.username"], "")),
    row("local_username", Text, Works(&["bridge.local_username"], "")),
    row("password", Secret, Works(&["bridge.password"], "")),
    row("remote_password", Secret, Works(&["bridge.password"], "")),
    row("local_password", Secret, Works(&["bridge.local_password"], "")),
    row(
        "keepalive_interval",
        SECONDS,
        Works(&["bridge.keep_alive_secs"], ""),
    ),
    row("idle_timeout", COUNT, Works(&["bridge.idle_timeout_secs"], "")),
    row("notifications", Boolean, Works(&["bridge.notifications"], "")),
    row(
        "notifications_local_only",
        Boolean,
        Works(&["bridge.notifications_local_only"], ""),
    ),
    row(
        "notification_topic",
        Text,
        Works(&["bridge.notification_topic"], ""),
    ),
    row(
        "restart_timeout",
        Words("SECONDS, or BASE CAP [STABLE]"),
        Works(
            &["bridge.restart_min_millis", "bridge.restart_max_millis"],
            "each link begins anew with BASE: STABLE is passed over",
        ),
    ),
    row("round_robin", Boolean, Works(&["bridge.round_robin"], "")),
    row("session_expiry", LONG, Works(&["bridge.session_expiry_secs"], "")),
    row(
        "start_type",
        OneOf(&["automatic", "lazy", "once"]),
        Works(&["bridge.start"], ""),
    ),
    row("threshold", COUNT, Works(&["bridge.threshold"], "")),
    row("try_private", Boolean, Works(&["bridge.try_private"], "")),
    row("bridge_alpn", Text, Works(&["bridge.alpn"], "")),
    row("bridge_cafile", File, Works(&["bridge.ca_file"], "")),
    row(
        "bridge_capath",
        Text,
        Refused(
            "a directory of certificates is not read here; put them into one file, and name it with `bridge_cafile`",
        ),
    ),
    row("bridge_certfile", File, Works(&["bridge.cert_file"], "")),
    row("bridge_ciphers", Text, SUITES),
    row("bridge_ciphers_tls1.3", Text, SUITES),
    row("bridge_identity", Text, PSK),
    row("bridge_insecure", Boolean, Works(&["bridge.insecure"], "")),
    row("bridge_keyfile", File, Works(&["bridge.key_file"], "")),
    row("bridge_psk", Secret, PSK),
    row(
        "bridge_require_ocsp",
        Boolean,
        Refused("whether a certificate was revoked is not asked of anybody; leave it out where that may be"),
    ),
    row(
        "bridge_tls_use_os_certs",
        Boolean,
        Works(
            &[],
            "without a `bridge_cafile`, those that this machine trusts are believed",
        ),
    ),
    row(
        "bridge_tls_version",
        OneOf(&["tlsv1.3", "tlsv1.2", "tlsv1.1"]),
        Warns("1.3 and 1.2 are spoken, whichever the other broker prefers"),
    ),
];
