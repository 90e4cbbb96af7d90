//! What is wrong with keys together.

use super::BrokerSettings;
use crate::check::texts::FILTERS;
use crate::secret::MASK;

/// A line of an ACL has at most so many levels, as in mosquitto.
const ACL_LEVELS: usize = 200;

/// Each key to change, with what is wrong there.
#[derive(Default)]
pub(super) struct Conflicts(Vec<(String, String)>);

impl Conflicts {
    pub(super) fn add(&mut self, key: impl Into<String>, text: impl Into<String>) {
        self.0.push((key.into(), text.into()));
    }
}

impl BrokerSettings {
    /// What is wrong with lines of the ACL.
    fn conflicts_of_acl(&self, conflicts: &mut Conflicts) {
        for (index, line) in self.acl.iter().enumerate() {
            let key = format!("acl[{index}].topic");
            if let Some(rule) = (FILTERS.fault)(&line.topic) {
                let text = format!(
                    "is {:?}, which is not allowed; expected a topic filter: {rule}",
                    line.topic
                );
                conflicts.add(key, text);
            } else if line.topic.split('/').count() > ACL_LEVELS {
                conflicts.add(key, format!("has more than {ACL_LEVELS} levels"));
            } else if line.user.as_deref() == Some("") && line.topic.contains("%u") {
                let text = "has %u, but the line is for clients without a user name, so it never counts";
                conflicts.add(key, text);
            }
        }
    }

    /// What is wrong with keys together, each named by the key to change.
    pub(crate) fn conflicts(&self) -> Vec<(String, String)> {
        let mut conflicts = Conflicts::default();
        self.conflicts_of_ways(&mut conflicts);
        self.conflicts_of_acl(&mut conflicts);
        self.conflicts_of_contracts(&mut conflicts);
        if let Some(text) = self.auth.fault_of_http_url() {
            conflicts.add("auth.http_url", text);
        }
        for (index, user) in self.auth.users.iter().enumerate() {
            let name = &user.name;
            if name.is_empty() {
                conflicts.add("auth.users", format!("has a user without a name, at [{index}]"));
            }
            if self
                .auth
                .users
                .iter()
                .take(index)
                .any(|other| other.name == *name)
            {
                conflicts.add(
                    "auth.users",
                    format!("has the user {name:?} twice; expected each name once"),
                );
            }
            match (&user.password, &user.password_hash) {
                (Some(_), Some(_)) => {
                    let text =
                        format!("has a password and a password_hash of {name:?}; expected one of the two");
                    conflicts.add("auth.users", text);
                }
                (None, None) => {
                    let text = format!(
                        "has neither a password nor a password_hash of {name:?}; expected one of the two"
                    );
                    conflicts.add("auth.users", text);
                }
                (Some(secret), None) | (None, Some(secret)) if secret.expose() == MASK => {
                    let text = format!(
                        "has {MASK:?} as the password of {name:?}: that is what --print-config shows in place of \
                         a password; write the real one"
                    );
                    conflicts.add("auth.users", text);
                }
                _ => {}
            }
        }
        self.conflicts_of_log(&mut conflicts);
        let ending = self
            .journal
            .file
            .rsplit_once('.')
            .map_or("", |(_, ending)| ending);
        if !self.journal.file.is_empty() && !["jsonl", "pcapng", "txt", "mmd"].contains(&ending) {
            let text = format!(
                "is {:?}; expected a name that ends in .jsonl, .pcapng, .txt or .mmd",
                self.journal.file
            );
            conflicts.add("journal.file", text);
        } else if !self.journal.file.is_empty() && self.journal.entries == 0 {
            let text = "is set, but `journal.entries = 0` turns the journal off";
            conflicts.add("journal.file", text.to_owned());
        }
        if !self.journal.recording.is_empty() && self.journal.entries == 0 {
            let text =
                "is set, but `journal.entries = 0` turns the journal off, which a recording is made of";
            conflicts.add("journal.recording", text.to_owned());
        }
        if self.redirect.permanent && self.redirect.server_reference.is_empty() {
            let text = "is true, but there is nowhere to redirect to; set `redirect.server_reference`, too";
            conflicts.add("redirect.permanent", text.to_owned());
        }
        self.conflicts_of_bridges(&mut conflicts);
        self.conflicts_behind(&mut conflicts);
        conflicts.0
    }
}
