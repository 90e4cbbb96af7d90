//! The parts of a snapshot.

use std::num::NonZeroU16;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::form;
use crate::wire::{QoS, RetainHandling, Version};

/// An application message that the broker took responsibility for.
///
/// ```
/// use broker_core::snapshot::Message;
///
/// let message: Message = serde_json::from_str(r#"{"topic": "lamp", "payload": {"text": "on"}, "qos": 1}"#)?;
/// assert_eq!((message.qos, message.retain), (broker::QoS::AtLeastOnce, false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Topic name.
    pub topic: String,
    /// The payload.
    pub payload: Payload,
    /// The QoS at which it was published.
    #[serde(with = "form::qos")]
    pub qos: QoS,
    /// RETAIN as the publisher set it.
    #[serde(default, skip_serializing_if = "form::is_false")]
    pub retain: bool,
    /// What was left of its Message Expiry Interval; `None` if it never expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_nanos: Option<u64>,
    /// How long ago it was published, if it is retained; `None` where an older broker wrote the snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retained_for_nanos: Option<u64>,
    /// The properties that are passed on.
    #[serde(default, skip_serializing_if = "MessageProperties::is_empty")]
    pub properties: MessageProperties,
    /// The client identifier of the publisher; empty when it was the broker itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub publisher: String,
}

/// Bytes of a message: in JSON `{"text": "…"}`, or `{"base64": "…"}` if they are not UTF-8.
///
/// ```
/// use broker_core::snapshot::Payload;
///
/// assert_eq!(serde_json::to_string(&Payload("on".into()))?, r#"{"text":"on"}"#);
/// assert_eq!(serde_json::to_string(&Payload(vec![0xFF].into()))?, r#"{"base64":"/w=="}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payload(pub Bytes);

/// The properties of a message that its receivers get as the publisher gave them.
///
/// ```
/// use broker_core::snapshot::MessageProperties;
///
/// let properties: MessageProperties = serde_json::from_str(r#"{"content_type": "text/plain"}"#)?;
/// assert_eq!(properties.content_type.as_deref(), Some("text/plain"));
/// assert!(properties.user.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MessageProperties {
    /// Payload Format Indicator: whether the publisher says that the payload is UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_format: Option<bool>,
    /// Response Topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_topic: Option<String>,
    /// Correlation Data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_data: Option<Payload>,
    /// Content Type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// User Properties: names and values, in the publisher's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user: Vec<(String, String)>,
}

impl MessageProperties {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A message on its way to one session.
///
/// ```
/// use std::io::Write;
///
/// let broker = broker::Broker::start().wait()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// lamp.write_all(b"\x82\x09\0\x01\0\x04lamp\x01")?; // SUBSCRIBE at QoS 1; it acknowledges nothing
/// broker.wait_subscribed("lamp", "lamp").wait()?;
/// broker.publish(broker::Injected::text("lamp", "on").qos(broker::QoS::AtLeastOnce)).wait()?;
///
/// let snapshot = broker.snapshot().wait()?;
/// let delivery = snapshot.session("lamp").unwrap().inflight[0].publish.as_ref().unwrap();
/// assert_eq!(snapshot.message(delivery.message).unwrap().topic, "lamp");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The message: its place in [`Snapshot::messages`](super::Snapshot::messages).
    pub message: usize,
    /// The QoS of the PUBLISH to the client.
    #[serde(with = "form::qos")]
    pub qos: QoS,
    /// RETAIN of that PUBLISH.
    #[serde(default, skip_serializing_if = "form::is_false")]
    pub retain: bool,
    /// Subscription Identifiers of that PUBLISH.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscription_ids: Vec<u32>,
    /// The shared subscription (`$share/…`) that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<String>,
}

/// A QoS 1 or 2 exchange with the client that has begun and has not ended.
///
/// ```
/// use broker_core::snapshot::Exchange;
///
/// let pubrel: Exchange = serde_json::from_str(r#"{"packet_id": 7}"#)?; // PUBREC has come
/// assert!(pubrel.publish.is_none());
/// assert!(serde_json::from_str::<Exchange>(r#"{"packet_id": 0}"#).is_err()); // there is no such identifier
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Its packet identifier.
    pub packet_id: NonZeroU16,
    /// The message, while PUBACK or PUBREC must still come. `None` after PUBREC: then PUBREL is sent, and PUBCOMP must
    /// come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<Delivery>,
}

/// One subscription.
///
/// ```
/// use broker_core::snapshot::Subscription;
///
/// let subscription: Subscription = serde_json::from_str(r#"{"filter": "lamp/+", "qos": 2, "no_local": true}"#)?;
/// assert_eq!((subscription.qos, subscription.no_local), (broker::QoS::ExactlyOnce, true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The topic filter as the client wrote it, with its mount point in front; `$share/…` included.
    pub filter: String,
    /// The granted QoS.
    #[serde(with = "form::qos")]
    pub qos: QoS,
    /// The Subscription Identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// No Local.
    #[serde(default, skip_serializing_if = "form::is_false")]
    pub no_local: bool,
    /// Retain As Published.
    #[serde(default, skip_serializing_if = "form::is_false")]
    pub retain_as_published: bool,
    /// Retain Handling.
    #[serde(default, with = "form::retain_handling")]
    pub retain_handling: RetainHandling,
}

/// The will of a client.
///
/// ```
/// use broker_core::snapshot::Will;
///
/// let json = r#"{"topic": "gone", "payload": {"text": "lamp"}, "qos": 1, "delay_secs": 5}"#;
/// let will: Will = serde_json::from_str(json)?;
/// assert_eq!((will.delay_secs, will.due_in_nanos), (5, None)); // the delay has not begun
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Will {
    /// Where it will be published.
    pub topic: String,
    /// What will be published.
    pub payload: Payload,
    /// At which QoS.
    #[serde(with = "form::qos")]
    pub qos: QoS,
    /// Whether it will be retained.
    #[serde(default, skip_serializing_if = "form::is_false")]
    pub retain: bool,
    /// Will Delay Interval in seconds.
    #[serde(default)]
    pub delay_secs: u32,
    /// Message Expiry Interval in seconds, counted from its publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_expiry_secs: Option<u32>,
    /// The properties that are passed on.
    #[serde(default, skip_serializing_if = "MessageProperties::is_empty")]
    pub properties: MessageProperties,
    /// What was left of the delay, if the connection had ended already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_in_nanos: Option<u64>,
}

/// One session.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// broker.wait_connected("lamp").wait()?;
/// let snapshot = broker.snapshot().wait()?;
/// let lamp = snapshot.session("lamp").expect("it has one");
/// assert_eq!((lamp.session_expiry_secs, lamp.next_packet_id.get()), (0, 1));
/// assert!(lamp.subscriptions.is_empty() && lamp.queued.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// The client identifier.
    pub client_id: String,
    /// The version of its latest connection.
    #[serde(with = "form::version")]
    pub version: Version,
    /// Who its client proved to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The number of the realm of its listener: who may come in there, and do what. Most brokers have one, numbered 0.
    #[serde(default, skip_serializing_if = "form::is_zero")]
    pub realm: u16,
    /// Whether its client had an ACL of its own. A snapshot does not have that, so that a session which is put back into
    /// another broker gets nothing until its client comes.
    #[serde(default, skip_serializing_if = "form::is_false")]
    pub had_own_acl: bool,
    /// Whether its client was connected. Then it counts as lost from the moment of the restore.
    pub connected: bool,
    /// Session Expiry Interval in seconds; 4,294,967,295 for never.
    pub session_expiry_secs: u32,
    /// The time that was left until its end, if its client was not connected and the session does end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_in_nanos: Option<u64>,
    /// Its will, if one is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub will: Option<Will>,
    /// What stands before each of its topics, where its listener has a mount point.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mount_point: String,
    /// Its subscriptions.
    #[serde(default)]
    pub subscriptions: Vec<Subscription>,
    /// Exchanges towards the client, in the order in which they are sent again: first those whose PUBREC has come, in
    /// the order of the PUBRECs, then the others, oldest first.
    #[serde(default)]
    pub inflight: Vec<Exchange>,
    /// The packet identifier that is tried next.
    pub next_packet_id: NonZeroU16,
    /// Messages that wait to be sent, in the order of sending.
    #[serde(default)]
    pub queued: Vec<Delivery>,
    /// Packet identifiers of QoS 2 messages from the client whose PUBREL has not come.
    #[serde(default)]
    pub awaiting_pubrel: Vec<NonZeroU16>,
    /// What the program keeps with it. Only what a broker has kept has this; a snapshot of a running one, and a file, does not.
    #[serde(skip)]
    pub memo: Option<String>,
}

/// One shared subscription.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// // … "lamp" subscribes to $share/g/a …
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// # std::io::Write::write_all(&mut lamp, b"\x82\x0F\0\x01\0\x0A$share/g/a\0")?;
/// broker.wait_subscribed("lamp", "$share/g/a").wait()?;
/// let snapshot = broker.snapshot().wait()?;
/// assert_eq!((&*snapshot.shared[0].filter, &snapshot.shared[0].members[..]), ("$share/g/a", &["lamp".to_owned()][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedGroup {
    /// The whole filter, `$share/name/filter`.
    pub filter: String,
    /// Client identifiers of its members, in the order of joining.
    pub members: Vec<String>,
    /// The place in `members` whose turn is next; may be one past the end.
    pub turn: usize,
    /// The member that the strategy `sticky` chose last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sticky: Option<String>,
}
