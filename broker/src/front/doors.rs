//! Opening, shutting and cutting: what a restart looks like from outside.

use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::Instant;

use super::bind::{self, Listening};
use super::conn::ConnIo;
use super::goodbye::Failed;
use super::listen::{self, Listener};
use super::{NotMoved, STOP_GRACE, Shell};
use crate::engine::{ConnId, Cut, Restart};
use crate::way::{Address, Door};

/// How long a listener may live on after its end: while this process starts a program, that program has a copy of every
/// socket until its own code runs.
const HOLD_GRACE: Duration = Duration::from_secs(1);
const HOLD_PAUSE: Duration = Duration::from_millis(1);

/// Why there is no restart.
#[derive(Debug)]
pub(crate) enum NoRestart {
    /// An outage is under way.
    Away,
    /// The port cannot be kept.
    Listen(io::Error),
}

/// What keeps an address while nobody is let in there.
enum Held {
    /// A socket that does not listen.
    Tcp(TcpSocket),
    /// A path at which nobody listens.
    Unix(PathBuf),
}

/// One address where clients come in.
struct Place {
    address: Address,
    door: Rc<Door>,
    /// Lets clients in, while it is open.
    accepting: Option<JoinHandle<()>>,
    /// Keeps other programs from the address, while it is shut.
    held: Option<Held>,
    /// A rule wants it down.
    is_down: bool,
}

/// Where clients come in.
pub(super) struct Doors {
    places: Vec<Place>,
    /// The outage that is under way.
    away: Option<u64>,
    /// The outage was to end, and the addresses could not be listened on.
    end_failed: bool,
}

impl Doors {
    pub(super) fn open(shell: &Rc<Shell>, listeners: Vec<Listener>) -> Self {
        let mut doors = Self {
            places: Vec::new(),
            away: None,
            end_failed: false,
        };
        for listener in listeners {
            let mut place = Place {
                address: listener.address.clone(),
                door: listener.door.clone(),
                accepting: None,
                held: None,
                is_down: false,
            };
            place.accept(shell, listener.listening);
            doors.places.push(place);
        }
        doors
    }

    /// Lets no new connections in; the port is free.
    pub(super) async fn close(&mut self) {
        for place in &mut self.places {
            place.stop_accepting().await;
            place.held = None;
            if let Address::Unix(path) = &place.address {
                bind::remove_at(path);
            }
        }
    }

    /// Lets no new connections in, as if nobody listened there, but keeps the port.
    async fn shut(&mut self, shell: &Shell) -> io::Result<()> {
        let mut held = Ok(());
        for place in self.places.iter_mut().filter(|place| place.may_go_down()) {
            held = place.shut(shell).await.and(held);
        }
        held
    }

    /// Lets clients in again, if it is this outage that is under way, or any. Returns whether it was.
    pub(super) fn reopen(&mut self, shell: &Rc<Shell>, outage: Option<u64>) -> io::Result<bool> {
        if self.away.is_none() || outage.is_some_and(|outage| self.away != Some(outage)) {
            return Ok(false);
        }
        self.end_failed = true;
        shell.machines.outage_ends.set(None);
        self.listen(shell)?;
        self.away = None;
        shell.machines.devices.away.set(false);
        self.end_failed = false;
        Ok(true)
    }

    /// Opens every place that is shut and that no rule wants down: all of them, or none.
    fn listen(&mut self, shell: &Rc<Shell>) -> io::Result<()> {
        let is_due = |place: &&mut Place| place.accepting.is_none() && !place.is_down;
        let due = self.places.iter_mut().filter(is_due);
        let begun = due.map(|place| {
            let listening = place.begin()?;
            Ok((place, listening))
        });
        for (place, listening) in begun.collect::<io::Result<Vec<_>>>()? {
            place.accept(shell, listening);
        }
        Ok(())
    }

    /// Ends an outage, and lets clients in everywhere, but where rules want otherwise.
    pub(super) async fn open_all(&mut self, shell: &Rc<Shell>) -> io::Result<()> {
        self.heed_rules(shell).await?;
        if self.reopen(shell, None)? {
            return Ok(());
        }
        // One that could not be listened on may be free again.
        self.listen(shell)
    }

    /// Takes the listeners down that rules want down now, and lets the others up again.
    pub(super) async fn heed_rules(&mut self, shell: &Rc<Shell>) -> io::Result<()> {
        let mut changed = false;
        for place in &mut self.places {
            let is_down = place.may_go_down() && shell.machines.take_down(&place.door.name);
            changed |= std::mem::replace(&mut place.is_down, is_down) != is_down;
            if is_down && place.accepting.is_some() {
                place.shut(shell).await?;
            }
        }
        if !changed {
            return Ok(());
        }
        match self.away {
            Some(_) => Ok(()),
            None => self.listen(shell),
        }
    }
}

impl Place {
    /// What is for the control API alone stays: there outages and rules are ended.
    fn may_go_down(&self) -> bool {
        !self.door.site.is_for_http_alone()
    }

    fn accept(&mut self, shell: &Rc<Shell>, listening: Listening) {
        let listener = Listener {
            listening,
            address: self.address.clone(),
            door: self.door.clone(),
        };
        self.accepting = Some(spawn_local(listen::accept(shell.clone(), listener)));
    }

    async fn stop_accepting(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // It ends at its next await, and lets go of its socket.
            let _ = accepting.await;
        }
    }

    async fn shut(&mut self, shell: &Shell) -> io::Result<()> {
        self.stop_accepting().await;
        // Clients that waited there are refused.
        shell.accept_waits.borrow_mut().remove(&self.address);
        let deadline = Instant::now() + HOLD_GRACE;
        loop {
            match self.hold() {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline => {
                    tokio::time::sleep(HOLD_PAUSE).await;
                }
                held => {
                    self.held = Some(held?);
                    return Ok(());
                }
            }
        }
    }

    fn hold(&self) -> io::Result<Held> {
        match &self.address {
            Address::Tcp(addr) => {
                let socket = bind::hold(*addr, &self.door.interface)?;
                // An address that may be used again could be taken by another program while nobody listens there.
                #[cfg(unix)]
                socket.set_reuseaddr(false)?;
                Ok(Held::Tcp(socket))
            }
            Address::Unix(path) => Ok(Held::Unix(path.clone())),
        }
    }

    /// Listens there again.
    fn begin(&mut self) -> io::Result<Listening> {
        let held = match self.held.take() {
            Some(held) => held,
            // The address could not be held, but it may still be free.
            None => self.hold()?,
        };
        match held {
            Held::Tcp(socket) => {
                // Connections of before may still be in TIME_WAIT there.
                #[cfg(unix)]
                socket.set_reuseaddr(true)?;
                bind::begin(socket).map(Listening::Tcp)
            }
            Held::Unix(path) => bind::begin_at(&path),
        }
    }
}

impl Shell {
    /// Takes listeners down and lets them up, as rules want it.
    pub(super) async fn heed_rules_at(self: &Rc<Self>, doors: &mut Doors) {
        self.doors_wait.set(false);
        if self.machines.outage_is_over.take()
            && let Err(error) = doors.reopen(self, None)
        {
            self.accept_failed(&error);
        }
        if let Err(error) = doors.heed_rules(self).await {
            self.accept_failed(&error);
        }
        for answer in self.at_doors.take() {
            let _ = answer.send(Ok(()));
        }
    }

    /// Answers, but not before the listeners are as rules want them.
    pub(super) fn after_doors(&self, answer: oneshot::Sender<Result<(), NotMoved>>) {
        if self.doors_wait.get() {
            self.at_doors.borrow_mut().push(answer);
        } else {
            let _ = answer.send(Ok(()));
        }
    }

    /// Ends every connection as `cut` says, and returns once they have ended. With `away`, the number of an outage and how long
    /// it lasts, nobody is let in from then on. A broker that is away already cannot go away again, unless its outage was to end and
    /// could not: then the broker comes back first.
    pub(super) async fn restart(
        self: &Rc<Self>,
        doors: &mut Doors,
        (restart, cut): (Restart, Cut),
        away: Option<(u64, Option<Duration>)>,
    ) -> Result<(), NoRestart> {
        if let Some(outage) = doors.away {
            if !doors.end_failed {
                return Err(NoRestart::Away);
            }
            doors.reopen(self, Some(outage)).map_err(NoRestart::Listen)?;
        }
        doors.away = away.map(|(outage, _)| outage);
        let ends = away.and_then(|(_, lasts)| Some(self.backend.now() + lasts?));
        self.machines.outage_ends.set(ends);
        self.machines.outage_is_over.set(false);
        self.machines.devices.away.set(away.is_some());
        let shut = match away {
            Some(_) => doors.shut(self).await.map_err(NoRestart::Listen),
            None => Ok(()),
        };
        let native = self.backend.native();
        let for_api = native.map(|native| native.engine.opening_for_api());
        let for_api = for_api.unwrap_or_default();
        let mut all: Vec<ConnId> = self.conns.borrow().keys().copied().collect();
        all.retain(|id| !for_api.contains(id));
        if cut == Cut::Reset {
            self.reset_all(&all);
        }
        // Connections that end already keep their own time.
        let is_open = |id: &ConnId| self.conns.borrow().get(id).is_some_and(|io| !io.is_closing(*id));
        let open: Vec<ConnId> = all.into_iter().filter(is_open).collect();
        if let Some(mut native) = self.backend.native_mut() {
            let now = native.clock.now();
            native.engine.restart(now, restart, cut);
        }
        // This does not wait for the peers to close, and leaves connections that come in meanwhile alone.
        self.stopping.set(true);
        self.after_input();
        let deadline = Instant::now() + STOP_GRACE;
        while self.any_of(&open) {
            let ended = self.ended.notified();
            if tokio::time::timeout_at(deadline, ended).await.is_err() {
                // These do not take the last bytes for them.
                self.reset_all(&open);
                self.ended.notified().await;
            }
        }
        self.stopping.set(false);
        shut
    }

    fn any_of(&self, ids: &[ConnId]) -> bool {
        let conns = self.conns.borrow();
        ids.iter().any(|id| conns.contains_key(id))
    }

    fn reset_all(&self, ids: &[ConnId]) {
        for id in ids {
            if let Some(io) = self.conns.borrow().get(id) {
                io.reset();
            }
        }
    }
}

impl ConnIo {
    /// Ends the connection at once, with a reset and without a DISCONNECT: bytes that have not reached the peer are
    /// lost. The connection's task does the rest.
    fn reset(&self) {
        self.socket.reset_at_close();
        self.fail(Failed::reset());
    }
}
