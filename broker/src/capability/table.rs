//! The table: every capability, and how far each engine has it. It stands only here.

use std::fmt;

use super::Support::{Differs, No, Upstream, Yes};
use super::{EngineName, Support};

macro_rules! capabilities {
    ($(
        $(#[doc = $what:literal])+
        $name:ident = $word:literal, [$native:expr, $rumqttd:expr, $relay:expr];
    )+) => {
        /// Something that some engines cannot do, or do in another way.
        ///
        /// ```
        /// use broker::{Capability, EngineName, Support};
        ///
        /// let missing = Capability::ALL.iter().filter(|it| EngineName::Native.support(**it) == Support::No);
        /// println!("{:?}", missing.collect::<Vec<_>>());
        /// assert_eq!(EngineName::Rumqttd.support(Capability::SessionExpiry), Support::No);
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Capability {
            $( $(#[doc = $what])+ $name, )+
        }

        impl Capability {
            /// All capabilities, in the order of the table.
            ///
            /// ```
            /// assert!(broker::Capability::ALL.contains(&broker::Capability::Wills));
            /// ```
            pub const ALL: &'static [Capability] = &[$(Self::$name),+];

            /// One word for machines.
            ///
            /// ```
            /// assert_eq!(broker::Capability::NoLocal.word(), "no_local");
            /// ```
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// The capability in words.
            ///
            /// ```
            /// assert_eq!(broker::Capability::Wills.what(), "Wills, Will Delay Interval included.");
            /// ```
            pub const fn what(self) -> &'static str {
                match self { $(Self::$name => concat!($($what),+).trim_ascii(),)+ }
            }

            pub(super) fn support(self, engine: EngineName) -> Support {
                let [native, rumqttd, relay] = match self {
                    $(Self::$name => [$native, $rumqttd, $relay],)+
                };
                match engine {
                    EngineName::Native => native,
                    EngineName::Rumqttd => rumqttd,
                    EngineName::Relay => relay,
                }
            }
        }
    };
}

capabilities! {
    /// MQTT 3.1.
    Mqtt31 = "mqtt_3_1", [Yes, No, Upstream];
    /// MQTT 3.1.1.
    Mqtt311 = "mqtt_3_1_1", [Yes, Yes, Upstream];
    /// MQTT 5.0.
    Mqtt5 = "mqtt_5", [Yes, Differs("its decoder panics on some malformed packets; the front door then renews its listener"), Upstream];
    /// Keep Alive 0: none.
    KeepAliveZero = "keep_alive_0", [Yes, Differs("closes the connection without CONNACK"), Upstream];
    /// QoS 2: exactly once, in every interruption.
    Qos2 = "qos_2", [Yes, Differs("the handshake is there; what is in flight when a connection breaks is not sent again"), Upstream];
    /// Delivery at the lower of the message's QoS and the subscription's.
    LowerQos = "lower_qos", [Yes, Differs("at the subscription's QoS, whatever the message's was"), Upstream];
    /// Retained messages.
    Retained = "retained", [Yes, Yes, Upstream];
    /// Wills, Will Delay Interval included.
    Wills = "wills", [Yes, Yes, Upstream];
    /// Sessions that outlive their connection.
    PersistentSessions = "persistent_sessions", [Yes, Yes, Upstream];
    /// Taking over a session that is connected elsewhere.
    Takeover = "takeover", [Yes, Differs("the older connection is closed; a 5.0 client is not told why"), Upstream];
    /// An empty client identifier.
    EmptyClientId = "empty_client_id", [Yes, Yes, Upstream];
    /// User names and passwords.
    Login = "login", [Yes, Differs("everybody is asked or nobody; refused by closing, without CONNACK"), Upstream];
    /// Packets of any size that MQTT has.
    LargePackets = "large_packets", [Yes, Differs("up to `rumqttd.max_payload_size_bytes`, 20,480 unless set"), Upstream];
    /// Topics that begin with `$`.
    DollarTopics = "dollar_topics", [Yes, Differs("a SUBSCRIBE to one ends the connection"), Upstream];
    /// One copy of a message, at the highest QoS, where several subscriptions of a client match.
    OverlappingSubscriptions = "overlapping_subscriptions", [Yes, Differs("a copy for each subscription, in no certain order"), Upstream];
    /// An answer to every UNSUBSCRIBE.
    Unsubscribe = "unsubscribe", [Yes, Differs("none to an UNSUBSCRIBE for what was not subscribed: the client waits for ever"), Upstream];
    /// Shared subscriptions.
    SharedSubscriptions = "shared_subscriptions", [Yes, Yes, Upstream];
    /// Properties of messages, passed on from publisher to subscriber.
    MessageProperties = "message_properties", [Yes, Yes, Upstream];
    /// Message Expiry Interval.
    MessageExpiry = "message_expiry", [Yes, Yes, Upstream];
    /// Session Expiry Interval.
    SessionExpiry = "session_expiry", [Yes, No, Upstream];
    /// Subscription Identifiers.
    SubscriptionIdentifiers = "subscription_identifiers", [Yes, Differs("each copy of an overlapping message has one"), Upstream];
    /// No Local.
    NoLocal = "no_local", [Yes, No, Upstream];
    /// Retain As Published.
    RetainAsPublished = "retain_as_published", [Yes, No, Upstream];
    /// Retain Handling.
    RetainHandling = "retain_handling", [Yes, Differs("a subscription made again brings no retained message"), Upstream];
    /// Topic aliases.
    TopicAliases = "topic_aliases", [Yes, Yes, Upstream];
    /// Reason code No matching subscribers.
    NoMatchingSubscribers = "no_matching_subscribers", [Yes, No, Upstream];
    /// Assigned Client Identifier.
    AssignedClientId = "assigned_client_id", [Yes, Yes, Upstream];
    /// Server Keep Alive: `session.max_keep_alive_secs`.
    ServerKeepAlive = "server_keep_alive", [Yes, No, Upstream];
    /// Enhanced authentication.
    EnhancedAuth = "enhanced_auth", [Yes, No, Upstream];
    /// `$SYS` topics.
    SysTopics = "sys_topics", [Yes, No, Upstream];
    /// The journal, and expectations on it.
    Journal = "journal", [Yes, Differs("no decisions about messages in it: those are its own"), Differs("no decisions about messages in it: those are the upstream's")];
    /// Events, and waiting until a client is connected, disconnected or subscribed.
    Events = "events", [Yes, Differs("what packets show: no ends of sessions, wills or dropped messages"), Differs("what packets show: no ends of sessions, wills or dropped messages")];
    /// Packets in words.
    Packets = "packets", [Yes, Yes, Differs("not with `upstream.tls = \"pass_through\"`")];
    /// Counters.
    Stats = "stats", [Yes, Differs("what crossed the front door; nothing of sessions"), Differs("what crossed the front door; nothing of sessions")];
    /// Waiting until nothing is going on any more.
    Settle = "settle", [Yes, No, No];
    /// Waiting until a client has acknowledged everything.
    WaitAcked = "wait_acked", [Yes, No, No];
    /// The clock that can be stopped and moved.
    VirtualClock = "virtual_clock", [Yes, Differs("all that happens here goes by it: what rules keep, their windows of time; rumqttd's own timers do not"), Differs("all that happens here goes by it: what rules keep, their windows of time; the upstream's own timers do not")];
    /// Rules that disturb what passes, partitions, interruptions, listeners that are down.
    Faults = "faults", [Yes, Yes, Differs("with `upstream.tls = \"pass_through\"` listeners that are down alone: what passes cannot be read")];
    /// The state: sessions, subscriptions, retained messages, what is on its way.
    State = "state", [Yes, No, No];
    /// Saving the state, and starting from one that was saved.
    Snapshot = "snapshot", [Yes, No, No];
    /// State that outlives the process, in `state_dir`.
    Durability = "durability", [Yes, No, No];
    /// Restarts, crashes and outages.
    Restart = "restart", [Yes, No, No];
    /// As new, on the same port.
    Reset = "reset", [Yes, No, No];
    /// Simulated devices.
    Devices = "devices", [Yes, No, No];
    /// Bridges to other brokers.
    Bridges = "bridges", [Yes, No, No];
    /// Publishing a message of the program's own.
    Inject = "inject", [Yes, No, No];
    /// Disconnecting a client, ending its session, changing users and rights.
    Administration = "administration", [Yes, No, No];
    /// Removing retained messages.
    ClearRetained = "clear_retained", [Yes, No, No];
    /// `check_login`, `check_login_later`, `check_access` and `authenticator` of the embedding program; `auth.http_url`.
    AuthHooks = "auth_hooks", [Yes, No, No];
    /// Every way in: TLS, WebSocket, Unix sockets, PROXY headers.
    EveryWay = "every_way", [Yes, Yes, Differs("with `upstream.tls = \"pass_through\"`, what TLS brings is the upstream's")];
    /// The name of a client's certificate in place of its user name.
    CertificateNames = "certificate_names", [Yes, No, No];
    /// Refusals on purpose: `[limits]`, `[capabilities]`, `[access]`, `[redirect]`.
    Refusals = "refusals", [Yes, Differs("`limits.max_connections` and `limits.connect_timeout_secs` alone"), Differs("`limits.max_connections` and `limits.connect_timeout_secs` alone")];
    /// The same again from the same seed.
    Seed = "seed", [Yes, No, No];
    /// A client is told Server shutting down when the program stops.
    GoodbyeAtStop = "goodbye_at_stop", [Yes, No, No];
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_there_once_and_the_native_engine_has_everything() {
        let mut words: Vec<_> = Capability::ALL.iter().map(|it| it.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Capability::ALL.len());
        for capability in Capability::ALL {
            assert_eq!(EngineName::Native.support(*capability), Yes, "{capability}");
            assert!(capability.what().ends_with('.'), "{capability}");
        }
    }
}
