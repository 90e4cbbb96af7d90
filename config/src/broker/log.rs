//! `[log]`: what the broker says while it runs, and where.

use super::BrokerSettings;
use super::together::Conflicts;
use crate::check::texts::DESTINATIONS;
use crate::choice::{EngineKind, Facility, LogType};
use crate::define::section;
use crate::schema::{Expect, between};

section! {
    /// What the broker says while it runs, and where.
    #[example = "settings.log.verbosity = 1; // packets, too"]
    #[example = "settings.log.destinations = vec![\"file:broker.log\".to_owned(), \"stderr\".to_owned()];"]
    pub struct Log in "log" {
        /// How much: 0 = what `types` names, 1 = packets and all other types too, 2 = everything, uncut.
        verbosity: u8 = 0,
            expect: between(0, 2);

        /// Whether as one JSON object a line, for programs, rather than text for people.
        json: bool = false;

        /// Whether stdout and stderr get no lines but the first and, with `json`, the last: `listening` and `stopped`. Errors and
        /// warnings come on stderr all the same, and other destinations have what they always have.
        quiet: bool = false;

        /// Where the lines go, any number of: `stdout`, `stderr`, `file:PATH`, `syslog` (Unix only), and `topic`: those who
        /// subscribe to `$SYS/broker/log/#`. Lines are added to the end of a file, and SIGHUP opens it anew. Empty list = once
        /// it runs, the broker says nothing but errors, on stderr.
        destinations: Vec<String> = vec!["stdout".to_owned()],
            expect: Expect::Texts(&DESTINATIONS),
            tradeoff: "A destination that takes its lines too slowly loses the oldest of them, and is told how many: clients never \
                wait for it.";

        /// Which lines, in the words of mosquitto. `notice` has connections and refusals, `debug` packets; `all` is every type,
        /// `none` is none. Empty list = every type but
        /// `debug`.
        types: Vec<LogType> = Vec::new();

        /// Whether text lines begin with a time. JSON always has one, and syslog has its own.
        timestamp: bool = true;

        /// That time in the form of strftime, as this machine's clock and time zone have it: `%Y-%m-%d %H:%M:%S`. Empty = the
        /// seconds since the start on stdout and stderr, date and time elsewhere.
        timestamp_format: String = String::new();

        /// Whether there are lines that say that a client came or went. Refusals are told all the same.
        connection_messages: bool = true;

        /// The facility that syslog files the lines under.
        facility: Facility = Facility::Daemon;
    }
}

impl Log {
    /// Whether lines of this type are wanted.
    ///
    /// ```
    /// use settings::LogType;
    ///
    /// let mut log = settings::BrokerSettings::default().log;
    /// assert!(log.wants(LogType::Subscribe) && !log.wants(LogType::Debug));
    /// log.verbosity = 1;
    /// assert!(log.wants(LogType::Debug));
    /// ```
    pub fn wants(&self, of_type: LogType) -> bool {
        let by_default = self.types.is_empty() && of_type != LogType::Debug;
        let named = self.types.contains(&LogType::All) || self.types.contains(&of_type);
        self.verbosity > 0 || by_default || named
    }
}

impl BrokerSettings {
    pub(super) fn conflicts_of_log(&self, conflicts: &mut Conflicts) {
        let log = &self.log;
        if self.journal.entries == 0 && log.wants(LogType::Debug) {
            let (key, what) = if log.verbosity > 0 {
                ("log.verbosity", "is above 0")
            } else {
                ("log.types", "has \"debug\" or \"all\"")
            };
            let text = format!(
                "{what}, but packets are shown from the journal, which `journal.entries = 0` turns off"
            );
            conflicts.add(key, text);
        }
        if log.quiet && log.verbosity > 0 {
            conflicts.add(
                "log.quiet",
                "is true, but `log.verbosity` is above 0; leave one of them out",
            );
        }
        if log.types.contains(&LogType::None) && log.types.len() > 1 {
            conflicts.add(
                "log.types",
                "has \"none\" beside other types; leave one of them out",
            );
        }
        for (index, destination) in log.destinations.iter().enumerate() {
            if log.destinations[..index].contains(destination) {
                conflicts.add("log.destinations", format!("has {destination:?} twice"));
            }
        }
        let has = |name: &str| log.destinations.iter().any(|destination| destination == name);
        if cfg!(not(unix)) && has("syslog") {
            let text = "has \"syslog\", which this system does not have; use \"file:PATH\"";
            conflicts.add("log.destinations", text);
        }
        let is_native = self.upstream.url.is_empty() && self.engine.kind == EngineKind::Native;
        if has("topic") && !is_native {
            let text =
                "has \"topic\", and another broker answers the subscribers here; use another destination";
            conflicts.add("log.destinations", text);
        }
    }
}
