//! SCRAM through the engine, with a client that is not ours.

use broker_core::auth::Authenticators;
use broker_core::engine::Event;
use broker_core::settings::Mechanism;
use broker_core::wire::ReasonCode;

use super::bench::{Bench, SCRAM, Said, answer, auth, connect, one, with_method};
use super::client::Client;

#[test]
fn client_and_broker_prove_to_each_other_that_they_know_the_password() {
    let mut bench = Bench::new();
    bench.engine.collect_events(true);
    let (conn, end) = bench.log_in("c", "alice", "wonderland");
    // MQTT5-4.12.0-5: the method is repeated; the verifier goes along.
    assert!(
        matches!(&end, Said::ConnAck { reason: ReasonCode::SUCCESS, method: Some(method), data: Some(data), .. }
            if method == SCRAM && data.starts_with(b"v=")),
        "{end:?}"
    );
    assert!(bench.is_open(conn));
    let user = std::iter::from_fn(|| bench.engine.next_event()).find_map(|event| match event {
        Event::Connected { user, .. } => user,
        _ => None,
    });
    assert_eq!(user.as_deref(), Some("alice"));
}

#[test]
fn each_hash_function_has_a_method_of_its_own() {
    let method = "SCRAM-SHA-512";
    let mut bench = Bench::new();
    // What is remembered of alice for one of them is no use for another.
    bench.log_in("before", "alice", "wonderland");
    let mut client = Client::of(method, "alice", "wonderland");
    let conn = bench.open();
    let first = client.first();
    let challenge = bench.ask(conn, &connect(with_method("c", method, Some(&first))));
    let last = client.last(&challenge);
    let end = bench.ask(
        conn,
        &auth(ReasonCode::CONTINUE_AUTHENTICATION, method, Some(&last)),
    );
    assert_eq!(end.reason(), ReasonCode::SUCCESS);
    assert!(client.trusts(&end));

    // A proof of another length is wrong, and no more than that.
    let conn = bench.open();
    let first = b"n,,n=alice,r=abc".as_slice();
    let challenge = bench.ask(conn, &connect(with_method("d", "SCRAM-SHA-1", Some(first))));
    let nonce = String::from_utf8(challenge.data().unwrap().to_vec()).unwrap();
    let nonce = nonce.split(',').next().unwrap();
    let last = format!("c=biws,{nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    let last = auth(
        ReasonCode::CONTINUE_AUTHENTICATION,
        "SCRAM-SHA-1",
        Some(last.as_bytes()),
    );
    assert_eq!(bench.ask(conn, &last), Said::refusal(ReasonCode::NOT_AUTHORIZED));
}

#[test]
fn the_first_word_can_be_left_to_the_broker() {
    let mut bench = Bench::new();
    let conn = bench.open();
    let asked = bench.ask(conn, &connect(with_method("c", SCRAM, None)));
    assert_eq!(asked, Said::challenge(None));
    let mut client = Client::new("bob", "builder");
    let challenge = bench.ask(conn, &answer(&client.first()));
    let end = bench.ask(conn, &answer(&client.last(&challenge)));
    assert_eq!(end.reason(), ReasonCode::SUCCESS);
    assert!(client.trusts(&end));
}

#[test]
fn a_wrong_password_an_unknown_user_and_nonsense_are_refused_alike() {
    let mut bench = Bench::new();
    for (name, password) in [("alice", "builder"), ("mallory", "wonderland"), ("mallory", "")] {
        let (conn, end) = bench.log_in("c", name, if password.is_empty() { "x" } else { password });
        assert_eq!(end, Said::refusal(ReasonCode::NOT_AUTHORIZED), "{name}");
        assert!(!bench.is_open(conn));
    }
    for nonsense in [
        b"n,,n=alice,r=\x00".as_slice(),
        b"\xFF\xFE",
        b"p=tls-unique,,n=alice,r=abc",
    ] {
        let conn = bench.open();
        let end = bench.ask(conn, &connect(with_method("c", SCRAM, Some(nonsense))));
        assert_eq!(end, Said::refusal(ReasonCode::NOT_AUTHORIZED));
    }
    assert_eq!(bench.engine.census().connected, 0);
    assert_eq!(bench.engine.stats().clients_refused, 6);
}

/// Salt and iterations of a challenge.
fn salt(bench: &mut Bench, name: &str) -> String {
    let conn = bench.open();
    let first = format!("n,,n={name},r=abc");
    let challenge = bench.ask(conn, &connect(with_method("c", SCRAM, Some(first.as_bytes()))));
    let challenge = String::from_utf8(challenge.data().unwrap().to_vec()).unwrap();
    challenge.split_once(',').unwrap().1.to_owned()
}

#[test]
fn an_unknown_name_looks_like_a_known_one() {
    let mut bench = Bench::new();
    let known = salt(&mut bench, "alice");
    let unknown = salt(&mut bench, "mallory");
    assert_ne!(known, unknown);
    assert_eq!(known.len(), unknown.len());
    assert!(known.ends_with(",i=4096") && unknown.ends_with(",i=4096"));
    // Always the same salt, as for somebody whose password is kept somewhere.
    assert_eq!(salt(&mut bench, "alice"), known);
    assert_eq!(salt(&mut bench, "mallory"), unknown);
    // Nor does the order of logins change them.
    assert_eq!(salt(&mut Bench::new(), "mallory"), unknown);
}

#[test]
fn the_same_seed_gives_the_same_challenges_and_no_two_of_them_are_alike() {
    let challenges = || {
        let mut bench = Bench::new();
        (0..3)
            .map(|_| {
                let conn = bench.open();
                bench.ask(conn, &connect(with_method("c", SCRAM, Some(b"n,,n=alice,r=abc"))))
            })
            .collect::<Vec<_>>()
    };
    let said = challenges();
    assert_eq!(said, challenges());
    assert!(said[0] != said[1] && said[1] != said[2] && said[0] != said[2]);
}

#[test]
fn a_recorded_login_cannot_be_played_back() {
    let mut bench = Bench::new();
    let conn = bench.open();
    let mut client = Client::new("alice", "wonderland");
    let first = client.first();
    let challenge = bench.ask(conn, &connect(with_method("c", SCRAM, Some(&first))));
    let last = client.last(&challenge);
    assert_eq!(bench.ask(conn, &answer(&last)).reason(), ReasonCode::SUCCESS);

    let thief = bench.open();
    bench.ask(thief, &connect(with_method("thief", SCRAM, Some(&first))));
    assert_eq!(
        bench.ask(thief, &answer(&last)),
        Said::refusal(ReasonCode::NOT_AUTHORIZED)
    );
}

#[test]
fn only_what_the_settings_offer_is_offered() {
    // MQTT5-4.12.0-1
    let mut bench = Bench::with(
        |settings| settings.auth.mechanisms.clear(),
        Authenticators::default(),
    );
    let conn = bench.open();
    let end = bench.ask(conn, &connect(with_method("c", SCRAM, None)));
    assert_eq!(end, Said::refusal(ReasonCode::BAD_AUTHENTICATION_METHOD));

    let mut bench = Bench::with(
        |settings| settings.auth.mechanisms = vec![Mechanism::ScramSha512],
        Authenticators::default(),
    );
    for method in ["SCRAM-SHA-1", SCRAM] {
        let conn = bench.open();
        let end = bench.ask(conn, &connect(with_method("c", method, None)));
        assert_eq!(
            end,
            Said::refusal(ReasonCode::BAD_AUTHENTICATION_METHOD),
            "{method}"
        );
    }

    let mut bench = Bench::new();
    for method in [
        "",
        "SCRAM-SHA-224",
        "SCRAM-SHA-256-PLUS",
        "scram-sha-256",
        "GS2-KRB5",
    ] {
        let conn = bench.open();
        let end = bench.ask(
            conn,
            &connect(with_method("c", method, Some(b"n,,n=alice,r=abc"))),
        );
        assert_eq!(
            end,
            Said::refusal(ReasonCode::BAD_AUTHENTICATION_METHOD),
            "{method:?}"
        );
        assert!(!bench.is_open(conn));
    }
}

#[test]
fn the_answer_may_arrive_in_one_piece_with_connect_and_in_single_bytes() {
    let mut bench = Bench::new();
    let conn = bench.open();
    let mut client = Client::new("alice", "wonderland");
    let mut bytes = Vec::new();
    connect(with_method("c", SCRAM, None)).encode(broker_core::wire::Version::V5, &mut bytes);
    answer(&client.first()).encode(broker_core::wire::Version::V5, &mut bytes);
    let said = bench.bytes(conn, &bytes);
    assert_eq!(said.len(), 2);
    let mut last = Vec::new();
    answer(&client.last(&said[1])).encode(broker_core::wire::Version::V5, &mut last);
    for end in 1..last.len() {
        assert_eq!(bench.engine.receive(bench.now, conn, &last[..end]), 0);
    }
    assert_eq!(one(bench.bytes(conn, &last)).reason(), ReasonCode::SUCCESS);
}

#[test]
fn a_challenge_that_the_client_cannot_take_ends_the_attempt() {
    let mut bench = Bench::new();
    let conn = bench.open();
    let mut small = with_method("c", SCRAM, Some(b"n,,n=alice,r=abc"));
    small.properties.maximum_packet_size = Some(40);
    // MQTT5-3.1.2-24: the AUTH would be longer; the CONNACK is not.
    let end = bench.ask(conn, &connect(small));
    assert_eq!(end, Said::refusal(ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR));
    assert!(!bench.is_open(conn));
    let late = auth(ReasonCode::CONTINUE_AUTHENTICATION, SCRAM, Some(b"x"));
    assert_eq!(bench.send(conn, &late), []);
}
