//! All entries, read: what they were the entries of.

use std::collections::{BTreeMap, HashMap};

use thiserror::Error;

use super::value::{self, Exchanged, Head, Kept};
use super::{Key, VERSION};
use crate::snapshot::{Delivery, Exchange, Message, Session, Snapshot, Subscription};

/// Why entries cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Another broker wrote them, newer than this one.
    #[error("it has the version {found} of what a broker keeps; this broker reads versions up to {VERSION}")]
    Version {
        /// What stands there.
        found: String,
    },
    /// An entry is not what its key says.
    #[error("its entry {key} cannot be read: {why}")]
    Entry {
        /// The key, for people.
        key: String,
        /// What is wrong with it.
        why: String,
    },
}

/// A session whose entries are read one by one.
#[derive(Default)]
struct Building {
    head: Option<Head>,
    subscriptions: Vec<Subscription>,
    queued: Vec<Delivery>,
    exchanges: Vec<Exchanged>,
    awaiting_pubrel: Vec<crate::wire::PacketId>,
}

/// Makes of all entries, in the order of their keys, the state that they were written for. `wall` is the time on the wall now, in
/// nanoseconds since 1970: what ran on while no broker was there has less left. No entries at all make an empty state.
///
/// Shared subscriptions begin anew, with their members in the order of their sessions. Chance begins at `seed`.
///
/// # Errors
/// An entry is of a newer broker, or is no entry.
pub fn read<'a>(
    entries: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    wall: u64,
    seed: u64,
) -> Result<Snapshot, ChangeError> {
    let mut messages: HashMap<u64, Message> = HashMap::new();
    let mut retained: Vec<Kept> = Vec::new();
    let mut sessions: BTreeMap<&str, Building> = BTreeMap::new();
    for (key, value) in entries {
        let wrong = |why: String| ChangeError::Entry {
            key: key.escape_ascii().to_string(),
            why,
        };
        let named = Key::read(key).ok_or_else(|| wrong("no such key is known".to_owned()))?;
        match named {
            Key::Version if (1..=VERSION).any(|known| value == known.to_string().as_bytes()) => {}
            Key::Version => {
                let found = value.escape_ascii().to_string();
                return Err(ChangeError::Version { found });
            }
            Key::Message(number) => {
                let (at, mut message) = value::read_message(value).map_err(wrong)?;
                run_on(&mut message.expires_in_nanos, at, wall);
                messages.insert(number, message);
            }
            Key::Retained(_) => retained.push(value::read(value).map_err(wrong)?),
            Key::Session(_) => {}
            Key::Head(client_id) => {
                let mut head: Head = value::read(value).map_err(wrong)?;
                run_on(&mut head.session.ends_in_nanos, head.at, wall);
                if let Some(will) = &mut head.session.will {
                    run_on(&mut will.due_in_nanos, head.at, wall);
                }
                sessions.entry(client_id).or_default().head = Some(head);
            }
            Key::Subscription(client_id, _) => {
                let subscription = value::read(value).map_err(wrong)?;
                sessions
                    .entry(client_id)
                    .or_default()
                    .subscriptions
                    .push(subscription);
            }
            Key::Queued(client_id, _) => {
                let delivery = value::read(value).map_err(wrong)?;
                sessions.entry(client_id).or_default().queued.push(delivery);
            }
            Key::Outgoing(client_id, _) => {
                let exchanged = value::read(value).map_err(wrong)?;
                sessions.entry(client_id).or_default().exchanges.push(exchanged);
            }
            Key::Incoming(client_id, id) => sessions.entry(client_id).or_default().awaiting_pubrel.push(id),
        }
    }
    let mut places = Places {
        messages,
        known: HashMap::new(),
        list: Vec::new(),
    };
    let mut snapshot = Snapshot::empty(seed);
    for kept in retained {
        let place = places.of(kept.message)?;
        if let Some(message) = places.list.get_mut(place) {
            let since = wall.saturating_sub(kept.at);
            message.retained_for_nanos = Some(kept.retained_for_nanos.saturating_add(since));
        }
        snapshot.retained.push(place);
    }
    let mut built = Vec::new();
    for (client_id, building) in sessions {
        built.push(building.session(client_id, &mut places)?);
    }
    built.sort_by_key(|(order, _)| *order);
    snapshot.sessions = built.into_iter().map(|(_, session)| session).collect();
    snapshot.messages = places.list;
    Ok(snapshot)
}

/// Of what was left at `at`, so much is left at `wall`. A clock on the wall that was set back adds nothing.
fn run_on(left: &mut Option<u64>, at: u64, wall: u64) {
    if let Some(left) = left {
        *left = left.saturating_sub(wall.saturating_sub(at));
    }
}

/// Numbers of messages become places in the list of a snapshot. A message that nobody names is left out.
struct Places {
    messages: HashMap<u64, Message>,
    known: HashMap<u64, usize>,
    list: Vec<Message>,
}

impl Places {
    fn of(&mut self, number: u64) -> Result<usize, ChangeError> {
        if let Some(place) = self.known.get(&number) {
            return Ok(*place);
        }
        let message = self.messages.remove(&number).ok_or_else(|| ChangeError::Entry {
            key: Key::Message(number).bytes().escape_ascii().to_string(),
            why: "another entry names it, and it is not there".to_owned(),
        })?;
        let place = self.list.len();
        self.known.insert(number, place);
        self.list.push(message);
        Ok(place)
    }

    fn delivery(&mut self, mut delivery: Delivery) -> Result<Delivery, ChangeError> {
        delivery.message = self.of(delivery.message as u64)?;
        Ok(delivery)
    }
}

impl Building {
    fn session(mut self, client_id: &str, places: &mut Places) -> Result<(u64, Session), ChangeError> {
        let head = self.head.ok_or_else(|| ChangeError::Entry {
            key: Key::Head(client_id).bytes().escape_ascii().to_string(),
            why: "other entries of the session are there, and this one is not".to_owned(),
        })?;
        self.exchanges
            .sort_by_key(|exchanged| (exchanged.exchange.publish.is_some(), exchanged.order));
        let latest = self.exchanges.last().map(|exchanged| &exchanged.exchange);
        let latest = latest.filter(|exchange| exchange.publish.is_some());
        let next = latest.map(|exchange| {
            exchange
                .packet_id
                .checked_add(1)
                .unwrap_or(crate::wire::PacketId::MIN)
        });
        let inflight = self.exchanges.into_iter().map(|Exchanged { exchange, .. }| {
            let publish = exchange.publish.map(|delivery| places.delivery(delivery));
            Ok(Exchange {
                packet_id: exchange.packet_id,
                publish: publish.transpose()?,
            })
        });
        let inflight = inflight.collect::<Result<_, _>>()?;
        let queued = self.queued.into_iter().map(|delivery| places.delivery(delivery));
        let session = Session {
            subscriptions: self.subscriptions,
            inflight,
            next_packet_id: next.unwrap_or(head.session.next_packet_id),
            queued: queued.collect::<Result<_, _>>()?,
            awaiting_pubrel: self.awaiting_pubrel,
            memo: head.memo,
            ..head.session
        };
        Ok((head.order, session))
    }
}
