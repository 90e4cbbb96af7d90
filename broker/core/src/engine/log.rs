//! [`Log`]: the records of all that happens: the journal, the events, the counters.

use std::collections::VecDeque;
use std::sync::Arc;

use settings::BrokerSettings;

use super::{CloseReason, Event, Stats};
use crate::arrival::Way;
use crate::journal::{Bounds, Decision, Journal, Source};
use crate::time::Time;
use crate::wire::DecodeError;

#[derive(Debug)]
pub(super) struct Log {
    pub journal: Journal,
    pub stats: Stats,
    /// How often something happened that an event tells of, whether events are wanted or not.
    pub happened: u64,
    /// The last connection that got no further than a handshake: its way, and what went wrong.
    pub failed_handshake: Option<(Way, String)>,
    /// Events that the caller has not taken yet.
    events: VecDeque<Event>,
    /// Whether events are kept for the caller.
    collecting: bool,
}

impl Log {
    pub fn new(settings: &BrokerSettings) -> Self {
        let bounds = Bounds {
            entries: u64::from(settings.journal.entries),
            bytes: settings.journal.bytes as usize,
        };
        Self {
            journal: Journal::new(bounds),
            stats: Stats::default(),
            happened: 0,
            failed_handshake: None,
            events: VecDeque::new(),
            collecting: false,
        }
    }

    /// Something happens. Whether its event goes anywhere.
    pub fn wants_event(&mut self) -> bool {
        self.happened += 1;
        self.collecting || self.journal.is_on()
    }

    /// Something happened; on a connection, where `source` is given.
    pub fn event(&mut self, now: Time, source: Option<Source>, event: Event) {
        if self.collecting {
            self.events.push_back(event.clone());
        }
        self.journal.event(now, source, event);
    }

    pub fn collect_events(&mut self, wanted: bool) {
        self.collecting = wanted;
        if !wanted {
            self.events.clear();
        }
    }

    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// What came last over this connection ends it: a message among that is refused.
    pub fn refuse_the_message(&mut self, source: Source, end: &CloseReason) {
        let (CloseReason::Malformed(DecodeError { what, reason, .. })
        | CloseReason::Violation { what, reason, .. }) = end
        else {
            return;
        };
        if self.journal.is_deciding() || self.journal.begin_decisions_of(source) {
            self.journal
                .decide(Decision::Refused(*reason, Some(Arc::from(*what))));
            self.journal.end_decisions();
        }
    }

    /// Counters begin again, and the journal has nothing but that.
    pub fn reset(&mut self, now: Time) {
        self.stats = Stats::default();
        self.failed_handshake = None;
        self.journal.clear();
        if self.wants_event() {
            self.event(now, None, Event::Reset {});
        }
    }
}
