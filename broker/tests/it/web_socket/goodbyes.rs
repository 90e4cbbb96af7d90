//! How connections end, from either side.

use std::net::Shutdown;

use ::packets::{Client, Connect, DISCONNECT, publish};
use broker::expect;

use super::{BINARY, CLOSE, FIN, Raw, binary, frame, start};

const WILL: &str = "gone";

fn with_will(client_id: &str) -> Connect<'_> {
    Connect {
        will: Some((WILL, "farewell")),
        ..Connect::new(4, client_id)
    }
}

#[test]
fn a_goodbye_and_its_close_may_come_in_one_write() {
    let broker = start();
    let mut raw = Raw::with(&broker, &with_will("polite"));
    raw.send(&[binary(&DISCONNECT), frame(FIN | CLOSE, &1001u16.to_be_bytes())].concat());
    raw.is_closed_with(1001);
    let gone = expect::disconnected()
        .of("polite")
        .field("cause", "client_disconnect");
    broker
        .expect(expect::disconnect().from("polite").then(gone))
        .wait();
    assert!(
        broker
            .state()
            .wait()
            .expect("it runs")
            .retained_message(WILL)
            .is_none()
    );
    broker.expect(expect::event("will_published").never()).wait();
}

#[test]
fn a_close_without_a_goodbye_publishes_the_will() {
    let broker = start();
    for end in [frame(FIN | CLOSE, &1000u16.to_be_bytes()), Vec::new()] {
        broker.mark().wait().expect("it runs");
        let mut watcher = Client::connect(broker.addr(), "watcher");
        watcher.subscribe(WILL, 0);
        let mut raw = Raw::with(&broker, &with_will("curt"));
        // In the middle of a packet.
        raw.send(
            &[
                binary(&publish("a", 0, false, 0, b"never whole")[..6]),
                end.clone(),
            ]
            .concat(),
        );
        if end.is_empty() {
            raw.0.shutdown(Shutdown::Write).expect("it is open");
            raw.rest();
        } else {
            raw.is_closed_with(1000);
        }
        assert_eq!(watcher.packet(), publish(WILL, 0, false, 0, b"farewell"));
        broker.expect(expect::disconnected().of("curt")).wait();
    }
    broker.expect(expect::publish("a").from("curt").never()).wait();
}

#[test]
fn what_was_said_before_a_close_is_answered_before_it() {
    let broker = start();
    let mut raw = Raw::connected(&broker, "careful");
    raw.send(&[binary(&publish("a", 1, false, 7, b"x")), frame(FIN | CLOSE, b"")].concat());
    assert_eq!(raw.frame(), (FIN | BINARY, vec![0x40, 2, 0, 7]));
    assert_eq!(raw.frame(), (FIN | CLOSE, Vec::new()));
    assert_eq!(raw.rest(), [0; 0]);
    broker
        .expect(expect::publish("a").from("careful").times(1))
        .wait();
}

#[test]
fn a_client_that_is_sent_away_is_told_in_both_protocols() {
    let broker = start();
    let mut raw = Raw::with(&broker, &Connect::new(5, "taken"));
    let _successor = Client::with(broker.addr(), &Connect::new(5, "taken"));
    let (first, disconnect) = raw.frame();
    assert_eq!(
        (first, disconnect[0], disconnect[2]),
        (FIN | BINARY, 0xE0, 0x8E),
        "session taken over"
    );
    raw.is_closed_with(1000);
}

#[test]
fn what_is_malformed_ends_with_both_goodbyes() {
    let broker = start();
    let mut raw = Raw::with(&broker, &Connect::new(5, "wrong"));
    raw.send(&binary(&[0xF7, 0]));
    let (first, disconnect) = raw.frame();
    assert_eq!(
        (first, disconnect[0], disconnect[2]),
        (FIN | BINARY, 0xE0, 0x81),
        "malformed packet"
    );
    raw.is_closed_with(1000);
}

#[test]
fn a_broker_that_stops_says_goodbye() {
    let broker = start();
    let mut raw = Raw::connected(&broker, "last");
    broker.shutdown().wait().expect("it stops");
    raw.is_closed_with(1000);
}
