//! A user name that stands for a certificate.

use std::sync::{Arc, Mutex};

use broker_core::auth::{Authenticators, Step};
use broker_core::engine::{ConnId, Event};
use broker_core::journal::{Mark, Record};
use broker_core::wire::{Connect, ReasonCode};

use super::{identified, with_certificate};
use crate::engine_auth::bench::{Bench, connect, plain, with_method};

/// The user of the last client that was let in.
fn user(bench: &Bench) -> Option<String> {
    let entries = bench.engine.journal().since(Mark::START).entries;
    let users = entries.into_iter().filter_map(|entry| match entry.record {
        Record::Event(Event::Connected { user, .. }) => Some(user.map(|user| user.to_string())),
        _ => None,
    });
    users.last().flatten()
}

fn open(bench: &mut Bench, identity: &str) -> ConnId {
    let conn = bench.open();
    bench.engine.arrived(conn, identified(identity));
    conn
}

fn outcome(bench: &mut Bench, hello: Connect<'_>) -> (ReasonCode, Option<String>) {
    let conn = open(bench, "lamp");
    let reason = bench.ask(conn, &connect(hello)).reason();
    (reason, user(bench))
}

#[test]
fn it_replaces_the_user_name_and_no_password_is_asked_for() {
    let lamp = (ReasonCode::SUCCESS, Some("lamp".to_owned()));
    for anonymous in [true, false] {
        let mut bench = Bench::with(
            |settings| settings.auth.allow_anonymous = anonymous,
            Authenticators::default(),
        );
        for login in [
            None,
            Some(("lamp", "")),
            Some(("alice", "wonderland")),
            Some(("alice", "wrong")),
            Some(("nobody", "knows")),
        ] {
            assert_eq!(outcome(&mut bench, plain("c", login)), lamp, "{login:?}");
        }
    }
}

#[test]
fn a_certificate_alone_is_no_user() {
    let mut bench = Bench::with(
        |settings| settings.auth.allow_anonymous = false,
        Authenticators::default(),
    );
    for (login, expected) in [
        (None, ReasonCode::NOT_AUTHORIZED),
        (Some(("lamp", "")), ReasonCode::BAD_USER_NAME_OR_PASSWORD),
        (Some(("alice", "wonderland")), ReasonCode::SUCCESS),
    ] {
        let conn = bench.open();
        bench.engine.arrived(conn, with_certificate());
        assert_eq!(bench.ask(conn, &connect(plain("c", login))).reason(), expected);
    }
    assert_eq!(user(&bench).as_deref(), Some("alice"));
}

#[test]
fn a_hook_is_told_of_it_and_may_refuse_it() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut hooks = Authenticators::default();
    let told = seen.clone();
    hooks.set_login(Arc::new(move |login| {
        told.lock().unwrap().push(format!("{login:?}"));
        match login.identity {
            Some("mole") => Err(ReasonCode::BANNED),
            _ => Ok(()),
        }
    }));
    let mut bench = Bench::with(|settings| settings.auth.allow_anonymous = false, hooks);
    let conn = open(&mut bench, "mole");
    let reason = bench.ask(conn, &connect(plain("c", None))).reason();
    assert_eq!(reason, ReasonCode::BANNED);
    let (reason, user) = outcome(&mut bench, plain("c", Some(("alice", "secret"))));
    assert_eq!((reason, user.as_deref()), (ReasonCode::SUCCESS, Some("lamp")));
    assert_eq!(
        seen.lock().unwrap()[1],
        "Login { client_id: \"c\", user_name: Some(\"lamp\"), password: Some(\"***\"), way: \"wss\", listener: \
         \"outside\", certificate: Some(\"CN=lamp,O=Home\"), identity: Some(\"lamp\"), version: V5 }"
    );
}

#[test]
fn an_exchange_must_succeed_as_well_and_does_not_change_the_name() {
    let mut hooks = Authenticators::default();
    hooks.set_method(
        "WORD",
        Arc::new(|_| {
            Box::new(|data: Option<&[u8]>| match data {
                Some(b"sesame") => Step::accept("ali"),
                _ => Step::refuse(),
            })
        }),
    );
    let mut bench = Bench::with(|_| {}, hooks);
    let (reason, _) = outcome(&mut bench, with_method("c", "WORD", Some(b"wrong")));
    assert_eq!(reason, ReasonCode::NOT_AUTHORIZED);
    let conn = open(&mut bench, "lamp");
    let hello = with_method("c", "WORD", Some(b"sesame"));
    assert_eq!(bench.ask(conn, &connect(hello)).reason(), ReasonCode::SUCCESS);
    assert_eq!(user(&bench).as_deref(), Some("lamp"));
}
