//! The parts of [`State`], plain data.

use serde::Serialize;

use crate::arrival::{TlsFacts, Way};
use crate::snapshot::{MessageProperties, SharedGroup, Will};

/// Everything that is in the broker at one moment, each list in the order of its names.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// broker.wait_connected("lamp").wait()?;
/// let state = broker.state().wait()?;
/// assert_eq!(state.sessions.len(), 1);
/// println!("{}", serde_json::to_string_pretty(&state)?); // everything, to look at
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct State {
    /// The broker's time, in seconds since its start, cut off to whole ones.
    pub at_secs: u64,
    /// Every session, whether its client is connected or not.
    pub sessions: Vec<SessionState>,
    /// Every retained message, `$SYS` ones left out.
    pub retained: Vec<MessageState>,
    /// Shared subscriptions: their members, and whose turn it is.
    pub shared: Vec<SharedGroup>,
    /// Whether the clock stands still.
    pub clock_frozen: bool,
}

impl State {
    /// The session of one client.
    pub fn session(&self, client_id: &str) -> Option<&SessionState> {
        self.sessions
            .iter()
            .find(|session| session.client_id == client_id)
    }

    /// The retained message of one topic.
    pub fn retained_message(&self, topic: &str) -> Option<&MessageState> {
        self.retained.iter().find(|message| message.topic == topic)
    }
}

/// One session.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// broker.wait_connected("lamp").wait()?;
/// let state = broker.state().wait()?;
/// let lamp = state.session("lamp").expect("it is connected");
/// assert_eq!((&*lamp.version, lamp.session_expiry_secs, lamp.has_will), ("3.1.1", 0, false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SessionState {
    /// The client identifier.
    pub client_id: String,
    /// Whether its client is connected now.
    pub connected: bool,
    /// The peer's address, while it is connected.
    pub peer: Option<String>,
    /// What its bytes go through, while it is connected: `tcp`, `tls`, `ws`, `wss`, `unix` and so on.
    pub way: Option<Way>,
    /// The name of the listener that let it in, while it is connected.
    pub listener: Option<String>,
    /// What was agreed on in TLS, while it is connected over TLS; the subject of its certificate is there.
    pub tls: Option<TlsFacts>,
    /// The version of its latest connection: `5.0`, `3.1.1` or `3.1`.
    pub version: String,
    /// Seconds from the end of the connection to the end of the session; 4,294,967,295 for never.
    pub session_expiry_secs: u32,
    /// Seconds until the session ends, while it is not connected and does end.
    pub ends_in_secs: Option<u64>,
    /// Whether a will is stored.
    pub has_will: bool,
    /// The will that is stored.
    pub will: Option<Will>,
    /// Its subscriptions.
    pub subscriptions: Vec<SubscriptionState>,
    /// QoS 1 and 2 messages to the client whose exchange is not done.
    pub inflight: Vec<InflightState>,
    /// Messages that wait to be sent.
    pub queued: Vec<MessageState>,
    /// Packet identifiers of QoS 2 messages from the client whose PUBREL has not come.
    pub awaiting_pubrel: Vec<u16>,
}

/// One subscription.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// // … "lamp" subscribes to lamp/+ …
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// # std::io::Write::write_all(&mut lamp, b"\x82\x0B\0\x01\0\x06lamp/+\0")?;
/// broker.wait_subscribed("lamp", "lamp/+").wait()?;
/// let state = broker.state().wait()?;
/// let subscription = &state.session("lamp").expect("it is connected").subscriptions[0];
/// assert_eq!((&*subscription.filter, subscription.qos, &subscription.share_name), ("lamp/+", 0, &None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SubscriptionState {
    /// The topic filter as the client wrote it, `$share/…` included.
    pub filter: String,
    /// The granted QoS.
    pub qos: u8,
    /// The Subscription Identifier.
    pub id: Option<u32>,
    /// No Local.
    pub no_local: bool,
    /// Retain As Published.
    pub retain_as_published: bool,
    /// Retain Handling: 0, 1 or 2.
    pub retain_handling: u8,
    /// The Share Name, if it is a shared subscription.
    pub share_name: Option<String>,
}

/// One exchange of QoS 1 or 2.
///
/// ```
/// use broker::{Injected, QoS};
///
/// let broker = broker::Broker::start().wait()?;
/// // … "lamp" subscribes to lamp at QoS 1, and does not acknowledge …
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// # std::io::Write::write_all(&mut lamp, b"\x82\x09\0\x01\0\x04lamp\x01")?;
/// broker.wait_subscribed("lamp", "lamp").wait()?;
/// broker.publish(Injected::text("lamp", "on").qos(QoS::AtLeastOnce)).wait()?;
/// let state = broker.state().wait()?;
/// let exchange = &state.session("lamp").expect("it is connected").inflight[0];
/// assert_eq!((exchange.packet_id, exchange.awaits), (1, "PUBACK"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InflightState {
    /// Its packet identifier.
    pub packet_id: u16,
    /// What must come next from the client: `PUBACK`, `PUBREC` or `PUBCOMP`.
    pub awaits: &'static str,
    /// The topic, as long as the message is needed.
    pub topic: Option<String>,
    /// The message, as long as it is needed.
    pub message: Option<MessageState>,
}

/// One message that is kept.
///
/// ```
/// use broker::{Injected, QoS};
///
/// let broker = broker::Broker::start().wait()?;
/// broker.publish(Injected::text("lamp", "on").qos(QoS::AtLeastOnce).retained()).wait()?;
/// let lamp = &broker.state().wait()?.retained[0];
/// assert_eq!((&*lamp.topic, lamp.text(), lamp.qos, &*lamp.publisher), ("lamp", Some("on"), 1, ""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MessageState {
    /// Topic name.
    pub topic: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// QoS.
    pub qos: u8,
    /// RETAIN: 1 for a retained message; for a message on its way, the flag that its receiver will see.
    pub retain: bool,
    /// Seconds until it expires, if it does.
    pub expires_in_secs: Option<u64>,
    /// Of a retained message: when it was published, in nanoseconds since the start of the broker. Negative where that was
    /// before the start: the message came with a snapshot.
    pub published_at_nanos: Option<i64>,
    /// The properties that its receivers get.
    pub properties: MessageProperties,
    /// The client identifier of its publisher; empty if the broker itself published it.
    pub publisher: String,
}

impl MessageState {
    /// The payload as text, if it is UTF-8.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.publish(broker::Injected::bytes("camera", vec![0xFF, 0xD8]).retained()).wait()?;
    /// assert_eq!(broker.state().wait()?.retained[0].text(), None); // no UTF-8
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.payload).ok()
    }
}
