//! [`Stubs`]: those in force, and all that they remember.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::json;

use super::compiled::Request;
use super::form::invalid;
use super::in_force::{self, InForce};
use super::said::{Stub, When};
use super::{Out, Standing};
use crate::fault::{Absent, Gone, Invalid, PerClient};
use crate::journal::{Direction, Entry, Event, Glance, Side, Wanted};
use crate::pattern::topic_of;
use crate::scenario::Scenarios;
use crate::template::{Feed, Message, Seen};
use crate::time::Time;

/// So many timers are served in one go. The others are due at once.
const MOST_TIMERS: usize = 1_000;

/// The stubs in force.
///
/// 1. Show it every entry of the journal that it [wants](Wanted), once and in order: [`saw`](Self::saw).
/// 2. Call [`tick`](Self::tick) when [`next_timeout`](Self::next_timeout) has come.
/// 3. After each of these, publish what [`next_out`](Self::next_out) gives and record what [`next_event`](Self::next_event)
///    gives. What that leads to is not shown to it: stubs do not answer stubs.
///
/// ```
/// use broker_core::{pattern::publish, stub::{Stub, Stubs}, time::Time};
///
/// let mut stubs = Stubs::default();
/// let name = stubs.add(Time::ZERO, Stub::on(publish("cmd/#")).publish("state", "on"), false)?;
/// assert_eq!(&*name, "stub-1");
///
/// let twice = Stub::on(publish("cmd/#")).named("stub-1").publish("state", "off");
/// assert!(stubs.add(Time::ZERO, twice, false).is_err());
/// # Ok::<(), broker_core::fault::Invalid>(())
/// ```
#[derive(Debug, Default)]
pub struct Stubs {
    pub(super) seed: u64,
    pub(super) feed: Feed,
    pub(super) in_force: Vec<InForce>,
    /// What was taken away and comes back with `reset`.
    away: Vec<Stub>,
    /// The number of the next stub without a name.
    next_name: u64,
    pub(super) waiting: BTreeMap<(Time, u64), Out>,
    pub(super) waiting_bytes: usize,
    /// The number of the next message that waits.
    pub(super) next_waiting: u64,
    pub(super) out: VecDeque<Out>,
    pub(super) events: VecDeque<Event>,
    /// How many were asked so far, and what answers cost beside that.
    pub(super) asked: Cell<u64>,
    /// Those that were in force.
    gone: Gone,
}

impl Stubs {
    /// How many there may be.
    pub const MOST: usize = 10_000;

    /// None yet. All chance comes from `seed`; `feed` has the wall time.
    pub fn new(seed: u64, feed: Feed) -> Self {
        Self {
            seed,
            feed,
            ..Self::default()
        }
    }

    /// Puts a stub into force, and says its name. Timers count from `now`. One that `stays` is there again after
    /// [`reset`](Self::reset), and all others are not.
    ///
    /// # Errors
    /// It cannot work, or there is one of this name.
    pub fn add(&mut self, now: Time, mut stub: Stub, stays: bool) -> Result<Arc<str>, Invalid> {
        let name = stub.name.clone().unwrap_or_else(|| {
            loop {
                self.next_name += 1;
                let name: Arc<str> = format!("stub-{}", self.next_name).into();
                if self.find(&name).is_none() {
                    break name;
                }
            }
        });
        stub.name = Some(name.clone());
        let whose = stub.whose();
        if self.find(&name).is_some() {
            return Err(invalid(
                &whose,
                "name",
                "there is a stub of this name already: remove it first, or name this one otherwise",
            ));
        }
        if self.in_force.len() >= Self::MOST {
            return Err(invalid(
                &whose,
                "",
                format!("there are {} stubs, and no room for one more", Self::MOST),
            ));
        }
        if let Some(missing) = stub.files()?.iter().find(|name| !stub.files.has(name)) {
            return Err(invalid(&whose, "", format!("the file {missing:?} was not read")));
        }
        let ready = stub.ready(&whose)?;
        let due = match stub.when {
            When::Pattern(_) => None,
            When::Every(wait) | When::After(wait) => Some(now + wait),
        };
        let uses = |name: &str| ready.iter().any(|ready| ready.uses(name));
        let (uses_entry, uses_state) = (uses("entry"), uses("state"));
        self.in_force.push(InForce {
            name: name.clone(),
            said: stub,
            ready,
            due,
            stays,
            counts: PerClient::default(),
            matched: 0,
            answered: 0,
            failed: 0,
            uses_entry,
            uses_state,
        });
        Ok(name)
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.in_force.iter().position(|stub| &*stub.name == name)
    }

    /// Takes a stub out of force, with its messages that wait. Returns whether there was one of this name.
    pub fn remove(&mut self, name: &str) -> bool {
        let Some(at) = self.find(name) else {
            return false;
        };
        let stub = self.in_force.remove(at);
        self.gone.add(name);
        if stub.stays {
            self.away.push(stub.said);
        }
        self.waiting.retain(|_, out| &*out.stub != name);
        self.waiting_bytes = self.waiting.values().map(Out::bytes).sum();
        true
    }

    /// The same, of the very stub to which [`add`](Self::add) gave this name, and of no later one.
    pub fn remove_this(&mut self, name: &Arc<str>) -> bool {
        let is_this = |at: usize| Arc::ptr_eq(&self.in_force[at].name, name);
        self.find(name).is_some_and(is_this) && self.remove(name)
    }

    /// Takes all out of force.
    pub fn clear(&mut self) {
        let all: Vec<Arc<str>> = self.in_force.iter().map(|stub| stub.name.clone()).collect();
        for name in all {
            self.remove(&name);
        }
    }

    /// Those that stay are in force, and no others; all counts begin anew, and stubs that went are forgotten.
    pub fn reset(&mut self, now: Time) {
        self.gone = Gone::default();
        let back: Vec<Stub> = std::mem::take(&mut self.in_force)
            .into_iter()
            .filter(|stub| stub.stays)
            .map(|stub| stub.said)
            .chain(std::mem::take(&mut self.away))
            .collect();
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.feed.reset();
        for stub in back {
            // It was in force before.
            let _ = self.add(now, stub, true);
        }
        self.next_name = 0;
    }

    /// How many stubs were asked so far about what happened. An answer counts as many.
    pub fn asked(&self) -> u64 {
        self.asked.get()
    }

    /// Whether there is nothing to do, and nothing to look at.
    pub fn is_empty(&self) -> bool {
        self.in_force.is_empty() && self.waiting.is_empty()
    }

    /// Why nothing came of the stub of this name, where it is not in force.
    pub fn why_absent(&self, name: &str) -> Option<Absent> {
        let names = || self.in_force.iter().map(|stub| &*stub.name);
        let is_absent = self.find(name).is_none();
        is_absent.then(|| self.gone.why_absent("stub", name, names))
    }

    /// How each stands, in the order in which they came.
    pub fn list(&self) -> Vec<Standing> {
        let standing = |stub: &InForce| Standing {
            name: stub.name.to_string(),
            matched: stub.matched,
            answered: stub.answered,
            failed: stub.failed,
            waiting: self.waiting.values().filter(|out| out.stub == stub.name).count(),
            stub: stub.said.to_json(),
        };
        self.in_force.iter().map(standing).collect()
    }

    /// Something happened, and it is wanted. `user` is the user name of a client.
    pub fn saw(
        &mut self,
        now: Time,
        entry: &Entry,
        scenarios: &mut Scenarios,
        user: impl FnOnce(&str) -> Option<Arc<str>>,
    ) {
        let Some(entry) = in_force::that_counts(entry) else {
            return;
        };
        let topic = topic_of(&entry);
        let fit = |at: &usize| self.in_force[*at].fits(&entry, topic);
        // By priority, the newest of a tie first.
        let mut fits: Vec<usize> = (0..self.in_force.len()).rev().filter(fit).collect();
        fits.sort_by_key(|at| self.in_force[*at].said.priority);
        if fits.is_empty() {
            return;
        }
        let client_id: Arc<str> = crate::pattern::owner(&entry).into();
        let client = json!({"id": &*client_id, "user": user(&client_id).as_deref()});
        for at in fits {
            let stub = &mut self.in_force[at];
            stub.matched += 1;
            let count = stub.counts.of(&client_id);
            *count += 1;
            let nth = *count;
            if !stub.acts(nth, scenarios) {
                continue;
            }
            let goes_on = stub.said.goes_on;
            let mut seen = Seen::default().with("client", &client);
            let mut request = Request::default();
            if let Some(message) = Message::of(&entry) {
                let When::Pattern(pattern) = &stub.said.when else {
                    continue;
                };
                let filter = pattern.on_topic();
                seen = seen.with_message(filter.map_or(message.clone(), |filter| message.under(filter)));
                request = Request::of(&entry);
            }
            if stub.uses_entry {
                seen = seen.with("entry", &*entry);
            }
            self.answer(at, now, &client_id, nth, seen, &request, scenarios);
            if !goes_on {
                break;
            }
        }
    }

    /// When something is due next.
    pub fn next_timeout(&self) -> Option<Time> {
        let timers = self.in_force.iter().filter_map(|stub| stub.due);
        let waiting = self.waiting.keys().next().map(|(due, _)| *due);
        timers.chain(waiting).min()
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Time, scenarios: &mut Scenarios) {
        for _ in 0..MOST_TIMERS {
            let timer = |(at, stub): (usize, &InForce)| Some((stub.due.filter(|due| *due <= now)?, at));
            let Some((due, at)) = self.in_force.iter().enumerate().filter_map(timer).min() else {
                break;
            };
            let stub = &mut self.in_force[at];
            stub.due = match stub.said.when {
                When::Every(period) => Some(due + period),
                _ => None,
            };
            stub.matched += 1;
            let nobody: Arc<str> = Arc::from("");
            let count = stub.counts.of(&nobody);
            *count += 1;
            let nth = *count;
            if stub.acts(nth, scenarios) {
                self.answer(
                    at,
                    due,
                    &nobody,
                    nth,
                    Seen::default(),
                    &Request::default(),
                    scenarios,
                );
            }
        }
        while let Some(first) = self.waiting.first_entry().filter(|first| first.key().0 <= now) {
            let out = first.remove();
            self.waiting_bytes -= out.bytes();
            self.out.push_back(out);
        }
    }

    /// The next message to publish.
    pub fn next_out(&mut self) -> Option<Out> {
        self.out.pop_front()
    }

    /// The next event to record.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// What waits for its time, in words; `None` where nothing does. Timers do not wait: they go on and on.
    pub fn waits(&self, now: Time) -> Option<String> {
        let ((due, _), out) = self.waiting.first_key_value()?;
        let name = &out.stub;
        let secs = due.saturating_since(now).as_secs_f64();
        let more = match self.waiting.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more wait"),
        };
        Some(format!(
            "a message of stub {name:?} waits for {secs:.3} s more{more}"
        ))
    }
}

impl Wanted for Stubs {
    fn may_fit(&self, glance: &Glance<'_>) -> bool {
        if glance.side == Side::Client || glance.direction == Some(Direction::Out) {
            return false;
        }
        let glance = Glance {
            side: Side::Both,
            ..*glance
        };
        self.in_force.iter().any(|stub| match &stub.said.when {
            When::Pattern(pattern) => Wanted::may_fit(&**pattern, &glance),
            When::Every(_) | When::After(_) => false,
        })
    }

    fn fits(&self, entry: &Entry) -> bool {
        let fits = |entry: &Entry| {
            let topic = topic_of(entry);
            self.in_force.iter().any(|stub| stub.fits(entry, topic))
        };
        self.asked.set(self.asked.get() + self.in_force.len() as u64);
        in_force::that_counts(entry).is_some_and(|entry| fits(&entry))
    }
}
