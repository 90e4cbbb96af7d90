//! Client identifiers: empty ones, and ones that the broker gives.

use broker::wire::{Connect, Version};
use broker::{Event, QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, hello, message, resume};

#[test]
fn an_empty_identifier_is_replaced_by_one_of_its_own() {
    let broker = Embedded::start();
    for version in [Version::V311, Version::V5] {
        let mut clients: Vec<_> = (0..3).map(|_| Client::new(broker.addr(), version, "")).collect();
        for client in &mut clients {
            client.subscribe("a", QoS::AtMostOnce);
        }
        clients[0].publish(&message("a", "x", QoS::AtMostOnce));
        // None took over another: all three are there.
        for client in &mut clients {
            assert_eq!(text(&client.receive()), "x");
            client.nothing_came();
        }
    }
}

#[test]
fn a_5_0_client_is_told_its_identifier_and_may_come_back_with_it() {
    let broker = Embedded::start();
    let (mut client, connack) = Client::say_hello(
        broker.addr(),
        &Connect {
            clean_start: true,
            ..resume(Version::V5, "")
        },
    );
    let assigned = connack.properties.assigned_client_id.expect("an identifier");
    broker.until(
        "connected under that identifier",
        |event| matches!(event, Event::Connected { client_id, .. } if &**client_id == assigned),
    );
    client.subscribe("a", QoS::AtLeastOnce);
    client.disconnect();
    Client::new(broker.addr(), Version::V5, "publisher").publish(&message("a", "x", QoS::AtLeastOnce));
    let (mut client, connack) = Client::say_hello(broker.addr(), &resume(Version::V5, assigned));
    assert_eq!(
        (connack.session_present, connack.properties.assigned_client_id),
        (true, None)
    );
    assert_eq!(text(&client.receive()), "x");
}

#[test]
fn a_5_0_client_may_keep_the_session_of_an_identifier_it_was_given() {
    let broker = Embedded::start();
    // Clean Start 0 without an identifier is for 5.0 alone.
    let (_client, connack) = Client::say_hello(broker.addr(), &resume(Version::V5, ""));
    assert_eq!(
        (connack.reason, connack.session_present),
        (ReasonCode::SUCCESS, false)
    );
    assert!(connack.properties.assigned_client_id.is_some());
}

#[test]
fn an_empty_identifier_is_refused_where_it_cannot_be() {
    let broker = Embedded::start();
    let strict = Embedded::start_with(|settings| settings.session.allow_empty_client_id = false);
    let refused = [
        (&broker, hello(Version::V31, "")),
        (&broker, resume(Version::V31, "")),
        // The session could never be found again.
        (&broker, resume(Version::V311, "")),
        (&strict, hello(Version::V311, "")),
        (&strict, hello(Version::V5, "")),
    ];
    for (broker, connect) in refused {
        let (mut client, connack) = Client::say_hello(broker.addr(), &connect);
        assert_eq!(
            connack.reason,
            ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
            "{connect:?}"
        );
        client.closed();
    }
    assert_eq!(
        (broker.stats().clients_refused, strict.stats().clients_refused),
        (3, 2)
    );
}

#[test]
fn identifiers_may_be_long_and_hold_any_character() {
    let broker = Embedded::start();
    let long = "x".repeat(65_535);
    for version in [Version::V311, Version::V5] {
        for client_id in [&long, "with space / and + and #", "zwölf Boxkämpfer 🥊", "$"] {
            Client::new(broker.addr(), version, client_id).disconnect();
        }
    }
    // 3.1 allows 23 characters; real devices have more.
    let too_long = "x".repeat(24);
    Client::new(broker.addr(), Version::V31, &too_long).disconnect();
    let strict = Embedded::start_with(|settings| settings.session.allow_long_client_id = false);
    Client::new(strict.addr(), Version::V31, &"ü".repeat(23)).disconnect();
    let (_client, connack) = Client::say_hello(strict.addr(), &hello(Version::V31, &too_long));
    assert_eq!(connack.reason, ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
}
