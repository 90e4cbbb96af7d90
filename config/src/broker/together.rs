//! What is wrong with keys together.

use super::BrokerSettings;
use crate::secret::MASK;

/// Each key to change, with what is wrong there.
#[derive(Default)]
pub(super) struct Conflicts(Vec<(String, String)>);

impl Conflicts {
    pub(super) fn add(&mut self, key: impl Into<String>, text: impl Into<String>) {
        self.0.push((key.into(), text.into()));
    }
}

impl BrokerSettings {
    /// What is wrong with keys together, each named by the key to change.
    pub(crate) fn conflicts(&self) -> Vec<(String, String)> {
        let mut conflicts = Conflicts::default();
        self.conflicts_of_ways(&mut conflicts);
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
        if self.redirect.permanent && self.redirect.server_reference.is_empty() {
            let text = "is true, but there is nowhere to redirect to; set `redirect.server_reference`, too";
            conflicts.add("redirect.permanent", text.to_owned());
        }
        self.conflicts_behind(&mut conflicts);
        conflicts.0
    }
}
