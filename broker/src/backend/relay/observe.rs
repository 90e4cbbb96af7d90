//! [`Observer`]: reads along between one client and its upstream, and changes nothing.

use std::collections::HashMap;
use std::sync::Arc;

use super::book::Book;
use super::ending::End;
use super::framer::{Cut, Framer};
use crate::arrival::Arrival;
use crate::engine::{CloseReason, ConnId, Direction, Event};
use crate::journal::Source;
use crate::wire::{self, Packet, PacketId, QoS, ReasonCode, Version};

/// How many requests without an answer are remembered. A client's requests beyond that do not appear in events.
const MAX_OPEN_REQUESTS: usize = 1024;
/// How many topic aliases are remembered for each direction.
const MAX_ALIASES: usize = 1024;

/// What is known about one connection from the packets that passed by.
#[derive(Debug)]
pub(super) struct Observer {
    pub conn: ConnId,
    pub source: Source,
    pub arrival: Arrival,
    pub version: Version,
    /// As CONNECT said it, or the upstream chose it.
    pub client_id: Arc<str>,
    /// The upstream accepted the CONNECT.
    pub accepted: bool,
    /// User name of its CONNECT.
    pub user: Option<Arc<str>>,
    connect: Option<Asked>,
    /// The upstream refused the CONNECT with this code.
    refused: Option<ReasonCode>,
    /// The client's DISCONNECT.
    goodbye: Option<ReasonCode>,
    /// The upstream has got it.
    pub goodbye_passed: bool,
    /// The book knows that it is over.
    is_over: bool,
    /// A whole packet came from the upstream.
    pub answered: bool,
    /// The upstream's DISCONNECT.
    dismissed: Option<ReasonCode>,
    subscribes: HashMap<PacketId, Vec<String>>,
    unsubscribes: HashMap<PacketId, Vec<String>>,
    aliases: [HashMap<u16, Arc<str>>; 2],
    framers: [Framer; 2],
}

/// What CONNECT asked for.
#[derive(Debug)]
struct Asked {
    clean_start: bool,
    keep_alive_secs: u16,
}

const fn index(direction: Direction) -> usize {
    match direction {
        Direction::In => 0,
        Direction::Out => 1,
    }
}

impl Observer {
    pub fn new(book: &mut Book, arrival: Arrival, max_packet_bytes: usize) -> Self {
        let (conn, source) = book.open();
        Self {
            conn,
            source,
            arrival,
            // Until CONNECT says the version: 3.1.1 can read most packets.
            version: Version::V311,
            client_id: Arc::from(""),
            accepted: false,
            user: None,
            connect: None,
            refused: None,
            goodbye: None,
            goodbye_passed: false,
            is_over: false,
            answered: false,
            dismissed: None,
            subscribes: HashMap::new(),
            unsubscribes: HashMap::new(),
            aliases: Default::default(),
            framers: [Framer::new(max_packet_bytes), Framer::new(max_packet_bytes)],
        }
    }

    /// Bytes passed by.
    pub fn saw(&mut self, book: &mut Book, direction: Direction, bytes: &[u8]) {
        book.bytes(direction, bytes.len());
        self.read_along(book, direction, bytes);
        self.goodbye_passed = self.goodbye.is_some();
    }

    /// The same for bytes that are counted already.
    pub fn read_along(&mut self, book: &mut Book, direction: Direction, bytes: &[u8]) {
        // Taken out during the call, because looking at a piece needs the rest of the observer.
        let mut framer = std::mem::replace(&mut self.framers[index(direction)], Framer::new(0));
        framer.cut(bytes, |cut| {
            self.answered |= direction == Direction::Out;
            match cut {
                Cut::Packet(packet) => self.packet(book, direction, packet),
                Cut::TooLong(bytes) | Cut::Noise(bytes) => book.packet(self.source, direction, bytes),
            }
        });
        self.framers[index(direction)] = framer;
    }

    /// How much of the packet under way is still to come, from the client and to the client; `None` while that is not known.
    pub fn owed(&self) -> Option<[usize; 2]> {
        let [up, down] = &self.framers;
        Some([up.owed()?, down.owed()?])
    }

    /// The topic aliases in use, from the client and to the client.
    pub fn aliases(&self) -> [Vec<(u16, Arc<str>)>; 2] {
        let all = |known: &HashMap<u16, Arc<str>>| {
            known
                .iter()
                .map(|(alias, topic)| (*alias, topic.clone()))
                .collect()
        };
        let [up, down] = &self.aliases;
        [all(up), all(down)]
    }

    /// Whether the client sent DISCONNECT.
    pub fn said_goodbye(&self) -> bool {
        self.goodbye.is_some()
    }

    pub(super) fn packet(&mut self, book: &mut Book, direction: Direction, bytes: &[u8]) {
        let packet = wire::decode(self.version, bytes);
        if let Ok(Packet::Connect(connect)) = &packet
            && direction == Direction::In
        {
            // This packet is already shown with it.
            self.version = connect.version;
            self.client_id = Arc::from(connect.client_id);
            book.journal.identify(self.source, &self.client_id, self.version);
        }
        book.packet(self.source, direction, bytes);
        let Ok(packet) = packet else { return };
        match (direction, packet) {
            (Direction::In, Packet::Connect(connect)) => {
                book.stats.connects_received += 1;
                self.user = connect.username.map(Arc::from);
                if let Some(contract) = book.contract.clone() {
                    let broken = contract.connection(book.clock.now(), self.conn, &self.client_id, &connect);
                    book.broken(self.source, self.conn, &self.client_id, &broken);
                }
                self.connect = Some(Asked {
                    clean_start: connect.clean_start,
                    keep_alive_secs: connect.keep_alive_secs,
                });
            }
            (Direction::In, Packet::Subscribe(subscribe)) => {
                if let Some(contract) = &book.contract {
                    contract.subscription(&self.client_id, &subscribe);
                }
                let filters = subscribe.filters.iter().map(|one| one.filter.to_owned());
                remember(&mut self.subscribes, subscribe.packet_id, filters.collect());
            }
            (Direction::In, Packet::Unsubscribe(unsubscribe)) => {
                let filters = unsubscribe.filters.iter().map(|&filter| filter.to_owned());
                remember(&mut self.unsubscribes, unsubscribe.packet_id, filters.collect());
            }
            (Direction::In, Packet::Disconnect(disconnect)) => self.goodbye = Some(disconnect.reason),
            (Direction::Out, Packet::Disconnect(disconnect)) => self.dismissed = Some(disconnect.reason),
            (Direction::Out, Packet::ConnAck(connack)) => self.connack(book, &connack),
            (Direction::Out, Packet::SubAck(suback)) => self.suback(book, &suback),
            (Direction::Out, Packet::UnsubAck(unsuback)) => {
                for filter in self.unsubscribes.remove(&unsuback.packet_id).unwrap_or_default() {
                    book.unsubscribed(&self.client_id, &filter);
                    let event = Event::Unsubscribed {
                        client_id: self.client_id.clone(),
                        filter: Arc::from(filter),
                    };
                    book.event(Some(self.source), event);
                }
            }
            (_, Packet::Publish(publish)) => self.publish(book, direction, &publish),
            _ => {}
        }
    }

    fn connack(&mut self, book: &mut Book, connack: &wire::ConnAck<'_>) {
        if connack.reason.is_error() {
            self.refused = Some(connack.reason);
            book.stats.clients_refused += 1;
            let event = Event::Refused {
                conn: self.conn,
                client_id: self.client_id.to_string(),
                peer: self.arrival.peer.clone(),
                way: self.arrival.way,
                reason: connack.reason,
            };
            book.event(Some(self.source), event);
            return;
        }
        let Some(asked) = self.connect.take() else { return };
        if let Some(assigned) = connack.properties.assigned_client_id {
            self.client_id = Arc::from(assigned);
            book.journal.identify(self.source, &self.client_id, self.version);
        }
        self.accepted = true;
        book.connected(&self.client_id, self.conn);
        let keep_alive_secs = connack
            .properties
            .server_keep_alive_secs
            .unwrap_or(asked.keep_alive_secs);
        let event = Event::Connected {
            conn: self.conn,
            client_id: self.client_id.clone(),
            version: self.version,
            peer: self.arrival.peer.clone(),
            user: self.user.clone(),
            clean_start: asked.clean_start,
            session_present: connack.session_present,
            keep_alive_secs,
            way: self.arrival.way,
            listener: self.arrival.listener.clone(),
            tls: self.arrival.tls.clone(),
        };
        book.event(Some(self.source), event);
    }

    fn suback(&mut self, book: &mut Book, suback: &wire::SubAck<'_>) {
        let filters = self.subscribes.remove(&suback.packet_id).unwrap_or_default();
        for (filter, reason) in filters.into_iter().zip(&suback.reasons) {
            let client_id = self.client_id.clone();
            let event = match QoS::from_bits(reason.0) {
                Some(qos) => {
                    book.subscribed(&client_id, &filter);
                    Event::Subscribed {
                        client_id,
                        filter: Arc::from(filter),
                        qos,
                    }
                }
                None => Event::SubscriptionRefused {
                    client_id,
                    filter,
                    reason: *reason,
                    why: String::new(),
                },
            };
            book.event(Some(self.source), event);
        }
    }

    fn publish(&mut self, book: &mut Book, direction: Direction, publish: &wire::Publish<'_>) {
        let bytes = publish.payload.len() as u64;
        match direction {
            Direction::In => {
                book.stats.publish_received += 1;
                book.stats.publish_bytes_received += bytes;
            }
            Direction::Out => {
                book.stats.publish_sent += 1;
                book.stats.publish_bytes_sent += bytes;
            }
        }
        let topic = self.topic(book, direction, publish);
        if direction == Direction::In
            && let (Some(topic), Some(contract)) = (topic, book.contract.clone())
        {
            let now = book.clock.now();
            let broken = contract.publication(now, self.conn, &self.client_id, self.version, &topic, publish);
            book.broken(self.source, self.conn, &self.client_id, &broken);
        }
    }

    /// The topic of a message, also where the packet has an alias for it, which is remembered.
    fn topic(
        &mut self,
        book: &mut Book,
        direction: Direction,
        publish: &wire::Publish<'_>,
    ) -> Option<Arc<str>> {
        let Some(alias) = publish.properties.topic_alias else {
            // Nobody asks for it where there is no contract.
            return book.contract.is_some().then(|| Arc::from(publish.topic));
        };
        let known = &mut self.aliases[index(direction)];
        if publish.topic.is_empty() {
            let topic = known.get(&alias).cloned();
            if let Some(topic) = &topic {
                book.journal.alias_was(topic);
            }
            return topic;
        }
        let topic: Arc<str> = Arc::from(publish.topic);
        if known.len() < MAX_ALIASES || known.contains_key(&alias) {
            known.insert(alias, Arc::clone(&topic));
        }
        Some(topic)
    }

    /// Whether a whole CONNECT has come.
    fn has_begun(&self) -> bool {
        self.connect.is_some() || self.accepted
    }

    /// Whether the client sent a CONNECT that can be answered.
    pub fn asked(&self) -> bool {
        self.connect.is_some()
    }

    /// The connection is over. `error` is the error of a socket, and whose socket it was.
    pub fn closed(&mut self, book: &mut Book, end: End) {
        if std::mem::replace(&mut self.is_over, true) {
            // The client's socket was left open, and silent.
            return;
        }
        book.gone(&self.client_id, self.conn);
        let cause = match end {
            End::Answered | End::Visits => {
                book.closed_by_contract(self.conn);
                return book.journal.close(self.source);
            }
            End::Decided(cause) => cause,
            End::Stopped => CloseReason::ShuttingDown,
            End::Unread => CloseReason::Ended,
            End::Client(_) | End::Upstream(_) | End::Fault(_) if self.goodbye.is_some() => {
                CloseReason::ClientDisconnect(self.goodbye.unwrap_or(ReasonCode::SUCCESS))
            }
            End::Client(_) | End::Upstream(_) | End::Fault(_) if self.refused.is_some() => {
                CloseReason::Refused(self.refused.unwrap_or(ReasonCode::UNSPECIFIED_ERROR))
            }
            End::Client(_) | End::Upstream(_) | End::Fault(_) if self.dismissed.is_some() => {
                CloseReason::ByUpstream(self.dismissed)
            }
            End::Client(how) => CloseReason::ConnectionLost(how),
            End::Cut(cut) => CloseReason::ConnectionLost(cut.why().to_owned()),
            End::Fault(how) => CloseReason::HandshakeFailed(how),
            End::Upstream(None) => CloseReason::ByUpstream(None),
            End::Upstream(Some(how)) => CloseReason::UpstreamLost(how),
        };
        if self.has_begun()
            && !matches!(cause, CloseReason::ShuttingDown)
            && let Some(contract) = book.contract.clone()
        {
            let broken = contract.ended(book.clock.now(), self.conn, &self.client_id, &cause);
            book.broken(self.source, self.conn, &self.client_id, &broken);
        }
        book.closed_by_contract(self.conn);
        if matches!(cause, CloseReason::Refused(_)) {
            // The refusal is in an event already.
            book.journal.close(self.source);
            return;
        }
        let client_id = if self.accepted {
            self.client_id.clone()
        } else {
            Arc::from("")
        };
        let (conn, way) = (self.conn, self.arrival.way);
        let listener = self.arrival.listener.clone();
        let peer = std::mem::take(&mut self.arrival.peer);
        let event = match cause {
            CloseReason::HandshakeFailed(why) if !self.has_begun() => {
                book.stats.handshakes_failed += 1;
                Event::HandshakeFailed {
                    conn,
                    peer,
                    way,
                    listener,
                    why,
                }
            }
            cause => Event::Disconnected {
                conn,
                client_id,
                peer,
                way,
                cause,
            },
        };
        book.event(Some(self.source), event);
        book.journal.close(self.source);
    }
}

fn remember(open: &mut HashMap<PacketId, Vec<String>>, id: PacketId, filters: Vec<String>) {
    if open.len() < MAX_OPEN_REQUESTS || open.contains_key(&id) {
        open.insert(id, filters);
    }
}
