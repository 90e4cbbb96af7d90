//! What a store would keep: after each call, the entries that the engine has told of must be the entries of what it holds.

use std::collections::BTreeMap;

use broker::snapshot::{Delivery, Message, Session, Snapshot};
use broker::wire::QoS;
use broker_core::change::{self, Changes};

use super::model::Check;
use super::world::World;

/// The entries, and the batches that are not kept yet.
#[derive(Debug, Default)]
pub struct Entries {
    all: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The number of the last batch.
    batch: u64,
}

impl Entries {
    /// How many messages there are.
    fn messages(&self) -> usize {
        self.all.keys().filter(|key| key.starts_with(b"m")).count()
    }
}

impl Changes for Entries {
    fn put(&mut self, key: &[u8], value: &[u8]) {
        self.all.insert(key.to_vec(), value.to_vec());
    }

    fn remove(&mut self, key: &[u8]) {
        self.all.remove(key);
    }

    fn remove_all(&mut self, prefix: &[u8]) {
        self.all.retain(|key, _| !key.starts_with(prefix));
    }
}

impl World {
    /// Ends the turn: its changes become a batch, which is kept at once, or only with a later one.
    pub(super) fn keep(&mut self) -> Check {
        let Some(entries) = &mut self.entries else {
            return Ok(());
        };
        // The clock on the wall shows what the engine's does.
        let wall = self.now.as_nanos();
        let binds = self.engine.take_changes(self.now, wall, entries);
        if binds {
            entries.batch += 1;
        }
        self.engine.end_turn(binds.then_some(entries.batch));
        if self.rng.chance(60) {
            self.engine.changes_kept(entries.batch);
        }
        let all = entries.all.iter().map(|(key, value)| (&key[..], &value[..]));
        let kept = change::read(all, wall, 0).map_err(|error| error.to_string())?;
        kept.check()
            .map_err(|error| format!("what is kept contradicts itself: {error}"))?;
        let held = self.engine.snapshot(self.now);
        // A message is kept once for all who hold it, and goes with the last of them.
        if held.messages.is_empty() && entries.messages() > 0 {
            return Err(format!(
                "{} messages are kept that nobody holds",
                entries.messages()
            ));
        }
        compare(&kept, &held)
    }
}

/// Whether this is kept of what is `held`: retained messages and sessions that outlive their connection.
fn compare(kept: &Snapshot, held: &Snapshot) -> Check {
    let (one, other) = (retained(kept), retained(held));
    if one != other {
        return Err(format!(
            "retained messages are kept as {one:?}; held are {other:?}"
        ));
    }
    for session in &held.sessions {
        let known = kept.session(&session.client_id);
        let Some(known) = known else {
            if session.session_expiry_secs > 0 {
                return Err(format!("the session of {} is not kept", session.client_id));
            }
            continue;
        };
        let (one, other) = (resolved(kept, known), resolved(held, session));
        if one != other {
            return Err(format!("a session is kept as {one:?}; held is {other:?}"));
        }
    }
    let order = |of: &Snapshot, from: &Snapshot| {
        let ids = of.sessions.iter().map(|session| session.client_id.clone());
        ids.filter(|id| from.session(id).is_some()).collect::<Vec<_>>()
    };
    let (one, other) = (order(kept, kept), order(held, kept));
    if one != other {
        return Err(format!(
            "sessions are kept in the order {one:?}; held are {other:?}"
        ));
    }
    Ok(())
}

fn retained(of: &Snapshot) -> BTreeMap<String, Message> {
    let messages = of.retained.iter().filter_map(|place| of.message(*place));
    messages
        .map(|message| (message.topic.clone(), message.clone()))
        .collect()
}

/// A session with its messages in the place of their places, without what is not kept: messages of QoS 0, and the packet
/// identifier that comes next.
fn resolved(of: &Snapshot, session: &Session) -> (Session, Vec<(Message, Delivery)>) {
    let mut messages = Vec::new();
    let mut session = session.clone();
    session.queued.retain(|delivery| delivery.qos != QoS::AtMostOnce);
    session.next_packet_id = std::num::NonZeroU16::MIN;
    let publishes = session
        .inflight
        .iter_mut()
        .filter_map(|exchange| exchange.publish.as_mut());
    for delivery in publishes.chain(&mut session.queued) {
        if let Some(message) = of.message(std::mem::take(&mut delivery.message)) {
            let message = Message {
                retained_for_nanos: None,
                ..message.clone()
            };
            messages.push((message, delivery.clone()));
        }
    }
    (session, messages)
}
