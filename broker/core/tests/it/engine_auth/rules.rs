//! Which packets may come while a CONNECT waits for its authentication, and that other clients notice nothing of it.

use broker_core::engine::CloseReason;
use broker_core::wire::{
    Connect, Disconnect, DisconnectProperties, Packet, PacketId, Publish, QoS, ReasonCode, Subscribe,
    Version, Will, WillProperties,
};

use super::bench::{Bench, SCRAM, Said, answer, auth, connect, one, plain, with_method};
use super::client::Client;

pub fn disconnect(reason: ReasonCode) -> Packet<'static> {
    Packet::Disconnect(Disconnect {
        reason,
        properties: DisconnectProperties::default(),
    })
}

pub fn publish(topic: &str) -> Packet<'_> {
    Packet::Publish(Publish::new(topic, b"x", QoS::AtMostOnce))
}

pub fn subscribe(filter: &str) -> Packet<'_> {
    Packet::Subscribe(Subscribe::new(PacketId::MIN, filter, QoS::AtMostOnce))
}

pub fn will(topic: &str) -> Will<'_> {
    Will {
        qos: QoS::AtMostOnce,
        retain: false,
        topic,
        properties: WillProperties::default(),
        payload: b"gone",
    }
}

/// A connection whose CONNECT waits for the client's answer to a challenge.
fn waiting(bench: &mut Bench, client_id: &str) -> broker_core::engine::ConnId {
    let conn = bench.open();
    let challenge = bench.ask(
        conn,
        &connect(with_method(client_id, SCRAM, Some(b"n,,n=alice,r=abc"))),
    );
    assert_eq!(challenge.reason(), ReasonCode::CONTINUE_AUTHENTICATION);
    conn
}

#[test]
fn auth_before_connect_ends_the_connection_without_an_answer() {
    let mut bench = Bench::new();
    let conn = bench.open();
    assert_eq!(bench.send(conn, &answer(b"n,,n=alice,r=abc")), []);
    assert_eq!(bench.broken_statement(conn), "MQTT5-3.1.0-1");
}

#[test]
fn nothing_but_auth_and_disconnect_may_come_meanwhile() {
    let mut bench = Bench::new();
    for packet in [
        Packet::PingReq,
        publish("t"),
        subscribe("t"),
        connect(plain("c", None)),
        Packet::PingResp,
    ] {
        let conn = waiting(&mut bench, "c");
        assert_eq!(
            bench.ask(conn, &packet),
            Said::refusal(ReasonCode::PROTOCOL_ERROR),
            "{packet:?}"
        );
        assert_eq!(bench.broken_statement(conn), "MQTT5-3.1.2-30");
    }
}

#[test]
fn a_disconnect_gives_up() {
    let mut bench = Bench::new();
    for reason in [ReasonCode::SUCCESS, ReasonCode::DISCONNECT_WITH_WILL] {
        let conn = waiting(&mut bench, "c");
        assert_eq!(bench.send(conn, &disconnect(reason)), []);
        assert_eq!(
            bench.close_reason(conn),
            Some(CloseReason::ClientDisconnect(reason))
        );
    }
    assert_eq!(bench.engine.census().connected, 0);
}

#[test]
fn the_method_is_repeated_and_the_reason_code_is_the_one_that_is_due() {
    let data = Some(b"x".as_slice());
    let go_on = ReasonCode::CONTINUE_AUTHENTICATION;
    for (packet, statement) in [
        (auth(ReasonCode::SUCCESS, SCRAM, data), "MQTT5-3.15.2-1"),
        (auth(ReasonCode::REAUTHENTICATE, SCRAM, data), "MQTT5-4.12.0-3"),
        (auth(go_on, "SCRAM-SHA-1", data), "MQTT5-4.12.0-5, MQTT5-4.12.1-1"),
        (auth(go_on, "", data), "MQTT5-4.12.0-5, MQTT5-4.12.1-1"),
    ] {
        let mut bench = Bench::new();
        let conn = waiting(&mut bench, "c");
        assert_eq!(
            bench.ask(conn, &packet),
            Said::refusal(ReasonCode::PROTOCOL_ERROR),
            "{packet:?}"
        );
        assert_eq!(bench.broken_statement(conn), statement);
        assert_eq!(
            bench.send(conn, &answer(b"x")),
            [],
            "MQTT5-3.1.4-6: what follows is not looked at"
        );
    }
}

#[test]
fn an_auth_that_is_no_packet_is_refused_in_connack() {
    for (bytes, reason) in [
        // an empty one says Success
        (b"\xF0\x00".as_slice(), ReasonCode::PROTOCOL_ERROR),
        // flags
        (b"\xF1\x02\x18\x00", ReasonCode::MALFORMED_PACKET),
        // a reason code of another packet
        (b"\xF0\x02\x87\x00", ReasonCode::PROTOCOL_ERROR),
        // properties longer than the packet
        (b"\xF0\x02\x18\x05", ReasonCode::MALFORMED_PACKET),
        // no method
        (b"\xF0\x02\x18\x00", ReasonCode::PROTOCOL_ERROR),
        // data without a method
        (b"\xF0\x06\x18\x04\x16\x00\x01x", ReasonCode::PROTOCOL_ERROR),
        // a property of PUBLISH
        (b"\xF0\x05\x18\x03\x23\x00\x01", ReasonCode::MALFORMED_PACKET),
    ] {
        let mut bench = Bench::new();
        let conn = waiting(&mut bench, "c");
        assert_eq!(
            one(bench.bytes(conn, bytes)),
            Said::refusal(reason),
            "{bytes:02X?}"
        );
        assert!(!bench.is_open(conn));
    }
}

#[test]
fn data_without_a_method_is_a_protocol_error() {
    let mut bench = Bench::new();
    let conn = bench.open();
    let said = bench.bytes(conn, b"\x10\x13\0\x04MQTT\x05\x02\0\0\x05\x16\0\x02ab\0\x01c");
    assert_eq!(said, [Said::refusal(ReasonCode::PROTOCOL_ERROR)]);
}

#[test]
fn time_goes_on_while_the_client_thinks() {
    let mut bench = Bench::new();
    let conn = bench.open();
    let limit = bench.engine.settings().limits.connect_timeout_secs;
    bench.pass_secs(limit - 1);
    bench.ask(conn, &connect(with_method("c", SCRAM, None)));
    assert!(bench.is_open(conn));
    bench.pass_secs(1);
    assert_eq!(bench.close_reason(conn), Some(CloseReason::ConnectTimeout));

    // Once it is in, that clock has stopped.
    let (conn, _) = bench.log_in("c", "alice", "wonderland");
    bench.pass_secs(10 * limit);
    assert!(bench.is_open(conn));
}

#[test]
fn a_client_that_is_not_in_yet_disturbs_nobody() {
    let mut bench = Bench::new();
    let owner = bench.open();
    let resuming = Connect {
        will: Some(will("will/of/owner")),
        ..plain("c", None)
    };
    bench.ask(owner, &connect(resuming));
    assert_eq!(bench.send(owner, &subscribe("t")), [Said::SubAck]);
    let watcher = bench.open();
    bench.ask(watcher, &connect(plain("watcher", None)));
    bench.send(watcher, &subscribe("will/#"));

    // Same client identifier, Clean Start 1, a will of its own, and a wrong password.
    let intruder = bench.open();
    let mut client = Client::new("alice", "wrong");
    let first = client.first();
    let greedy = Connect {
        will: Some(will("will/of/intruder")),
        ..with_method("c", SCRAM, Some(&first))
    };
    let challenge = bench.ask(intruder, &connect(greedy));
    assert!(
        bench.is_open(owner),
        "taken over before the client proved anything"
    );
    let last = client.last(&challenge);
    assert_eq!(
        bench.ask(intruder, &answer(&last)),
        Said::refusal(ReasonCode::NOT_AUTHORIZED)
    );
    assert!(bench.is_open(owner), "taken over by a client that was refused");
    bench.engine.closed(bench.now, intruder, "");
    assert_eq!(bench.said(watcher), [], "the will of a client that never was in");

    let from = bench.open();
    bench.ask(from, &connect(plain("from", None)));
    bench.send(from, &publish("t"));
    assert_eq!(
        bench.said(owner),
        [Said::Publish("t".to_owned())],
        "the session is as it was"
    );
    assert_eq!(bench.engine.census().connected, 3);
}

#[test]
fn a_client_that_is_in_takes_over_and_starts_clean() {
    let mut bench = Bench::new();
    let mut lasting = plain("c", None);
    lasting.properties.session_expiry_secs = Some(1000);
    let old = bench.open();
    bench.ask(old, &connect(lasting.clone()));
    bench.send(old, &subscribe("t"));

    for (clean_start, present) in [(false, true), (true, false)] {
        let conn = bench.open();
        let mut client = Client::new("alice", "wonderland");
        let first = client.first();
        let mut again = Connect {
            clean_start,
            ..with_method("c", SCRAM, Some(&first))
        };
        again.properties.session_expiry_secs = Some(1000);
        let challenge = bench.ask(conn, &connect(again));
        let last = client.last(&challenge);
        let Said::ConnAck {
            reason,
            session_present,
            ..
        } = bench.ask(conn, &answer(&last))
        else {
            panic!()
        };
        assert_eq!((reason, session_present), (ReasonCode::SUCCESS, present));
        assert_eq!(bench.engine.census().connected, 1);
    }
    assert_eq!(
        bench.said(old),
        [Said::Disconnect(ReasonCode::SESSION_TAKEN_OVER)]
    );
}

#[test]
fn a_bound_that_was_reached_meanwhile_holds() {
    let mut bench = Bench::with(
        |settings| settings.limits.max_sessions = 1,
        broker_core::auth::Authenticators::default(),
    );
    let conn = bench.open();
    let mut client = Client::new("alice", "wonderland");
    let first = client.first();
    let challenge = bench.ask(conn, &connect(with_method("slow", SCRAM, Some(&first))));
    let quick = bench.open();
    assert_eq!(
        bench.ask(quick, &connect(plain("quick", None))).reason(),
        ReasonCode::SUCCESS
    );
    let last = client.last(&challenge);
    assert_eq!(
        bench.ask(conn, &answer(&last)),
        Said::refusal(ReasonCode::QUOTA_EXCEEDED)
    );
}

#[test]
fn a_stop_meanwhile_is_told_with_a_reason_code_that_connack_has() {
    let mut bench = Bench::new();
    let conn = waiting(&mut bench, "c");
    bench.engine.stop(bench.now);
    assert_eq!(bench.said(conn), [Said::refusal(ReasonCode::SERVER_UNAVAILABLE)]);
    let late = bench.open();
    assert_eq!(
        bench.ask(late, &connect(plain("c", None))),
        Said::refusal(ReasonCode::SERVER_UNAVAILABLE)
    );
}

#[test]
fn the_method_decides_whatever_the_password_says() {
    let mut bench = Bench::new();
    for (login, expected) in [
        (("alice", "wonderland"), ReasonCode::NOT_AUTHORIZED),
        (("alice", "wrong"), ReasonCode::NOT_AUTHORIZED),
    ] {
        let conn = bench.open();
        let both = Connect {
            username: Some(login.0),
            password: Some(login.1.as_bytes()),
            ..with_method("c", SCRAM, Some(b"nonsense"))
        };
        assert_eq!(bench.ask(conn, &connect(both)), Said::refusal(expected));
    }
    let conn = bench.open();
    let mut client = Client::new("bob", "builder");
    let first = client.first();
    let both = Connect {
        username: Some("alice"),
        password: Some(b"wrong"),
        ..with_method("c", SCRAM, Some(&first))
    };
    let challenge = bench.ask(conn, &connect(both));
    let last = client.last(&challenge);
    assert_eq!(bench.ask(conn, &answer(&last)).reason(), ReasonCode::SUCCESS);
}

#[test]
fn older_versions_have_no_auth() {
    for version in [Version::V31, Version::V311] {
        let mut bench = Bench::new();
        let conn = bench.open();
        let mut bytes = Vec::new();
        connect(Connect {
            version,
            ..plain("c", None)
        })
        .encode(version, &mut bytes);
        bench.engine.receive(bench.now, conn, &bytes);
        assert!(bench.is_open(conn));
        bench.engine.receive(bench.now, conn, b"\xF0\x02\x19\x00");
        assert!(
            matches!(bench.close_reason(conn), Some(CloseReason::Malformed(_))),
            "{version:?}"
        );
    }
}
