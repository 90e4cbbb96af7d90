//! The shapes of what is in the broker.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::payload::Payload;
use crate::api::schema;
use crate::engine::{InflightState, MessageState, SessionState, SubscriptionState};
use crate::snapshot::MessageProperties;

pub(in crate::api) use schema::SessionSummary as Summary;

/// A session, with all that is in it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Session {
    client_id: String,
    /// Whether its client is connected now.
    connected: bool,
    /// The client's address, while it is connected.
    peer: Option<String>,
    /// What its bytes go through, while it is connected: `tcp`, `tls`, `ws`, `wss`, `unix` and so on.
    way: Option<String>,
    /// The name of the listener that let it in, while it is connected.
    listener: Option<String>,
    /// What was agreed on in TLS, while it is connected over TLS.
    tls: Option<Tls>,
    /// The version of its latest connection.
    version: String,
    /// Seconds from the end of the connection to the end of the session; 4294967295 for never.
    session_expiry_secs: u32,
    /// Seconds until the session ends, while it is not connected and does end.
    ends_in_secs: Option<u64>,
    /// The will that is stored.
    will: Option<Will>,
    subscriptions: Vec<Subscription>,
    /// How many messages of QoS 1 and 2 are on their way to the client.
    inflight_count: usize,
    /// The first of them.
    inflight: Vec<Inflight>,
    /// How many messages wait to be sent.
    queued_count: usize,
    /// The first of them.
    queued: Vec<Kept>,
    /// Packet identifiers of QoS 2 messages from the client whose PUBREL has not come.
    awaiting_pubrel: Vec<u16>,
}

/// What was agreed on in TLS.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Tls {
    version: &'static str,
    cipher_suite: String,
    /// The server name that the client asked for.
    server_name: Option<String>,
    /// The protocol that was chosen by ALPN.
    alpn: Option<String>,
    /// The subject of the client's certificate.
    certificate: Option<String>,
}

/// A will.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Will {
    topic: String,
    #[serde(flatten)]
    payload: Payload,
    qos: u8,
    retain: bool,
    /// Will Delay Interval.
    delay_secs: u32,
    properties: KeptProperties,
}

/// A subscription, with its client.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Subscription {
    client_id: String,
    /// The topic filter as the client wrote it, `$share/…` included.
    topic_filter: String,
    /// The granted QoS.
    qos: u8,
    subscription_identifier: Option<u32>,
    no_local: bool,
    retain_as_published: bool,
    retain_handling: u8,
    /// The Share Name, if it is a shared subscription.
    share_name: Option<String>,
}

/// One exchange of QoS 1 or 2.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Inflight {
    packet_identifier: u16,
    /// What must come next from the client: `PUBACK`, `PUBREC` or `PUBCOMP`.
    awaits: &'static str,
    /// The message, as long as it is needed.
    message: Option<Kept>,
}

/// A message that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Kept {
    topic: String,
    #[serde(flatten)]
    payload: Payload,
    qos: u8,
    retain: bool,
    /// Seconds until it expires, if it does.
    expires_in_secs: Option<u64>,
    /// Of a retained message: when it was published, in seconds since the start of the broker. Negative where that was before
    /// the start: the message came with a snapshot.
    published_at_secs: Option<f64>,
    properties: KeptProperties,
    /// The client that published it; empty if the broker itself did.
    publisher: String,
}

/// The properties of MQTT 5.0 that its receivers get.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct KeptProperties {
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_format_indicator: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_topic: Option<String>,
    /// The Correlation Data, where it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_data: Option<String>,
    /// The Correlation Data, where it is not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_data_base64: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    user_property: Vec<UserProperty>,
}

/// A User Property.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct UserProperty {
    name: String,
    value: String,
}

impl Session {
    /// With as many messages of each kind as `limit` says.
    pub fn of(session: SessionState, limit: usize) -> Self {
        let client_id = session.client_id;
        let of_client = |one| Subscription::from((client_id.clone(), one));
        Self {
            connected: session.connected,
            peer: session.peer,
            way: session.way.map(|way| way.word().to_owned()),
            listener: session.listener,
            tls: session.tls.map(|tls| Tls {
                version: tls.version,
                cipher_suite: tls.cipher_suite,
                server_name: tls.server_name,
                alpn: tls.alpn,
                certificate: tls.certificate,
            }),
            version: session.version,
            session_expiry_secs: session.session_expiry_secs,
            ends_in_secs: session.ends_in_secs,
            will: session.will.map(|will| Will {
                topic: will.topic,
                payload: Payload::of(&will.payload.0),
                qos: will.qos.bits(),
                retain: will.retain,
                delay_secs: will.delay_secs,
                properties: will.properties.into(),
            }),
            subscriptions: session.subscriptions.into_iter().map(of_client).collect(),
            inflight_count: session.inflight.len(),
            inflight: session
                .inflight
                .into_iter()
                .take(limit)
                .map(Inflight::from)
                .collect(),
            queued_count: session.queued.len(),
            queued: session.queued.into_iter().take(limit).map(Kept::from).collect(),
            awaiting_pubrel: session.awaiting_pubrel,
            client_id,
        }
    }
}

impl From<(String, SubscriptionState)> for Subscription {
    fn from((client_id, one): (String, SubscriptionState)) -> Self {
        Self {
            client_id,
            topic_filter: one.filter,
            qos: one.qos,
            subscription_identifier: one.id,
            no_local: one.no_local,
            retain_as_published: one.retain_as_published,
            retain_handling: one.retain_handling,
            share_name: one.share_name,
        }
    }
}

impl From<InflightState> for Inflight {
    fn from(one: InflightState) -> Self {
        Self {
            packet_identifier: one.packet_id,
            awaits: one.awaits,
            message: one.message.map(Kept::from),
        }
    }
}

impl From<MessageState> for Kept {
    fn from(message: MessageState) -> Self {
        Self {
            topic: message.topic,
            payload: Payload::of(&message.payload),
            qos: message.qos,
            retain: message.retain,
            expires_in_secs: message.expires_in_secs,
            published_at_secs: message.published_at_nanos.map(secs),
            properties: message.properties.into(),
            publisher: message.publisher,
        }
    }
}

/// To the microsecond, which a number of JSON holds for centuries.
fn secs(nanos: i64) -> f64 {
    (nanos / 1000) as f64 / 1e6
}

impl From<MessageProperties> for KeptProperties {
    fn from(properties: MessageProperties) -> Self {
        let (text, base64) = match properties.correlation_data {
            None => (None, None),
            Some(data) => Payload::of(&data.0).into_parts(),
        };
        let user = properties.user.into_iter();
        Self {
            payload_format_indicator: properties.payload_format.map(u8::from),
            content_type: properties.content_type,
            response_topic: properties.response_topic,
            correlation_data: text,
            correlation_data_base64: base64,
            user_property: user.map(|(name, value)| UserProperty { name, value }).collect(),
        }
    }
}
