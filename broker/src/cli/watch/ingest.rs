//! [`Ladder`]: entries of the journal become rows: what they are, whose, which exchange they belong to, what is trouble.

use std::collections::HashMap;
use std::sync::Arc;

use settings::text::cut;

use super::exchanges::Exchanges;
use super::packets::{holds, is_of_exchange, loses, marks_of, qos_and_id};
use super::people::{Life, People, Side, fit};
use super::row::{Kind, Marks, Row, Rows};
use super::topics::Topics;
use crate::journal::{Decision, Direction, DropReason, Entry, Event, Record, Side as OfRule};
use crate::wire::{Packet, PacketType};

/// A text behind type and topic is kept up to here.
const TEXT_COLUMNS: usize = 160;
/// Packets that a rule holds back and whose release is waited for.
const MOST_HELD: usize = 1_000;

/// Everything that is kept of what happened.
#[derive(Debug, Default)]
pub(super) struct Ladder {
    pub rows: Rows,
    pub people: People,
    pub exchanges: Exchanges,
    pub topics: Topics,
    /// CONNECTs whose connection has no client yet.
    connects: HashMap<u32, u64>,
    /// Packets that a rule holds back, with the row that says so.
    held: HashMap<(Arc<str>, bool, &'static str, u16), u64>,
    /// The row of the packet before.
    before: Option<u64>,
}

impl Ladder {
    pub fn entry(&mut self, entry: &Entry) {
        match &entry.record {
            Record::Packet { .. } => self.packet(entry),
            Record::Event(event) => self.event(entry, event),
        }
        self.exchanges.forget(&self.rows);
    }

    /// Whose it is, as far as that is known.
    fn who(&self, entry: &Entry, said: &str) -> Arc<str> {
        let id = if entry.client_id.is_empty() {
            said
        } else {
            &entry.client_id
        };
        match (id, entry.conn) {
            ("", None) => "".into(),
            ("", Some(conn)) => self
                .people
                .on(conn.number())
                .unwrap_or_else(|| format!("connection {conn}").into()),
            (id, _) => fit(id),
        }
    }

    fn push(&mut self, row: Row) -> u64 {
        let (who, kind, marks) = (row.who.clone(), row.kind, row.marks);
        let n = self.rows.push(row);
        if !who.is_empty() {
            let one = self.people.of(&who, n);
            one.rows.1 = n;
            if !kind.is_event() && !marks.has(Marks::HIDDEN) {
                one.packets[usize::from(marks.has(Marks::OUT))] += 1;
            }
        }
        n
    }

    fn packet(&mut self, entry: &Entry) {
        let Record::Packet {
            direction,
            side,
            decisions,
            ..
        } = &entry.record
        else {
            return;
        };
        let is_out = *direction == Direction::Out;
        let decoded = entry.packet().and_then(Result::ok);
        let kind = match (&decoded, entry.packet_type()) {
            (Some(packet), _) => Kind::Packet(packet.packet_type()),
            _ => Kind::Malformed,
        };
        let mut marks = marks_of(decoded.as_ref());
        if is_out {
            marks.set(Marks::OUT);
        }
        if entry.version.is_v5() {
            marks.set(Marks::V5);
        }
        if *side == OfRule::Engine {
            marks.set(if is_out {
                Marks::ENGINE | Marks::HIDDEN
            } else {
                Marks::ENGINE
            });
        }
        let mut to: Vec<Arc<str>> = Vec::new();
        for decision in decisions {
            match decision {
                Decision::Sent(client) | Decision::Queued(client) => to.push(fit(client)),
                Decision::Retained(true) => marks.set(Marks::KEPT),
                Decision::Duplicate => marks.set(Marks::DUPLICATE),
                Decision::Refused(..) => marks.set(Marks::REFUSED | Marks::TROUBLE),
                Decision::Dropped(_, DropReason::Away) | Decision::Retained(false) | Decision::Mounted(_) => {
                }
                Decision::Dropped(..) => marks.set(Marks::DROPPED),
            }
        }
        let is_publish = kind.is(PacketType::Publish);
        let is_decided = is_publish && !is_out && *side != OfRule::Client;
        if is_decided && to.is_empty() && !marks.has(Marks::DUPLICATE | Marks::REFUSED) {
            marks.set(Marks::NOBODY);
        }
        let said = match &decoded {
            Some(Packet::Connect(connect)) => connect.client_id,
            _ => "",
        };
        let (qos, id) = qos_and_id(decoded.as_ref());
        let topic = is_publish.then(|| fit(entry.topic().unwrap_or_default()));
        let row = Row {
            seq: entry.seq,
            at: entry.at,
            kind,
            marks,
            qos,
            id,
            who: self.who(entry, said),
            topic,
            text: super::describe::packet(entry, decoded.as_ref(), TEXT_COLUMNS).into(),
            note: None,
            exchange: 0,
            root: None,
        };
        let who = row.who.clone();
        let held = (who.clone(), is_out, kind.word(), id);
        let n = self.push(row);
        let release = (*side != OfRule::Both).then(|| self.held.remove(&held)).flatten();
        if let (Some(release), Some(row)) = (release, self.rows.get_mut(n)) {
            row.note = Some("held".into());
            row.root = Some(release);
        }
        self.of_client(entry, decoded.as_ref(), n, &who, is_out);
        if let Kind::Packet(packet) = kind
            && *side != OfRule::Engine
            && is_of_exchange(packet, qos)
        {
            self.exchanges.take(&mut self.rows, n, packet);
        }
        if is_publish && !is_out {
            self.exchanges.expect(&self.rows, n, &to);
            if *side != OfRule::Client {
                self.topics.message(entry, self.rows.get(n), decisions);
            }
        } else if is_publish && *side != OfRule::Engine && release.is_none() {
            self.exchanges.link(&mut self.rows, n);
        }
        self.before = Some(n);
    }

    fn of_client(
        &mut self,
        entry: &Entry,
        packet: Option<&Packet<'_>>,
        n: u64,
        who: &Arc<str>,
        is_out: bool,
    ) {
        let Some(one) = self.people.get_mut(who) else {
            return;
        };
        if !is_out {
            one.heard = entry.at;
        }
        match packet {
            Some(Packet::Connect(connect)) => {
                one.asks_in(connect, entry.version);
                one.lives(n, Life::Connected);
                if let Some(conn) = entry.conn {
                    self.connects.insert(conn.number(), n);
                    if self.connects.len() > 4_096 {
                        self.connects.clear();
                    }
                }
                return;
            }
            Some(Packet::Publish(_)) if !is_out => one.stands(Side::Left),
            Some(Packet::Subscribe(_)) => one.stands(Side::Right),
            _ => {}
        }
        if one.lives.is_empty() {
            one.lives(0, Life::Connected);
        }
    }

    fn event(&mut self, entry: &Entry, event: &Event) {
        let who = self.who(entry, &event.client_id());
        match event {
            Event::Connected { .. } => return self.connected(entry, event, &who),
            Event::Subscribed { filter, qos, .. } => {
                let n = self.rows.next();
                return self.people.of(&who, n).subscribes(filter, *qos);
            }
            Event::Unsubscribed { filter, .. } => {
                let n = self.rows.next();
                return self.people.of(&who, n).unsubscribes(filter);
            }
            Event::SessionEnded { expired, .. } => {
                self.exchanges.end(&who);
                let n = self.rows.next();
                let mut was_kept = false;
                if let Some(one) = self.people.get_mut(&who) {
                    one.filters.clear();
                    let n = if *expired { n } else { one.rows.1 };
                    one.lives(n, Life::Nothing);
                    was_kept = std::mem::take(&mut one.keeps_session);
                }
                // One that was to end with its connection needs no row.
                if !expired && !was_kept {
                    return;
                }
            }
            Event::Fault {
                why: None,
                action,
                rule,
                ..
            } if loses(action) && self.before.is_some() => return self.lost(action, rule),
            _ => {}
        }
        let is_usual = matches!(
            event,
            Event::WillPublished { .. }
                | Event::StubAnswered { .. }
                | Event::SessionEnded { expired: true, .. }
                | Event::PassedThrough { .. }
                | Event::Reset {}
                | Event::Restored {}
                | Event::Clock { .. }
        );
        let mut marks = Marks::default();
        let mut note = None;
        if let Event::Disconnected { cause, .. } = event {
            let (how, is_trouble) = super::describe::ended(cause.word());
            note = Some(how.into());
            if is_trouble {
                marks.set(Marks::TROUBLE);
            }
        } else if !is_usual {
            marks.set(Marks::TROUBLE);
        }
        let before = self.before.and_then(|n| self.rows.get(n)).cloned();
        let holds = match event {
            Event::Fault {
                why: None, action, ..
            } if holds(action) => before,
            _ => None,
        };
        let topic = match event {
            Event::WillPublished { topic, .. }
            | Event::Dropped { topic, .. }
            | Event::PublishRefused { topic, .. } => Some(fit(topic)),
            _ => None,
        };
        let mut text = super::describe::event(event, TEXT_COLUMNS);
        if let (Some(packet), Event::Fault { rule, .. }) = (&holds, event) {
            marks.set(Marks::HOLDS);
            let id = if packet.id > 0 {
                format!(" #{}", packet.id)
            } else {
                String::new()
            };
            text = format!("{}{id} is held back by {}", packet.kind.word(), cut(rule, 60));
        }
        let n = self.push(Row {
            seq: entry.seq,
            at: entry.at,
            kind: Kind::Event(event.word()),
            marks,
            qos: 0,
            id: holds.as_ref().map_or(0, |packet| packet.id),
            who: who.clone(),
            topic,
            text: text.into(),
            note,
            exchange: 0,
            root: None,
        });
        match event {
            Event::Disconnected { conn, cause, .. } => {
                self.people.bind(conn.number(), None);
                if let Some(one) = self.people.get_mut(&who)
                    && one.conn == Some(conn.number())
                {
                    one.is_connected = false;
                    one.conn = None;
                    one.went = Some((cause.to_string(), event.advice()));
                    one.lives(n, Life::Away);
                }
            }
            Event::Refused { .. } => {
                if let Some(one) = self.people.get_mut(&who).filter(|one| !one.is_connected) {
                    one.went = Some((
                        format!("refused: {}", self.rows.last().map_or("", |row| &row.text)),
                        event.advice(),
                    ));
                    one.lives(n, Life::Nothing);
                }
            }
            Event::Dropped { .. } => {
                if let Some(one) = self.people.get_mut(&who) {
                    one.drops += 1;
                }
            }
            Event::WillPublished { topic, .. } => self.topics.will(topic, entry.at),
            Event::Reset {} => self.reset(n),
            Event::Fault { .. } => {
                if let Some(packet) = holds {
                    if self.held.len() > MOST_HELD {
                        self.held.clear();
                    }
                    let key = (
                        packet.who.clone(),
                        packet.is(Marks::OUT),
                        packet.kind.word(),
                        packet.id,
                    );
                    self.held.insert(key, n);
                }
            }
            _ => {}
        }
    }

    /// Nothing of before is true any more, and the journal does not tell how it ended.
    fn reset(&mut self, n: u64) {
        for who in self.people.reset(n) {
            self.exchanges.end(&who);
        }
        self.topics.reset();
        self.held.clear();
        self.before = None;
    }

    fn connected(&mut self, entry: &Entry, event: &Event, who: &Arc<str>) {
        let Event::Connected {
            conn,
            keep_alive_secs,
            version,
            ..
        } = event
        else {
            return;
        };
        let conn = conn.number();
        let n = self.rows.next();
        self.people.bind(conn, Some(who.clone()));
        let began = self.connects.remove(&conn);
        let one = self.people.of(who, n);
        one.is_connected = true;
        one.keeps_session = one.wants_session;
        one.conn = Some(conn);
        one.keep_alive_secs = *keep_alive_secs;
        one.version = *version;
        one.heard = entry.at;
        one.went = None;
        // The identifier may be the broker's choice: it is known only now.
        if let Some((began, row)) = began.and_then(|n| Some((n, self.rows.get_mut(n)?))) {
            row.who = who.clone();
            one.lives(began, Life::Connected);
        } else {
            one.lives(n.saturating_sub(1), Life::Connected);
        }
    }

    /// The packet before this never came to the other side.
    fn lost(&mut self, action: &str, rule: &str) {
        let Some(n) = self.before else { return };
        let Some(row) = self.rows.get_mut(n) else { return };
        row.marks.unset(Marks::HIDDEN);
        row.marks.set(Marks::LOST | Marks::TROUBLE);
        row.note = Some(format!("{action} by {}", cut(rule, 60)).into());
        let Kind::Packet(packet) = row.kind else { return };
        if row.is(Marks::ENGINE) && is_of_exchange(packet, row.qos) {
            self.exchanges.take(&mut self.rows, n, packet);
        }
        self.exchanges.reopen(&self.rows, n, packet);
    }
}
