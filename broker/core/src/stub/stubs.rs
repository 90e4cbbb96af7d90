//! [`Stubs`]: those in force, and all that they remember.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::compiled::{Making, Ready, Request};
use super::counts::Counts;
use super::form::invalid;
use super::said::{Stub, When};
use crate::chance::Rng;
use crate::fault::Invalid;
use crate::journal::{Decision, Direction, Entry, Event, Glance, Record, Side, Wanted};
use crate::scenario::Scenarios;
use crate::template::{Feed, Message, Seen};
use crate::time::Time;
use crate::wire::{Packet, PacketType, QoS};

/// So many messages may wait for their time, and so many bytes.
const MOST_WAITING: usize = 10_000;
const MOST_WAITING_BYTES: usize = 64 * 1024 * 1024;
/// So many timers are served in one go. The others are due at once.
const MOST_TIMERS: usize = 1_000;
/// How many stubs there may be.
const MOST_STUBS: usize = 10_000;

/// A message that is to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct Out {
    /// The stub whose message it is.
    pub stub: Arc<str>,
    /// The client that it answers; empty where a timer did it.
    pub client_id: Arc<str>,
    /// Topic name.
    pub topic: String,
    /// The payload.
    pub payload: Bytes,
    /// QoS.
    pub qos: QoS,
    /// RETAIN.
    pub retain: bool,
    /// Payload Format Indicator.
    pub payload_format: Option<bool>,
    /// Message Expiry Interval in seconds.
    pub message_expiry_secs: Option<u32>,
    /// Content Type.
    pub content_type: Option<String>,
    /// Response Topic.
    pub response_topic: Option<String>,
    /// Correlation Data.
    pub correlation_data: Option<Bytes>,
    /// User Properties.
    pub user: Vec<(String, String)>,
}

impl Out {
    fn bytes(&self) -> usize {
        let user: usize = self
            .user
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        size_of::<Self>() + self.topic.len() + self.payload.len() + user
    }
}

/// How a stub stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// How often something fitted and no stub before it answered alone.
    pub matched: u64,
    /// How often it answered.
    pub answered: u64,
    /// How often a template of it, or a message, could not be made.
    pub failed: u64,
    /// How many of its messages wait for their time.
    pub waiting: usize,
    /// What it says, as JSON.
    pub stub: Json,
}

#[derive(Debug)]
struct InForce {
    name: Arc<str>,
    said: Stub,
    ready: Vec<Ready>,
    /// When a timer is due.
    due: Option<Time>,
    /// Whether `reset` leaves it.
    stays: bool,
    counts: Counts,
    matched: u64,
    answered: u64,
    failed: u64,
    uses_entry: bool,
    uses_state: bool,
}

/// The stubs in force.
///
/// 1. Show it every entry of the journal that it [wants](Wanted), once and in order: [`saw`](Self::saw).
/// 2. Call [`tick`](Self::tick) when [`next_timeout`](Self::next_timeout) has come.
/// 3. After each of these, publish what [`next_out`](Self::next_out) gives and record what [`next_event`](Self::next_event)
///    gives. What that leads to is not shown to it: stubs do not answer stubs.
#[derive(Debug, Default)]
pub struct Stubs {
    seed: u64,
    feed: Feed,
    in_force: Vec<InForce>,
    /// What was taken away and comes back with `reset`.
    away: Vec<Stub>,
    /// The number of the next stub without a name.
    next_name: u64,
    waiting: BTreeMap<(Time, u64), Out>,
    waiting_bytes: usize,
    /// The number of the next message that waits.
    next_waiting: u64,
    out: VecDeque<Out>,
    events: VecDeque<Event>,
}

impl Stubs {
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
        if self.in_force.len() >= MOST_STUBS {
            return Err(invalid(
                &whose,
                "",
                format!("there are {MOST_STUBS} stubs, and no room for one more"),
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
            counts: Counts::default(),
            matched: 0,
            answered: 0,
            failed: 0,
            uses_entry,
            uses_state,
        });
        Ok(name)
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.in_force.iter().position(|stub| &*stub.name == name)
    }

    /// Takes a stub out of force, with its messages that wait. Returns whether there was one of this name.
    pub fn remove(&mut self, name: &str) -> bool {
        let Some(at) = self.find(name) else {
            return false;
        };
        let stub = self.in_force.remove(at);
        if stub.stays {
            self.away.push(stub.said);
        }
        self.waiting.retain(|_, out| &*out.stub != name);
        self.waiting_bytes = self.waiting.values().map(Out::bytes).sum();
        true
    }

    /// Takes all out of force.
    pub fn clear(&mut self) {
        let all: Vec<Arc<str>> = self.in_force.iter().map(|stub| stub.name.clone()).collect();
        for name in all {
            self.remove(&name);
        }
    }

    /// Those that stay are in force, and no others; all counts begin anew.
    pub fn reset(&mut self, now: Time) {
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
    }

    /// Whether there is nothing to do, and nothing to look at.
    pub fn is_empty(&self) -> bool {
        self.in_force.is_empty() && self.waiting.is_empty()
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
        let Some(entry) = counts(entry) else {
            return;
        };
        let fits: Vec<usize> = self
            .in_order()
            .into_iter()
            .filter(|at| self.in_force[*at].fits(&entry))
            .collect();
        if fits.is_empty() {
            return;
        }
        let client_id: Arc<str> = crate::pattern::owner(&entry).into();
        let client = json!({"id": &*client_id, "user": user(&client_id).as_deref()});
        for at in fits {
            let stub = &mut self.in_force[at];
            stub.matched += 1;
            let nth = stub.counts.count(&client_id);
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
                request = request_of(&entry);
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

    /// By priority, the newest of a tie first.
    fn in_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.in_force.len()).rev().collect();
        order.sort_by_key(|at| self.in_force[*at].said.priority);
        order
    }

    #[allow(clippy::too_many_arguments)] // what one answer needs
    fn answer(
        &mut self,
        at: usize,
        now: Time,
        client_id: &Arc<str>,
        nth: u64,
        seen: Seen,
        request: &Request,
        scenarios: &mut Scenarios,
    ) {
        let stub = &mut self.in_force[at];
        let mut seen = seen.with("stub", &json!({"name": &*stub.name, "nth": stub.answered + 1}));
        if stub.uses_state {
            seen = seen.with_states(scenarios);
        }
        let mut chance =
            Rng::new(self.seed ^ hash(&stub.name) ^ hash(client_id).rotate_left(17) ^ nth.rotate_left(41));
        self.feed.set_files(stub.said.files.clone());
        let ready = match stub.ready.len() as u64 {
            many if stub.said.cycle && many > 0 => {
                let turn = (stub.answered % many) as usize;
                &stub.ready[turn..=turn]
            }
            _ => &stub.ready[..],
        };
        let mut made = Vec::new();
        for publication in ready {
            let late = publication
                .delay
                .map(|delay| delay.draw(&mut chance))
                .unwrap_or_default();
            let mut making = Making {
                seen: &seen,
                feed: &mut self.feed,
                files: &stub.said.files,
                request,
                now: now + late,
                chance: &mut chance,
            };
            match publication.make(&mut making) {
                Ok(out) => made.push((
                    now + late,
                    Out {
                        stub: stub.name.clone(),
                        client_id: client_id.clone(),
                        ..out
                    },
                )),
                Err(why) => return self.fail(at, client_id, why),
            }
        }
        let later = || made.iter().filter(|(due, _)| *due > now);
        let bytes: usize = later().map(|(_, out)| out.bytes()).sum();
        if self.waiting.len() + later().count() > MOST_WAITING
            || self.waiting_bytes + bytes > MOST_WAITING_BYTES
        {
            let why = format!(
                "{} messages of stubs wait for their time, and there is no room for more",
                self.waiting.len()
            );
            return self.fail(at, client_id, why);
        }
        stub.answered += 1;
        if let (Some(scenario), Some(state)) = (&stub.said.scenario, &stub.said.new_state)
            && !scenarios.set(scenario, state)
        {
            let why = format!("no room for the state of the scenario {scenario:?}");
            return self.fail(at, client_id, why);
        }
        self.events.push_back(Event::StubAnswered {
            client_id: client_id.clone(),
            stub: stub.name.clone(),
            messages: made.len() as u32,
        });
        for (due, out) in made {
            if due > now {
                self.waiting_bytes += out.bytes();
                self.waiting.insert((due, self.next_waiting), out);
                self.next_waiting += 1;
            } else {
                self.out.push_back(out);
            }
        }
    }

    fn fail(&mut self, at: usize, client_id: &Arc<str>, why: String) {
        let stub = &mut self.in_force[at];
        stub.failed += 1;
        self.events.push_back(Event::TemplateFailed {
            client_id: client_id.clone(),
            of: format!("stub {:?}", stub.name).into(),
            why,
        });
    }

    /// A message could not be published.
    pub fn refused(&mut self, out: &Out, why: String) {
        match self.find(&out.stub) {
            Some(at) => self.fail(at, &out.client_id, why),
            // It is gone since.
            None => {}
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
            let nth = stub.counts.count(&nobody);
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

impl InForce {
    fn fits(&self, entry: &Entry) -> bool {
        matches!(&self.said.when, When::Pattern(pattern) if pattern.fits(entry))
    }

    /// Whether it answers the nth of what fits of a client.
    fn acts(&self, nth: u64, scenarios: &Scenarios) -> bool {
        let Stub {
            nth: only,
            every,
            first,
            after,
            max_times,
            scenario,
            required_state,
            ..
        } = &self.said;
        let counted = nth.saturating_sub(after.unwrap_or_default());
        let in_state = || match (scenario, required_state) {
            (Some(scenario), Some(state)) => scenarios.state(scenario) == &**state,
            _ => true,
        };
        counted > 0
            && only.is_none_or(|only| counted == only)
            && every.is_none_or(|every| counted % every == 0)
            && first.is_none_or(|first| counted <= first)
            && max_times.is_none_or(|most| self.answered < most)
            && in_state()
    }
}

/// The entry as the engine knows it, if it counts: a packet that a rule lost, a message that was refused or had come before,
/// and bytes that are no packet do not count.
fn counts(entry: &Entry) -> Option<std::borrow::Cow<'_, Entry>> {
    use std::borrow::Cow;
    let Record::Packet {
        direction: Direction::In,
        side,
        decisions,
        ..
    } = &entry.record
    else {
        return Some(Cow::Borrowed(entry));
    };
    let stops = |decision: &Decision| matches!(decision, Decision::Refused(..) | Decision::Duplicate);
    if *side == Side::Client || decisions.iter().any(stops) || !matches!(entry.packet(), Some(Ok(_))) {
        return None;
    }
    if *side == Side::Both {
        return Some(Cow::Borrowed(entry));
    }
    let mut entry = entry.clone();
    if let Record::Packet { side, .. } = &mut entry.record {
        *side = Side::Both;
    }
    Some(Cow::Owned(entry))
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
        counts(entry).is_some_and(|entry| self.in_force.iter().any(|stub| stub.fits(&entry)))
    }
}

fn request_of(entry: &Entry) -> Request {
    match entry.packet() {
        Some(Ok(Packet::Publish(publish))) if entry.packet_type() == Some(PacketType::Publish) => Request {
            response_topic: publish.properties.response_topic.map(str::to_owned),
            correlation_data: publish.properties.correlation_data.map(Bytes::copy_from_slice),
        },
        _ => Request::default(),
    }
}

/// FNV-1a: the same on every machine.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
