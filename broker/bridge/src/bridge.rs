//! [`Bridge`]: what it is, and what its driver calls.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use broker_core::chance::Rng;
use broker_core::time::Time;

use crate::backoff::Wait;
use crate::inbound::Inbound;
use crate::leg::{Leg, Side};
use crate::link::{Link, Takes};
use crate::plan::{Plan, Start};
use crate::status::{Phase, Status, Told};

/// For so long a connection may take to begin, from its socket to its last SUBACK.
pub(crate) const BEGIN_SECS: u32 = 30;
/// What the other broker has not spoken of for so long, on one link, it has forgotten.
pub(crate) const FORGOTTEN_SECS: u32 = 300;
/// So much may lie here that nobody asked [`Bridge::next_told`] for; beyond it the oldest goes.
const MOST_TOLD: usize = 1_000;

/// A bridge. How to drive it stands at the top of this crate.
#[derive(Debug)]
pub struct Bridge {
    pub(crate) plan: Plan,
    pub(crate) chance: Rng,
    pub(crate) phase: Phase,
    pub(crate) since: Time,
    pub(crate) local: Leg,
    pub(crate) remote: Leg,
    pub(crate) link: Link,
    /// What our broker takes, as it last said.
    pub(crate) local_takes: Takes,
    pub(crate) address: usize,
    /// Addresses that were tried since the last link or wait.
    pub(crate) tried: usize,
    /// The driver is on its way to the address.
    pub(crate) dialing: bool,
    pub(crate) wait: Wait,
    /// When it connects again (`Waiting`), or gives up (`Beginning`, `Connecting`).
    pub(crate) due: Time,
    /// Whether each address takes that this is a bridge.
    pub(crate) private: Vec<bool>,
    /// The session in our broker was made.
    pub(crate) has_session: bool,
    /// A message that our broker sends under an identifier goes to the other under one that is so much greater, counted in a
    /// circle. It is drawn once for a session, so that what a session before it has left there is not taken for the same.
    pub(crate) offset: u16,
    /// It was drawn, and nobody has asked for it yet.
    pub(crate) is_drawn: bool,
    pub(crate) inbound: Inbound,
    /// Identifiers that the last link left under way in the other broker.
    pub(crate) left_there: BTreeSet<u16>,
    /// What the other broker has under way of this session, if anything, is not what ours has.
    pub(crate) anew_there: bool,
    /// Filters that former rules left in the sessions of both brokers.
    pub(crate) stale_here: Vec<String>,
    pub(crate) stale_there: Vec<String>,
    pub(crate) keep_alive: Duration,
    pub(crate) last_sent: Time,
    pub(crate) last_came: Time,
    /// PINGREQ is not answered, nor has anything else come since.
    pub(crate) pinged: Option<Time>,
    /// When a message crossed last.
    pub(crate) last_message: Time,
    /// When the main address is asked for again.
    pub(crate) probe: Time,
    /// When the other broker has forgotten what this link has not heard of.
    pub(crate) forgotten: Time,
    pub(crate) counts: Counts,
    told: VecDeque<Told>,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    refused: u64,
    last_refused: Option<String>,
    pub(crate) connects: u64,
    pub(crate) last_lost: Option<String>,
    pub(crate) last_failed: Option<String>,
}

impl Bridge {
    /// A bridge that begins now. All its chance comes from `seed`.
    pub fn new(now: Time, plan: Plan, seed: u64) -> Self {
        let mut chance = Rng::new(seed);
        Self {
            phase: if plan.local_clean {
                Phase::Connecting
            } else {
                Phase::Beginning
            },
            since: now,
            local: Leg::default(),
            remote: Leg::default(),
            link: Link::default(),
            local_takes: Takes::default(),
            address: 0,
            tried: 0,
            dialing: false,
            wait: Wait::new(plan.backoff),
            due: now.plus_secs(BEGIN_SECS),
            private: vec![plan.try_private && !plan.version.is_v5(); plan.addresses.max(1)],
            has_session: false,
            offset: chance.below(65_535) as u16,
            is_drawn: false,
            inbound: Inbound::default(),
            left_there: BTreeSet::new(),
            anew_there: false,
            stale_here: Vec::new(),
            stale_there: Vec::new(),
            keep_alive: Duration::ZERO,
            last_sent: now,
            last_came: now,
            pinged: None,
            last_message: now,
            probe: Time::NEVER,
            forgotten: Time::NEVER,
            counts: Counts::default(),
            told: VecDeque::new(),
            chance,
            plan,
        }
    }

    /// What it was told to do.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How it is doing.
    pub fn status(&self) -> Status {
        Status {
            phase: self.phase,
            since: self.since,
            address: self.address,
            sent: self.counts.sent,
            received: self.counts.received,
            refused: self.counts.refused,
            last_refused: self.counts.last_refused.clone(),
            connects: self.counts.connects,
            last_lost: self.counts.last_lost.clone(),
            last_failed: self.counts.last_failed.clone(),
            next_try: (self.phase == Phase::Waiting).then_some(self.due),
            under_way: self.link.outbound.len()
                + self.inbound.heard()
                + self.link.incoming.len()
                + self.link.held.len(),
        }
    }

    /// What it is at.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The address that it is connected to, or that it tried last or tries next: its place among all, from 0.
    pub fn address(&self) -> usize {
        self.address
    }

    /// The next thing that happened.
    pub fn next_told(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    pub(crate) fn tell(&mut self, told: Told) {
        if self.told.len() >= MOST_TOLD {
            self.told.pop_front();
        }
        self.told.push_back(told);
    }

    pub(crate) fn refused(&mut self, outgoing: bool, topic: &str, why: String) {
        self.counts.refused += 1;
        self.counts.last_refused = Some(format!("{topic}: {why}"));
        let topic = topic.to_owned();
        self.tell(Told::Refused { outgoing, topic, why });
    }

    /// Whether a connection to our broker is to be opened now.
    pub fn wants_local(&self) -> bool {
        !self.local.open
            && (self.phase == Phase::Beginning || (self.phase == Phase::Connecting && self.remote.accepted))
    }

    /// The address to connect to now, if it is to connect to one that the driver is not on its way to.
    pub fn dial(&mut self, now: Time) -> Option<usize> {
        if self.phase != Phase::Connecting || self.dialing || self.remote.open {
            return None;
        }
        self.dialing = true;
        self.due = now.plus_secs(BEGIN_SECS);
        let address = self.address;
        self.tell(Told::Connecting { address });
        Some(address)
    }

    /// The connection to our broker is open.
    pub fn local_opened(&mut self, _now: Time) {
        self.local.begin();
        self.say_connect_here();
    }

    /// The connection to the other broker is open.
    pub fn remote_opened(&mut self, now: Time) {
        self.dialing = false;
        if self.phase != Phase::Connecting {
            self.remote.begin();
            self.remote.closing = true;
            return;
        }
        self.remote.begin();
        self.link = Link::default();
        self.inbound.begin_link();
        (self.last_sent, self.last_came, self.pinged) = (now, now, None);
        self.say_connect_there();
    }

    /// The connection to our broker is over.
    pub fn local_closed(&mut self, now: Time, why: &str) {
        let was_wanted = self.local.open && !self.local.closing;
        self.local.end();
        if was_wanted {
            self.lose(now, format!("our broker closed its connection: {why}"));
        }
    }

    /// The connection to the other broker is over, or there was none to be had.
    pub fn remote_closed(&mut self, now: Time, why: &str) {
        self.dialing = false;
        let was_wanted = !self.remote.closing && self.phase != Phase::Waiting;
        let unanswered = self.remote.open && !self.remote.accepted;
        self.remote.end();
        if !was_wanted || !matches!(self.phase, Phase::Connecting | Phase::Connected) {
            return;
        }
        if unanswered && self.falls_back() {
            return;
        }
        self.lose(now, why.to_owned());
    }

    /// Asks the same address again without saying that this is a bridge, if it did say so.
    pub(crate) fn falls_back(&mut self) -> bool {
        let private = self.private.get_mut(self.address);
        private.is_some_and(std::mem::take)
    }

    /// Whether nothing is to be read from this side for now.
    pub fn is_deaf(&self, side: Side) -> bool {
        !self.may_handle(side)
    }

    /// Bytes came.
    pub fn receive(&mut self, now: Time, side: Side, bytes: &[u8]) {
        if side == Side::Remote {
            (self.last_came, self.pinged) = (now, None);
        }
        let leg = self.leg_mut(side);
        if !leg.open || leg.closing {
            return;
        }
        leg.inbox.extend_from_slice(bytes);
        self.work(now);
    }

    /// What is to go to this side.
    pub fn outgoing(&self, side: Side) -> &[u8] {
        self.leg(side).unsent()
    }

    /// So many bytes of it are gone.
    pub fn sent(&mut self, now: Time, side: Side, n: usize) {
        let was_full = self.leg(side).is_full();
        self.leg_mut(side).sent(n);
        if side == Side::Remote {
            self.last_sent = now;
        }
        if was_full && !self.leg(side).is_full() {
            self.work(now);
        }
    }

    /// Whether this connection is to be closed, once what is to go has gone.
    pub fn wants_close(&self, side: Side) -> bool {
        self.leg(side).open && self.leg(side).closing
    }

    /// So many messages wait for the bridge in our broker, while it has no connection there.
    pub fn queued(&mut self, now: Time, messages: usize) {
        let Start::Lazy { threshold, .. } = self.plan.start else {
            return;
        };
        if self.phase == Phase::Asleep && messages >= threshold.max(1) {
            self.enter(now, Phase::Connecting);
        }
    }

    /// Whether the driver should look if the main address can be reached, and say so with [`Bridge::probed`].
    pub fn wants_probe(&mut self, now: Time) -> bool {
        let is_due = self.phase == Phase::Connected && self.probe <= now;
        if is_due {
            self.probe = Time::NEVER;
        }
        is_due
    }

    /// Whether the main address could be reached.
    pub fn probed(&mut self, now: Time, reached: bool) {
        if self.phase != Phase::Connected || self.address == 0 {
            return;
        }
        if !reached {
            self.probe = now + self.plan.backoff.base();
            return;
        }
        self.end_link(
            now,
            "the main address answers again".to_owned(),
            Some(Duration::ZERO),
        );
        (self.address, self.tried) = (0, 0);
        self.enter(now, Phase::Connecting);
    }

    /// The broker stops: what is to go goes, and both connections end. It does not connect any more.
    pub fn stop(&mut self, now: Time) {
        let has_link = self.remote.open;
        self.close_legs();
        if has_link {
            self.counts.last_lost = Some("the broker stopped".to_owned());
        }
        self.enter(now, Phase::Over);
    }
}
