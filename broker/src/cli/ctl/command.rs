//! [`Command`]: what `broker ctl` can be told, and what it asks of the broker for that.

use clap::Subcommand;
use hyper::Method;
use serde_json::{Map, Value, json};

use super::access::{Access, Certificates, Users};
use super::asking::{Asked, Expect, Wait};
use super::clock::Clock;
#[cfg(feature = "contracts")]
use super::contracts::Contracts;
use super::keeping::{Brokers, Outage, Recordings, Restart, Snapshots};
use super::lasts::Lasts;
use super::plan::{Plan, Then, ask, delete, get, post};
use super::profile::{self, Profiles};
use super::reading::{Journal, Messages, NearMisses, Packets};
use super::things::{Faults, Listeners, Partitions, Scenarios, Things};
use crate::ask_http::escaped;

// `--help` prints these comments.
#[allow(clippy::doc_markdown)]
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Which broker it is, and where it listens
    Info,
    /// The clients: connected or not, and why not
    Clients {
        /// Only this one
        id: Option<String>,
    },
    /// The sessions: subscriptions, queues, what is in flight
    Sessions {
        /// Only this client's
        id: Option<String>,
    },
    /// Who is subscribed to what
    Subscriptions,
    /// The retained messages
    Retained {
        /// Only that of this topic
        topic: Option<String>,
    },
    /// Everything that the broker holds
    State,
    /// Counters
    Stats,
    /// The same, and how things stand, in the words of Prometheus
    Metrics,
    /// What the engine can do
    Capabilities,
    /// Packets and events that were recorded, a line each
    Packets(Packets),
    /// Messages that clients published, a line each
    Messages(Messages),
    /// The journal as a ladder, a diagram, JSON lines or a capture; or as it is written
    Journal(Journal),
    /// Have the broker publish a message
    Publish(Publish),
    /// Say whether packets came, or come in time: exit code 0 or 1
    Expect(Expect),
    /// What came closest to a pattern, and in what it differs
    NearMisses(NearMisses),
    /// Wait until a client is connected, subscribed, …; or for a message
    Wait {
        #[command(subcommand)]
        wait: Wait,
    },
    /// Wait until nothing is on its way any more
    Settle(Asked),
    /// Draw a line: what is expected then has to come behind it. Prints its number, for --after
    Mark,
    /// Stop, resume and move the broker's clock; without a word, show it
    Clock {
        #[command(subcommand)]
        clock: Option<Clock>,
    },
    /// Rules that disturb: list, show, add, remove, release, clear
    Fault {
        #[command(subcommand)]
        fault: Faults,
    },
    /// Stubs: list, show, add, remove, clear
    Stub {
        #[command(subcommand)]
        stub: Things,
    },
    /// Simulated devices: list, show, add, remove, clear
    Device {
        #[command(subcommand)]
        device: Things,
    },
    /// Bridges to other brokers: connected or not, what has crossed
    Bridges,
    /// Scenarios: list, set, reset
    Scenario {
        #[command(subcommand)]
        scenario: Scenarios,
    },
    /// The profile that clients are held against: show, list, set, remove
    Profile {
        #[command(subcommand)]
        profile: Option<Profiles>,
    },
    /// The contracts that clients are held to, and what was seen of them: show, load, remove
    #[cfg(feature = "contracts")]
    Contracts {
        #[command(subcommand)]
        contracts: Option<Contracts>,
    },
    /// What clients did that the profile, or a contract, would not take
    Violations,
    /// Cut a client off for a while, such as 30s
    Interrupt {
        /// Client identifier
        client: String,
        /// How long
        #[arg(allow_hyphen_values = true)]
        lasts: Lasts,
    },
    /// Disconnect a client
    Disconnect {
        /// Client identifier
        client: String,
        /// Reason code of MQTT 5.0, a number or its name [default: Administrative action]
        #[arg(long, value_name = "CODE")]
        reason: Option<String>,
    },
    /// Clients whose bytes go nowhere: add, remove
    Partition {
        #[command(subcommand)]
        partition: Partitions,
    },
    /// Take a listener down, and up again
    Listener {
        #[command(subcommand)]
        listener: Listeners,
    },
    /// Forget sessions, retained messages or the journal
    Forget {
        #[command(subcommand)]
        what: Forget,
    },
    /// Save everything that outlives connections to a file, and put it back
    Snapshot {
        #[command(subcommand)]
        snapshot: Snapshots,
    },
    /// Record sessions, and play recordings to the broker
    Recording {
        #[command(subcommand)]
        recording: Recordings,
    },
    /// Stop and start the broker, with its sessions
    Restart(Restart),
    /// Let it break down: everything that is not kept is gone
    Crash(Restart),
    /// Be away: refuse connections for a while, or until `outage end`
    Outage(Outage),
    /// Make the broker as new
    Reset,
    /// Users: list, set, remove
    User {
        #[command(subcommand)]
        user: Users,
    },
    /// What users may do: acl, anonymous, reload
    Access {
        #[command(subcommand)]
        access: Access,
    },
    /// Certificates: ca, crl, reload
    Certificates {
        #[command(subcommand)]
        certificates: Certificates,
    },
    /// Further brokers on free ports: list, new, end, clear
    Broker {
        #[command(subcommand)]
        broker: Brokers,
    },
    /// Any request of the API: `ctl api GET packets?limit=5`
    Api {
        /// GET, POST, PUT, DELETE
        #[arg(value_parser = method)]
        method: Method,
        /// Path, from /api/v1/ on unless it begins with /
        path: String,
        /// The body: NAME=VALUE, JSON, @FILE or - for stdin
        body: Vec<String>,
    },
}

/// What the broker publishes.
#[derive(Debug, clap::Args)]
pub(super) struct Publish {
    /// Topic name
    topic: String,
    /// The payload, - for stdin [default: empty]
    payload: Option<String>,
    /// The highest QoS at which subscribers get it
    #[arg(short, long, default_value = "0", value_parser = clap::value_parser!(u8).range(0..=2))]
    qos: u8,
    /// Retain it
    #[arg(short, long)]
    retain: bool,
    /// Properties of MQTT 5.0, NAME=VALUE; repeatable
    #[arg(long, value_name = "NAME=VALUE")]
    property: Vec<String>,
}

/// What is forgotten.
#[derive(Debug, Subcommand)]
pub(super) enum Forget {
    /// The session of a client; it is disconnected
    Session {
        /// Client identifier
        client: String,
    },
    /// Retained messages: that of one topic, or all
    Retained {
        /// Topic name
        topic: Option<String>,
    },
    /// The journal
    Journal,
}

impl Command {
    /// What is to be asked; `json`: the answer is for programs.
    pub(super) fn plan(self, json: bool) -> Result<Plan, String> {
        let one = |list: &str, name: Option<String>| match name {
            None => get(list),
            Some(name) => get(&format!("{list}/{}", escaped(&name))),
        };
        Ok(match self {
            Self::Info => get("info").into(),
            Self::Clients { id: None } => Plan::from(get("clients")).then(Then::Columns(&[
                "/client_id",
                "/connected",
                "/connected_at_secs",
                "/connection/version",
                "/connection/way",
                "/connection/peer",
                "/last_disconnect/why",
            ])),
            Self::Clients { id } => one("clients", id).into(),
            Self::Sessions { id } => one("sessions", id).into(),
            Self::Subscriptions => get("subscriptions").into(),
            Self::Retained { topic: None } => Plan::from(get("retained")).then(Then::Columns(&[
                "/topic",
                "/qos",
                "/publisher",
                "/payload",
                "/payload_base64",
            ])),
            Self::Retained { topic } => one("retained", topic).into(),
            Self::State => get("state").into(),
            Self::Bridges => Plan::from(get("bridges")).then(Then::Columns(&[
                "/name",
                "/state",
                "/for_secs",
                "/address",
                "/sent",
                "/received",
                "/waiting",
                "/under_way",
                "/refused",
                "/last_lost",
                "/last_failed",
            ])),
            Self::Stats => get("stats").into(),
            Self::Metrics => any(Method::GET, "/metrics", &[])?,
            Self::Capabilities => get("capabilities").into(),
            Self::Packets(packets) => packets.plan()?,
            Self::Messages(messages) => messages.plan()?,
            Self::Journal(journal) => journal.plan(json)?,
            Self::Publish(publish) => publish.plan()?,
            Self::Expect(expect) => expect.plan()?,
            Self::NearMisses(pattern) => pattern.plan()?,
            Self::Wait { wait } => wait.plan()?,
            Self::Settle(asked) => asked.question("settle", Map::new()).into(),
            Self::Mark => Plan::from(ask(Method::POST, "mark")).then(Then::Only("after")),
            Self::Clock { clock } => clock.map_or_else(|| get("clock").into(), Clock::plan),
            Self::Fault { fault } => fault.plan()?,
            Self::Stub { stub } => stub.plan("stub")?,
            Self::Device { device } => device.plan("device")?,
            Self::Scenario { scenario } => scenario.plan(),
            Self::Profile { profile } => profile.unwrap_or(Profiles::Show).plan()?,
            #[cfg(feature = "contracts")]
            Self::Contracts { contracts } => contracts.unwrap_or(Contracts::Show).plan()?,
            Self::Violations => Plan::from(get("violations")).then(Then::Words(profile::violations)),
            Self::Interrupt { client, lasts } => {
                let body = json!({ "client": client, "duration_secs": lasts.secs() });
                post("interruptions", &body).into()
            }
            Self::Disconnect { client, reason } => {
                let path = format!("clients/{}/disconnect", escaped(&client));
                let reason = reason.map(|text| text.parse::<u8>().map_or(json!(text), Value::from));
                let body = reason.map_or(json!({}), |reason| json!({ "reason_code": reason }));
                post(&path, &body).into()
            }
            Self::Partition { partition } => partition.plan(),
            Self::Listener { listener } => listener.plan(),
            Self::Forget { what } => what.plan(),
            Self::Snapshot { snapshot } => snapshot.plan()?,
            Self::Recording { recording } => recording.plan()?,
            Self::Restart(restart) => restart.plan("restart"),
            Self::Crash(restart) => restart.plan("crash"),
            Self::Outage(outage) => outage.plan(),
            Self::Reset => ask(Method::POST, "reset").into(),
            Self::User { user } => user.plan()?,
            Self::Access { access } => access.plan()?,
            Self::Certificates { certificates } => certificates.plan(),
            Self::Broker { broker } => broker.plan()?,
            Self::Api { method, path, body } => any(method, &path, &body)?,
        })
    }
}

fn method(text: &str) -> Result<Method, String> {
    let known = [Method::GET, Method::POST, Method::PUT, Method::DELETE];
    let mut known = known.into_iter();
    let found = known.find(|known| known.as_str().eq_ignore_ascii_case(text));
    found.ok_or_else(|| "expected GET, POST, PUT or DELETE".to_owned())
}

fn any(method: Method, path: &str, body: &[String]) -> Result<Plan, String> {
    let mut question = ask(method, "");
    question.path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/api/v1/{path}")
    };
    if !body.is_empty() {
        question = question.with(&super::said::object(body)?);
    }
    // It may be anything, also events without an end.
    Ok(Plan::from(question).then(Then::Copy(None)))
}

impl Publish {
    fn plan(self) -> Result<Plan, String> {
        let mut message = Map::new();
        message.insert("topic".to_owned(), json!(self.topic));
        let payload = match self.payload.as_deref() {
            Some("-") => {
                let mut bytes = Vec::new();
                let read = std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes);
                read.map_err(|error| format!("stdin: {error}"))?;
                Some(bytes)
            }
            payload => payload.map(|text| text.as_bytes().to_vec()),
        };
        match payload.map(String::from_utf8) {
            None => {}
            Some(Ok(text)) => {
                message.insert("payload".to_owned(), json!(text));
            }
            Some(Err(error)) => {
                use base64::Engine as _;
                let base64 = base64::engine::general_purpose::STANDARD.encode(error.as_bytes());
                message.insert("payload_base64".to_owned(), json!(base64));
            }
        }
        message.insert("qos".to_owned(), json!(self.qos));
        message.insert("retain".to_owned(), json!(self.retain));
        if !self.property.is_empty() {
            message.insert("properties".to_owned(), super::said::object(&self.property)?);
        }
        Ok(post("publish", &Value::Object(message)).into())
    }
}

impl Forget {
    fn plan(self) -> Plan {
        match self {
            Self::Session { client } => delete(&format!("sessions/{}", escaped(&client))),
            Self::Retained { topic: None } => delete("retained"),
            Self::Retained { topic: Some(topic) } => delete(&format!("retained/{}", escaped(&topic))),
            Self::Journal => delete("packets"),
        }
        .into()
    }
}
