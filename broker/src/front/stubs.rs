//! Stubs: they are shown each entry of the journal once, and what they say is published.

use std::time::Duration;

use super::{Machines, Shell};
use crate::backend::{Backend, Native};
use crate::engine::Injected;
use crate::journal::{Mark, Reader};
use crate::stub::{Out, Stubs};
use crate::template::Feed;
use crate::time::Time;

/// How many entries are looked at in one go.
const BATCH: usize = 4096;

/// The stubs, and how far they have read the journal.
#[derive(Default)]
pub(crate) struct Answering {
    pub stubs: Stubs,
    /// They have seen everything before this.
    seen: Mark,
    /// While there are stubs, the journal forgets nothing that they have not seen.
    reader: Option<Reader>,
}

impl Answering {
    pub fn new(seed: u64, began: Duration) -> Self {
        Self {
            stubs: Stubs::new(seed, Feed::new(began)),
            ..Self::default()
        }
    }
}

impl Machines {
    /// How many stubs were asked so far about what happened; `None` where there is none.
    pub(crate) fn stubs_asked(&self) -> Option<u64> {
        let answering = self.stubs.borrow();
        answering.reader.as_ref().map(|_| answering.stubs.asked())
    }

    /// Does something with the stubs. From then on they see what happens, if there are any.
    pub(crate) fn with_stubs<T>(&self, backend: &Backend, work: impl FnOnce(&mut Stubs, Time) -> T) -> T {
        let mut answering = self.stubs.borrow_mut();
        let done = work(&mut answering.stubs, backend.now());
        match (answering.stubs.is_empty(), answering.reader.is_some()) {
            (true, _) => answering.reader = None,
            (false, true) => {}
            (false, false) => {
                let mut journal = backend.journal_mut();
                answering.seen = journal.mark();
                let reader = journal.hold_for();
                reader.progress().is(answering.seen);
                answering.reader = Some(reader);
            }
        }
        done
    }
}

impl Shell {
    /// Does what is due of stubs.
    pub(super) fn tick_stubs(&self, now: Time) {
        let is_due = |due| due <= now;
        if !self
            .machines
            .stubs
            .borrow()
            .stubs
            .next_timeout()
            .is_some_and(is_due)
        {
            return;
        }
        // What happened before comes before.
        self.answer_from_stubs();
        let mut scenarios = self.machines.scenarios.borrow_mut();
        self.machines.stubs.borrow_mut().stubs.tick(now, &mut scenarios);
        drop(scenarios);
        // A rule on bytes may wait for a state that a stub brings about.
        self.machines.faults.borrow_mut().scenarios_moved();
        self.answer_from_stubs();
    }

    /// Shows the stubs what is new, and publishes what they say to it.
    pub(super) fn answer_from_stubs(&self) {
        let mut answering = self.machines.stubs.borrow_mut();
        let Answering { stubs, seen, reader } = &mut *answering;
        let (Some(reader), Backend::Native(native)) = (reader, &self.backend) else {
            return;
        };
        let now = self.backend.now();
        self.show(stubs, seen, now);
        let native = &mut *native.borrow_mut();
        publish(stubs, native, now);
        // What comes of that is not shown to them: stubs do not answer stubs.
        *seen = native.engine.journal().mark();
        reader.progress().is(*seen);
    }

    fn show(&self, stubs: &mut Stubs, seen: &mut Mark, now: Time) {
        let mut scenarios = self.machines.scenarios.borrow_mut();
        loop {
            let excerpt = {
                let journal = self.backend.journal();
                if *seen >= journal.mark() {
                    return;
                }
                journal.read(*seen, BATCH, &*stubs)
            };
            if excerpt.missed > 0 {
                stubs.missed(excerpt.missed);
            }
            *seen = excerpt.until;
            for entry in &excerpt.entries {
                let user = |client: &str| self.backend.native()?.engine.user_of(client);
                stubs.saw(now, entry, &mut scenarios, user);
            }
            if !excerpt.entries.is_empty() {
                self.machines.faults.borrow_mut().scenarios_moved();
            }
        }
    }

    /// What stubs have yet to publish, in words; on a clock that runs. On one that stands still it does not come by waiting.
    pub(super) fn stubs_at_work(&self) -> Option<String> {
        let native = self.backend.native()?;
        let now = native.clock.now();
        let waits = || self.machines.stubs.borrow().stubs.waits(now);
        (!native.clock.is_frozen()).then(waits)?
    }
}

/// Publishes what stubs say, and tells of it.
fn publish(stubs: &mut Stubs, native: &mut Native, now: Time) {
    loop {
        while let Some(event) = stubs.next_event() {
            native.engine.happened(now, event);
        }
        let Some(out) = stubs.next_out() else { break };
        if let Err(error) = native.engine.publish(now, injected(&out)) {
            stubs.refused(&out, error.to_string());
        }
    }
}

fn injected(out: &Out) -> Injected {
    Injected {
        topic: out.topic.clone(),
        payload: out.payload.clone(),
        qos: out.qos,
        retain: out.retain,
        payload_format: out.payload_format,
        message_expiry_secs: out.message_expiry_secs,
        content_type: out.content_type.clone(),
        response_topic: out.response_topic.clone(),
        correlation_data: out.correlation_data.clone(),
        user: out.user.clone(),
    }
}
