//! The front door: listeners, connections, timers. It knows sockets and leaves MQTT to the backend.
//!
//! Everything here runs on the broker's own thread. [`Shell`] owns the backend. Every task borrows it for one call and
//! never across an await.

mod advance;
mod backlog;
mod bind;
mod bridges;
mod conn;
mod control;
mod devices;
mod doors;
mod expected;
mod goodbye;
mod hand_over;
mod keep;
mod line;
mod listen;
mod logins;
mod machines;
mod plays;
mod pressure;
mod read;
mod reset;
mod settle;
mod start_error;
mod stubs;
mod verdict;
mod watch;
mod write;

use std::cell::{Cell, RefCell, RefMut};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

use crate::backend::{Backend, Native};
use crate::engine::{ConnId, Cut, Restart};
use crate::fault::Invalid;
use crate::journal::Mark;
use crate::notice::{Notice, Notices};
use crate::recording::{Played, Script};
use crate::way::Address;

use advance::Advance;

pub(crate) use advance::{NotMoved, Way};

pub(crate) use bind::{Bound, bind};
pub use bridges::BridgeStatus;
pub(crate) use doors::NoRestart;
pub(crate) use listen::Listener;
pub(crate) use logins::{Answered, LoginHook, Logins};
pub(crate) use machines::{Held, Machines};
pub(crate) use start_error::StartError;
pub(crate) use verdict::{Grounds, Inquiry, Verdict, Wait};
pub(crate) use watch::Follower;

/// Something that is done with what acts by itself beside the engine.
pub(crate) type Work = Box<dyn FnOnce(&Machines, &Backend) + Send>;

/// The commands that the handle sends to the broker's thread.
pub(crate) enum Command {
    /// Do this with the backend.
    Do(Box<dyn FnOnce(&Backend) + Send>),
    /// Do this with what acts by itself beside the engine.
    Disturb(Work),
    /// Answer when this is true, or at its deadline.
    When(Wait),
    /// Answer when this expectation is met, when it cannot be met any more, or at its deadline.
    Judge(Box<Inquiry>),
    /// Add every packet to the notices from here on.
    WatchPackets,
    /// Expectations look from here on; answer where that is.
    Mark(oneshot::Sender<Mark>),
    /// Show this reader the journal after each input, until it has seen enough.
    Follow(Follower),
    /// Answer when nothing is going on any more. After this instant, say what still is.
    Settle(std::time::Instant, oneshot::Sender<Result<(), String>>),
    /// Move the clock, and do everything that is due on the way. After this instant, say where the clock is.
    Advance(Way, std::time::Instant, oneshot::Sender<Result<(), NotMoved>>),
    /// Play this on the broker's clock, and answer when it is over.
    Play(Box<Script>, oneshot::Sender<Played>),
    /// End every connection, and answer when they have ended. If `away` is the number of an outage, let nobody in from
    /// then on, for as long as it `lasts`.
    Restart {
        restart: Restart,
        cut: Cut,
        away: Option<u64>,
        lasts: Option<Duration>,
        answer: oneshot::Sender<Result<(), NoRestart>>,
    },
    /// Let go what this rule keeps.
    Release(Arc<str>, oneshot::Sender<Result<(), Invalid>>),
    /// Make everything as new.
    Reset(oneshot::Sender<io::Result<()>>),
    /// Let clients in again: the outage of this number is over, or any. Answer whether it was under way.
    Return(Option<u64>, oneshot::Sender<io::Result<bool>>),
}

/// One read takes at most this much; also the size of the buffer that all connections share.
const READ_BYTES: usize = 256 * 1024;
/// How long connections may take to end when the broker stops.
const STOP_GRACE: Duration = Duration::from_millis(300);

thread_local! {
    static IS_BROKERS_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is the thread of a broker, where nothing may be waited for.
pub(crate) fn is_brokers_thread() -> bool {
    IS_BROKERS_THREAD.get()
}

/// The state that all tasks of one broker share.
pub(crate) struct Shell {
    pub backend: Backend,
    conns: RefCell<HashMap<ConnId, Rc<conn::ConnIo>, RandomState>>,
    /// Bytes are read into this, and handled in it, one connection at a time.
    scratch: RefCell<Vec<u8>>,
    /// What the layers of a connection make of them.
    opened: RefCell<Vec<u8>>,
    /// What is lent to the layers of a connection to write.
    spare: RefCell<Vec<u8>>,
    /// A handshake of TLS has gone on since the last connection was accepted.
    shook_hands: Cell<bool>,
    /// Until then publishers wait for some subscriber after they have sent it something.
    pressed_until: Cell<Option<Instant>>,
    /// When a connection was last read from. Kept only on systems where acknowledgements cannot be sent at once.
    last_read: Cell<Option<Instant>>,
    /// Listeners where clients may wait to be let in, each with the error that keeps them out.
    accept_waits: RefCell<BTreeMap<Address, Option<io::Error>>>,
    /// The next timeout changed.
    rearm: Notify,
    armed_for: Cell<Option<std::time::Instant>>,
    watches: watch::Watches,
    backlog: backlog::Backlog,
    /// Rules came or went, which may take listeners down or let them up.
    doors_wait: Cell<bool>,
    to_doors: Notify,
    /// Answers that wait for that.
    at_doors: RefCell<Vec<oneshot::Sender<Result<(), NotMoved>>>>,
    /// Something came in or was done.
    activity: Notify,
    /// The waits until the broker settles, and whether a task checks them.
    settling: RefCell<Vec<oneshot::Sender<settle::Settled>>>,
    is_settling: Cell<bool>,
    /// A connection ended.
    ended: Notify,
    /// The broker stops: connections end without waiting for their peers.
    pub(crate) stopping: Cell<bool>,
    notices: Notices,
    /// Who decides about logins that the engine does not decide.
    logins: Logins,
    control: control::Control,
    /// What acts by itself beside the engine.
    machines: Machines,
    /// From where on expectations look.
    mark: Cell<Mark>,
    /// Where in the journal the notices are, while packets are among them.
    watched: Cell<Option<Mark>>,
    write_timeout: Duration,
    /// No packet may be longer.
    max_packet_bytes: usize,
    /// At most this many connections, whether they are let in or not. Beyond it, one that is not makes room for the next.
    hard_limit: usize,
    /// How many accepts have failed since the last one that succeeded.
    accepts_failed: Cell<u64>,
}

impl Shell {
    pub(crate) fn new(
        backend: Backend,
        notices: Notices,
        logins: Logins,
        machines: Machines,
        settings: &settings::BrokerSettings,
    ) -> Rc<Self> {
        let shell = Rc::new(Self {
            backend,
            conns: RefCell::default(),
            scratch: RefCell::default(),
            opened: RefCell::default(),
            spare: RefCell::default(),
            shook_hands: Cell::new(false),
            pressed_until: Cell::new(None),
            last_read: Cell::new(None),
            accept_waits: RefCell::default(),
            rearm: Notify::new(),
            armed_for: Cell::new(None),
            watches: watch::Watches::default(),
            backlog: backlog::Backlog::default(),
            doors_wait: Cell::new(false),
            to_doors: Notify::new(),
            at_doors: RefCell::default(),
            activity: Notify::new(),
            settling: RefCell::default(),
            is_settling: Cell::new(false),
            ended: Notify::new(),
            stopping: Cell::new(false),
            notices,
            logins,
            control: control::Control::default(),
            machines,
            mark: Cell::new(Mark::START),
            watched: Cell::new(None),
            max_packet_bytes: settings.limits.max_packet_size_bytes as usize,
            write_timeout: Duration::from_secs(u64::from(settings.limits.write_timeout_secs)),
            // More than may be let in: these can be told that the broker is full.
            hard_limit: settings.limits.max_connections as usize + 64,
            accepts_failed: Cell::new(0),
        });
        let mut faults = shell.machines.faults.borrow_mut();
        faults.allow_user_property(settings.faults.user_property);
        drop(faults);
        shell
    }

    /// Where bytes are read into.
    fn scratch(&self) -> RefMut<'_, Vec<u8>> {
        let mut scratch = self.scratch.borrow_mut();
        if scratch.is_empty() {
            // The system zeroes its pages when they are first used: most brokers never read much at a time.
            *scratch = vec![0; READ_BYTES];
        }
        scratch
    }

    /// Serves until `commands` closes.
    pub(crate) async fn run(
        self: Rc<Self>,
        listeners: Vec<Listener>,
        mut commands: mpsc::UnboundedReceiver<Command>,
    ) {
        IS_BROKERS_THREAD.set(true);
        if let Some(relay) = self.backend.relay() {
            let shell = Rc::downgrade(&self);
            let after = move || {
                if let Some(shell) = shell.upgrade() {
                    shell.after_input();
                }
            };
            relay.begin(self.machines.rules(), Rc::new(after));
        }
        let mut doors = doors::Doors::open(&self, listeners);
        // This one goes on to the end: goodbyes wait until they are kept, too.
        let hears = tokio::task::spawn_local(self.clone().hear_keeper());
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn_local(self.clone().keep_time());
        if let Backend::Native(native) = &self.backend {
            self.machines.bridges.recall(&mut native.borrow_mut());
            tasks.spawn_local(self.clone().check_logins());
            tasks.spawn_local(self.clone().carry_out_commands());
            for bridge in self.bridges() {
                tasks.spawn_local(bridge);
            }
        }
        loop {
            let command = tokio::select! {
                command = commands.recv() => command,
                () = self.to_doors.notified() => {
                    self.heed_rules_at(&mut doors).await;
                    continue;
                }
            };
            let Some(command) = command else { break };
            match command {
                Command::Do(work) => work(&self.backend),
                Command::Disturb(work) => work(&self.machines, &self.backend),
                Command::When(wait) => self.clone().wait(wait),
                Command::Judge(inquiry) => self.clone().judge(*inquiry),
                Command::WatchPackets => self.watched.set(Some(self.backend.journal().mark())),
                Command::Mark(answer) => {
                    let mark = self.backend.journal().mark();
                    self.mark.set(mark);
                    let _ = answer.send(mark);
                }
                Command::Follow(follower) => self.watches.follow(follower),
                Command::Settle(until, answer) => self.clone().wait_settled(until, answer),
                Command::Advance(way, until, answer) => {
                    let left = way.left(self.backend.now());
                    self.advance(Advance::new(left, until, answer));
                }
                Command::Play(script, answer) => {
                    let now = self.backend.now();
                    self.machines.plays.borrow_mut().begin(now, *script, answer);
                    self.tick(now, now);
                }
                Command::Restart {
                    restart,
                    cut,
                    away,
                    lasts,
                    answer,
                } => {
                    let away = away.map(|outage| (outage, lasts));
                    let _ = answer.send(self.restart(&mut doors, (restart, cut), away).await);
                }
                Command::Release(rule, answer) => drop(answer.send(self.release(&rule))),
                Command::Reset(answer) => drop(answer.send(self.reset(&mut doors).await)),
                Command::Return(outage, answer) => drop(answer.send(doors.reopen(&self, outage))),
            }
            self.after_input();
            self.heed_rules_at(&mut doors).await;
        }
        // No new connections, and the port is free again.
        doors.close().await;
        self.stop_bridges().await;
        tasks.shutdown().await;
        self.stopping.set(true);
        self.backend.stop();
        self.after_input();
        let deadline = Instant::now() + STOP_GRACE;
        while !self.conns.borrow().is_empty() || self.backend.relay().is_some_and(|relay| relay.live() > 0) {
            let ended = tokio::time::timeout_at(deadline, self.ended.notified()).await;
            // This deadline holds for all connections together, also if very many end one after the other.
            if ended.is_err() || Instant::now() >= deadline {
                break;
            }
        }
        hears.abort();
        self.end_keeping();
    }

    /// Called after each input: writes what can be written, sets the timer, and shows the change to those who wait.
    pub(crate) fn after_input(&self) {
        self.answer_from_stubs();
        if self.machines.have_changed() {
            self.doors_wait.set(true);
            self.to_doors.notify_one();
            match &self.backend {
                Backend::Native(_) => self.faults_changed(),
                Backend::Relay(relay) => relay.heed_rules(),
            }
        }
        if let Backend::Native(native) = &self.backend {
            native.borrow_mut().end_turn();
            self.write_touched(native);
            native.borrow_mut().end_turn_of_writing();
            let native = native.borrow();
            if native.engine.has_checks() {
                self.logins.arrived.notify_one();
            }
            if native.engine.has_control() {
                self.control.arrived.notify_one();
            }
        }
        if self.next_instant() != self.armed_for.get() {
            self.rearm.notify_one();
        }
        self.watches.look(&self.backend);
        self.look_at_backlog();
        self.activity.notify_waiters();
        self.tell();
    }

    /// Writes to every connection that has new bytes to send.
    fn write_touched(&self, native: &RefCell<Native>) {
        self.begin_turn_of_devices();
        self.tend_bridges(native);
        while let Some(id) = self.next_touched(native) {
            if self.is_of_bridge(native, id) {
                continue;
            }
            let io = self.conns.borrow().get(&id).cloned();
            if let Some(io) = io {
                io.write_some(self, id);
            }
        }
    }

    fn tell(&self) {
        if let Some(mark) = self.watched.get() {
            let seen = self.backend.journal().since(mark);
            self.watched.set(Some(seen.until));
            if seen.missed > 0 {
                self.notices.send(Notice::Missed(seen.missed));
            }
            for entry in seen.entries {
                self.notices.send(Notice::from(entry));
            }
        }
        while let Some(event) = self.backend.next_event() {
            if self.watched.get().is_some() {
                // It was among the entries.
                continue;
            }
            self.notices.send(Notice::Event(self.backend.now(), event));
        }
    }
}
