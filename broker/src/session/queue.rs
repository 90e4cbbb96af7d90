//! `Queue`: messages that wait for a connection or for room in the send window.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Charge, Held, Message};
use crate::time::Time;
use crate::wire::QoS;

/// A message on its way to one session: what, and how that session is to get it.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The message.
    pub message: Arc<Message>,
    /// The lower of the published and the granted QoS (`MQTT5-3.8.4-8`, `MQTT311-3.8.4-6`).
    pub qos: QoS,
    /// RETAIN of the PUBLISH to be sent.
    pub retain: bool,
    /// The identifiers of every matching subscription (`MQTT5-3.3.4-3`, `-4`).
    pub subscription_ids: Vec<u32>,
    /// The shared filter (`$share/…`) that brought it, where one did.
    pub shared: Option<Arc<str>>,
}

/// A place in a queue that grows by doubling: twice what stands there.
pub(super) const PLACE_BYTES: usize = 2 * size_of::<Delivery>();

/// First in, first out, and bounded by whoever fills it.
#[derive(Debug, Default)]
pub struct Queue {
    deliveries: VecDeque<Delivery>,
    bytes: usize,
    /// How many of them are QoS 0.
    at_most_once: usize,
    /// What the places of the messages take; the messages count for themselves.
    charge: Charge,
}

impl Delivery {
    /// What its place takes, in a queue or in flight.
    pub fn place_bytes(&self) -> usize {
        PLACE_BYTES + size_of_val(self.subscription_ids.as_slice())
    }
}

impl Queue {
    /// An empty one, which counts into `held`.
    pub fn new(held: &Held) -> Self {
        Self {
            charge: held.charge(0),
            ..Self::default()
        }
    }

    /// Adds at the end.
    pub fn push(&mut self, delivery: Delivery) {
        self.bytes += delivery.message.cost();
        self.charge.add(delivery.place_bytes());
        self.at_most_once += usize::from(delivery.qos == QoS::AtMostOnce);
        self.deliveries.push_back(delivery);
    }

    /// The next to send.
    pub fn pop(&mut self) -> Option<Delivery> {
        let delivery = self.deliveries.pop_front()?;
        self.bytes -= delivery.message.cost();
        self.charge.sub(delivery.place_bytes());
        self.at_most_once -= usize::from(delivery.qos == QoS::AtMostOnce);
        if self.deliveries.is_empty() {
            // A queue that was long once should not hold its memory for ever.
            self.deliveries = VecDeque::new();
        }
        Some(delivery)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.deliveries.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.deliveries.is_empty()
    }

    /// Whether a message of QoS 0 waits: then one that comes later must wait, too, to keep the order.
    pub fn has_at_most_once(&self) -> bool {
        self.at_most_once > 0
    }

    /// What the waiting messages cost in memory.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// All that wait, first to be sent first.
    pub fn iter(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter()
    }

    /// Takes out and returns what `out` says, keeping the order of both.
    pub fn extract(&mut self, mut out: impl FnMut(&Delivery) -> bool) -> Vec<Delivery> {
        let (taken, kept): (Vec<_>, VecDeque<_>) = std::mem::take(&mut self.deliveries).into_iter().fold(
            (Vec::new(), VecDeque::new()),
            |(mut taken, mut kept), delivery| {
                if out(&delivery) {
                    taken.push(delivery);
                } else {
                    kept.push_back(delivery);
                }
                (taken, kept)
            },
        );
        self.bytes -= taken.iter().map(|d| d.message.cost()).sum::<usize>();
        self.charge.sub(taken.iter().map(Delivery::place_bytes).sum());
        self.at_most_once -= taken.iter().filter(|d| d.qos == QoS::AtMostOnce).count();
        self.deliveries = kept;
        taken
    }

    /// The earliest instant at which one of the waiting messages expires.
    pub fn next_expiry(&self) -> Option<Time> {
        self.deliveries.iter().filter_map(|d| d.message.expires_at).min()
    }
}
