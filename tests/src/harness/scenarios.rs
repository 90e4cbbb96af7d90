//! Everyday uses of MQTT, as programs on clients that others wrote: paho-mqtt 2 (`tests/data/paho/2/scenarios.py`) and
//! MQTT.js 5 (`tests/data/mqttjs/scenarios.mjs`). Each takes HOST PORT LEVEL NAME, so that any broker can be put through them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use broker::Capability;
use broker::settings::{BrokerSettings, User};

use super::binaries::workspace;
use super::peers::{mqtt_js, or_skip, paho_2};
use super::{Finished, Program};

/// A scenario, and what an engine must have for it beyond the plain protocol.
pub type Scenario = (&'static str, &'static [Capability]);

/// What both versions have.
pub const BOTH: &[Scenario] = &[
    ("messages_in_order", &[]),
    ("retained", &[Capability::Retained]),
    ("will", &[Capability::Wills]),
    (
        "persistent_session",
        &[Capability::PersistentSessions, Capability::LowerQos],
    ),
    ("takeover", &[Capability::Takeover]),
    ("wildcards", &[Capability::DollarTopics, Capability::SysTopics]),
    ("overlapping", &[Capability::OverlappingSubscriptions]),
    ("unsubscribe", &[Capability::Unsubscribe]),
    ("login", &[Capability::Login]),
    ("empty_client_id", &[Capability::EmptyClientId]),
    ("large_payload", &[Capability::LargePackets]),
];

/// What only MQTT 5.0 has.
pub const ONLY_5: &[Scenario] = &[
    ("message_properties", &[Capability::MessageProperties]),
    ("request_response", &[Capability::MessageProperties]),
    ("message_expiry", &[Capability::MessageExpiry]),
    ("subscription_identifiers", &[Capability::SubscriptionIdentifiers]),
    ("no_local", &[Capability::NoLocal]),
    ("retain_as_published", &[Capability::RetainAsPublished]),
    ("retain_handling", &[Capability::RetainHandling]),
    ("shared_subscription", &[Capability::SharedSubscriptions]),
    ("topic_alias", &[Capability::TopicAliases]),
    ("no_matching_subscribers", &[Capability::NoMatchingSubscribers]),
    ("assigned_client_id", &[Capability::AssignedClientId]),
    ("server_keep_alive", &[Capability::ServerKeepAlive]),
];

/// All that a protocol level has.
pub fn all(level: u8) -> impl Iterator<Item = Scenario> {
    let only_5 = if level == 5 { ONLY_5 } else { &[] };
    BOTH.iter().chain(only_5).copied()
}

/// What this scenario needs of our settings.
pub fn settings_for(scenario: &str, settings: &mut BrokerSettings) {
    match scenario {
        "login" => {
            settings.auth.allow_anonymous = false;
            settings.auth.users = vec![User::new("alice", "secret")];
        }
        "server_keep_alive" => settings.session.max_keep_alive_secs = 60,
        _ => {}
    }
}

/// One of the two programs.
#[derive(Debug, Clone)]
pub struct Scenarios {
    /// Whose clients they are.
    pub name: &'static str,
    program: PathBuf,
    arguments: Vec<PathBuf>,
}

impl Scenarios {
    /// Those of paho-mqtt, or the test is skipped.
    pub fn paho() -> Option<Self> {
        // Nothing is written beside the sources.
        let arguments = vec!["-B".into(), workspace().join("tests/data/paho/2/scenarios.py")];
        Some(Self {
            name: "paho-mqtt",
            program: or_skip(paho_2())?,
            arguments,
        })
    }

    /// Those of MQTT.js, or the test is skipped.
    pub fn mqtt_js() -> Option<Self> {
        let (node, home) = or_skip(mqtt_js())?;
        Some(Self {
            name: "MQTT.js",
            program: node,
            arguments: vec![workspace().join("tests/data/mqttjs/scenarios.mjs"), home],
        })
    }

    /// The names of the scenarios that the program has for a level.
    pub fn names(&self, level: u8) -> Vec<String> {
        Program::start(self.command().args(["-", "0", &level.to_string()])).succeed()
    }

    /// Runs one scenario to its end.
    pub fn run(&self, addr: SocketAddr, level: u8, name: &str) -> Finished {
        let (host, port, level) = (addr.ip().to_string(), addr.port().to_string(), level.to_string());
        Program::start(self.command().args([&host, &port, &level]).arg(name)).wait()
    }

    /// Runs one scenario on a broker of others. Says why it failed, if it did.
    pub fn fails(&self, addr: SocketAddr, level: u8, name: &str) -> Option<String> {
        let (host, port, level) = (addr.ip().to_string(), addr.port().to_string(), level.to_string());
        let program = Program::start(self.command().args([&host, &port, &level]).arg(name));
        let Ok(finished) = program.ends() else {
            return Some("it does not end".to_owned());
        };
        let is_done = finished.code == Some(0) && finished.stdout == [format!("ok {name}")];
        // Of all that Python and Node say of an error, the line with its words.
        let words = finished.stderr.iter().rfind(|line| line.contains("Error: "));
        (!is_done).then(|| {
            words.map_or_else(
                || format!("exit code {:?}", finished.code),
                |line| line.trim().to_owned(),
            )
        })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command
    }
}
