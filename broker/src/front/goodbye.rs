//! The end of a connection. The peer's last words are read before the end is judged, and the peer gets our last packet
//! before the connection is cut.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

use super::Shell;
use super::conn::{ConnIo, Left};
use crate::engine::ConnId;
use crate::fault::Cut;

/// How long a connection is still read when nothing more is written to it.
const LINGER: Duration = Duration::from_millis(500);

/// How long a client's last words are read before its connection is taken over.
const HEARING: Duration = Duration::from_millis(5);

/// Why nothing is written to a connection any more.
#[derive(Debug)]
pub(super) struct Failed {
    cause: Cause,
    since: Instant,
}

#[derive(Debug)]
enum Cause {
    /// The socket failed during a write.
    Lost(io::Error),
    /// The peer took nothing for too long.
    TimedOut,
    /// The broker resets the connection.
    Reset,
}

impl Failed {
    pub(super) fn lost(error: io::Error) -> Self {
        Self::now(Cause::Lost(error))
    }

    pub(super) fn timed_out() -> Self {
        Self::now(Cause::TimedOut)
    }

    pub(super) fn reset() -> Self {
        Self::now(Cause::Reset)
    }

    fn now(cause: Cause) -> Self {
        let since = Instant::now();
        Self { cause, since }
    }
}

impl Shell {
    /// Hears a connection out before the bytes of its successor are handled, which wait for the next turn.
    pub(super) fn hear_first(&self, predecessor: ConnId) -> Left {
        self.hear_out(predecessor);
        Left::Something
    }

    /// Reads the bytes that are left of a connection that is about to be taken over: perhaps its client has said
    /// goodbye.
    fn hear_out(&self, id: ConnId) {
        let Some(io) = self.conns.borrow().get(&id).cloned() else {
            return;
        };
        let begun = Instant::now();
        while begun.elapsed() < HEARING {
            if io.is_closing(id) || io.muted.get() || !matches!(io.read_some(self, id), Ok(Left::Something)) {
                return;
            }
        }
    }
}

impl ConnIo {
    /// Ends the writing; the connection's task does the rest.
    pub(super) fn fail(&self, failed: Failed) {
        *self.failed.borrow_mut() = Some(failed);
        self.write_blocked.set(false);
        self.wake.notify_one();
    }

    /// Why the connection is over, in words: nothing is written any more, and all that came is read. A peer that says
    /// goodbye and closes makes our next write fail, while its goodbye must still be read. A reset that the broker
    /// wants comes at once.
    pub(super) fn is_over(&self, id: ConnId) -> Option<String> {
        let failed = self.failed.borrow();
        let Failed { cause, since } = failed.as_ref()?;
        let asked_for = matches!(cause, Cause::Reset);
        // A peer cannot keep its connection by sending on.
        let too_long = since.elapsed() >= LINGER;
        if !asked_for && !too_long && (self.unhandled.get() || self.has_come()) {
            return None;
        }
        if matches!(cause, Cause::TimedOut) {
            self.native.borrow_mut().write_timed_out(id);
        }
        Some(cause.to_string())
    }

    /// Why the connection is over, in words, where a rule wants that.
    pub(super) fn is_cut(&self) -> Option<String> {
        let cut = self.cut()?;
        if cut == Cut::Reset {
            self.socket.reset_at_close();
        }
        Some(cut.why().to_owned())
    }

    /// The deadline by which the peer must take bytes, or by which the rest of its bytes is read.
    pub(super) fn gives_up_at(&self, write_timeout: Duration) -> Option<Instant> {
        if let Some(failed) = &*self.failed.borrow() {
            return Some(failed.since + LINGER);
        }
        let waits = self.write_blocked.get() && !write_timeout.is_zero();
        waits.then(|| self.write_progress.get() + write_timeout)
    }

    /// The reason of an end that was found while reading: the first thing that went wrong.
    pub(super) fn why(&self, end: String) -> String {
        let failed = self.failed.borrow();
        failed.as_ref().map_or(end, |failed| failed.cause.to_string())
    }

    /// Whether bytes are in the socket.
    fn has_come(&self) -> bool {
        self.socket.peek().is_ok_and(|n| n > 0)
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lost(error) => error.fmt(f),
            Self::TimedOut => f.write_str("the peer took nothing"),
            Self::Reset => f.write_str("the broker reset the connection"),
        }
    }
}

/// Keeps the socket open, and says nothing, until the peer goes.
pub(super) async fn silence(io: &ConnIo) {
    let mut void = [0; 4096];
    while io.socket.readable().await.is_ok() {
        match io.socket.try_read(&mut void) {
            Ok(n) if n > 0 => tokio::task::yield_now().await,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            _ => return,
        }
    }
}

/// Closes the writing side, then waits for the peer to close too. A socket that is closed with unread bytes would send
/// a reset, and the peer could lose the packet that tells it why.
pub(super) async fn linger(shell: &Shell, io: &ConnIo) {
    if io.socket.shutdown_write().is_err() {
        return;
    }
    let deadline = Instant::now() + LINGER;
    let mut void = [0; 4096];
    loop {
        match io.socket.try_read(&mut void) {
            Ok(0) => return,
            // A peer that goes on sending does not take the turn of others.
            Ok(_) => tokio::task::yield_now().await,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                // A broker that stops has read what was there; it does not wait for more.
                if shell.stopping.get()
                    || tokio::time::timeout_at(deadline, io.socket.readable())
                        .await
                        .is_err()
                {
                    return;
                }
            }
            Err(_) => return,
        }
        if Instant::now() >= deadline {
            return;
        }
    }
}
