//! [`Client`]: a client with a will of Sparkplug: how it comes, what it subscribes to, how it goes.

use serde_json::Number;

use super::checks::{bdseq_of, check_death};
use super::found::{Broken, Found};
use super::host::{State, check_sending};
use super::payload::{Payload, short};
use super::rules as rule;
use super::topic::{NAMESPACE, Topic};
use super::{MOST_NODES, NODE_BYTES, Sparkplug, role_of};
use crate::address::Address;
use crate::check::Publication;
use crate::connection::Connection;

/// So many subscriptions of a client are remembered.
const MOST_SUBSCRIPTIONS: usize = 1000;

/// What a subscription takes beside its filter, about.
const SUBSCRIPTION_BYTES: usize = 32;

/// What a client is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// The edge node `GROUP/NODE`.
    Node(Box<str>),
    /// A host application.
    Host(Box<str>),
}

/// A client that is connected.
#[derive(Debug)]
pub(super) struct Client {
    role: Role,
    is_5: bool,
    /// The timestamp in the will of a host application.
    pub timestamp: Option<Number>,
    /// Filters, with the QoS that was asked for.
    subscriptions: Vec<(Box<str>, u8)>,
    /// What it takes of the room.
    bytes: usize,
    /// Connections of the same client before this one that are still to end.
    earlier: u32,
    /// It published its NDEATH itself, and no NBIRTH since.
    pub has_said_death: bool,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goodbye {
    /// With DISCONNECT, and this reason code; in 3.x it is 0.
    Disconnect(u8),
    /// In another way: its will is published.
    Lost,
}

impl Client {
    pub fn is_node(&self, name: &str) -> bool {
        matches!(&self.role, Role::Node(own) if **own == *name)
    }

    pub fn is_host(&self, name: &str) -> bool {
        matches!(&self.role, Role::Host(own) if **own == *name)
    }

    /// The highest QoS at which it asked for this topic.
    fn subscribed(&self, topic: &str) -> Option<u8> {
        let fits = |filter: &str| Address::read(filter).is_ok_and(|filter| filter.values(topic).is_some());
        let fitting = self.subscriptions.iter().filter(|(filter, _)| fits(filter));
        fitting.map(|(_, qos)| *qos).max()
    }

    /// Whether it has subscribed to its commands.
    pub fn check_ncmd(&self, name: &str, found: &mut Found) {
        let Some((group, node)) = name.split_once('/') else {
            return;
        };
        let topic = format!("{NAMESPACE}/{group}/NCMD/{node}");
        match self.subscribed(&topic) {
            Some(1..) => {}
            Some(qos) => found.add(&rule::NCMD_SUBSCRIBE, || {
                format!("its client subscribed to {topic} at QoS {qos}, and is to do so at QoS 1")
            }),
            None => found.add(&rule::NCMD_SUBSCRIBE, || {
                format!("its client has not subscribed to {topic} at QoS 1")
            }),
        }
    }

    /// Whether it has subscribed to its own STATE.
    pub fn check_state(&self, name: &str, found: &mut Found) {
        let topic = format!("{NAMESPACE}/STATE/{name}");
        if self.subscribed(&topic).is_none() {
            found.add(&rule::STATE_SUBSCRIBE, || {
                format!("its client has not subscribed to {topic}")
            });
        }
    }
}

impl Sparkplug {
    /// Holds a CONNECT and its will against the specification. Gives what is broken.
    pub fn connection(&mut self, seen: &Connection<'_>) -> Vec<Broken> {
        // Where it takes over from an own connection, that one is lost, and its end is told later.
        let earlier = self
            .clients
            .get_mut(seen.client_id)
            .map_or(0, |client| std::mem::take(&mut client.earlier) + 1);
        let mut broken = self.ended(seen.client_id, Goodbye::Lost);
        let Some(will) = &seen.will else { return broken };
        let Some(topic) = Topic::read(will.topic) else {
            return broken;
        };
        let mut found = Found {
            of: format!("the will to {}", short(will.topic)),
            ..Found::default()
        };
        match topic {
            Err((rule, what)) => found.add(rule, || what),
            Ok(topic) => match role_of(topic) {
                None => found.add(&rule::WILL_TOPIC, || {
                    format!("the will of an edge node goes to {NAMESPACE}/GROUP/NDEATH/NODE")
                }),
                Some(role) => self.comes(role, earlier, seen, will, &mut found),
            },
        }
        broken.extend(self.told(found));
        broken
    }

    fn comes(
        &mut self,
        role: Role,
        earlier: u32,
        seen: &Connection<'_>,
        will: &Publication<'_>,
        found: &mut Found,
    ) {
        let mut client = Client {
            role,
            is_5: will.has_properties,
            timestamp: None,
            subscriptions: Vec::new(),
            bytes: NODE_BYTES + 2 * will.topic.len() + seen.client_id.len(),
            earlier,
            has_said_death: false,
        };
        let is_clean = seen.clean_start && (!client.is_5 || seen.session_expiry_secs.unwrap_or(0) == 0);
        if !is_clean {
            let rule = match (&client.role, client.is_5) {
                (Role::Node(_), false) => &rule::CLEAN_NODE_311,
                (Role::Node(_), true) => &rule::CLEAN_NODE_50,
                (Role::Host(_), false) => &rule::CLEAN_HOST_311,
                (Role::Host(_), true) => &rule::CLEAN_HOST_50,
            };
            found.add(rule, || {
                if client.is_5 {
                    let (clean, secs) = (u8::from(seen.clean_start), seen.session_expiry_secs.unwrap_or(0));
                    format!("CONNECT has Clean Start {clean} and a Session Expiry Interval of {secs}; it is to have 1 and 0")
                } else {
                    "CONNECT has Clean Session 0, and is to have 1".to_owned()
                }
            });
        }
        match &client.role {
            Role::Node(name) => self.node_comes(&name.clone(), seen.client_id, will, found),
            Role::Host(_) => {
                check_sending(will, false, found);
                match State::read(will.payload) {
                    Ok(state) if state.online => {
                        found.add(&rule::STATE_DEATH_PAYLOAD, || {
                            "`online` is true, and is to be false".to_owned()
                        });
                    }
                    Ok(state) => client.timestamp = Some(state.timestamp),
                    Err(why) => found.add(&rule::STATE_DEATH_PAYLOAD, || why),
                }
            }
        }
        if self.clients.len() >= MOST_NODES || !self.room.take(client.bytes) {
            return self.note(format!(
                "there are more than {MOST_NODES} clients; those that came later are not known"
            ));
        }
        self.clients.insert(seen.client_id.into(), client);
    }

    fn node_comes(&mut self, name: &str, client_id: &str, will: &Publication<'_>, found: &mut Found) {
        if will.qos != 1 {
            found.add(&rule::NDEATH_WILL_QOS, || {
                format!("it has QoS {}, and is to have QoS 1", will.qos)
            });
        }
        if will.retain {
            found.add(&rule::NDEATH_WILL_RETAIN, || {
                "it has RETAIN, and is to have none".to_owned()
            });
        }
        let mut said = None;
        match Payload::read(will.payload, found) {
            Err(wrong) => found.add(&rule::WILL_PAYLOAD, || {
                format!("the payload is not one of Sparkplug: {wrong}")
            }),
            Ok(payload) => {
                check_death(&payload, found);
                said = payload.metrics().find(|metric| metric.name == Some("bdSeq"));
            }
        }
        let said = said.as_ref().map(bdseq_of);
        if self.makes_node(name)
            && let Some(node) = self.nodes.get_mut(name)
        {
            if let Some(other) = &node.client {
                found.add(&rule::UNIQUE_NODE, || {
                    format!("{other:?} is this edge node, and is still connected")
                });
            }
            let want = node.bdseq.map(|before| (before + 1) % 256);
            match said {
                Some(Some(bdseq @ 0..=255)) => {
                    if let (Some(want), Some(before)) = (want, node.bdseq)
                        && want != bdseq
                    {
                        found.add(&rule::WILL_BDSEQ, || {
                            format!(
                                "bdSeq is {bdseq} after {before} in the CONNECT before, and is to be {want}"
                            )
                        });
                    }
                    node.bdseq = Some(bdseq);
                }
                Some(_) => {
                    found.add(&rule::WILL_BDSEQ, || {
                        "bdSeq is to be a whole number from 0 to 255".to_owned()
                    });
                    node.bdseq = None;
                }
                None => node.bdseq = None,
            }
            node.client = Some(client_id.into());
            node.is_born = false;
            node.forget(&mut self.room);
        }
    }

    /// A client asked for these filters, each with its QoS.
    pub fn subscription<'a>(&mut self, client_id: &str, filters: impl IntoIterator<Item = (&'a str, u8)>) {
        let Some(client) = self.clients.get_mut(client_id) else {
            return;
        };
        for (filter, qos) in filters {
            let bytes = SUBSCRIPTION_BYTES + filter.len();
            if client.subscriptions.len() >= MOST_SUBSCRIPTIONS || !self.room.take(bytes) {
                return self.note(format!(
                    "more than {MOST_SUBSCRIPTIONS} subscriptions of a client are not remembered"
                ));
            }
            client.bytes += bytes;
            client.subscriptions.push((filter.into(), qos));
        }
    }

    /// A connection ended. Gives what is broken by how it did.
    pub fn ended(&mut self, client_id: &str, goodbye: Goodbye) -> Vec<Broken> {
        if let Some(client) = self
            .clients
            .get_mut(client_id)
            .filter(|client| client.earlier > 0)
        {
            client.earlier -= 1;
            return Vec::new();
        }
        let Some(client) = self.clients.remove(client_id) else {
            return Vec::new();
        };
        self.room.give_back(client.bytes);
        let name = match &client.role {
            Role::Node(name) => name,
            Role::Host(name) => {
                if let Some(host) = self.hosts.get_mut(name).filter(|host| host.is_online) {
                    host.is_online = false;
                    host.deaths += u64::from(goodbye != Goodbye::Disconnect(0));
                }
                return Vec::new();
            }
        };
        let mut found = Found {
            of: format!("the DISCONNECT of {}", short(name)),
            ..Found::default()
        };
        match goodbye {
            Goodbye::Disconnect(0) if !client.is_5 && !client.has_said_death => {
                found.add(&rule::NDEATH_BEFORE_DISCONNECT, || {
                    "no NDEATH came before it, so that nobody is told of the death".to_owned()
                });
            }
            Goodbye::Disconnect(code) if client.is_5 && code != 4 => {
                found.add(&rule::DISCONNECT_WITH_WILL, || {
                    format!("its reason is 0x{code:02x}, and is to be Disconnect with Will Message (0x04)")
                });
            }
            _ => {}
        }
        if let Some(node) = self.nodes.get_mut(name) {
            node.broken += u64::from(!found.broken.is_empty());
            node.client = None;
            if node.is_born {
                node.died(&mut self.room);
                node.deaths -= u64::from(goodbye == Goodbye::Disconnect(0));
            }
        }
        self.told(found)
    }
}
