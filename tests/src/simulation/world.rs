//! `World`: clients, connections, the engine and the model, and the one scheduler that decides what happens next.

use std::collections::BTreeMap;
use std::time::Duration;

use broker::journal::{Entry, Mark, Record};
use broker::time::Time;
use broker::wire::{self, Packet, Version};
use broker_core::engine::{ConnId, Direction, Engine, Event};

use super::client::{Client, Standing, Wish};
use super::keep::Entries;
use super::model::{Check, Model};
use super::net::Link;
use super::plan::Plan;
use super::rng::Rng;
use super::trace::Trace;

/// All parts of one run.
pub struct World {
    pub(super) rng: Rng,
    pub(super) plan: Plan,
    pub(super) engine: Engine,
    pub(super) model: Model,
    pub(super) clients: Vec<Client>,
    pub(super) links: BTreeMap<u32, Link>,
    pub(super) now: Time,
    pub(super) trace: Trace,
    /// Numbers payloads, so that no two are the same.
    pub(super) labels: u64,
    /// Whether the engine is handed one packet at a time, and must answer each before the next; in every other run.
    one_by_one: bool,
    /// What a store would keep; in every other pair of runs there is one.
    pub(super) entries: Option<Entries>,
    /// Packets that the engine took and sent.
    pub packets: u64,
    /// How far the journal was read.
    mark: Mark,
    wills_seen: u64,
    endings_seen: u64,
}

impl World {
    /// A world that `seed` decides.
    pub fn new(seed: u64, trace: Trace) -> Self {
        let mut rng = Rng::new(seed);
        let plan = Plan::new(&mut rng);
        let mut engine = Engine::new(plan.settings.clone(), rng.next_u64());
        let entries = (seed / 2).is_multiple_of(2).then(Entries::default);
        if entries.is_some() {
            engine.keep(Time::ZERO, None).expect("nothing contradicts itself");
        }
        // MQTT 3.1's CONNACK does not say whether there was a session.
        let doubtful = plan.versions.contains(&Version::V31);
        let client = |n| Client::new(format!("client{n}"), doubtful);
        Self {
            clients: (0..plan.clients).map(client).collect(),
            model: Model::new(plan.settings.clone()),
            rng,
            plan,
            engine,
            entries,
            links: BTreeMap::new(),
            now: Time::ZERO,
            trace,
            labels: 0,
            one_by_one: seed.is_multiple_of(2),
            packets: 0,
            mark: Mark::START,
            wills_seen: 0,
            endings_seen: 0,
        }
    }

    /// Looks at what the engine did in the last call, and holds it against the model.
    pub(super) fn look(&mut self) -> Check {
        let seen = self.engine.journal().since(self.mark);
        if seen.missed > 0 {
            return Err(format!(
                "the journal forgot {} entries within one call",
                seen.missed
            ));
        }
        self.mark = seen.until;
        // Packets of one kind that come together on one connection may be handled as one, and answered after the last.
        let mut run = None;
        for Entry {
            conn,
            version,
            record,
            ..
        } in seen.entries
        {
            let (direction, bytes) = match record {
                Record::Packet { direction, bytes, .. } => (direction, bytes),
                Record::Event(event) => {
                    run = None;
                    self.note_event(&event);
                    continue;
                }
            };
            let Some(number) = conn.map(ConnId::number) else {
                return Err("a packet on no connection".to_owned());
            };
            self.packets += 1;
            let decoded = wire::decode(version, &bytes);
            self.trace.note(|| {
                let arrow = if direction == Direction::In { "->" } else { "<-" };
                let packet = decoded
                    .as_ref()
                    .map_or_else(|e| format!("malformed: {e}"), Packet::to_string);
                format!("{} #{number} {arrow} {packet}", self.now)
            });
            match (direction, decoded) {
                (Direction::In, packet) => {
                    let kind = bytes.first().map(|first| (number, *first));
                    if kind != run || self.one_by_one {
                        self.model.settle()?;
                    }
                    run = kind;
                    self.model.inbound(number, packet.as_ref().ok())?;
                }
                (Direction::Out, Ok(packet)) => {
                    run = None;
                    self.model
                        .outbound(number, &packet, bytes.len())
                        .map_err(|what| format!("sent on #{number}: {packet}: {what}"))?;
                    let link = self
                        .links
                        .get_mut(&number)
                        .ok_or("sent on a connection that is closed")?;
                    link.announced.extend(&bytes);
                }
                (Direction::Out, Err(error)) => {
                    return Err(format!("sent on #{number} what is no packet: {error}"));
                }
            }
        }
        self.model.settle()?;
        self.compare_events()?;
        self.keep()?;
        let open = self
            .links
            .values()
            .filter(|link| link.broker_open)
            .map(|link| link.id);
        self.model.compare(&self.engine, open)
    }

    /// Passes over the packets of the last call; events count.
    pub(super) fn look_past_packets(&mut self) {
        let seen = self.engine.journal().since(self.mark);
        self.mark = seen.until;
        for entry in seen.entries {
            if let Record::Event(event) = entry.record {
                self.note_event(&event);
            }
        }
    }

    fn note_event(&mut self, event: &Event) {
        if !matches!(event, Event::Connected { .. } | Event::Disconnected { .. }) {
            self.trace.note(|| format!("{} {event:?}", self.now));
        }
        match event {
            Event::WillPublished { .. } => self.wills_seen += 1,
            Event::SessionEnded { .. } => self.endings_seen += 1,
            _ => {}
        }
    }

    fn compare_events(&self) -> Check {
        let (wills, ends) = (self.model.wills_published, self.model.sessions_ended);
        if self.wills_seen != wills {
            return Err(format!(
                "{} wills were published; it should be {wills}",
                self.wills_seen
            ));
        }
        if self.endings_seen != ends {
            return Err(format!(
                "{} sessions ended; it should be {ends}",
                self.endings_seen
            ));
        }
        Ok(())
    }

    /// Lets time pass, stopping at every instant at which something is due.
    pub(super) fn pass(&mut self, by: Duration) -> Check {
        let end = self.now + by;
        loop {
            let next = self
                .engine
                .next_timeout()
                .into_iter()
                .chain(self.model.next_due())
                .min();
            let Some(at) = next.filter(|at| *at <= end) else {
                break;
            };
            if at > self.now {
                self.now = at;
            }
            self.tick()?;
        }
        self.now = end;
        self.tick()
    }

    /// Lets so little time pass that nobody would notice: no two connections are heard at the same instant, so that no two
    /// fall silent at the same instant.
    fn pass_a_moment(&mut self) -> Check {
        let nanos = self.rng.between(1, 5000) as u64;
        self.pass(Duration::from_nanos(nanos))
    }

    /// Ticks the engine until nothing is due now.
    fn tick(&mut self) -> Check {
        for _ in 0..10_000 {
            self.model.advance(self.now)?;
            self.engine.tick(self.now);
            self.look()?;
            if self.engine.next_timeout().is_none_or(|at| at > self.now) {
                return Ok(());
            }
        }
        Err("the engine always has something more to do now".to_owned())
    }

    /// A client opens a connection and sends CONNECT. Whatever it had before stays as it is.
    pub(super) fn connect(&mut self, client: usize, version: Version, wish: &Wish) -> Check {
        self.pass_a_moment()?;
        for (number, link) in self.links.iter_mut().filter(|(_, link)| link.client == client) {
            link.client_open = false;
            link.down.clear();
            if !self.model.greeted(*number) {
                // A CONNECT that arrives after the next one would undo what that one did; networks may do so, but then
                // no client can know what it has.
                link.up.clear();
            }
        }
        let id = self.engine.open(self.now, format!("client{client}"));
        self.model.opened(id.number());
        let mut link = Link::new(id, client);
        let one = &mut self.clients[client];
        let name = one.id.clone();
        link.up
            .extend(one.connect(id.number(), &wish.connect(version, &name)));
        self.links.insert(id.number(), link);
        self.look()
    }

    /// Bytes that a client says, on its present connection.
    pub(super) fn say(&mut self, client: usize, bytes: &[u8]) {
        let number = self.clients[client].link;
        if let Some(link) = self.links.get_mut(&number).filter(|link| link.client_open) {
            link.up.extend(bytes);
        }
    }

    /// Up to `most` bytes from the client reach the engine.
    pub(super) fn carry_up(&mut self, number: u32, most: usize) -> Check {
        self.pass_a_moment()?;
        let Some(link) = self.links.get_mut(&number).filter(|link| link.broker_open) else {
            return Ok(());
        };
        let count = most.min(link.up.len());
        link.arrived.extend(link.up.drain(..count));
        if count > 0 {
            self.model.heard(number);
        }
        loop {
            let Some(link) = self.links.get_mut(&number).filter(|link| link.broker_open) else {
                return Ok(());
            };
            let whole = match wire::frame(&link.arrived, usize::MAX) {
                Ok(Some(length)) if self.one_by_one => length.min(link.arrived.len()),
                _ => link.arrived.len(),
            };
            let taken = self.engine.receive(self.now, link.id, &link.arrived[..whole]);
            if taken > whole {
                return Err("the engine took more bytes than there were".to_owned());
            }
            link.arrived.drain(..taken);
            let over = taken == 0 || link.arrived.is_empty();
            self.look()?;
            if over {
                return Ok(());
            }
        }
    }

    /// Up to `most` bytes of the outbox are written; a connection that the engine wants closed is closed after them.
    pub(super) fn write(&mut self, number: u32, most: usize) -> Check {
        let Some(link) = self.links.get_mut(&number).filter(|link| link.broker_open) else {
            return Ok(());
        };
        if let Some(outbox) = self.engine.outbox(link.id).filter(|outbox| !outbox.is_empty()) {
            let written = link.write(outbox, most)?;
            self.engine.wrote(self.now, link.id, written);
            // What it said while it took too little is handled now.
            if self.engine.has_unhandled(link.id) && !self.engine.is_owed_too_much(link.id) {
                return self.carry_up(number, 0);
            }
        }
        let drained = self
            .engine
            .outbox(link.id)
            .is_none_or(broker_core::engine::Outbox::is_empty);
        if drained && self.engine.close_reason(link.id).is_some() {
            return self.close(number);
        }
        if self.engine.next_timeout().is_some_and(|at| at <= self.now) {
            return self.tick();
        }
        self.look()
    }

    /// The broker's end is closed.
    pub(super) fn close(&mut self, number: u32) -> Check {
        self.pass_a_moment()?;
        let Some(link) = self.links.get_mut(&number).filter(|link| link.broker_open) else {
            return Ok(());
        };
        self.trace.note(|| format!("{} #{number} closed", self.now));
        link.broker_open = false;
        self.model.lost(number)?;
        self.engine.closed(self.now, link.id, "cut");
        self.look()
    }

    /// Up to `most` bytes from the broker reach the client.
    pub(super) fn carry_down(&mut self, number: u32, most: usize) -> Check {
        let Some(link) = self.links.get_mut(&number).filter(|link| link.client_open) else {
            return Ok(());
        };
        let count = most.min(link.down.len());
        let bytes: Vec<u8> = link.down.drain(..count).collect();
        let (over, who) = (link.down.is_empty() && !link.broker_open, link.client);
        let (says, stays) = self.clients[who].receive(&bytes)?;
        self.say(who, &says);
        if over || !stays {
            self.cut(number);
        }
        Ok(())
    }

    /// The client's end is gone: at once for the client; the broker has yet to notice.
    pub(super) fn cut(&mut self, number: u32) {
        let Some(link) = self.links.get_mut(&number).filter(|link| link.client_open) else {
            return;
        };
        link.client_open = false;
        link.down.clear();
        self.trace
            .note(|| format!("{} #{number} left by {}", self.now, self.clients[link.client].id));
        let who = link.client;
        if self.clients[who].link != number {
            return;
        }
        if self.clients[who].standing == Standing::Greeting && !self.clients[who].must_clean {
            // It cannot know whether it has a session, so what it sends again may come twice.
            for client in &mut self.clients {
                client.twice_allowed = true;
            }
        }
        self.clients[who].forget_connection();
    }

    /// Forgets connections that are over at both ends.
    pub(super) fn bury(&mut self) {
        self.links.retain(|_, link| link.broker_open || link.client_open);
        while self.engine.next_touched().is_some() {}
    }
}
