//! All waits end here, each with a deadline of its own. The deadline is in real time and on the broker's thread,
//! whatever runtime the caller has.

use std::rc::Rc;
use std::time::Instant;

use tokio::sync::{Notify, oneshot};

use super::Shell;
use super::expected::Expected;
use super::settle::Settled;
use super::watch::Condition;
use crate::backend::{Backend, Sign};
use crate::expect::{Expectation, Progress, Standing};
use crate::fault::Absent;
use crate::journal::{Excerpt, Mark, Part};

/// How many entries that came already are looked at in one turn, for an ordinary expectation.
const LOOKED_AT: u64 = 4_096;

/// A condition that is to become true.
pub(crate) struct Wait {
    /// What the condition depends on.
    pub of: Sign,
    /// The client that it is about, if it is about one.
    pub client: Option<String>,
    pub condition: Condition,
    /// Says how things stand if it does not.
    pub instead: Box<dyn FnOnce(&Backend) -> String + Send>,
    pub until: Instant,
    /// Gets the answer; the error says how things stand instead.
    pub answer: oneshot::Sender<Result<(), String>>,
}

/// An expectation that is to be judged.
pub(crate) struct Inquiry {
    pub expectation: Expectation,
    /// From where on to look: `None` is the mark that was set last.
    pub since: Option<Mark>,
    pub until: Instant,
    /// Whether to wait for packets that have not been sent yet.
    pub patient: bool,
    /// Whether the answer is to have the journal, where the expectation is not met.
    pub explained: bool,
    pub answer: oneshot::Sender<Verdict>,
}

/// How an expectation was judged.
pub(crate) struct Verdict {
    pub progress: Progress,
    pub grounds: Grounds,
    /// The journal since its mark; empty if the expectation is met for certain, and where it was not asked for. It ends where the
    /// journal ended.
    pub seen: Excerpt,
    /// Rules and stubs of which something is expected, and that are not there.
    pub absent: Vec<Absent>,
}

/// Why a verdict can be given now.
#[derive(Debug, PartialEq)]
pub(crate) enum Grounds {
    /// No later entry can change it.
    Decided,
    /// Nothing more is on its way.
    Settled,
    /// The deadline passed, and this is why more may be on its way.
    OutOfTime(String),
}

impl Shell {
    /// Answers when the condition is true, or when its deadline passes.
    pub(super) fn wait(self: Rc<Self>, mut wait: Wait) {
        if (wait.condition)(&self.backend) {
            let _ = wait.answer.send(Ok(()));
            return;
        }
        let (met, is_met) = oneshot::channel();
        self.watches.add(wait.of, wait.condition, met);
        let mut answer = wait.answer;
        tokio::task::spawn_local(async move {
            let answered = tokio::select! {
                biased;
                Ok(()) = is_met => Ok(()),
                () = answer.closed() => return,
                () = tokio::time::sleep_until(wait.until.into()) => {
                    Err((wait.instead)(&self.backend) + &self.rules_about(wait.client.as_deref()))
                }
            };
            let _ = answer.send(answered);
        });
    }

    /// Answers when the broker has settled, or the deadline passes.
    pub(super) fn wait_settled(
        self: Rc<Self>,
        until: Instant,
        mut answer: oneshot::Sender<Result<(), String>>,
    ) {
        tokio::task::spawn_local(async move {
            let answered = tokio::select! {
                biased;
                _ = self.settled() => Ok(()),
                () = answer.closed() => return,
                () = tokio::time::sleep_until(until.into()) => Err(self.why()),
            };
            let _ = answer.send(answered);
        });
    }

    /// Answers when the expectation is decided, or its deadline passes.
    pub(super) fn judge(self: Rc<Self>, inquiry: Inquiry) {
        let Inquiry {
            expectation,
            since,
            until,
            patient,
            explained,
            mut answer,
        } = inquiry;
        let mut progress = Progress::new(expectation, since.unwrap_or(self.mark.get()));
        // A long journal is looked through in turns, so that messages go on meanwhile.
        let part = Part {
            looked_at: LOOKED_AT / (1 + progress.expectation().weight() as u64 / 8),
            ..Part::ALL
        };
        tokio::task::spawn_local(async move {
            while progress.look_at(&self.backend.journal(), part) {
                tokio::task::yield_now().await;
                if answer.is_closed() {
                    return;
                }
            }
            // No entry comes between the last look and this.
            let expected = Rc::new(Expected {
                progress: progress.into(),
                changed: Notify::new(),
            });
            let number = self.watches.expectations.add(&expected, &self.backend.journal());
            let grounds = tokio::select! {
                biased;
                grounds = self.decided(&expected, patient) => Some(grounds),
                () = answer.closed() => None,
                () = tokio::time::sleep_until(until.into()) => Some(Grounds::OutOfTime(self.why())),
            };
            // Entries recorded since the last input count as well.
            self.watches.expectations.look(&self.backend.journal());
            self.watches.expectations.remove(number);
            let (Some(grounds), Some(expected)) = (grounds, Rc::into_inner(expected)) else {
                return;
            };
            let progress = expected.progress.into_inner();
            let is_met = match progress.standing() {
                Standing::Met => true,
                Standing::Enough => grounds == Grounds::Settled,
                Standing::Open | Standing::Exceeded => false,
            };
            let absent = self.absent(progress.expectation());
            let is_sure = absent.iter().all(|absent| !absent.was_never);
            let seen = if !explained || (is_met && is_sure && progress.missed() == 0) {
                let until = self.backend.journal().mark();
                Excerpt {
                    until,
                    ..Excerpt::default()
                }
            } else {
                self.backend.journal().since(progress.since())
            };
            let _ = answer.send(Verdict {
                progress,
                grounds,
                seen,
                absent,
            });
        });
    }

    /// The rules in force that could concern a client, in words that follow how it stands.
    fn rules_about(&self, client: Option<&str>) -> String {
        let faults = self.machines.faults.borrow();
        let names = client.map(|client| faults.about(client)).unwrap_or_default();
        if names.is_empty() {
            return String::new();
        }
        format!("; rules in force that may concern it: {}", names.join(", "))
    }

    /// The rules and stubs of which something is expected, and that are not there.
    fn absent(&self, expectation: &Expectation) -> Vec<Absent> {
        let faults = self.machines.faults.borrow();
        let stubs = &self.machines.stubs.borrow().stubs;
        let rules = expectation.rules().filter_map(|name| faults.why_absent(name));
        rules
            .chain(expectation.stubs().filter_map(|name| stubs.why_absent(name)))
            .collect()
    }

    /// Returns when the expectation is met, or when it is known that it cannot be met any more.
    async fn decided(self: &Rc<Self>, expected: &Expected, patient: bool) -> Grounds {
        loop {
            match expected.standing() {
                Standing::Met | Standing::Exceeded => return Grounds::Decided,
                Standing::Open if patient => expected.changed.notified().await,
                Standing::Open | Standing::Enough => {
                    tokio::select! {
                        biased;
                        () = expected.changed.notified() => {}
                        () = self.proven() => return Grounds::Settled,
                    }
                }
            }
        }
    }

    /// Returns when it is proven that nothing more is on its way. With an engine that cannot tell, it never returns.
    async fn proven(self: &Rc<Self>) {
        if self.backend.relay().is_some() {
            std::future::pending::<()>().await;
        }
        while self.settled().await != Settled::Proven {
            self.activity.notified().await;
        }
    }

    /// Why more may be on its way, in words.
    fn why(&self) -> String {
        match self.backend.relay() {
            Some(_) => "this engine cannot tell when nothing more is on its way".to_owned(),
            None => self.why_unproven(),
        }
    }
}
