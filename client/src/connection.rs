//! The loop that drives the socket: [`Client`].

mod io;
mod retry;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bytes::BytesMut;
use rumqttc::v5::mqttbytes::v5::DisconnectReasonCode;
use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::codec::{Ack, Delivery, Incoming, Sent, decode, encode};
use crate::error::ClientError;
use crate::packet::{ConnAckProperties, Publish, QoS, Subscribe, Unsubscribe};
use crate::plan::{Connection, Version};
use crate::session::Session;
use crate::tls::TlsFault;
use crate::transport::{self, Stream};
use io::lost;

/// How many bytes may wait to be written before [`Client::has_room`] says no.
const OUT_ENOUGH: usize = 64 * 1024;

/// A packet that crossed the wire.
#[derive(Debug, Clone, Copy)]
pub enum Crossing<'a> {
    /// To the broker.
    Sent(Sent<'a>),
    /// From the broker.
    Received(&'a Incoming),
}

/// Sees every packet, in the order of the wire; `-d` prints from it.
pub type Observer = Box<dyn FnMut(Crossing<'_>) + Send>;

/// What happened on the connection.
#[derive(Debug, Clone)]
pub enum Event {
    /// A message. Of QoS 2 it is the one and only copy.
    Message(Delivery),
    /// A message of QoS 1 or 2 is acknowledged to its end; a code from 0x80 on says that the broker refused it.
    Published(Ack),
    /// SUBACK: one code a filter, in SUBSCRIBE's order; from 0x80 on the filter was refused.
    Subscribed(u16, Vec<u8>, Option<String>),
    /// UNSUBACK: one code a filter (version 5).
    Unsubscribed(u16, Vec<u8>),
    /// Everything handed over so far is written to the socket.
    Drained,
}

/// One connection to a broker, and the session behind it.
///
/// Nothing runs by itself: [`event`](Self::event) must be awaited again and again; it writes, reads, answers and
/// pings. It may be cancelled at any await without loss.
pub struct Client {
    plan: Connection,
    stream: Box<dyn Stream>,
    input: BytesMut,
    output: BytesMut,
    session: Session,
    events: VecDeque<Event>,
    observer: Option<Observer>,
    written: Option<Arc<AtomicU64>>,
    session_present: bool,
    properties: Option<Box<ConnAckProperties>>,
    keep_alive_secs: u16,
    last_sent: Instant,
    ping_sent: Option<Instant>,
    /// Something was written since the last [`Event::Drained`].
    draining: bool,
    /// What was written may be held back by TLS or WebSocket.
    unflushed: bool,
    finished: Option<ClientError>,
    /// There was a connection before, so a failure of the next one does not mean a wrong port.
    worked: bool,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("plan", &self.plan)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Connects, sends CONNECT and waits for CONNACK.
    ///
    /// # Errors
    /// [`ClientError`]: no such host, nobody there, refused, too late.
    pub async fn connect(plan: Connection, observer: Option<Observer>) -> Result<Self, ClientError> {
        let mut client = Self {
            stream: Box::new(tokio::io::empty()),
            keep_alive_secs: plan.keep_alive_secs,
            plan,
            input: BytesMut::new(),
            output: BytesMut::new(),
            session: Session::default(),
            events: VecDeque::new(),
            observer,
            written: None,
            session_present: false,
            properties: None,
            last_sent: Instant::now(),
            ping_sent: None,
            draining: false,
            unflushed: false,
            finished: None,
            worked: false,
        };
        client.establish().await?;
        Ok(client)
    }

    /// Connects again after an error; tries once. In a new session it sends the SUBSCRIBE `again` first, so that it
    /// misses no answer. Then it sends the unacknowledged messages again.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn reconnect(&mut self, again: Option<&Subscribe>) -> Result<(), ClientError> {
        self.establish().await?;
        let waiting = self.session.resume(self.session_present);
        if let Some(subscribe) = again
            && !self.session_present
        {
            self.subscribe(subscribe.clone())?;
        }
        for packet in waiting {
            match packet {
                Ok(publish) => self.send(Sent::Publish(&publish))?,
                Err(id) => self.send(Sent::PubRel(id))?,
            }
        }
        Ok(())
    }

    async fn establish(&mut self) -> Result<(), ClientError> {
        let late = |plan: &Connection, waiting_for| ClientError::Timeout {
            address: plan.address.to_string(),
            after: plan.timeout,
            waiting_for,
        };
        let deadline = Instant::now() + self.plan.timeout;
        self.stream = match timeout_at(deadline, Box::pin(transport::open(&self.plan))).await {
            Err(_) => return Err(late(&self.plan, "no connection")),
            Ok(Err(ClientError::Tls {
                fault: TlsFault::Closed,
                ..
            })) if self.worked => return Err(ClientError::Lost { source: None }),
            Ok(stream) => stream?,
        };
        self.input.clear();
        self.output.clear();
        (self.ping_sent, self.finished) = (None, None);
        (self.draining, self.unflushed) = (false, false);
        // The observer and the plan both belong to `self`, so the plan is taken out while it is encoded.
        let plan = self.plan.clone();
        self.send(Sent::Connect(&plan))?;
        let answer = match timeout_at(deadline, self.first_packet()).await {
            Ok(answer) => answer?,
            Err(_) => return Err(late(&self.plan, "no CONNACK")),
        };
        let Incoming::ConnAck {
            session_present,
            code,
            properties,
        } = answer
        else {
            let what = "the first packet is not CONNACK".to_owned();
            return Err(ClientError::Malformed {
                version: self.plan.version,
                what,
            });
        };
        if code != 0 {
            let reason = properties.and_then(|properties| properties.reason_string);
            return Err(ClientError::Refused {
                version: self.plan.version,
                code,
                reason,
            });
        }
        (self.session_present, self.worked) = (session_present, true);
        // [MQTT5-3.1.2-21] The broker's keep alive, if it gives one, replaces ours.
        let server = properties
            .as_ref()
            .and_then(|properties| properties.server_keep_alive);
        self.keep_alive_secs = server.unwrap_or(self.plan.keep_alive_secs);
        let assigned = properties
            .as_ref()
            .and_then(|properties| properties.assigned_client_identifier.clone());
        if let Some(id) = assigned {
            // [MQTT5-3.1.3-7] The identifier that the broker assigned is ours from now on, also when we connect
            // again.
            self.plan.client_id = id;
        }
        self.properties = properties;
        Ok(())
    }

    async fn first_packet(&mut self) -> Result<Incoming, ClientError> {
        loop {
            // The first byte of another protocol may announce a long packet whose rest never comes.
            if let Some(byte) = self.input.first()
                && !matches!(byte >> 4, 2 | 14)
            {
                let what = if self.input.starts_with(b"HTTP") {
                    "HTTP; for WebSocket add --ws"
                } else if self.input.starts_with(&[0x15, 3]) {
                    "TLS; add --cafile FILE, --tls-use-os-certs or use mqtts://"
                } else {
                    "neither CONNACK nor DISCONNECT"
                };
                return Err(ClientError::Malformed {
                    version: self.plan.version,
                    what: what.to_owned(),
                });
            }
            if let Some(packet) = self.next_packet()? {
                return Ok(packet);
            }
            let io = poll_fn(|cx| self.poll_io(cx, true)).await;
            io.map_err(|error| match lost(&self.plan, error) {
                ClientError::Lost { source } if self.plan.tls.is_none() && !self.worked => {
                    ClientError::Unanswered { source }
                }
                error => error,
            })?;
        }
    }

    /// The plan, with the client identifier that the broker assigned.
    pub fn plan(&self) -> &Connection {
        &self.plan
    }

    /// What CONNACK said about a session of this client.
    pub fn session_present(&self) -> bool {
        self.session_present
    }

    /// CONNACK's properties.
    pub fn properties(&self) -> Option<&ConnAckProperties> {
        self.properties.as_deref()
    }

    /// From now on, adds to `counter` the bytes that the socket takes.
    pub fn count_written(&mut self, counter: Arc<AtomicU64>) {
        self.written = Some(counter);
    }

    /// How many messages of QoS 1 and 2 are unacknowledged.
    pub fn inflight(&self) -> usize {
        self.session.inflight()
    }

    /// Whether a message of `qos` can be handed over now: the inflight window and the write buffer have room.
    // One free place is enough. A broker that leaves Nagle's algorithm on holds further acknowledgements back until
    // our next packet confirms the last one, or for 40 ms.
    pub fn has_room(&self, qos: QoS) -> bool {
        let receive_maximum = self
            .properties()
            .and_then(|properties| properties.receive_max)
            .unwrap_or(u16::MAX);
        // [MQTT5-3.3.4-7] No more than the broker's Receive Maximum.
        let window = usize::from(self.plan.max_inflight.min(receive_maximum));
        self.output.len() < OUT_ENOUGH && (qos == QoS::AtMostOnce || self.session.inflight() < window)
    }

    /// Hands over a message and returns its packet identifier (at QoS 0 the wire does not carry it). It is written by the next
    /// [`event`](Self::event) or [`flush`](Self::flush).
    ///
    /// # Errors
    /// When this broker cannot take it: its maximum QoS, retained messages, its maximum packet size.
    pub fn publish(&mut self, mut publish: Publish) -> Result<u16, ClientError> {
        if let Some(properties) = self.properties() {
            // [MQTT5-3.2.2-11]
            if properties.max_qos.is_some_and(|most| publish.qos as u8 > most) {
                return Err(ClientError::Unsendable(
                    "Message QoS not supported on broker, try a lower QoS.".to_owned(),
                ));
            }
            // [MQTT5-3.2.2-14]
            if publish.retain && properties.retain_available == Some(0) {
                return Err(ClientError::Unsendable(
                    "the broker keeps no retained messages; leave -r out".to_owned(),
                ));
            }
            let alias = publish
                .properties
                .as_ref()
                .and_then(|properties| properties.topic_alias)
                .unwrap_or(0);
            // [MQTT5-3.2.2-18]
            let most = properties.topic_alias_max.unwrap_or(0);
            if alias > most {
                return Err(ClientError::Unsendable(format!(
                    "topic alias {alias}: the broker accepts 1 to {most}"
                )));
            }
            let size = publish.size() + if publish.qos == QoS::AtMostOnce { 0 } else { 2 };
            // [MQTT5-3.2.2-15]
            if properties
                .max_packet_size
                .is_some_and(|most| size > most as usize)
            {
                let most = properties.max_packet_size.unwrap_or_default();
                return Err(ClientError::Unsendable(format!(
                    "the message makes a packet of {size} bytes; the broker accepts {most}"
                )));
            }
        }
        self.session.publish(&mut publish);
        match self.send(Sent::Publish(&publish)) {
            Ok(()) => Ok(publish.pkid),
            Err(error) => {
                self.session.published(publish.pkid);
                Err(error)
            }
        }
    }

    /// Hands over a SUBSCRIBE and returns its packet identifier.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn subscribe(&mut self, mut subscribe: Subscribe) -> Result<u16, ClientError> {
        subscribe.pkid = self.session.request();
        self.send(Sent::Subscribe(&subscribe))?;
        Ok(subscribe.pkid)
    }

    /// Hands over an UNSUBSCRIBE and returns its packet identifier.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn unsubscribe(&mut self, mut unsubscribe: Unsubscribe) -> Result<u16, ClientError> {
        unsubscribe.pkid = self.session.request();
        self.send(Sent::Unsubscribe(&unsubscribe))?;
        Ok(unsubscribe.pkid)
    }

    /// Whether [`event`](Self::event) has something to return without waiting.
    pub fn has_event(&mut self) -> bool {
        self.decode_waiting();
        !self.events.is_empty()
    }

    /// Writes, reads, answers, pings, and returns the next thing that happened.
    ///
    /// # Errors
    /// The connection has ended; [`reconnect`](Self::reconnect) makes a new one.
    pub async fn event(&mut self) -> Result<Event, ClientError> {
        loop {
            self.decode_waiting();
            if let Some(event) = self.events.pop_front() {
                return Ok(event);
            }
            if let Some(error) = self.finished.take() {
                return Err(error);
            }
            if self.draining && !self.is_writing() {
                self.draining = false;
                return Ok(Event::Drained);
            }
            let deadline = self.deadline();
            let io = poll_fn(|cx| self.poll_io(cx, true));
            let progress = match deadline {
                None => io.await,
                Some(deadline) => tokio::select! {
                    biased;
                    progress = io => progress,
                    () = sleep_until(deadline) => {
                        self.keep_alive()?;
                        continue;
                    }
                },
            };
            if let Err(error) = progress {
                // Bytes that arrived before the end are decoded before the error is returned.
                self.finished = Some(lost(&self.plan, error));
            }
        }
    }

    /// Writes everything handed over so far.
    ///
    /// # Errors
    /// The connection has ended.
    pub async fn flush(&mut self) -> Result<(), ClientError> {
        while self.is_writing() {
            let io = poll_fn(|cx| self.poll_io(cx, false)).await;
            io.map_err(|error| lost(&self.plan, error))?;
        }
        Ok(())
    }

    /// Sends DISCONNECT with `code` (version 5; 0 for a normal end), and closes once it is written. The socket's
    /// other half is read until the broker closes it, or for a second, so that nothing written is lost to a reset.
    ///
    /// # Errors
    /// The connection ended before everything was written.
    pub async fn disconnect(mut self, with_will: bool) -> Result<(), ClientError> {
        let code = if with_will {
            DisconnectReasonCode::DisconnectWithWillMessage
        } else {
            DisconnectReasonCode::NormalDisconnection
        };
        let properties = self.plan.disconnect_properties.clone();
        self.send(Sent::Disconnect(code, properties.as_ref()))?;
        self.flush().await?;
        poll_fn(|cx| Pin::new(&mut self.stream).poll_shutdown(cx))
            .await
            .ok();
        // The observer sees nothing that arrives after our DISCONNECT.
        self.observer = None;
        let end = async {
            loop {
                // If the broker sends a DISCONNECT of its own now, it refused something that we sent before.
                while let Some(packet) = self.next_packet()? {
                    if let Incoming::Disconnect(code @ 0x80.., reason) = packet {
                        return Err(ClientError::Disconnected { code, reason });
                    }
                }
                match self.stream.read_buf(&mut self.input).await {
                    Ok(0) => return Ok(()),
                    Ok(_) => {}
                    Err(error) => return Err(lost(&self.plan, error)),
                }
            }
        };
        timeout(std::time::Duration::from_secs(1), end)
            .await
            .unwrap_or(Ok(()))
    }

    fn send(&mut self, packet: Sent<'_>) -> Result<(), ClientError> {
        encode(self.plan.version, packet, &mut self.output)?;
        self.draining = true;
        if let Some(observer) = &mut self.observer {
            observer(Crossing::Sent(packet));
        }
        Ok(())
    }

    /// When the next PINGREQ is due, or the answer to the last one overdue.
    fn deadline(&self) -> Option<Instant> {
        let interval = std::time::Duration::from_secs(u64::from(self.keep_alive_secs));
        match self.ping_sent {
            _ if self.keep_alive_secs == 0 => None,
            Some(sent) => Some(sent + interval),
            None => Some(self.last_sent + interval),
        }
    }

    fn keep_alive(&mut self) -> Result<(), ClientError> {
        if self.ping_sent.is_some() {
            return Err(ClientError::KeepAlive {
                seconds: self.keep_alive_secs,
            });
        }
        let now = Instant::now();
        (self.ping_sent, self.last_sent) = (Some(now), now);
        self.send(Sent::PingReq)
    }

    fn next_packet(&mut self) -> Result<Option<Incoming>, ClientError> {
        let packet = decode(self.plan.version, &mut self.input)?;
        if let (Some(packet), Some(observer)) = (&packet, &mut self.observer) {
            observer(Crossing::Received(packet));
        }
        Ok(packet)
    }

    /// Decodes until there is an event, or nothing whole is left.
    fn decode_waiting(&mut self) {
        while self.events.is_empty() {
            let done = match self.next_packet() {
                Ok(Some(packet)) => self.handle(packet),
                Ok(None) => return,
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                self.finished = Some(error);
                return;
            }
        }
    }

    fn handle(&mut self, packet: Incoming) -> Result<(), ClientError> {
        let malformed = |version: Version, what: String| Err(ClientError::Malformed { version, what });
        let version = self.plan.version;
        match packet {
            Incoming::Publish(mut delivery) => {
                if !self.session.resolve_alias(&mut delivery.publish) {
                    return malformed(version, "a PUBLISH without a topic".to_owned());
                }
                match delivery.publish.qos {
                    QoS::AtMostOnce => self.events.push_back(Event::Message(delivery)),
                    QoS::AtLeastOnce => {
                        self.send(Sent::PubAck(delivery.publish.pkid))?;
                        self.events.push_back(Event::Message(delivery));
                    }
                    QoS::ExactlyOnce => {
                        self.send(Sent::PubRec(delivery.publish.pkid))?;
                        self.session.store(delivery);
                    }
                }
            }
            Incoming::PubRel(ack) => {
                // [MQTT5-4.3.3-11] Answered even when an earlier process received the message.
                self.send(Sent::PubComp(ack.id))?;
                if let Some(delivery) = self.session.release(ack.id) {
                    self.events.push_back(Event::Message(delivery));
                }
            }
            Incoming::PubRec(ack) if ack.code < 0x80 => {
                // [MQTT5-4.3.3-4] Whether or not this process sent the message.
                self.session.received(ack.id);
                self.send(Sent::PubRel(ack.id))?;
            }
            Incoming::PubAck(ack) | Incoming::PubRec(ack) | Incoming::PubComp(ack) => {
                if self.session.published(ack.id) {
                    self.events.push_back(Event::Published(ack));
                }
            }
            Incoming::SubAck(id, codes, reason) => {
                if self.session.request_done(id) {
                    self.events.push_back(Event::Subscribed(id, codes, reason));
                }
            }
            Incoming::UnsubAck(id, codes) => {
                if self.session.request_done(id) {
                    self.events.push_back(Event::Unsubscribed(id, codes));
                }
            }
            Incoming::PingResp => self.ping_sent = None,
            Incoming::Disconnect(code, reason) => return Err(ClientError::Disconnected { code, reason }),
            Incoming::ConnAck { .. } => return malformed(version, "a second CONNACK".to_owned()),
        }
        Ok(())
    }
}
