//! What was decided about a message, written beside its packet.

use super::Journal;
use crate::journal::Decision;
use crate::journal::slot::Made;
use crate::journal::sources::Source;

impl Journal {
    /// What is decided from now on is about the packet, or the run, recorded last.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::journal::{Decision, Journal, Mark, Record};
    ///
    /// let mut journal = Journal::default();
    /// let source = journal.open(engine.open(Time::ZERO, "somebody".to_owned()));
    /// journal.packet_in(Time::ZERO, source, b"\x31\x06\0\x03a/bx");
    /// journal.begin_decisions();
    /// journal.decide(Decision::Retained(true));
    /// journal.end_decisions();
    /// let seen = journal.since(Mark::START);
    /// assert!(matches!(&seen.entries[0].record, Record::Packet { decisions, .. } if decisions.len() == 1));
    /// ```
    pub fn begin_decisions(&mut self) {
        self.end_decisions();
        if let Some(slot) = self.slots.back_mut() {
            slot.first_decision = self.gone_decisions + self.decisions.len() as u64;
            self.deciding = Some(self.gone_slots + self.slots.len() as u64 - 1);
        }
    }

    /// What is decided from now on is about something else.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::journal::{Decision, Journal, Mark, Record};
    ///
    /// let mut journal = Journal::default();
    /// let source = journal.open(engine.open(Time::ZERO, "somebody".to_owned()));
    /// journal.packet_in(Time::ZERO, source, b"\x31\x06\0\x03a/bx");
    /// journal.begin_decisions();
    /// journal.end_decisions();
    /// journal.decide(Decision::Retained(true)); // about nothing: it is not kept
    /// let seen = journal.since(Mark::START);
    /// assert!(matches!(&seen.entries[0].record, Record::Packet { decisions, .. } if decisions.is_empty()));
    /// ```
    pub fn end_decisions(&mut self) {
        let made = self.gone_decisions + self.decisions.len() as u64;
        // A slot that was forgotten meanwhile, where the bounds are narrow, took its decisions along.
        if let Some(number) = self.deciding.take()
            && let Some(slot) = self.slots.get_mut((number - self.gone_slots) as usize)
        {
            slot.decisions = (made - slot.first_decision) as u32;
        }
    }

    /// It was sent to the client of this connection.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::journal::{Decision, Journal, Mark, Record};
    /// use broker_core::wire::Version;
    ///
    /// let mut journal = Journal::default();
    /// let source = journal.open(engine.open(Time::ZERO, "somebody".to_owned()));
    /// journal.identify(source, &"lamp".into(), Version::V5);
    /// journal.packet_in(Time::ZERO, source, b"\x30\x07\0\x03a/b\0x");
    /// journal.begin_decisions();
    /// journal.decide_sent(source); // to itself
    /// journal.end_decisions();
    /// let seen = journal.since(Mark::START);
    /// let Record::Packet { decisions, .. } = &seen.entries[0].record else { panic!("it is a packet") };
    /// assert_eq!(decisions[..], [Decision::Sent("lamp".into())]);
    /// ```
    pub fn decide_sent(&mut self, to: Source) {
        if self.deciding.is_some() {
            self.decisions.push_back(Made::Sent(to));
        }
    }

    /// Anything else was decided.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::journal::{Decision, Journal, Mark, Record};
    ///
    /// let mut journal = Journal::default();
    /// let source = journal.open(engine.open(Time::ZERO, "somebody".to_owned()));
    /// journal.packet_in(Time::ZERO, source, b"\x30\x06\0\x03a/bx");
    /// journal.begin_decisions();
    /// journal.decide(Decision::Queued("lamp".into()));
    /// journal.end_decisions();
    /// let seen = journal.since(Mark::START);
    /// let Record::Packet { decisions, .. } = &seen.entries[0].record else { panic!("it is a packet") };
    /// assert_eq!(decisions[0].to_string(), "queued for lamp");
    /// ```
    pub fn decide(&mut self, decision: Decision) {
        if self.deciding.is_some() {
            self.decisions.push_back(Made::Other(decision));
        }
    }

    /// Whether anybody keeps what is decided now.
    pub(crate) fn is_deciding(&self) -> bool {
        self.deciding.is_some()
    }
}
