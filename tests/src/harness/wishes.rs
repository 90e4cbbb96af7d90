//! [`Library`]: client libraries of others, each as the program of `tests/data/ways/` that does what it is told.

use std::process::Command;

use super::Program;
use super::binaries::workspace;
use super::peers::{go_client, java_client, mqtt_js, or_skip, paho_1, paho_2};
use super::way::Way;

/// A client library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// `paho-mqtt` 1.3.1 for Python.
    Paho1,
    /// `paho-mqtt` 2 for Python.
    Paho2,
    /// MQTT.js in Node.
    MqttJs,
    /// Eclipse Paho for Java.
    Java,
    /// Eclipse Paho for Go.
    Go,
}

/// One of its programs, waiting for a wish.
#[derive(Debug)]
pub struct Wishing(Program);

impl Library {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Paho1, Self::Paho2, Self::MqttJs, Self::Java, Self::Go];

    /// The ways that it can go.
    pub fn ways(self) -> &'static [Way] {
        match self {
            Self::Paho1 | Self::Java => &Way::OVER_TCP,
            Self::Paho2 | Self::MqttJs | Self::Go => Way::ALL,
        }
    }

    /// Its name and version.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paho1 => "paho-mqtt 1.3.1 (Python)",
            Self::Paho2 => "paho-mqtt 2.1.0 (Python)",
            Self::MqttJs => "MQTT.js 5.16.0 (Node)",
            Self::Java => "Paho 1.2.5 (Java)",
            Self::Go => "Paho 1.5.1 (Go)",
        }
    }

    /// Starts its program; `None` where it is not installed here.
    pub fn start(self) -> Option<Wishing> {
        let folder = workspace().join("tests/data/ways");
        let mut command = match self {
            Self::Paho1 => Command::new(or_skip(paho_1())?),
            Self::Paho2 => Command::new(or_skip(paho_2())?),
            Self::MqttJs => {
                let (node, home) = or_skip(mqtt_js())?;
                let mut command = Command::new(node);
                command.arg(folder.join("mqttjs.mjs")).arg(home);
                command
            }
            Self::Java => {
                let (java, classes) = or_skip(java_client())?;
                let mut command = Command::new(java);
                command.arg("-cp").arg(classes).arg(folder.join("Ways.java"));
                command
            }
            Self::Go => Command::new(or_skip(go_client(&folder.join("go")))?),
        };
        if matches!(self, Self::Paho1 | Self::Paho2) {
            command.arg("-u").arg(folder.join("eclipse_paho.py"));
        }
        Some(Wishing(Program::start(&mut command)))
    }
}

impl Wishing {
    /// Wishes something; gives the lines that it says until it is done.
    pub fn wish(&mut self, words: &[&str]) -> Vec<String> {
        self.0.input(&format!("{}\n", words.join(" ")));
        let mut lines = Vec::new();
        loop {
            match self.0.line() {
                line if line == "done" => return lines,
                line => lines.push(line),
            }
        }
    }

    /// Kills it on the spot.
    pub fn kill(self) {
        self.0.kill();
    }
}
