//! The settings of the broker: the keys at the top of the file, and the sections below them.

mod access;
mod behind;
mod limits;
mod offers;
mod running;
mod session;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use access::{Access, Auth, Redirect, User};
pub use behind::{Rumqttd, Upstream};
pub use limits::Limits;
pub use offers::{Capabilities, Shared};
pub use running::{EngineSettings, Journal, Log, Sys};
pub use session::Session;

use crate::define::section;
use crate::error::{Error, Origin, Problem, ProblemKind};
use crate::schema::{KeyDoc, SectionDoc};
use crate::secret::MASK;
use crate::target::Target;
use crate::value::Value;

section! {
    /// The settings of the broker. Where it listens comes first; the sections say how much it takes and what
    /// it offers. Every key may be left out.
    #[example = "settings.port = 0; // any free one"]
    #[example = "settings.limits.max_connections = 3;"]
    pub struct BrokerSettings {
        /// TCP port to listen on. 0 takes any free port; the broker says which.
        port: u16 = 1883;

        /// IP addresses to listen on; one alone needs no list. `localhost` stands for both loopback addresses.
        bind: Vec<IpAddr> = vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
            tradeoff: "Any address but a loopback one lets other machines in, without a password unless \
                `auth.allow_anonymous` is false.";

        /// File to write once every listener is bound, one address a line; it appears whole or not at all. Empty = no
        /// file.
        ready_file: String = String::new();
    }
    sections {
        /// How much the broker takes before it refuses.
        limits: Limits,
        /// Delivery to one client, and what outlives its connection.
        session: Session,
        /// What of MQTT 5.0 the broker offers.
        capabilities: Capabilities,
        /// Shared subscriptions.
        shared: Shared,
        /// Who may connect.
        auth: Auth,
        /// What is forbidden to every client.
        access: Access,
        /// Sending clients elsewhere.
        redirect: Redirect,
        /// The broker's figures about itself.
        sys: Sys,
        /// What the broker says.
        log: Log,
        /// What is remembered of the traffic.
        journal: Journal,
        /// What answers behind the front door.
        engine: EngineSettings,
        /// Another broker behind the front door.
        upstream: Upstream,
        /// Stock rumqttd behind the front door.
        rumqttd: Rumqttd,
    }
}

/// Every section in the order of the file; the keys at its top come first, as a section without a name.
///
/// ```
/// let names: Vec<&str> = settings::SECTIONS.iter().map(|section| section.name).collect();
/// assert!(names.contains(&"limits") && names[0].is_empty()); // the top of the file has no name
/// ```
pub const SECTIONS: &[SectionDoc] = &[
    BrokerSettings::DOC,
    Limits::DOC,
    Session::DOC,
    Capabilities::DOC,
    Shared::DOC,
    Auth::DOC,
    Access::DOC,
    Redirect::DOC,
    Sys::DOC,
    Log::DOC,
    Journal::DOC,
    EngineSettings::DOC,
    Upstream::DOC,
    Rumqttd::DOC,
];

/// Every key in the order of the file.
///
/// ```
/// for key in settings::keys().filter(|key| key.section() == "session") {
///     println!("{}: {}", key.key, key.what);
/// }
/// assert!(settings::keys().count() > 50);
/// ```
pub fn keys() -> impl Iterator<Item = &'static KeyDoc> {
    SECTIONS.iter().flat_map(|section| section.keys)
}

/// The doc of a key, when there is such a key.
///
/// ```
/// let port = settings::find("port").expect("there is such a key");
/// assert_eq!(port.expect.describe(port.unit), "an integer from 0 to 65535");
/// assert!(settings::find("prot").is_none());
/// ```
pub fn find(key: &str) -> Option<&'static KeyDoc> {
    keys().find(|doc| doc.key == key)
}

impl BrokerSettings {
    /// Holds every field against its key's range, and the keys against each other: for settings whose fields
    /// were set by a program. What [`Loader::load`](crate::Loader::load) returns is checked already.
    ///
    /// # Errors
    /// All that is wrong, with the program as its origin.
    ///
    /// ```
    /// let mut settings = settings::BrokerSettings::default();
    /// assert!(settings.check().is_ok());
    ///
    /// settings.limits.max_connections = 0;
    /// let error = settings.check().unwrap_err();
    /// assert_eq!(error.problems()[0].key, "limits.max_connections");
    /// ```
    pub fn check(&self) -> Result<(), Error> {
        let mut problems = Vec::new();
        for (doc, value) in self.values() {
            let target = Target { doc, part: None };
            target.check(&Value::from_json(&value), &Origin::Program, &mut problems);
        }
        problems.extend(self.conflicts().into_iter().map(|(key, text)| Problem {
            key: key.to_owned(),
            origin: Origin::Program,
            kind: ProblemKind::Conflict(text),
        }));
        Error::unless_none(problems)
    }

    /// Every key with its value; passwords are masked.
    pub(crate) fn values(&self) -> Vec<(&'static KeyDoc, serde_json::Value)> {
        // Only a map whose keys are not texts could fail to serialise, and the settings hold no such map.
        let tree = serde_json::to_value(self).unwrap_or_default();
        keys()
            .map(|doc| {
                let path = format!("/{}", doc.key.replace('.', "/"));
                (doc, tree.pointer(&path).cloned().unwrap_or_default())
            })
            .collect()
    }

    /// What is wrong with keys together, each named by the key to change.
    pub(crate) fn conflicts(&self) -> Vec<(&'static str, String)> {
        let mut conflicts = Vec::new();
        for (index, user) in self.auth.users.iter().enumerate() {
            let name = &user.name;
            if name.is_empty() {
                conflicts.push(("auth.users", format!("has a user without a name, at [{index}]")));
            }
            if self
                .auth
                .users
                .iter()
                .take(index)
                .any(|other| other.name == *name)
            {
                conflicts.push((
                    "auth.users",
                    format!("has the user {name:?} twice; expected each name once"),
                ));
            }
            if user.password.expose() == MASK {
                let text = format!(
                    "has {MASK:?} as the password of {name:?}: that is what --print-config shows in place of \
                     a password; write the real one"
                );
                conflicts.push(("auth.users", text));
            }
        }
        if self.log.verbosity > 0 && self.journal.entries == 0 {
            let text =
                "is above 0, but packets are shown from the journal, which `journal.entries = 0` turns off";
            conflicts.push(("log.verbosity", text.to_owned()));
        }
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
            conflicts.push(("journal.file", text));
        } else if !self.journal.file.is_empty() && self.journal.entries == 0 {
            let text = "is set, but `journal.entries = 0` turns the journal off";
            conflicts.push(("journal.file", text.to_owned()));
        }
        if self.redirect.permanent && self.redirect.server_reference.is_empty() {
            let text = "is true, but there is nowhere to redirect to; set `redirect.server_reference`, too";
            conflicts.push(("redirect.permanent", text.to_owned()));
        }
        conflicts.extend(self.conflicts_behind());
        conflicts
    }
}
