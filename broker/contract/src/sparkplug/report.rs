//! [`SparkplugReport`]: which edge nodes and host applications were seen, and what was broken.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::Sparkplug;
use super::node::Node;

/// What was seen of an edge node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeReport {
    /// Its group.
    pub group: String,
    /// Its name in the group.
    pub node: String,
    /// Whether its NBIRTH came, and no death since.
    pub online: bool,
    /// NBIRTH messages.
    pub births: u64,
    /// NDEATH messages, of its own and as will.
    pub deaths: u64,
    /// NDATA and DDATA messages.
    pub data: u64,
    /// NCMD and DCMD messages to it.
    pub commands: u64,
    /// How often a rebirth was asked for.
    pub rebirths_asked: u64,
    /// Whether one was asked for, and no NBIRTH came.
    pub owes_rebirth: bool,
    /// Metrics of its last NBIRTH.
    pub metrics: u64,
    /// Its devices, and which of them are online.
    pub devices: Vec<(String, bool)>,
    /// Its messages, and those to it, that broke something.
    pub broken: u64,
}

/// What was seen of a host application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostReport {
    /// Its name.
    pub host: String,
    /// Whether its last STATE said so, and its client is connected.
    pub online: bool,
    /// STATE messages with online true.
    pub births: u64,
    /// Those with online false, also as will.
    pub deaths: u64,
    /// Those that broke something.
    pub broken: u64,
}

/// What was seen of Sparkplug.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SparkplugReport {
    /// Messages that were looked at.
    pub messages: u64,
    /// Messages, CONNECT and DISCONNECT packets that broke something.
    pub broken: u64,
    /// How many things were broken.
    pub violations_total: u64,
    /// Each edge node.
    pub nodes: Vec<NodeReport>,
    /// Each host application.
    pub hosts: Vec<HostReport>,
    /// How often each rule was broken.
    pub rules: Vec<(&'static str, u64)>,
    /// What is not understood, or not looked at.
    pub notes: Vec<String>,
}

impl Sparkplug {
    /// What was seen so far.
    pub fn report(&self) -> SparkplugReport {
        let node = |name: &str, node: &Node| {
            let (group, short) = name.split_once('/').unwrap_or((name, ""));
            NodeReport {
                group: group.to_owned(),
                node: short.to_owned(),
                online: node.is_born,
                births: node.births,
                deaths: node.deaths,
                data: node.data,
                commands: node.commands,
                rebirths_asked: node.rebirths_asked,
                owes_rebirth: node.owes_rebirth(),
                metrics: node.metrics() as u64,
                devices: node
                    .devices
                    .iter()
                    .map(|(name, device)| (name.to_string(), device.is_born))
                    .collect(),
                broken: node.broken,
            }
        };
        let hosts = self.hosts.iter().map(|(name, host)| HostReport {
            host: name.to_string(),
            online: host.is_online,
            births: host.births,
            deaths: host.deaths,
            broken: host.broken,
        });
        SparkplugReport {
            messages: self.messages,
            broken: self.broken,
            violations_total: self.violated,
            nodes: self.nodes.iter().map(|(name, one)| node(name, one)).collect(),
            hosts: hosts.collect(),
            rules: self
                .by_rule
                .iter()
                .map(|(rule, count)| (rule.id, *count))
                .collect(),
            notes: self.notes.iter().cloned().collect(),
        }
    }
}

impl SparkplugReport {
    /// All of it, for people.
    ///
    /// ```
    /// let report = broker_contract::Sparkplug::default().report();
    /// assert_eq!(report.text(), "0 messages looked at, 0 broken\n");
    /// ```
    pub fn text(&self) -> String {
        let mut text = format!(
            "{} looked at, {} broken\n",
            many(self.messages, "message"),
            self.broken
        );
        for node in &self.nodes {
            let state = if node.online { "online" } else { "offline" };
            let _ = write!(
                text,
                "  edge node {}/{}: {state}, {}, {}, {}",
                node.group,
                node.node,
                many(node.births, "birth"),
                many(node.deaths, "death"),
                many(node.data, "data message"),
            );
            if !node.devices.is_empty() {
                let online = node.devices.iter().filter(|(_, online)| *online).count();
                let _ = write!(
                    text,
                    ", {} ({online} online)",
                    many(node.devices.len() as u64, "device")
                );
            }
            if node.rebirths_asked > 0 {
                let _ = write!(text, ", {} asked for", many(node.rebirths_asked, "rebirth"));
            }
            if node.owes_rebirth {
                text.push_str(", no NBIRTH came since");
            }
            if node.broken > 0 {
                let _ = write!(text, ", {} broken", node.broken);
            }
            text.push('\n');
        }
        for host in &self.hosts {
            let state = if host.online { "online" } else { "offline" };
            let (births, deaths) = (many(host.births, "birth"), many(host.deaths, "death"));
            let _ = writeln!(
                text,
                "  host application {}: {state}, {births}, {deaths}",
                host.host
            );
        }
        for (rule, count) in &self.rules {
            let _ = writeln!(text, "  broken {}: {rule}", many(*count, "time"));
        }
        for note in &self.notes {
            let _ = writeln!(text, "  not checked: {note}");
        }
        text
    }

    /// As JSON has it.
    pub fn json(&self) -> Json {
        let node = |one: &NodeReport| {
            let device = |(name, online): &(String, bool)| json!({"device": name, "online": online});
            json!({
                "group": one.group, "node": one.node, "online": one.online, "births": one.births, "deaths": one.deaths,
                "data": one.data, "commands": one.commands, "rebirths_asked": one.rebirths_asked,
                "owes_rebirth": one.owes_rebirth, "metrics": one.metrics,
                "devices": one.devices.iter().map(device).collect::<Json>(), "broken": one.broken,
            })
        };
        let host = |one: &HostReport| {
            json!({
                "host": one.host, "online": one.online, "births": one.births, "deaths": one.deaths, "broken": one.broken,
            })
        };
        let rules = self
            .rules
            .iter()
            .map(|(rule, count)| json!({"rule": rule, "count": count}));
        json!({
            "messages": self.messages,
            "broken": self.broken,
            "violations_total": self.violations_total,
            "nodes": self.nodes.iter().map(node).collect::<Json>(),
            "hosts": self.hosts.iter().map(host).collect::<Json>(),
            "rules": rules.collect::<Json>(),
            "notes": self.notes,
        })
    }
}

fn many(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
