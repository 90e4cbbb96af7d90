//! [`Traces`]: what became of messages that belong to a trace, in the JSON of OpenTelemetry's protocol (OTLP).
//!
//! A message belongs to a trace if it has the User Property `traceparent` of W3C's Trace Context. The broker hands that on unaltered
//! (`MQTT5-3.3.2-17`), so that what a subscriber does hangs under the span that published, and so does the broker's part.

mod context;
mod recent;
mod span;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Decision, Direction, Entry, Record};
use crate::wire::{Ack, Packet, Publish, QoS, Version};
use context::Context;
use recent::{Recent, Waiting};
use span::{Attributes, Kind, Parent, Span, SpanId, listed};

/// So many spans wait for their end; where there are more, the oldest is written as it is.
const MOST_OPEN: usize = 10_000;

/// Writes the traces of entries as one JSON document, entry after entry. It has two kinds of spans: `receive TOPIC` lasts from a PUBLISH
/// that came in until its acknowledgement, with what was decided about it; `deliver TOPIC`, below it, from a PUBLISH to a client until
/// that client has acknowledged it. A message without a valid `traceparent` has none.
///
/// ```
/// use std::time::Duration;
/// use broker_core::journal::Traces;
///
/// let (traces, mut document) = Traces::new(Duration::from_secs(1_700_000_000));
/// traces.end(&mut document);
/// let document: serde_json::Value = serde_json::from_slice(&document)?;
/// assert_eq!(document["resourceSpans"][0]["scopeSpans"][0]["spans"], serde_json::json!([])); // nothing happened yet
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug)]
pub struct Traces {
    started_at: Duration,
    is_first: bool,
    next: u64,
    /// Spans that are not over, in the order in which they began.
    open: BTreeMap<u64, (Exchange, Span)>,
    exchanges: HashMap<Exchange, u64, RandomState>,
    /// Messages that came in.
    came: Recent,
    /// Where they are to go.
    waiting: Waiting,
}

/// A client, the way of the PUBLISH, and its packet identifier.
type Exchange = (Arc<str>, Direction, u16);

impl Traces {
    /// A new document, and the bytes that it begins with. `started_at` is what the clock on the wall showed at the start of the broker,
    /// counted from 1970.
    pub fn new(started_at: Duration) -> (Self, Vec<u8>) {
        let version = env!("CARGO_PKG_VERSION");
        let resource = listed(vec![
            ("service.name", json!("citronella")),
            ("service.version", json!(version)),
        ]);
        let head = format!(
            r#"{{"resourceSpans":[{{"resource":{{"attributes":{resource}}},"scopeSpans":[{{"scope":{{"name":"broker","version":"{version}"}},"spans":["#
        );
        let traces = Self {
            started_at,
            is_first: true,
            next: 0,
            open: BTreeMap::new(),
            exchanges: HashMap::default(),
            came: Recent::default(),
            waiting: Waiting::default(),
        };
        (traces, head.into_bytes())
    }

    /// A whole document about these entries.
    pub fn document<'a>(started_at: Duration, entries: impl IntoIterator<Item = &'a Entry>) -> Vec<u8> {
        let (mut traces, mut out) = Self::new(started_at);
        for entry in entries {
            traces.entry(entry, &mut out);
        }
        traces.end(&mut out);
        out
    }

    /// Takes an entry in, and appends spans that are over by it to `out`.
    ///
    /// ```
    /// use broker_core::journal::{Mark, Traces};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let (mut traces, mut document) = Traces::new(broker.journal().started_at());
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x11\0\x04MQTT\x05\x02\0\0\0\0\x04lamp\x30\x4D\0\x01a\x47\x26\0\x0Btraceparent\0\x3700-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01hi")?;
    /// for entry in broker.journal().tail_from(Mark::START).into_iter().take(4) {
    ///     traces.entry(&entry?, &mut document); // as they come
    /// }
    /// traces.end(&mut document);
    /// assert!(String::from_utf8(document)?.contains("receive a"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn entry(&mut self, entry: &Entry, out: &mut Vec<u8>) {
        // What clients sent and got, as a trace of theirs shows it.
        if entry.is_far_side() {
            return;
        }
        let Record::Packet {
            direction, decisions, ..
        } = &entry.record
        else {
            return;
        };
        let other = match direction {
            Direction::In => Direction::Out,
            Direction::Out => Direction::In,
        };
        match entry.packet() {
            Some(Ok(Packet::Publish(publish))) if *direction == Direction::In => {
                self.received(entry, &publish, decisions, out);
            }
            Some(Ok(Packet::Publish(publish))) => self.delivered(entry, &publish, out),
            Some(Ok(Packet::PubAck(ack))) => self.answered(entry, other, "PUBACK", &ack, true, out),
            Some(Ok(Packet::PubRec(ack))) => {
                self.answered(entry, other, "PUBREC", &ack, ack.reason.is_error(), out);
            }
            Some(Ok(Packet::PubRel(ack))) => self.answered(entry, *direction, "PUBREL", &ack, false, out),
            Some(Ok(Packet::PubComp(ack))) => self.answered(entry, other, "PUBCOMP", &ack, true, out),
            _ => {}
        }
    }

    /// Appends spans that are not over, and the end of the document. Those at QoS 1 and 2 have `mqtt.acknowledged` false.
    pub fn end(mut self, out: &mut Vec<u8>) {
        while self.write_oldest(out) {}
        out.extend_from_slice(b"]}]}]}");
    }

    /// A client published.
    fn received(&mut self, entry: &Entry, publish: &Publish<'_>, decisions: &[Decision], out: &mut Vec<u8>) {
        let exchange = exchange(entry, Direction::In, publish);
        if publish.dup && self.happened(entry, exchange.as_ref(), "received again") {
            return;
        }
        self.forget(exchange.as_ref(), out);
        let user = &publish.properties.user;
        let Some(context) = Context::of(user) else { return };
        let state = Context::state(user);
        let parent = Parent {
            id: context.span,
            is_remote: true,
        };
        let mut span = self.span(entry, publish, (context, state), parent, Kind::Server);
        let topic: Arc<str> = entry.topic().unwrap_or_default().into();
        for decision in decisions {
            let (client, more) = match decision {
                Decision::Sent(client) | Decision::Queued(client) => {
                    self.waiting
                        .expect(client, &topic, digest(entry), (context, span.state.clone()));
                    (Some(client), None)
                }
                Decision::Dropped(client, why) => (Some(client), Some(why.word().to_owned())),
                Decision::Refused(reason, why) => {
                    let words = why
                        .as_ref()
                        .map_or(reason.to_string(), |why| format!("{reason}, {why}"));
                    span.fault = Some(words.clone());
                    (None, Some(words))
                }
                Decision::Mounted(topic) => (None, Some(topic.to_string())),
                Decision::Retained(_) | Decision::Duplicate => (None, None),
            };
            let mut attributes = Attributes::new();
            attributes.extend(client.map(|client| ("messaging.client.id", json!(&**client))));
            attributes.extend(more.map(|more| ("mqtt.decision", json!(more))));
            span.happened(self.started_at, entry.at, decision.word(), attributes);
        }
        self.came.add(context, topic, span.id);
        self.begun(exchange, span, out);
    }

    /// The broker sent a message to a client.
    fn delivered(&mut self, entry: &Entry, publish: &Publish<'_>, out: &mut Vec<u8>) {
        let exchange = exchange(entry, Direction::Out, publish);
        if publish.dup && self.happened(entry, exchange.as_ref(), "sent again") {
            return;
        }
        self.forget(exchange.as_ref(), out);
        let topic = entry.topic().unwrap_or_default();
        let user = &publish.properties.user;
        let traced = match Context::of(user) {
            Some(context) => Some((context, Context::state(user))),
            // Before 5.0 a message has no properties.
            None if entry.version != Version::V5 => {
                self.waiting.take(&entry.client_id, topic, || digest(entry))
            }
            None => None,
        };
        let Some(traced) = traced else { return };
        let parent = match self.came.find(traced.0, topic) {
            Some(id) => Parent { id, is_remote: false },
            None => Parent {
                id: traced.0.span,
                is_remote: true,
            },
        };
        let span = self.span(entry, publish, traced, parent, Kind::Client);
        self.begun(exchange, span, out);
    }

    /// Something was said about a message. `is_over`: nothing more follows.
    fn answered(
        &mut self,
        entry: &Entry,
        way: Direction,
        packet: &str,
        ack: &Ack<'_>,
        is_over: bool,
        out: &mut Vec<u8>,
    ) {
        let exchange = (Arc::clone(&entry.client_id), way, ack.packet_id.get());
        let Some(number) = self.exchanges.get(&exchange).copied() else {
            return;
        };
        if let Some((_, span)) = self.open.get_mut(&number) {
            let reason = ack.reason;
            let attributes = vec![("mqtt.reason_code", json!(reason.0))];
            span.happened(self.started_at, entry.at, packet, attributes);
            if reason.is_error() {
                span.fault = Some(reason.to_string());
            }
            if is_over {
                span.attributes.push(("mqtt.acknowledged", json!(true)));
            }
        }
        if is_over {
            self.write(number, out);
        }
    }

    fn span(
        &self,
        entry: &Entry,
        publish: &Publish<'_>,
        (context, state): (Context, String),
        parent: Parent,
        kind: Kind,
    ) -> Span {
        let (name, operation) = match kind {
            Kind::Server => ("receive", "receive"),
            Kind::Client => ("deliver", "send"),
        };
        let topic = entry.topic().unwrap_or_default();
        let size = entry
            .omitted()
            .map_or(publish.payload.len(), |omitted| omitted.bytes);
        let mut attributes = vec![
            ("messaging.system", json!("mqtt")),
            ("messaging.operation.name", json!(name)),
            ("messaging.operation.type", json!(operation)),
            ("messaging.destination.name", json!(topic)),
            ("messaging.client.id", json!(&*entry.client_id)),
            ("messaging.message.body.size", json!(size)),
            ("mqtt.qos", json!(publish.qos.bits())),
            ("mqtt.retain", json!(publish.retain)),
            ("citronella.entry", json!(entry.seq)),
        ];
        attributes.extend(
            publish
                .packet_id
                .map(|id| ("mqtt.packet_identifier", json!(id.get()))),
        );
        Span {
            context,
            state,
            id: self.id(context, entry.seq),
            parent,
            kind,
            name: format!("{name} {topic}"),
            start: entry.at,
            end: entry.at,
            attributes,
            events: Vec::new(),
            events_left_out: 0,
            fault: None,
        }
    }

    /// The same entry of the same broker has the same one each time.
    fn id(&self, context: Context, seq: u64) -> SpanId {
        let mut hash = Sha256::new();
        hash.update(context.trace);
        hash.update(self.started_at.as_nanos().to_be_bytes());
        hash.update(seq.to_be_bytes());
        let mut id = SpanId::default();
        id.copy_from_slice(&hash.finalize()[..8]);
        // Zeros would be none.
        id[7] |= u8::from(id == [0; 8]);
        id
    }

    /// A span lasts until its exchange is over; without one, at QoS 0, it is over at once.
    fn begun(&mut self, exchange: Option<Exchange>, span: Span, out: &mut Vec<u8>) {
        let Some(exchange) = exchange else {
            return self.append(&span, out);
        };
        if self.open.len() >= MOST_OPEN {
            self.write_oldest(out);
        }
        self.exchanges.insert(exchange.clone(), self.next);
        self.open.insert(self.next, (exchange, span));
        self.next += 1;
    }

    /// Returns whether there is such a span.
    fn happened(&mut self, entry: &Entry, exchange: Option<&Exchange>, what: &str) -> bool {
        let number = exchange.and_then(|exchange| self.exchanges.get(exchange));
        let Some((_, span)) = number.and_then(|number| self.open.get_mut(number)) else {
            return false;
        };
        span.happened(self.started_at, entry.at, what, Attributes::new());
        true
    }

    /// Its packet identifier means another message now.
    fn forget(&mut self, exchange: Option<&Exchange>, out: &mut Vec<u8>) {
        let number = exchange.and_then(|exchange| self.exchanges.get(exchange));
        if let Some(&number) = number {
            self.write(number, out);
        }
    }

    fn write_oldest(&mut self, out: &mut Vec<u8>) -> bool {
        let oldest = self.open.first_key_value().map(|(number, _)| *number);
        if let Some(number) = oldest {
            self.write(number, out);
        }
        oldest.is_some()
    }

    fn write(&mut self, number: u64, out: &mut Vec<u8>) {
        let Some((exchange, mut span)) = self.open.remove(&number) else {
            return;
        };
        self.exchanges.remove(&exchange);
        if span
            .attributes
            .iter()
            .all(|(name, _)| *name != "mqtt.acknowledged")
        {
            span.attributes.push(("mqtt.acknowledged", json!(false)));
        }
        self.append(&span, out);
    }

    fn append(&mut self, span: &Span, out: &mut Vec<u8>) {
        if !std::mem::take(&mut self.is_first) {
            out.push(b',');
        }
        out.extend_from_slice(span.to_json(self.started_at).to_string().as_bytes());
    }
}

fn exchange(entry: &Entry, way: Direction, publish: &Publish<'_>) -> Option<Exchange> {
    let id = publish.packet_id.filter(|_| publish.qos != QoS::AtMostOnce)?;
    Some((Arc::clone(&entry.client_id), way, id.get()))
}

/// The SHA-256 of its payload, also where the journal has not kept that.
fn digest(entry: &Entry) -> [u8; 32] {
    match entry.omitted() {
        Some(omitted) => omitted.sha256,
        None => Sha256::digest(entry.payload().unwrap_or_default()).into(),
    }
}
