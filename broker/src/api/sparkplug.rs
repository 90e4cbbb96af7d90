//! The part of `/api/v1/contracts` about Sparkplug.

use serde::Serialize;
use utoipa::ToSchema;

/// Edge nodes and host applications, and the rules that they broke.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SparkplugSeen {
    /// Messages that were looked at.
    messages: u64,
    /// Messages, CONNECT and DISCONNECT packets that broke something.
    broken: u64,
    /// How many things were broken.
    violations_total: u64,
    /// Each edge node.
    nodes: Vec<EdgeNode>,
    /// Each host application.
    hosts: Vec<HostApplication>,
    /// How often each rule was broken.
    rules: Vec<BrokenRule>,
    /// What is not understood, or not looked at.
    notes: Vec<String>,
}

/// What was seen of an edge node.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EdgeNode {
    group: String,
    node: String,
    /// Whether its NBIRTH came, and no death since.
    online: bool,
    /// NBIRTH messages.
    births: u64,
    /// NDEATH messages, of its own and as will.
    deaths: u64,
    /// NDATA and DDATA messages.
    data: u64,
    /// NCMD and DCMD messages to it.
    commands: u64,
    /// How often a rebirth was asked for.
    rebirths_asked: u64,
    /// Whether one was asked for, and no NBIRTH came.
    owes_rebirth: bool,
    /// Metrics of its last NBIRTH.
    metrics: u64,
    /// Its devices.
    devices: Vec<EdgeDevice>,
    /// Its messages, and those to it, that broke something.
    broken: u64,
}

/// A device of an edge node.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EdgeDevice {
    device: String,
    /// Whether its DBIRTH came, and no death since.
    online: bool,
}

/// What was seen of a host application.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HostApplication {
    host: String,
    /// Whether its last STATE said so, and its client is connected.
    online: bool,
    /// STATE messages with online true.
    births: u64,
    /// Those with online false, also as will.
    deaths: u64,
    /// Those that broke something.
    broken: u64,
}

/// How often a rule was broken.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BrokenRule {
    /// Its name in the specification.
    rule: String,
    count: u64,
}

#[cfg(feature = "contracts")]
impl From<broker_contract::SparkplugReport> for SparkplugSeen {
    fn from(report: broker_contract::SparkplugReport) -> Self {
        let nodes = report.nodes.into_iter().map(|one| EdgeNode {
            group: one.group,
            node: one.node,
            online: one.online,
            births: one.births,
            deaths: one.deaths,
            data: one.data,
            commands: one.commands,
            rebirths_asked: one.rebirths_asked,
            owes_rebirth: one.owes_rebirth,
            metrics: one.metrics,
            devices: one
                .devices
                .into_iter()
                .map(|(device, online)| EdgeDevice { device, online })
                .collect(),
            broken: one.broken,
        });
        let hosts = report.hosts.into_iter().map(|one| HostApplication {
            host: one.host,
            online: one.online,
            births: one.births,
            deaths: one.deaths,
            broken: one.broken,
        });
        let rules = report.rules.into_iter().map(|(rule, count)| BrokenRule {
            rule: rule.to_owned(),
            count,
        });
        Self {
            messages: report.messages,
            broken: report.broken,
            violations_total: report.violations_total,
            nodes: nodes.collect(),
            hosts: hosts.collect(),
            rules: rules.collect(),
            notes: report.notes,
        }
    }
}
