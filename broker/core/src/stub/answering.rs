//! What a stub does when it answers: makes its messages, moves its scenario, tells of it.

use std::sync::Arc;

use serde_json::json;

use super::compiled::{Making, Request};
use super::{Out, Stubs};
use crate::chance::Rng;
use crate::journal::Event;
use crate::scenario::Scenarios;
use crate::template::Seen;
use crate::time::Time;

/// So many messages may wait for their time, and so many bytes.
const MOST_WAITING: usize = 10_000;
/// An answer costs as much as to ask so many stubs.
const ANSWER: u64 = 100;
const MOST_WAITING_BYTES: usize = 64 * 1024 * 1024;

impl Stubs {
    #[allow(clippy::too_many_arguments)] // what one answer needs
    pub(super) fn answer(
        &mut self,
        at: usize,
        now: Time,
        client_id: &Arc<str>,
        nth: u64,
        seen: Seen,
        request: &Request,
        scenarios: &mut Scenarios,
    ) {
        self.asked.set(self.asked.get() + ANSWER);
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
                .as_ref()
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

    /// So many entries of the journal were forgotten before they could be shown.
    pub fn missed(&mut self, entries: u64) {
        self.events.push_back(Event::TemplateFailed {
            client_id: Arc::from(""),
            of: "the stubs".into(),
            why: format!("{entries} entries came faster than the journal could keep them (journal.bytes)"),
        });
    }

    /// A message could not be published.
    pub fn refused(&mut self, out: &Out, why: String) {
        // It may be gone since.
        if let Some(at) = self.find(&out.stub) {
            self.fail(at, &out.client_id, why);
        }
    }
}

/// FNV-1a: the same on every machine.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
