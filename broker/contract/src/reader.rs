//! [`Reader`]: what reading a document of either version needs.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::address::Address;
use crate::bindings::OfServer;
use crate::document::{Document, Message};
use crate::files::{At, Files};
use crate::node::Node;
use crate::place::{Told, meant};

/// Protocols that are MQTT.
const MQTT: &[&str] = &["mqtt", "mqtts", "mqtt5", "secure-mqtt", "ws", "wss"];
/// So many things that are wrong, or not understood, are told.
const MOST_TOLD: usize = 200;

/// Reads parts of a document, and keeps what is to be said of them.
pub(crate) struct Reader<'a> {
    pub files: &'a Files,
    notes: Vec<Told>,
    wrong: Vec<Told>,
    /// Words that were noted once.
    noted: BTreeSet<&'static str>,
    /// Messages that were read, by their address.
    pub messages: HashMap<*const Node, Arc<Message>>,
    /// `defaultContentType`.
    pub content_type: Option<String>,
}

impl<'a> Reader<'a> {
    pub fn new(files: &'a Files) -> Self {
        Self {
            files,
            notes: Vec::new(),
            wrong: Vec::new(),
            noted: BTreeSet::new(),
            messages: HashMap::new(),
            content_type: None,
        }
    }

    /// What is not understood, and what is wrong.
    pub fn end(self) -> (Vec<Told>, Vec<Told>) {
        (self.notes, self.wrong)
    }

    pub fn wrong(&mut self, told: Told) {
        if self.wrong.len() < MOST_TOLD {
            self.wrong.push(told);
        }
    }

    pub fn wrong_at(&mut self, at: At<'_>, what: impl Into<String>) {
        let told = self.files.told(at, what);
        self.wrong(told);
    }

    pub fn note(&mut self, told: Told) {
        if self.notes.len() < MOST_TOLD && !self.notes.contains(&told) {
            self.notes.push(told);
        }
    }

    pub fn note_at(&mut self, at: At<'_>, what: impl Into<String>) {
        let told = self.files.told(at, what);
        self.note(told);
    }

    /// The address of a channel, which is what `at` says; or that is told which is wrong with it.
    pub fn address(&mut self, at: At<'_>, text: &str) -> Option<Address> {
        Address::read(text)
            .map_err(|why| self.wrong_at(at, format!("the address {text:?} {why}")))
            .ok()
    }

    /// Whether a channel that names these servers is for other protocols alone, which is noted. `others` do not speak MQTT.
    pub fn is_elsewhere(&mut self, at: At<'_>, name: &str, servers: &[&str], others: &[&str]) -> bool {
        let is_elsewhere = !servers.is_empty() && servers.iter().all(|server| others.contains(server));
        if is_elsewhere {
            self.note_at(
                at,
                format!("the channel {name:?} is passed over: none of its servers speaks MQTT"),
            );
        }
        is_elsewhere
    }

    /// Notes once that fields of this name are not checked, in whichever of these layers they are.
    pub fn unchecked_in(&mut self, layers: &[At<'a>], name: &'static str, why: &str) {
        for layer in layers {
            self.unchecked(*layer, name, why);
        }
    }

    /// Of an operation or a server: who may come in is none of the document's business.
    pub fn security(&mut self, layers: &[At<'a>]) {
        self.unchecked_in(
            layers,
            "security",
            "who may come in is said by the settings of the broker",
        );
    }

    /// Notes once that fields of this name are not checked.
    pub fn unchecked(&mut self, at: At<'_>, name: &'static str, why: &str) {
        if let Some(node) = at.node.get(name)
            && self.noted.insert(name)
        {
            self.note_at(at.of(node), format!("`{name}` is not checked: {why}"));
        }
    }

    /// What this stands for; where its reference leads nowhere, that is told.
    pub fn resolve(&mut self, at: At<'a>) -> Option<At<'a>> {
        match self.files.resolve(at) {
            Ok(at) => Some(at),
            Err(told) => {
                self.wrong(told);
                None
            }
        }
    }

    /// The field of this name, resolved.
    pub fn field(&mut self, at: At<'a>, name: &str) -> Option<At<'a>> {
        let node = at.node.get(name)?;
        self.resolve(at.of(node))
    }

    /// A field that is a text.
    pub fn text(&mut self, at: At<'a>, name: &str) -> Option<&'a str> {
        let found = self.field(at, name)?;
        let text = found.node.text();
        if text.is_none() {
            self.wrong_at(found, format!("`{name}` is {}; it is a text", found.node.kind()));
        }
        text
    }

    /// The members of a field that is a map, each resolved.
    pub fn members(&mut self, at: At<'a>, name: &str) -> Vec<(&'a str, At<'a>)> {
        let Some(found) = self.field(at, name) else {
            return Vec::new();
        };
        if !found.node.is_map() {
            self.wrong_at(found, format!("`{name}` is {}; it is a map", found.node.kind()));
        }
        let mut members = Vec::new();
        for (key, node) in found.node.members() {
            if let Some(member) = self.resolve(found.of(node)) {
                members.push((key.text.as_str(), member));
            }
        }
        members
    }

    /// Tells what has no place in this: a slip is wrong, another word is passed over.
    pub fn fields(&mut self, at: At<'a>, what: &str, known: &[&str]) -> bool {
        if !at.node.is_map() {
            self.wrong_at(at, format!("is {}; {what} is a map", at.node.kind()));
            return false;
        }
        for (key, _) in at.node.members() {
            let name = key.text.as_str();
            if known.contains(&name) || name.starts_with("x-") || name == "$ref" {
                continue;
            }
            let near = meant(
                name,
                known.iter().copied().filter(|one| at.node.get(one).is_none()),
            );
            let place = self.files.place(at.file, key.line);
            if near.is_empty() {
                self.note(Told {
                    place,
                    what: format!("`{name}` is not a field of {what}, and is passed over"),
                });
            } else {
                self.wrong(Told {
                    place,
                    what: format!("`{name}` is not a field of {what}{near}"),
                });
            }
        }
        true
    }

    /// This and its traits, in the order in which their fields hold: in version 2 the last trait holds before all others, in
    /// version 3 what is said without a trait.
    pub fn layers(&mut self, at: At<'a>, traits_first: bool) -> Vec<At<'a>> {
        let mut layers = Vec::new();
        if let Some(traits) = self.field(at, "traits") {
            for node in traits.node.elements() {
                layers.extend(self.resolve(traits.of(node)));
            }
        }
        layers.reverse();
        let place = if traits_first { layers.len() } else { 0 };
        layers.insert(place, at);
        layers
    }

    /// The field of this name of the first that has it.
    pub fn first(&mut self, layers: &[At<'a>], name: &str) -> Option<At<'a>> {
        let one = layers.iter().find(|layer| layer.node.get(name).is_some())?;
        self.field(*one, name)
    }

    /// Reads `servers`. Gives the names of those that do not speak MQTT.
    pub fn servers(&mut self, root: At<'a>, known: &[&str], document: &mut Document) -> Vec<&'a str> {
        let mut others = Vec::new();
        let mut count = 0;
        for (name, server) in self.members(root, "servers") {
            if !self.fields(server, "a server", known) {
                continue;
            }
            count += 1;
            self.security(&[server]);
            let protocol = self.text(server, "protocol").unwrap_or_default().to_lowercase();
            if MQTT.contains(&&*protocol) {
                document.servers.extend(OfServer::read(self, server));
            } else {
                others.push(name);
            }
        }
        if count > 0 && count == others.len() {
            let what =
                "no server of this document speaks MQTT; its channels are taken as topics all the same";
            self.note_at(root, what);
            others.clear();
        }
        others
    }
}
