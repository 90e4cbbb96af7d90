//! The settings of the broker: the keys at the top of the file, and the sections below them.

mod access;
mod behind;
mod bridge;
mod contracts;
mod http;
mod limits;
mod listener;
mod listeners;
mod log;
mod offers;
mod running;
mod session;
mod together;
mod ways;
mod ways_together;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::check::texts::FILES;
use crate::choice::Durability;
use crate::schema::Expect;
pub use access::{Access, AclLine, Auth, Redirect, User};
pub use behind::{Rumqttd, Upstream};
pub use bridge::Bridge;
pub(crate) use bridge::{address_fault, topic_fault};
pub use contracts::Contracts;
pub use http::Http;
pub use limits::Limits;
pub use listener::Listener;
pub use listeners::{ClientRules, ListenerPlan};
pub use log::Log;
pub use offers::{Capabilities, Shared};
pub use running::{EngineSettings, FaultSettings, Journal, ProfileSettings, Sys};
pub use session::Session;
use together::Conflicts;
pub use ways::{Tls, WebSocket};
#[cfg(feature = "loader")]
pub(crate) use ways_together::overlaps;

use crate::define::section;
use crate::error::{Error, Origin, Problem, ProblemKind};
use crate::schema::{KeyDoc, SectionDoc};
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

        /// Whether to listen on `port` at all. If not, there must be a `[[listener]]`, or `tls.listen`,
        /// `websocket.listen` or `http.listen`.
        listen: bool = true;

        /// IP addresses to listen on; one alone needs no list. `localhost` stands for both loopback addresses.
        bind: Vec<IpAddr> = vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
            tradeoff: "Any address but a loopback one lets other machines in, without a password where \
                `auth.allow_anonymous_remotely` says so.";

        /// File to write once every listener is bound; it appears whole or not at all. First the addresses of the main
        /// port, one a line: `127.0.0.1:1883`. Then `NAME URL` for each listener and each way that it takes, such as
        /// `main wss://127.0.0.1:1883/mqtt`; `NAME PATH` for a Unix socket; and `ca_file PATH`, where there is a file of
        /// the CA. Empty = no file.
        ready_file: String = String::new();

        /// File for the number of the process, there while it listens. One that a killed broker left is written over. Empty = no
        /// file.
        pid_file: String = String::new();

        /// The user that the program becomes, and whose groups it takes, where root has started it (Unix only). It does so
        /// once the ports are bound and certificates and keys are read. Started by another user, it stays that one. Empty =
        /// root stays root.
        user: String = String::new(),
            tradeoff: "SIGHUP reads files with the rights of that user, who must be able to read them.";

        /// Directory for what a later start is to find again: sessions, subscriptions, queued messages of QoS 1 and 2 and
        /// retained messages, as `durability` says; and its CA, made once, with `ca.pem` for clients to trust. Empty = nothing is
        /// kept, and a CA is made anew each time; where others need files of it, they lie in a private directory that goes when
        /// the broker ends.
        state_dir: String = String::new(),
            tradeoff: "It holds the private key of a CA: keep it to yourself, and trust that CA in tests only.";

        /// When what is kept in `state_dir` counts as kept, before any client is answered: `fsync` = once the disk has it, so
        /// that it outlives a power cut; `os` = once the operating system has it, so that it outlives the process; `off` = only
        /// the CA is kept. docs/DURABILITY.md says more.
        durability: Durability = Durability::Fsync,
            tradeoff: "What must be kept is answered later, by as long as the disk takes.";

        /// More places to listen on. In a file each begins with `[[listener]]`.
        listener: Vec<Listener> = Vec::new();

        /// Other brokers that messages go to and come from. In a file each begins with `[[bridge]]`.
        bridge: Vec<Bridge> = Vec::new();

        /// Who may publish and read what. In a file each line begins with `[[acl]]`. Without any, and
        /// without a file in `[auth]`, everybody may do everything.
        acl: Vec<AclLine> = Vec::new();

        /// Files with rules, stubs and devices: tables `[[fault]]`, `[[stub]]` and `[[device]]`. They may stand in a settings file
        /// as well. One file may stand without brackets. Empty list = no file.
        script: Vec<String> = Vec::new(),
            expect: Expect::Texts(&FILES);
    }
    sections {
        /// TLS.
        tls: Tls,
        /// MQTT over WebSocket.
        websocket: WebSocket,
        /// The control API.
        http: Http,
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
        /// Rules that disturb what passes.
        faults: FaultSettings,
        /// Another broker whose limits clients are held against.
        profile: ProfileSettings,
        /// What clients are to keep to.
        contracts: Contracts,
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
    Tls::DOC,
    WebSocket::DOC,
    Http::DOC,
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
    FaultSettings::DOC,
    ProfileSettings::DOC,
    Contracts::DOC,
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
            key,
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
                let mut value = tree.pointer(&path).cloned().unwrap_or_default();
                leave_out_what_is_not_given(&mut value);
                (doc, value)
            })
            .collect()
    }
}

/// A key of a table that may be left out is `null` where it is; no layer can say that.
fn leave_out_what_is_not_given(value: &mut serde_json::Value) {
    for table in value.as_array_mut().into_iter().flatten() {
        if let Some(fields) = table.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
    }
}
