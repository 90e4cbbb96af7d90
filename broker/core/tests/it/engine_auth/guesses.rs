//! Guessing passwords is made slow.

use broker_core::auth::Authenticators;
use broker_core::engine::Event;
use broker_core::settings::User;
use broker_core::time::Time;
use broker_core::wire::ReasonCode;

use super::bench::{Bench, SCRAM, answer, connect, one, plain, with_method};
use super::client::Client;

/// Three wrong passwords in a minute.
fn bench() -> Bench {
    Bench::with(
        |settings| settings.auth.max_failed_logins_per_minute = 3,
        Authenticators::default(),
    )
}

/// What a login from this peer is answered.
fn login(bench: &mut Bench, peer: &str, name: &str, password: &str) -> ReasonCode {
    let conn = bench.engine.open(bench.now, peer.to_owned());
    let login = connect(plain("dev", Some((name, password))));
    bench.ask(conn, &login).reason()
}

const WRONG: ReasonCode = ReasonCode::BAD_USER_NAME_OR_PASSWORD;
const TOO_MANY: ReasonCode = ReasonCode::CONNECTION_RATE_EXCEEDED;

#[test]
fn after_so_many_wrong_passwords_the_next_is_not_looked_at() {
    let mut bench = bench();
    for port in 1..=3 {
        let peer = format!("10.0.0.1:{port}");
        assert_eq!(login(&mut bench, &peer, "alice", "wrong"), WRONG);
    }
    assert_eq!(login(&mut bench, "10.0.0.1:9", "alice", "wrong"), TOO_MANY);
    assert_eq!(login(&mut bench, "10.0.0.1:9", "alice", "wonderland"), TOO_MANY);
    // Others are not held up: another user of this address, and this user from another one.
    assert_eq!(
        login(&mut bench, "10.0.0.1:9", "bob", "builder"),
        ReasonCode::SUCCESS
    );
    assert_eq!(
        login(&mut bench, "10.0.0.2:1", "alice", "wonderland"),
        ReasonCode::SUCCESS
    );
    bench.now = Time::from_secs(60);
    assert_eq!(
        login(&mut bench, "10.0.0.1:9", "alice", "wonderland"),
        ReasonCode::SUCCESS
    );
}

#[test]
fn one_address_has_ten_times_as_many_under_all_names() {
    let mut bench = bench();
    for number in 0..30 {
        let name = format!("user-{number}");
        assert_eq!(login(&mut bench, "[2001:db8::1]:1", &name, "wrong"), WRONG);
    }
    // One network of IPv6 is one address.
    assert_eq!(
        login(&mut bench, "[2001:db8::2]:1", "alice", "wonderland"),
        TOO_MANY
    );
    assert_eq!(
        login(&mut bench, "[2001:db8:0:1::2]:1", "alice", "wonderland"),
        ReasonCode::SUCCESS
    );
    // Who gives no name gives no password to guess.
    let conn = bench.engine.open(bench.now, "[2001:db8::2]:1".to_owned());
    let login = connect(plain("nobody", None));
    assert_eq!(bench.ask(conn, &login).reason(), ReasonCode::SUCCESS);
}

#[test]
fn where_there_is_no_address_the_name_counts() {
    let mut bench = bench();
    for number in 0..40 {
        let name = format!("user-{number}");
        assert_eq!(login(&mut bench, "a socket", &name, "wrong"), WRONG);
    }
    for _ in 0..3 {
        assert_eq!(login(&mut bench, "a socket", "alice", "wrong"), WRONG);
    }
    assert_eq!(login(&mut bench, "a socket", "alice", "wonderland"), TOO_MANY);
}

#[test]
fn right_passwords_do_not_count_and_0_is_no_bound() {
    let mut bench = bench();
    for _ in 0..10 {
        assert_eq!(
            login(&mut bench, "10.0.0.1:1", "alice", "wonderland"),
            ReasonCode::SUCCESS
        );
    }
    let mut bench = Bench::with(
        |settings| settings.auth.max_failed_logins_per_minute = 0,
        Authenticators::default(),
    );
    for _ in 0..1000 {
        assert_eq!(login(&mut bench, "10.0.0.1:1", "alice", "wrong"), WRONG);
    }
}

/// What a login with SCRAM from this peer is answered.
fn scram(bench: &mut Bench, peer: &str, name: &str, password: &str) -> ReasonCode {
    let conn = bench.engine.open(bench.now, peer.to_owned());
    let mut client = Client::new(name, password);
    let first = client.first();
    let challenge = bench.ask(conn, &connect(with_method("dev", SCRAM, Some(&first))));
    if challenge.data().is_none() {
        return challenge.reason();
    }
    let last = client.last(&challenge);
    one(bench.send(conn, &answer(&last))).reason()
}

#[test]
fn a_proof_of_scram_counts_as_a_password() {
    for peer in ["10.0.0.1:1", "a socket"] {
        let mut bench = bench();
        // These are begun in time, but no proof comes yet.
        let mut early: Vec<_> = (0..2)
            .map(|_| {
                let conn = bench.engine.open(bench.now, peer.to_owned());
                let mut client = Client::new("alice", "wonderland");
                let first = client.first();
                let challenge = bench.ask(conn, &connect(with_method("early", SCRAM, Some(&first))));
                (conn, client.last(&challenge))
            })
            .collect();
        for _ in 0..2 {
            assert_eq!(
                scram(&mut bench, peer, "alice", "wrong"),
                ReasonCode::NOT_AUTHORIZED
            );
        }
        assert_eq!(login(&mut bench, peer, "alice", "wrong"), WRONG);
        assert_eq!(scram(&mut bench, peer, "alice", "wonderland"), TOO_MANY);
        assert_eq!(login(&mut bench, peer, "alice", "wonderland"), TOO_MANY);
        let (conn, last) = early.remove(0);
        assert_eq!(one(bench.send(conn, &answer(&last))).reason(), TOO_MANY);
        assert_eq!(scram(&mut bench, peer, "bob", "builder"), ReasonCode::SUCCESS);
        assert_eq!(
            scram(&mut bench, "10.0.0.2:1", "alice", "wonderland"),
            ReasonCode::SUCCESS
        );
    }
}

#[test]
fn that_somebody_is_held_off_is_told_once_a_minute() {
    let mut bench = bench();
    bench.engine.collect_events(true);
    for _ in 0..2 {
        for port in 1..=9 {
            login(&mut bench, &format!("10.0.0.1:{port}"), "alice", "wrong");
        }
        bench.now = Time::from_secs(60);
    }
    let events = std::iter::from_fn(|| bench.engine.next_event());
    let told: Vec<_> = events
        .filter_map(|event| match event {
            Event::HeldOff {
                user, peer, failed, ..
            } => Some((user, peer, failed)),
            _ => None,
        })
        .collect();
    let alice = (Some("alice".into()), "10.0.0.1:4".to_owned(), 3);
    assert_eq!(told, [alice.clone(), alice]);
}

#[test]
fn that_a_hash_is_not_enough_for_scram_is_told_once() {
    let hash = "$6$Du7PLRyu/gp5P5yE$ObAdJMDD17kcpjvnYXXe9t7YcHlONCYHpz+Y5XR4WVMlxzsYlQqsGQ8piv7O985DGmla+SfceU0HH6sPZbJGkg==";
    let mut bench = Bench::with(
        |settings| settings.auth.users.push(User::hashed("carol", hash)),
        Authenticators::default(),
    );
    bench.engine.collect_events(true);
    for name in ["alice", "carol", "carol", "nobody"] {
        scram(&mut bench, "10.0.0.1:1", name, "pw");
    }
    let events = std::iter::from_fn(|| bench.engine.next_event());
    let told: Vec<_> = events
        .filter_map(|event| match event {
            Event::HashOnly { user, .. } => Some(user),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["carol".into()]);
}
