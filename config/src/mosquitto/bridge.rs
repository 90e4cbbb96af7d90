//! Bridges, on their way to tables of `[[bridge]]`.

use super::line::Line;
use super::translate::{Below, Setting, Walk, text, texts};
use super::value;
use crate::bridge_topic::BridgeTopic;
use crate::error::Origin;
use crate::value::Value;

/// A bridge that the file speaks of.
pub(super) struct Bridge {
    name: String,
    origin: Origin,
    /// Host and port of each address.
    addresses: Vec<String>,
    addresses_at: Option<Origin>,
    topics: Vec<String>,
    topics_at: Option<Origin>,
    /// Its certificates are asked for: it speaks TLS.
    tls: bool,
    keys: Vec<Setting>,
}

impl Bridge {
    fn put(&mut self, key: &'static str, value: impl Into<Value>, origin: &Origin) {
        self.keys.retain(|setting| setting.key != key);
        self.keys.push(Setting {
            key,
            value: value.into(),
            origin: origin.clone(),
        });
    }

    /// All that its table has.
    fn settle(mut self) -> Vec<Setting> {
        let origin = self.origin.clone();
        self.put("name", text(self.name.clone()), &origin);
        let scheme = if self.tls { "mqtts" } else { "mqtt" };
        let addresses = self.addresses.iter().map(|place| format!("{scheme}://{place}"));
        let addresses = texts(addresses.collect::<Vec<_>>());
        self.put(
            "addresses",
            addresses,
            &self.addresses_at.clone().unwrap_or(origin.clone()),
        );
        let topics = texts(std::mem::take(&mut self.topics));
        self.put("topics", topics, &self.topics_at.clone().unwrap_or(origin));
        self.keys
    }
}

impl Walk<'_> {
    pub(super) fn bridge_line(&mut self, line: &Line, below: &mut Below) {
        if line.option.name == "connection" {
            return self.connection(line, below);
        }
        let Some(index) = below.bridge.filter(|index| *index < self.bridges.len()) else {
            let text = format!(
                "`{}` is about a bridge, and stands below no `connection NAME`",
                line.name
            );
            return self.told.wrong(&line.origin, text);
        };
        if let Some(bridge) = self.bridges.get_mut(index) {
            let at = match line.option.name {
                "address" | "addresses" => Some(&mut bridge.addresses_at),
                "topic" => Some(&mut bridge.topics_at),
                _ => None,
            };
            if let Some(at) = at {
                at.get_or_insert_with(|| line.origin.clone());
            }
        }
        match line.option.name {
            "address" | "addresses" => return self.address(line, index),
            "topic" => return self.topic(line, index),
            "restart_timeout" => return self.restart_timeout(line, index),
            _ => {}
        }
        let Some(value) = self.bridge_value(line) else {
            return;
        };
        let is_off = value.is_false();
        let Some(bridge) = self.bridges.get_mut(index) else {
            return;
        };
        let is_of_tls = [
            "bridge_alpn",
            "bridge_cafile",
            "bridge_certfile",
            "bridge_insecure",
            "bridge_tls_use_os_certs",
            "bridge_tls_version",
        ];
        bridge.tls |= is_of_tls.contains(&line.option.name) && !is_off;
        match line.option.bridge_key() {
            Some("receive_maximum") if line.rest.starts_with('0') => {}
            Some("insecure") if is_off => {}
            Some(key) => bridge.put(key, value, &line.origin),
            None => self.warn(line, &value),
        }
    }

    /// The value of an option as its key has it.
    fn bridge_value(&mut self, line: &Line) -> Option<Value> {
        let value = self.plain(line)?;
        let word = line.rest.split_whitespace().next().unwrap_or_default();
        Some(match line.option.name {
            "bridge_protocol_version" => text(match word {
                "mqttv31" => "3.1",
                "mqttv50" => "5.0",
                _ => "3.1.1",
            }),
            "bridge_alpn" => texts([line.rest.clone()]),
            _ => value,
        })
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
            addresses: Vec::new(),
            addresses_at: None,
            topics: Vec::new(),
            topics_at: None,
            tls: false,
            keys: Vec::new(),
        });
        below.bridge = Some(self.bridges.len() - 1);
    }

    fn address(&mut self, line: &Line, index: usize) {
        let hosts = line
            .rest
            .split_whitespace()
            .take_while(|host| !host.starts_with('#'));
        let hosts: Vec<&str> = hosts.collect();
        if hosts.is_empty() {
            return self.no_value(line);
        }
        for host in hosts {
            let port = host.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
            if matches!(port, Some(Err(_) | Ok(0))) {
                let text = format!(
                    "`{}` has {host:?}; expected HOST:PORT with a port from 1 to 65535",
                    line.name
                );
                self.told.wrong(&line.origin, text);
            } else if let Some(bridge) = self.bridges.get_mut(index) {
                // An IPv6 address stands here without brackets, and always with a port.
                let place = match host.rsplit_once(':') {
                    Some((host, port)) if host.contains(':') && !host.starts_with('[') => {
                        format!("[{host}]:{port}")
                    }
                    Some(_) => host.to_owned(),
                    None => format!("{host}:1883"),
                };
                bridge.addresses.push(place);
            }
        }
    }

    fn no_value(&mut self, line: &Line) {
        let text = format!(
            "`{}` has no value; expected {}",
            line.name,
            line.option.takes.describe()
        );
        self.told.wrong(&line.origin, text);
    }

    fn topic(&mut self, line: &Line, index: usize) {
        // A pattern may be `#`, so a comment begins behind it at the earliest.
        let mut is_first = true;
        let words = line
            .rest
            .split_whitespace()
            .take_while(|word| std::mem::take(&mut is_first) || !word.starts_with('#'));
        let said = words.collect::<Vec<_>>().join(" ");
        match BridgeTopic::parse(&said) {
            Err(what) => self.told.wrong(&line.origin, format!("`topic` {what}")),
            Ok(_) => {
                if let Some(bridge) = self.bridges.get_mut(index) {
                    bridge.topics.push(said);
                }
            }
        }
    }

    /// `restart_timeout SECONDS`, or `BASE CAP`.
    fn restart_timeout(&mut self, line: &Line, index: usize) {
        let words = line
            .rest
            .split_whitespace()
            .take_while(|word| !word.starts_with('#'));
        let secs: Vec<Option<u32>> = words
            .map(|word| word.parse().ok().filter(|secs| (1..=86_400).contains(secs)))
            .collect();
        let (base, cap) = match secs[..] {
            [Some(base)] => (base, 0),
            [Some(base), Some(cap)] | [Some(base), Some(cap), _] if base <= cap => (base, cap),
            [] => return self.no_value(line),
            _ => {
                let text = format!(
                    "`restart_timeout` is {:?}; expected SECONDS, or BASE CAP with a cap that is not less, from 1 to 86400",
                    line.rest
                );
                return self.told.wrong(&line.origin, text);
            }
        };
        if let Some(bridge) = self.bridges.get_mut(index) {
            bridge.put("restart_min_millis", i64::from(base) * 1000, &line.origin);
            bridge.put("restart_max_millis", i64::from(cap) * 1000, &line.origin);
        }
    }

    /// The tables of all of them.
    pub(super) fn settle_bridges(&mut self) -> Vec<Vec<Setting>> {
        for bridge in &self.bridges {
            let lacks = match (&bridge.addresses_at, &bridge.topics_at) {
                (Some(_), Some(_)) => continue,
                (None, _) => "address HOST:PORT",
                (Some(_), None) => "topic PATTERN",
            };
            let text = format!("the bridge {:?} has no `{lacks}`", bridge.name);
            self.told.wrong(&bridge.origin, text);
        }
        std::mem::take(&mut self.bridges)
            .into_iter()
            .map(Bridge::settle)
            .collect()
    }
}
