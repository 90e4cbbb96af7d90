//! Logins that are checked outside the engine.

use std::sync::Arc;

use broker_core::access::{AccessChanges, Account, Password, PasswordHash, Realm, Realms, Scheme};
use broker_core::auth::{Admission, Authenticators, Refusal};
use broker_core::engine::{Asks, CloseReason, ConnId, Event};
use broker_core::settings::Secret;
use broker_core::wire::{Packet, ReasonCode, Version};

use super::bench::{Bench, Said, connect, plain};

/// As `mosquitto_passwd` writes the password "pencil".
const PENCIL: &str = "$6$gRb9zoGnnKMrI+uq$JJMiytL944AlN0i1zn+bbxtJAje57STO+GFXuomvqYpIWiHVjKNadE1OfvvgCrI+BR5bYQirht6BMiY0CbkaKg==";

/// An engine that knows ann by the hash of her password.
fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.engine.set_realms(bench.now, ann());
    bench
}

fn ann() -> Realms {
    let mut realm = Realm::default();
    let hash = PasswordHash::parse(PENCIL).expect("it is one");
    realm
        .users
        .insert("ann", Account::with(Some(Password::from(hash))));
    let plain = Some(Password::Plain(Secret::new("plain")));
    realm.users.insert("bob", Account::with(plain));
    Realms::one(realm)
}

/// One user, known by a hash of its password.
fn hashed(name: &str, password: &str) -> Realms {
    let mut realm = Realm::default();
    let hash = Scheme::Sha512.hash(password.as_bytes(), b"another salt");
    let password = hash.ok().map(Password::from);
    realm.users.insert(name, Account::with(password));
    Realms::one(realm)
}

fn bytes(packet: &Packet<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(Version::V5, &mut bytes);
    bytes
}

/// Sends CONNECT of ann, and PINGREQ behind it. The engine takes CONNECT alone.
fn waits(bench: &mut Bench, client_id: &str) -> ConnId {
    let conn = bench.open();
    let login = bytes(&connect(plain(client_id, Some(("ann", "pencil")))));
    let all = [&login[..], b"\xC0\0"].concat();
    assert_eq!(bench.engine.receive(bench.now, conn, &all), login.len());
    assert!(bench.engine.is_being_checked(conn) && bench.engine.is_owed_too_much(conn));
    assert_eq!(bench.engine.receive(bench.now, conn, b"\xC0\0"), 0);
    assert_eq!(bench.said(conn), []);
    conn
}

fn is_connack(said: &[Said], with: ReasonCode) -> bool {
    matches!(said, [Said::ConnAck { reason, .. }] if *reason == with)
}

#[test]
fn what_comes_behind_connect_waits_for_the_answer() {
    let mut bench = bench();
    let conn = waits(&mut bench, "dev");
    let check = bench.engine.next_check().expect("a login is to be checked");
    assert_eq!(check.conn, conn);
    let Asks::Password { password, .. } = &check.asks else {
        panic!("a password")
    };
    assert_eq!(password.expose(), b"pencil");
    let shown = format!("{check:?}");
    assert!(!shown.contains("pencil") && !shown.contains("gRb9"), "{shown}");

    bench.engine.checked(bench.now, conn, Ok(Admission::default()));
    assert!(is_connack(&bench.said(conn), ReasonCode::SUCCESS));
    assert!(!bench.engine.is_owed_too_much(conn));
    assert_eq!(bench.bytes(conn, b"\xC0\0"), [Said::PingResp]);
    assert_eq!(bench.engine.checks_open(), 0);
}

#[test]
fn a_password_that_is_wrong_is_refused_and_one_that_was_right_is_remembered() {
    let mut bench = bench();
    let conn = waits(&mut bench, "dev");
    let refusal = Err(ReasonCode::BAD_USER_NAME_OR_PASSWORD.into());
    bench.engine.checked(bench.now, conn, refusal);
    let said = bench.said(conn);
    assert!(is_connack(&said, ReasonCode::BAD_USER_NAME_OR_PASSWORD));
    assert!(!bench.is_open(conn));

    let conn = waits(&mut bench, "dev");
    bench.engine.checked(bench.now, conn, Ok(Admission::default()));
    let again = bench.open();
    let login = connect(plain("dev-2", Some(("ann", "pencil"))));
    assert_eq!(bench.ask(again, &login).reason(), ReasonCode::SUCCESS);

    // Another password is checked, and so is this one once the hash has changed.
    let other = bench.open();
    let wrong = connect(plain("dev-3", Some(("ann", "pencil2"))));
    assert_eq!(bench.send(other, &wrong), []);
    assert!(bench.engine.is_being_checked(other));
    bench.engine.set_realms(bench.now, ann());
    let same = bench.open();
    let login = connect(plain("dev-4", Some(("ann", "pencil"))));
    assert_eq!(bench.ask(same, &login).reason(), ReasonCode::SUCCESS);
    bench.engine.set_realms(bench.now, hashed("ann", "pencil"));
    waits(&mut bench, "dev-5");
}

#[test]
fn a_name_that_no_user_has_is_checked_like_one_that_a_user_has() {
    let mut bench = bench();
    for (name, password) in [("zoe", "pencil"), ("bob", "wrong"), ("", "")] {
        let conn = bench.open();
        let login = connect(plain("dev", Some((name, password))));
        assert_eq!(bench.send(conn, &login), []);
        let check = bench.engine.next_check().expect("a login is to be checked");
        let Asks::Password { hash, password } = check.asks else {
            panic!("a password")
        };
        assert_eq!(hash.scheme(), Scheme::Sha512);
        assert!(!hash.verify(password.expose()) && !hash.verify(b"pencil"));
        let refusal = Err(ReasonCode::BAD_USER_NAME_OR_PASSWORD.into());
        bench.engine.checked(bench.now, conn, refusal);
        assert!(is_connack(
            &bench.said(conn),
            ReasonCode::BAD_USER_NAME_OR_PASSWORD
        ));
    }
}

#[test]
fn a_password_that_is_no_longer_the_right_one_when_the_answer_comes_lets_nobody_in() {
    for realms in [hashed("ann", "another"), hashed("bob", "pencil")] {
        let mut bench = bench();
        let conn = waits(&mut bench, "dev");
        bench.engine.set_realms(bench.now, realms);
        bench.engine.checked(bench.now, conn, Ok(Admission::default()));
        assert!(is_connack(
            &bench.said(conn),
            ReasonCode::BAD_USER_NAME_OR_PASSWORD
        ));
    }
}

#[test]
fn clients_that_could_not_come_in_again_are_disconnected() {
    let mut bench = bench();
    let anns = waits(&mut bench, "ann's");
    bench.engine.checked(bench.now, anns, Ok(Admission::default()));
    let bobs = bench.open();
    let login = connect(plain("bob's", Some(("bob", "plain"))));
    assert_eq!(bench.ask(bobs, &login).reason(), ReasonCode::SUCCESS);
    bench.said(anns);

    let changes = bench.engine.set_realms(bench.now, ann());
    assert_eq!(changes, AccessChanges::default());
    let changes = bench.engine.set_realms(bench.now, hashed("ann", "pencil"));
    assert_eq!(
        changes.to_string(),
        "1 user removed, 1 user changed; 2 clients disconnected"
    );
    for conn in [anns, bobs] {
        assert_eq!(bench.said(conn), [Said::Disconnect(ReasonCode::NOT_AUTHORIZED)]);
    }

    // A client without a name goes as soon as every client needs one.
    let open = Realm {
        allow_anonymous: true,
        ..Realm::default()
    };
    let changes = bench.engine.set_realms(bench.now, Realms::one(open));
    assert_eq!(changes.to_string(), "1 user removed");
    let conn = bench.open();
    let login = connect(plain("nobody's", None));
    assert_eq!(bench.ask(conn, &login).reason(), ReasonCode::SUCCESS);
    let changes = bench.engine.set_realms(bench.now, ann());
    assert_eq!(changes.to_string(), "2 users added; 1 client disconnected");
    assert_eq!(bench.said(conn), [Said::Disconnect(ReasonCode::NOT_AUTHORIZED)]);
}

#[test]
fn a_client_that_a_hook_let_in_stays() {
    let mut hooks = Authenticators::default();
    hooks.set_login(Arc::new(|_| Ok(())));
    let mut bench = Bench::with(|_| {}, hooks);
    let conn = bench.open();
    let login = connect(plain("dev", Some(("alice", "whatever"))));
    assert_eq!(bench.ask(conn, &login).reason(), ReasonCode::SUCCESS);
    let changes = bench.engine.set_realms(bench.now, ann());
    assert_eq!(
        (changes.removed, changes.changed, changes.disconnected),
        (1, 1, 0)
    );
    assert!(bench.is_open(conn));
}

#[test]
fn a_client_that_goes_meanwhile_is_forgotten() {
    let mut bench = bench();
    let conn = waits(&mut bench, "dev");
    bench.engine.closed(bench.now, conn, "the peer went");
    bench.engine.checked(bench.now, conn, Ok(Admission::default()));
    assert_eq!(
        (bench.engine.checks_open(), bench.engine.census().held_bytes),
        (0, 0)
    );
    assert!(!bench.engine.is_connected("dev"));
}

#[test]
fn it_is_waited_for_no_longer_than_for_a_connect() {
    let mut bench = bench();
    let conn = waits(&mut bench, "dev");
    bench.pass_secs(10);
    assert_eq!(bench.close_reason(conn), Some(CloseReason::ConnectTimeout));
    assert_eq!(bench.engine.checks_open(), 0);
}

#[test]
fn so_many_wait_and_one_more_is_told_that_the_broker_is_busy() {
    let mut bench = bench();
    let conns: Vec<ConnId> = (0..1024)
        .map(|n| waits(&mut bench, &format!("dev-{n}")))
        .collect();
    let more = bench.open();
    let login = connect(plain("more", Some(("ann", "pencil"))));
    assert_eq!(bench.ask(more, &login).reason(), ReasonCode::SERVER_BUSY);
    // Other logins are not held up. A name that no user has is no other login, so as not to tell.
    let bob = bench.open();
    let login = connect(plain("bob's", Some(("bob", "plain"))));
    assert_eq!(bench.ask(bob, &login).reason(), ReasonCode::SUCCESS);
    let nobody = bench.open();
    let login = connect(plain("nobody's", Some(("zoe", "pencil"))));
    assert_eq!(bench.ask(nobody, &login).reason(), ReasonCode::SERVER_BUSY);
    let checks = std::iter::from_fn(|| bench.engine.next_check()).map(|check| check.conn);
    assert_eq!(checks.collect::<Vec<_>>(), conns); // in their order
}

#[test]
fn a_hook_may_answer_later_and_give_another_name() {
    let mut hooks = Authenticators::default();
    hooks.ask_later(true);
    let mut bench = Bench::with(|_| {}, hooks);
    bench.engine.collect_events(true);
    let conn = waits(&mut bench, "dev");
    let check = bench.engine.next_check().expect("a login is to be checked");
    let Asks::Hook(request) = check.asks else {
        panic!("the hook")
    };
    assert_eq!(request.login().user_name, Some("ann"));
    assert_eq!(request.peer, "bench");
    let admission = Admission {
        user_name: Some("Ann the First".to_owned()),
        acl: None,
    };
    bench.engine.checked(bench.now, conn, Ok(admission));
    let Some(Event::Connected { user, .. }) = bench.engine.next_event() else {
        panic!("it is connected")
    };
    assert_eq!(user.as_deref(), Some("Ann the First"));
}

#[test]
fn a_hook_says_why_and_a_client_of_5_0_is_told() {
    let mut hooks = Authenticators::default();
    hooks.ask_later(true);
    for told in [true, false] {
        let mut bench = Bench::with(|settings| settings.access.tell_why = told, hooks.clone());
        let conn = waits(&mut bench, "dev");
        let refusal = Refusal::from(ReasonCode::BANNED).because("come back\0 tomorrow");
        bench.engine.checked(bench.now, conn, Err(refusal));
        let outbox = bench.engine.outbox(conn).expect("it is there");
        let connack = String::from_utf8_lossy(outbox.front()).into_owned();
        assert_eq!(connack.contains("come back tomorrow"), told, "{connack:?}");
        assert!(is_connack(&bench.said(conn), ReasonCode::BANNED));
    }
}
