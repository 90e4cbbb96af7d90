//! From link to link: what is due, how a link ends, and what comes then.

use std::time::Duration;

use broker_core::time::Time;
use broker_core::wire::{Packet, ReasonCode};

use crate::bridge::{BEGIN_SECS, Bridge, FORGOTTEN_SECS};
use crate::leg::Side;
use crate::link::Link;
use crate::plan::Start;
use crate::status::{Phase, Told};

impl Bridge {
    /// What is due.
    pub fn tick(&mut self, now: Time) {
        match self.phase {
            Phase::Waiting if self.due <= now => {
                let next = if self.has_session || self.plan.local_clean {
                    Phase::Connecting
                } else {
                    Phase::Beginning
                };
                self.enter(now, next);
            }
            Phase::Beginning if self.due <= now => {
                self.lose(now, "our broker does not answer".to_owned());
            }
            Phase::Connecting if self.due <= now && (self.dialing || self.remote.open) => {
                self.dialing = false;
                let what = if self.remote.accepted {
                    "does not answer SUBSCRIBE"
                } else {
                    "does not answer"
                };
                self.lose(now, format!("it {what} within {BEGIN_SECS} s"));
            }
            Phase::Connected => self.tick_link(now),
            _ => {}
        }
    }

    fn tick_link(&mut self, now: Time) {
        if let Some(idle) = self.idle_at().filter(|idle| *idle <= now) {
            let _ = idle;
            self.end_link(now, "nothing crossed for a while".to_owned(), None);
            self.enter(now, Phase::Asleep);
            return self.tell(Told::Asleep);
        }
        if self.forgotten <= now {
            self.forgotten = Time::NEVER;
            while let Some(id) = self.inbound.oldest_unheard() {
                self.inbound.remove(id);
                self.release_here(id);
            }
        }
        if self.keep_alive.is_zero() {
            return;
        }
        match self.pinged {
            Some(at) if at + self.keep_alive <= now => {
                let secs = self.keep_alive.as_secs();
                self.lose(now, format!("it did not answer PINGREQ within {secs} s"));
            }
            None if self.last_sent.min(self.last_came) + self.keep_alive <= now => {
                self.write(Side::Remote, &Packet::PingReq);
                self.pinged = Some(now);
            }
            _ => {}
        }
    }

    fn idle_at(&self) -> Option<Time> {
        let Start::Lazy {
            idle_timeout_secs, ..
        } = self.plan.start
        else {
            return None;
        };
        let is_idle = self.link.outbound.is_empty() && self.link.incoming.is_empty();
        is_idle.then(|| self.last_message.plus_secs(idle_timeout_secs))
    }

    /// When something is due next.
    pub fn next_timeout(&self) -> Option<Time> {
        match self.phase {
            Phase::Waiting | Phase::Beginning => Some(self.due),
            Phase::Connecting => (self.dialing || self.remote.open).then_some(self.due),
            Phase::Connected => {
                let quiet_since = self.pinged.unwrap_or(self.last_sent.min(self.last_came));
                let ping = (!self.keep_alive.is_zero()).then_some(quiet_since + self.keep_alive);
                let known = |at: Time| Some(at).filter(|at| *at != Time::NEVER);
                let (probe, forgotten) = (known(self.probe), known(self.forgotten));
                [ping, probe, forgotten, self.idle_at()]
                    .into_iter()
                    .flatten()
                    .min()
            }
            Phase::Asleep | Phase::Over => None,
        }
    }

    pub(crate) fn enter(&mut self, now: Time, phase: Phase) {
        (self.phase, self.since) = (phase, now);
        match phase {
            Phase::Beginning | Phase::Connecting => self.due = now.plus_secs(BEGIN_SECS),
            Phase::Connected => {
                self.counts.connects += 1;
                self.tried = 0;
                self.wait.reset();
                self.last_message = now;
                let is_second = self.address > 0 && !self.plan.round_robin;
                let again = now + self.plan.backoff.base();
                self.probe = if is_second { again } else { Time::NEVER };
                self.forgotten = match self.inbound.oldest_unheard() {
                    Some(_) => now.plus_secs(FORGOTTEN_SECS),
                    None => Time::NEVER,
                };
                self.counts.last_failed = None;
            }
            _ => {}
        }
    }

    /// There is no link, for a reason in words: it waits, or goes on with the next address.
    pub(crate) fn lose(&mut self, now: Time, why: String) {
        let was_connected = self.phase == Phase::Connected;
        if self.plan.start == Start::Once {
            self.end_link(now, why, None);
            return self.enter(now, Phase::Over);
        }
        let addresses = self.plan.addresses.max(1);
        self.tried += 1;
        let came_this_far = self.phase != Phase::Beginning;
        // The other addresses are tried at once.
        let wait = if came_this_far && !was_connected && self.tried < addresses {
            Duration::ZERO
        } else {
            self.wait.next(&mut self.chance)
        };
        self.end_link(now, why, Some(wait));
        if came_this_far {
            let next = if was_connected && !self.plan.round_robin {
                0
            } else {
                self.address + 1
            };
            self.address = next % addresses;
        }
        if !wait.is_zero() {
            self.tried = 0;
        }
        self.due = now + wait;
        (self.phase, self.since) = (Phase::Waiting, now);
        if wait.is_zero() {
            self.tick(now);
        }
    }

    pub(crate) fn end_link(&mut self, _now: Time, why: String, again_in: Option<Duration>) {
        let address = self.address;
        if self.phase == Phase::Connected {
            self.counts.last_lost = Some(why.clone());
        } else {
            self.counts.last_failed = Some(why.clone());
        }
        self.close_legs();
        self.tell(Told::Lost {
            address,
            why,
            again_in,
        });
    }

    /// Both connections are to end. What this link had under way is sent again in the next: it is in the sessions.
    pub(crate) fn close_legs(&mut self) {
        let there: Vec<u16> = self
            .link
            .outbound
            .keys()
            .map(|id| self.there(*id).get())
            .collect();
        self.left_there.extend(there);
        self.link = Link::default();
        if self.local.open {
            self.local.inbox.clear();
            if self.local.accepted {
                self.say_goodbye(Side::Local, ReasonCode::SUCCESS);
            }
            self.local.closing = true;
        }
        if self.remote.open {
            self.remote.inbox.clear();
            // The will says there that it is gone.
            if self.remote.accepted && self.plan.version.is_v5() {
                self.say_goodbye(Side::Remote, ReasonCode::DISCONNECT_WITH_WILL);
            }
            self.remote.closing = true;
        }
    }

    /// Whether the other broker has let it in, and nothing has crossed yet: when the driver may look what broker that is.
    pub fn is_let_in(&self) -> bool {
        self.phase == Phase::Connecting && self.remote.accepted && !self.remote.closing && !self.local.open
    }

    /// The line that would go round without end, if the other broker were ours: in words.
    pub fn would_go_round(&self) -> Option<String> {
        self.plan.topics.goes_round()
    }

    /// There is something wrong with this link, in words: it ends, and is tried again.
    pub fn drop_link(&mut self, now: Time, why: String) {
        self.lose(now, why);
    }

    /// There is something wrong with what it is told to do, in words: it ends for good.
    pub fn give_up(&mut self, now: Time, why: String) {
        self.end_link(now, why, None);
        self.enter(now, Phase::Over);
    }

    /// What it has in hand for one of the two brokers that is not on its way there, in words; `None` if nothing.
    pub fn in_hand(&self) -> Option<String> {
        let name = &self.plan.name;
        let (here, there) = (self.local.unsent().len(), self.remote.unsent().len());
        if self.local.open && here > 0 {
            return Some(format!("the bridge {name:?} has {here} bytes for this broker"));
        }
        if self.remote.open && there > 0 {
            return Some(format!(
                "the bridge {name:?} has {there} bytes for the other broker"
            ));
        }
        let unread = self.local.inbox.len() + self.remote.inbox.len();
        if self.phase == Phase::Connected && unread > 0 {
            return Some(format!(
                "the bridge {name:?} has {unread} bytes that are not handled yet"
            ));
        }
        let held = self.link.held.len();
        (held > 0).then(|| format!("the bridge {name:?} holds {held} messages that wait to be taken here"))
    }
}
