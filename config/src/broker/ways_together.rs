//! What is wrong with the keys that say where and how to listen, held against each other.

use std::net::IpAddr;

use super::{BrokerSettings, Conflicts, Listener, ListenerPlan, Tls};
use crate::choice::{Preset, TlsVersion};

/// The longest path that the system takes for a socket: its structure has room for one byte more, which ends it.
const LONGEST_SOCKET_BYTES: usize = if cfg!(any(target_os = "linux", target_os = "android")) {
    107
} else {
    103
};

/// Behind a mount point there must be room for a topic, and behind a prefix for the rest of a client identifier.
const LONGEST_PREFIX_BYTES: usize = 1024;

fn too_long() -> String {
    format!("is too long; expected at most {LONGEST_PREFIX_BYTES} bytes")
}

impl BrokerSettings {
    pub(super) fn conflicts_of_ways(&self, conflicts: &mut Conflicts) {
        tls(&self.tls, "tls.", |_| true, conflicts);
        for (index, listener) in self.listener.iter().enumerate() {
            place(listener, index, conflicts);
        }
        if self.http.listen && !self.http.enabled {
            conflicts.add(
                "http.listen",
                "is true, and `http.enabled` is false; leave one of them out",
            );
        }
        let plans = self.listeners();
        if plans.is_empty() {
            let text = "is false, and there is no other listener; add a `[[listener]]`, or set `tls.listen`, `websocket.listen` or `http.listen`";
            conflicts.add("listen", text);
        }
        let of_tables = plans.len().saturating_sub(self.listener.len());
        for (index, (listener, plan)) in self.listener.iter().zip(plans.iter().skip(of_tables)).enumerate() {
            if plan.accepts.is_empty() && !listener.accepts.is_empty() {
                let text = "is for the control API alone, and `http.enabled` is false; leave one of them out";
                conflicts.add(format!("listener[{index}].accepts"), text);
            }
            let given = listener.tls_keys();
            let prefix = format!("listener[{index}].");
            // What is wrong without a word of this table was said of [tls].
            tls(&plan.tls, &prefix, |key| given.contains(&key), conflicts);
            if let (false, false, Some(key)) = (plan.takes_tls(), plan.accepts.is_empty(), given.first()) {
                let text = "is given, but its `accepts` has none of \"tls\", \"wss\" and \"https\"";
                conflicts.add(format!("{prefix}{key}"), text);
            }
        }
        if self.session.assigned_client_id_prefix.len() > LONGEST_PREFIX_BYTES {
            conflicts.add("session.assigned_client_id_prefix", too_long());
        }
        for (index, plan) in plans.iter().enumerate() {
            for other in plans.iter().take(index) {
                clash(plan, other, conflicts);
            }
        }
    }
}

/// Where one listens.
fn place(listener: &Listener, index: usize, conflicts: &mut Conflicts) {
    let key = |name: &str| format!("listener[{index}].{name}");
    let socket = &listener.socket;
    match (socket.is_empty(), listener.port) {
        (true, None) => conflicts.add(
            format!("listener[{index}]"),
            "has neither `port` nor `socket`; expected one of them, such as port = 8884",
        ),
        (false, Some(_)) => conflicts.add(key("port"), "is given beside `socket`; leave one of them out"),
        _ => {}
    }
    if listener.proxy_protocol_v2_require_tls && !listener.proxy_protocol {
        let text = "is true, and `proxy_protocol` is not; set that, too";
        conflicts.add(key("proxy_protocol_v2_require_tls"), text);
    }
    if cfg!(not(target_os = "linux")) && !listener.bind_interface.is_empty() {
        let text = "works on Linux alone; name the addresses of the interface in `bind`";
        conflicts.add(key("bind_interface"), text);
    }
    if !socket.is_empty() {
        if !listener.bind_interface.is_empty() {
            let text = "is given beside `socket`, which has no interface; leave it out";
            conflicts.add(key("bind_interface"), text);
        }
        if listener.bind.is_some() {
            conflicts.add(
                key("bind"),
                "is given beside `socket`, which has no addresses; leave it out",
            );
        }
        if socket.len() > LONGEST_SOCKET_BYTES {
            let text = format!(
                "has {} bytes; the system takes at most {LONGEST_SOCKET_BYTES}: take a shorter path, or one \
                 relative to where the broker is started",
                socket.len()
            );
            conflicts.add(key("socket"), text);
        }
        if cfg!(not(unix)) {
            conflicts.add(
                key("socket"),
                "is given, but this system has no Unix sockets here; use `port`",
            );
        }
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !listener.name.bytes().all(fits) || listener.name == "ca_file" {
        let text = format!(
            "is {:?}; expected letters, digits, `-`, `_` and `.`, such as \"expired\", and not \"ca_file\"",
            listener.name
        );
        conflicts.add(key("name"), text);
    }
    if listener.mount_point.starts_with("$share")
        || listener.mount_point.contains(['+', '#'])
        || listener.mount_point.len() > LONGEST_PREFIX_BYTES
    {
        let text = format!(
            "is {:?}; expected the beginning of a topic, without `+` and `#`, such as \"house/\"",
            listener.mount_point
        );
        conflicts.add(key("mount_point"), text);
    }
    let prefix = listener.assigned_client_id_prefix.as_ref();
    if prefix.is_some_and(|prefix| prefix.len() > LONGEST_PREFIX_BYTES) {
        conflicts.add(key("assigned_client_id_prefix"), too_long());
    }
    if listener.mqtt_versions.is_empty() {
        let text = "is an empty list; expected some of \"3.1\", \"3.1.1\", \"5.0\"";
        conflicts.add(key("mqtt_versions"), text);
    }
    if listener.accepts.is_empty() {
        let text =
            "is an empty list; expected some of \"tcp\", \"tls\", \"ws\", \"wss\", \"http\", \"https\"";
        conflicts.add(key("accepts"), text);
    }
}

/// What is wrong with TLS for one listener, told of those keys that are given there.
fn tls(tls: &Tls, prefix: &str, is_given: impl Fn(&'static str) -> bool, conflicts: &mut Conflicts) {
    let mut add = |keys: &[&'static str], text: String| {
        if let Some(key) = keys.iter().find(|key| is_given(key)) {
            conflicts.add(format!("{prefix}{key}"), text);
        }
    };
    match (tls.cert_file.is_empty(), tls.key_file.is_empty()) {
        (false, true) => add(
            &["cert_file"],
            "is set, but `key_file` is not; set the private key of the certificate, too".to_owned(),
        ),
        (true, false) => add(
            &["key_file"],
            "is set, but `cert_file` is not; set the certificate of the key, too".to_owned(),
        ),
        _ => {}
    }
    let own = !tls.cert_file.is_empty() || !tls.key_file.is_empty();
    if own && tls.preset != Preset::Valid {
        let text = format!(
            "is {:?}, which is for certificates that the broker makes, and `cert_file` or `key_file` names one of \
             your own; leave one of them out",
            tls.preset.name()
        );
        add(&["preset", "cert_file", "key_file"], text);
    }
    if own && tls.require_certificate && tls.ca_file.is_empty() && tls.ca_path.is_empty() {
        let text = "is true and the certificate is one of your own, but it is not said who vouches for clients; set \
                    `ca_file` or `ca_path`, too";
        add(&["require_certificate", "cert_file"], text.to_owned());
    }
    if tls.max_version == TlsVersion::Tls12 && tls.min_version == TlsVersion::Tls13 {
        let text = "is \"1.2\", and `min_version` is \"1.3\"; leave one of them out";
        add(&["max_version", "min_version"], text.to_owned());
    }
    if tls.use_identity_as_username && tls.use_subject_as_username {
        let text = "is true, and so is `use_identity_as_username`; a user name comes from one of the two";
        add(
            &["use_subject_as_username", "use_identity_as_username"],
            text.to_owned(),
        );
    }
}

/// Two that cannot be there together.
fn clash(plan: &ListenerPlan, other: &ListenerPlan, conflicts: &mut Conflicts) {
    let table = plan.key.rsplit_once('.').map_or("", |(table, _)| table);
    if plan.name == other.name {
        let text = format!("is {:?}, as another listener is called already", plan.name);
        conflicts.add(format!("{table}.name"), text);
    }
    if plan.socket.is_some() && plan.socket == other.socket {
        let text = format!("is that of the listener {:?}, too", other.name);
        conflicts.add(&plan.key, text);
    }
    let on_ports = plan.socket.is_none() && other.socket.is_none();
    let same_port = plan.port != 0 && plan.port == other.port;
    let overlap = |address: &IpAddr| other.bind.iter().any(|other| overlaps(*address, *other));
    if on_ports && same_port && plan.bind.iter().any(overlap) {
        let text = format!(
            "is {}, where the listener {:?} is already (`{}`)",
            plan.port, other.name, other.key
        );
        conflicts.add(&plan.key, text);
    }
}

/// Whether the same port cannot be had on both addresses.
pub(crate) fn overlaps(one: IpAddr, other: IpAddr) -> bool {
    let of_one_family = one.is_ipv4() == other.is_ipv4();
    one == other || of_one_family && (one.is_unspecified() || other.is_unspecified())
}
