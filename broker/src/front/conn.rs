//! One connection: read → engine → write.
//!
//! The task that causes bytes for a connection writes them at once, as far as the socket takes them
//! ([`ConnIo::write_some`]). The connection's own task wakes up only to read, to write the rest, and to close.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tokio::io::{Interest, Ready};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Shell;
use super::goodbye::{Failed, linger, silence};
use super::line::Attached;
use crate::arrival::MAIN_LISTENER;
use crate::backend::{Native, acknowledge_at_once};
use crate::engine::ConnId;
use crate::fault::Cut;
use crate::line::Portion;
use crate::way::{Door, Layers, Progress, Socket, Visitor};

/// What is left in a socket after a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    /// Perhaps something.
    Something,
    /// The peer closed.
    End,
}

/// What lies between the socket and MQTT.
pub(super) enum Between {
    /// The first bytes will say.
    Unknown(Rc<Door>),
    Nothing,
    Layers(Box<Layers>),
}

/// The socket of one connection, and the state of its task.
pub(super) struct ConnIo {
    pub(super) socket: Socket,
    /// What its bytes go through.
    pub(super) between: RefCell<Between>,
    /// Its bytes go through nothing: they are MQTT's.
    pub(super) is_plain: Cell<bool>,
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
    pub(super) unacknowledged: Cell<bool>,
    /// When the peer last took bytes.
    pub(super) write_progress: Cell<Instant>,
    /// Wakes the task: something has changed.
    pub(super) wake: Notify,
    /// The subscriber that this publisher waits for.
    pub(super) held_by: RefCell<Option<Rc<ConnIo>>>,
    /// Since when publishers wait for this subscriber.
    pub(super) pressed_since: Cell<Option<Instant>>,
    /// Wakes the publishers that wait for this subscriber.
    pub(super) relieved: Notify,
    /// What rules do to its bytes.
    pub(super) line: RefCell<Option<Box<Attached>>>,
    /// There is a line.
    pub(super) has_line: Cell<bool>,
    /// What was handed over last is not what the client sent, or not when: a rule made it so.
    pub(super) differs: Cell<bool>,
    /// So much is read at a time, where stubs are asked about it.
    pub(super) portion: Cell<Portion>,
    /// Why nothing is written any more.
    pub(super) failed: RefCell<Option<Failed>>,
}

impl ConnIo {
    /// Whether it is to be closed: the engine wants that, or it was no MQTT client's and has its answer.
    pub(super) fn is_closing(&self, id: ConnId) -> bool {
        self.native.borrow().engine.close_reason(id).is_some() || self.is_answered()
    }

    pub(super) fn is_answered(&self) -> bool {
        !self.is_plain.get()
            && matches!(&*self.between.borrow(), Between::Layers(layers) if layers.progress() == Progress::Answered)
    }

    /// Whether it came for the control API.
    fn visits(&self) -> bool {
        !self.is_plain.get()
            && matches!(&*self.between.borrow(), Between::Layers(layers) if layers.progress() == Progress::Visits)
    }

    /// Leads it to the control API.
    fn visit(&self) {
        if let Between::Layers(layers) = self.between.replace(Between::Nothing) {
            let visitors = layers.door().visitors().clone();
            if let Ok(visitor) = Visitor::of(&self.socket, *layers) {
                visitors.come(visitor);
            }
        }
    }

    /// Lets the peer's kernel send what it holds back until we acknowledge.
    pub(super) fn acknowledge_at_once(&self) {
        if let Some(stream) = self.socket.tcp() {
            acknowledge_at_once(stream);
        }
    }
}

/// Takes a connection in. This is done at once and not in the connection's task, so that it counts before the next one
/// is accepted.
pub(super) fn open(
    shell: &Shell,
    native: &Rc<RefCell<Native>>,
    socket: Socket,
    peer: String,
    door: Rc<Door>,
) -> (ConnId, Rc<ConnIo>) {
    let arrival = door.arrival(&socket);
    let io = Rc::new(ConnIo {
        socket,
        between: RefCell::new(Between::Unknown(door)),
        is_plain: Cell::new(false),
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
        line: RefCell::default(),
        has_line: Cell::new(false),
        differs: Cell::new(false),
        portion: Cell::default(),
        failed: RefCell::default(),
    });
    let id = native.borrow_mut().open(peer);
    // The engine takes it for plain TCP to the main port unless it is told otherwise.
    if arrival.way.unix || &*arrival.listener != MAIN_LISTENER {
        io.arrived(id, arrival);
    }
    shell.conns.borrow_mut().insert(id, io.clone());
    io.begin_line(shell, id);
    shell.after_input();
    (id, io)
}

/// Serves one connection to its end.
pub(super) async fn serve(shell: Rc<Shell>, id: ConnId, io: Rc<ConnIo>) {
    let why = drive(&shell, &io, id).await;
    shell.conns.borrow_mut().remove(&id);
    io.breaks_off(id);
    let (cut, visits) = (io.cut(), io.visits());
    io.discard_line(&shell, id);
    io.native.borrow_mut().closed(id, &why);
    shell.after_input();
    shell.ended.notify_one();
    if visits {
        // From here on the socket is another's, too.
        return io.visit();
    }
    match cut {
        Some(Cut::HalfOpen) => Box::pin(silence(&io)).await,
        Some(Cut::Close) => Box::pin(linger(&shell, &io)).await,
        _ if io.peer_said_goodbye() => Box::pin(linger(&shell, &io)).await,
        _ => {}
    }
}

/// Returns why the connection ended, in words. What it seldom waits for is boxed: an idle connection is hardly more than
/// this future.
async fn drive(shell: &Shell, io: &ConnIo, id: ConnId) -> String {
    loop {
        if let Some(why) = io.is_over(id) {
            return why;
        }
        if io.visits() {
            return "it came for the control API".to_owned();
        }
        if io.has_line.get() {
            if let Some(why) = io.is_cut() {
                return why;
            }
            if io.has_ended() {
                return io.why("the peer closed the connection".to_owned());
            }
        }
        let closing = io.is_closing(id);
        if closing
            && !io.write_blocked.get()
            && io.is_kept(id)
            && io.is_through(shell, id)
            && io.say_goodbye(shell, id)
        {
            // What the client said before is not heard any more.
            io.discard_line(shell, id);
            Box::pin(linger(shell, io)).await;
            return "closed".to_owned();
        }
        let failed = io.failed.borrow().is_some();
        let hold = io.held_by.borrow().clone().filter(|_| !closing && !failed);
        let hold = hold.and_then(|subscriber| subscriber.holds_until().map(|until| (subscriber, until)));
        if hold.is_none() {
            *io.held_by.borrow_mut() = None;
        }
        let is_being_checked = io.native.borrow().engine.is_being_checked(id);
        io.muted
            .set(is_being_checked || (!failed && io.must_take_first(id)));
        let deaf = closing
            || hold.is_some()
            || io.muted.get()
            || (io.has_line.get() && !io.unhandled.get() && io.is_deaf_for_line());
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
                    ready = io.socket.ready(interest) => ready.map(|ready| ready | Ready::READABLE),
                    () = std::future::ready(()) => Ok(Ready::READABLE),
                },
                Some(interest) => io.socket.ready(interest).await,
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
                        Ok(Left::End) if io.has_line.get() => io.end_in(shell, id, Cut::Close),
                        Ok(Left::End) => {
                            io.answer_goodbye(shell, id);
                            return io.why("the peer closed the connection".to_owned());
                        }
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
