use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::session::{Held, Message, Number};

fn delivery() -> Delivery {
    let message = Message {
        topic: Arc::from("t"),
        payload: Bytes::from_static(b"m"),
        qos: QoS::ExactlyOnce,
        retain: false,
        expires_at: None,
        properties: None,
        publisher: Arc::from(""),
        charge: Charge::default(),
        number: Number::default(),
    };
    Delivery {
        message: Arc::new(message),
        qos: QoS::ExactlyOnce,
        retain: false,
        subscription_ids: Vec::new(),
        shared: None,
    }
}

fn opened(count: usize) -> (Inflight, Vec<PacketId>) {
    let mut inflight = Inflight::default();
    let ids = (0..count)
        .map(|_| inflight.open(delivery()).expect("a free identifier"))
        .collect();
    (inflight, ids)
}

fn resent(inflight: &mut Inflight, window: usize) -> Vec<u16> {
    std::iter::from_fn(|| inflight.resend_next(window))
        .map(|outgoing| outgoing.packet_id.get())
        .collect()
}

#[test]
fn identifiers_in_use_are_passed_over_when_the_numbers_begin_again() {
    let (mut inflight, ids) = opened(3);
    inflight.finish(ids[1]);
    for _ in 0..u16::MAX - 3 {
        let id = inflight.open(delivery()).expect("a free identifier");
        inflight.finish(id);
    }
    assert_eq!(
        inflight.open(delivery()).map(PacketId::get),
        Some(2),
        "1 and 3 are still in use"
    );
    assert_eq!(inflight.open(delivery()).map(PacketId::get), Some(4));
    assert_eq!(inflight.len(), 4);
}

#[test]
fn all_identifiers_can_be_in_use_and_no_more() {
    let (mut inflight, ids) = opened(usize::from(u16::MAX));
    assert_eq!(inflight.open(delivery()), None);
    inflight.finish(ids[99]);
    assert_eq!(inflight.open(delivery()), Some(ids[99]));
}

#[test]
fn one_that_stays_open_does_not_keep_the_finished_ones_behind_it() {
    let (mut inflight, _) = opened(1);
    for _ in 0..100_000 {
        let id = inflight.open(delivery()).expect("a free identifier");
        inflight.finish(id);
    }
    assert_eq!(inflight.len(), 1);
    assert!(
        inflight.recent.len() <= SPARSE + 2,
        "{} places",
        inflight.recent.len()
    );
}

#[test]
fn stragglers_come_first_and_keep_their_identifiers() {
    let (mut inflight, ids) = opened(400);
    for id in ids.iter().filter(|id| id.get() % 100 != 7) {
        assert!(inflight.acknowledged(*id) != inflight.received(*id), "QoS 2");
        assert!(inflight.completed(*id));
    }
    assert!(inflight.stragglers.is_some());
    for _ in 0..u16::MAX {
        let id = inflight.open(delivery()).expect("a free identifier");
        assert!(![7, 107, 207, 307].contains(&id.get()), "{id} is in use");
        inflight.finish(id);
    }
    inflight.open(delivery());
    let open = |inflight: &Inflight| -> Vec<u16> { inflight.iter().map(|o| o.packet_id.get()).collect() };
    assert_eq!(open(&inflight)[..4], [7, 107, 207, 307]);
    inflight.rewind();
    assert_eq!(resent(&mut inflight, 9), open(&inflight), "in the same order");
    for id in [207, 7, 307, 107].into_iter().filter_map(PacketId::new) {
        assert!(inflight.received(id) && inflight.get(id).is_some());
        assert!(inflight.completed(id) && inflight.get(id).is_none());
    }
    assert_eq!((inflight.len(), inflight.stragglers.is_some()), (1, false));
}

#[test]
fn after_a_rewind_all_is_sent_again_in_order_as_the_window_allows() {
    let (mut inflight, ids) = opened(5);
    inflight.released(ids[1]);
    inflight.finish(ids[2]);
    inflight.rewind();
    assert_eq!(
        resent(&mut inflight, 2),
        [2, 1, 4],
        "PUBREL of 2 takes no room in the window"
    );
    assert!(inflight.has_unsent());
    inflight.finish(ids[0]);
    assert_eq!(resent(&mut inflight, 2), [5]);
    assert!(!inflight.has_unsent());
    assert_eq!(inflight.counted(), 2);
}

/// Every exchange in the order of sending, with where it stands.
fn order(inflight: &Inflight) -> Vec<(u16, bool)> {
    let of = |outgoing: &Outgoing| {
        (
            outgoing.packet_id.get(),
            matches!(outgoing.stage, Stage::PubRel(_)),
        )
    };
    inflight.in_order_of_sending().map(of).collect()
}

#[test]
fn pubrels_are_sent_again_as_their_pubrecs_came() {
    let (mut inflight, ids) = opened(4);
    assert!(inflight.received(ids[2]));
    assert!(inflight.received(ids[0]));
    inflight.rewind();
    assert_eq!(resent(&mut inflight, 9), [3, 1, 2, 4]);
    inflight.released(ids[0]); // PUBREC again changes nothing
    inflight.released(ids[3]);
    inflight.rewind();
    assert_eq!(resent(&mut inflight, 9), [3, 1, 4, 2]);
    assert_eq!(order(&inflight), [(3, true), (1, true), (4, true), (2, false)]);
    // The same in the order of a snapshot, and in the broker that reads it.
    let exchanges: Vec<_> = inflight.in_order_of_sending().cloned().collect();
    let taken = exchanges.into_iter().map(|outgoing| match outgoing.stage {
        Stage::Publish(delivery) => (outgoing.packet_id, Some(delivery)),
        Stage::PubRel(_) => (outgoing.packet_id, None),
    });
    let mut resumed = Inflight::resumed(inflight.next_id(), taken, &Held::default());
    assert_eq!(resent(&mut resumed, 9), [3, 1, 4, 2]);
    resumed.released(ids[1]);
    assert!(resumed.completed(ids[0]));
    resumed.rewind();
    assert_eq!(resent(&mut resumed, 9), [3, 4, 2]);
}

#[test]
fn the_cost_of_messages_comes_and_goes_with_them() {
    let (mut inflight, ids) = opened(2);
    let one = delivery().message.cost();
    assert_eq!(inflight.bytes(), 2 * one);
    inflight.released(ids[0]);
    assert_eq!(
        inflight.bytes(),
        one,
        "after PUBREC the message is no longer needed"
    );
    inflight.finish(ids[0]);
    inflight.finish(ids[1]);
    assert_eq!(inflight.bytes(), 0);
}
