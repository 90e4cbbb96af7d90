//! Opening, shutting and cutting: what a restart looks like from outside.

use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::bind::{self, Listening};
use super::conn::ConnIo;
use super::goodbye::Failed;
use super::listen::{self, Listener};
use super::{STOP_GRACE, Shell};
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

/// Where clients come in.
pub(super) struct Doors {
    accepting: JoinSet<()>,
    places: Vec<(Address, Rc<Door>)>,
    /// The outage that is under way.
    away: Option<u64>,
    /// What keeps other programs from the addresses while nobody is let in, in the order of `places`.
    held: Vec<Held>,
    /// The outage was to end, and the addresses could not be listened on.
    end_failed: bool,
}

impl Doors {
    pub(super) fn open(shell: &Rc<Shell>, listeners: Vec<Listener>) -> Self {
        let mut doors = Self {
            accepting: JoinSet::new(),
            places: listeners
                .iter()
                .map(|listener| (listener.address.clone(), listener.door.clone()))
                .collect(),
            away: None,
            held: Vec::new(),
            end_failed: false,
        };
        doors.accept(shell, listeners);
        doors
    }

    fn accept(&mut self, shell: &Rc<Shell>, listeners: Vec<Listener>) {
        for listener in listeners {
            self.accepting
                .spawn_local(listen::accept(shell.clone(), listener));
        }
    }

    /// Lets no new connections in; the port is free.
    pub(super) async fn close(&mut self) {
        self.accepting.shutdown().await;
        self.held.clear();
        for (address, _) in &self.places {
            if let Address::Unix(path) = address {
                bind::remove_at(path);
            }
        }
    }

    /// Lets no new connections in, as if nobody listened there, but keeps the port.
    async fn shut(&mut self, shell: &Shell) -> io::Result<()> {
        self.accepting.shutdown().await;
        // Clients that waited there are refused.
        shell.accept_waits.borrow_mut().clear();
        let deadline = Instant::now() + HOLD_GRACE;
        loop {
            match self.hold() {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline => {
                    tokio::time::sleep(HOLD_PAUSE).await;
                }
                held => break self.held = held?,
            }
        }
        Ok(())
    }

    fn hold(&self) -> io::Result<Vec<Held>> {
        let hold = |(address, door): &(Address, Rc<Door>)| match address {
            Address::Tcp(addr) => {
                let socket = bind::hold(*addr, &door.interface)?;
                // An address that may be used again could be taken by another program while nobody listens there.
                #[cfg(unix)]
                socket.set_reuseaddr(false)?;
                Ok(Held::Tcp(socket))
            }
            Address::Unix(path) => Ok(Held::Unix(path.clone())),
        };
        self.places.iter().map(hold).collect()
    }

    /// Lets clients in again, if it is this outage that is under way.
    pub(super) fn reopen(&mut self, shell: &Rc<Shell>, outage: u64) -> io::Result<()> {
        if self.away != Some(outage) {
            return Ok(());
        }
        self.end_failed = true;
        let mut held = std::mem::take(&mut self.held);
        if held.is_empty() {
            // The addresses could not be held, but they may still be free.
            held = self.hold()?;
        }
        let begin = |held: Held| match held {
            Held::Tcp(socket) => {
                // Connections of before may still be in TIME_WAIT there.
                #[cfg(unix)]
                socket.set_reuseaddr(true)?;
                bind::begin(socket).map(Listening::Tcp)
            }
            Held::Unix(path) => bind::begin_at(&path),
        };
        let listening = held.into_iter().map(begin).collect::<io::Result<Vec<_>>>()?;
        let places = self.places.iter().cloned().zip(listening);
        let listeners = places.map(|((address, door), listening)| Listener {
            listening,
            address,
            door,
        });
        let listeners = listeners.collect();
        self.accept(shell, listeners);
        self.away = None;
        self.end_failed = false;
        Ok(())
    }
}

impl Shell {
    /// Ends every connection as `cut` says, and returns once they have ended. With `away`, the number of an outage,
    /// nobody is let in from then on. A broker that is away already cannot go away again, unless its outage was to end and
    /// could not: then the broker comes back first.
    pub(super) async fn restart(
        self: &Rc<Self>,
        doors: &mut Doors,
        (restart, cut): (Restart, Cut),
        away: Option<u64>,
    ) -> Result<(), NoRestart> {
        if let Some(outage) = doors.away {
            if !doors.end_failed {
                return Err(NoRestart::Away);
            }
            doors.reopen(self, outage).map_err(NoRestart::Listen)?;
        }
        doors.away = away;
        let shut = match away {
            Some(_) => doors.shut(self).await.map_err(NoRestart::Listen),
            None => Ok(()),
        };
        let all: Vec<ConnId> = self.conns.borrow().keys().copied().collect();
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
