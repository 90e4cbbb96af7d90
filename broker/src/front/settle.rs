//! Settling: is anything still going on, and can the broker know that nothing more is on its way?
//!
//! The bytes that a client on this machine has written are either in our socket or in its own. The kernel of a client
//! keeps a small write back until the bytes before it are acknowledged (Nagle's algorithm). So acknowledgements are
//! sent at once, until nothing more comes. On systems that cannot do that, settling waits longer than they delay an
//! acknowledgement.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Shell;
use super::conn::{Between, ConnIo};
use crate::backend;
use crate::engine::ConnId;

/// How many rounds in a row must be quiet. In each, the operating system is asked once for new bytes.
const QUIET_ROUNDS: u32 = 2;
/// How long it must be quiet after the last read if an acknowledgement cannot be sent at once. Systems delay one by 40
/// to 200 ms, so this is longer.
const DELAYED_ACKNOWLEDGEMENT: Option<Duration> = if backend::ACKNOWLEDGES_AT_ONCE {
    None
} else {
    Some(Duration::from_millis(250))
};

/// What is known once nothing is going on any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settled {
    /// Nothing more is on its way.
    Proven,
    /// Something may still be on its way, for this reason.
    Unproven(String),
}

impl Shell {
    /// Returns when nothing is going on any more: no connected client has messages in flight or queued, nothing is
    /// unread or unwritten, no packet is incomplete, and no timer is due.
    ///
    /// One task checks, however many callers wait.
    pub(super) async fn settled(self: &Rc<Self>) -> Settled {
        loop {
            let (answer, settled) = oneshot::channel();
            self.settling.borrow_mut().push(answer);
            if !self.is_settling.replace(true) {
                tokio::task::spawn_local(self.clone().settle());
            }
            if let Ok(settled) = settled.await {
                return settled;
            }
        }
    }

    /// Answers the callers that wait, until there are no more.
    async fn settle(self: Rc<Self>) {
        loop {
            // A caller that comes later wants to know the state at its own time.
            let mut asked = self.settling.take();
            asked.retain(|answer| !answer.is_closed());
            if asked.is_empty() {
                break;
            }
            let Some(settled) = self.comes_to_rest(&asked).await else {
                continue;
            };
            for answer in asked {
                let _ = answer.send(settled.clone());
            }
        }
        self.is_settling.set(false);
    }

    /// `None` if nobody waits for the answer any more.
    async fn comes_to_rest(&self, asked: &[oneshot::Sender<Settled>]) -> Option<Settled> {
        let mut quiet_rounds = 0;
        while quiet_rounds < QUIET_ROUNDS {
            let activity = self.activity.notified();
            // One turn accepts connections and wakes readers, the next lets them read.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            if self.unsettled().is_none() {
                quiet_rounds += 1;
                if let Some(rest) = self.may_be_unacknowledged() {
                    quiet_rounds = 0;
                    let _ = tokio::time::timeout(rest, activity).await;
                }
                continue;
            }
            quiet_rounds = 0;
            // Every end of this wait is an input.
            activity.await;
            if asked.iter().all(oneshot::Sender::is_closed) {
                return None;
            }
        }
        Some(self.proof())
    }

    /// What is still going on, in words.
    fn unsettled(&self) -> Option<String> {
        let shut_out = || {
            let waits = self.accept_waits.borrow();
            let (addr, error) = waits.iter().next()?;
            Some(match error {
                None => format!("clients wait to be let in at {addr}"),
                Some(error) => format!("clients wait at {addr} and cannot be let in: {error}"),
            })
        };
        let unread = || {
            let conns = self.conns.borrow();
            conns.iter().find_map(|(id, io)| {
                let unread = io.unread(*id)?;
                Some(format!("{} {unread}", io.name(*id)))
            })
        };
        let commands = || self.commands_at_work();
        let stubs = || self.stubs_at_work();
        let devices = || self.devices_at_work();
        let bridges = || self.bridges_at_work();
        self.backend
            .unsettled(|id| {
                let conns = self.conns.borrow();
                conns.get(&id).is_some_and(|io| io.is_held_on_line())
            })
            .or_else(shut_out)
            .or_else(unread)
            .or_else(|| self.unkept())
            .or_else(commands)
            .or_else(stubs)
            .or_else(devices)
            .or_else(bridges)
    }

    /// Why more may be on its way, in words.
    pub(super) fn why_unproven(&self) -> String {
        if let Some(why) = self.unsettled() {
            return why;
        }
        match self.proof() {
            Settled::Unproven(why) => why,
            // It is quiet right now, but may not stay so.
            Settled::Proven => "clients go on sending".to_owned(),
        }
    }

    /// How long the last bytes that were read may still be unacknowledged.
    fn may_be_unacknowledged(&self) -> Option<Duration> {
        let until = self.last_read.get()? + DELAYED_ACKNOWLEDGEMENT?;
        until
            .checked_duration_since(Instant::now())
            .filter(|rest| !rest.is_zero())
    }

    /// Whether all that a client sent is here once its kernel holds nothing back. That is only known of clients on this
    /// machine.
    fn proof(&self) -> Settled {
        let conns = self.conns.borrow();
        let elsewhere = conns.iter().filter(|(_, io)| !io.socket.is_local());
        match elsewhere.min_by_key(|(id, _)| **id) {
            None => Settled::Proven,
            Some((first, io)) => Settled::Unproven(format!(
                "{} is on another machine or in another network namespace: what it sent may still be on its way",
                io.name(*first)
            )),
        }
    }
}

impl ConnIo {
    /// The client of this connection and its address, for people.
    fn name(&self, id: ConnId) -> String {
        self.native.borrow().engine.name_of(id)
    }

    /// What came and is not handled yet, in words that follow the client's name.
    fn unread(&self, id: ConnId) -> Option<String> {
        self.acknowledge_at_once();
        if let Some(owed) = self.owes_on_line(id) {
            return Some(owed);
        }
        match self.socket.peek() {
            // It is left unread on purpose, or it has ended and its end waits.
            _ if self.is_deaf_for_line() => None,
            Ok(0) => Some("has closed its connection, and that is not handled yet".to_owned()),
            Ok(_) => Some("sent something that is not read yet".to_owned()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let partial = self.partial.borrow();
                backend::half_packet(&partial)
                    .or_else(|| {
                        (!partial.is_empty()).then(|| "sent packets that are not handled yet".to_owned())
                    })
                    .or_else(|| self.owes_below())
            }
            Err(error) => Some(format!("is lost ({error}), and that is not handled yet")),
        }
    }

    /// What its layers wait for, or for what they wait to be written.
    fn owes_below(&self) -> Option<String> {
        let Between::Layers(layers) = &*self.between.borrow() else {
            return None;
        };
        let unwritten = layers.down().len();
        let untaken = || (unwritten > 0).then(|| format!("has not taken {unwritten} bytes that wait for it"));
        layers.owes().or_else(untaken)
    }
}
