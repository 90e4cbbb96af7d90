//! [`Sparkplug`]: the messages of edge nodes and host applications, held against the
//! [Sparkplug 3.0.0](https://sparkplug.eclipse.org) specification.
//!
//! | idea | file |
//! |---|---|
//! | the rules, by their names in the specification | `rules.rs` |
//! | what a topic names, and the rules of each type of message | `topic.rs` |
//! | Protocol Buffers on the wire; a payload; its parts | `protobuf.rs`; `payload.rs`; `parts.rs`, `datatype.rs` |
//! | an edge node: births, deaths, sequence numbers, aliases | `node.rs`, `metrics.rs`; a metric by itself `checks.rs` |
//! | a host application | `host.rs` |
//! | a client: its will, its subscriptions, its goodbye | `client.rs` |
//! | what was seen of all of them | `report.rs` |

mod checks;
mod client;
mod datatype;
mod found;
mod host;
mod metrics;
mod node;
mod parts;
mod payload;
mod protobuf;
mod report;
mod rules;
mod topic;

use std::collections::{BTreeMap, BTreeSet};

pub use self::client::Goodbye;
use self::client::{Client, Role};
pub use self::found::Broken;
use self::found::Found;
use self::host::{Host, State, check_sending};
use self::metrics::Room;
use self::node::Node;
use self::payload::{Payload, short};
pub use self::report::{HostReport, NodeReport, SparkplugReport};
use self::rules as rule;
pub use self::rules::{RULES, Rule};
use self::topic::{Kind, NAMESPACE, Topic};
use crate::check::Publication;

/// So many edge nodes, host applications and clients are told apart.
const MOST_NODES: usize = 10_000;
/// What one of them takes beside its name, about.
const NODE_BYTES: usize = 512;
/// So many things that are not understood are kept.
const MOST_NOTES: usize = 100;
/// Payloads that are longer are not read.
const MOST_PAYLOAD_BYTES: usize = 4 * 1024 * 1024;

/// What is to be known of Sparkplug's clients, and what was seen of them.
///
/// ```
/// use broker_contract::{Publication, Sparkplug};
///
/// let mut sparkplug = Sparkplug::default();
/// let seen = Publication { topic: "spBv1.0/plant/NDATA/press", payload: &[0x18, 7], ..Publication::default() };
/// let said = sparkplug.publication(&seen)[0].to_string();
/// assert_eq!(said, "NDATA of plant/press: there is no timestamp (tck-id-payloads-ndata-timestamp)");
/// ```
#[derive(Debug, Default)]
pub struct Sparkplug {
    /// By `GROUP/NODE`.
    nodes: BTreeMap<Box<str>, Node>,
    hosts: BTreeMap<Box<str>, Host>,
    /// Those with a will of Sparkplug, by client identifier.
    clients: BTreeMap<Box<str>, Client>,
    room: Room,
    messages: u64,
    broken: u64,
    violated: u64,
    by_rule: BTreeMap<&'static Rule, u64>,
    notes: BTreeSet<String>,
}

impl Sparkplug {
    /// Holds a message against the specification, and counts it. Gives what is broken.
    pub fn publication(&mut self, seen: &Publication<'_>) -> Vec<Broken> {
        let Some(topic) = Topic::read(seen.topic) else {
            if seen
                .topic
                .strip_prefix("STATE/")
                .is_some_and(|host| !host.contains('/'))
            {
                self.note(format!(
                    "a topic STATE/HOST is of Sparkplug before 3.0, and is not checked; since then it is {NAMESPACE}/STATE/HOST"
                ));
            }
            return Vec::new();
        };
        self.messages += 1;
        let mut found = Found {
            topic: seen.topic.to_owned(),
            ..Found::default()
        };
        let mut key = None;
        match topic {
            Err((rule, what)) => {
                "the topic is wrong".clone_into(&mut found.of);
                found.add(rule, || what);
            }
            Ok(Topic::State(host)) => self.state(host, seen, &mut found),
            Ok(Topic::Node {
                kind,
                group,
                node,
                device,
            }) => {
                let name = format!("{group}/{node}");
                found.of = format!("{} of {}", kind.name(), short(&name));
                if let Some(device) = device {
                    found.of = format!("{}/{}", found.of, short(device));
                }
                self.of_node(kind, &name, device, seen, &mut found);
                key = Some(name);
            }
        }
        if let Some(node) = key.and_then(|key| self.nodes.get_mut(&*key)) {
            node.broken += u64::from(!found.broken.is_empty());
        }
        self.told(found)
    }

    /// The topic below which a server that is aware of Sparkplug keeps this message, if it is a birth.
    ///
    /// ```
    /// use broker_contract::Sparkplug;
    ///
    /// let kept = Sparkplug::certificate("spBv1.0/plant/NBIRTH/press");
    /// assert_eq!(kept.as_deref(), Some("$sparkplug/certificates/spBv1.0/plant/NBIRTH/press"));
    /// assert_eq!(Sparkplug::certificate("spBv1.0/plant/NDATA/press"), None);
    /// ```
    pub fn certificate(topic: &str) -> Option<String> {
        match Topic::read(topic)? {
            Ok(Topic::Node { kind, .. }) if kind.is_birth() => {
                Some(format!("$sparkplug/certificates/{topic}"))
            }
            _ => None,
        }
    }

    /// Forgets all that was seen.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// What is broken, counted.
    fn told(&mut self, found: Found) -> Vec<Broken> {
        for (of, number) in found.unknown {
            self.note(format!(
                "field {number} of {of} is not in the specification; it is passed over"
            ));
        }
        self.broken += u64::from(!found.broken.is_empty());
        self.violated += found.broken.len() as u64 + found.more;
        for one in &found.broken {
            *self.by_rule.entry(one.rule).or_default() += 1;
        }
        found.broken
    }

    fn note(&mut self, note: String) {
        if self.notes.len() < MOST_NOTES {
            self.notes.insert(note);
        }
    }

    /// Whether there is an edge node of this name now; there is none where there is no room for one more.
    fn makes_node(&mut self, name: &str) -> bool {
        if self.nodes.contains_key(name) {
            return true;
        }
        if self.nodes.len() >= MOST_NODES || !self.room.take(NODE_BYTES + name.len()) {
            self.note(format!(
                "there are more than {MOST_NODES} edge nodes, or no room for more; those that came later are not looked at"
            ));
            return false;
        }
        self.nodes.insert(name.into(), Node::default());
        true
    }

    fn of_node(
        &mut self,
        kind: Kind,
        name: &str,
        device: Option<&str>,
        seen: &Publication<'_>,
        found: &mut Found,
    ) {
        if let Some((qos, retain)) = kind.sending() {
            if seen.qos != 0 {
                found.add(qos, || {
                    format!("it came at QoS {}, and is to come at QoS 0", seen.qos)
                });
            }
            if seen.retain {
                found.add(retain, || {
                    "it came with RETAIN, and is to come without".to_owned()
                });
            }
        }
        if !kind.is_command() {
            self.check_client(kind, name, seen.client_id, found);
        }
        if seen.payload.len() > MOST_PAYLOAD_BYTES {
            self.note(format!("payloads above {MOST_PAYLOAD_BYTES} bytes are not read"));
            return;
        }
        found.is_birth = kind.is_birth();
        found.is_nbirth = kind == Kind::NBirth;
        let payload = match Payload::read(seen.payload, found) {
            Ok(payload) => payload,
            Err(wrong) => {
                found.add(kind.payload(), || {
                    format!("the payload is not one of Sparkplug: {wrong}")
                });
                return;
            }
        };
        if payload.is_compressed {
            self.note("payloads that are compressed (SPBV1.0_COMPRESSED) are not read".to_owned());
        } else if payload.has_body {
            self.note("`body` of a payload is not looked at".to_owned());
        }
        if let Some(rule) = kind
            .timestamp()
            .filter(|_| payload.timestamp.is_none() && !payload.is_compressed)
        {
            found.add(rule, || "there is no timestamp".to_owned());
        }
        let mut is_partial = false;
        if self.makes_node(name)
            && let Some(node) = self.nodes.get_mut(name)
        {
            let was_partial = node.is_partial;
            node.message(kind, device, &payload, found, &mut self.room);
            is_partial = !was_partial && node.is_partial && !payload.is_compressed;
        }
        if is_partial {
            self.note(format!(
                "{} has more metrics or devices than are remembered; its data is not held against its births",
                short(name)
            ));
        }
    }

    /// Whether this is the client that an edge node's messages come from.
    fn check_client(&mut self, kind: Kind, name: &str, client_id: &str, found: &mut Found) {
        let client = self.clients.get_mut(client_id);
        let is_it = client.as_ref().is_some_and(|client| client.is_node(name));
        if !is_it {
            let other = self.nodes.get(name).and_then(|node| node.client.as_deref());
            if let Some(other) = other.filter(|other| *other != client_id) {
                found.add(&rule::UNIQUE_NODE, || {
                    format!("it came from another client than {other:?}, which is this edge node")
                });
            } else if kind == Kind::NBirth {
                found.add(&rule::NDEATH_WILL, || {
                    "the CONNECT of its client had no NDEATH of this edge node as will".to_owned()
                });
            }
            return;
        }
        let Some(client) = client else { return };
        match kind {
            Kind::NDeath => client.has_said_death = true,
            Kind::NBirth => {
                client.has_said_death = false;
                client.check_ncmd(name, found);
            }
            _ => {}
        }
    }

    fn state(&mut self, name: &str, seen: &Publication<'_>, found: &mut Found) {
        found.of = format!("STATE of {}", short(name));
        let state = match State::read(seen.payload) {
            Ok(state) => state,
            Err(why) => {
                found.add(&rule::STATE_BIRTH_PAYLOAD, || why);
                return;
            }
        };
        check_sending(seen, state.online, found);
        match self
            .clients
            .get(seen.client_id)
            .filter(|client| client.is_host(name))
        {
            None => found.add(&rule::STATE_WILL, || {
                "the CONNECT of its client had no STATE of this host application as will".to_owned()
            }),
            Some(client) if state.online => {
                client.check_state(name, found);
                if let Some(will) = client.timestamp.as_ref().filter(|will| **will != state.timestamp) {
                    found.add(&rule::STATE_BIRTH_TIMESTAMP, || {
                        format!(
                            "timestamp is {}, and {will} in the will of CONNECT",
                            state.timestamp
                        )
                    });
                }
            }
            Some(_) => {}
        }
        let is_full = |hosts: &BTreeMap<_, _>, room: &mut Room| {
            hosts.len() >= MOST_NODES || !room.take(NODE_BYTES + name.len())
        };
        if !self.hosts.contains_key(name) && is_full(&self.hosts, &mut self.room) {
            return self.note(format!(
                "there are more than {MOST_NODES} host applications; those that came later are not counted"
            ));
        }
        let host = self.hosts.entry(name.into()).or_default();
        host.is_online = state.online;
        host.births += u64::from(state.online);
        host.deaths += u64::from(!state.online);
        host.broken += u64::from(!found.broken.is_empty());
    }
}

/// What a client is, by the topic of its will.
fn role_of(topic: Topic<'_>) -> Option<Role> {
    match topic {
        Topic::Node {
            kind: Kind::NDeath,
            group,
            node,
            ..
        } => Some(Role::Node(format!("{group}/{node}").into())),
        Topic::State(host) => Some(Role::Host(host.into())),
        Topic::Node { .. } => None,
    }
}
