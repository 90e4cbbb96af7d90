//! What a client may send that costs much and means nothing.

use std::io::Write;

use rustls::version::TLS13;
use settings::Preset;

use super::harness::{Client, Pair, made};
use crate::way::Layer;
use crate::way::tls::Authority;

fn open_pair() -> Pair {
    let authority = Authority::in_memory();
    let client = Client {
        versions: vec![&TLS13],
        ..Client::of(&authority)
    };
    let mut pair = Pair::new(&client, &made(&authority, Preset::Valid));
    pair.settle(1_000_000).unwrap();
    pair
}

#[test]
fn keys_are_changed_a_few_times_but_not_for_ever() {
    let mut pair = open_pair();
    for _ in 0..30 {
        pair.client.refresh_traffic_keys().unwrap();
        pair.settle(1_000_000).unwrap();
        pair.assert_talk(1_000_000);
    }
    // Each time with a little data, so that rustls does not mind.
    let mut rounds = 0;
    let fault = loop {
        pair.client.refresh_traffic_keys().unwrap();
        pair.client.writer().write_all(b"x").unwrap();
        if let Err(fault) = pair.settle(1_000_000) {
            break fault;
        }
        rounds += 1;
        assert!(rounds < 100, "it goes on for ever");
    };
    assert!(
        fault
            .0
            .starts_with("sent 66 TLS records that carry nothing beside "),
        "{fault}"
    );
}

#[test]
fn keys_that_change_without_data_are_refused() {
    let mut pair = open_pair();
    let fault = loop {
        pair.client.refresh_traffic_keys().unwrap();
        if let Err(fault) = pair.settle(1_000_000) {
            break fault;
        }
    };
    assert_eq!(
        fault.0,
        "changed its keys again and again without sending anything"
    );
}

#[test]
fn a_message_of_the_handshake_in_tiny_pieces_is_put_together_and_bounded() {
    let authority = Authority::in_memory();
    let mut pair = Pair::new(&Client::of(&authority), &made(&authority, Preset::Valid));
    // The ClientHello, each byte in a record of its own.
    let hello = pair.client_says();
    let pieces: Vec<u8> = hello[5..]
        .iter()
        .flat_map(|byte| [22, 3, 1, 0, 1, *byte])
        .collect();
    let (down, result) = pair.tell_machine(&pieces, 1_000);
    result.unwrap();
    pair.tell_client(&down);
    pair.settle(7).unwrap();
    pair.assert_talk(1_000);

    // One that never ends: a client's certificate of 60000 bytes.
    let mut pair = Pair::new(&Client::of(&authority), &made(&authority, Preset::Valid));
    let mut bytes = vec![22, 3, 1, 0, 4, 1, 0, 0xEA, 0x60];
    bytes.extend([22, 3, 1, 0, 1, 0].repeat(59_000));
    let (_, result) = pair.tell_machine(&bytes, 10_000);
    let fault = result.expect_err("it is bounded");
    assert!(
        fault
            .0
            .starts_with("sent more than 65535 bytes that belong to one message"),
        "{fault}"
    );
}

#[test]
fn a_record_of_which_only_the_head_comes_keeps_little() {
    let mut pair = open_pair();
    pair.tell_machine(&[23, 3, 3, 0x40, 0], 1).1.unwrap();
    assert!(pair.machine.kept_bytes() < 64);
    pair.tell_machine(&[7; 1_000], 1_000).1.unwrap();
    assert!(pair.machine.kept_bytes() < 4_096);
    assert!(pair.machine.owes().is_some());
}

#[test]
fn records_that_are_too_long_are_refused_by_their_head() {
    let mut pair = open_pair();
    let (down, result) = pair.tell_machine(&[23, 3, 3, 0x48, 0], 1);
    result.expect_err("18432 bytes");
    assert!(!down.is_empty(), "it is told");
}

#[test]
fn a_renegotiation_is_refused() {
    use rustls::version::TLS12;
    let authority = Authority::in_memory();
    let client = Client {
        versions: vec![&TLS12],
        ..Client::of(&authority)
    };
    let mut pair = Pair::new(&client, &made(&authority, Preset::Valid));
    pair.settle(1_000).unwrap();
    pair.assert_talk(1_000);
    // A ClientHello without encryption, where all is encrypted by now.
    let hello = [22, 3, 3, 0, 4, 1, 0, 0, 0];
    pair.tell_machine(&hello, 1_000)
        .1
        .expect_err("it is not encrypted");
}
