//! [`Bridge`]: its life, from connection to connection.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use broker_core::chance::Rng;
use broker_core::time::Time;
use broker_core::wire::{self, Ack, Disconnect, MAX_REMAINING_LENGTH, Packet, ReasonCode, Version};
use serde::{Deserialize, Serialize};

use crate::backoff::Wait;
use crate::leg::{Leg, Side};
use crate::link::{Link, Takes};
use crate::plan::{Plan, Start};
use crate::status::{Phase, Status, Told};

/// For so long a connection may take to begin, from its socket to its last SUBACK.
const BEGIN_SECS: u32 = 30;
/// So much may lie here that nobody asked [`Bridge::next_told`] for; beyond it the oldest goes.
const MOST_TOLD: usize = 1_000;

/// What must outlive the process, where the sessions of both brokers do: with it, nothing comes twice at QoS 2.
///
/// ```
/// let state = broker_bridge::State { offset: 7, inbound: vec![1, 2] };
/// let text = serde_json::to_string(&state)?;
/// assert_eq!(text, r#"{"offset":7,"inbound":[1,2]}"#);
/// assert_eq!(serde_json::from_str::<broker_bridge::State>(&text)?, state);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// A message that our broker sends under an identifier goes to the other under one that is so much greater, counted in a
    /// circle. It is drawn once for a session, so that what a session before it has left there is not taken for the same.
    pub offset: u16,
    /// Identifiers of QoS 2 messages from the other broker for which ours may wait for PUBREL.
    pub inbound: Vec<u16>,
}

/// A bridge. How to drive it stands at the top of this crate.
#[derive(Debug)]
pub struct Bridge {
    pub(crate) plan: Plan,
    chance: Rng,
    pub(crate) phase: Phase,
    since: Time,
    pub(crate) local: Leg,
    pub(crate) remote: Leg,
    pub(crate) link: Link,
    /// What our broker takes, as it last said.
    pub(crate) local_takes: Takes,
    pub(crate) address: usize,
    /// Addresses that were tried since the last link or wait.
    tried: usize,
    /// The driver is on its way to the address.
    dialing: bool,
    wait: Wait,
    /// When it connects again (`Waiting`), or gives up (`Beginning`, `Connecting`).
    due: Time,
    /// Whether each address takes that this is a bridge.
    pub(crate) private: Vec<bool>,
    /// The session in our broker was made.
    pub(crate) has_session: bool,
    pub(crate) offset: u16,
    pub(crate) inbound: BTreeSet<u16>,
    /// Identifiers that the last link left under way in the other broker.
    pub(crate) left_there: BTreeSet<u16>,
    pub(crate) keep_alive: Duration,
    pub(crate) last_sent: Time,
    last_came: Time,
    /// PINGREQ is not answered, nor has anything else come since.
    pinged: Option<Time>,
    /// When a message crossed last.
    pub(crate) last_message: Time,
    /// When the main address is asked for again.
    probe: Time,
    pub(crate) counts: Counts,
    told: VecDeque<Told>,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    refused: u64,
    last_refused: Option<String>,
    connects: u64,
    last_lost: Option<String>,
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
            inbound: BTreeSet::new(),
            left_there: BTreeSet::new(),
            keep_alive: Duration::ZERO,
            last_sent: now,
            last_came: now,
            pinged: None,
            last_message: now,
            probe: Time::NEVER,
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

    /// What must outlive the process.
    pub fn state(&self) -> State {
        State {
            offset: self.offset,
            inbound: self.inbound.iter().copied().collect(),
        }
    }

    /// Goes on from a state that was kept together with the session in our broker. Before anything else.
    pub fn restore(&mut self, state: State) {
        self.offset = state.offset % 65_535;
        self.inbound = state.inbound.into_iter().filter(|id| *id > 0).collect();
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
            next_try: (self.phase == Phase::Waiting).then_some(self.due),
            under_way: self.link.outbound.len()
                + self.inbound.len()
                + self.link.incoming.len()
                + self.link.held.len(),
        }
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

    /// The broker stops: what is to go goes, and both connections end.
    pub fn stop(&mut self, now: Time) {
        let has_link = self.remote.open;
        self.close_legs();
        if has_link {
            self.counts.last_lost = Some("the broker stopped".to_owned());
        }
        self.enter(now, Phase::Over);
    }

    /// What is due.
    pub fn tick(&mut self, now: Time) {
        match self.phase {
            Phase::Waiting if self.due <= now => {
                let next = if self.has_session || self.plan.local_clean {
                    Phase::Connecting
                } else {
                    Phase::Beginning
                };
                self.enter(now, next);
            }
            Phase::Beginning if self.due <= now => {
                self.lose(now, "our broker does not answer".to_owned());
            }
            Phase::Connecting if self.due <= now && (self.dialing || self.remote.open) => {
                self.dialing = false;
                let what = if self.remote.accepted {
                    "does not answer SUBSCRIBE"
                } else {
                    "does not answer"
                };
                self.lose(now, format!("it {what} within {BEGIN_SECS} s"));
            }
            Phase::Connected => self.tick_link(now),
            _ => {}
        }
    }

    fn tick_link(&mut self, now: Time) {
        if let Some(idle) = self.idle_at().filter(|idle| *idle <= now) {
            let _ = idle;
            self.end_link(now, "nothing crossed for a while".to_owned(), None);
            self.enter(now, Phase::Asleep);
            return self.tell(Told::Asleep);
        }
        if self.keep_alive.is_zero() {
            return;
        }
        match self.pinged {
            Some(at) if at + self.keep_alive <= now => {
                let secs = self.keep_alive.as_secs();
                self.lose(now, format!("it did not answer PINGREQ within {secs} s"));
            }
            None if self.last_sent.min(self.last_came) + self.keep_alive <= now => {
                self.write(Side::Remote, &Packet::PingReq);
                self.pinged = Some(now);
            }
            _ => {}
        }
    }

    fn idle_at(&self) -> Option<Time> {
        let Start::Lazy {
            idle_timeout_secs, ..
        } = self.plan.start
        else {
            return None;
        };
        let is_idle = self.link.outbound.is_empty() && self.link.incoming.is_empty();
        is_idle.then(|| self.last_message.plus_secs(idle_timeout_secs))
    }

    /// When something is due next.
    pub fn next_timeout(&self) -> Option<Time> {
        match self.phase {
            Phase::Waiting | Phase::Beginning => Some(self.due),
            Phase::Connecting => (self.dialing || self.remote.open).then_some(self.due),
            Phase::Connected => {
                let quiet_since = self.pinged.unwrap_or(self.last_sent.min(self.last_came));
                let ping = (!self.keep_alive.is_zero()).then_some(quiet_since + self.keep_alive);
                let probe = Some(self.probe).filter(|at| *at != Time::NEVER);
                [ping, probe, self.idle_at()].into_iter().flatten().min()
            }
            Phase::Asleep | Phase::Over => None,
        }
    }

    pub(crate) fn enter(&mut self, now: Time, phase: Phase) {
        (self.phase, self.since) = (phase, now);
        match phase {
            Phase::Beginning | Phase::Connecting => self.due = now.plus_secs(BEGIN_SECS),
            Phase::Connected => {
                self.counts.connects += 1;
                self.tried = 0;
                self.wait.reset();
                self.last_message = now;
                let is_second = self.address > 0 && !self.plan.round_robin;
                let again = now + self.plan.backoff.base();
                self.probe = if is_second { again } else { Time::NEVER };
            }
            _ => {}
        }
    }

    /// There is no link, for a reason in words: it waits, or goes on with the next address.
    pub(crate) fn lose(&mut self, now: Time, why: String) {
        let was_connected = self.phase == Phase::Connected;
        if self.plan.start == Start::Once {
            self.end_link(now, why, None);
            return self.enter(now, Phase::Over);
        }
        let addresses = self.plan.addresses.max(1);
        self.tried += 1;
        let came_this_far = self.phase != Phase::Beginning;
        // The other addresses are tried at once.
        let wait = if came_this_far && !was_connected && self.tried < addresses {
            Duration::ZERO
        } else {
            self.wait.next(&mut self.chance)
        };
        self.end_link(now, why, Some(wait));
        if came_this_far {
            let next = if was_connected && !self.plan.round_robin {
                0
            } else {
                self.address + 1
            };
            self.address = next % addresses;
        }
        if !wait.is_zero() {
            self.tried = 0;
        }
        self.due = now + wait;
        (self.phase, self.since) = (Phase::Waiting, now);
        if wait.is_zero() {
            self.tick(now);
        }
    }

    fn end_link(&mut self, _now: Time, why: String, again_in: Option<Duration>) {
        let address = self.address;
        self.counts.last_lost = Some(why.clone());
        self.close_legs();
        self.tell(Told::Lost {
            address,
            why,
            again_in,
        });
    }

    /// Both connections are to end. What this link had under way is sent again in the next: it is in the sessions.
    fn close_legs(&mut self) {
        let there: Vec<u16> = self
            .link
            .outbound
            .keys()
            .map(|id| self.there(*id).get())
            .collect();
        self.left_there.extend(there);
        self.link = Link::default();
        if self.local.open {
            self.local.inbox.clear();
            if self.local.accepted {
                self.say_goodbye(Side::Local, ReasonCode::SUCCESS);
            }
            self.local.closing = true;
        }
        if self.remote.open {
            self.remote.inbox.clear();
            // The will says there that it is gone.
            if self.remote.accepted && self.plan.version.is_v5() {
                self.say_goodbye(Side::Remote, ReasonCode::DISCONNECT_WITH_WILL);
            }
            self.remote.closing = true;
        }
    }

    fn say_goodbye(&mut self, side: Side, reason: ReasonCode) {
        let properties = wire::DisconnectProperties::default();
        self.write(side, &Packet::Disconnect(Disconnect { reason, properties }));
    }

    pub(crate) fn version(&self, side: Side) -> Version {
        match side {
            Side::Local => Version::V5,
            Side::Remote => self.plan.version,
        }
    }

    pub(crate) fn write(&mut self, side: Side, packet: &Packet<'_>) {
        let version = self.version(side);
        packet.encode(version, &mut self.leg_mut(side).out);
    }

    /// An acknowledgement; in 3.x it has no reason.
    pub(crate) fn ack(
        &mut self,
        side: Side,
        of: fn(Ack<'static>) -> Packet<'static>,
        id: wire::PacketId,
        reason: ReasonCode,
    ) {
        let ack = Ack {
            packet_id: id,
            reason,
            properties: wire::ReasonProperties::default(),
        };
        self.write(side, &of(ack));
    }

    fn leg(&self, side: Side) -> &Leg {
        match side {
            Side::Local => &self.local,
            Side::Remote => &self.remote,
        }
    }

    pub(crate) fn leg_mut(&mut self, side: Side) -> &mut Leg {
        match side {
            Side::Local => &mut self.local,
            Side::Remote => &mut self.remote,
        }
    }

    /// The identifier in the other broker of a message that has this one in ours.
    pub(crate) fn there(&self, id: u16) -> wire::PacketId {
        let there = (u32::from(id) - 1 + u32::from(self.offset)) % 65_535 + 1;
        wire::PacketId::new(there as u16).unwrap_or(wire::PacketId::MIN)
    }

    /// The other way round.
    pub(crate) fn here(&self, id: u16) -> wire::PacketId {
        let here = (u32::from(id) - 1 + 65_535 - u32::from(self.offset)) % 65_535 + 1;
        wire::PacketId::new(here as u16).unwrap_or(wire::PacketId::MIN)
    }

    /// Whether what came from this side may be handled now.
    fn may_handle(&self, side: Side) -> bool {
        match side {
            Side::Local if !self.local.accepted || self.phase == Phase::Beginning => true,
            Side::Local => self.link.remote_ready && !self.remote.is_full(),
            Side::Remote if !self.remote.accepted => true,
            Side::Remote => self.local.accepted && !self.local.is_full(),
        }
    }

    /// Handles all that came, as far as it may be.
    pub(crate) fn work(&mut self, now: Time) {
        while self.work_on(now, Side::Remote) | self.work_on(now, Side::Local) {}
    }

    fn work_on(&mut self, now: Time, side: Side) -> bool {
        let inbox = std::mem::take(&mut self.leg_mut(side).inbox);
        let (mut at, version) = (0, self.version(side));
        while !self.leg(side).closing && self.may_handle(side) {
            let rest = inbox.get(at..).unwrap_or_default();
            let len = match wire::frame(rest, MAX_REMAINING_LENGTH + 5) {
                Ok(Some(len)) if len <= rest.len() => len,
                Ok(_) => break,
                Err(error) => return self.broken(now, side, &error.to_string()),
            };
            let bytes = rest.get(..len).unwrap_or_default();
            match wire::decode(version, bytes) {
                Ok(packet) if side == Side::Local => self.from_local(now, packet),
                Ok(packet) => self.from_remote(now, packet, bytes),
                Err(error) => return self.broken(now, side, &error.to_string()),
            }
            at += len;
        }
        let leg = self.leg_mut(side);
        if leg.open && !leg.closing {
            leg.inbox = inbox;
            leg.inbox.drain(..at);
        }
        at > 0
    }

    fn broken(&mut self, now: Time, side: Side, what: &str) -> bool {
        let whose = if side == Side::Local { "our broker" } else { "it" };
        self.lose(now, format!("{whose} sent what cannot be read: {what}"));
        true
    }
}
