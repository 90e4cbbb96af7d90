//! User names and passwords.

use broker_core::auth::Authenticators;
use broker_core::settings::BrokerSettings;
use broker_core::wire::ReasonCode;

use super::bench::{Bench, connect, plain};

fn result(bench: &mut Bench, login: Option<(&str, &str)>) -> ReasonCode {
    let conn = bench.open();
    bench.ask(conn, &connect(plain("c", login))).reason()
}

fn with(change: impl FnOnce(&mut BrokerSettings)) -> Bench {
    Bench::with(change, Authenticators::default())
}

#[test]
fn a_name_must_be_a_users_and_the_password_right() {
    let mut bench = Bench::new();
    assert_eq!(
        result(&mut bench, Some(("alice", "wonderland"))),
        ReasonCode::SUCCESS
    );
    assert_eq!(result(&mut bench, None), ReasonCode::SUCCESS);
    for login in [
        ("alice", "builder"),
        ("alice", ""),
        ("alice", "wonderland1"),
        ("Alice", "wonderland"),
        ("", ""),
    ] {
        assert_eq!(
            result(&mut bench, Some(login)),
            ReasonCode::BAD_USER_NAME_OR_PASSWORD,
            "{login:?}"
        );
    }
}

#[test]
fn nobody_comes_in_without_a_name_unless_the_settings_say_so() {
    let mut bench = with(|settings| settings.auth.allow_anonymous = false);
    assert_eq!(result(&mut bench, None), ReasonCode::NOT_AUTHORIZED);
    assert_eq!(result(&mut bench, Some(("bob", "builder"))), ReasonCode::SUCCESS);
}

#[test]
fn without_users_anonymous_says_it_all() {
    let mut open = with(|settings| settings.auth.users.clear());
    assert_eq!(result(&mut open, Some(("anyone", "at all"))), ReasonCode::SUCCESS);
    let mut shut = with(|settings| {
        settings.auth.users.clear();
        settings.auth.allow_anonymous = false;
    });
    assert_eq!(
        result(&mut shut, Some(("anyone", "at all"))),
        ReasonCode::BAD_USER_NAME_OR_PASSWORD
    );
}
