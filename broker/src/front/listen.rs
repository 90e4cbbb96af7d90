//! Binding addresses and accepting connections: TCP, the byte stream that MQTT5-4.2.0-1 and MQTT311-7.1.1-1 ask for.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::goodbye::Failed;
use super::{Shell, conn};
use crate::backend::Backend;
use crate::capability::EngineName;
use crate::notice::Notice;
use broker_core::snapshot::SnapshotError;

/// How often to look for a port that is free on every address.
const FREE_PORT_TRIES: usize = 32;
const BACKLOG: u32 = 1024;
/// How many connections are accepted before other tasks get their turn.
const ACCEPTS_IN_A_ROW: usize = 32;
/// The pause after an accept that failed, usually for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why a broker did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// An address could not be listened on.
    #[error("cannot listen on {listener}: {}", explain(listener, cause))]
    Listen {
        /// The address.
        listener: SocketAddr,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// A setting has a value that its key does not accept, or two settings contradict each other.
    #[error(transparent)]
    Settings(#[from] settings::Error),
    /// The ready file could not be written.
    #[error("cannot write the ready file {path}: {cause}")]
    ReadyFile {
        /// Its path.
        path: String,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// The engine behind the front door cannot start.
    #[error("cannot start the engine {engine}: {why}")]
    Engine {
        /// Which.
        engine: EngineName,
        /// What is wrong.
        why: String,
    },
    /// The snapshot to start with cannot be put back.
    #[error("cannot restore the snapshot: {0}")]
    Restore(#[from] SnapshotError),
    /// The file for the journal could not be made.
    #[error("cannot write the journal to {path}: {cause}")]
    JournalFile {
        /// Its path.
        path: String,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// The broker's thread could not be started.
    #[error("cannot start the broker's thread: {0}")]
    Thread(#[source] io::Error),
}

fn explain(listener: &SocketAddr, cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::AddrInUse => format!(
            "the port is taken, most likely by another MQTT broker (mosquitto starts by itself on many systems; \
             `ss -ltnp 'sport = :{port}'` names the owner). Stop that one, or choose another port: `-p 0` takes any free one",
            port = listener.port()
        ),
        io::ErrorKind::PermissionDenied => {
            format!(
                "not permitted; ports below 1024 often need special rights (port {})",
                listener.port()
            )
        }
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => cause.to_string(),
    }
}

/// Listeners, and what the user should know about them.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    pub listeners: Vec<TcpListener>,
    pub addrs: Vec<SocketAddr>,
    /// Addresses that this machine does not have. They are left out, because it has others of the list.
    pub skipped: Vec<IpAddr>,
}

/// Listens on `port` of every address in `bind`; port 0 is one free port, the same on all of them.
pub(crate) fn bind(bind: &[IpAddr], port: u16) -> Result<Bound, StartError> {
    let mut tries = if port == 0 && bind.len() > 1 {
        FREE_PORT_TRIES
    } else {
        1
    };
    loop {
        tries -= 1;
        match bind_all(bind, port) {
            Err(StartError::Listen { cause, .. })
                if tries > 0 && cause.kind() == io::ErrorKind::AddrInUse => {}
            result => return result,
        }
    }
}

fn bind_all(bind: &[IpAddr], mut port: u16) -> Result<Bound, StartError> {
    let mut bound = Bound::default();
    let mut missing = None;
    for ip in bind {
        let listener = SocketAddr::new(*ip, port);
        match listen(listener) {
            Ok((socket, addr)) => {
                port = addr.port();
                bound.listeners.push(socket);
                bound.addrs.push(addr);
            }
            // A machine without IPv6 still gets its broker on 127.0.0.1.
            Err(cause) if bind.len() > 1 && is_missing(&cause) => {
                bound.skipped.push(*ip);
                missing = Some(StartError::Listen { listener, cause });
            }
            Err(cause) => return Err(StartError::Listen { listener, cause }),
        }
    }
    match missing {
        Some(error) if bound.listeners.is_empty() => Err(error),
        _ => Ok(bound),
    }
}

fn is_missing(cause: &io::Error) -> bool {
    // EAFNOSUPPORT has no stable kind of its own.
    matches!(
        cause.kind(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
    ) || cause.raw_os_error() == Some(97)
}

fn listen(addr: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = begin(hold(addr)?)?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// Takes an address without listening there: clients are refused, and other programs find it taken.
pub(super) fn hold(addr: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if addr.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // A port in TIME_WAIT is free for us; a port with a listener is not.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    Ok(socket)
}

/// Listens there.
pub(super) fn begin(socket: TcpSocket) -> io::Result<TcpListener> {
    socket.listen(BACKLOG)
}

/// Accepts while the broker runs. Settling is told about clients that wait to be let in.
pub(super) async fn accept(shell: Rc<Shell>, listener: TcpListener) {
    let Ok(addr) = listener.local_addr() else { return };
    let mut made_way = false;
    for turn in 1_usize.. {
        let accepted = poll_fn(|cx| {
            let accepted = listener.poll_accept(cx);
            if accepted.is_pending() && shell.accept_waits.borrow_mut().remove(&addr).is_some() {
                shell.activity.notify_waiters();
            }
            accepted
        });
        let error = match accepted.await {
            Ok((stream, peer)) => {
                // That one got in for another one is no end of the trouble.
                if !std::mem::take(&mut made_way) {
                    shell.accept_succeeded();
                }
                welcome(&shell, stream, peer);
                None
            }
            Err(error) => {
                shell.accept_failed(&error);
                made_way = is_out_of_files(&error) && shell.make_way();
                Some(error)
            }
        };
        let failed = error.is_some();
        shell.accept_waits.borrow_mut().insert(addr, error);
        if failed && !made_way {
            tokio::time::sleep(ACCEPT_PAUSE).await;
        } else if made_way || turn.is_multiple_of(ACCEPTS_IN_A_ROW) {
            // The other tasks get their turn. Besides, the runtime limits what a task does in one turn; past that limit
            // it would say that nobody waits.
            tokio::task::yield_now().await;
        }
    }
}

impl Shell {
    /// Closes the oldest connection that was not let in yet, to make room for a new one: at once, since a silent peer would
    /// be waited for. Says whether there was one.
    fn make_way(&self) -> bool {
        match &self.backend {
            Backend::Native(native) => {
                let Some(id) = native.borrow_mut().make_way() else {
                    return false;
                };
                self.after_input();
                if let Some(io) = self.conns.borrow().get(&id) {
                    io.fail(Failed::reset());
                }
                true
            }
            Backend::Relay(relay) => relay.make_way(),
        }
    }

    /// Reported once, until a client gets in again.
    fn accept_failed(&self, error: &io::Error) {
        if self.accepts_failed.replace(self.accepts_failed.get() + 1) == 0 {
            self.notices.send(Notice::AcceptFailed {
                at: self.backend.now(),
                why: error.to_string(),
                open_files_limit: open_files_limit(),
            });
        }
    }

    fn accept_succeeded(&self) {
        let failed = self.accepts_failed.take();
        if failed > 0 {
            let at = self.backend.now();
            self.notices.send(Notice::AcceptResumed { at, failed });
        }
    }
}

/// Whether the process, or the system, has as many files open as it may.
fn is_out_of_files(error: &io::Error) -> bool {
    // EMFILE and ENFILE have no stable kind of their own. Linux also says so while nobody waits to be let in: then a
    // place is made for the next one.
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

#[cfg(unix)]
fn open_files_limit() -> Option<u64> {
    rlimit::Resource::NOFILE.get_soft().ok()
}

#[cfg(not(unix))]
fn open_files_limit() -> Option<u64> {
    None
}

fn welcome(shell: &Rc<Shell>, stream: TcpStream, peer: SocketAddr) {
    let open = match &shell.backend {
        Backend::Native(_) => shell.conns.borrow().len(),
        Backend::Relay(relay) => relay.live() as usize,
    };
    if open >= shell.hard_limit && !shell.make_way() {
        shell.backend.turned_away();
        return;
    }
    // Writes are batched in the broker, so the kernel should not hold back the last one.
    let _ = stream.set_nodelay(true);
    let shell = shell.clone();
    match shell.backend.clone() {
        Backend::Native(native) => {
            let (id, io) = conn::open(&shell, &native, stream, peer);
            tokio::task::spawn_local(conn::serve(shell, id, io));
        }
        Backend::Relay(relay) => {
            tokio::task::spawn_local(async move {
                relay.serve(stream, peer.to_string()).await;
                shell.ended.notify_one();
            });
        }
    }
}
