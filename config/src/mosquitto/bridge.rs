//! Bridges: their lines are read and checked; nothing connects yet.

use super::line::Line;
use super::table::Takes;
use super::translate::{Below, Walk};
use super::{value, world};
use crate::error::Origin;

/// A bridge that the file speaks of.
pub(super) struct Bridge {
    name: String,
    origin: Origin,
    has_address: bool,
    has_topic: bool,
}

impl Walk<'_> {
    pub(super) fn bridge_line(&mut self, line: &Line, below: &mut Below) {
        if line.option.name == "connection" {
            return self.connection(line, below);
        }
        if below.bridge.is_none() {
            let text = format!(
                "`{}` is about a bridge, and stands below no `connection NAME`",
                line.name
            );
            return self.told.wrong(&line.origin, text);
        }
        if let Some(bridge) = below.bridge.and_then(|index| self.bridges.get_mut(index)) {
            bridge.has_address |= line.option.name.starts_with("address");
            bridge.has_topic |= line.option.name == "topic";
        }
        match (line.option.name, line.option.takes) {
            ("address" | "addresses", _) => self.address(line),
            ("topic", _) => self.topic(line),
            (_, Takes::Boolean) => {
                value::boolean(line, &mut self.told);
            }
            (_, Takes::Integer { .. }) => {
                value::integer(line, &mut self.told);
            }
            (_, Takes::OneOf(_)) => {
                value::one_of(line, &mut self.told);
            }
            (_, Takes::File) => {
                if value::text(line, &mut self.told).is_some() {
                    world::file(line, self.main, &mut self.told);
                }
            }
            _ => {
                if line.rest.is_empty() {
                    let text = format!(
                        "`{}` has no value; expected {}",
                        line.name,
                        line.option.takes.describe()
                    );
                    self.told.wrong(&line.origin, text);
                }
            }
        }
    }

    fn connection(&mut self, line: &Line, below: &mut Below) {
        let Some(name) = value::word(line, &mut self.told).map(str::to_owned) else {
            return;
        };
        if let Some(other) = self.bridges.iter().find(|other| other.name == name) {
            let text = format!("a second bridge is called {name:?}, as that of {}", other.origin);
            self.told.wrong(&line.origin, text);
        }
        self.bridges.push(Bridge {
            name,
            origin: line.origin.clone(),
            has_address: false,
            has_topic: false,
        });
        below.bridge = Some(self.bridges.len() - 1);
    }

    fn address(&mut self, line: &Line) {
        let hosts = line
            .rest
            .split_whitespace()
            .take_while(|host| !host.starts_with('#'));
        let hosts: Vec<&str> = hosts.collect();
        if hosts.is_empty() {
            let text = format!(
                "`{}` has no value; expected {}",
                line.name,
                line.option.takes.describe()
            );
            return self.told.wrong(&line.origin, text);
        }
        for host in hosts {
            let port = host.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
            if matches!(port, Some(Err(_) | Ok(0))) {
                let text = format!(
                    "`{}` has {host:?}; expected HOST:PORT with a port from 1 to 65535",
                    line.name
                );
                self.told.wrong(&line.origin, text);
            }
        }
    }

    fn topic(&mut self, line: &Line) {
        let mut words = line.rest.split_whitespace();
        if words.next().is_none() {
            return self.told.wrong(
                &line.origin,
                "`topic` has no value; expected a pattern, such as `topic sensors/# out 1`",
            );
        }
        // A pattern may be `#`, so a comment begins behind it at the earliest.
        let mut words = words.take_while(|word| !word.starts_with('#'));
        let direction = words.next().map(str::to_ascii_lowercase);
        if direction
            .as_ref()
            .is_some_and(|word| !["out", "in", "both"].contains(&word.as_str()))
        {
            let word = direction.unwrap_or_default();
            let text = format!("`topic` has {word:?} behind its pattern; expected out, in or both");
            return self.told.wrong(&line.origin, text);
        }
        if let Some(qos) = words.next().filter(|qos| !["0", "1", "2"].contains(qos)) {
            let text = format!("`topic` has {qos:?} where a QoS is expected: 0, 1 or 2");
            self.told.wrong(&line.origin, text);
        }
    }

    /// What is to be said of all of them: one line.
    pub(super) fn settle_bridges(&mut self) {
        for bridge in &self.bridges {
            let lacks = match (bridge.has_address, bridge.has_topic) {
                (true, true) => continue,
                (false, _) => "address HOST:PORT",
                (true, false) => "topic PATTERN",
            };
            let text = format!("the bridge {:?} has no `{lacks}`", bridge.name);
            self.told.wrong(&bridge.origin, text);
        }
        let names: Vec<&str> = self.bridges.iter().map(|bridge| &*bridge.name).collect();
        if let Some(first) = self.bridges.first() {
            let text = format!(
                "bridges are read and checked, and not connected yet: {}",
                names.join(", ")
            );
            self.told.remark(&first.origin, text);
        }
    }
}
