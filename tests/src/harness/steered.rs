//! [`Steered`]: real clients that others wrote, rumqttc and Eclipse Paho, steered in the same words. Both speak MQTT 5.0
//! here, and come back by themselves when their connection is lost.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{LastWill, LastWillProperties, Packet, PublishProperties};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::binaries::workspace;
use super::peers::{or_skip, paho_2};
use super::{DEADLINE, Program};

/// Which client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// The client library in Rust.
    Rumqttc,
    /// `paho-mqtt` for Python.
    Paho,
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
}

/// A client that is connected, or tries to be.
#[derive(Debug)]
pub struct Steered(Inner);

#[derive(Debug)]
enum Inner {
    Rumqttc(Rumqttc),
    Paho(Program),
}

#[derive(Debug)]
struct Rumqttc {
    client: AsyncClient,
    happened: Receiver<Value>,
    unacknowledged: Vec<rumqttc::v5::mqttbytes::v5::Publish>,
    pending: Receiver<rumqttc::v5::mqttbytes::v5::Publish>,
    leaving: Arc<AtomicBool>,
    vanish: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Steered {
    /// Starts it; connected when this returns. `None` where it is not installed here.
    pub fn start(peer: Peer, addr: SocketAddr, wish: &Wish) -> Option<(Self, bool)> {
        let inner = match peer {
            Peer::Rumqttc => Inner::Rumqttc(Rumqttc::start(addr, wish)),
            Peer::Paho => {
                let python = or_skip(paho_2())?;
                let mut wished = json!({
                    "client_id": wish.client_id,
                    "clean_start": wish.clean_start,
                    "session_expiry_secs": wish.session_expiry_secs,
                    "hold_acks": wish.hold_acks,
                });
                if let Some((topic, payload, delay_secs)) = wish.will {
                    wished["will"] = json!({"topic": topic, "payload": payload, "delay_secs": delay_secs});
                }
                let script = workspace().join("tests/data/paho/2/steered.py");
                let mut command = Command::new(python);
                command.arg("-u").arg(script);
                command.args([&addr.ip().to_string(), &addr.port().to_string()]);
                Inner::Paho(Program::start(command.arg(wished.to_string())))
            }
        };
        let mut client = Self(inner);
        let session_present = client.connected();
        Some((client, session_present))
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
        match &mut self.0 {
            Inner::Rumqttc(own) => own
                .client
                .try_subscribe(filter, level(qos))
                .expect("there is room for it"),
            Inner::Paho(program) => order(program, &json!({"do": "subscribe", "filter": filter, "qos": qos})),
        }
        self.happened("subscribed");
    }

    /// Publishes at QoS 1, and waits for PUBACK.
    pub fn publish(&mut self, topic: &str, payload: &str, expiry_secs: Option<u32>) {
        self.send(topic, payload, 1, expiry_secs);
        self.happened("published");
    }

    /// Publishes, and waits for nothing.
    pub fn send(&mut self, topic: &str, payload: &str, qos: u8, expiry_secs: Option<u32>) {
        match &mut self.0 {
            Inner::Rumqttc(own) => {
                let properties = PublishProperties {
                    message_expiry_interval: expiry_secs,
                    ..PublishProperties::default()
                };
                own.client
                    .try_publish_with_properties(topic, level(qos), false, payload.to_owned(), properties)
                    .expect("there is room for it");
            }
            Inner::Paho(program) => order(
                program,
                &json!({"do": "publish", "topic": topic, "payload": payload, "qos": qos, "expiry_secs": expiry_secs}),
            ),
        }
    }

    /// The next message: `topic`, `payload`, `qos`, `retain`, `dup`, `expiry_secs`.
    pub fn message(&mut self) -> Value {
        self.happened("message")
    }

    /// Acknowledges what it held back.
    pub fn acknowledge(&mut self) {
        match &mut self.0 {
            Inner::Rumqttc(own) => {
                own.unacknowledged.extend(own.pending.try_iter());
                for publish in own.unacknowledged.drain(..) {
                    own.client.try_ack(&publish).expect("there is room for it");
                }
            }
            Inner::Paho(program) => order(program, &json!({"do": "acknowledge"})),
        }
    }

    /// Says goodbye.
    pub fn disconnect(self) {
        match self.0 {
            Inner::Rumqttc(mut own) => {
                own.leaving.store(true, Ordering::SeqCst);
                own.client.try_disconnect().expect("there is room for it");
                own.join();
            }
            Inner::Paho(mut program) => {
                order(&mut program, &json!({"do": "disconnect"}));
                program.succeed();
            }
        }
    }

    /// Is gone without goodbye.
    pub fn vanish(self) {
        match self.0 {
            Inner::Rumqttc(mut own) => {
                drop(own.vanish.take());
                own.join();
            }
            Inner::Paho(mut program) => {
                order(&mut program, &json!({"do": "vanish"}));
                program.succeed();
            }
        }
    }

    /// The next thing of this kind that it did; what else it did before is passed over.
    fn happened(&mut self, what: &str) -> Value {
        match &mut self.0 {
            Inner::Rumqttc(own) => loop {
                let did = own.happened.recv_timeout(DEADLINE);
                let did = did.unwrap_or_else(|error| panic!("not {what} in time: {error}"));
                if did["did"] == what {
                    return did;
                }
            },
            Inner::Paho(program) => {
                let is_it =
                    |line: &str| serde_json::from_str::<Value>(line).is_ok_and(|did| did["did"] == what);
                serde_json::from_str(&program.until(what, is_it)).expect("it was just read")
            }
        }
    }
}

fn order(program: &mut Program, what: &Value) {
    program.input(&format!("{what}\n"));
}

fn level(qos: u8) -> QoS {
    match qos {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}

impl Rumqttc {
    fn start(addr: SocketAddr, wish: &Wish) -> Self {
        let mut options = MqttOptions::new(wish.client_id, addr.ip().to_string(), addr.port());
        options
            .set_clean_start(wish.clean_start)
            .set_manual_acks(wish.hold_acks);
        options.set_session_expiry_interval(Some(wish.session_expiry_secs));
        if let Some((topic, payload, delay_secs)) = wish.will {
            let delay = LastWillProperties {
                delay_interval: Some(delay_secs),
                payload_format_indicator: None,
                message_expiry_interval: None,
                content_type: None,
                response_topic: None,
                correlation_data: None,
                user_properties: Vec::new(),
            };
            options.set_last_will(LastWill::new(
                topic,
                payload,
                QoS::AtLeastOnce,
                false,
                Some(delay),
            ));
        }
        let (client, events) = AsyncClient::new(options, 1000);
        let (tell, happened) = channel();
        let (keep, pending) = channel();
        let (vanish, vanished) = oneshot::channel();
        let leaving = Arc::new(AtomicBool::new(false));
        let leaves = leaving.clone();
        let keep = wish.hold_acks.then_some(keep);
        let thread = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(drive(events, tell, keep, vanished, leaves));
        });
        Self {
            client,
            happened,
            unacknowledged: Vec::new(),
            pending,
            leaving,
            vanish: Some(vanish),
            thread: Some(thread),
        }
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().expect("it does not panic");
        }
    }
}

impl Drop for Rumqttc {
    fn drop(&mut self) {
        drop(self.vanish.take());
        self.join();
    }
}

async fn drive(
    mut events: EventLoop,
    tell: Sender<Value>,
    keep: Option<Sender<rumqttc::v5::mqttbytes::v5::Publish>>,
    mut vanished: oneshot::Receiver<()>,
    leaving: Arc<AtomicBool>,
) {
    loop {
        let event = tokio::select! {
            _ = &mut vanished => return,
            event = events.poll() => event,
        };
        let did = match event {
            Ok(Event::Incoming(Packet::ConnAck(connack))) => {
                json!({"did": "connected", "session_present": connack.session_present})
            }
            Ok(Event::Incoming(Packet::SubAck(_))) => json!({"did": "subscribed"}),
            Ok(Event::Incoming(Packet::PubAck(_) | Packet::PubComp(_))) => json!({"did": "published"}),
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                let properties = publish.properties.clone().unwrap_or_default();
                let did = json!({
                    "did": "message",
                    "topic": String::from_utf8_lossy(&publish.topic),
                    "payload": String::from_utf8_lossy(&publish.payload),
                    "qos": publish.qos as u8,
                    "retain": publish.retain,
                    "dup": publish.dup,
                    "expiry_secs": properties.message_expiry_interval,
                });
                if let Some(keep) = &keep {
                    let _ = keep.send(publish);
                }
                did
            }
            Ok(_) => continue,
            Err(_) if leaving.load(Ordering::SeqCst) => return,
            Err(error) => {
                // The next poll connects again; others may go first.
                tokio::task::yield_now().await;
                json!({"did": "disconnected", "reason": error.to_string()})
            }
        };
        // A test that is over no longer listens.
        let _ = tell.send(did);
    }
}

/// Eclipse Paho as it comes, of either version, that does what it is told on its standard input: see the script.
pub fn paho_as_it_comes(python: &Path, addr: SocketAddr) -> Program {
    let script = workspace().join("tests/data/paho/any/as_it_comes.py");
    let mut command = Command::new(python);
    command.arg("-u").arg(script);
    command.args([&addr.ip().to_string(), &addr.port().to_string()]);
    Program::start(&mut command)
}
