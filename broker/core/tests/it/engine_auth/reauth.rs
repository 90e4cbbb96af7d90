//! Re-authentication (section 4.12.1): a client proves again who it is, while all else goes on.

use broker_core::engine::{CloseReason, ConnId};
use broker_core::wire::{Connect, Packet, ReasonCode};

use super::bench::{Bench, SCRAM, Said, answer, auth, connect, one, plain, with_method};
use super::client::Client;
use super::rules::{disconnect, publish, subscribe, will};

fn again(data: Option<&[u8]>) -> Packet<'_> {
    auth(ReasonCode::REAUTHENTICATE, SCRAM, data)
}

/// A connected client that is subscribed to `t`, with a will, and one who watches for the will.
fn connected(bench: &mut Bench) -> (ConnId, ConnId) {
    let watcher = bench.open();
    bench.ask(watcher, &connect(plain("watcher", None)));
    bench.send(watcher, &subscribe("will"));
    let conn = bench.open();
    let mut client = Client::new("alice", "wonderland");
    let first = client.first();
    let challenge = bench.ask(
        conn,
        &connect(Connect {
            will: Some(will("will")),
            ..with_method("c", SCRAM, Some(&first))
        }),
    );
    let last = client.last(&challenge);
    assert_eq!(bench.ask(conn, &answer(&last)).reason(), ReasonCode::SUCCESS);
    assert_eq!(bench.send(conn, &subscribe("t")), [Said::SubAck]);
    (conn, watcher)
}

#[test]
fn it_succeeds_as_often_as_the_client_likes_and_changes_nothing_else() {
    let mut bench = Bench::new();
    let (conn, watcher) = connected(&mut bench);
    for asks in [false, true, false] {
        let mut client = Client::new("alice", "wonderland");
        let first = client.first();
        let challenge = if asks {
            assert_eq!(bench.ask(conn, &again(None)), Said::challenge(None));
            bench.ask(conn, &answer(&first))
        } else {
            bench.ask(conn, &again(Some(&first)))
        };
        // Other packets go on to and fro.
        assert_eq!(bench.send(conn, &Packet::PingReq), [Said::PingResp]);
        assert_eq!(bench.send(conn, &publish("t")), [Said::Publish("t".to_owned())]);
        let last = client.last(&challenge);
        let end = bench.ask(conn, &answer(&last));
        assert!(
            matches!(&end, Said::Auth { reason: ReasonCode::SUCCESS, method: Some(method), .. } if method == SCRAM),
            "{end:?}"
        );
        assert!(client.trusts(&end));
    }
    assert_eq!(bench.send(conn, &publish("t")), [Said::Publish("t".to_owned())]);
    assert_eq!(bench.said(watcher), []);
    bench.engine.closed(bench.now, conn, "cut");
    assert_eq!(
        bench.said(watcher),
        [Said::Publish("will".to_owned())],
        "the will is still there"
    );
}

#[test]
fn a_client_that_fails_is_told_and_closed() {
    let mut bench = Bench::new();
    let (conn, watcher) = connected(&mut bench);
    let mut client = Client::new("alice", "wrong");
    let challenge = bench.ask(conn, &again(Some(&client.first())));
    let last = client.last(&challenge);
    // MQTT5-4.12.1-2
    assert_eq!(
        bench.ask(conn, &answer(&last)),
        Said::Disconnect(ReasonCode::NOT_AUTHORIZED)
    );
    assert_eq!(
        bench.close_reason(conn),
        Some(CloseReason::ReauthenticationFailed(ReasonCode::NOT_AUTHORIZED))
    );
    assert_eq!(bench.said(watcher), [Said::Publish("will".to_owned())]);
    assert_eq!(bench.engine.stats().violations, 0);
}

#[test]
fn an_unfinished_one_harms_nobody() {
    let mut bench = Bench::new();
    let (conn, watcher) = connected(&mut bench);
    bench.ask(conn, &again(Some(b"n,,n=alice,r=abc")));
    bench.pass_secs(1000);
    assert_eq!(bench.send(conn, &publish("t")), [Said::Publish("t".to_owned())]);
    assert_eq!(bench.send(conn, &disconnect(ReasonCode::SUCCESS)), []);
    assert_eq!(
        bench.close_reason(conn),
        Some(CloseReason::ClientDisconnect(ReasonCode::SUCCESS))
    );
    assert_eq!(bench.said(watcher), []);
}

#[test]
fn without_a_method_in_connect_there_is_none() {
    let mut bench = Bench::new();
    for reason in [
        ReasonCode::REAUTHENTICATE,
        ReasonCode::CONTINUE_AUTHENTICATION,
        ReasonCode::SUCCESS,
    ] {
        let conn = bench.open();
        let connack = bench.ask(conn, &connect(plain("c", Some(("alice", "wonderland")))));
        assert!(
            matches!(connack, Said::ConnAck { method: None, .. }),
            "MQTT5-4.12.0-6"
        );
        let said = bench.ask(conn, &auth(reason, SCRAM, Some(b"n,,n=alice,r=abc")));
        assert_eq!(said, Said::Disconnect(ReasonCode::PROTOCOL_ERROR));
        assert_eq!(bench.broken_statement(conn), "MQTT5-4.12.0-7");
    }
}

#[test]
fn the_rules_of_its_packets() {
    let data = Some(b"n,,n=alice,r=abc".as_slice());
    let method = "MQTT5-4.12.0-5, MQTT5-4.12.1-1";
    for (begun, packet, statement) in [
        (
            false,
            auth(ReasonCode::REAUTHENTICATE, "SCRAM-SHA-1", data),
            method,
        ),
        (
            false,
            auth(ReasonCode::CONTINUE_AUTHENTICATION, SCRAM, data),
            "MQTT5 section 4.12.1",
        ),
        (false, auth(ReasonCode::SUCCESS, SCRAM, data), "MQTT5-3.15.2-1"),
        (
            true,
            auth(ReasonCode::CONTINUE_AUTHENTICATION, "SCRAM-SHA-1", data),
            method,
        ),
        (true, again(data), "MQTT5-4.12.0-3"),
        (true, auth(ReasonCode::SUCCESS, SCRAM, data), "MQTT5-3.15.2-1"),
    ] {
        let mut bench = Bench::new();
        let (conn, _) = connected(&mut bench);
        if begun {
            bench.ask(conn, &again(data));
        }
        assert_eq!(
            bench.ask(conn, &packet),
            Said::Disconnect(ReasonCode::PROTOCOL_ERROR),
            "{packet:?}"
        );
        assert_eq!(bench.broken_statement(conn), statement, "{packet:?}");
    }
    let mut bench = Bench::new();
    let (conn, _) = connected(&mut bench);
    assert_eq!(
        one(bench.bytes(conn, b"\xF1\x02\x19\x00")),
        Said::Disconnect(ReasonCode::MALFORMED_PACKET)
    );
}
