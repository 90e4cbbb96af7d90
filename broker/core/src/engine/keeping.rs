//! What changes of all that outlives a connection, told turn by turn to a caller that keeps it where it outlives the process.
//!
//! Only sessions that outlive their connection are kept (`MQTT5-4.1.0-1`, `MQTT311-4.1.0-1`); messages of QoS 0 are kept where
//! they are retained.

use std::collections::HashSet;
use std::sync::Arc;

use super::Engine;
use super::connect::granted_expiry;
use super::policy::{Targets, What};
use super::snapshot::{written_delivery, written_head, written_message, written_subscription};
use crate::change::{Changes, Exchanged, Head, Kept, Key, VERSION, value};
use crate::session::{Delivery, Message, Note, Notes, Outgoing, Session, SessionKey, Stage};
use crate::snapshot::{Exchange, Snapshot, SnapshotError};
use crate::time::Time;
use crate::wire::{Connect, PacketId, QoS};

/// Why something is refused while what changes cannot be kept; see [`Engine::cannot_keep`]. It is worth another try later.
pub const UNKEPT: &str = "the disk refuses what must be kept";

/// What the engine knows of what is kept.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    notes: Notes,
    /// How many messages were given a number, ever.
    messages: u64,
    /// How many exchanges were begun, ever.
    exchanges: u64,
}

impl Keeping {
    /// A client has come to its session. From the first time on that it wants it to outlive its connection, the session is kept,
    /// until it ends.
    pub fn begin(&self, key: SessionKey, session: &mut Session) {
        if session.expiry_secs > 0 || session.notes().are_taken() {
            session.begin_notes(&self.notes, key);
        }
    }
}

/// The changes of one turn on their way out.
struct Turn<'a, C> {
    now: Time,
    /// The time on the wall.
    at: u64,
    keeping: &'a mut Keeping,
    into: &'a mut C,
    /// The messages that were written again, where everything is.
    anew: Option<HashSet<u64>>,
    /// Whether something must be kept before the turn is answered.
    binds: bool,
}

impl Engine {
    /// From now on [`take_changes`](Self::take_changes) says what changes. Before that, puts back what was `kept`, if anything was;
    /// without it goes on from what there is. All that is there then counts as changed.
    ///
    /// # Errors
    /// What was kept contradicts itself. Then nothing has changed.
    pub fn keep(&mut self, now: Time, kept: Option<&Snapshot>) -> Result<(), SnapshotError> {
        if let Some(kept) = kept {
            kept.check()?;
        }
        let keeping = Keeping::default();
        self.retained.begin_notes(keeping.notes.clone());
        self.outlet.begin_gates();
        keeping.notes.note(Note::Everything);
        self.keeping = Some(keeping);
        if let Some(kept) = kept {
            return self.restore(now, kept);
        }
        self.keep_anew(&self.sessions.keys());
        Ok(())
    }

    /// These sessions have come in the place of all others, and what is retained in the place of what was.
    pub(super) fn keep_anew(&mut self, keys: &[SessionKey]) {
        let Some(keeping) = &self.keeping else { return };
        for key in keys {
            if let Some(session) = self.sessions.get_mut(*key) {
                keeping.begin(*key, session);
            }
        }
        keeping.notes.note(Note::Everything);
    }

    /// Says what has changed since the last call, to be kept as a whole. `wall` is the time on the wall, in nanoseconds since 1970.
    /// Returns whether that must be kept before anything of this turn is answered; what is only gone need not.
    ///
    /// See [`Changes`] for an example.
    pub fn take_changes(&mut self, now: Time, wall: u64, into: &mut impl Changes) -> bool {
        let Some(mut keeping) = self.keeping.take() else {
            return false;
        };
        let notes = keeping.notes.take();
        let mut turn = Turn {
            now,
            at: wall,
            keeping: &mut keeping,
            into,
            anew: None,
            binds: false,
        };
        if notes.contains(&Note::Everything) {
            turn.everything(self);
        } else {
            for note in last_of_each(notes) {
                turn.write(self, note);
            }
        }
        let binds = turn.binds;
        self.keeping = Some(keeping);
        binds
    }

    /// Whether [`take_changes`](Self::take_changes) has something to say.
    pub fn has_changes(&self) -> bool {
        self.keeping
            .as_ref()
            .is_some_and(|keeping| !keeping.notes.is_empty())
    }

    /// The turn is over. What its clients are to get waits until the batch of this number is [kept](Self::changes_kept); without a number,
    /// only for what came before it.
    pub fn end_turn(&mut self, batch: Option<u64>) {
        self.outlet.end_turn(&mut self.conns, batch);
    }

    /// Whether bytes wait for [`end_turn`](Self::end_turn) on a connection that [`next_touched`](Self::next_touched) has named already:
    /// they were written while the caller looked at connections.
    pub fn has_unended(&self) -> bool {
        self.outlet.has_unended(&self.conns)
    }

    /// All batches up to this one are kept: what waited for them may go.
    pub fn changes_kept(&mut self, through: u64) {
        self.outlet.kept(&mut self.conns, through);
    }

    /// What changes cannot be kept any more, or can again. Until then, nothing is taken on that would have to be: no session that
    /// outlives its connection, no subscription of one, no message of QoS 1 or 2 for one, nothing to be retained.
    pub fn cannot_keep(&mut self, is_so: bool) {
        self.room.keeps_nothing = is_so;
    }

    /// Whether something of this message would have to be kept and cannot be: that it is retained, a copy for a session that
    /// outlives its connection, or its identifier in such a session of the publisher.
    pub(super) fn cannot_keep_message(
        &self,
        publisher: Option<SessionKey>,
        what: What,
        targets: &Targets,
    ) -> bool {
        if !self.room.keeps_nothing {
            return false;
        }
        let is_kept = |key| self.sessions.get(key).is_some_and(|it| it.notes().are_taken());
        let copies = || targets.has_shared || targets.direct.iter().any(|target| is_kept(target.session));
        what.retain
            || what.qos == QoS::ExactlyOnce && publisher.is_some_and(is_kept)
            || what.qos != QoS::AtMostOnce && copies()
    }

    /// The same for a session that begins or goes on.
    pub(super) fn is_unkept(&self, connect: &Connect<'_>) -> bool {
        self.room.keeps_nothing && granted_expiry(connect, &self.settings.session) > 0
    }
}

/// Of several notes of the same thing the last one.
fn last_of_each(notes: Vec<Note>) -> Vec<Note> {
    let mut seen = HashSet::with_capacity(notes.len());
    let mut last: Vec<Note> = notes
        .into_iter()
        .rev()
        .filter(|note| seen.insert(note.clone()))
        .collect();
    last.reverse();
    last
}

impl<C: Changes> Turn<'_, C> {
    fn put(&mut self, key: Key<'_>, value: &[u8]) {
        self.binds = true;
        self.into.put(&key.bytes(), value);
    }

    /// It is gone, and the client may build on that.
    fn remove(&mut self, key: Key<'_>) {
        self.binds = true;
        self.into.remove(&key.bytes());
    }

    fn everything(&mut self, engine: &Engine) {
        self.into.remove_all(&[]);
        self.anew = Some(HashSet::new());
        self.put(Key::Version, VERSION.to_string().as_bytes());
        for kept in engine.retained.all_kept() {
            self.retained(kept);
        }
        for (key, session) in engine.sessions.iter() {
            if session.notes().are_taken() {
                self.session(key, session);
            }
        }
    }

    fn write(&mut self, engine: &Engine, note: Note) {
        match note {
            Note::Everything => {}
            Note::Ended(client_id) => {
                self.binds = true;
                self.into.remove_all(&Key::Session(&client_id).bytes());
            }
            Note::Retained(topic) => match engine.retained.kept(&topic) {
                Some(kept) => self.retained(kept),
                None => self.remove(Key::Retained(&topic)),
            },
            // Nothing that is kept names it any more.
            Note::Released(number) => self.into.remove(&Key::Message(number).bytes()),
            Note::Session(key) => {
                if let Some(session) = engine.sessions.get(key) {
                    self.into.remove_all(&Key::Session(&session.client_id).bytes());
                    self.session(key, session);
                }
            }
            Note::Head(key) => {
                if let Some(session) = engine.sessions.get(key) {
                    self.head(key, session);
                }
            }
            Note::Subscription(key, filter) => {
                if let Some(session) = engine.sessions.get(key) {
                    self.subscription(session, &filter);
                }
            }
            Note::Queued(key, number) => {
                if let Some(session) = engine.sessions.get(key) {
                    match session.queue.get(number) {
                        Some(delivery) => self.queued(session, number, delivery),
                        // It is in flight now, which is kept with this; or it was dropped.
                        None => self.into.remove(&Key::Queued(&session.client_id, number).bytes()),
                    }
                }
            }
            Note::Outgoing(key, id) => {
                if let Some(session) = engine.sessions.get(key) {
                    match session.inflight.get(id) {
                        Some(outgoing) => self.outgoing(session, outgoing),
                        // At worst the client gets again what it has acknowledged, which it must expect at QoS 1. At QoS 2 its
                        // PUBCOMP ends what no PUBLISH follows.
                        None => self.into.remove(&Key::Outgoing(&session.client_id, id).bytes()),
                    }
                }
            }
            Note::Incoming(key, id) => {
                if let Some(session) = engine.sessions.get(key) {
                    self.incoming(session, id);
                }
            }
        }
    }

    fn session(&mut self, key: SessionKey, session: &Session) {
        self.head(key, session);
        for filter in session.subscriptions.keys() {
            self.subscription(session, filter);
        }
        for (number, delivery) in session.queue.numbered() {
            self.queued(session, *number, delivery);
        }
        for outgoing in session.inflight.in_order_of_sending() {
            self.outgoing(session, outgoing);
        }
        for id in session.incoming.iter() {
            self.incoming(session, *id);
        }
    }

    fn head(&mut self, key: SessionKey, session: &Session) {
        let head = Head {
            at: self.at,
            order: u64::from(key.serial),
            session: written_head(self.now, session),
            memo: session.memo.as_deref().map(str::to_owned),
        };
        self.put(Key::Head(&session.client_id), &value::write(&head));
    }

    fn subscription(&mut self, session: &Session, filter: &str) {
        let key = Key::Subscription(&session.client_id, filter);
        match session.subscriptions.get(filter) {
            Some(held) => self.put(key, &value::write(&written_subscription(filter, held))),
            None => self.remove(key),
        }
    }

    fn queued(&mut self, session: &Session, number: u64, delivery: &Delivery) {
        if delivery.qos == QoS::AtMostOnce {
            return;
        }
        let message = self.message(&delivery.message);
        let written = written_delivery(delivery, message as usize);
        self.put(Key::Queued(&session.client_id, number), &value::write(&written));
    }

    fn outgoing(&mut self, session: &Session, outgoing: &Outgoing) {
        let (order, publish) = match &outgoing.stage {
            Stage::Publish(delivery) => {
                let message = self.message(&delivery.message);
                self.keeping.exchanges += 1;
                (
                    self.keeping.exchanges,
                    Some(written_delivery(delivery, message as usize)),
                )
            }
            Stage::PubRel(nth) => (*nth, None),
        };
        let packet_id = outgoing.packet_id;
        let exchange = Exchange { packet_id, publish };
        let written = value::write(&Exchanged { order, exchange });
        self.put(Key::Outgoing(&session.client_id, packet_id), &written);
    }

    fn incoming(&mut self, session: &Session, id: PacketId) {
        let key = Key::Incoming(&session.client_id, id);
        if session.incoming.contains(&id) {
            self.put(key, &[]);
        } else {
            self.remove(key);
        }
    }

    fn retained(&mut self, kept: &super::retained::Kept) {
        let written = Kept {
            at: self.at,
            message: self.message(&kept.message),
            retained_for_nanos: kept.age_nanos(self.now),
        };
        self.put(Key::Retained(&kept.message.topic), &value::write(&written));
    }

    /// The number of the message. It is written once, with whatever names it first.
    fn message(&mut self, message: &Arc<Message>) -> u64 {
        let known = message.number.get();
        let number = known.unwrap_or_else(|| {
            self.keeping.messages += 1;
            message.number.set(self.keeping.messages, &self.keeping.notes);
            self.keeping.messages
        });
        let is_due = match &mut self.anew {
            Some(written) => written.insert(number),
            None => known.is_none(),
        };
        if is_due {
            let value = value::write_message(self.at, written_message(self.now, message));
            self.put(Key::Message(number), &value);
        }
        number
    }
}
