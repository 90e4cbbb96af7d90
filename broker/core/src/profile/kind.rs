//! [`Kind`]: what a limit is about. Everything that is said of a kind stands in its row here.

/// What a limit of a kind takes beside its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// `max`: the highest that passes.
    Max,
    /// `min`, `max` or both.
    Range,
    /// `only`: what passes; or `not`: what does not.
    Words,
    /// Nothing: what it names does not pass.
    Nothing,
}

/// A kind of limit, for documentation.
#[derive(Debug)]
pub struct KindDoc {
    /// The kind.
    pub kind: Kind,
    /// Its name in a profile.
    pub name: &'static str,
    /// What it is about.
    pub what: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What is said when it is passed; `{}` stands for what was seen.
    pub(super) seen: &'static str,
    /// What is said of the bound; `{}` stands for it.
    pub(super) allowed: &'static str,
}

macro_rules! kinds {
    ($( $(#[doc = $what:literal])+ $kind:ident = $name:literal, $takes:ident, $seen:literal, $allowed:literal; )+) => {
        /// What a limit is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $( $(#[doc = $what])+ $kind, )+ }

        /// Every kind of limit there is.
        pub static KINDS: &[KindDoc] = &[$( KindDoc {
            kind: Kind::$kind,
            name: $name,
            what: concat!($($what),+),
            takes: Takes::$takes,
            seen: $seen,
            allowed: $allowed,
        }, )+];
    };
}

kinds! {
    /// Versions of MQTT: `3.1`, `3.1.1`, `5.0`.
    Versions = "versions", Words, "MQTT {}", "{}";
    /// The ways in: `tcp`, `tls`, `ws`, `wss`.
    Ways = "ways", Words, "a connection by {}", "{}";
    /// A CONNECT without a user name.
    NoUserName = "no_user_name", Nothing, "a CONNECT without a user name", "there must be one";
    /// A CONNECT without a client identifier.
    NoClientId = "no_client_id", Nothing, "a CONNECT without a client identifier", "there must be one";
    /// Bytes of a client identifier.
    ClientIdBytes = "client_id_bytes", Max, "a client identifier of {} bytes", "{} allowed";
    /// Keep Alive of CONNECT, in seconds; 0 is longer than any.
    KeepAliveSecs = "keep_alive_secs", Range, "a Keep Alive of {} s", "{} s";
    /// A Keep Alive of 0, which turns it off.
    NoKeepAlive = "no_keep_alive", Nothing, "a Keep Alive of 0", "there must be one";
    /// Session Expiry Interval of CONNECT, in seconds.
    SessionExpirySecs = "session_expiry_secs", Max, "a Session Expiry Interval of {} s", "{} s allowed";
    /// A session that outlives its connection: Clean Session 0, or a Session Expiry Interval.
    PersistentSession = "persistent_session", Nothing, "a session that is to outlive its connection", "not offered";
    /// A will.
    Will = "will", Nothing, "a will", "not offered";
    /// QoS of a will.
    WillQos = "will_qos", Max, "a will at QoS {}", "{} is the highest";
    /// A will with RETAIN.
    WillRetain = "will_retain", Nothing, "a will with RETAIN", "not allowed";
    /// Bytes of the payload of a will.
    WillPayloadBytes = "will_payload_bytes", Max, "a will whose payload has {} bytes", "{} allowed";
    /// Will Delay Interval, in seconds.
    WillDelaySecs = "will_delay_secs", Max, "a Will Delay Interval of {} s", "{} s allowed";
    /// Topics of a will, as topic filters.
    WillTopics = "will_topics", Words, "a will on {}", "{}";
    /// User Properties, by the packets that may have them, or may not.
    UserProperties = "user_properties", Words, "a User Property in {}", "{}";
    /// Bytes of the User Properties of a packet: of their names and values.
    UserPropertiesBytes = "user_properties_bytes", Max, "User Properties of {} bytes", "{} allowed";
    /// Bytes of a whole packet.
    PacketBytes = "packet_bytes", Max, "a packet of {} bytes", "{} allowed";
    /// QoS of a PUBLISH.
    PublishQos = "publish_qos", Max, "a PUBLISH at QoS {}", "{} is the highest";
    /// A PUBLISH with RETAIN.
    PublishRetain = "publish_retain", Nothing, "a PUBLISH with RETAIN", "not offered";
    /// Bytes of the payload of a PUBLISH.
    PayloadBytes = "payload_bytes", Max, "a payload of {} bytes", "{} allowed";
    /// Bytes of the payload of a PUBLISH with RETAIN.
    RetainedPayloadBytes = "retained_payload_bytes", Max, "a retained payload of {} bytes", "{} allowed";
    /// Bytes of the Content Type of a PUBLISH or a will.
    ContentTypeBytes = "content_type_bytes", Max, "a Content Type of {} bytes", "{} allowed";
    /// Bytes of the Correlation Data of a PUBLISH or a will.
    CorrelationDataBytes = "correlation_data_bytes", Max, "Correlation Data of {} bytes", "{} allowed";
    /// Bytes of the Response Topic of a PUBLISH or a will.
    ResponseTopicBytes = "response_topic_bytes", Max, "a Response Topic of {} bytes", "{} allowed";
    /// Topic Alias of a PUBLISH.
    TopicAlias = "topic_alias", Max, "Topic Alias {}", "{} is the highest";
    /// PUBLISH packets at QoS 2 of one client of 5.0 that are not completed. Those at QoS 1 are acknowledged at once.
    ReceiveMaximum = "receive_maximum", Max, "{} PUBLISH packets of QoS 2 at once", "Receive Maximum is {}";
    /// PUBLISH packets of one connection in a second.
    PublishesPerSecond = "publishes_per_second", Max, "{} PUBLISH packets within a second", "{} a second allowed";
    /// Bytes of the payloads of one connection in a second.
    PublishBytesPerSecond = "publish_bytes_per_second", Max, "{} bytes of payloads within a second", "{} a second allowed";
    /// Bytes of a topic, in PUBLISH, will, SUBSCRIBE and UNSUBSCRIBE.
    TopicBytes = "topic_bytes", Max, "a topic of {} bytes", "{} allowed";
    /// Levels of a topic, in PUBLISH, will, SUBSCRIBE and UNSUBSCRIBE.
    TopicLevels = "topic_levels", Max, "a topic of {} levels", "{} allowed";
    /// Levels of a topic filter, in SUBSCRIBE and UNSUBSCRIBE.
    TopicLevelsOfFilters = "topic_levels_of_filters", Max, "a topic filter of {} levels", "{} allowed";
    /// Bytes of one level of a topic.
    TopicLevelBytes = "topic_level_bytes", Max, "a topic with a level of {} bytes", "{} allowed";
    /// Topics that may be published to, as topic filters.
    PublishTopics = "publish_topics", Words, "a PUBLISH to {}", "{}";
    /// Topics that begin with `$` and may be published to, as topic filters; in PUBLISH and will.
    DollarTopics = "dollar_topics", Words, "a message on {}", "{}";
    /// Filters that may be subscribed to: what they select must be selected by these.
    SubscribeFilters = "subscribe_filters", Words, "a SUBSCRIBE to {}", "{}";
    /// Filters that begin with `$` and may be subscribed to; those of shared subscriptions begin with `$share/`.
    DollarFilters = "dollar_filters", Words, "a SUBSCRIBE to {}", "{}";
    /// QoS that a SUBSCRIBE asks for.
    SubscribeQos = "subscribe_qos", Max, "a SUBSCRIBE that asks for QoS {}", "{} is the highest";
    /// SUBSCRIBE and UNSUBSCRIBE packets of one connection in a second.
    SubscribesPerSecond = "subscribes_per_second", Max, "{} SUBSCRIBE and UNSUBSCRIBE packets within a second", "{} a second allowed";
    /// Topic filters in one SUBSCRIBE.
    FiltersPerSubscribe = "filters_per_subscribe", Max, "{} topic filters in one SUBSCRIBE", "{} allowed";
    /// Topic filters in one UNSUBSCRIBE.
    FiltersPerUnsubscribe = "filters_per_unsubscribe", Max, "{} topic filters in one UNSUBSCRIBE", "{} allowed";
    /// An UNSUBSCRIBE for a topic filter that the client has not subscribed to.
    UnsubscribeUnknown = "unsubscribe_unknown", Nothing, "an UNSUBSCRIBE for {}, which the client has not subscribed to", "there must be a subscription";
    /// Subscriptions of one client.
    SubscriptionsPerClient = "subscriptions_per_client", Max, "{} subscriptions of one client", "{} allowed";
    /// Shared subscriptions.
    SharedSubscriptions = "shared_subscriptions", Nothing, "a shared subscription", "not offered";
    /// Subscription Identifiers.
    SubscriptionIdentifiers = "subscription_identifiers", Nothing, "a Subscription Identifier", "not offered";
    /// Filters with wildcards.
    WildcardSubscriptions = "wildcard_subscriptions", Nothing, "a filter with a wildcard", "not offered";
    /// A PUBACK, PUBREC or PUBCOMP of a client that says an error.
    ErrorAck = "error_ack", Nothing, "an acknowledgement with an error", "it may only say success";
    /// A message on `a` for a client that has subscribed to `a/#` and to nothing else that matches.
    ParentOfHash = "parent_of_hash", Nothing, "a message on {} for its filter that ends in /#", "the parent level does not match there";
    /// A retained message for a new subscription with a wildcard.
    RetainedForWildcard = "retained_for_wildcard", Nothing, "a retained message on {} for a filter with a wildcard", "only filters without one bring it";
}

impl Kind {
    /// The words that it knows, where it does not take any.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Ways => &["tcp", "tls", "ws", "wss"],
            Self::Versions => &["3.1", "3.1.1", "5.0"],
            Self::UserProperties => &[
                "CONNECT",
                "PUBLISH",
                "PUBACK",
                "PUBREC",
                "PUBREL",
                "PUBCOMP",
                "SUBSCRIBE",
                "UNSUBSCRIBE",
                "DISCONNECT",
                "AUTH",
            ],
            _ => &[],
        }
    }

    /// Whether its words are topic filters. In these `%c` stands for the client identifier.
    pub(super) fn takes_filters(self) -> bool {
        self.doc().takes == Takes::Words && self.words().is_empty()
    }

    /// The least and the highest that a bound can be. MQTT has no packet that goes beyond these.
    pub(super) fn range(self) -> (u64, u64) {
        match self {
            Self::PublishQos | Self::WillQos | Self::SubscribeQos => (0, 2),
            Self::KeepAliveSecs | Self::ReceiveMaximum => (1, u16::MAX.into()),
            Self::ClientIdBytes
            | Self::WillPayloadBytes
            | Self::TopicAlias
            | Self::TopicBytes
            | Self::TopicLevelBytes
            | Self::ContentTypeBytes
            | Self::CorrelationDataBytes
            | Self::ResponseTopicBytes => (0, u16::MAX.into()),
            _ => (0, u32::MAX.into()),
        }
    }

    pub(super) fn doc(self) -> &'static KindDoc {
        // The rows are in the order of the variants.
        &KINDS[self as usize]
    }

    /// Its name in a profile.
    ///
    /// ```
    /// assert_eq!(broker_core::profile::Kind::PublishQos.name(), "publish_qos");
    /// ```
    pub fn name(self) -> &'static str {
        self.doc().name
    }
}
