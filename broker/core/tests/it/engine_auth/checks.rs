//! Logins that are checked outside the engine.

use std::sync::Arc;

use broker_core::access::{Account, Password, PasswordHash, Realm, Realms};
use broker_core::auth::{Admission, Authenticators, Refusal};
use broker_core::engine::{Asks, CloseReason, ConnId, Event};
use broker_core::wire::{Packet, ReasonCode, Version};

use super::bench::{Bench, Said, connect, plain};

/// As `mosquitto_passwd` writes the password "pencil".
const PENCIL: &str = "$6$gRb9zoGnnKMrI+uq$JJMiytL944AlN0i1zn+bbxtJAje57STO+GFXuomvqYpIWiHVjKNadE1OfvvgCrI+BR5bYQirht6BMiY0CbkaKg==";

/// An engine that knows ann by the hash of her password.
fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.engine.set_realms(ann());
    bench
}

fn ann() -> Realms {
    let mut realm = Realm::default();
    let hash = PasswordHash::parse(PENCIL).expect("it is one");
    let account = Account {
        password: Some(Password::Hash(Arc::new(hash))),
        disabled: false,
        client_id: None,
    };
    realm.users.insert("ann", account);
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

    // Another password is checked, and so is this one once the hash may have changed.
    let other = bench.open();
    let wrong = connect(plain("dev-3", Some(("ann", "pencil2"))));
    assert_eq!(bench.send(other, &wrong), []);
    assert!(bench.engine.is_being_checked(other));
    bench.engine.set_realms(ann());
    waits(&mut bench, "dev-4");
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
    // Other logins are not held up.
    let wrong = bench.open();
    let nobody = connect(plain("nobody", Some(("zoe", "pencil"))));
    assert_eq!(
        bench.ask(wrong, &nobody).reason(),
        ReasonCode::BAD_USER_NAME_OR_PASSWORD
    );
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
