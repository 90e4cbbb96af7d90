//! Whether a stub can work: it contradicts itself nowhere, and its templates can be made.

use std::time::Duration;

use super::compiled::Ready;
use super::form::invalid;
use super::said::{Stub, When};
use crate::fault::Invalid;
use crate::journal::{Direction, only_way};
use crate::pattern::{Pattern, What};
use crate::template::{Scope, Shape};
use crate::wire::PacketType;

/// The shortest period of a timer.
const SHORTEST: Duration = Duration::from_millis(1);

const CLIENT: Shape = Shape::Members(&[("id", Shape::Any), ("user", Shape::Any)]);
const STUB: Shape = Shape::Members(&[("name", Shape::Any), ("nth", Shape::Any)]);

impl Stub {
    /// The files that it reads, by the names that it has for them.
    ///
    /// # Errors
    /// It cannot work: the error says where and why, and what would be right.
    pub fn files(&self) -> Result<Vec<String>, Invalid> {
        let whose = self.whose();
        let ready = self.ready(&whose)?;
        let mut files: Vec<String> = ready.iter().flat_map(Ready::files).collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    pub(super) fn whose(&self) -> String {
        self.name
            .as_ref()
            .map_or_else(|| "a stub".to_owned(), |name| format!("stub {name:?}"))
    }

    /// Looks at everything that it says.
    pub(super) fn ready(&self, whose: &str) -> Result<Vec<Ready>, Invalid> {
        let wrong = |path: &str, what: &str| Err(invalid(whose, path, what));
        match &self.when {
            When::Pattern(pattern) => {
                if let Some(what) = sent_by_the_broker(pattern) {
                    return wrong("when", &what);
                }
                pattern
                    .check()
                    .map_err(|error| invalid(whose, "when", error.what))?;
                if let Some(what) = wrong_kind(pattern) {
                    return wrong("when", &what);
                }
            }
            When::Every(period) if *period < SHORTEST => {
                return wrong("every_secs", "a period is 0.001 seconds or more");
            }
            When::Every(_) | When::After(_) => {}
        }
        for (key, number) in [
            ("nth", self.nth),
            ("every", self.every),
            ("max_times", self.max_times),
        ] {
            if number == Some(0) {
                return wrong(key, "this is a number from 1 on");
            }
        }
        if self.scenario.is_none() && (self.required_state.is_some() || self.new_state.is_some()) {
            return wrong(
                "scenario",
                "required_state and new_state are states of a scenario: say which, scenario = \"door\"",
            );
        }
        if self.publications.is_empty() && self.new_state.is_none() {
            return wrong(
                "publish",
                "a stub publishes something, or moves its scenario to a new_state",
            );
        }
        let scope = self.scope();
        let several = self.publications.len() > 1;
        let mut ready = Vec::new();
        for (nth, publication) in self.publications.iter().enumerate() {
            let path = if several {
                format!("publish[{nth}]")
            } else {
                "publish".to_owned()
            };
            if publication.reply && !self.answers_messages() {
                return wrong(
                    &format!("{path}.reply"),
                    "only a message can be replied to: `when` is then a PUBLISH",
                );
            }
            ready.push(Ready::new(whose, path, publication, &scope)?);
        }
        Ok(ready)
    }

    fn answers_messages(&self) -> bool {
        let When::Pattern(pattern) = &self.when else {
            return false;
        };
        matches!(pattern.what(), What::Packets(types) if types[..] == [PacketType::Publish])
    }

    /// The names that its templates may use.
    fn scope(&self) -> Scope {
        let scope = Scope::default().with("state").with_shape("stub", STUB);
        match &self.when {
            When::Every(_) | When::After(_) => scope,
            When::Pattern(_) => {
                let scope = scope.with_shape("client", CLIENT).with("entry");
                if self.answers_messages() {
                    scope.with_message()
                } else {
                    scope
                }
            }
        }
    }
}

/// What is wrong with a pattern of packets that only the broker sends.
fn sent_by_the_broker(pattern: &Pattern) -> Option<String> {
    let What::Packets(types) = pattern.what() else {
        return None;
    };
    let sent = |one: &&PacketType| only_way(**one) == Some(Direction::Out);
    let name = types.iter().find(sent)?.name();
    Some(format!(
        "a stub answers what clients send, and events; {name} is a packet that the broker sends"
    ))
}

/// What a stub cannot answer, in words.
fn wrong_kind(pattern: &Pattern) -> Option<String> {
    if pattern.direction() == Some(Direction::Out) {
        return Some(
            "a stub answers what clients send, and events; this is a packet that the broker sends".to_owned(),
        );
    }
    match pattern.what() {
        What::Events(words) if words.is_empty() => {
            Some("a stub answers certain events: say which".to_owned())
        }
        What::Events(words) => {
            let own = words
                .iter()
                .find(|word| ["stub_answered", "template_failed"].contains(*word))?;
            Some(format!("a stub does not answer what stubs do, and {own} is that"))
        }
        What::Packets(_) if pattern.direction().is_some() => None,
        What::Packets(_) | What::Any => Some(
            "a stub answers what clients send: say packet = \"PUBLISH\" or another, or an event".to_owned(),
        ),
    }
}
