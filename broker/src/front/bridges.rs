//! Bridges: what couples each with our engine, in memory, and with the other broker, over a socket. The other broker lives in
//! real time, whatever the broker's clock shows, and so do they.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::hash::RandomState;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use broker_bridge::{Bridge, Phase, Side, Status};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use super::Shell;
use crate::arrival::Arrival;
use crate::backend::Native;
use crate::bridging::{Bridging, Dialer, Line};
use crate::clock::Clock;
use crate::engine::{ConnId, Injected};
use crate::time::Time;
use crate::wire::QoS;

mod told;

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
}

/// One of them, with what drives it.
struct Driven {
    bridge: RefCell<Bridge>,
    dialer: Dialer,
    /// Its task has something to do.
    wake: Notify,
    /// Its connection to our engine.
    local: RefCell<Option<ConnId>>,
}

/// How a bridge is doing, with its words.
#[derive(Debug, Clone)]
pub(crate) struct BridgeFacts {
    pub name: String,
    pub client_id: String,
    pub local_client_id: String,
    pub addresses: Vec<String>,
    pub status: Status,
    /// Seconds since it came to this.
    pub for_secs: f64,
    /// Messages that wait for it in our broker.
    pub waiting: usize,
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
        });
        Self {
            bridges: driven.collect(),
            clock,
            conns: RefCell::default(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.bridges.is_empty()
    }

    /// How all are doing.
    pub fn list(&self, native: &Native) -> Vec<BridgeFacts> {
        let facts = |driven: &Driven| {
            let bridge = driven.bridge.borrow();
            let (plan, status) = (bridge.plan(), bridge.status());
            BridgeFacts {
                name: plan.name.clone(),
                client_id: plan.remote.client_id.clone(),
                local_client_id: plan.local.client_id.clone(),
                addresses: driven.dialer.places(),
                for_secs: (self.clock.now() - status.since).as_secs_f64(),
                waiting: native.engine.waiting_for(&plan.local.client_id),
                status,
            }
        };
        self.bridges.iter().map(facts).collect()
    }
}

impl Shell {
    /// A bridge for each task that this returns.
    pub(super) fn bridges(self: &Rc<Self>) -> impl Iterator<Item = impl Future<Output = ()> + use<>> {
        let shell = self.clone();
        (0..self.bridges.bridges.len()).map(move |nth| shell.clone().drive_bridge(nth))
    }

    /// Whether this is the connection of a bridge; then both have got what the other had for them.
    pub(super) fn is_of_bridge(&self, native: &RefCell<Native>, id: ConnId) -> bool {
        let nth = self.bridges.conns.borrow().get(&id).copied();
        if let Some(nth) = nth {
            self.couple(native, nth);
        }
        nth.is_some()
    }

    /// After each input: bridges that wait for enough messages, or to be let in again.
    pub(super) fn tend_bridges(&self, native: &RefCell<Native>) {
        for (nth, driven) in self.bridges.bridges.iter().enumerate() {
            let (phase, wants_local) = {
                let bridge = driven.bridge.borrow();
                (bridge.phase(), bridge.wants_local())
            };
            if phase == Phase::Asleep {
                let client_id = driven.bridge.borrow().plan().local.client_id.clone();
                let waiting = native.borrow().engine.waiting_for(&client_id);
                driven
                    .bridge
                    .borrow_mut()
                    .queued(self.bridges.clock.now(), waiting);
                driven.wake.notify_one();
            } else if wants_local {
                self.couple(native, nth);
            }
        }
    }

    /// Hands bytes over between a bridge and our engine, both ways, and tells what happened.
    fn couple(&self, native: &RefCell<Native>, nth: usize) {
        let Some(driven) = self.bridges.bridges.get(nth) else {
            return;
        };
        let now = self.bridges.clock.now();
        let mut worked = 0;
        while worked < WORKED_BYTES {
            let moved = self.couple_once(&mut native.borrow_mut(), driven, nth, now);
            self.tell_of_bridge(&mut native.borrow_mut(), driven);
            match moved {
                Some(bytes) => worked += bytes + 1,
                None => break,
            }
        }
        driven.wake.notify_one();
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
            // Whoever wrote the settings has said that it may come in.
            let user = plan.local.username.as_ref().unwrap_or(&plan.local.client_id);
            let arrival = Arrival {
                identity: Some(Arc::from(&**user)),
                ..Arrival::default()
            };
            let id = native.open(format!("the bridge {:?}", plan.name));
            native.engine.arrived(id, arrival);
            self.bridges.conns.borrow_mut().insert(id, nth);
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
        let outbox = native.engine.outbox(id).filter(|outbox| !outbox.is_empty());
        if let Some(outbox) = outbox.filter(|_| !bridge.is_deaf(Side::Local)) {
            let front = outbox.front();
            let n = front.len();
            bridge.receive(now, Side::Local, front);
            native.wrote(id, n);
            return Some(n);
        }
        let ended = native.engine.close_reason(id).map(ToString::to_string);
        let is_left =
            bridge.wants_close(Side::Local) && (bridge.outgoing(Side::Local).is_empty() || ended.is_some());
        if ended.is_some() || is_left {
            let why = ended.unwrap_or_else(|| "the bridge closed it".to_owned());
            native.closed(id, &why);
            self.bridges.conns.borrow_mut().remove(&id);
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
        let Some(driven) = self.bridges.bridges.get(nth) else {
            return;
        };
        self.say_local(&native, driven, "0");
        loop {
            self.bridge_moved(&native, nth);
            let dial = driven.bridge.borrow_mut().dial(self.bridges.clock.now());
            let Some(address) = dial else {
                self.bridge_waits(driven, std::future::pending::<()>()).await;
                continue;
            };
            self.bridge_moved(&native, nth);
            match driven.dialer.connect(address).await {
                Ok(line) => self.serve_line(&native, nth, line).await,
                Err(why) => driven
                    .bridge
                    .borrow_mut()
                    .remote_closed(self.bridges.clock.now(), &why),
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
        let due = due.and_then(|due| self.bridges.clock.instant_of(due));
        let is_due = async {
            match due {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            done = other => return Some(done),
            () = driven.wake.notified() => {}
            () = is_due => {}
        }
        driven.bridge.borrow_mut().tick(self.bridges.clock.now());
        None
    }

    /// The connection to the other broker, to its end.
    async fn serve_line(self: &Rc<Self>, native: &RefCell<Native>, nth: usize, line: Box<dyn Line>) {
        let Some(driven) = self.bridges.bridges.get(nth) else {
            return;
        };
        let clock = &self.bridges.clock;
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
            let mut bridge = driven.bridge.borrow_mut();
            match step {
                Step::Wrote(n) => bridge.sent(now, Side::Remote, n),
                Step::Came(n) => bridge.receive(now, Side::Remote, talk.bytes.get(..n).unwrap_or_default()),
                Step::Ended(why) => break why,
            }
            drop(bridge);
            // The others get their turn.
            tokio::task::yield_now().await;
        };
        driven.bridge.borrow_mut().remote_closed(clock.now(), &why);
    }

    /// Looks whether the main address can be reached again, where another one is in use.
    async fn probe(self: Rc<Self>, nth: usize) {
        let Some(driven) = self.bridges.bridges.get(nth) else {
            return;
        };
        let reached = driven.dialer.connect(0).await.is_ok();
        driven
            .bridge
            .borrow_mut()
            .probed(self.bridges.clock.now(), reached);
        driven.wake.notify_one();
    }

    /// Says in our broker whether the bridge is connected.
    fn say_local(&self, native: &RefCell<Native>, driven: &Driven, state: &str) {
        self.say_state(&mut native.borrow_mut(), driven, state);
    }

    fn say_state(&self, native: &mut Native, driven: &Driven, state: &str) {
        let bridge = driven.bridge.borrow();
        let Some(notification) = &bridge.plan().notification else {
            return;
        };
        let message = Injected::text(&notification.topic, state)
            .qos(QoS::AtLeastOnce)
            .retained();
        let now = native.clock.now();
        // A topic that is none, or one of the broker's own, is in the settings: it was looked at there.
        let _ = native.engine.publish(now, message);
    }
}

/// A connection to the other broker.
struct Talk {
    line: Box<dyn Line>,
    bytes: Vec<u8>,
    unflushed: bool,
    /// It takes nothing any more, for this reason; what it said before is still heard.
    deaf_to_us: Option<String>,
}

enum Step {
    Wrote(usize),
    Came(usize),
    Ended(String),
}

impl Talk {
    fn poll(&mut self, context: &mut Context<'_>, bridge: &Bridge) -> Poll<Step> {
        let out = bridge.outgoing(Side::Remote);
        let mut line = Pin::new(&mut self.line);
        if self.deaf_to_us.is_none() {
            if !out.is_empty() {
                match line.as_mut().poll_write(context, out) {
                    Poll::Ready(Ok(n)) => {
                        self.unflushed = true;
                        return Poll::Ready(Step::Wrote(n));
                    }
                    Poll::Ready(Err(error)) => self.deaf_to_us = Some(error.to_string()),
                    Poll::Pending => {}
                }
            } else if self.unflushed {
                match line.as_mut().poll_flush(context) {
                    Poll::Ready(Ok(())) => self.unflushed = false,
                    Poll::Ready(Err(error)) => self.deaf_to_us = Some(error.to_string()),
                    Poll::Pending => {}
                }
            }
        }
        let is_said = out.is_empty() && !self.unflushed;
        if bridge.wants_close(Side::Remote) && (is_said || self.deaf_to_us.is_some()) {
            return Poll::Ready(Step::Ended("the bridge closed it".to_owned()));
        }
        if !bridge.is_deaf(Side::Remote) {
            let mut into = ReadBuf::new(&mut self.bytes);
            match line.as_mut().poll_read(context, &mut into) {
                Poll::Ready(Ok(())) if into.filled().is_empty() => {
                    return Poll::Ready(Step::Ended("it closed the connection".to_owned()));
                }
                Poll::Ready(Ok(())) => return Poll::Ready(Step::Came(into.filled().len())),
                Poll::Ready(Err(error)) => return Poll::Ready(Step::Ended(error.to_string())),
                Poll::Pending => {}
            }
        }
        match self.deaf_to_us.take() {
            Some(why) => Poll::Ready(Step::Ended(why)),
            None => Poll::Pending,
        }
    }
}
