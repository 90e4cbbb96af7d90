//! Methods of the embedding program, and its own check of user names and passwords.

use std::sync::{Arc, Mutex};

use broker_core::auth::{Authenticators, Exchange, Step};
use broker_core::engine::CloseReason;
use broker_core::wire::{Connect, ReasonCode, Version};

use super::bench::{Bench, SCRAM, Said, auth, connect, plain, with_method};

fn bench(method: &str, begin: impl Fn(&str) -> Box<dyn Exchange> + Send + Sync + 'static) -> Bench {
    let mut hooks = Authenticators::default();
    hooks.set_method(method, Arc::new(begin));
    Bench::with(|_| {}, hooks)
}

/// Counts its challenges down to `end`.
fn rounds(challenges: u8, end: Step) -> Box<dyn Exchange> {
    let mut left = challenges;
    Box::new(move |_: Option<&[u8]>| {
        if left == 0 {
            return end.clone();
        }
        left -= 1;
        Step::challenge([left])
    })
}

#[test]
fn a_method_may_need_no_challenge_or_many() {
    for challenges in [0, 1, 5] {
        let mut bench = bench("ROUNDS", move |_| rounds(challenges, Step::accept("somebody")));
        let conn = bench.open();
        let mut said = bench.ask(conn, &connect(with_method("c", "ROUNDS", None)));
        for left in (0..challenges).rev() {
            assert_eq!(said.data(), Some([left].as_slice()));
            said = bench.ask(conn, &auth(ReasonCode::CONTINUE_AUTHENTICATION, "ROUNDS", None));
        }
        assert_eq!(
            said,
            Said::ConnAck {
                reason: ReasonCode::SUCCESS,
                session_present: false,
                method: Some("ROUNDS".to_owned()),
                data: None
            }
        );
    }
}

#[test]
fn it_is_told_the_client_and_every_packets_data() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut bench = bench("EAR", {
        let heard = heard.clone();
        move |client_id| {
            heard.lock().unwrap().push(format!("begin {client_id}"));
            let heard = heard.clone();
            let mut steps = 0;
            Box::new(move |data: Option<&[u8]>| {
                heard
                    .lock()
                    .unwrap()
                    .push(format!("{:?}", data.map(String::from_utf8_lossy)));
                steps += 1;
                if steps == 3 {
                    Step::accept("x")
                } else {
                    Step::Challenge(None)
                }
            })
        }
    });
    let conn = bench.open();
    bench.ask(conn, &connect(with_method("me", "EAR", Some(b"one"))));
    bench.ask(conn, &auth(ReasonCode::CONTINUE_AUTHENTICATION, "EAR", None));
    bench.ask(conn, &auth(ReasonCode::CONTINUE_AUTHENTICATION, "EAR", Some(b"")));
    bench.ask(conn, &auth(ReasonCode::REAUTHENTICATE, "EAR", Some(b"again")));
    assert_eq!(
        *heard.lock().unwrap(),
        [
            "begin me",
            "Some(\"one\")",
            "None",
            "Some(\"\")",
            "begin me",
            "Some(\"again\")"
        ]
    );
}

#[test]
fn its_reason_code_is_told_where_the_standard_has_it() {
    for (wanted, in_connack, in_disconnect) in [
        (
            ReasonCode::NOT_AUTHORIZED,
            ReasonCode::NOT_AUTHORIZED,
            ReasonCode::NOT_AUTHORIZED,
        ),
        (ReasonCode::BANNED, ReasonCode::BANNED, ReasonCode::NOT_AUTHORIZED),
        (
            ReasonCode::MAXIMUM_CONNECT_TIME,
            ReasonCode::NOT_AUTHORIZED,
            ReasonCode::MAXIMUM_CONNECT_TIME,
        ),
        (
            ReasonCode::SUCCESS,
            ReasonCode::NOT_AUTHORIZED,
            ReasonCode::NOT_AUTHORIZED,
        ),
        (
            ReasonCode(0xFF),
            ReasonCode::NOT_AUTHORIZED,
            ReasonCode::NOT_AUTHORIZED,
        ),
    ] {
        let mut at_connect = bench("NO", move |_| rounds(0, Step::Refuse(wanted)));
        let conn = at_connect.open();
        let said = at_connect.ask(conn, &connect(with_method("c", "NO", None)));
        assert_eq!(said, Said::refusal(in_connack));
        assert_eq!(
            at_connect.close_reason(conn),
            Some(CloseReason::Refused(in_connack))
        );

        let runs = Mutex::new([Step::Refuse(wanted), Step::accept("c")].to_vec());
        let mut later = bench("NO", move |_| rounds(0, runs.lock().unwrap().pop().unwrap()));
        let conn = later.open();
        assert_eq!(
            later.ask(conn, &connect(with_method("c", "NO", None))).reason(),
            ReasonCode::SUCCESS
        );
        let said = later.ask(conn, &auth(ReasonCode::REAUTHENTICATE, "NO", None));
        assert_eq!(said, Said::Disconnect(in_disconnect));
    }
}

#[test]
fn it_stands_beside_scram_or_takes_its_place() {
    let mut beside = bench("OTHER", |_| rounds(0, Step::accept("x")));
    assert_eq!(
        beside.log_in("c", "alice", "wonderland").1.reason(),
        ReasonCode::SUCCESS
    );

    let mut instead = bench(SCRAM, |_| rounds(0, Step::accept("x")));
    let conn = instead.open();
    let said = instead.ask(conn, &connect(with_method("c", SCRAM, Some(b"nonsense"))));
    assert_eq!(said.reason(), ReasonCode::SUCCESS);
}

#[test]
fn a_check_of_the_programs_own_decides_in_place_of_the_settings() {
    let mut hooks = Authenticators::default();
    hooks.set_login(Arc::new(|login| {
        match (login.client_id, login.user_name, login.password) {
            ("vip", None, None) | (_, Some("carol"), Some(b"secret")) => Ok(()),
            (_, Some("mallory"), _) => Err(ReasonCode::BANNED),
            // not a refusal; it is one all the same
            (_, Some("confused"), _) => Err(ReasonCode::SUCCESS),
            _ => Err(ReasonCode::BAD_USER_NAME_OR_PASSWORD),
        }
    }));
    let mut bench = Bench::with(|_| {}, hooks);
    for (client_id, login, reason) in [
        ("vip", None, ReasonCode::SUCCESS),
        ("c", None, ReasonCode::BAD_USER_NAME_OR_PASSWORD),
        ("c", Some(("carol", "secret")), ReasonCode::SUCCESS),
        (
            "c",
            Some(("carol", "guess")),
            ReasonCode::BAD_USER_NAME_OR_PASSWORD,
        ),
        ("c", Some(("mallory", "secret")), ReasonCode::BANNED),
        ("c", Some(("confused", "")), ReasonCode::NOT_AUTHORIZED),
        // a user of the settings, who does not count
        (
            "c",
            Some(("alice", "wonderland")),
            ReasonCode::BAD_USER_NAME_OR_PASSWORD,
        ),
    ] {
        let conn = bench.open();
        assert_eq!(
            bench.ask(conn, &connect(plain(client_id, login))).reason(),
            reason,
            "{client_id} {login:?}"
        );
    }
    // A 3.1.1 client gets the code of its version: 5, not authorized.
    let conn = bench.open();
    let mut bytes = Vec::new();
    connect(Connect {
        version: Version::V311,
        ..plain("c", Some(("mallory", "")))
    })
    .encode(Version::V311, &mut bytes);
    bench.engine.receive(bench.now, conn, &bytes);
    assert_eq!(bench.engine.outbox(conn).unwrap().front(), b"\x20\x02\x00\x05");
}
