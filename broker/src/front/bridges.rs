//! Bridges: what couples each with our engine, in memory, and with the other broker, over a socket. The other broker lives in
//! real time, whatever the broker's clock shows, and so do they.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::hash::RandomState;
use std::rc::Rc;
use std::sync::Arc;

use broker_bridge::{Bridge, Phase, Side};
use tokio::sync::Notify;

use super::Shell;
use crate::arrival::Arrival;
use crate::backend::Native;
use crate::bridging::{Bridging, Dialer, Line};
use crate::clock::Clock;
use crate::engine::{ConnId, Injected};
use crate::time::Time;
use crate::wire::QoS;

mod home;
mod kept;
mod last;
mod status;
mod talk;
mod told;

use home::Before;
pub use status::BridgeStatus;
use talk::{Step, Talk};

/// So much is read from the other broker at a time.
const READ_BYTES: usize = 64 * 1024;
/// So many bytes go from one side to the other before all others get their turn.
const WORKED_BYTES: usize = 256 * 1024;

/// The bridges of a broker.
pub(crate) struct BridgeRoom {
    /// Real time, from the start of the broker.
    clock: Clock,
    bridges: Vec<Driven>,
    conns: RefCell<HashMap<ConnId, usize, RandomState>>,
    /// A connection to another broker is over.
    line_ended: Notify,
}

/// One of them, with what drives it.
struct Driven {
    bridge: RefCell<Bridge>,
    dialer: Dialer,
    /// Its task has something to do.
    wake: Notify,
    /// Its connection to our engine.
    local: RefCell<Option<ConnId>>,
    /// So many links in a row may have led to this broker.
    suspicions: Cell<u32>,
    /// It has a connection to the other broker.
    has_line: Cell<bool>,
}

impl BridgeRoom {
    /// All chance comes from `seed`.
    pub fn new(seed: u64, bridges: Vec<Bridging>) -> Self {
        let clock = Clock::start();
        let driven = bridges.into_iter().zip(0_u64..).map(|(bridging, nth)| Driven {
            bridge: RefCell::new(Bridge::new(clock.now(), bridging.plan, seed ^ (nth + 1))),
            dialer: bridging.dialer,
            wake: Notify::new(),
            local: RefCell::default(),
            suspicions: Cell::default(),
            has_line: Cell::default(),
        });
        Self {
            bridges: driven.collect(),
            clock,
            conns: RefCell::default(),
            line_ended: Notify::new(),
        }
    }
}

impl Shell {
    /// A bridge for each task that this returns.
    pub(super) fn bridges(self: &Rc<Self>) -> impl Iterator<Item = impl Future<Output = ()> + use<>> {
        let shell = self.clone();
        (0..self.machines.bridges.bridges.len()).map(move |nth| shell.clone().drive_bridge(nth))
    }

    /// Whether this is the connection of a bridge; then both have got what the other had for them.
    pub(super) fn is_of_bridge(&self, native: &RefCell<Native>, id: ConnId) -> bool {
        let nth = self.machines.bridges.conns.borrow().get(&id).copied();
        if let Some(nth) = nth
            && self.couple(native, nth)
            && let Some(driven) = self.machines.bridges.bridges.get(nth)
        {
            driven.wake.notify_one();
        }
        nth.is_some()
    }

    /// After each input: bridges that wait for enough messages, or to be let in again.
    pub(super) fn tend_bridges(&self, native: &RefCell<Native>) {
        for (nth, driven) in self.machines.bridges.bridges.iter().enumerate() {
            let (phase, wants_local) = {
                let bridge = driven.bridge.borrow();
                (bridge.phase(), bridge.wants_local())
            };
            if phase == Phase::Asleep {
                let client_id = driven.bridge.borrow().plan().local.client_id.clone();
                let waiting = native.borrow().engine.waiting_for(&client_id);
                let mut bridge = driven.bridge.borrow_mut();
                bridge.queued(self.machines.bridges.clock.now(), waiting);
                if bridge.phase() != Phase::Asleep {
                    driven.wake.notify_one();
                }
            } else if wants_local && self.couple(native, nth) {
                driven.wake.notify_one();
            }
        }
    }

    /// What bridges have in hand, in words, for those who wait until nothing is on its way. What the other broker has, and what is
    /// on the wire to it and from it, nobody knows here.
    pub(super) fn bridges_at_work(&self) -> Option<String> {
        let bridges = &self.machines.bridges.bridges;
        bridges.iter().find_map(|driven| driven.bridge.borrow().in_hand())
    }

    /// Hands bytes over between a bridge and our engine, both ways, and tells what happened. Whether there was anything.
    fn couple(&self, native: &RefCell<Native>, nth: usize) -> bool {
        let Some(driven) = self.machines.bridges.bridges.get(nth) else {
            return false;
        };
        let now = self.machines.bridges.clock.now();
        let (mut worked, mut is_first) = (0, true);
        loop {
            let moved = self.couple_once(&mut native.borrow_mut(), driven, nth, now);
            Self::tell_of_bridge(&mut native.borrow_mut(), driven);
            let Some(bytes) = moved else { return !is_first };
            is_first = false;
            worked += bytes + 1;
            if worked > WORKED_BYTES {
                driven.wake.notify_one();
                return true;
            }
        }
    }

    /// `None` if nobody had anything to hand over.
    fn couple_once(&self, native: &mut Native, driven: &Driven, nth: usize, now: Time) -> Option<usize> {
        let mut bridge = driven.bridge.borrow_mut();
        let local = *driven.local.borrow();
        let Some(id) = local else {
            let is_away = self.machines.devices.away.get() || self.stopping.get();
            if !bridge.wants_local() || is_away {
                return None;
            }
            let plan = bridge.plan();
            // The settings have said that it may come in.
            let user = plan.local.username.as_ref().unwrap_or(&plan.local.client_id);
            let arrival = Arrival {
                identity: Some(Arc::from(&**user)),
                ..Arrival::default()
            };
            let id = native.open(format!("the bridge {:?}", plan.name));
            kept::before_local(&mut native.engine, driven, &bridge);
            native.engine.arrived(id, arrival);
            self.machines.bridges.conns.borrow_mut().insert(id, nth);
            *driven.local.borrow_mut() = Some(id);
            bridge.local_opened(now);
            return Some(0);
        };
        let out = bridge.outgoing(Side::Local);
        if !out.is_empty() && !native.engine.is_being_checked(id) {
            let taken = native.receive(id, out);
            bridge.sent(now, Side::Local, taken);
            if native.engine.has_unhandled(id) {
                driven.wake.notify_one();
            }
            if taken > 0 {
                return Some(taken);
            }
        }
        let outbox = native.engine.outbox(id).filter(|outbox| outbox.open() > 0);
        if let Some(outbox) = outbox.filter(|_| !bridge.is_deaf(Side::Local)) {
            let front = outbox.front();
            let n = front.len();
            bridge.receive(now, Side::Local, front);
            native.wrote(id, n);
            kept::after_local(&mut native.engine, driven, &mut bridge);
            return Some(n);
        }
        let ended = native.engine.close_reason(id).map(ToString::to_string);
        let is_left =
            bridge.wants_close(Side::Local) && (bridge.outgoing(Side::Local).is_empty() || ended.is_some());
        if ended.is_some() || is_left {
            let why = ended.unwrap_or_else(|| "the bridge closed it".to_owned());
            native.closed(id, &why);
            self.machines.bridges.conns.borrow_mut().remove(&id);
            *driven.local.borrow_mut() = None;
            bridge.local_closed(now, &why);
            return Some(0);
        }
        None
    }

    /// Serves one bridge for as long as the broker runs.
    async fn drive_bridge(self: Rc<Self>, nth: usize) {
        let Some(native) = self.backend.shared_native() else {
            return;
        };
        let Some(driven) = self.machines.bridges.bridges.get(nth) else {
            return;
        };
        Self::say_state(&mut native.borrow_mut(), driven, "0");
        loop {
            self.bridge_moved(&native, nth);
            let dial = driven.bridge.borrow_mut().dial(self.machines.bridges.clock.now());
            let Some(address) = dial else {
                self.bridge_waits(driven, std::future::pending::<()>()).await;
                continue;
            };
            self.bridge_moved(&native, nth);
            match driven.dialer.connect(address).await {
                Ok(line) => {
                    driven.has_line.set(true);
                    self.serve_line(&native, nth, line).await;
                    driven.has_line.set(false);
                    self.machines.bridges.line_ended.notify_one();
                }
                Err(why) => driven
                    .bridge
                    .borrow_mut()
                    .remote_closed(self.machines.bridges.clock.now(), &why),
            }
        }
    }

    /// Something happened to a bridge: all that follows, for everybody.
    fn bridge_moved(&self, native: &RefCell<Native>, nth: usize) {
        self.couple(native, nth);
        self.after_input();
    }

    /// Waits until the bridge has something to do, or something is due, or for `other`.
    async fn bridge_waits<T>(&self, driven: &Driven, other: impl Future<Output = T>) -> Option<T> {
        let due = driven.bridge.borrow().next_timeout();
        let due = due.and_then(|due| self.machines.bridges.clock.instant_of(due));
        let is_due = async {
            match due {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            done = other => return Some(done),
            () = driven.wake.notified() => {}
            () = is_due => {}
        }
        driven.bridge.borrow_mut().tick(self.machines.bridges.clock.now());
        // The others get their turn.
        tokio::task::yield_now().await;
        None
    }

    /// The connection to the other broker, to its end.
    async fn serve_line(self: &Rc<Self>, native: &RefCell<Native>, nth: usize, line: Box<dyn Line>) {
        let Some(driven) = self.machines.bridges.bridges.get(nth) else {
            return;
        };
        let clock = &self.machines.bridges.clock;
        let own = line.socket().local_addr().ok();
        let mut before = Some(Before::of(native, driven, own));
        driven.bridge.borrow_mut().remote_opened(clock.now());
        let mut talk = Talk {
            line,
            bytes: vec![0; READ_BYTES],
            unflushed: false,
            deaf_to_us: None,
        };
        let why = loop {
            self.bridge_moved(native, nth);
            let step = poll_fn(|context| talk.poll(context, &driven.bridge.borrow()));
            let Some(step) = self.bridge_waits(driven, step).await else {
                if driven.bridge.borrow_mut().wants_probe(clock.now()) {
                    tokio::task::spawn_local(self.clone().probe(nth));
                }
                continue;
            };
            let now = clock.now();
            match step {
                Step::Wrote(n) => driven.bridge.borrow_mut().sent(now, Side::Remote, n),
                Step::Came(n) => {
                    let bytes = talk.bytes.get(..n).unwrap_or_default();
                    driven.bridge.borrow_mut().receive(now, Side::Remote, bytes);
                    if driven.bridge.borrow().is_let_in()
                        && let Some(before) = before.take()
                    {
                        home::look(native, driven, &before, now);
                    }
                }
                Step::Ended(why) => break why,
            }
            // The others get their turn.
            tokio::task::yield_now().await;
        };
        driven.bridge.borrow_mut().remote_closed(clock.now(), &why);
    }

    /// Looks whether the main address can be reached again, where another one is in use.
    async fn probe(self: Rc<Self>, nth: usize) {
        let Some(driven) = self.machines.bridges.bridges.get(nth) else {
            return;
        };
        let reached = driven.dialer.connect(0).await.is_ok();
        driven
            .bridge
            .borrow_mut()
            .probed(self.machines.bridges.clock.now(), reached);
        driven.wake.notify_one();
    }

    /// Says in our broker whether the bridge is connected.
    fn say_state(native: &mut Native, driven: &Driven, state: &str) {
        let bridge = driven.bridge.borrow();
        let Some(notification) = &bridge.plan().notification else {
            return;
        };
        let message = Injected::text(&notification.topic, state)
            .qos(QoS::AtLeastOnce)
            .retained();
        let now = native.clock.now();
        // An invalid topic, or one of the broker's own, was refused with the settings.
        let _ = native.engine.publish(now, message);
    }
}
