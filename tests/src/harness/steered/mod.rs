//! [`Steered`]: real clients that others wrote, steered in the same words. They come back by themselves when their connection
//! is lost. rumqttc runs in a thread of the test, the others are programs: see `tests/data/steered/README.md`.

mod rumqttc;

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use self::rumqttc::Rumqttc;
use super::binaries::workspace;
use super::peers::{mqtt_js, or_skip, paho_1, paho_2};
use super::{DEADLINE, Program};

/// Which client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// The client library in Rust.
    Rumqttc,
    /// `paho-mqtt` 2 for Python.
    Paho,
    /// `paho-mqtt` 1.3.1 for Python, which knows MQTT 3.1.1.
    Paho1,
    /// MQTT.js in Node.
    MqttJs,
}

impl Peer {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Paho1, Self::Paho, Self::MqttJs, Self::Rumqttc];

    /// Its name and version.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rumqttc => "rumqttc 0.25.1 (Rust)",
            Self::Paho => "paho-mqtt 2.1.0 (Python)",
            Self::Paho1 => "paho-mqtt 1.3.1 (Python)",
            Self::MqttJs => "MQTT.js 5.16.0 (Node)",
        }
    }

    /// Whether it speaks MQTT 5.0 here; else 3.1.1.
    pub fn is_v5(self) -> bool {
        self != Self::Paho1
    }
}

/// What a client is to be.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Client identifier.
    pub client_id: &'static str,
    /// Clean Start.
    pub clean_start: bool,
    /// Session Expiry Interval.
    pub session_expiry_secs: u32,
    /// Topic, payload and Will Delay Interval.
    pub will: Option<(&'static str, &'static str, u32)>,
    /// Acknowledges only when it is told to.
    pub hold_acks: bool,
}

impl Wish {
    /// A client whose session lasts.
    pub fn lasting(client_id: &'static str, session_expiry_secs: u32) -> Self {
        Self {
            client_id,
            session_expiry_secs,
            ..Self::default()
        }
    }

    fn as_json(&self) -> Value {
        let mut wished = json!({
            "client_id": self.client_id,
            "clean_start": self.clean_start,
            "session_expiry_secs": self.session_expiry_secs,
            "hold_acks": self.hold_acks,
        });
        if let Some((topic, payload, delay_secs)) = self.will {
            wished["will"] = json!({"topic": topic, "payload": payload, "delay_secs": delay_secs});
        }
        wished
    }
}

/// What is published.
#[derive(Debug, Clone, Copy, Default)]
pub struct Say<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The payload.
    pub payload: &'a str,
    /// The QoS.
    pub qos: u8,
    /// Message Expiry Interval.
    pub expiry_secs: Option<u32>,
    /// Response Topic and Correlation Data.
    pub reply_to: Option<(&'a str, &'a str)>,
}

/// A client that is connected, or tries to be.
#[derive(Debug)]
pub struct Steered(Inner);

#[derive(Debug)]
enum Inner {
    Rumqttc(Rumqttc),
    Program(Program),
}

impl Steered {
    /// Starts it; connected when this returns. `None` where it is not installed here.
    pub fn start(peer: Peer, addr: SocketAddr, wish: &Wish) -> Option<(Self, bool)> {
        let mut client = Self::begin(peer, addr, wish)?;
        let session_present = client.connected();
        Some((client, session_present))
    }

    /// Starts it, and waits for nothing.
    pub fn begin(peer: Peer, addr: SocketAddr, wish: &Wish) -> Option<Self> {
        let folder = workspace().join("tests/data/steered");
        let mut command = match peer {
            Peer::Rumqttc => return Some(Self(Inner::Rumqttc(Rumqttc::start(addr, wish)))),
            Peer::Paho => Command::new(or_skip(paho_2())?),
            Peer::Paho1 => Command::new(or_skip(paho_1())?),
            Peer::MqttJs => {
                let (node, home) = or_skip(mqtt_js())?;
                let mut command = Command::new(node);
                command.arg(folder.join("mqttjs.mjs")).arg(home);
                command
            }
        };
        if matches!(peer, Peer::Paho | Peer::Paho1) {
            command.arg("-u").arg(folder.join("eclipse_paho.py"));
        }
        command.args([&addr.ip().to_string(), &addr.port().to_string()]);
        command.arg(wish.as_json().to_string());
        Some(Self(Inner::Program(Program::start(&mut command))))
    }

    /// Waits until it is connected, or connected again; says whether there was a session.
    pub fn connected(&mut self) -> bool {
        self.happened("connected")["session_present"] == true
    }

    /// Waits until its connection has ended.
    pub fn disconnected(&mut self) {
        self.happened("disconnected");
    }

    /// Subscribes, and waits for SUBACK.
    pub fn subscribe(&mut self, filter: &str, qos: u8) {
        self.ask_for(filter, qos);
        self.happened("subscribed");
    }

    /// Subscribes, and waits for nothing.
    pub fn ask_for(&mut self, filter: &str, qos: u8) {
        match &mut self.0 {
            Inner::Rumqttc(own) => own.subscribe(filter, qos),
            Inner::Program(program) => {
                order(program, &json!({"do": "subscribe", "filter": filter, "qos": qos}));
            }
        }
    }

    /// Publishes at QoS 1, and waits for PUBACK.
    pub fn publish(&mut self, topic: &str, payload: &str, expiry_secs: Option<u32>) {
        self.send(topic, payload, 1, expiry_secs);
        self.happened("published");
    }

    /// Publishes, and waits for nothing.
    pub fn send(&mut self, topic: &str, payload: &str, qos: u8, expiry_secs: Option<u32>) {
        self.say(Say {
            topic,
            payload,
            qos,
            expiry_secs,
            reply_to: None,
        });
    }

    /// Publishes, and waits for nothing.
    pub fn say(&mut self, what: Say<'_>) {
        let Say {
            topic,
            payload,
            qos,
            expiry_secs,
            reply_to,
        } = what;
        match &mut self.0 {
            Inner::Rumqttc(own) => own.say(what),
            Inner::Program(program) => order(
                program,
                &json!({
                    "do": "publish", "topic": topic, "payload": payload, "qos": qos, "expiry_secs": expiry_secs,
                    "response_topic": reply_to.map(|(topic, _)| topic),
                    "correlation": reply_to.map(|(_, correlation)| correlation),
                }),
            ),
        }
    }

    /// The next message: `topic`, `payload`, `qos`, `retain`, `dup`, `expiry_secs`, `correlation`.
    pub fn message(&mut self) -> Value {
        self.happened("message")
    }

    /// Acknowledges what it held back.
    pub fn acknowledge(&mut self) {
        match &mut self.0 {
            Inner::Rumqttc(own) => own.acknowledge(),
            Inner::Program(program) => order(program, &json!({"do": "acknowledge"})),
        }
    }

    /// Says goodbye.
    pub fn disconnect(self) {
        match self.0 {
            Inner::Rumqttc(own) => own.disconnect(),
            Inner::Program(mut program) => {
                order(&mut program, &json!({"do": "disconnect"}));
                program.succeed();
            }
        }
    }

    /// Is gone without goodbye.
    pub fn vanish(self) {
        match self.0 {
            Inner::Rumqttc(own) => drop(own),
            Inner::Program(mut program) => {
                order(&mut program, &json!({"do": "vanish"}));
                program.succeed();
            }
        }
    }

    /// The next thing of this kind that it did; what else it did before is passed over.
    fn happened(&mut self, what: &str) -> Value {
        let all = self.all_until(what, |did| did["did"] == what);
        all.last().expect("it ends with that").clone()
    }

    /// All that it did, up to the first thing that `last` wants.
    pub fn all_until(&mut self, what: &str, mut last: impl FnMut(&Value) -> bool) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let did: Value = match &mut self.0 {
                Inner::Rumqttc(own) => own.next(what),
                Inner::Program(program) => {
                    // A library may print words of its own.
                    let line = program.until(what, |line| line.starts_with('{'));
                    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"))
                }
            };
            all.push(did);
            if all.last().is_some_and(&mut last) {
                return all;
            }
        }
    }
}

fn order(program: &mut Program, what: &Value) {
    program.input(&format!("{what}\n"));
}

/// Eclipse Paho as it comes, of either version, that does what it is told on its standard input: see the script.
pub fn paho_as_it_comes(python: &Path, addr: SocketAddr) -> Program {
    let script = workspace().join("tests/data/paho/any/as_it_comes.py");
    let mut command = Command::new(python);
    command.arg("-u").arg(script);
    command.args([&addr.ip().to_string(), &addr.port().to_string()]);
    Program::start(&mut command)
}
