//! The one seam between the front door and the engines behind it.
//!
//! [`Native`], our own engine, knows MQTT and no sockets: the front reads and writes for it. [`Relay`] passes bytes on
//! to a broker that is not ours, elsewhere or embedded ([`Rumqttd`]), and drives its connections itself.

mod acknowledge;
mod native;
mod played;
mod relay;
mod rumqttd;

use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::engine::{ConnId, Contract, Engine, Event, Stats};
use crate::journal::{ClockChange, Journal};
use crate::time::Time;
use crate::wire;

pub(crate) use acknowledge::{ACKNOWLEDGES_AT_ONCE, LITTLE_BYTES, acknowledge_at_once};
pub(crate) use native::Native;
pub(crate) use played::PlayedBroker;
pub(crate) use relay::{Book, Relay, Rules, Target, Upstream};
pub(crate) use rumqttd::Rumqttd;

/// The engine that answers the clients. The two kinds differ in who drives the connections: the front drives those of
/// our own engine and asks [`Native`] directly; the relay drives its own. Here are the questions that both can answer.
#[derive(Debug, Clone)]
pub(crate) enum Backend {
    /// Our own engine, in this thread.
    Native(Rc<RefCell<Native>>),
    /// A broker that is not ours.
    Relay(Rc<Relay>),
}

/// What a condition depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Clients, sessions and subscriptions.
    Clients,
    /// What clients acknowledged.
    Acknowledged,
    /// Retained messages.
    Retained,
}

impl Sign {
    pub const ALL: [Self; 3] = [Self::Clients, Self::Acknowledged, Self::Retained];
}

impl Backend {
    /// Our own engine with its clock.
    pub(crate) fn of_engine(engine: Engine, clock: Clock) -> Self {
        let native = Native {
            engine,
            clock,
            keeper: None,
        };
        Self::Native(Rc::new(RefCell::new(native)))
    }

    /// Does this once what was just changed is kept; at once where nothing was, or nobody keeps anything.
    pub(crate) fn then(&self, work: impl FnOnce() + Send + 'static) {
        match self {
            Self::Native(native) => native.borrow_mut().then(work),
            Self::Relay(_) => work(),
        }
    }

    /// Our own engine, if it answers the clients.
    pub(crate) fn native(&self) -> Option<Ref<'_, Native>> {
        match self {
            Self::Native(native) => Some(native.borrow()),
            Self::Relay(_) => None,
        }
    }

    /// The same, for a task that keeps it.
    pub(crate) fn shared_native(&self) -> Option<Rc<RefCell<Native>>> {
        match self {
            Self::Native(native) => Some(native.clone()),
            Self::Relay(_) => None,
        }
    }

    /// The same, to change it.
    pub(crate) fn native_mut(&self) -> Option<RefMut<'_, Native>> {
        match self {
            Self::Native(native) => Some(native.borrow_mut()),
            Self::Relay(_) => None,
        }
    }

    /// The relay, if it is one.
    pub(crate) fn relay(&self) -> Option<&Rc<Relay>> {
        match self {
            Self::Native(_) => None,
            Self::Relay(relay) => Some(relay),
        }
    }

    pub(crate) fn journal(&self) -> Ref<'_, Journal> {
        match self {
            Self::Native(native) => Ref::map(native.borrow(), |native| native.engine.journal()),
            Self::Relay(relay) => Ref::map(relay.book.borrow(), |book| &book.journal),
        }
    }

    pub(crate) fn journal_mut(&self) -> RefMut<'_, Journal> {
        match self {
            Self::Native(native) => RefMut::map(native.borrow_mut(), |native| native.engine.journal_mut()),
            Self::Relay(relay) => RefMut::map(relay.book.borrow_mut(), |book| &mut book.journal),
        }
    }

    /// From now on clients are held against this, if there is anything in it.
    pub(crate) fn set_contract(&self, contract: Option<Arc<dyn Contract>>) {
        match self {
            Self::Native(native) => native.borrow_mut().engine.set_contract(contract),
            Self::Relay(relay) => relay.book.borrow_mut().set_contract(contract),
        }
    }

    pub(crate) fn now(&self) -> Time {
        match self {
            Self::Native(native) => native.borrow().clock.now(),
            Self::Relay(relay) => relay.book.borrow().clock.now(),
        }
    }

    /// When the real time for `at` is; `None` if it never comes by waiting.
    pub(crate) fn instant_of(&self, at: Time) -> Option<Instant> {
        match self {
            Self::Native(native) => native.borrow().clock.instant_of(at),
            Self::Relay(relay) => relay.book.borrow().clock.instant_of(at),
        }
    }

    /// Stops the clock, or lets it run again.
    pub(crate) fn freeze(&self, is: bool) {
        let mut was = false;
        self.with_clock(|clock| {
            was = clock.is_frozen();
            if is {
                clock.freeze();
            } else {
                clock.resume();
            }
        });
        if was != is {
            let change = if is {
                ClockChange::Stopped
            } else {
                ClockChange::Runs
            };
            self.clock_changed(change, Duration::ZERO);
        }
    }

    /// The journal tells what was done to the clock.
    pub(crate) fn clock_changed(&self, change: ClockChange, by: Duration) {
        match self {
            Self::Native(native) => {
                let native = &mut *native.borrow_mut();
                native.engine.clock_changed(native.clock.now(), change, by);
            }
            Self::Relay(relay) => relay.book.borrow_mut().event(None, Event::Clock { change, by }),
        }
    }

    /// The clock shows `by` more from now on.
    pub(crate) fn skip(&self, by: Duration) {
        self.with_clock(|clock| clock.skip(by));
    }

    /// Changes the clock.
    pub(crate) fn with_clock(&self, work: impl FnOnce(&mut Clock)) {
        match self {
            Self::Native(native) => work(&mut native.borrow_mut().clock),
            Self::Relay(relay) => work(&mut relay.book.borrow_mut().clock),
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        match self {
            Self::Native(native) => native.borrow().engine.stats(),
            Self::Relay(relay) => relay.book.borrow().stats,
        }
    }

    pub(crate) fn collect_events(&self, on: bool) {
        match self {
            Self::Native(native) => native.borrow_mut().engine.collect_events(on),
            Self::Relay(relay) => relay.book.borrow_mut().collect_events(on),
        }
    }

    pub(crate) fn next_event(&self) -> Option<Event> {
        match self {
            Self::Native(native) => native.borrow_mut().engine.next_event(),
            Self::Relay(relay) => relay.book.borrow_mut().next_event(),
        }
    }

    pub(crate) fn is_connected(&self, client_id: &str) -> bool {
        match self {
            Self::Native(native) => native.borrow().engine.is_connected(client_id),
            Self::Relay(relay) => relay.book.borrow().is_connected(client_id),
        }
    }

    /// The first `most` clients behind this identifier that are connected, in order.
    pub(crate) fn connected_behind(&self, after: &str, most: usize) -> Vec<String> {
        match self {
            Self::Native(native) => native.borrow().engine.connected_behind(after, most),
            Self::Relay(relay) => relay.book.borrow().connected_behind(after, most),
        }
    }

    /// Whether the client was ever here.
    pub(crate) fn has_seen(&self, client_id: &str) -> bool {
        match self {
            Self::Native(native) => native.borrow().engine.has_seen(client_id),
            Self::Relay(relay) => relay.book.borrow().has_seen(client_id),
        }
    }

    pub(crate) fn is_subscribed(&self, client_id: &str, filter: &str) -> bool {
        match self {
            Self::Native(native) => native.borrow().engine.is_subscribed(client_id, filter),
            Self::Relay(relay) => relay.book.borrow().is_subscribed(client_id, filter),
        }
    }

    /// Whether `so` holds for our own engine.
    pub(crate) fn is(&self, so: impl FnOnce(&Engine) -> bool) -> bool {
        self.native().is_some_and(|native| so(&native.engine))
    }

    /// What is another once a condition of this kind may have become true. To compare it costs less than to ask each condition.
    pub(crate) fn sign(&self, of: Sign) -> [u64; 3] {
        let native = match self {
            Self::Native(native) => native.borrow(),
            // There only clients and subscriptions can be waited for.
            Self::Relay(relay) => return [relay.book.borrow().happened, 0, 0],
        };
        let happened = native.engine.changes();
        match of {
            Sign::Clients => [happened, 0, 0],
            Sign::Acknowledged => {
                let stats = native.engine.stats();
                let others = stats.packets_received - stats.publish_received;
                [happened, others, stats.dropped()]
            }
            Sign::Retained => [happened, native.engine.retained_ever(), 0],
        }
    }

    /// How things stand, as our own engine tells it. Behind a relay nobody knows more than what rules keep back.
    pub(crate) fn stands(&self, tell: impl FnOnce(&mut Engine, Time) -> String) -> String {
        match self.native_mut() {
            Some(mut native) => {
                let now = native.clock.now();
                tell(&mut native.engine, now)
            }
            None => self.relay().map(|relay| relay.stands()).unwrap_or_default(),
        }
    }

    /// What is still going on, in words. Behind a relay nobody knows.
    /// Nor do the exchanges of connections count where rules hold what is on its way.
    pub(crate) fn unsettled(&self, is_held: impl Fn(ConnId) -> bool) -> Option<String> {
        let native = self.native()?;
        native.engine.unsettled_but(native.clock.now(), is_held)
    }

    /// A connection was not let in: there are too many.
    pub(crate) fn turned_away(&self) {
        match self {
            Self::Native(native) => native.borrow_mut().engine.turned_away(),
            Self::Relay(relay) => relay.book.borrow_mut().stats.connections_turned_away += 1,
        }
    }

    pub(crate) fn stop(&self) {
        match self {
            Self::Native(native) => native.borrow_mut().stop(),
            Self::Relay(relay) => relay.stop(),
        }
    }
}

/// How much of a packet came, in words, if `bytes` are the beginning of a packet and no more.
pub(crate) fn half_packet(bytes: &[u8]) -> Option<String> {
    let came = bytes.len();
    // A packet that is too large or malformed is refused as soon as its header is there.
    match wire::frame(bytes, usize::MAX) {
        Ok(Some(whole)) if came < whole => {
            Some(format!("owes the rest of a packet: {came} of {whole} bytes came"))
        }
        Ok(None) if came > 0 => Some(format!(
            "owes the rest of a packet: {came} bytes came, less than a fixed header"
        )),
        _ => None,
    }
}
