//! The command line.

use std::net::{SocketAddr, ToSocketAddrs};

use clap::{Parser, Subcommand};

use super::report::engines;
use super::rules;
use super::target::Target;

/// Measures the broker of this workspace beside a raw relay and other brokers, in turns, and checks what arrives.
#[derive(Debug, Clone, Parser)]
#[command(name = "bench", max_term_width = 100)]
pub struct Options {
    /// Runs of each case; medians are reported.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,
    /// One run of everything, each shorter and smaller; about a minute, longer with slow peers.
    #[arg(long)]
    pub quick: bool,
    /// Only these cases, by name or the beginning of it; see --list.
    #[arg(long, value_delimiter = ',', value_name = "CASE")]
    pub cases: Vec<String>,
    /// Only these targets: relay, citronella, no-journal, rumqttd, mosquitto; with-rumqttd and before-mosquitto only if named.
    #[arg(long, value_delimiter = ',', value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Whatever listens there, too.
    #[arg(long, value_name = "HOST:PORT", value_parser = address)]
    pub against: Vec<SocketAddr>,
    /// Our broker's program with other flags, too: `no journal=--set journal.entries=0`.
    #[arg(long, value_name = "NAME=FLAGS", value_parser = variant)]
    pub variant: Vec<Target>,
    /// Our broker with an ACL of so many lines in force, too.
    #[arg(long, value_name = "LINES", num_args = 0..=1, default_missing_value = "1000")]
    pub acl: Option<usize>,
    /// Our broker with so many rules that match nothing, too.
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_missing_value = "1")]
    pub rules: Vec<usize>,
    /// Our broker with a rule on a client that never comes, too.
    #[arg(long)]
    pub rule_on_another: bool,
    /// How long publishers publish in one run, in milliseconds.
    #[arg(long, default_value_t = 1000, value_name = "MS")]
    pub millis: u64,
    /// Print JSON instead of tables.
    #[arg(long)]
    pub json: bool,
    /// What stands behind the front door: rumqttd and mosquitto with and without it, in the cases that show its cost.
    #[arg(long, conflicts_with_all = ["cases", "targets"])]
    pub engines: bool,
    /// The same load over TCP, TLS, WebSocket and both, each beside a relay that does nothing else on that way.
    #[arg(long, conflicts_with_all = ["cases", "engines"])]
    pub ways: bool,
    /// Clients held against a profile, an AsyncAPI document and Sparkplug, beside none of these.
    #[arg(long, conflicts_with_all = ["targets", "engines", "ways"])]
    pub held: bool,
    /// Write the results into docs/PERFORMANCE.md, with plots; with --engines into docs/ENGINES.md, with --ways or --held into
    /// the part of docs/PERFORMANCE.md that is about them.
    #[arg(long)]
    pub write: bool,
    /// Name the cases and end.
    #[arg(long)]
    pub list: bool,
    /// Used by the program itself.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the program does when it is not measuring.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Be the thing that is measured.
    #[command(hide = true)]
    Serve {
        /// What to be.
        what: String,
        /// The port to listen on.
        port: u16,
    },
    /// Have many brokers in this process.
    #[command(hide = true)]
    Many {
        /// How many.
        count: usize,
    },
}

impl Options {
    /// The targets to compare, or what is wrong with those asked for.
    pub fn chosen_targets(&self) -> Result<Vec<Target>, String> {
        if self.engines {
            let targets = engines::TARGETS.iter();
            return Ok(targets.filter(|target| target.is_available()).cloned().collect());
        }
        if self.held {
            return super::held::targets().map_err(|error| format!("the document: {error}"));
        }
        let known = [
            Target::Relay,
            Target::Ours,
            Target::without_journal(),
            Target::Rumqttd,
            Target::Mosquitto,
            Target::WithRumqttd,
            Target::BeforeMosquitto,
        ];
        for name in &self.targets {
            let Some(target) = known.iter().find(|target| target.to_string() == *name) else {
                return Err(format!(
                    "no target {name:?}; there are relay, citronella, no-journal, rumqttd, mosquitto, with-rumqttd and \
                     before-mosquitto"
                ));
            };
            if !target.is_available() {
                return Err(match target {
                    Target::Rumqttd => "rumqttd is not in this build: add `--features rumqttd`".to_owned(),
                    _ => format!("{target} is not installed"),
                });
            }
        }
        let unasked = |target: &Target| match target {
            Target::WithRumqttd | Target::BeforeMosquitto => false,
            Target::Rumqttd | Target::Variant { .. } => !self.ways,
            _ => true,
        };
        let wanted = |target: &Target| {
            (self.targets.is_empty() && unasked(target)) || self.targets.contains(&target.to_string())
        };
        let mut targets: Vec<Target> = known
            .into_iter()
            .filter(|target| wanted(target) && target.is_available())
            .collect();
        targets.extend(self.variant.iter().cloned());
        if let Some(lines) = self.acl {
            targets.push(super::acl::target(lines).map_err(|error| format!("the ACL: {error}"))?);
        }
        let failed = |error| format!("the rules: {error}");
        for count in &self.rules {
            targets.push(rules::that_match_nothing(*count).map_err(failed)?);
        }
        if self.rule_on_another {
            targets.push(rules::on_another_client().map_err(failed)?);
        }
        targets.extend(self.against.iter().copied().map(Target::Address));
        Ok(targets)
    }
}

fn variant(text: &str) -> Result<Target, String> {
    let (name, flags) = text.split_once('=').ok_or("expected NAME=FLAGS")?;
    Ok(Target::Variant {
        name: name.to_owned(),
        flags: flags.split_whitespace().map(str::to_owned).collect(),
    })
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let mut found = text
        .to_socket_addrs()
        .map_err(|error| format!("{error}; expected host:port"))?;
    found.next().ok_or_else(|| "no such host".to_owned())
}
