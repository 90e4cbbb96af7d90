//! [`Client`]: one played client, on any stream of bytes.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::recording::message::Message;
use crate::wire::{self, Ack, Packet, PacketId, QoS, ReasonCode, Version};

/// What a played client talks through.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// Messages of one client that wait for their acknowledgement at the same time.
const MAX_INFLIGHT: usize = 100;
/// Beyond this nothing more is published before the socket has taken some.
const MAX_UNWRITTEN_BYTES: usize = 1024 * 1024;
/// The largest packet that a broker may send.
const MAX_PACKET_BYTES: usize = wire::MAX_REMAINING_LENGTH + 5;

/// What is known of a client.
#[derive(Default)]
struct State {
    /// The answer to CONNECT.
    connack: Cell<Option<ReasonCode>>,
    receive_maximum: Cell<usize>,
    /// What waits for an answer: messages, SUBSCRIBE and UNSUBSCRIBE.
    inflight: RefCell<HashMap<PacketId, Awaits>>,
    unwritten: Cell<usize>,
    /// Why the connection ended.
    ended: RefCell<Option<String>>,
    acknowledged: Cell<u64>,
    refused: Cell<u64>,
    received: Cell<u64>,
    changed: Notify,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaits {
    Message,
    Subscription,
}

/// One connection of a played client.
pub(super) struct Client {
    version: Version,
    state: Rc<State>,
    out: Option<mpsc::UnboundedSender<Vec<u8>>>,
    next_id: u16,
    reader: JoinHandle<()>,
    writer: JoinHandle<()>,
}

impl Client {
    /// Sends CONNECT on this stream, and waits for the answer.
    pub async fn connect(
        stream: Box<dyn Stream>,
        version: Version,
        keep_alive_secs: u16,
        connect: Vec<u8>,
        patience: Duration,
    ) -> Result<Self, String> {
        let (read, write) = tokio::io::split(stream);
        let state = Rc::new(State::default());
        let (out, queue) = mpsc::unbounded_channel();
        let writer = tokio::task::spawn_local(write_all(write, queue, state.clone(), keep_alive_secs));
        let reader = tokio::task::spawn_local(read_all(read, version, state.clone(), out.downgrade()));
        let client = Self {
            version,
            state,
            out: Some(out),
            next_id: 0,
            reader,
            writer,
        };
        client.send(connect);
        client
            .until(patience, |state| state.connack.get().is_some())
            .await
            .map_err(|why| format!("no answer to CONNECT: {why}"))?;
        match client.state.connack.get() {
            Some(ReasonCode::SUCCESS) => Ok(client),
            Some(reason) => Err(format!("CONNECT was refused: {reason}")),
            None => Err("no answer to CONNECT".to_owned()),
        }
    }

    pub fn version(&self) -> Version {
        self.version
    }

    fn send(&self, bytes: Vec<u8>) {
        send(&self.state, self.out.as_ref(), bytes);
    }

    /// Waits until this is so; errs where the connection ends before.
    async fn until(&self, patience: Duration, so: impl Fn(&State) -> bool) -> Result<(), String> {
        let state = &self.state;
        let wait = async {
            loop {
                let changed = state.changed.notified();
                if so(state) {
                    return Ok(());
                }
                if let Some(why) = &*state.ended.borrow() {
                    return Err(why.clone());
                }
                changed.await;
            }
        };
        timeout(patience, wait)
            .await
            .unwrap_or_else(|_| Err(format!("the broker did not answer within {patience:?}")))
    }

    /// An identifier that is free.
    fn identifier(&mut self) -> PacketId {
        loop {
            self.next_id = self.next_id.wrapping_add(1);
            if let Some(id) = PacketId::new(self.next_id)
                && !self.state.inflight.borrow().contains_key(&id)
            {
                return id;
            }
        }
    }

    /// Publishes, once there is room for it.
    pub async fn publish(&mut self, message: &Message, patience: Duration) -> Result<(), String> {
        let needs_id = message.qos != QoS::AtMostOnce;
        self.until(patience, |state| {
            let most = MAX_INFLIGHT.min(state.receive_maximum.get());
            let is_full = needs_id && state.inflight.borrow().len() >= most;
            state.ended.borrow().is_none() && !is_full && state.unwritten.get() <= MAX_UNWRITTEN_BYTES
        })
        .await?;
        let id = needs_id.then(|| self.identifier());
        if let Some(id) = id {
            self.state.inflight.borrow_mut().insert(id, Awaits::Message);
        }
        let mut bytes = Vec::new();
        message.publish(id).encode(self.version, &mut bytes);
        self.send(bytes);
        Ok(())
    }

    /// Sends a SUBSCRIBE or an UNSUBSCRIBE, and waits for the answer.
    pub async fn ask(
        &mut self,
        patience: Duration,
        packet: impl FnOnce(PacketId) -> Vec<u8>,
    ) -> Result<(), String> {
        let id = self.identifier();
        self.state.inflight.borrow_mut().insert(id, Awaits::Subscription);
        self.send(packet(id));
        self.until(patience, |state| !state.inflight.borrow().contains_key(&id))
            .await
    }

    /// Waits for everything that is owed; says how much is not acknowledged.
    async fn settle(&self, patience: Duration) -> usize {
        let _ = self
            .until(patience, |state| {
                state.inflight.borrow().is_empty() && state.unwritten.get() == 0
            })
            .await;
        self.state.inflight.borrow().len()
    }

    /// Sends DISCONNECT once everything is acknowledged, and closes.
    pub async fn disconnect(mut self, bytes: Vec<u8>, patience: Duration) -> Sums {
        let unanswered = self.settle(patience).await;
        self.send(bytes);
        self.out = None;
        let _ = timeout(patience, &mut self.writer).await;
        self.end(unanswered)
    }

    /// Closes without a word, so that the broker publishes the will.
    pub async fn cut(self, patience: Duration) -> Sums {
        let unanswered = self.settle(patience).await;
        self.end(unanswered)
    }

    fn end(self, unanswered: usize) -> Sums {
        self.reader.abort();
        self.writer.abort();
        Sums {
            acknowledged: self.state.acknowledged.get(),
            refused: self.state.refused.get(),
            received: self.state.received.get(),
            unanswered,
        }
    }
}

/// What came of a connection.
pub(super) struct Sums {
    pub acknowledged: u64,
    pub refused: u64,
    pub received: u64,
    pub unanswered: usize,
}

fn send(state: &State, out: Option<&mpsc::UnboundedSender<Vec<u8>>>, bytes: Vec<u8>) {
    if let Some(out) = out {
        state.unwritten.set(state.unwritten.get() + bytes.len());
        let _ = out.send(bytes);
    }
}

fn end(state: &State, why: String) {
    state.ended.borrow_mut().get_or_insert(why);
    state.changed.notify_waiters();
}

/// Writes what is queued, and PINGREQ where the client would be silent for too long.
async fn write_all(
    mut stream: WriteHalf<Box<dyn Stream>>,
    mut queue: mpsc::UnboundedReceiver<Vec<u8>>,
    state: Rc<State>,
    keep_alive_secs: u16,
) {
    let silence = match keep_alive_secs {
        0 => Duration::from_secs(365 * 24 * 3600),
        secs => Duration::from_secs(u64::from(secs)) / 2,
    };
    loop {
        let (bytes, counted) = match timeout(silence, queue.recv()).await {
            Ok(Some(bytes)) => {
                let counted = bytes.len();
                (bytes, counted)
            }
            Ok(None) => break,
            Err(_) => (b"\xC0\0".to_vec(), 0),
        };
        if let Err(error) = stream.write_all(&bytes).await {
            return end(&state, error.to_string());
        }
        state.unwritten.set(state.unwritten.get() - counted);
        state.changed.notify_waiters();
    }
    let _ = stream.shutdown().await;
}

/// Reads what the broker sends, and acknowledges it.
async fn read_all(
    mut stream: ReadHalf<Box<dyn Stream>>,
    version: Version,
    state: Rc<State>,
    out: mpsc::WeakUnboundedSender<Vec<u8>>,
) {
    let mut bytes = Vec::new();
    loop {
        let mut taken = 0;
        loop {
            let rest = bytes.get(taken..).unwrap_or_default();
            let length = match wire::frame(rest, MAX_PACKET_BYTES) {
                Ok(Some(length)) if length <= rest.len() => length,
                Ok(_) => break,
                Err(error) => return end(&state, format!("the broker sent no packet: {error}")),
            };
            match wire::decode(version, rest.get(..length).unwrap_or_default()) {
                Ok(packet) => came(&state, &packet, version, &out),
                Err(error) => return end(&state, format!("the broker sent no packet: {error}")),
            }
            taken += length;
        }
        bytes.drain(..taken);
        match stream.read_buf(&mut bytes).await {
            Ok(0) => return end(&state, "the broker closed the connection".to_owned()),
            Ok(_) => {}
            Err(error) => return end(&state, error.to_string()),
        }
    }
}

fn came(state: &State, packet: &Packet<'_>, version: Version, out: &mpsc::WeakUnboundedSender<Vec<u8>>) {
    let answer = |packet: Packet<'_>| {
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes);
        send(state, out.upgrade().as_ref(), bytes);
    };
    let done = |id: &PacketId, reason: ReasonCode| {
        if state.inflight.borrow_mut().remove(id) == Some(Awaits::Message) {
            let count = if reason.is_error() {
                &state.refused
            } else {
                &state.acknowledged
            };
            count.set(count.get() + 1);
        }
    };
    match packet {
        Packet::ConnAck(connack) => {
            let most = connack.properties.receive_maximum.unwrap_or(u16::MAX);
            state.receive_maximum.set(usize::from(most.max(1)));
            state.connack.set(Some(connack.reason));
        }
        Packet::Publish(publish) => {
            state.received.set(state.received.get() + 1);
            match (publish.qos, publish.packet_id) {
                (QoS::AtLeastOnce, Some(id)) => answer(Packet::PubAck(Ack::new(id))),
                (QoS::ExactlyOnce, Some(id)) => answer(Packet::PubRec(Ack::new(id))),
                _ => {}
            }
        }
        Packet::PubRel(ack) => answer(Packet::PubComp(Ack::new(ack.packet_id))),
        Packet::PubRec(ack) if !ack.reason.is_error() => answer(Packet::PubRel(Ack::new(ack.packet_id))),
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubComp(ack) => done(&ack.packet_id, ack.reason),
        Packet::SubAck(ack) => done(&ack.packet_id, ReasonCode::SUCCESS),
        Packet::UnsubAck(ack) => done(&ack.packet_id, ReasonCode::SUCCESS),
        Packet::Disconnect(disconnect) => {
            end(state, format!("the broker disconnected: {}", disconnect.reason));
        }
        _ => {}
    }
    state.changed.notify_waiters();
}
