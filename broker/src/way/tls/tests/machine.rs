//! Bytes cut anywhere, changed anywhere, and those that are no TLS.

use std::io::{IoSlice, Write};

use rustls::version::{TLS12, TLS13};
use settings::Preset;

use super::harness::{BOTH, Client, Pair, made};
use crate::way::Layer;
use crate::way::tls::Authority;

fn pair() -> Pair {
    let authority = Authority::in_memory();
    Pair::new(&Client::of(&authority), &made(&authority, Preset::Valid))
}

#[test]
fn both_versions_talk_however_their_bytes_are_cut() {
    let authority = Authority::in_memory();
    let acceptor = made(&authority, Preset::Valid);
    for version in BOTH {
        for step in [1, 2, 3, 5, 7, 64, 1_000_000] {
            let client = Client {
                versions: vec![version],
                ..Client::of(&authority)
            };
            let mut pair = Pair::new(&client, &acceptor);
            assert_eq!(
                pair.machine.owes().as_deref(),
                Some("owes the rest of a TLS handshake")
            );
            pair.settle(step).unwrap();
            assert!(
                pair.machine.is_open() && pair.machine.owes().is_none(),
                "{version:?} {step}"
            );
            pair.assert_talk(step);
            pair.assert_talk(step);
        }
    }
}

#[test]
fn facts_are_those_of_the_standard() {
    let authority = Authority::in_memory();
    let acceptor = made(&authority, Preset::Valid);
    for (version, suite) in [
        (&TLS12, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
        (&TLS13, "TLS_AES_256_GCM_SHA384"),
    ] {
        let client = Client {
            versions: vec![version],
            alpn: vec!["other", "mqtt"],
            ..Client::of(&authority)
        };
        let mut pair = Pair::new(&client, &acceptor);
        pair.settle(100).unwrap();
        let facts = pair.machine.facts();
        assert_eq!(facts.version, if version == &TLS12 { "1.2" } else { "1.3" });
        assert_eq!(facts.cipher_suite, suite);
        assert_eq!(facts.server_name.as_deref(), Some("localhost"));
        assert_eq!(facts.alpn.as_deref(), Some("mqtt"));
        assert_eq!(facts.certificate, None);
        assert_eq!(pair.machine.identity(), None);
    }
}

#[test]
fn much_is_sent_in_few_records_in_order() {
    for version in BOTH {
        let authority = Authority::in_memory();
        let client = Client {
            versions: vec![version],
            ..Client::of(&authority)
        };
        let mut pair = Pair::new(&client, &made(&authority, Preset::Valid));
        pair.settle(1_000_000).unwrap();
        for lengths in [
            vec![100_000],
            vec![1; 40],
            vec![16_384, 16_384],
            vec![10, 40_000, 10, 6_374, 16_385, 3],
            vec![16_383, 2, 0, 0, 16_384, 1],
        ] {
            let parts: Vec<Vec<u8>> = lengths
                .iter()
                .enumerate()
                .map(|(index, length)| vec![u8::try_from(index).unwrap(); *length])
                .collect();
            let slices: Vec<IoSlice<'_>> = parts.iter().map(|part| IoSlice::new(part)).collect();
            let mut down = b"before".to_vec();
            pair.machine.send(&slices, &mut down);
            assert_eq!(down[..6], *b"before");
            let whole = parts.concat();
            let added = down.len() - 6 - whole.len();
            // Never more than one record above what is needed.
            assert!(
                added <= (whole.len().div_ceil(16_384) + 1) * 30,
                "{lengths:?}: {added}"
            );
            assert!(pair.tell_client(&down[6..]) == whole, "{lengths:?}");
        }
    }
}

#[test]
fn much_is_received_in_order_however_it_is_cut() {
    for step in [1_000, 16_384, 16_406, 100_000, 1_000_000] {
        let mut pair = pair();
        pair.settle(1_000_000).unwrap();
        let whole: Vec<u8> = (0..300_000_u32).map(|n| n.to_le_bytes()[1]).collect();
        for part in whole.chunks(50_000) {
            pair.client.writer().write_all(part).unwrap();
            pair.settle(step).unwrap();
        }
        assert!(pair.up == whole, "{step}");
        assert_eq!(pair.machine.owes(), None);
    }
}

#[test]
fn what_comes_with_the_end_of_the_handshake_arrives() {
    let authority = Authority::in_memory();
    let acceptor = made(&authority, Preset::Valid);
    for version in BOTH {
        for step in [1, 100, 1_000_000] {
            let client = Client {
                versions: vec![version],
                ..Client::of(&authority)
            };
            let mut pair = Pair::new(&client, &acceptor);
            // The client keeps this until it may send it, and sends it at once then.
            pair.client.writer().write_all(b"in a hurry").unwrap();
            pair.settle(step).unwrap();
            assert_eq!(pair.up, b"in a hurry", "{version:?} {step}");
        }
    }
}

#[test]
fn a_record_that_is_not_whole_is_owed() {
    let mut pair = pair();
    pair.settle(1_000_000).unwrap();
    pair.client.writer().write_all(b"hello").unwrap();
    let bytes = pair.client_says();
    for end in 1..bytes.len() {
        let (_, result) = pair.tell_machine(&bytes[end - 1..end], 1);
        result.unwrap();
        assert_eq!(
            pair.machine.owes().as_deref(),
            Some("owes the rest of a TLS record")
        );
    }
    pair.tell_machine(&bytes[bytes.len() - 1..], 1).1.unwrap();
    assert_eq!((pair.machine.owes(), &*pair.up), (None, &b"hello"[..]));
}

#[test]
fn both_sides_say_when_they_end() {
    for version in BOTH {
        let authority = Authority::in_memory();
        let client = Client {
            versions: vec![version],
            ..Client::of(&authority)
        };
        let mut pair = Pair::new(&client, &made(&authority, Preset::Valid));
        let mut down = Vec::new();
        pair.machine.end(&mut down);
        assert_eq!(down, b"", "there is nothing to end");
        pair.settle(1_000_000).unwrap();

        pair.client.writer().write_all(b"last words").unwrap();
        pair.client.send_close_notify();
        let bytes = [&pair.client_says(), &b"and what is no TLS"[..]].concat();
        pair.tell_machine(&bytes, 1_000_000).1.unwrap();
        assert!(pair.machine.peer_ended() && pair.machine.owes().is_none());
        assert_eq!(pair.up, b"last words");

        // What it still gets is answered all the same.
        let mut down = Vec::new();
        pair.machine.send(&[IoSlice::new(b"answer")], &mut down);
        pair.machine.end(&mut down);
        let length = down.len();
        pair.machine.end(&mut down);
        assert_eq!(down.len(), length, "said once");
        assert_eq!(pair.tell_client(&down), b"answer");
        assert!(pair.client.process_new_packets().unwrap().peer_has_closed());
    }
}

#[test]
fn what_is_no_tls_is_named() {
    for (bytes, words) in [
        (
            &b"\x10\x0c\0\x04MQTT\x04\x02\0\0\0\0"[..],
            "sent MQTT without TLS where TLS was expected",
        ),
        (
            b"GET / HTTP/1.1\r\n\r\n",
            "sent a request in HTTP without TLS where TLS was expected",
        ),
        (b"\x80\x2e\x01\x03\x01\0\0", "sent a greeting of SSL 2.0"),
        (b"\0\0\0\0\0\0", "sent bytes that are not TLS"),
    ] {
        for step in [1, 1_000] {
            let mut pair = pair();
            let (down, result) = pair.tell_machine(bytes, step);
            let fault = result.expect_err(words);
            assert!(fault.0.starts_with(words), "{fault}");
            // A fatal alert, decode_error.
            assert_eq!(down, [21, 3, 3, 0, 2, 2, 50]);
        }
    }
}

#[test]
fn old_versions_are_named() {
    for (minor, words) in [
        (0, "speaks SSL 3.0 at most"),
        (1, "speaks TLS 1.0 at most"),
        (2, "speaks TLS 1.1 at most"),
    ] {
        // A ClientHello of old: no extensions, one cipher suite.
        let mut hello = vec![1, 0, 0, 41, 3, minor];
        hello.extend([7; 32]);
        hello.extend([0, 0, 2, 0xC0, 0x2C, 1, 0]);
        let mut bytes = vec![22, 3, minor, 0, u8::try_from(hello.len()).unwrap()];
        bytes.extend(hello);
        let mut pair = pair();
        let (down, result) = pair.tell_machine(&bytes, 1_000);
        let fault = result.expect_err(words);
        assert!(fault.0.starts_with(words), "{fault}");
        assert_eq!((down[0], down[5]), (21, 2), "a fatal alert");
    }
}

#[test]
fn bytes_changed_anywhere_never_panic() {
    let authority = Authority::in_memory();
    let acceptor = made(&authority, Preset::Valid);
    for version in BOTH {
        let client = Client {
            versions: vec![version],
            ..Client::of(&authority)
        };
        // Each byte of the first flight; a few of the later ones.
        for at in 0..400 {
            let mut pair = Pair::new(&client, &acceptor);
            let mut flight = pair.client_says();
            let mut changed = 0;
            let mut position = 0;
            while !flight.is_empty() {
                if (position..position + flight.len()).contains(&at) {
                    flight[at - position] ^= 1 << (at % 8);
                    changed += 1;
                }
                position += flight.len();
                let (down, result) = pair.tell_machine(&flight, 50);
                pair.tell_client(&down);
                if let Err(fault) = result {
                    assert!(!fault.0.is_empty());
                    break;
                }
                if pair.refused.is_some() {
                    break;
                }
                flight = pair.client_says();
            }
            assert!(changed == 1 || at > 150, "{at}");
        }
        // And of a record.
        for at in 0..40 {
            let mut pair = Pair::new(&client, &acceptor);
            pair.settle(1_000).unwrap();
            pair.client.writer().write_all(b"hello and goodbye").unwrap();
            let mut bytes = pair.client_says();
            if at < bytes.len() {
                bytes[at] ^= 0x11;
                bytes.resize(20_000, 0);
                let (_, result) = pair.tell_machine(&bytes, 50);
                result.expect_err("nothing else fits the tag, and what follows is no record");
                // Nobody looks at the second half of the version.
                assert!(pair.up.is_empty() || at == 2, "{at}");
            }
        }
    }
}
