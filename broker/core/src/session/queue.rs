//! `Queue`: messages that wait for a connection or for room in the send window.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Charge, Held, Message, Note, SessionNotes};
use crate::time::Time;
use crate::wire::QoS;

/// A message on its way to one session, and how the session is to get it.
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
    /// The shared filter (`$share/…`) that brought it, if one did.
    pub shared: Option<Arc<str>>,
}

/// The bytes of one place. The memory grows by doubling, so a place counts twice its size.
pub(super) const PLACE_BYTES: usize = 2 * size_of::<Delivery>();

/// Deliveries in one part of a queue.
const PART: usize = 64;

/// A delivery with its number: how many came before it to its queue, ever.
type Numbered = (u64, Delivery);

/// Deliveries in order, in parts. A full part is never moved. So a queue grows at the same cost, however long it is,
/// and one message to a thousand long queues does not move the contents of all of them.
#[derive(Debug, Default)]
struct Parts {
    parts: VecDeque<VecDeque<Numbered>>,
    len: usize,
}

impl Parts {
    fn push(&mut self, delivery: Numbered) {
        self.len += 1;
        match self.parts.back_mut() {
            Some(last) if last.len() < PART => return last.push_back(delivery),
            // Most queues stay short: only a part that follows a full one is allocated at its full size.
            Some(_) => self.parts.push_back(VecDeque::with_capacity(PART)),
            None => self.parts.push_back(VecDeque::new()),
        }
        if let Some(last) = self.parts.back_mut() {
            last.push_back(delivery);
        }
    }

    fn pop(&mut self) -> Option<Numbered> {
        let first = self.parts.front_mut()?;
        let delivery = first.pop_front()?;
        self.len -= 1;
        if first.is_empty() {
            self.parts.pop_front();
        }
        if self.len == 0 {
            // A queue that was long once should not keep its memory for ever.
            self.parts = VecDeque::new();
        }
        Some(delivery)
    }

    fn iter(&self) -> impl Iterator<Item = &Numbered> {
        self.parts.iter().flatten()
    }

    fn get(&self, number: u64) -> Option<&Delivery> {
        let is_before = |part: &VecDeque<Numbered>| part.back().is_some_and(|(last, _)| *last < number);
        let part = self.parts.get(self.parts.partition_point(is_before))?;
        let place = part.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        part.get(place).map(|(_, delivery)| delivery)
    }
}

/// First in, first out. The code that fills it holds its bound.
#[derive(Debug, Default)]
pub struct Queue {
    deliveries: Parts,
    bytes: usize,
    /// How many of the messages are QoS 0.
    at_most_once: usize,
    /// How many came, ever.
    ever: u64,
    /// The memory for the places of the messages. The messages count themselves.
    charge: Charge,
    pub(super) notes: SessionNotes,
}

impl Delivery {
    /// The bytes of its place, in a queue or in flight.
    pub fn place_bytes(&self) -> usize {
        PLACE_BYTES + size_of_val(self.subscription_ids.as_slice())
    }
}

impl Queue {
    /// An empty queue, which counts into `held`.
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
        self.noted(self.ever, &delivery);
        self.deliveries.push((self.ever, delivery));
        self.ever += 1;
    }

    /// The next to send.
    pub fn pop(&mut self) -> Option<Delivery> {
        let (number, delivery) = self.deliveries.pop()?;
        self.noted(number, &delivery);
        self.bytes -= delivery.message.cost();
        self.charge.sub(delivery.place_bytes());
        self.at_most_once -= usize::from(delivery.qos == QoS::AtMostOnce);
        Some(delivery)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.deliveries.len
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.deliveries.len == 0
    }

    /// Whether a message of QoS 0 waits. If so, later messages of QoS 0 must wait too, to keep the order.
    pub fn has_at_most_once(&self) -> bool {
        self.at_most_once > 0
    }

    /// How much memory the waiting messages take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// All waiting messages, in the order of sending.
    pub fn iter(&self) -> impl Iterator<Item = &Delivery> {
        self.numbered().map(|(_, delivery)| delivery)
    }

    /// The same with their numbers, which rise.
    pub fn numbered(&self) -> impl Iterator<Item = &(u64, Delivery)> {
        self.deliveries.iter()
    }

    /// The waiting message of this number.
    pub fn get(&self, number: u64) -> Option<&Delivery> {
        self.deliveries.get(number)
    }

    /// Of messages of QoS 0 no note is taken: nobody is promised them.
    fn noted(&self, number: u64, delivery: &Delivery) {
        if delivery.qos != QoS::AtMostOnce {
            self.notes.note(|key| Note::Queued(key, number));
        }
    }

    /// Takes out and returns the messages that `out` selects. The order of both parts stays.
    pub fn extract(&mut self, mut out: impl FnMut(&Delivery) -> bool) -> Vec<Delivery> {
        let (mut taken, mut kept) = (Vec::new(), Parts::default());
        for (number, delivery) in std::mem::take(&mut self.deliveries).parts.into_iter().flatten() {
            if out(&delivery) {
                self.noted(number, &delivery);
                taken.push(delivery);
            } else {
                kept.push((number, delivery));
            }
        }
        self.bytes -= taken.iter().map(|d| d.message.cost()).sum::<usize>();
        self.charge.sub(taken.iter().map(Delivery::place_bytes).sum());
        self.at_most_once -= taken.iter().filter(|d| d.qos == QoS::AtMostOnce).count();
        self.deliveries = kept;
        taken
    }

    /// The earliest instant at which one of the waiting messages expires.
    pub fn next_expiry(&self) -> Option<Time> {
        self.iter().filter_map(|d| d.message.expires_at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Number;
    use super::*;

    fn delivery(number: u32) -> Delivery {
        Delivery {
            message: Arc::new(Message {
                topic: Arc::from("t"),
                payload: bytes::Bytes::copy_from_slice(&number.to_be_bytes()),
                qos: QoS::AtLeastOnce,
                retain: false,
                expires_at: None,
                properties: None,
                publisher: Arc::from(""),
                charge: Charge::default(),
                number: Number::default(),
            }),
            qos: QoS::AtLeastOnce,
            retain: false,
            subscription_ids: vec![number],
            shared: None,
        }
    }

    #[test]
    fn many_wait_in_order_however_they_come_and_go() {
        let mut queue = Queue::default();
        let (mut put, mut got) = (0..1000, Vec::new());
        for round in 0..40 {
            for number in put.by_ref().take(25) {
                queue.push(delivery(number));
            }
            let front = (0..round % 20).filter_map(|_| queue.pop());
            got.extend(front.map(|delivery| delivery.subscription_ids[0]));
            assert_eq!(queue.iter().count(), queue.len());
            for (number, delivery) in queue.numbered() {
                assert_eq!(queue.get(*number), Some(delivery));
            }
            assert_eq!(queue.get(queue.ever), None);
        }
        got.extend(std::iter::from_fn(|| queue.pop()).map(|delivery| delivery.subscription_ids[0]));
        assert_eq!(got, (0..1000).collect::<Vec<_>>());
        assert!(queue.is_empty() && queue.bytes() == 0);
        assert_eq!(queue.deliveries.parts.capacity(), 0);
    }

    #[test]
    fn what_is_taken_out_leaves_the_others_in_order() {
        let mut queue = Queue::default();
        (0..200).for_each(|number| queue.push(delivery(number)));
        let taken = queue.extract(|delivery| delivery.subscription_ids[0] % 3 == 0);
        assert_eq!((taken.len(), queue.len()), (67, 133));
        let left: Vec<_> = queue
            .iter()
            .map(|delivery| delivery.subscription_ids[0])
            .collect();
        assert_eq!(
            left,
            (0..200).filter(|number| number % 3 != 0).collect::<Vec<_>>()
        );
    }
}
