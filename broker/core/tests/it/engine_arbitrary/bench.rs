//! `Bench`: an engine, its connections, and the rules that must always hold. Shared with the fuzz target `engine`.

use std::collections::{BTreeMap, VecDeque};
use std::io::IoSlice;
use std::sync::Arc;
use std::time::Duration;

use broker_core::engine::{ConnId, Direction, Engine, Outbox};
use broker_core::journal::{Mark, Record};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{self, Packet, PacketType, Version};

/// Connections that are open at the same time, at most.
const CONNECTIONS: usize = 6;

/// What the engine sent on one connection: as its journal says, and as its outbox had it.
#[derive(Default)]
struct Sent {
    announced: VecDeque<u8>,
    greeted: bool,
    said_goodbye: bool,
}

/// The engine and what is known of it.
pub struct Bench {
    engine: Engine,
    now: Time,
    conns: Vec<ConnId>,
    rests: BTreeMap<ConnId, Vec<u8>>,
    sent: BTreeMap<ConnId, Sent>,
    /// How far the journal was read.
    mark: Mark,
}

/// Few and small, so that a run reaches every bound.
fn settings(choice: u8) -> BrokerSettings {
    let mut settings = BrokerSettings::default();
    let pick = |bit: u8, small: u32, large: u32| if choice >> bit & 1 == 0 { small } else { large };
    settings.sys.interval_secs = pick(0, 0, 10);
    settings.session.receive_maximum = pick(1, 2, 1024) as u16;
    settings.session.max_inflight = pick(2, 2, 1024) as u16;
    settings.session.max_queued_messages = pick(3, 3, 1000);
    settings.session.queue_qos0 = choice & 1 << 4 != 0;
    settings.limits.max_retained_messages = pick(5, 2, 1000);
    settings.limits.max_outbox_bytes = u64::from(pick(6, 1024, 1 << 24));
    settings.limits.max_sessions = pick(7, 3, 1000);
    settings.limits.max_subscriptions_per_session = pick(6, 3, 1000);
    settings.limits.max_packet_size_bytes = 1 << 20;
    settings
}

impl Bench {
    /// A new engine; the bits of `choice` decide its settings.
    pub fn new(choice: u8) -> Self {
        let engine = Engine::new(Arc::new(settings(choice)), u64::from(choice));
        Self {
            mark: engine.journal().mark(),
            engine,
            now: Time::ZERO,
            conns: Vec::new(),
            rests: BTreeMap::new(),
            sent: BTreeMap::new(),
        }
    }

    fn conn(&self, which: usize) -> Option<ConnId> {
        self.conns.get(which % self.conns.len().max(1)).copied()
    }

    /// Opens a connection, unless there are enough.
    pub fn open(&mut self) {
        if self.conns.len() < CONNECTIONS {
            self.conns.push(self.engine.open(self.now, "fuzz".to_owned()));
        }
    }

    /// Bytes come on a connection.
    pub fn receive(&mut self, which: usize, bytes: &[u8]) {
        let Some(id) = self.conn(which) else { return };
        let rest = self.rests.entry(id).or_default();
        rest.extend_from_slice(bytes);
        let taken = self.engine.receive(self.now, id, rest);
        assert!(taken <= rest.len(), "{taken} of {} bytes taken", rest.len());
        rest.drain(..taken);
        self.check();
    }

    /// Up to `most` bytes of an outbox are written; what is to be closed is closed after them.
    pub fn write(&mut self, which: usize, most: usize) {
        let Some(id) = self.conn(which) else { return };
        if let Some(outbox) = self.engine.outbox(id).filter(|outbox| !outbox.is_empty()) {
            let mut slices = [IoSlice::new(&[]); 4];
            let filled = outbox.fill(&mut slices);
            let bytes: Vec<u8> = slices[..filled]
                .iter()
                .flat_map(|s| s.iter().copied())
                .take(most)
                .collect();
            self.read_journal();
            let announced: Vec<u8> = self
                .sent
                .entry(id)
                .or_default()
                .announced
                .drain(..bytes.len())
                .collect();
            assert_eq!(
                announced, bytes,
                "the outbox does not hold the packets that were sent"
            );
            self.engine.wrote(self.now, id, bytes.len());
        }
        if self.engine.outbox(id).is_some_and(Outbox::is_empty) && self.engine.close_reason(id).is_some() {
            self.close(which);
        }
        self.check();
    }

    /// A connection is closed.
    pub fn close(&mut self, which: usize) {
        let Some(id) = self.conn(which) else { return };
        self.engine.closed(self.now, id, "fuzz");
        self.conns.retain(|other| *other != id);
        self.rests.remove(&id);
        assert!(self.engine.outbox(id).is_none() && self.engine.close_reason(id).is_none());
        assert_eq!(
            self.engine.receive(self.now, id, &[0x10, 0]),
            2,
            "a closed connection takes no packets"
        );
        self.check();
    }

    /// Time passes; the caller of the engine may be late.
    pub fn pass(&mut self, by: Duration) {
        self.now = self.now + by;
        for _ in 0..10_000 {
            self.engine.tick(self.now);
            if self.engine.next_timeout().is_none_or(|at| at > self.now) {
                return self.check();
            }
        }
        panic!("the engine is never done at {}", self.now);
    }

    /// Time passes until the next thing is due.
    pub fn pass_to_next(&mut self) {
        // Sessions may last for decades; nothing more is to be seen after them.
        if let Some(at) = self
            .engine
            .next_timeout()
            .filter(|at| *at < Time::from_secs(1 << 32))
        {
            self.pass(at.saturating_since(self.now));
        }
    }

    fn read_journal(&mut self) {
        let seen = self.engine.journal().since(self.mark);
        assert_eq!(seen.missed, 0, "the ring holds more than one call does");
        self.mark = seen.until;
        for entry in &seen.entries {
            if let (
                Some(conn),
                Record::Packet {
                    direction: Direction::Out,
                    bytes,
                    ..
                },
            ) = (entry.conn, &entry.record)
            {
                check_sent(self.sent.entry(conn).or_default(), entry.version, bytes);
            }
        }
    }

    fn check(&mut self) {
        self.read_journal();
        while self.engine.next_touched().is_some() {}
        let census = self.engine.census();
        let settings = self.engine.settings();
        let sessions = census.sessions;
        assert_eq!(census.connections, self.conns.len());
        assert!(census.connected <= census.connections && census.connected <= sessions);
        assert!(sessions <= settings.limits.max_sessions as usize, "{census:?}");
        assert_eq!(census.subscriptions, census.routed);
        assert_eq!(census.subscriptions == 0, census.subscription_bytes == 0);
        assert!(census.subscriptions <= sessions * settings.limits.max_subscriptions_per_session as usize);
        assert!(
            census.queued <= sessions * settings.session.max_queued_messages as usize,
            "{census:?}"
        );
        assert!(
            census.inflight <= sessions * usize::from(settings.session.max_inflight),
            "{census:?}"
        );
        if settings.sys.interval_secs == 0 {
            // The broker's own messages do not count.
            assert!(
                census.retained <= settings.limits.max_retained_messages as usize,
                "{census:?}"
            );
            assert_eq!(census.retained == 0, census.retained_bytes == 0, "{census:?}");
        }
        // CONNECT, keep alive and a walk through retained messages for a connection; will, end and queue for a session.
        assert!(
            census.timers <= 3 * census.connections + 3 * sessions + census.retained + 1,
            "{census:?}"
        );
    }

    /// Closes everything and waits for all that is due: nothing may be left but sessions that never end.
    pub fn finish(mut self) {
        while !self.conns.is_empty() {
            self.close(0);
        }
        let census = self.engine.census();
        assert_eq!(
            (census.connections, census.connected, census.outbox_bytes),
            (0, 0, 0)
        );
        for _ in 0..1000 {
            if self.engine.settings().sys.interval_secs > 0 {
                break;
            }
            self.pass_to_next();
        }
    }
}

/// A server may send this, in this version, now; and it is encoded as the standard says.
fn check_sent(sent: &mut Sent, version: Version, bytes: &[u8]) {
    let packet = wire::decode(version, bytes).unwrap_or_else(|error| panic!("sent {bytes:02X?}: {error}"));
    let mut again = Vec::new();
    packet.encode(version, &mut again);
    assert_eq!(again, bytes, "{packet}");
    let kind = packet.packet_type();
    assert!(!sent.said_goodbye, "after DISCONNECT: {packet}");
    let first = matches!(kind, PacketType::ConnAck | PacketType::Auth);
    assert!(sent.greeted || first, "before CONNACK: {packet}");
    sent.greeted |= kind == PacketType::ConnAck;
    sent.said_goodbye = kind == PacketType::Disconnect;
    let v5_only = matches!(packet, Packet::Disconnect(_) | Packet::Auth(_));
    assert!(
        !v5_only || version.is_v5(),
        "a server does not say this in {version}: {packet}"
    );
    let clients_only = matches!(
        kind,
        PacketType::Connect | PacketType::Subscribe | PacketType::Unsubscribe | PacketType::PingReq
    );
    assert!(!clients_only, "a server does not say this: {packet}");
    sent.announced.extend(bytes);
}
