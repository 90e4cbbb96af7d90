//! The handle's waits, and what they say after a time-out.

use std::net::TcpStream;
use std::time::Duration;

use broker::Broker;

use super::client;

#[test]
fn what_is_unsettled_is_looked_for_behind_a_connection_that_says_nothing() {
    let mut broker = Broker::start().wait().expect("it starts");
    broker.set_deadline(Duration::from_millis(10));
    let _silent = TcpStream::connect(broker.addr()).expect("the broker is there");
    // It acknowledges nothing.
    let _client = client(&broker, b"\x82\x06\0\x01\0\x01t\x01\x32\x06\0\x01t\0\x01x");
    let error = broker.settle().wait().expect_err("a PUBACK is owed").to_string();
    assert!(error.contains("packet 1 (t) without PUBACK"), "{error}");
}

#[test]
fn what_a_client_has_not_acknowledged_is_named_and_the_rest_counted() {
    let one_by_one = broker::Broker::builder().configure(|settings| settings.session.max_inflight = 7);
    let mut broker = one_by_one.start().wait().expect("it starts");
    broker.set_deadline(Duration::from_millis(10));
    let messages = b"\x32\x06\0\x01t\0\x01x".repeat(10);
    let _client = client(&broker, &[b"\x82\x06\0\x01\0\x01t\x01", &messages[..]].concat());
    let error = broker
        .wait_acked("a")
        .wait()
        .expect_err("nothing is acknowledged")
        .to_string();
    for part in ["packet 5 (t) without PUBACK", "2 more", "3 queued"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!error.contains("packet 6"), "{error}");
}

#[test]
fn who_is_there_is_named_when_somebody_else_was_waited_for() {
    let mut broker = Broker::start().wait().expect("it starts");
    broker.set_deadline(Duration::from_millis(10));
    let _client = client(&broker, b"");
    let error = broker
        .wait_connected("b")
        .wait()
        .expect_err("nobody is called b")
        .to_string();
    assert!(error.contains("\"a\""), "{error}");
}
