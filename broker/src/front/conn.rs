//! One connection: read → engine → write.
//!
//! The task that causes bytes for a connection writes them at once, as far as the socket takes them
//! ([`ConnIo::write_some`]). The connection's own task wakes up only to read, to write the rest, and to close.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice, Read as _};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{Interest, Ready};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::goodbye::{Failed, linger};
use super::{READ_BYTES, Shell};
use crate::backend::{ACKNOWLEDGES_AT_ONCE, LITTLE_BYTES, Native, acknowledge_at_once};
use crate::engine::ConnId;

/// How often one connection is read from before the others get their turn.
const READS_IN_A_ROW: usize = 4;
/// A read takes at most this many bytes while publishers wait for a subscriber that can hardly keep up.
const PRESSED_READ_BYTES: usize = 4096;
/// Once more than this of a packet has come, it is collected in a buffer of its own.
const COLLECT_BYTES: usize = READ_BYTES / 4;
/// Slices a vectored write.
const SLICES: usize = 32;
/// How long publishers wait for a subscriber that can hardly keep up. After that it counts as slow until it has caught
/// up: it alone loses the messages that do not fit.
const PATIENCE: Duration = Duration::from_millis(100);

/// Whether a short read means that the socket is empty, and that the operating system will report later bytes. This
/// holds where the system reports each change once (epoll, kqueue); the runtime's own reads rely on it, too.
const SHORT_READ_EMPTIES: bool = cfg!(any(target_os = "linux", target_vendor = "apple"));

/// What is left in a socket after a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    /// Perhaps something.
    Something,
    /// The peer closed.
    End,
}

/// The socket of one connection, and the state of its task.
pub(super) struct ConnIo {
    pub(super) stream: TcpStream,
    /// What answers it.
    pub(super) native: Rc<RefCell<Native>>,
    /// The beginning of a packet whose rest has not come yet.
    pub(super) partial: RefCell<Vec<u8>>,
    /// Whole packets are at the front of `partial`, left there for the next turn.
    pub(super) unhandled: Cell<bool>,
    /// It is not read from until it has taken the answers that it asked for.
    pub(super) muted: Cell<bool>,
    /// The socket took no more: the task waits until it does.
    pub(super) write_blocked: Cell<bool>,
    /// A few bytes came, and nothing was written back since then, which would have acknowledged them.
    unacknowledged: Cell<bool>,
    /// When the peer last took bytes.
    pub(super) write_progress: Cell<Instant>,
    /// Wakes the task: something has changed.
    pub(super) wake: Notify,
    /// The subscriber that this publisher waits for.
    held_by: RefCell<Option<Rc<ConnIo>>>,
    /// Since when publishers wait for this subscriber.
    pressed_since: Cell<Option<Instant>>,
    /// Wakes the publishers that wait for this subscriber.
    relieved: Notify,
    /// Why nothing is written any more.
    pub(super) failed: RefCell<Option<Failed>>,
}

impl ConnIo {
    /// Writes the outbox, as far as the socket takes it.
    pub(super) fn write_some(&self, shell: &Shell, id: ConnId) {
        self.write(id);
        self.relieve(shell, id);
    }

    fn write(&self, id: ConnId) {
        if self.write_blocked.get() || self.failed.borrow().is_some() {
            return;
        }
        let mut native = self.native.borrow_mut();
        loop {
            let Some(outbox) = native.engine.outbox(id) else {
                return;
            };
            if outbox.is_empty() {
                break;
            }
            let mut slices = [IoSlice::new(&[]); SLICES];
            let filled = outbox.fill(&mut slices);
            match self
                .stream
                .try_write_vectored(slices.get(..filled).unwrap_or_default())
            {
                Ok(n) => {
                    self.unacknowledged.set(false);
                    self.write_progress.set(Instant::now());
                    native.wrote(id, n);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.write_blocked.set(true);
                    self.write_progress.set(Instant::now());
                    self.wake.notify_one();
                    return;
                }
                Err(error) => {
                    self.fail(Failed::lost(error));
                    return;
                }
            }
        }
        let heard_again = self.muted.get() && !native.engine.is_owed_too_much(id);
        if heard_again || native.engine.close_reason(id).is_some() {
            self.wake.notify_one();
        }
    }

    /// Whether the engine wants it closed.
    pub(super) fn is_closing(&self, id: ConnId) -> bool {
        self.native.borrow().engine.close_reason(id).is_some()
    }

    /// Whether publishers should wait for this subscriber now, and until when at most.
    fn holds_until(&self) -> Option<Instant> {
        let since = self.pressed_since.get()?;
        Some(since + PATIENCE).filter(|until| *until > Instant::now())
    }

    /// Called after writing: have publishers waited long enough?
    fn relieve(&self, shell: &Shell, id: ConnId) {
        if self.pressed_since.get().is_some() && !self.native.borrow().engine.is_pressed(id) {
            self.pressed_since.set(None);
            shell.pressed_until.set(None);
            self.relieved.notify_waiters();
        }
    }

    /// The bytes just read went to a subscriber that can hardly keep up, so this publisher waits for it. No connection
    /// waits for itself, or for one that waits itself: its acknowledgements could not be read.
    fn yield_to(&self, shell: &Shell, id: ConnId) -> bool {
        let target = self.native.borrow_mut().engine.take_pressure();
        let Some(target) = target.filter(|target| *target != id) else {
            return false;
        };
        let Some(subscriber) = shell.conns.borrow().get(&target).cloned() else {
            return false;
        };
        if subscriber.held_by.borrow().is_some() || !self.native.borrow().engine.is_pressed(target) {
            return false;
        }
        if subscriber.pressed_since.get().is_none() {
            let now = Instant::now();
            subscriber.pressed_since.set(Some(now));
            shell.pressed_until.set(Some(now + PATIENCE));
        }
        let holds = subscriber.holds_until().is_some();
        if holds {
            *self.held_by.borrow_mut() = Some(subscriber);
        }
        holds
    }

    /// Reads what is there, at most a few times.
    pub(super) fn read_some(&self, shell: &Shell, id: ConnId) -> io::Result<Left> {
        for _ in 0..READS_IN_A_ROW {
            let collecting = self.partial.borrow().len() >= COLLECT_BYTES;
            let result = if self.unhandled.get() {
                Ok(self.handle_rest(id))
            } else if collecting {
                self.read_collecting(id)
            } else {
                self.read_in_place(shell, id)
            };
            if !ACKNOWLEDGES_AT_ONCE {
                shell.last_read.set(Some(Instant::now()));
            }
            let left = match result {
                Ok(Left::End) => return Ok(Left::End),
                Ok(left) => left,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Left::Nothing),
                Err(error) => return Err(error),
            };
            shell.after_input();
            if self.unacknowledged.take() {
                acknowledge_at_once(&self.stream);
            }
            let waits = self.yield_to(shell, id);
            if self.unhandled.get() {
                return Ok(Left::Something);
            }
            if waits || left == Left::Nothing || shell.is_backed_up() || self.is_closing(id) {
                return Ok(left);
            }
        }
        Ok(Left::Something)
    }

    /// Reads once. A short read has emptied the socket, so no second read is needed: later bytes are an event of their
    /// own.
    fn read(&self, buffer: &mut [u8]) -> io::Result<(usize, Left)> {
        let mut n = 0;
        let result = self.stream.try_io(Interest::READABLE, || {
            n = (&*socket2::SockRef::from(&self.stream)).read(buffer)?;
            self.unacknowledged.set(n < LITTLE_BYTES);
            if SHORT_READ_EMPTIES && n > 0 && n < buffer.len() {
                // Tells the runtime to wait for the next event.
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(())
        });
        match result {
            Ok(()) if n == 0 => Ok((0, Left::End)),
            Ok(()) => Ok((n, Left::Something)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && n > 0 => Ok((n, Left::Nothing)),
            Err(error) => Err(error),
        }
    }

    /// The common case: packets are handled in the buffer where they were read, which all connections share.
    fn read_in_place(&self, shell: &Shell, id: ConnId) -> io::Result<Left> {
        let mut scratch = shell.scratch.borrow_mut();
        if scratch.is_empty() {
            // The system zeroes its pages when they are first used: most brokers never read much at a time.
            *scratch = vec![0; READ_BYTES];
        }
        let mut partial = self.partial.borrow_mut();
        let begun = partial.len();
        // `partial` is shorter than COLLECT_BYTES here, so there is room behind it.
        let (front, rest) = scratch.split_at_mut(begun);
        // The receivers are known only after the read; with many publishers, each may add only a little.
        let pressed = shell
            .pressed_until
            .get()
            .is_some_and(|until| until > Instant::now());
        // Bytes that are not handled at once are kept.
        let full = self.native.borrow().engine.is_full();
        let most = if pressed || full {
            PRESSED_READ_BYTES
        } else {
            rest.len()
        };
        let rest = rest.get_mut(..most).unwrap_or_default();
        let (n, in_socket) = self.read(rest)?;
        front.copy_from_slice(&partial);
        let bytes = scratch.get(..begun + n).unwrap_or_default();
        let predecessor = self.native.borrow().engine.predecessor(id, bytes);
        if let Some(predecessor) = predecessor {
            // The client said that before this, so this waits for the next turn.
            *partial = bytes.to_vec();
            self.unhandled.set(true);
            drop((scratch, partial));
            shell.hear_out(predecessor);
            return Ok(Left::Something);
        }
        let taken = self.receive(id, bytes);
        let left = bytes.get(taken..).unwrap_or_default();
        if left.is_empty() {
            // An idle connection holds no buffer.
            *partial = Vec::new();
        } else {
            partial.clear();
            partial.extend_from_slice(left);
        }
        Ok(in_socket)
    }
}

/// Takes a connection in. This is done at once and not in the connection's task, so that it counts before the next one
/// is accepted.
pub(super) fn open(
    shell: &Shell,
    native: &Rc<RefCell<Native>>,
    stream: TcpStream,
    peer: SocketAddr,
) -> (ConnId, Rc<ConnIo>) {
    let io = Rc::new(ConnIo {
        stream,
        native: native.clone(),
        partial: RefCell::default(),
        unhandled: Cell::new(false),
        muted: Cell::new(false),
        write_blocked: Cell::new(false),
        unacknowledged: Cell::new(false),
        write_progress: Cell::new(Instant::now()),
        wake: Notify::new(),
        held_by: RefCell::default(),
        pressed_since: Cell::new(None),
        relieved: Notify::new(),
        failed: RefCell::default(),
    });
    let id = native.borrow_mut().open(peer.to_string());
    shell.conns.borrow_mut().insert(id, io.clone());
    shell.after_input();
    (id, io)
}

/// Serves one connection to its end.
pub(super) async fn serve(shell: Rc<Shell>, id: ConnId, io: Rc<ConnIo>) {
    let why = drive(&shell, &io, id).await;
    shell.conns.borrow_mut().remove(&id);
    io.native.borrow_mut().closed(id, &why);
    shell.after_input();
    shell.ended.notify_one();
}

/// Returns why the connection ended, in words. What it seldom waits for is boxed: an idle connection is hardly more than
/// this future.
async fn drive(shell: &Shell, io: &ConnIo, id: ConnId) -> String {
    loop {
        if let Some(why) = io.is_over(id) {
            return why;
        }
        let closing = io.is_closing(id);
        if closing && !io.write_blocked.get() {
            Box::pin(linger(shell, io)).await;
            return "closed".to_owned();
        }
        let failed = io.failed.borrow().is_some();
        let hold = io.held_by.borrow().clone().filter(|_| !closing && !failed);
        let hold = hold.and_then(|subscriber| subscriber.holds_until().map(|until| (subscriber, until)));
        if hold.is_none() {
            *io.held_by.borrow_mut() = None;
        }
        io.muted
            .set(!failed && io.native.borrow().engine.is_owed_too_much(id));
        let deaf = closing || hold.is_some() || io.muted.get();
        let interest = match (deaf, io.write_blocked.get()) {
            (true, true) => Some(Interest::WRITABLE),
            (true, false) => None,
            (false, true) => Some(Interest::READABLE | Interest::WRITABLE),
            (false, false) => Some(Interest::READABLE),
        };
        let ready = async {
            match interest {
                // Bytes that are here already wait for no event; all that can be written is written first.
                Some(interest) if io.unhandled.get() && !deaf => tokio::select! {
                    biased;
                    ready = io.stream.ready(interest) => ready.map(|ready| ready | Ready::READABLE),
                    () = std::future::ready(()) => Ok(Ready::READABLE),
                },
                Some(interest) => io.stream.ready(interest).await,
                None => std::future::pending().await,
            }
        };
        let released = async {
            match &hold {
                Some((subscriber, until)) => {
                    let _ = Box::pin(tokio::time::timeout_at(*until, subscriber.relieved.notified())).await;
                }
                None => std::future::pending().await,
            }
        };
        let give_up = async {
            match io.gives_up_at(shell.write_timeout) {
                Some(at) => Box::pin(tokio::time::sleep_until(at)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ready = ready => {
                let ready = match ready {
                    Ok(ready) => ready,
                    Err(error) => return error.to_string(),
                };
                if ready.is_writable() && io.write_blocked.replace(false) {
                    io.write_some(shell, id);
                    shell.after_input();
                }
                if ready.is_readable() && !deaf {
                    if shell.is_backed_up() {
                        Box::pin(shell.backlog_is_read()).await;
                        continue;
                    }
                    match io.read_some(shell, id) {
                        // The other connections get their turn.
                        Ok(Left::Something) => tokio::task::yield_now().await,
                        Ok(Left::Nothing) => {}
                        Ok(Left::End) => return io.why("the peer closed the connection".to_owned()),
                        Err(error) => return io.why(error.to_string()),
                    }
                }
            }
            () = io.wake.notified() => {}
            () = released => {}
            () = give_up => {
                if io.write_blocked.get() && io.gives_up_at(shell.write_timeout).is_some_and(|at| at <= Instant::now()) {
                    io.fail(Failed::timed_out());
                }
            }
        }
    }
}
