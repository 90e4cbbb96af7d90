//! What rules on the line ask of patterns: they know a packet, and nothing of what becomes of it.

use super::check::kind_of;
use super::comparison::Comparison;
use super::values::wrong_value;
use super::what::{Subject, What};
use super::{Is, Pattern};
use crate::journal::{Kind, Value};
use crate::wire::PacketType;

/// What is known only once a packet is in the journal.
const LATER: &[&str] = &["seq", "decisions", "side"];

impl Pattern {
    /// What is wrong with it, if it is to choose packets on the line.
    pub(crate) fn check_for_lines(&self) -> Result<(), String> {
        self.check().map_err(|invalid| invalid.what)?;
        if self.is_event() {
            return Err("a fault acts on packets, and this means events: say `packet`".to_owned());
        }
        match LATER.iter().find(|name| self.fields.get(name).is_some()) {
            Some(name) => Err(format!("{name} is known only once a packet is in the journal")),
            None => Ok(()),
        }
    }

    /// The types of the packets that can fit.
    pub(crate) fn packet_types(&self) -> Vec<PacketType> {
        let subjects = Subject::meant(&self.what, self.direction).into_iter();
        let has_all = |subject: &Subject| {
            let fields = subject.fields();
            let mut asked = self.fields.iter();
            asked
                .all(|(name, _)| kind_of(name, fields.iter().map(|field| (field.name, field.kind))).is_some())
        };
        subjects.filter(has_all).filter_map(Subject::packet).collect()
    }

    /// Whether it asks for nothing but kinds of packets, a direction and one client.
    pub(crate) fn asks_only_for_kinds(&self) -> bool {
        let is_kind =
            |(name, is): (&str, &Comparison)| name == "client_id" && matches!(is, Comparison::Equal(_));
        self.tests.is_empty() && matches!(self.what, What::Packets(_)) && self.fields.iter().all(is_kind)
    }
}

impl Is {
    /// Whether a text fits, or that there is none.
    pub(crate) fn holds_text(&self, text: Option<&str>) -> bool {
        match (&self.0, text) {
            // The common case costs nothing.
            (Comparison::Equal(wanted), Some(text)) => wanted.as_str() == Some(text),
            (is, text) => is.holds(text.map(Value::from).as_ref()),
        }
    }

    /// The text that it asks for, where it is a certain one.
    pub(crate) fn certain_text(&self) -> Option<&str> {
        match &self.0 {
            Comparison::Equal(value) => value.as_str(),
            _ => None,
        }
    }

    /// All texts that it asks for, where they are certain ones.
    pub(crate) fn texts(&self) -> Option<Vec<String>> {
        let text = |is: &Comparison| match is {
            Comparison::Equal(value) => value.as_str().map(str::to_owned),
            _ => None,
        };
        match &self.0 {
            Comparison::OneOf(all) => all.iter().map(text).collect(),
            one => Some(vec![text(one)?]),
        }
    }

    /// What is wrong with it, if it is asked of a text.
    pub(crate) fn wrong_of_text(&self, name: &str) -> Option<String> {
        match &self.0 {
            Comparison::Equal(value) => wrong_value(Kind::Text, None, name, value),
            is => super::check::wrong_comparison(Kind::Text, None, name, is),
        }
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        self.0.to_json()
    }
}

impl std::fmt::Display for Is {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
