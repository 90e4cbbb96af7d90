//! What rules keep for a time goes on by itself on a running clock, over our own engine, rumqttd and a relay: the client sends
//! nothing more.

use std::io::{Read, Write};
use std::net::TcpStream;

use broker::fault::Rule;
use broker::pattern::{connack, event};
use tests::harness::Embedded;

use crate::world_faults::{says_connect, with_each_engine};

const CONNACK: &[u8] = &[0x20, 2, 0, 0];

/// A client sends CONNECT and waits while this rule is in force; it gets `expected` of CONNACK. How its connection goes on is for
/// `then`.
fn waits(rule: &Rule, expected: &[u8], then: impl Fn(&Embedded, &mut TcpStream)) {
    with_each_engine(
        |_| {},
        |broker| {
            let _rule = broker.faults().add(rule.clone()).wait().unwrap();
            let mut client = says_connect(broker.addr(), "lamp");
            let mut answer = vec![0; expected.len()];
            client
                .read_exact(&mut answer)
                .expect("it comes without further cause");
            assert_eq!(answer, expected);
            then(broker, &mut client);
        },
    );
}

#[test]
fn latency_of_bytes_passes() {
    let rule = Rule::for_bytes().of("lamp").both_ways().latency(20);
    waits(&rule, CONNACK, |_, _| {});
}

#[test]
fn a_packet_that_is_late_comes() {
    waits(&Rule::on(connack().to("lamp")).latency(20), CONNACK, |_, _| {});
}

#[test]
fn a_packet_that_is_held_for_a_time_comes() {
    waits(
        &Rule::on(connack().to("lamp")).hold_at_most(20),
        CONNACK,
        |_, _| {},
    );
}

#[test]
fn a_reset_comes() {
    let rule = Rule::for_bytes().of("lamp").reset_peer(20);
    waits(&rule, b"", |_, client| {
        // CONNACK may have come before it.
        let mut rest = Vec::new();
        let error = client.read_to_end(&mut rest).expect_err("it is reset");
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_slow_close_passes() {
    let rule = Rule::for_bytes().of("lamp").upstream().slow_close(20);
    waits(&rule, CONNACK, |broker, client| {
        client.shutdown(std::net::Shutdown::Write).expect("it can");
        broker.until_gone("lamp");
    });
}

#[test]
fn a_client_that_goes_in_the_middle_of_a_packet_is_seen_to_be_gone() {
    let rule = Rule::for_bytes().of("lamp").both_ways().latency(20);
    with_each_engine(
        |_| {},
        |broker| {
            let _rule = broker.faults().add(rule.clone()).wait().unwrap();
            let mut client = says_connect(broker.addr(), "lamp");
            client.read_exact(&mut [0; 4]).expect("CONNACK comes");
            // So that what is due for CONNECT is done before this comes.
            broker.expect(connack().to("lamp")).wait();
            client.write_all(&[0x32]).unwrap();
            drop(client);
            broker.expect(event("disconnected").of("lamp")).wait();
        },
    );
}
