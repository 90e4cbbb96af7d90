//! Accepting connections: TCP, the byte stream that MQTT5-4.2.0-1 and MQTT311-7.1.1-1 ask for, and Unix sockets.

use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use super::bind::Listening;
use super::goodbye::Failed;
use super::{Shell, conn};
use crate::backend::Backend;
use crate::notice::Notice;
use crate::way::{Address, ClientStream, Door, Socket};

/// How many connections are accepted before other tasks get their turn.
const ACCEPTS_IN_A_ROW: usize = 32;
/// The pause after an accept that failed, usually for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where clients come in: a socket that listens, and what is taken there.
pub(crate) struct Listener {
    pub listening: Listening,
    pub address: Address,
    pub door: Rc<Door>,
}

/// Accepts while the broker runs. Settling is told about clients that wait to be let in.
pub(super) async fn accept(shell: Rc<Shell>, listener: Listener) {
    let address = &listener.address;
    let (mut made_way, mut paused) = (false, false);
    for turn in 1_usize.. {
        let accepted = poll_fn(|cx| {
            let accepted = listener.listening.poll_accept(cx);
            if accepted.is_pending() && shell.accept_waits.borrow_mut().remove(address).is_some() {
                shell.activity.notify_waiters();
            }
            accepted
        });
        let error = match accepted.await {
            Ok((socket, peer)) => {
                // That one got in for another one is no end of the trouble.
                if !std::mem::take(&mut made_way) {
                    shell.accept_succeeded();
                }
                welcome(&shell, socket, peer, &listener.door);
                None
            }
            Err(error) => {
                shell.accept_failed(&error);
                // The one that took the last file is not closed before its CONNECT can be there. After a pause it has had its
                // time, also where the clock stands still.
                let patience = if paused { Duration::ZERO } else { ACCEPT_PAUSE };
                made_way = is_out_of_files(&error) && shell.make_way(patience);
                Some(error)
            }
        };
        let failed = error.is_some();
        shell.accept_waits.borrow_mut().insert(address.clone(), error);
        paused = failed && !made_way;
        if paused {
            tokio::time::sleep(ACCEPT_PAUSE).await;
        } else if made_way || shell.shook_hands.take() || turn.is_multiple_of(ACCEPTS_IN_A_ROW) {
            // A handshake of TLS takes as long as many messages: of those that come in one rush, one at a time. The other tasks get their turn. Besides, the runtime limits what a task does in one turn; past that limit
            // it would say that nobody waits.
            tokio::task::yield_now().await;
        }
    }
}

impl Shell {
    /// Closes the oldest connection that was not let in yet, to make room for a new one: at once, since a silent peer would
    /// be waited for. Says whether there was one; with our own engine, one that came `patience` ago.
    fn make_way(&self, patience: Duration) -> bool {
        match &self.backend {
            Backend::Native(native) => {
                let Some(id) = native.borrow_mut().make_way(patience) else {
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
    pub(super) fn accept_failed(&self, error: &io::Error) {
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

fn welcome(shell: &Rc<Shell>, socket: Socket, peer: String, door: &Rc<Door>) {
    let open = match &shell.backend {
        Backend::Native(_) => shell.conns.borrow().len(),
        Backend::Relay(relay) => relay.live() as usize,
    };
    if open >= shell.hard_limit && !shell.make_way(Duration::ZERO) {
        shell.backend.turned_away();
        return;
    }
    if let Some(stream) = socket.tcp() {
        // Writes are batched in the broker, so the kernel should not hold back the last one.
        let _ = stream.set_nodelay(true);
    }
    let shell = shell.clone();
    match shell.backend.clone() {
        Backend::Native(native) => {
            let (id, io) = conn::open(&shell, &native, socket, peer, door.clone());
            tokio::task::spawn_local(conn::serve(shell, id, io));
        }
        Backend::Relay(relay) => {
            let client = ClientStream::new(socket, peer, door.clone());
            let served = relay.serve(client);
            tokio::task::spawn_local(async move {
                served.await;
                shell.ended.notify_one();
            });
        }
    }
}
