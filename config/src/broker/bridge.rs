//! `[[bridge]]`: another broker that messages go to and come from.

use std::net::IpAddr;

use super::BrokerSettings;
use super::together::Conflicts;
use crate::UpstreamUrl;
use crate::bridge_topic::BridgeTopic;
use crate::check::texts::{BROKERS, PROTOCOLS, TOPICS};
use crate::choice::{BridgeStart, EngineKind, MqttVersion};
use crate::define::table;
use crate::schema::{Expect, between};
use crate::secret::{MASK, Secret};

table! {
    /// Another broker that messages go to and come from, as a `connection` of mosquitto. The bridge is a client of both brokers:
    /// here with a session of its own, in which messages wait while there is no link.
    #[example = "settings.bridge = vec![settings::Bridge::new(\"cloud\", \"mqtt://broker.example\", \"sensors/# out 1\")];"]
    pub struct Bridge
    list {
        plural: "bridges",
        example: r#"{ name = "cloud", addresses = ["mqtt://broker.example"], topics = ["sensors/# out 1"] }"#,
        short: "",
    }
    {
        /// What it is called, in events and in the log; unique among the bridges.
        name: String = String::new(),
            required: true;

        /// Where the other broker is: `mqtt://HOST:PORT`, or `mqtts://HOST:PORT` for TLS. Several are tried in turn.
        addresses: Vec<String> = Vec::new(),
            expect: Expect::Texts(&BROKERS),
            required: true;

        /// Which messages cross: lines `PATTERN [[[out|in|both] QOS] LOCAL_PREFIX REMOTE_PREFIX]`, with `""` for an empty one. `out`,
        /// which is meant where nothing is said, is from here to the other broker. The prefix of one side gives way to that of
        /// the other. The first line that takes a message counts.
        topics: Vec<String> = Vec::new(),
            expect: Expect::Texts(&TOPICS),
            required: true;

        /// The version of MQTT that it speaks to the other broker. In 5.0 the properties of messages cross, too.
        version: MqttVersion = MqttVersion::V311;

        /// The client identifier there. Empty = the name of this machine, a dot, and the name of the bridge.
        client_id: String = String::new();

        /// The user name there. Empty = none.
        username: String = String::new();

        /// The password there.
        password: Option<Secret> = None,
            otherwise: "Left out: none";

        /// The client identifier here. Empty = `local.` and the client identifier there.
        local_client_id: String = String::new();

        /// The user name here. Empty = none.
        local_username: String = String::new();

        /// The password here.
        local_password: Option<Secret> = None,
            otherwise: "Left out: none";

        /// Whether the other broker forgets the bridge when the link is lost, and with it what would have come meanwhile.
        clean_session: bool = false;

        /// Whether this broker does so, and what is published here without a link does not cross.
        local_clean_session: Option<bool> = None,
            otherwise: "Left out: as `clean_session`";

        /// Session Expiry Interval there, where it speaks 5.0 and the session stays.
        session_expiry_secs: u32 = u32::MAX,
            unit: "seconds";

        /// Receive Maximum there, where it speaks 5.0: messages of QoS 1 and 2 that the other broker may have under way.
        receive_maximum: Option<u16> = None,
            expect: between(1, 65_535),
            unit: "messages",
            otherwise: "Left out: as `session.receive_maximum`";

        /// Messages of QoS 1 and 2 that are on their way there at once, at most; a broker that speaks 5.0 may say that it takes fewer.
        max_inflight: u16 = 20,
            expect: between(1, 65_535),
            unit: "messages",
            tradeoff: "In 3.1 and 3.1.1 a broker does not say how many it takes, and mosquitto closes the connection where there are \
                more than its `max_inflight_messages`, 20 unless it is told otherwise.";

        /// Longest packet that goes there. A message that would be longer does not cross, and is told of. 0 = what the other broker
        /// says, where it does.
        max_packet_size_bytes: u32 = 0,
            unit: "bytes";

        /// Keep Alive there. 0 = none.
        keep_alive_secs: u16 = 60,
            unit: "seconds";

        /// When it connects: at once and whenever the link is lost, when enough waits for it, or once.
        start: BridgeStart = BridgeStart::Automatic;

        /// How many messages wait for one that is `lazy` before it connects.
        threshold: u32 = 10,
            unit: "messages";

        /// For how long nothing has crossed when one that is `lazy` goes.
        idle_timeout_secs: u32 = 60,
            unit: "seconds";

        /// The least time until it connects again.
        restart_min_millis: u32 = 5_000,
            expect: between(1, 86_400_000),
            unit: "milliseconds";

        /// The most. The time is drawn, and grows with each attempt that fails. No more than the least = always the least.
        restart_max_millis: u32 = 30_000,
            expect: between(0, 86_400_000),
            unit: "milliseconds";

        /// Whether all addresses are equal. If not, the first is the main one: the others count while it cannot be reached.
        round_robin: bool = false;

        /// Whether it says in 3.x that it is a bridge, in the way of mosquitto: then nothing comes back that it has brought, and
        /// RETAIN crosses. A broker that does not take that is asked again without.
        try_private: bool = true;

        /// Whether RETAIN goes along to the other broker.
        outgoing_retain: bool = true;

        /// Whether it unsubscribes there from what only goes out, where a former bridge of this name may have subscribed.
        attempt_unsubscribe: bool = true;

        /// Whether it says in both brokers, retained, whether it is connected: 1 or 0.
        notifications: bool = true;

        /// Whether it says so in this broker only.
        notifications_local_only: bool = false;

        /// Where it says so. Empty = `$SYS/broker/connection/CLIENT_ID/state`, with the client identifier there.
        notification_topic: String = String::new();

        /// The address of this machine that it connects from. Empty = any.
        bind: String = String::new();

        /// With `mqtts`: file with certificates, in PEM, of those whom it believes who the other broker is. Empty = those that this
        /// machine trusts.
        ca_file: String = String::new();

        /// With `mqtts`: file with its own certificate, in PEM. Empty = none.
        cert_file: String = String::new();

        /// The key of that certificate, in PEM.
        key_file: String = String::new();

        /// Whether the certificate of the other broker may be for another name than its host's.
        insecure: bool = false,
            tradeoff: "Everybody with a certificate of the same CA may then be the other broker.";

        /// With `mqtts`: the protocols that it offers in ALPN.
        alpn: Vec<String> = Vec::new(),
            expect: Expect::Texts(&PROTOCOLS);
    }
}

impl Bridge {
    /// One to this address with this line of `topics`; all else as it is unless said otherwise.
    pub fn new(name: impl Into<String>, address: impl Into<String>, topic: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            addresses: vec![address.into()],
            topics: vec![topic.into()],
            ..Self::default()
        }
    }
}

/// The rule that a text breaks, when it is not the address of a broker.
pub(crate) fn address_fault(text: &str) -> Option<String> {
    UpstreamUrl::parse(text)
        .err()
        .map(|_| "mqtt://HOST:PORT or mqtts://HOST:PORT, without a user name".to_owned())
}

/// The rule that a text breaks, when it is not a line of `topics`.
pub(crate) fn topic_fault(text: &str) -> Option<String> {
    let what = BridgeTopic::parse(text).err()?;
    Some(format!(
        "PATTERN [[[out|in|both] QOS] LOCAL_PREFIX REMOTE_PREFIX]; it {what}"
    ))
}

impl Bridge {
    /// Its client identifier here, where the settings say it.
    fn given_client_id(&self) -> Option<String> {
        if !self.local_client_id.is_empty() {
            return Some(self.local_client_id.clone());
        }
        (!self.client_id.is_empty()).then(|| format!("local.{}", self.client_id))
    }
}

impl BrokerSettings {
    /// What is wrong with bridges.
    pub(super) fn conflicts_of_bridges(&self, conflicts: &mut Conflicts) {
        for (index, bridge) in self.bridge.iter().enumerate() {
            let mut add = |key: &str, text: String| conflicts.add(format!("bridge[{index}].{key}"), text);
            if bridge.name.is_empty() || bridge.name.contains(['/', '+', '#', '\0']) {
                let text = format!("is {:?}; expected a name without `/`, `+` and `#`", bridge.name);
                add("name", text);
            }
            let before = self.bridge.iter().take(index);
            if before.clone().any(|other| other.name == bridge.name) {
                add(
                    "name",
                    format!("is {:?}, as that of a bridge before it", bridge.name),
                );
            }
            let own = bridge.given_client_id();
            if own.is_some() && before.clone().any(|other| other.given_client_id() == own) {
                let text = "is that of a bridge before it: here both would be one client, and throw each other out; give one of them \
                            a `local_client_id`";
                let is_local = !bridge.local_client_id.is_empty();
                add(
                    if is_local { "local_client_id" } else { "client_id" },
                    text.to_owned(),
                );
            }
            let lists = [
                ("addresses", bridge.addresses.is_empty()),
                ("topics", bridge.topics.is_empty()),
            ];
            for (key, _) in lists.iter().filter(|(_, is_empty)| *is_empty) {
                add(key, "is an empty list; expected at least one".to_owned());
            }
            if !bridge.bind.is_empty() && bridge.bind.parse::<IpAddr>().is_err() {
                add("bind", format!("is {:?}; expected an IP address", bridge.bind));
            }
            if bridge.cert_file.is_empty() != bridge.key_file.is_empty() {
                let (given, other) = if bridge.key_file.is_empty() {
                    ("cert_file", "key_file")
                } else {
                    ("key_file", "cert_file")
                };
                add(given, format!("is set, but `{other}` is not; expected both"));
            }
            let secrets = [
                ("password", &bridge.password, &bridge.username),
                ("local_password", &bridge.local_password, &bridge.local_username),
            ];
            for (key, secret, username) in secrets {
                let Some(secret) = secret else { continue };
                if secret.expose() == MASK {
                    let text = format!(
                        "is {MASK:?}: that is what --print-config shows in place of a password; write the real one"
                    );
                    add(key, text);
                } else if username.is_empty() && bridge.version != MqttVersion::V5 {
                    add(
                        key,
                        "is set, and there is no user name, which 3.1 and 3.1.1 want".to_owned(),
                    );
                }
            }
            let is_secure = |text: &&String| UpstreamUrl::parse(text).is_ok_and(|url| url.tls);
            let of_tls = [
                ("ca_file", !bridge.ca_file.is_empty()),
                ("cert_file", !bridge.cert_file.is_empty()),
                ("insecure", bridge.insecure),
                ("alpn", !bridge.alpn.is_empty()),
            ];
            if !bridge.addresses.iter().any(|text| is_secure(&text)) {
                for (key, _) in of_tls.iter().filter(|(_, is_given)| *is_given) {
                    add(
                        key,
                        "is about TLS, and none of `addresses` begins with mqtts://".to_owned(),
                    );
                }
            }
            if bridge.notification_topic.contains(['#', '+']) {
                add(
                    "notification_topic",
                    format!(
                        "is {:?}; expected a topic without wildcards",
                        bridge.notification_topic
                    ),
                );
            }
        }
        if let (Some(first), true) = (
            self.bridge.first(),
            !self.upstream.url.is_empty() || self.engine.kind != EngineKind::Native,
        ) {
            let text = format!(
                "is a bridge ({:?}), which takes our own engine: behind the relay (`upstream.url`, `engine.kind`) there is none it could be a client of",
                first.name
            );
            conflicts.add("bridge", text);
        }
    }
}
