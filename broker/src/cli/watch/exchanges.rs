//! [`Exchanges`]: handshakes of QoS 1 and 2: which packets belong together, which of them are open, and which messages left because
//! of which.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::row::{Marks, Rows};
use crate::wire::PacketType;

/// So many rows of an exchange are known: repetitions go on for as long as a client likes.
const MOST_ROWS: usize = 24;
/// Brackets side by side.
pub(super) const TRACKS: usize = 3;
/// Messages that are on their way, by client and topic.
const MOST_PENDING: usize = 5_000;

/// How an exchange stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Packets are still to come.
    Open,
    /// All came.
    Whole,
    /// Its session ended before.
    Cut,
}

/// A message at QoS 1 or 2 between the broker and one client, from PUBLISH to the last acknowledgement.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub rows: Vec<u64>,
    pub last: u64,
    pub qos: u8,
    pub id: u16,
    /// Whether the message goes to the client.
    pub is_out: bool,
    pub state: State,
    /// The column of its bracket, where one was free.
    pub track: Option<usize>,
    key: Key,
    /// A bit for each type of packet that came.
    types: u16,
}

/// The client, whether the message goes to it, and its Packet Identifier.
type Key = (Arc<str>, bool, u16);
/// A client and a topic.
type Way = (Arc<str>, Arc<str>);

#[derive(Debug, Default)]
pub(super) struct Exchanges {
    last: u64,
    /// By number, so that the oldest is the first.
    all: BTreeMap<u64, Exchange>,
    open: HashMap<Key, u64>,
    tracks: [u64; TRACKS],
    pending: HashMap<Way, VecDeque<u64>>,
    retained: HashMap<Arc<str>, u64>,
}

impl Exchanges {
    pub fn get(&self, number: u64) -> Option<&Exchange> {
        self.all.get(&number)
    }

    /// The exchange of this row.
    pub fn of(&self, rows: &Rows, n: u64) -> Option<&Exchange> {
        self.get(rows.get(n)?.exchange)
    }

    /// Puts a packet where it belongs.
    pub fn take(&mut self, rows: &mut Rows, n: u64, packet: PacketType) {
        let Some(row) = rows.get_mut(n) else { return };
        let is_out = match packet {
            PacketType::Publish | PacketType::PubRel => row.is(Marks::OUT),
            _ => !row.is(Marks::OUT),
        };
        let key = (row.who.clone(), is_out, row.id);
        let mut number = self.open.get(&key).copied();
        if packet == PacketType::Publish {
            if let Some(before) = number.filter(|_| !row.is(Marks::DUP)) {
                self.close(before, State::Whole);
                number = None;
            }
            number = number.or_else(|| Some(self.begin(key, row.qos)));
        }
        let Some((number, exchange)) = number.and_then(|number| Some((number, self.all.get_mut(&number)?)))
        else {
            return;
        };
        if exchange.rows.len() < MOST_ROWS {
            exchange.rows.push(n);
        }
        exchange.last = n;
        row.exchange = number;
        let bit = 1 << (packet as u16);
        if exchange.types & bit != 0 {
            row.marks.set(Marks::AGAIN);
        }
        exchange.types |= bit;
        let is_refusal = packet == PacketType::PubRec && row.is(Marks::REFUSED);
        if is_refusal || matches!(packet, PacketType::PubAck | PacketType::PubComp) {
            self.close(number, State::Whole);
        }
    }

    fn begin(&mut self, key: Key, qos: u8) -> u64 {
        self.last += 1;
        let track = self.tracks.iter().position(|taken| *taken == 0);
        if let Some(track) = track {
            self.tracks[track] = self.last;
        }
        self.open.insert(key.clone(), self.last);
        let exchange = Exchange {
            rows: Vec::new(),
            last: 0,
            qos,
            id: key.2,
            is_out: key.1,
            state: State::Open,
            track,
            key,
            types: 0,
        };
        self.all.insert(self.last, exchange);
        self.last
    }

    fn close(&mut self, number: u64, state: State) {
        let Some(exchange) = self.all.get_mut(&number) else {
            return;
        };
        exchange.state = state;
        if self.open.get(&exchange.key) == Some(&number) {
            self.open.remove(&exchange.key);
        }
        for taken in &mut self.tracks {
            if *taken == number {
                *taken = 0;
            }
        }
    }

    /// A packet that closed its exchange was lost: it is open still.
    pub fn reopen(&mut self, rows: &Rows, n: u64, packet: PacketType) {
        let Some(number) = rows.get(n).map(|row| row.exchange) else {
            return;
        };
        let Some(exchange) = self.all.get_mut(&number).filter(|one| one.state != State::Open) else {
            return;
        };
        exchange.state = State::Open;
        exchange.types &= !(1 << (packet as u16));
        self.open.entry(exchange.key.clone()).or_insert(number);
    }

    /// The session of a client has ended: nothing of it goes on.
    pub fn end(&mut self, who: &str) {
        let of_it = self.open.iter().filter(|((of, ..), _)| **of == *who);
        let numbers: Vec<u64> = of_it.map(|(_, number)| *number).collect();
        for number in numbers {
            self.close(number, State::Cut);
        }
    }

    /// A message came in that goes on to these clients.
    pub fn expect(&mut self, rows: &Rows, n: u64, clients: &[Arc<str>]) {
        let Some((row, topic)) = rows.get(n).and_then(|row| Some((row, row.topic.clone()?))) else {
            return;
        };
        if row.is(Marks::KEPT) {
            self.retained.insert(topic.clone(), n);
        }
        for client in clients {
            let waiting = self.pending.entry((client.clone(), topic.clone())).or_default();
            waiting.push_back(n);
            // Of so many the oldest is not waited for.
            if waiting.len() > 100 {
                waiting.pop_front();
            }
        }
        if self.pending.len() > MOST_PENDING {
            self.pending.clear();
        }
        if self.retained.len() > MOST_PENDING {
            self.retained.clear();
        }
    }

    /// A message goes out: which one is it that came in?
    pub fn link(&mut self, rows: &mut Rows, n: u64) {
        let first = rows.first();
        let Some(row) = rows.get_mut(n).filter(|row| !row.is(Marks::DUP)) else {
            return;
        };
        let Some(topic) = row.topic.clone() else { return };
        let way = (row.who.clone(), topic);
        let root = match self.pending.get_mut(&way) {
            Some(waiting) => {
                let root = waiting.pop_front();
                if waiting.is_empty() {
                    self.pending.remove(&way);
                }
                root
            }
            None if row.is(Marks::RETAIN) => self.retained.get(&way.1).copied(),
            None => None,
        };
        row.root = root.filter(|root| *root >= first);
    }

    /// Forgets exchanges whose rows are forgotten.
    pub fn forget(&mut self, rows: &Rows) {
        while let Some((&number, exchange)) = self.all.first_key_value() {
            if exchange.last >= rows.first() {
                break;
            }
            self.close(number, State::Whole);
            self.all.remove(&number);
        }
    }

    /// The numbers of those that have a bracket and go on.
    pub fn tracked(&self) -> impl Iterator<Item = u64> {
        self.tracks.into_iter().filter(|number| *number > 0)
    }
}
