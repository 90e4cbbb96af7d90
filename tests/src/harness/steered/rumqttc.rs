//! rumqttc, in a thread of the test.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{LastWill, LastWillProperties, Packet, Publish, PublishProperties};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{DEADLINE, Say, Wish};

#[derive(Debug)]
pub(super) struct Rumqttc {
    client: AsyncClient,
    happened: Receiver<Value>,
    unacknowledged: Vec<Publish>,
    pending: Receiver<Publish>,
    leaving: Arc<AtomicBool>,
    vanish: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Rumqttc {
    /// The next thing that it did.
    pub(super) fn next(&self, what: &str) -> Value {
        let did = self.happened.recv_timeout(DEADLINE);
        did.unwrap_or_else(|error| panic!("not {what} in time: {error}"))
    }

    pub(super) fn subscribe(&self, filter: &str, qos: u8) {
        let asked = self.client.try_subscribe(filter, level(qos));
        asked.expect("there is room for it");
    }

    pub(super) fn say(&self, what: Say<'_>) {
        let properties = PublishProperties {
            message_expiry_interval: what.expiry_secs,
            response_topic: what.reply_to.map(|(topic, _)| topic.to_owned()),
            correlation_data: what
                .reply_to
                .map(|(_, correlation)| correlation.to_owned().into()),
            ..PublishProperties::default()
        };
        let payload = what.payload.to_owned();
        self.client
            .try_publish_with_properties(what.topic, level(what.qos), false, payload, properties)
            .expect("there is room for it");
    }

    pub(super) fn acknowledge(&mut self) {
        self.unacknowledged.extend(self.pending.try_iter());
        for publish in self.unacknowledged.drain(..) {
            self.client.try_ack(&publish).expect("there is room for it");
        }
    }

    pub(super) fn disconnect(mut self) {
        self.leaving.store(true, Ordering::SeqCst);
        self.client.try_disconnect().expect("there is room for it");
        self.join();
    }

    pub(super) fn start(addr: SocketAddr, wish: &Wish) -> Self {
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
    keep: Option<Sender<Publish>>,
    mut vanished: oneshot::Receiver<()>,
    leaving: Arc<AtomicBool>,
) {
    let mut connected = false;
    loop {
        let event = tokio::select! {
            _ = &mut vanished => return,
            event = events.poll() => event,
        };
        let did = match event {
            Ok(Event::Incoming(Packet::ConnAck(connack))) => {
                connected = true;
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
                    "correlation": properties.correlation_data.map(|data| String::from_utf8_lossy(&data).into_owned()),
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
                if !std::mem::take(&mut connected) {
                    continue;
                }
                json!({"did": "disconnected", "reason": error.to_string()})
            }
        };
        // A test that is over no longer listens.
        let _ = tell.send(did);
    }
}

fn level(qos: u8) -> QoS {
    match qos {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}
